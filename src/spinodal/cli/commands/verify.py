"""`spinodal verify`: whether the files of a run or a model are whole, and what they hold."""

from __future__ import annotations

from pathlib import Path

from ...reporting import text
from ...terminal import print_lines


def verify(run: Path, /) -> None:
    """Check the checksums of all files of a run or a model, and print what it is.

    Where a file is damaged, the exit code is 1, and a line names it.

    Parameters
    ----------
    run
        A run directory, or an exported model.
    """
    from ...errors import FormatError
    from ...runs.archive import Run
    from ...runs.verification import verify as check_files

    archive = Run.open(run)
    whole, damaged = check_files(archive)
    print_lines(text.whole_lines(whole, archive.sealed))
    if damaged:
        raise FormatError("; ".join(damaged))
    relevant = archive.record | {"training": archive.settings.relevant()}
    print_lines(text.run_lines(relevant, archive.ages, archive.scores(), {}))
    print_lines(text.version_lines(archive.record))
