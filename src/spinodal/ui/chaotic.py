"""Chaotic: runs of a machine without noise over time, and how the distance of nearly equal starts grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .. import ranges
from ..machines.chaos import lyapunov
from ..machines.dynamics import Machine
from ..machines.network import Network
from ..machines.noise import Noise
from ..machines.state import State
from ..reporting import plots
from ..reporting.text import with_error
from ..tasks import visible_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 5000
"""Steps of a trajectory, at most."""

UNITS = 6
"""Units of each layer that are shown."""

NEAR = 1e-4
"""How far the second start is from the first, as a standard deviation of its potentials."""

STEPS = 1000
"""Steps over which the exponent is averaged, as `spinodal info` has it."""


def free(machine: Machine) -> Network:
    """The machine as one whose free runs have no noise. Raises ValueError for any other."""
    if not isinstance(machine, Network) or not machine.gain or machine.sampled:
        raise ValueError("trajectories are those of chaotic machines, which have frozen couplings and no noise")
    return machine


@torch.no_grad()
def trajectories(machine: Machine, steps: int, seed: int) -> Figure:
    """Units of one free run over so many steps, and its distance from a run that began nearly at the same place.

    The distance is the root of the mean square over all units of what they show.
    """
    own = free(machine)
    ranges.integer("steps", steps, 1, MOST)
    noise, clamp = Noise.of(seed), own.hold({})
    begun = own.start(2, clamp, noise)
    source = torch.Generator().manual_seed(seed % 2**32)
    potential = {k: x.clone() for k, x in begun.potential.items()}
    for x in potential.values():
        x[1] = x[0] + NEAR * torch.randn(x.shape[1], generator=source).to(x)
    state = State(potential, {k: own.units[k].mean(x) for k, x in potential.items()}, begun.time)
    every, apart = [_shown(own, state)], [_distance(own, state)]
    for _ in range(steps):
        state = own.advance(state, clamp, 1, noise)
        every.append(_shown(own, state))
        apart.append(_distance(own, state))
    values = {k: torch.stack([at[k] for at in every]).numpy() for k in every[0]}
    trained = own.schedule.steps if own.schedule and own.schedule.steps <= steps else None
    return plots.trajectories(range(steps + 1), values, apart, trained)


def exponent(machine: Machine) -> str:
    """The largest Lyapunov exponent, and what it says, as a sentence."""
    machine = free(machine)
    found = lyapunov(machine, steps=STEPS)
    largest, error = found.largest, float(found.errors[0])
    still = "it comes to rest" if largest < -2 * error else "a cycle, or the edge of chaos"
    what = "chaos" if largest > 2 * error else still
    unit = f"a step is {machine.rate:g} τ"
    return f"The largest Lyapunov exponent of long runs is {with_error(largest, error)} per τ ({unit}): {what}."


def _shown(machine: Network, state: State) -> dict[str, torch.Tensor]:
    """What a few units of the first run show, the hidden layers first."""
    seen = visible_of(machine)
    order = [*(k for k in machine.units if k not in seen and not k.startswith("label")), *seen]
    values = {k: machine.units[k].numbers(state.value[k][:1], machine.like)[0] for k in order}
    return {k: x[torch.linspace(0, len(x) - 1, min(UNITS, len(x))).long()].clone() for k, x in values.items()}


def _distance(machine: Network, state: State) -> float:
    both = torch.cat([machine.units[k].numbers(x, machine.like) for k, x in state.value.items()], 1)
    return float((both[0] - both[1]).double().square().mean().sqrt())
