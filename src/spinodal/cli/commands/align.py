"""`spinodal align`: sequences as rows of the alignment that a run learned."""

from __future__ import annotations

from pathlib import Path

from ...errors import counted
from ..errors import say
from .arguments import Out


def align(run: Path, sequences: Path, /, *, out: Out) -> None:
    """Align SEQUENCES to the alignment that a run learned, for predict, complete, score and generate --near.

    Letters between two columns of the alignment, and beyond its ends, are left out. It needs pip install
    "spinodal[bio]".

    Parameters
    ----------
    run
        A run directory. Its training data are read.
    sequences
        A FASTA or A2M file of proteins, RNA or DNA. What is a row of the alignment already stays as it is.
    out
        The file to write, such as .fasta or .csv; "-" is the standard output.
    """
    from ...files import check_writable, write
    from ...runs.aligning import align_file
    from ...runs.archive import Run

    check_writable(str(out))
    archive = Run.open(run)
    found = align_file(archive, archive.machine(), sequences)
    write(found.data, str(out))
    say(
        f"{counted(len(found.data), 'sequences')} to {out}: {found.matched} of {found.letters} letters are in the "
        "alignment"
    )
