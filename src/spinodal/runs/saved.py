"""Saved: a machine by itself in a run directory: it is saved, loaded at an age, and trained further."""

from __future__ import annotations

from pathlib import Path

from ..errors import FormatError
from ..learning.fit import Update
from ..machines.dynamics import Machine
from ..machines.neural.own import Maker, energy_made_by
from .archive import Run
from .layout import RUN


def resume(path: str | Path) -> tuple[Machine, Update]:
    """The machine of a run at its last update, and this update, after which `fit` goes on.

    Its age is that of the last update, and it has the chains of PCD and the momentum. (`load` gives the machine of a
    saved age, and a `fit` of it begins at age 1.) Raises FormatError for an exported model, which has none.

    >>> import itertools, tempfile, torch, spinodal as sp
    >>> machine, batch = sp.rbm(sp.Bernoulli(8), visible=sp.Bernoulli(6)), {"visible": torch.ones(50, 6)}
    >>> *_, last = sp.fit(machine, itertools.repeat(batch, 3), sp.PCD)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sp.save(machine, f"{folder}/run", after=last)
    ...     machine, last = sp.resume(f"{folder}/run")
    >>> next(sp.fit(machine, itertools.repeat(batch), sp.PCD, after=last)).age
    4
    """
    run = Run.open(path)
    if run.layout is not RUN:
        raise FormatError(f"{path} is an exported model, which has nothing to resume from: resume the run")
    machine, update, _ = run.resume()
    return machine, update


def save(
    machine: Machine, path: str | Path, age: int = 0, overwrite: bool = False, *, after: Update | None = None
) -> None:
    """Write a machine as a run of one age: its units, symbols, schedule and parameters.

    after: the last update of its `fit`, which has the age, and what `resume` needs to go on. Raises FileExistsError
    where something is there, unless it is a run and `overwrite` is set.
    """
    Run.create(Path(path), machine, overwrite=overwrite, age=age, after=after)


def load(path: str | Path, age: int | None = None, *, energy: Maker | None = None) -> Machine:
    """The machine of a run or model at a saved age; by default the best, where the training chose one, else the last.

    energy: of a neural machine with an energy of your own, its class, or a function that makes one without arguments.
    No code is taken from a run.

    >>> import tempfile, torch, spinodal as sp
    >>> machine = sp.rbm(sp.Bernoulli(8), visible=sp.Potts(6, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sp.save(machine, f"{folder}/run")
    ...     again = sp.load(f"{folder}/run")
    >>> all(torch.equal(x, y) for x, y in zip(machine.parameters(), again.parameters()))
    True
    """
    with energy_made_by(energy):
        return Run.open(path).machine(age)
