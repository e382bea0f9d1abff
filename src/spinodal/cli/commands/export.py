"""`spinodal export`: a run as a folder to hand on."""

from __future__ import annotations

from pathlib import Path

from ..errors import say
from .arguments import Age, Out, check


def export(run: Path, /, *, out: Out, age: Age = None, report: Path | None = None) -> None:
    """Write a run as a folder that needs neither its data nor their paths: a model to hand on, with a model card.

    Parameters
    ----------
    run
        A run directory.
    out
        The folder to make. All commands take it as a run of one age.
    report
        The .json that `report` wrote of this run at this age: the card gets its privacy scores.
    """
    from ...reporting.export import export as write

    check(age=age)
    made = write(run, out, age=age, report=report)
    say(f"age {made.chosen()} to {out}; README.md is its model card: read it, and fill in the license and the data")
