"""Ages: the machines of a run at its saved ages, as the path of its training."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from .archive import Run

if TYPE_CHECKING:
    from ..machines.network import Network


def younger(run: Run, age: int | None = None, among: Collection[int] | None = None) -> list[Network]:
    """The machines at the saved ages before one (by default the chosen one), from the youngest.

    among: only those of these ages. Memory: that of all of them.
    """
    last = run.chosen(age)
    return [run.machine(k) for k in run.ages if k < last and (among is None or k in among)]  # type: ignore[misc]
