"""Adversarial accuracy: can a sample's nearest neighbor tell whether the sample is real?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..kernels import product
from .matrices import comparable

ROWS = 1024
"""How many rows of a distance matrix exist at a time."""


@dataclass(frozen=True)
class AdversarialAccuracy:
    """How often a sample's nearest neighbor comes from its own set: 1/2 if the two sets are of one law.

    Both near 1: the sets are told apart (too little learned). Both near 0: the generated are copies of the
    data (too much). `truth` is for the samples of the data, `synthetic` for the generated ones; in [0, 1].
    """

    truth: float
    synthetic: float

    @property
    def error(self) -> float:
        """(truth - 1/2)^2 + (synthetic - 1/2)^2, from 0 (ideal) to 1/2."""
        return (self.truth - 0.5) ** 2 + (self.synthetic - 0.5) ** 2


@torch.no_grad()
def adversarial_accuracy(data: Tensor, generated: Tensor) -> AdversarialAccuracy:
    """How often the nearest neighbor of a sample is of the sample's own kind; a tie counts one half.

        truth = < [d_own < d_other] + [d_own = d_other] / 2 >,  over the data; synthetic: over the generated

    d_own is the squared Euclidean distance to the nearest other sample of the same set, d_other to the
    nearest of the other set. On 0/1 that is the Hamming distance, on one-hot letters twice it, and exact, so
    ties are seen; on reals what lies closer than rounding (1e-6 of the squared norm) is told by chance.

    data, generated: (n, d) each. Raises ValueError if their lengths differ (a larger set has nearer
    neighbors) or they can't be compared. Cost: the multiplications of two n x d x n products, 1024 rows of
    distances in memory.

    Source: Yale et al. 2020 (nearest-neighbor adversarial accuracy); error as in the F&F paper. The authors'
    code counts a tie as the other set, which gives less than 1/2 to ideal samples of short or repeated data.
    """
    data, generated = comparable(data, generated)
    if len(data) != len(generated):
        raise ValueError(f"data has {len(data)} rows and generated {len(generated)}: cut both to the smaller number")
    from_data, from_generated = _nearest_across(data, generated)
    return AdversarialAccuracy(
        truth=_wins(_nearest_within(data), from_data),
        synthetic=_wins(_nearest_within(generated), from_generated),
    )


def _distances(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|^2 of all pairs, (n, m), a new tensor."""
    return product(-2 * x, y.T, y.square().sum(1)).add_(x.square().sum(1, keepdim=True))


def _nearest_across(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """How far the nearest row of y is from each row of x, (n,), and the nearest of x from each of y, (m,)."""
    of_x, of_y = [], y.new_full((len(y),), torch.inf)
    for block in torch.split(x, ROWS):
        distances = _distances(block, y)
        of_x.append(distances.amin(1))
        of_y = torch.minimum(of_y, distances.amin(0))
    return torch.cat(of_x), of_y


def _nearest_within(x: Tensor) -> Tensor:
    """How far the nearest other row is from each row, (n,): each pair of blocks is looked at once."""
    nearest = x.new_full((len(x),), torch.inf)
    for start in range(0, len(x), ROWS):
        later = nearest[start:]
        distances = _distances(x[start : start + ROWS], x[start:]).fill_diagonal_(torch.inf)
        later.copy_(torch.minimum(later, distances.amin(0)))
        later[:ROWS].copy_(torch.minimum(later[:ROWS], distances.amin(1)))
    return nearest


def _wins(own: Tensor, other: Tensor) -> float:
    """The share of samples nearer to their own set; a tie counts one half."""
    return (len(own) + int((other - own).sign().sum(dtype=torch.int64))) / (2 * len(own))
