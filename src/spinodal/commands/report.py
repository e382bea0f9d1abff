"""`spinodal report`: all that is known of runs, on one page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .. import options
from ..door import say
from .arguments import Out


def report(
    runs: list[Path],
    /,
    *,
    out: Out,
    times: str | None = None,
    ages: str | None = None,
    age: int | None = None,
    rows: int | None = None,
    sets: int = 1,
    intervals: int = 50,
    seed: int = 0,
    title: str = "",
) -> None:
    """Put the evidence of runs on one page that opens offline: verdicts, scores, figures. The numbers lie beside it.

    Parameters
    ----------
    runs
        Run directories, which are shown side by side.
    out
        The HTML file; the same name with .json has the numbers.
    times
        Generation times, 1,10,100,1000; by default before, at and long after the steps trained with.
    ages
        Saved ages to look at over time, 100,1000; by default three earlier ones; "none" for none.
    age
        A saved age; by default the best where the training chose one, else the last.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    sets
        How many sets of as many generated rows to average over.
    intervals
        Draws for the intervals; 0 for none.
    seed
        Of what is generated.
    title
        Of the page.
    """
    from .. import chapters, reports
    from ..archive import Run
    from ..files.whole import whole

    if out.suffix != ".html":
        raise ValueError(f"a report is an HTML file: call it {out.with_suffix('.html')}")
    found, at = [], options.times(times) or None
    for archive in map(Run.open, runs):
        own = chapters.earlier(archive.ages, archive.chosen(age)) if ages is None else options.ages(ages)
        how: dict[str, Any] = {"times": at, "ages": own, "rows": rows, "sets": sets, "intervals": intervals}
        found.append(chapters.chapter(archive, age, seed=seed, **how))
        for verdict in found[-1].verdicts:
            print(f"{archive.path.name}: {verdict['question']} {verdict['answer']}. {verdict['because']}", flush=True)
    with whole(out) as file:
        file.write(reports.page(found, title).encode())
    with whole(out.with_suffix(".json")) as file:
        file.write(json.dumps(reports.contents(found, title), ensure_ascii=False, indent=1).encode())
    say(f"{out}, and its numbers in {out.with_suffix('.json')}")
