"""What claims have in common: where the data are, and the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DATA = Path(os.environ.get("SPINODAL_DATA", Path(__file__).parents[3] / "shared" / "data"))


def spinodal(*tokens):
    """The standard output of a command; its progress is shown."""
    code = "from spinodal.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *map(str, tokens)], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()
