"""Adversarial accuracy: can a sample's nearest neighbor tell whether the sample is real?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .. import bits
from ..kernels import product
from .matrices import comparable, two_valued

Distances = Callable[[Tensor, Tensor], Tensor]

ROWS = 1024
"""Distances exist in blocks of so many rows and columns, however large the sets are."""


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
    nearest of the other set. On 0/1 that is the Hamming distance, on one-hot letters twice it: where both sets
    together show two values, 64 of them are compared at once as bits (on a CPU), and ties are exact. On reals
    what lies closer than rounding (1e-6 of the squared norm) is told by chance.

    data, generated: (n, d) each. Raises ValueError if their lengths differ (a larger set has nearer
    neighbors) or they can't be compared. Cost: the multiplications of two n x d x n products, or some 300
    million comparisons of 784 bits a second and thread; 1024 x 1024 distances in memory.

    Source: Yale et al. 2020 (nearest-neighbor adversarial accuracy); error as in the F&F paper. The authors'
    code counts a tie as the other set, which gives less than 1/2 to ideal samples of short or repeated data.
    """
    data, generated = comparable(data, generated)
    if len(data) != len(generated):
        raise ValueError(f"data has {len(data)} rows and generated {len(generated)}: cut both to the smaller number")
    distances, data, generated = _measure(data, generated)
    from_data, from_generated = _nearest_across(distances, data, generated)
    return AdversarialAccuracy(
        truth=_wins(_nearest_within(distances, data), from_data),
        synthetic=_wins(_nearest_within(distances, generated), from_generated),
    )


def _measure(data: Tensor, generated: Tensor) -> tuple[Distances, Tensor, Tensor]:
    """A measure of distance, and what it takes of both sets: their bits where they show two values, else them."""
    if data.device.type != "cpu" or not (found := two_valued(data, generated)):
        return _distances, data, generated
    known, made = map(bits.packed, found[1])
    return bits.differences, known, made


def _distances(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|^2 of all pairs, (n, m), a new tensor."""
    return product(-2 * x, y.T, y.square().sum(1)).add_(x.square().sum(1, keepdim=True))


def _nearest_across(distances: Distances, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """How far the nearest row of y is from each row of x, (n,), and the nearest of x from each of y, (m,)."""
    of_x, of_y = _far(x), _far(y)
    for i, j in itertools.product(_blocks(x), _blocks(y)):
        found = distances(x[i], y[j])
        of_x[i], of_y[j] = of_x[i].minimum(found.amin(1)), of_y[j].minimum(found.amin(0))
    return of_x, of_y


def _nearest_within(distances: Distances, x: Tensor) -> Tensor:
    """How far the nearest other row is from each row, (n,): each pair of blocks is looked at once."""
    nearest = _far(x)
    for i, j in itertools.combinations_with_replacement(_blocks(x), 2):
        found = distances(x[i], x[j])
        if i == j:
            found.fill_diagonal_(torch.inf)
        nearest[i] = nearest[i].minimum(found.amin(1))
        nearest[j] = nearest[j].minimum(found.amin(0))
    return nearest


def _blocks(x: Tensor) -> list[slice]:
    return [slice(i, i + ROWS) for i in range(0, len(x), ROWS)]


def _far(x: Tensor) -> Tensor:
    """Farther than anything, (n,), in a precision that holds every distance."""
    return torch.full((len(x),), torch.inf, dtype=torch.float64, device=x.device)


def _wins(own: Tensor, other: Tensor) -> float:
    """The share of samples nearer to their own set; a tie counts one half."""
    return (len(own) + int((other - own).sign().sum(dtype=torch.int64))) / (2 * len(own))
