"""Moment errors: are the columns as large as in the data, and do they vary together as there, by twos and threes?"""

from __future__ import annotations

from functools import lru_cache
from math import comb

import numpy as np
import torch
from torch import Tensor

from .. import ranges
from ..data.shuffle import uniform
from .matrices import comparable

COLUMNS = 256
"""Numbers of a row that are in double precision at once."""

TRIPLETS, ENTRIES = 16, 2**15
"""Triplets of columns that are multiplied at once, and of few rows more: so many numbers of a column each."""


@torch.no_grad()
def first_moment_error(data: Tensor, generated: Tensor) -> float:
    """The mean square difference of the columns' means: 1 / d Σ_i (⟨x_i⟩_data - ⟨x_i⟩_generated)².

    data: (n, d), generated: (m, d); ideally 0, and small numbers mean nothing without a floor. It has the scale of the
    data squared: 4 times larger on -1/1 than on 0/1. Raises ValueError if the two can't be compared. Cost: one pass.

    Source: the F&F paper's code.
    """
    data, generated = comparable(data, generated)
    return float((_means(data) - _means(generated)).square().mean())


def _means(x: Tensor) -> Tensor:
    return x.mean(0, dtype=torch.float64)


@torch.no_grad()
def second_moment_error(data: Tensor, generated: Tensor) -> float:
    """The mean square difference of the covariances, E(2):

        1 / d² Σ_ij (C_ij(data) - C_ij(generated))²,   C_ij = ⟨x_i x_j⟩ - ⟨x_i⟩⟨x_j⟩

    data: (n, d), generated: (m, d); ideally 0, and small numbers mean nothing without a floor. It has the scale of the
    data to the fourth power: 16 times larger on -1/1 than on 0/1. Raises ValueError if the two can't be compared.
    Cost: in double precision, the multiplications of d x d products where d is the smaller side, else of n x n ones.

    Source: chaos paper (arXiv:2405.10822), eq. 16; how it is normalized there is our reading.
    """
    a, b = (_centered(x) for x in comparable(data, generated))
    if a.shape[1] <= max(len(a), len(b)):
        return float((_gram(a.T, a.T) - _gram(b.T, b.T)).square().mean())
    squares = _gram(a, a).square().sum() + _gram(b, b).square().sum() - 2 * _gram(a, b).square().sum()
    return float(squares.clamp(min=0)) / a.shape[1] ** 2


def _centered(x: Tensor) -> Tensor:
    """What makes the covariance as a product with itself: (x - mean) / sqrt(n)."""
    return (x - x.mean(0)).div_(len(x) ** 0.5)


def _gram(x: Tensor, y: Tensor) -> Tensor:
    """x yᵀ in double precision, of which only a few columns of x and y are in memory at once."""
    total = x.new_zeros(len(x), len(y), dtype=torch.float64)
    for a, b in zip(x.split(COLUMNS, 1), y.split(COLUMNS, 1)):
        total.addmm_(a.double(), b.double().T)
    return total


@torch.no_grad()
def third_moment_error(data: Tensor, generated: Tensor, triplets: int = 10_000, seed: int = 0) -> float:
    """The mean square difference of the centered third moments of three columns i < j < k, E(3):

        mean over triplets of (T_ijk(data) - T_ijk(generated))²,   T_ijk = ⟨(x_i - ⟨x_i⟩)(x_j - ⟨x_j⟩)(x_k - ⟨x_k⟩)⟩

    The triplets are as many as asked of all d (d - 1) (d - 2) / 6, each at most once: a function of d, their number and
    seed, the same for both sets. data: (n, d), generated: (m, d); ideally 0, and small numbers mean nothing without a
    floor. It has the scale of the data to the sixth power: 64 times larger on -1/1 than on 0/1.

    Raises ValueError if the two can't be compared, have fewer than three columns, or no triplet is asked for. Cost:
    2 (n + m) multiplications a triplet, in double precision.

    Source: Decelle, Furtlehner and Seoane 2021 score third moments; that they are of random triplets is ours.
    """
    data, generated = comparable(data, generated)
    if data.shape[1] < 3 or not ranges.is_integer(triplets):
        raise ValueError(
            f"a third moment is of three columns, and of one triplet at least: not {data.shape[1]} columns "
            f"and {triplets} triplets"
        )
    chosen = _triplets(data.shape[1], triplets, seed).to(data.device)
    return float((_third_moments(data, chosen) - _third_moments(generated, chosen)).square().mean())


def _third_moments(x: Tensor, triplets: Tensor) -> Tensor:
    """T_ijk of the triplets (3, t), (t,), of which only a few are looked at at once."""
    means, columns = _means(x), x.T.contiguous()
    found = means.new_empty(triplets.shape[1])
    step = max(TRIPLETS, ENTRIES // len(x))
    for some, three in zip(found.split(step), triplets.split(step, 1)):
        a, b, c = (columns[i].double().sub_(means[i, None]) for i in three)
        some.copy_(a.mul_(b).mul_(c).mean(1))
    return found


@lru_cache(maxsize=4)
def _triplets(d: int, count: int, seed: int) -> Tensor:
    """`count` of the triplets i < j < k < d, or all where there are fewer, (3, count), in the order of (k, j, i)."""
    ranks = np.array(sorted(_subset(comb(d, 3), count, seed)))
    threes, twos = (np.array([comb(k, few) for k in range(d)]) for few in (3, 2))
    k = threes.searchsorted(ranks, side="right") - 1  # C(k, 3) triplets have three columns before the k-th
    ranks = ranks - threes[k]
    j = twos.searchsorted(ranks, side="right") - 1
    return torch.from_numpy(np.stack([ranks - twos[j], j, k]))


def _subset(n: int, count: int, seed: int) -> set[int]:
    """`count` of the numbers below n, or all where there are fewer, every subset as likely as every other.

    Floyd's way, without a list of all: each number from n - count on comes in, or one below it does.
    """
    chosen: set[int] = set()
    first = max(n - count, 0)
    for last, u in zip(range(first, n), uniform(seed, 0, n - first).tolist()):
        drawn = int(u * (last + 1))
        chosen.add(last if drawn in chosen else drawn)
    return chosen


@torch.no_grad()
def reconstruction_error(data: Tensor, reconstructed: Tensor) -> float:
    """The mean square difference of each entry from what it was reconstructed as, E(R): 1 / (n d) Σ (x - x')².

    data, reconstructed: (n, d), row for row (`tasks.reconstruct`); 0 at best. Where every row were reconstructed as
    the data's mean, it would be their variance. It has the scale of the data squared: 4 times larger on -1/1 than on
    0/1. Raises ValueError if the two can't be compared or have different numbers of rows.

    Source: chaos paper (arXiv:2405.10822), eq. 18.
    """
    data, reconstructed = comparable(data, reconstructed)
    if len(data) != len(reconstructed):
        raise ValueError(
            f"data has {len(data)} rows and reconstructed {len(reconstructed)}: they are compared in pairs"
        )
    return float((data - reconstructed).double().square().mean())
