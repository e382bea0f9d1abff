"""Paths: machines of one architecture in a row, and all those between them, whose parameters are interpolated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from functools import partial
from math import isfinite

import torch
from torch import Tensor

from . import energies, kernels
from .network import Network
from .noise import Noise
from .state import Tensors, rows_of

PILOTS = 256
"""Chains that find the distances of machines on a path."""

SHORTEST = 1e-4
"""The shortest step on a path, of a machine to the next."""

WARM = 100
"""Steps of the chains whose means the independent units of a path take."""


def center_of(machine: Network) -> str:
    """The layer that every edge meets, so that all others are independent given it: the hidden layer.

    Where two are, as in a machine of two layers, the one that moves first. Raises ValueError where there is none, and
    for a machine without energy.
    """
    energies.check_energy(machine)
    for layer in (k for block in machine.blocks for k in block):
        if all((a == layer) != (b == layer) for a, b in machine.edges) and machine.edges:
            return layer
    raise ValueError("log Z is estimated of machines whose couplings all meet one hidden layer, without lateral "
                     f"couplings; the couplings here are {', '.join(map('-'.join, machine.edges))}")  # fmt: skip


@torch.no_grad()
def independent(machine: Network, seed: int | Noise = 0) -> Network:
    """A machine of the same layers without couplings, whose units have about the same means.

    The means are those of 256 chains after 100 steps, and 1/256 of what units have at potential 0, so that none is at
    an end of its range.
    """
    alone, center, noise = deepcopy(machine), center_of(machine), Noise.of(seed)
    path = Path([machine])
    walkers = path.start(PILOTS, noise)
    for time in range(WARM):
        walkers = path.move(walkers, 0.0, noise, time + 1)
    means = {k: machine.units[k].average(x, machine.like) for k, x in walkers.value.items()}
    means[center] = machine.units[center].mean(walkers.field(0.0)).mean(0)
    for k, units in machine.units.items():
        at_rest = units.mean(machine.like.new_zeros(1, units.size))[0]
        means[k] = torch.lerp(means[k], at_rest, 1 / PILOTS)
    for a, b in alone.edges:
        alone.between(a, b).weight.zero_()
    alone.init_biases(means)
    return alone


class Walkers:
    """Chains: the values of all layers but the center, a row a chain; each is computed with once for each machine."""

    def __init__(self, path: Path, value: Tensors, held: Collection[str] = ()):
        self.path, self.value, self.held = path, value, frozenset(held)
        self._fields: dict[int, Tensor] = {}
        self._direct: dict[int, Tensor] = {}
        self._weights: dict[float, Tensor] = {}

    def field(self, t: float) -> Tensor:
        """What the center receives at a point of the path, (n, center)."""
        return _mixed(self._field, self.path.parts(t))

    def log_weight(self, t: float) -> Tensor:
        """log Σ_center exp(-E) at a point of the path, (n,), in double precision."""
        if t not in self._weights:
            summed = self.path.units[self.path.center].log_partition(self.field(t)).double()
            self._weights[t] = summed + _mixed(self._direct_of, self.path.parts(t))
        return self._weights[t]

    def step(self, t: float, to: float) -> Tensor:
        """How much more log weight chains have at another point, (n,)."""
        return self.log_weight(to) - self.log_weight(t)

    def swapped(self, other: Walkers, chosen: Tensor) -> Walkers:
        """These chains, with those of others in their place where `chosen` (n,) says so."""
        rows = chosen[:, None]
        found = Walkers(self.path, {k: torch.where(rows, other.value[k], x) for k, x in self.value.items()}, self.held)
        for i in self._fields.keys() & other._fields.keys():
            found._fields[i] = torch.where(rows, other._fields[i], self._fields[i])
        for i in self._direct.keys() & other._direct.keys():
            found._direct[i] = torch.where(chosen, other._direct[i], self._direct[i])
        return found

    def _field(self, i: int) -> Tensor:
        if i not in self._fields:
            self._fields[i] = self.path.sum_up(i, self.path.center, self.value)
        return self._fields[i]

    def _direct_of(self, i: int) -> Tensor:
        if i not in self._direct:
            self._direct[i] = self.path.direct(i, self.value)
        return self._direct[i]


class Path:
    """The machines `machines`, and between two neighbors those whose parameters are interpolated.

    A point of the path is a number from 0 to `end`: the machines are at the integers. From `independent(machine)` to a
    machine the path is one in temperature: the weights grow from 0. Over the saved ages of a training it is its
    trajectory (Béreux et al., arXiv:2405.15376).

    All machines must have one architecture, in which every edge meets one layer, the `center`.
    """

    def __init__(self, machines: Sequence[Network]):
        self.machines, self.center = tuple(machines), center_of(machines[-1])
        self.units = machines[-1].units
        if any((m.units, m.edges) != (self.units, machines[-1].edges) for m in machines):
            raise ValueError("the machines of a path have one architecture: the same layers and couplings")
        self.outer = [k for k in self.units if k != self.center]
        self.end = float(len(self.machines) - 1)
        self._acting: dict[tuple[int, str, str], kernels.Acting] = {}

    @property
    def like(self) -> Tensor:
        """A tensor of the dtype and on the device of the parameters."""
        return self.machines[-1].like

    def parts(self, t: float) -> list[tuple[int, float]]:
        """The machines that a point is between, each with its share."""
        i = min(int(t), max(len(self.machines) - 2, 0))
        return [(k, share) for k, share in ((i, 1 - (t - i)), (i + 1, t - i)) if share]

    def log_z_of_independent(self) -> float:
        """log Z of the first machine, whose units are independent, exact."""
        first = self.machines[0]
        return float(sum(u.log_partition(first.bias[k].detach().double()) for k, u in self.units.items()))

    def start(self, n: int, noise: Noise, held: Mapping[str, Tensor] | None = None) -> Walkers:
        """n chains of the first machine as if it had no couplings; `held` layers have these values, and keep them."""
        value: Tensors = dict(held or {})
        for k in (k for k in self.outer if k not in value):
            x = self.machines[0].bias[k].detach().expand(n, -1).contiguous()
            value[k] = self.units[k].draw(x, noise.at(0, self.machines[0].place[k]))
        return Walkers(self, value, held or ())

    def move(self, walkers: Walkers, t: float, noise: Noise, time: int) -> Walkers:
        """One step of Gibbs sampling at a point of the path: the center, then all that isn't held."""
        place, value = self.machines[0].place, dict(walkers.value)
        center = {self.center: self.units[self.center].draw(walkers.field(t), noise.at(time, place[self.center]))}
        for k in (k for k in self.outer if k not in walkers.held):
            x = _mixed(partial(self.sum_up, layer=k, value=center), self.parts(t))
            value[k] = self.units[k].draw(x, noise.at(time, place[k]))
        return Walkers(self, value, walkers.held)

    def sum_up(self, i: int, layer: str, value: Tensors) -> Tensor:
        """What a layer receives from values of its neighbors in machine i, (n, size)."""
        machine = self.machines[i]
        total = machine.bias[layer].detach().expand(rows_of(value), -1)
        for source, weight in machine.sources(layer):
            if (acting := self._form(i, source, layer, weight)) is not None:
                total = kernels.dense(self.units[source].send(value[source], acting, total))
        return total

    def direct(self, i: int, value: Tensors) -> Tensor:
        """Σ b s - self_energy(s) over the layers outside the center in machine i, (n,), in double precision."""
        total = self.like.new_zeros(rows_of(value), dtype=torch.float64)
        for k, x in value.items():
            s = self.units[k].numbers(x, self.like)
            total += ((s * self.machines[i].bias[k].detach()).sum(1) - self.units[k].self_energy(s)).double()
        return total

    def _form(self, i: int, source: str, layer: str, weight: Tensor) -> kernels.Acting | None:
        """The weight in the form in which draws act through it; None where it is 0."""
        key = (i, source, layer)
        if key not in self._acting:
            full = weight.detach()
            self._acting[key] = self.units[source].acting(full, self.machines[i].is_exact) if full.any() else _NONE
        return None if self._acting[key] is _NONE else self._acting[key]


_NONE = torch.empty(0)


def _mixed(of: Callable[[int], Tensor], parts: Sequence[tuple[int, float]]) -> Tensor:
    """Σ share · of(machine)."""
    (i, _), *more = parts
    return torch.lerp(of(i), of(more[0][0]), more[0][1]) if more else of(i)


@torch.no_grad()
def rungs(path: Path, seed: int | Noise = 0, spacing: float = 0.7, moves: int = 5) -> list[float]:
    """Points of a path from 0 to its end, all of its machines among them, between which neighbors are alike.

    From a point to the next the log weight of chains changes with a standard deviation of `spacing` at most, as 256
    chains find that move along the path. So exchanges of neighbors are accepted about as often everywhere: 6 of 10
    at 0.7, or fewer where a mode grows that none of these chains is in. Near a phase transition points are dense.
    """
    noise, time, found = Noise.of(seed), 0, [0.0]
    walkers = path.start(PILOTS, noise)
    while found[-1] < path.end:
        found.append(_next_rung(walkers, found[-1], spacing))
        for _ in range(moves):
            time += 1
            walkers = path.move(walkers, found[-1], noise, time)
    return found


def _next_rung(walkers: Walkers, t: float, spacing: float) -> float:
    """The farthest point from t to the next machine at which the spread of the log weights is small enough."""
    low, high = t, float(int(t) + 1)
    spread = float(walkers.step(t, high).std())
    if not isfinite(spread):
        raise FloatingPointError("log weights are not finite: the parameters of the machine are not, or are too large")
    if spread <= spacing:
        return high
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if float(walkers.step(t, middle).std()) <= spacing else (low, middle)
    return min(max(low, t + SHORTEST), float(int(t) + 1))
