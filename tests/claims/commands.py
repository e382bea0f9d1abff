"""What claims have in common: where the data are, and the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = {
    "hgd": ["hgd/805_SNP_1000G_real.hapt.zip", "--labels", "hgd/hgd_labels.csv"],
    "mnist": ["mnist/train-images-idx3-ubyte.gz", "--test", "mnist/t10k-images-idx3-ubyte.gz"],
    "fashion": ["fashion_mnist/train-images-idx3-ubyte.gz", "--test", "fashion_mnist/t10k-images-idx3-ubyte.gz"],
    "sam": ["sam/sam.fasta.gz", "--labels", "sam/sam_labels.csv"],
    "s1a": ["s1a/s1a.fasta.gz", "--labels", "s1a/s1a_labels.csv"],
    "gh5": ["gh5/gh5.fasta.gz", "--labels", "gh5/gh5_labels.csv"],
    "pieces": ["cmpc/midi"],
}
"""Where the rows of recipes are that begin so."""

DATA = Path(os.environ.get("SPINODAL_DATA", Path(__file__).parents[3] / "shared" / "data"))


def spinodal(*tokens):
    """The standard output of a command; its progress is shown."""
    code = "from spinodal.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *map(str, tokens)], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def source(recipe):
    """What to train a recipe on; the test is skipped where it is not there."""
    tokens = [token if token.startswith("--") else DATA / token for token in SOURCES[recipe.split("-")[0]]]
    if missing := [path for path in tokens if isinstance(path, Path) and not path.exists()]:
        pytest.skip(f"{missing[0]} is not there; SPINODAL_DATA says where the data are")
    return tokens
