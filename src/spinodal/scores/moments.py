"""Moment errors: mean square differences of first, second and third moments, and of reconstructions."""

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
"""Columns that are converted to double precision at once."""

TRIPLETS, ENTRIES = 16, 2**15
"""Triplets of columns in a block: TRIPLETS or more, and for few rows as many as have ENTRIES products."""


@torch.no_grad()
def first_moment_error(data: Tensor, generated: Tensor) -> float:
    """The mean square difference of the means of the columns: 1 / d Σ_i (⟨x_i⟩_data - ⟨x_i⟩_generated)².

    data: (n, d), generated: (m, d). Ideally 0; compare with the floor. Its unit is that of the data squared: it is 4
    times larger on -1/1 than on 0/1. Raises ValueError if the two can't be compared. Cost: one pass.

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

    data: (n, d), generated: (m, d). Ideally 0; compare with the floor. Its unit is that of the data to the fourth
    power: it is 16 times larger on -1/1 than on 0/1. Raises ValueError if the two can't be compared. Cost, in double
    precision: the products X^T X (d x d) if d is at most the number of rows, else the products X X^T (n x n).

    Source: chaos paper (arXiv:2405.10822), eq. 16; the normalization is our interpretation of it.
    """
    a, b = (_centered(x) for x in comparable(data, generated))
    if a.shape[1] <= max(len(a), len(b)):
        return float((_gram(a.T, a.T) - _gram(b.T, b.T)).square().mean())
    squares = _gram(a, a).square().sum() + _gram(b, b).square().sum() - 2 * _gram(a, b).square().sum()
    return float(squares.clamp(min=0)) / a.shape[1] ** 2


def _centered(x: Tensor) -> Tensor:
    """(x - mean) / sqrt(n), whose product with itself is the covariance."""
    return (x - x.mean(0)).div_(len(x) ** 0.5)


def _gram(x: Tensor, y: Tensor) -> Tensor:
    """x yᵀ in double precision; only COLUMNS columns of x and y are converted at once."""
    total = x.new_zeros(len(x), len(y), dtype=torch.float64)
    for a, b in zip(x.split(COLUMNS, 1), y.split(COLUMNS, 1)):
        total.addmm_(a.double(), b.double().T)
    return total


@torch.no_grad()
def third_moment_error(data: Tensor, generated: Tensor, triplets: int = 10_000, seed: int = 0) -> float:
    """The mean square difference of the centered third moments of three columns i < j < k, E(3):

        mean over triplets of (T_ijk(data) - T_ijk(generated))²,   T_ijk = ⟨(x_i - ⟨x_i⟩)(x_j - ⟨x_j⟩)(x_k - ⟨x_k⟩)⟩

    The mean is over `triplets` random triplets of all d (d - 1) (d - 2) / 6, without repetition, or over all if there
    are fewer. They are a function of d, `triplets` and seed, and the same for both sets. data: (n, d), generated:
    (m, d). Ideally 0; compare with the floor. Its unit is that of the data to the sixth power: it is 64 times larger on
    -1/1 than on 0/1.

    Raises ValueError if the two can't be compared, have fewer than three columns, or if `triplets` is less than 1.
    Cost: 2 (n + m) multiplications for each triplet, in double precision.

    Source: Decelle, Furtlehner and Seoane 2021 use third moments; the choice of random triplets is ours.
    """
    data, generated = comparable(data, generated)
    if data.shape[1] < 3 or not ranges.is_integer(triplets):
        raise ValueError(
            f"a third moment needs three or more columns and one or more triplets, not {data.shape[1]} columns "
            f"and {triplets} triplets"
        )
    chosen = _triplets(data.shape[1], triplets, seed).to(data.device)
    return float((_third_moments(data, chosen) - _third_moments(generated, chosen)).square().mean())


def _third_moments(x: Tensor, triplets: Tensor) -> Tensor:
    """T_ijk of the triplets (3, t), (t,), computed in blocks of triplets."""
    means, columns = _means(x), x.T.contiguous()
    moments = means.new_empty(triplets.shape[1])
    step = max(TRIPLETS, ENTRIES // len(x))
    for block, ijk in zip(moments.split(step), triplets.split(step, 1)):
        a, b, c = (columns[i].double().sub_(means[i, None]) for i in ijk)
        block.copy_(a.mul_(b).mul_(c).mean(1))
    return moments


@lru_cache(maxsize=4)
def _triplets(d: int, count: int, seed: int) -> Tensor:
    """`count` random triplets i < j < k < d, or all if there are fewer, (3, count), in the order of (k, j, i)."""
    ranks = np.array(sorted(_subset(comb(d, 3), count, seed)))
    threes, twos = (np.array([comb(k, r) for k in range(d)]) for r in (3, 2))
    k = threes.searchsorted(ranks, side="right") - 1  # C(k, 3) triplets have all columns below k
    ranks = ranks - threes[k]
    j = twos.searchsorted(ranks, side="right") - 1
    return torch.from_numpy(np.stack([ranks - twos[j], j, k]))


def _subset(n: int, count: int, seed: int) -> set[int]:
    """A uniformly random subset of `count` of the numbers below n, or all of them if there are fewer.

    Floyd's algorithm, which needs no list of n numbers: for each `last` from n - count on it adds a random number up to
    `last`, or `last` if that number is in the subset already.
    """
    chosen: set[int] = set()
    first = max(n - count, 0)
    for last, u in zip(range(first, n), uniform(seed, 0, n - first).tolist()):
        number = int(u * (last + 1))
        chosen.add(last if number in chosen else number)
    return chosen


@torch.no_grad()
def reconstruction_error(data: Tensor, reconstructed: Tensor) -> float:
    """The mean square difference between the data and their reconstruction, E(R): 1 / (n d) Σ (x - x')².

    data, reconstructed: (n, d), with equal order of rows (`tasks.reconstruct`). Ideally 0; if every row is
    reconstructed as the mean of the data, it is the variance of the data. Its unit is that of the data squared: it is 4
    times larger on -1/1 than on 0/1. Raises ValueError if the two can't be compared or differ in the number of rows.

    Source: chaos paper (arXiv:2405.10822), eq. 18.
    """
    data, reconstructed = comparable(data, reconstructed)
    if len(data) != len(reconstructed):
        raise ValueError(
            f"data has {len(data)} rows and reconstructed {len(reconstructed)}: they must have the same rows"
        )
    return float((data - reconstructed).double().square().mean())
