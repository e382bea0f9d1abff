"""Chains: those of phases that go on where they ended, of all ranks, as tensors by name and back."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ..learning.fit import Update
from ..machines.dynamics import Machine
from ..machines.state import State, Tensors, rows_of
from ..ranks import Ranks


def persistent(machine: Machine, update: Update) -> dict[int, State]:
    """The chains of phases that go on where they ended."""
    protocol = machine.schedule.protocol if machine.schedule else ()
    return {i: update.last[i] for i, phase in enumerate(protocol) if phase.start == "last" and i in update.last}


def gathered(state: State, ranks: Ranks) -> State:
    """The chains of all ranks, in the order of the rows."""
    potential, value = (
        {k: torch.cat(ranks.gather(x)) for k, x in own.items()} for own in (state.potential, state.value)
    )
    return State(potential, value, state.time)


def share_of(state: State, ranks: Ranks) -> State:
    """The chains of a rank, of those of all."""
    return state.rows(ranks.share(rows_of(state.value)).part)


def to_tensors(last: Mapping[int, State]) -> Tensors:
    """Chains by their phases as tensors by name; `from_tensors` takes them back, with the times beside them."""
    return {
        f"chain/{i}/{part}/{layer}": x
        for i, state in last.items()
        for part, tensors in (("potential", state.potential), ("shown", state.value))
        for layer, x in tensors.items()
    }


def from_tensors(tensors: Tensors, phase: str, time: int) -> State:
    """The chains of a phase at their time."""
    potential, value = (under(f"chain/{phase}/{part}/", tensors) for part in ("potential", "shown"))
    return State(potential, value, time)


def under(start: str, tensors: Tensors) -> Tensors:
    """The tensors whose names begin with `start`, under the rest of their names."""
    return {k.removeprefix(start): x for k, x in tensors.items() if k.startswith(start)}
