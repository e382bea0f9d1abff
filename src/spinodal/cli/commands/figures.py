"""`spinodal figures`: the papers' figures of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .. import options
from ..errors import say
from ..watch import each
from .arguments import Age, Int, Number, Out, check


def figures(
    run: Path,
    /,
    *,
    out: Out,
    times: str | None = None,
    ages: str | None = None,
    rows: Number = None,
    age: Age = None,
    seed: Int = 0,
) -> None:
    """Draw the papers' figures of a run, as PNG files, with the numbers beside them as scores.json.

    Parameters
    ----------
    run
        A run directory.
    out
        The folder to write to; what is there under the same names is replaced.
    times
        Generation times, 1,10,100,1000; by default before, at and long after the steps trained with.
    ages
        Saved ages whose scores over time are shown, 100,1000; by default three earlier ones; "none" for none.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    seed
        Of what is generated.
    """
    from ...files.atomic import atomic_file, check_folder
    from ...reporting import figures as drawn
    from ...reporting import report
    from ...runs import sources
    from ...runs.archive import Run

    check(rows=rows, age=age, seed=seed)
    opened = Run.open(run)
    out.mkdir(parents=True, exist_ok=True)
    check_folder(out, out)
    how: dict[str, Any] = {"times": options.times(times) or None, "ages": options.ages(ages), "rows": rows}
    (view,) = (report.view(own, sources.reload(own), age, **how, seed=seed, intervals=0) for own in each([opened]))
    with atomic_file(out / "scores.json") as file:
        file.write(json.dumps(view.record, ensure_ascii=False, indent=1).encode())
    for name, figure, _ in drawn.figures(view):
        with atomic_file(out / f"{name}.png") as file:
            figure.savefig(file, format="png")  # type: ignore[arg-type]
        say(f"{out / name}.png")
