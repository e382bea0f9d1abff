"""`spinodal import`: a model of rbms, annaDCA, the F&F authors' programs, adabmDCA or plmc becomes a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ...runs import converters
from ...runs.settings import NO_SOURCE, Source
from ..errors import say
from .arguments import Flag, Number, Out, check

Names = Annotated[list[str] | None, Parameter(name="--label-name", consume_multiple=False, converter=converters.names)]


def import_(
    file: Path,
    /,
    *,
    out: Out,
    data: Path | None = None,
    source: Source = NO_SOURCE,
    label_name: Names = None,
    steps: Number = None,
    age: Number = None,
    overwrite: Flag = False,
) -> None:
    """Make a run of a model that rbms, annaDCA, the F&F authors' programs, adabmDCA or plmc trained.

    Parameters
    ----------
    file
        An HDF5 file of one of these programs, params.dat of adabmDCA, or a binary parameter file of plmc.
    out
        The run directory to make.
    data
        The data that it learned from, for commands that compare with them; how they are read is said as in train.
    label_name
        The name of a label, again for each of them in the order of the file; by default those in the file, or numbers
        from 0.
    steps
        The steps of a run from random; by default those that the file says.
    age
        One of the ages in the file; by default the last.
    overwrite
        Replace the run in OUT.
    """
    from ...runs.peers.imported import import_run

    check(steps=steps, age=age)
    source.check()
    source = source if data is None else replace(source, data=str(data))
    run = import_run(file, out, source=source, labels=label_name, steps=steps, age=age, overwrite=overwrite)
    schedule = run.machine().schedule
    generates = f"generates in {schedule.steps} steps" if schedule else "no steps are known: generate asks for --steps"
    say(f"{out}: age {run.ages[-1]}, {generates}")
    if schedule and all(phase.start != "random" for phase in schedule.protocol):
        say(
            "spinodal: note: unless its chains began at random in each update, it takes more steps from random than "
            "these: try more --steps, or generate --equilibrium"
        )
