"""Chaos: the free dynamics of a machine without noise: stability at potential 0, Lyapunov exponents, fixed points."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor

from .. import ranges
from .closest import closest
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
        """Above 0: nearby trajectories diverge, which is chaos. Below 0: they converge to a fixed point."""
        return float(self.values[0])


@dataclass(frozen=True)
class FixedPoints:
    """Where runs end: their last values, which runs end at the same place, and how much they still move.

    shown      of one layer, (n, size), as numbers
    members    of each run, the first run that ended where it did, (n,)
    residual   of each run, how far its potentials still move in tau, the root of the mean square, (n,)
    """

    value: Tensor
    members: Tensor
    residual: Tensor

    @property
    def distinct(self) -> int:
        """How many different places runs end at."""
        return len(self.members.unique())

    def still(self, most: float = 1e-2) -> float:
        """The share of runs that have stopped: whose residual is at most `most`."""
        return float((self.residual <= most).double().mean())

    @torch.no_grad()
    def far_from(self, data: Tensor) -> Tensor:
        """How far each run ended from the nearest row of data, the root of the mean square over the layer's numbers.

        data (m, size), as numbers (letters one-hot: `units.numbers`), in the layer's code -> (n,). The row is found
        by products, up to their rounding; the distance to it is exact. Raises ValueError where data don't
        have the layer's width, or have unknown entries.
        Cost: n x m x size multiplications, and blocks of 1024 x 1024 in memory.
        """
        if data.dim() != 2 or data.shape[1] != self.value.shape[1] or not len(data):
            raise ValueError(f"the layer shows (n, {self.value.shape[1]}) numbers; data are {tuple(data.shape)}")
        if data.isnan().any():
            raise ValueError("data have unknown entries: leave those rows out, or complete them")
        nearest = data[closest(self.value, data)].to(self.value)
        return (self.value - nearest).square().mean(1).sqrt()


@dataclass(frozen=True)
class Sweep:
    """One machine with its frozen couplings at several gains: its stability radius and its exponent at each.

    gains      in the order asked for, (k,)
    radii      the stability radius at each, (k,)
    exponents  the largest Lyapunov exponent at each, in 1 / tau, (k,)
    errors     their standard errors, (k,)
    """

    gains: Tensor
    radii: Tensor
    exponents: Tensor
    errors: Tensor

    @property
    def onset(self) -> float:
        """The smallest gain at which the exponent goes from 0 or below to above 0; NaN where it never does.

        By a straight line between neighboring gains, so no finer than the exponents' errors and the gains' distance.
        """
        order = self.gains.argsort(stable=True)
        points = zip(self.gains[order].tolist(), self.exponents[order].tolist())
        for (low, below), (high, above) in pairwise(points):
            if below <= 0 < above:
                return low + (high - low) * -below / (above - below)
        return math.nan


@torch.no_grad()
def stability_radius(machine: Network) -> float:
    """The largest modulus of the eigenvalues of the couplings at potential 0: the effective gain.

    Above 1 the state where all potentials are 0 (without biases) is unstable for frozen random couplings, which means
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
    """d mean / d potential at potential 0, (size, size)."""
    slope: Tensor = torch.func.jacrev(lambda x: units.mean(x[None])[0])(torch.zeros(units.size, dtype=torch.float64))
    return slope.detach().T


@torch.no_grad()
def lyapunov(
    machine: Network, count: int = 1, steps: int = 2000, clamp: Known = None, seed: int | Noise = 0, warm: int = 500
) -> Exponents:
    """The `count` leading Lyapunov exponents of the free run, or of a run that holds a clamp of one row.

        lambda_i = < log of how much the i-th direction grows > / (rate steps),   in 1 / tau

    by the QR method (Benettin et al. 1980): tangents follow the run by the exact derivative of each step, and are made
    orthogonal again as they go. The first `warm` steps don't count: the run and the tangents forget their start.
    Errors are from ten stretches of the run. In double precision. Raises ValueError for machines that draw, as noise
    has no derivative.
    Cost: steps x count x the couplings.

    >>> import spinodal as sp
    >>> quiet = sp.chaotic(sp.Spin(30), gain=0.5, rate=0.2, visible=sp.Spin(40))
    >>> sp.lyapunov(quiet, steps=100).largest < 0
    True
    """
    _check_quiet(machine, "Lyapunov exponents")
    if not (ranges.is_integer(count) and ranges.is_integer(steps, 10)):
        both = f"{ranges.format_value(count)} and {ranges.format_value(steps)}"
        raise ValueError(f"lyapunov takes one exponent and 10 steps or more, not {both}")
    ranges.integer("warm", warm, 0)
    held = machine.hold(clamp or {}).whole
    if count > (free := sum(units.size for k, units in machine.units.items() if k not in held)):
        raise ValueError(f"count must be from 1 to {free}, as there are {free} free units, not {count}")
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


def gain_sweep(
    machine: Network, gains: Sequence[float], steps: int = 2000, seed: int | Noise = 0, warm: int = 500
) -> Sweep:
    """The machine with its frozen couplings at each gain: stability radius and largest Lyapunov exponent.

    Frozen couplings are scaled to each gain; learned weights and biases stay, and so does the machine itself. All gains
    share the frozen draw and the start of the run: what differs is the gain alone. Before training the radius is linear
    in the gain, and chaos sets in at 1 in large networks (Sompolinsky, Crisanti & Sommers 1988), in small ones later.
    `steps`, `seed` and `warm` are those of `lyapunov`. Raises ValueError for a machine without frozen couplings, for a
    gain that is no number from 0 on or none at all, and where `lyapunov` does.
    Cost: `lyapunov` and `stability_radius`, once a gain.

    >>> import spinodal as sp
    >>> machine = sp.chaotic(sp.Spin(30), gain=2.0, rate=0.2, visible=sp.Spin(40))
    >>> sweep = sp.gain_sweep(machine, [0.5, 4.0], steps=200, warm=100)
    >>> (sweep.exponents > 0).tolist(), 0.5 < sweep.onset < 4.0
    ([False, True], True)
    """
    if machine.gain == 0:
        raise ValueError("gain_sweep scales frozen couplings, and this machine has none: its gain is 0")
    asked = gains.tolist() if isinstance(gains, Tensor) else list(gains) if isinstance(gains, Iterable) else []
    if not asked or not all(ranges.is_real(gain, lambda x: x >= 0) for gain in asked):
        raise ValueError(
            f"gain_sweep takes one gain or more, numbers from 0 on, not {ranges.format_value(asked or gains)}"
        )
    gains, machine = [float(gain) for gain in asked], _double(machine)
    radii, exponents, errors = [], [], []
    for gain in gains:
        scaled = _with_gain(machine, gain)
        found = lyapunov(scaled, 1, steps, None, seed, warm)
        radii.append(stability_radius(scaled))
        exponents.append(found.largest)
        errors.append(float(found.errors[0]))
    return Sweep(*(torch.tensor(x, dtype=torch.float64) for x in (gains, radii, exponents, errors)))


def _check_quiet(machine: Network, what: str) -> None:
    """Raises ValueError for a machine that draws."""
    if machine.sampled:
        raise ValueError(
            f"{what} are of machines without noise, such as sp.chaotic(...); this one draws {sorted(machine.sampled)}"
        )


def _with_gain(machine: Network, gain: float) -> Network:
    """A copy of the machine whose frozen couplings have that gain."""
    scaled = copy.deepcopy(machine)
    for frozen in scaled.buffers():
        frozen *= gain / machine.gain
    scaled.gain = gain
    return scaled


@cache
def _derive_quietly() -> None:
    """Takes one derivative without warnings: with the first one torch loads code that raises a DeprecationWarning."""
    x = torch.zeros(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.func.jvp(torch.sin, (x,), (x,))


def _double(machine: Network) -> Network:
    return copy.deepcopy(machine).cpu().double()


def _flow(machine: Network, clamp: Known, noise: Noise, count: int) -> tuple[Callable[[Tensors], Tensors], Tensors]:
    """One step as a function of the potentials, and where to begin: the same row `count` times, one a tangent."""
    held = machine.hold({k: x.expand(count, -1) for k, x in (clamp or {}).items()})
    inputs = {k: machine.inputs(k, held) for k in machine.units if k not in held.whole}
    begin = machine.start(1, held.rows(slice(1)), noise)
    partly = held.without_whole()

    def move(potential: Tensors) -> Tensors:
        value = {k: machine.put_back(k, machine.units[k].mean(x), partly) for k, x in potential.items()}
        return machine.steps(State(potential, value).copy(), partly, inputs, 1, machine.rate, noise).potential

    return move, {k: begin.potential[k].expand(count, -1).clone() for k in inputs}


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
    mean square. A run that has not stopped has a residual. Chaos paper (arXiv:2405.10822): training makes
    fixed points, which are reached long after the times it was trained for.
    """
    _check_quiet(machine, "fixed points")
    if layer not in machine.units:
        raise ValueError(f"there is no layer {layer!r}; the layers are {list(machine.units)}")
    ranges.integer("steps", steps, 0)
    ranges.real("near", near, lambda x: x >= 0, "must be a number, 0 or more")
    ((_, now), (_, then)) = trajectory(machine, n, [steps, steps + 1], clamp, seed)
    moved = [(then.potential[k] - now.potential[k]).square() / machine.rate**2 for k in now.potential]
    residual = torch.cat(moved, 1).mean(1).sqrt()
    units = machine.units[layer]
    value = units.numbers(then[layer], machine.like)
    return FixedPoints(value, same(value, near * units.span), residual)


def same(x: Tensor, near: float) -> Tensor:
    """For each row the first row nearer than `near` (root of the mean square), which may be itself, (n,)."""
    first = torch.arange(len(x))
    for i, row in enumerate(x):
        if first[i] == i:
            close = (x[i:] - row).square().mean(1).sqrt() < near
            later = torch.arange(i, len(x))[close.cpu()]
            first[later] = torch.minimum(first[later], torch.tensor(i))
    return first
