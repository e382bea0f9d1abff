"""Dynamics: what a machine is, and runs and trajectories of any machine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from .. import ranges, room
from ..ranks import Share
from .averages import Mixture, Observed
from .noise import Noise
from .parallel import WORTH, threads_for
from .protocols import Schedule
from .state import Clamp, State, Tensors
from .units import Units


class Machine(Protocol):
    """What training, tasks, evaluation and run directories need of a model, and nothing else.

    `Network` is one, `Neural` another; `tests/langevin.py` has a third, in 100 lines. A machine is a `torch.nn.Module`,
    whose methods are the last four. Run directories take it where its class is registered (`registry.register`).
    """

    units: dict[str, Units]
    """The units of each layer. Data have the layers "visible...", "label..."; all others are hidden."""
    edges: list[tuple[str, str]]
    """The layers that a learned weight couples, whose gradients are centered; [] where there are no such weights."""
    sampled: frozenset[str]
    """The layers that show draws; the others show means."""
    schedule: Schedule | None
    """What it was trained for; `fit` sets it."""

    @property
    def like(self) -> Tensor:
        """A tensor of the dtype of the parameters, on their device."""
        ...

    # -- chains

    def hold(self, known: Mapping[str, Tensor], fields: Mapping[str, Tensor] | None = None) -> Clamp:
        """A partly known state, checked and in the machine's form, and fields on free units, (size,) or (n, size).

        Raises ValueError for what can't be held, and for fields that it can't have.
        """
        ...

    def infer(self, clamp: Clamp, noise: Noise, layers: Collection[str] = ()) -> Clamp:
        """The clamp with its unknown entries, and these free layers, drawn from their exact posterior.

        The clamp itself where they have no closed form. `layers` are label layers, which only gradients ask for: a
        machine whose averages weigh labels by their probabilities may give these in place of draws.
        """
        ...

    def closed_form(self, layers: Sequence[str], clamp: Clamp) -> Tensors:
        """log p(layer | clamp) of each of these free layers, (n, size), exact; {} where it has no closed form.

        `layers` are all label layers that aren't held whole.
        """
        ...

    def start(self, n: int, clamp: Clamp, noise: Noise) -> State:
        """n chains at random."""
        ...

    def advance(self, state: State, clamp: Clamp, steps: int, noise: Noise) -> State:
        """The chains, so many steps later. Random numbers are those of `noise.at(time, layer)`."""
        ...

    # -- training

    def observe(self, state: State, clamp: Clamp, noise: Noise | None = None) -> Observed:
        """The value of every layer, by its mean where that leaves averages as they are; with a noise nowhere."""
        ...

    def averages(self, mixture: Mixture, centered: bool = False, share: Share | None = None) -> tuple[Tensors, Tensors]:
        """The means of every layer in the first ensemble, under the biases' names, and the gradient.

        The gradient is Σ c <-dE/dθ> over ensembles of signs c, under the parameters' names; centered: about these
        means, for the weights of `edges`. share: the part of all chains that the ensembles are, where several ranks
        train together; averages are over all (`Share.average`).
        """
        ...

    # -- run directories

    def describe(self) -> dict[str, Any]:
        """All of the machine but its units, schedule and parameters, as plain values that JSON has."""
        ...

    @classmethod
    def rebuild(cls, units: Mapping[str, Units], description: Mapping[str, Any]) -> Machine:
        """The machine of a description, with any parameters. Raises ValueError where there can't be one."""
        ...

    @classmethod
    def shapes(cls, units: Mapping[str, Units], description: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
        """The shapes of all tensors of its `state_dict`, by name; nothing is allocated."""
        ...

    # -- what every torch.nn.Module has

    def named_parameters(self) -> Iterable[tuple[str, torch.nn.Parameter]]:
        """What training changes."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Parameters and frozen tensors by name."""
        ...

    def load_state_dict(self, tensors: Mapping[str, Any], /) -> Any:
        """Takes over the numbers of such tensors."""
        ...

    def to(self, like: Tensor, /) -> Any:
        """Itself, with parameters of the dtype and on the device of a tensor."""
        ...


Known = Mapping[str, Tensor] | None
"""A partly known state: layer -> tensor. NaN, or -1 in letters, is unknown; a layer left out is free."""

Fields = Mapping[str, Tensor] | None
"""What is added to the fields of free units: layer -> one row for all chains, (size,), or a row each, (n, size)."""


@torch.no_grad()
def run(
    machine: Machine, n: int, steps: int, clamp: Known = None, seed: int | Noise = 0, fields: Fields = None
) -> State:
    """`n` chains from random, `steps` steps on, holding the partly known state `clamp`.

    clamp: layer -> (n, columns); NaN, or -1 in letters, is unknown and stays free. fields: layer -> (size,) or
    (n, size), added to the fields of its free units, and to the potentials at the start. The same seed gives the same
    sample for any number of threads. Raises ValueError where clamp or fields don't fit the machine or n.

    >>> import spinodal as sp
    >>> state = sp.run(sp.rbm(sp.Bernoulli(8), visible=sp.Potts(6, 4)), n=3, steps=10)
    >>> tuple(state["visible"].shape), state.time
    ((3, 6), 10)
    """
    *_, (_, state) = trajectory(machine, n, [steps], clamp, seed, fields)
    return state


@torch.no_grad()
def trajectory(
    machine: Machine,
    n: int,
    times: Sequence[int],
    clamp: Known = None,
    seed: int | Noise = 0,
    fields: Fields = None,
) -> Iterator[tuple[int, State]]:
    """The state of one run at each of the increasing `times`: the chains go on in between."""
    times = ranges.times(times)
    rising = all(ranges.is_integer(t, 0) for t in times) and list(times) == sorted(times) and len(times) > 0
    if not (ranges.is_integer(n) and rising):
        said = f"n={ranges.format_value(n)}, times={ranges.format_value(list(times))}"
        raise ValueError(f"needs one chain or more and times that increase from 0, not {said}")
    size = sum(units.size for units in machine.units.values())
    room.check(2 * 4 * n * size, f"{n} chains of {size} units", "run fewer at once")
    held, noise = machine.hold({} if clamp is None else clamp, fields), Noise.of(seed)
    rows = {k: len(x) for part in (held.known, held.fields) for k, x in part.items() if x.dim() == 2}
    if any(count != n for count in rows.values()):
        raise ValueError(f"{n} chains can't hold {rows} rows")
    state = machine.start(n, held, noise)
    for time in times:
        with threads_for(work(machine, n)):
            state = machine.advance(state, held, time - state.time, noise)
        value = {k: machine.units[k].unpack(x, machine.like) for k, x in state.value.items()}
        yield time, State(state.potential, value, state.time)


def work(machine: Machine, n: int) -> int:
    """The multiplications of the largest product that n chains need."""
    units = machine.units
    return n * max((units[a].size * units[b].size for a, b in machine.edges), default=WORTH)
