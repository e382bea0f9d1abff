"""Covariance: a covariance model of the training rows of aligned RNA, by the programs of Infernal."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import numpy as np

from ..data.dataset import Dataset
from .judge import Judge, Numbers
from .reference import Rows
from .structure import consensus, has_structure, letters

JUDGED = 200
"""Rows of a set that are judged: a row of 100 letters takes some 30 ms."""

MEMORY = 4096
"""MB that the alignment of a row to the model may take, four times Infernal's default: odd rows need more."""


def bits(train: Rows) -> Numbers:
    """Of rows the bit scores under the model of the training rows, (n,); -inf of a row without letters.

    A score is log2 p(row | model) / p(row | random letters), of the best alignment of the row without its gaps to the
    model, which knows the letters of sites and of pairs. cmbuild builds the model from the aligned rows and their
    consensus structure; cmalign scores rows. Raises ValueError where these programs are not on the PATH, where they
    fail, and as `structure.consensus` does. Cost: a second for 3,000 training rows.
    """
    if missing := [program for program in ("cmbuild", "cmalign") if which(program) is None]:
        raise ValueError(f"a covariance model needs the program {missing[0]} of Infernal: apt-get install infernal")
    model = _model(letters(train.data), train.once(consensus))

    def of(data: Dataset) -> np.ndarray:
        texts = {str(i): text for i, row in enumerate(letters(data)) if (text := row.replace("-", ""))}
        found = np.full(len(data), -np.inf)
        for name, score in (_scored(model, texts) if texts else {}).items():
            found[int(name)] = score
        return found

    return of


def _model(rows: Sequence[str], structure: str) -> str:
    """The model of aligned rows, as the text of its file."""
    lines = ["# STOCKHOLM 1.0", *(f"{i} {row}" for i, row in enumerate(rows)), f"#=GC SS_cons {structure}", "//"]
    with TemporaryDirectory() as folder:
        Path(folder, "rows.sto").write_text("\n".join(lines) + "\n")
        _run(folder, "cmbuild", "-F", "-n", "rows", "model.cm", "rows.sto")
        return Path(folder, "model.cm").read_text()


def _scored(model: str, texts: dict[str, str]) -> dict[str, float]:
    """The bit score of each text, by name."""
    with TemporaryDirectory() as folder:
        Path(folder, "model.cm").write_text(model)
        Path(folder, "rows.fa").write_text("".join(f">{name}\n{text}\n" for name, text in texts.items()))
        options = ("--cpu", "0", "--noprob", "--mxsize", str(MEMORY), "--sfile", "scores", "-o", "aligned")
        _run(folder, "cmalign", *options, "model.cm", "rows.fa")
        lines = Path(folder, "scores").read_text().splitlines()
    words = (line.split() for line in lines if not line.startswith("#"))
    return {word[1]: float(word[6]) for word in words}  # number, name, length, from, to, truncated, bits, ...


def _run(folder: str, *command: str) -> None:
    """Run a program in a folder. Raises ValueError with what it says where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise ValueError(f"{command[0]} fails: {said or 'it does not say why'}")


COVARIANCE = Judge("covariance_bits", bits, JUDGED, ("test", "independent"), has_structure)
