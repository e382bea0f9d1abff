"""`spinodal locate`: tell a run in which file its rows are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...runs.settings import NO_SOURCE, Source
from ..errors import say


def locate(run: Path, data: Path, /, *, source: Source = NO_SOURCE) -> None:
    """Tell a run in which file its rows are: after its data were moved, or where it was made in Python.

    The rows are found by their checksums, wherever they are in the file. A machine that was saved by itself (sp.save)
    has no checksums: it is told here what it learned and what was held out, as in train, and a note says that this is
    taken on trust.

    Parameters
    ----------
    run
        A run directory.
    data
        The data file. How it is read is as in train, and by default as the run read its data before.
    """
    from ...runs.archive import Run
    from ...runs.locating import locate as tell

    source.check()
    found = tell(Run.open(run), replace(source, data=str(data)))
    about = found.record["data"]
    say(f"{run} finds its {about['rows']} training rows and {about['held_out']['rows']} held-out rows in {data}")
