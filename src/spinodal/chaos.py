"""Chaos: what a machine without noise does when it is left alone: when silence is unstable, exponents, fixed points."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from .dynamics import Known, trajectory
from .network import Network
from .noise import Noise
from .state import State, Tensors
from .units import Units


@dataclass(frozen=True)
class Exponents:
    """The leading Lyapunov exponents, largest first, (k,), in 1 / tau, and their standard errors."""

    values: Tensor
    errors: Tensor

    @property
    def largest(self) -> float:
        """Above 0: two starts that nearly agree part, which is chaos. Below 0: they meet at a fixed point."""
        return float(self.values[0])


@dataclass(frozen=True)
class FixedPoints:
    """Where runs end: what they show at the end, which of them are the same, and how still they are.

    shown      of one layer, (n, size), as numbers
    members    of each run, the first run that ended where it did, (n,)
    residual   of each run, how far its potentials still move in tau, the root of the mean square, (n,)
    """

    shown: Tensor
    members: Tensor
    residual: Tensor

    @property
    def distinct(self) -> int:
        """How many different ends there are."""
        return len(self.members.unique())

    def still(self, most: float = 1e-2) -> float:
        """The share of runs that have come to rest: whose residual is at most so much."""
        return float((self.residual <= most).double().mean())


@torch.no_grad()
def stability_radius(machine: Network) -> float:
    """The largest modulus of the eigenvalues of the couplings at silence: the effective gain.

    Above 1 silence (all potentials 0, biases left out) is unstable for frozen random couplings, and what follows is
    chaos in large networks (Sompolinsky, Crisanti & Sommers 1988). Before training it is the gain g of `chaotic` by
    fan-in for one and two layers, g 2^(1/4) for three, as the middle one has two neighbors. Couplings count by the
    slope of what they send: 1 for Spin, 1/4 for Bernoulli, (1 - 1/q) / q for Potts with q colors.
    Cost: the eigenvalues of a matrix of all units.
    """
    machine = _double(machine)
    at, size = _slots(machine.units)
    jacobian = torch.zeros(size, size, dtype=torch.float64)
    for layer in machine.units:
        for source, weight in machine.sources(layer):
            jacobian[at[source], at[layer]] += _slope(machine.units[source]) @ weight
    return float(torch.linalg.eigvals(jacobian).abs().max())


def _slope(units: Units) -> Tensor:
    """d mean / d potential at silence, (size, size)."""
    slope: Tensor = torch.func.jacrev(lambda x: units.mean(x[None])[0])(torch.zeros(units.size, dtype=torch.float64))
    return slope.detach().T


@torch.no_grad()
def lyapunov(
    machine: Network, count: int = 1, steps: int = 2000, clamp: Known = None, seed: int | Noise = 0, warm: int = 500
) -> Exponents:
    """The `count` leading Lyapunov exponents of the free run, or of a run that holds a clamp of one row.

        lambda_i = < log of how much the i-th direction grows > / (rate steps),   in 1 / tau

    by the QR method (Benettin et al. 1980): tangents follow the run by the exact derivative of each step, and are made
    orthogonal again as they go. `warm` steps don't count: the run forgets its start, and the tangents theirs. Errors
    are from ten stretches of the run. In double precision. Raises ValueError for machines that draw: noise has no
    tangent.
    Cost: steps x count x the couplings.

    >>> import spinodal as sp
    >>> quiet = sp.chaotic(sp.Spin(30), gain=0.5, rate=0.2, visible=sp.Spin(40))
    >>> sp.lyapunov(quiet, steps=100).largest < 0
    True
    """
    if machine.drawn:
        raise ValueError(f"Lyapunov exponents are of machines without noise; this one draws {sorted(machine.drawn)}")
    if count < 1 or steps < 10:
        raise ValueError(f"lyapunov takes one exponent and 10 steps or more, not {count} and {steps}")
    _derive_quietly()
    machine = _double(machine)
    move, potential = _flow(machine, clamp, Noise.of(seed), count)
    tangents = _random_frame(potential, count)
    logs = []
    for _ in range(warm + steps):
        potential, tangents = torch.func.jvp(move, (potential,), (tangents,))[:2]
        tangents, grown = _orthogonal(tangents)
        logs.append(grown)
    rates = torch.stack(logs[warm:]) / machine.rate
    stretches = torch.stack([part.mean(0) for part in rates.tensor_split(10)])
    return Exponents(rates.mean(0), stretches.std(0) / len(stretches) ** 0.5)


@cache
def _derive_quietly() -> None:
    """A first derivative, since with it torch loads code that warns of itself."""
    x = torch.zeros(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.func.jvp(torch.sin, (x,), (x,))


def _double(machine: Network) -> Network:
    return copy.deepcopy(machine).cpu().double()


def _flow(machine: Network, clamp: Known, noise: Noise, count: int) -> tuple[Callable[[Tensors], Tensors], Tensors]:
    """One step as a function of the potentials, and where to begin: the same row `count` times, one a tangent."""
    held = machine.hold({k: x.expand(count, -1) for k, x in (clamp or {}).items()})
    wires = {k: machine.wire(k, held) for k in machine.units if k not in held.whole}
    begin = machine.start(1, held.rows(slice(1)), noise)
    partly = held.without_whole()

    def move(potential: Tensors) -> Tensors:
        shown = {k: machine.put_back(k, machine.units[k].mean(x), partly) for k, x in potential.items()}
        return machine.steps(State(potential, shown), partly, wires, 1, machine.rate, noise).potential

    return move, {k: begin.potential[k].expand(count, -1).clone() for k in wires}


def _random_frame(potential: Tensors, count: int) -> Tensors:
    source = torch.Generator().manual_seed(0)
    frame = {k: torch.randn(count, x.shape[1], generator=source, dtype=x.dtype) for k, x in potential.items()}
    return _orthogonal(frame)[0]


def _orthogonal(tangents: Tensors) -> tuple[Tensors, Tensor]:
    """The tangents made orthonormal, and the logarithms of how long they were, one after the other."""
    sizes = [x.shape[1] for x in tangents.values()]
    q, r = torch.linalg.qr(torch.cat(list(tangents.values()), 1).T)
    return dict(zip(tangents, q.T.split(sizes, 1))), r.diag().abs().log()


def _slots(units: Mapping[str, Units]) -> tuple[dict[str, slice], int]:
    """Where each layer is among all units."""
    at, end = {}, 0
    for k, u in units.items():
        at[k], end = slice(end, end + u.size), end + u.size
    return at, end


@torch.no_grad()
def fixed_points(
    machine: Network,
    n: int = 100,
    steps: int = 1000,
    clamp: Known = None,
    seed: int | Noise = 0,
    layer: str = "visible",
    near: float = 0.1,
) -> FixedPoints:
    """Where n free runs, or runs that hold a clamp of n rows, are after many steps, and how many places that is.

    Two runs end at the same place where what `layer` shows differs by less than `near` of its range, the root of the
    mean square. A run that has not come to rest has a residual. Chaos paper (arXiv:2405.10822): training plants
    fixed points, which are reached at times far beyond those it was trained for.
    """
    ((_, now), (_, then)) = trajectory(machine, n, [steps, steps + 1], clamp, seed)
    moved = [(then.potential[k] - now.potential[k]).square() / machine.rate**2 for k in now.potential]
    residual = torch.cat(moved, 1).mean(1).sqrt()
    units = machine.units[layer]
    shown = units.numbers(then[layer], machine.like)
    return FixedPoints(shown, same(shown, near * (units.high - units.low)), residual)


def same(x: Tensor, near: float) -> Tensor:
    """Of each row the first one that it is nearer to than `near` (root of the mean square), itself if none, (n,)."""
    first = torch.arange(len(x))
    for i, row in enumerate(x):
        if first[i] == i:
            close = (x[i:] - row).square().mean(1).sqrt() < near
            later = torch.arange(i, len(x))[close.cpu()]
            first[later] = torch.minimum(first[later], torch.tensor(i))
    return first
