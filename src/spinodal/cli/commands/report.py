"""`spinodal report`: all scores and figures of runs, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...terminal import print_lines
from .. import options
from ..errors import say
from ..watch import each
from .arguments import Age, Esmfold, Int, Judges, Number, Out, check, judges


def report(
    runs: list[Path],
    /,
    *,
    out: Out,
    times: str | None = None,
    ages: str | None = None,
    age: Age = None,
    rows: Number = None,
    sets: Number = None,
    intervals: Int = 50,
    seed: Number = None,
    title: str = "",
    judge: Judges = None,
    esmfold: Esmfold = None,
) -> None:
    """Put the verdicts, scores and figures of runs on one page that opens offline, and the numbers beside it.

    Parameters
    ----------
    runs
        Run directories, which are shown side by side.
    out
        The HTML file; the same name with .json has the numbers.
    times
        Generation times, 1,10,100,1000; by default before, at and long after the steps trained with.
    ages
        Saved ages whose scores over time are shown, 100,1000; by default three earlier ones; "none" for none.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    sets
        How many sets of as many generated rows to average over (default: what makes 2000 rows, at most 5).
    intervals
        Draws for the intervals; 0 for none.
    seed
        Of what is generated; by default that of the training, as in its log.
    title
        Of the page.
    """
    from ...reporting.report import report as write

    check(age=age, rows=rows, sets=sets, intervals=intervals, seed=seed)
    how: dict[str, Any] = {"times": options.times(times) or None, "ages": options.ages(ages)}
    how |= {"age": age, "rows": rows, "sets": sets, "intervals": intervals, "seed": seed}
    how["judges"] = judges(judge, esmfold)
    for run in write(runs, out, title=title, through=each, **how)["runs"]:
        for verdict in run["verdicts"]:
            print_lines([f"{run['record']['name']}: {verdict['question']} {verdict['answer']}. {verdict['because']}"])
    say(f"{out}, and its numbers in {out.with_suffix('.json')}")
