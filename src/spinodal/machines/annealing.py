"""Annealing: chains that move along a path of machines, forth and back, and the log weights that they gather."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ..progress import Meter
from .noise import Noise
from .parallel import map_blocks
from .paths import Path, Walkers
from .state import Tensors, rows_of


def points_between(rungs: Sequence[float], steps: int) -> list[float]:
    """So many steps along a path, as dense as its rungs: steps + 1 points."""
    wanted = np.linspace(0, len(rungs) - 1, steps + 1)
    return [float(x) for x in np.interp(wanted, np.arange(len(rungs)), rungs)]


@torch.no_grad()
def anneal(
    path: Path, points: Sequence[float], chains: int, noise: Noise, meter: Meter | None = None
) -> tuple[Tensor, Tensors]:
    """Chains that start as independent units and take a step at each point: log weights (chains,), and their values.

    The weight is Σ log f(next point) - log f(point), in double precision, with the center summed over
    (annealed importance sampling, Neal 2001). < e^weight > = Z_end / Z_0. meter: counts steps times chains.
    """

    def work(part: slice) -> tuple[Tensor, Tensors]:
        own, n = noise.below(part.start), part.stop - part.start
        walkers = path.start(n, own)
        weight = torch.zeros(n, dtype=torch.float64, device=path.like.device)
        for time, (t, to) in enumerate(pairwise(points), 1):
            weight += walkers.step(t, to)
            walkers = path.move(walkers, to, own, time)
            _count(meter, n)
        return weight, walkers.value

    return _joined(path, work, chains)


@torch.no_grad()
def anneal_back(
    path: Path, points: Sequence[float], value: Tensors, noise: Noise, meter: Meter | None = None
) -> Tensor:
    """The same weights of chains that start as samples of the last machine and go the way back, (chains,).

    < e^-weight > = Z_0 / Z_end.
    """

    def work(part: slice) -> tuple[Tensor, Tensors]:
        own = noise.below(part.start)
        walkers = Walkers(path, {k: x[part] for k, x in value.items()})
        weight = torch.zeros(part.stop - part.start, dtype=torch.float64, device=path.like.device)
        for time, (to, t) in enumerate(pairwise(reversed(points)), 1):
            walkers = path.move(walkers, to, own, time)
            weight += walkers.step(t, to)
            _count(meter, len(weight))
        return weight, {}

    return _joined(path, work, rows_of(value))[0]


@torch.no_grad()
def settle(path: Path, value: Tensors, steps: int, noise: Noise, meter: Meter | None = None) -> Tensors:
    """The values of chains after so many steps of the last machine."""

    def work(part: slice) -> tuple[Tensor, Tensors]:
        own = noise.below(part.start)
        walkers = Walkers(path, {k: x[part] for k, x in value.items()})
        for time in range(steps):
            walkers = path.move(walkers, path.end, own, time + 1)
            _count(meter, part.stop - part.start)
        return torch.zeros(part.stop - part.start), walkers.value

    return _joined(path, work, rows_of(value))[1]


def _count(meter: Meter | None, chains: int) -> None:
    if meter is not None:
        meter.add(chains)


def _joined(path: Path, work: Callable[[slice], tuple[Tensor, Tensors]], chains: int) -> tuple[Tensor, Tensors]:
    """The work on blocks of chains, over threads."""
    parts = map_blocks(work, chains, path.like.device)
    return torch.cat([w for w, _ in parts]), {k: torch.cat([v[k] for _, v in parts]) for k in parts[0][1]}
