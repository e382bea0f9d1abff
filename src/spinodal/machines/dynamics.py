"""Dynamics: start, advance, look at it. Works on any machine with the verbs below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from .. import ranges, room
from .averages import Mixture, Observed
from .noise import Noise
from .parallel import WORTH, threads_for
from .protocols import Schedule
from .state import Clamp, State, Tensors
from .units import Units


class Machine(Protocol):
    """What training and generation need to know of a model; nothing else."""

    units: dict[str, Units]
    edges: list[tuple[str, str]]
    schedule: Schedule | None

    def hold(self, known: Mapping[str, Tensor]) -> Clamp:
        """A partly known state, checked and in the machine's form."""
        ...

    def infer(self, clamp: Clamp, noise: Noise) -> Clamp:
        """The clamp with what has a closed-form posterior drawn from it; the clamp itself where nothing has."""
        ...

    def start(self, n: int, clamp: Clamp, noise: Noise) -> State:
        """n chains at random."""
        ...

    def advance(self, state: State, clamp: Clamp, steps: int, noise: Noise) -> State:
        """The chains, steps later."""
        ...

    def observe(self, state: State, clamp: Clamp, noise: Noise | None = None) -> Observed:
        """What every layer shows, averaged where it may be."""
        ...

    def means(self, observed: Observed) -> Tensors:
        """Averages of every layer, under the biases' names."""
        ...

    def averages(self, mixture: Mixture, means: Sequence[Tensors], centered: bool = False) -> Tensors:
        """Averages over signed ensembles of these means, about the first one's, under the parameters' names."""
        ...

    def named_parameters(self) -> Iterable[tuple[str, torch.nn.Parameter]]:
        """What training changes."""
        ...


Known = Mapping[str, Tensor] | None
"""A partly known state: layer -> tensor. NaN, or -1 in letters, is unknown; a layer left out is free."""


@torch.no_grad()
def run(machine: Machine, n: int, steps: int, clamp: Known = None, seed: int | Noise = 0) -> State:
    """`n` chains from random, `steps` steps on, holding the partly known state `clamp`.

    clamp: layer -> (n, columns); NaN, or -1 in letters, is unknown and stays free. The same seed gives the same
    sample for any number of threads. Raises ValueError where the clamp doesn't fit the machine or n.

    >>> import spinodal as sp
    >>> state = sp.run(sp.rbm(sp.Bernoulli(8), visible=sp.Potts(6, 4)), n=3, steps=10)
    >>> tuple(state["visible"].shape), state.time
    ((3, 6), 10)
    """
    *_, (_, state) = trajectory(machine, n, [steps], clamp, seed)
    return state


@torch.no_grad()
def trajectory(
    machine: Machine, n: int, times: Sequence[int], clamp: Known = None, seed: int | Noise = 0
) -> Iterator[tuple[int, State]]:
    """The same run, seen at each of the increasing `times`: the chains go on in between."""
    rising = all(ranges.is_integer(t, 0) for t in times) and list(times) == sorted(times) and len(times) > 0
    if not (ranges.is_integer(n) and rising):
        said = f"n={ranges.format_value(n)}, times={ranges.format_value(list(times))}"
        raise ValueError(f"needs one chain or more and times that increase from 0, not {said}")
    size = sum(units.size for units in machine.units.values())
    room.check(2 * 4 * n * size, f"{n} chains of {size} units", "run fewer at once")
    held, noise = machine.hold(clamp or {}), Noise.of(seed)
    if any(len(x) != n for x in held.known.values()):
        raise ValueError(f"{n} chains can't hold { {k: len(x) for k, x in held.known.items()} } rows")
    state = machine.start(n, held, noise)
    for time in times:
        with threads_for(work(machine, n)):
            state = machine.advance(state, held, time - state.time, noise)
        yield time, state


def work(machine: Machine, n: int) -> int:
    """The multiplications of the largest product that n chains need."""
    units = machine.units
    return n * max((units[a].size * units[b].size for a, b in machine.edges), default=WORTH)
