"""Ages: the machines of a run at its saved ages, as the path of its training."""

from __future__ import annotations

from collections.abc import Collection

from .. import ranges
from ..machines.dynamics import Machine
from ..machines.energies import check_energy
from ..machines.network import Network
from .archive import Run


def restricted(machine: Machine) -> Network:
    """The same machine, which has an energy. Raises ValueError where it has none."""
    check_energy(machine)
    assert isinstance(machine, Network)  # only networks are reciprocal
    return machine


def last(run: Run, count: int, age: int | None = None) -> list[Machine]:
    """The machines at so many saved ages, the last ones up to an age (by default the chosen one), from the youngest.

    Raises ValueError for more ages than there are. Memory: that of all of them.
    """
    ranges.integer("average", count)
    chosen = run.chosen(age)
    there = [k for k in run.ages if k <= chosen]
    if count > len(there):
        raise ValueError(f"{run.path} has {len(there)} saved ages up to {chosen}, so no average over {count}")
    return [run.machine(k) for k in there[-count:]]


def younger(run: Run, age: int | None = None, among: Collection[int] | None = None) -> list[Network]:
    """The machines at the saved ages before one (by default the chosen one), from the youngest.

    among: only those of these ages. Memory: that of all of them.
    """
    last = run.chosen(age)
    return [restricted(run.machine(k)) for k in run.ages if k < last and (among is None or k in among)]
