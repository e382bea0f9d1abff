"""`spinodal figures`: the papers' figures of a run."""

from __future__ import annotations

import json
from pathlib import Path

from .. import options
from ..door import say
from .arguments import Out


def figures(
    run: Path,
    /,
    *,
    out: Out,
    times: str | None = None,
    rows: int | None = None,
    age: int | None = None,
    seed: int = 0,
) -> None:
    """Draw the papers' figures of a run, as PNG files, with the numbers beside them: samples, scores over time and age.

    Parameters
    ----------
    run
        A run directory.
    out
        The folder to write to; what is there under the same names is replaced.
    times
        Generation times to score, 1,3,10,30,100; by default from a fifth to ten times the steps trained with.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    age
        A saved age; by default the best where the training chose one, else the last.
    seed
        Of what is generated.
    """
    from .. import figures as drawn
    from .. import sources
    from ..archive import Run
    from ..files.whole import whole
    from .judging import judged

    archive = Run.open(run)
    machine = archive.machine(age)
    training, test = sources.prepare(archive.record["source"])
    chosen = options.times(times) or drawn.times(machine.schedule.steps if machine.schedule else 1)
    found = judged(archive, archive.chosen(age), machine, test, training, rows, times=chosen, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    with whole(out / "scores.json") as file:
        file.write(json.dumps(found, indent=1).encode())
    for name, figure in drawn.figures(archive, machine, test, found, seed):
        with whole(out / f"{name}.png") as file:
            figure.savefig(file, format="png")  # type: ignore[arg-type]
        say(f"{out / name}.png")
