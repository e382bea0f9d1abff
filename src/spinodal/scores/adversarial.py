"""Adversarial accuracy: can a sample's nearest neighbor tell whether the sample is real?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .. import ranges
from .distances import Distances, measure, nearest_across, nearest_within
from .matrices import comparable

HALF = 0.5
"""What a tie is worth: as much to either set, so that ideal samples have 1/2 however short or repeated data are."""

OTHER = 0.0
"""What a tie is worth in the F&F authors' code, which counts it as the other set: ideal samples then have less."""


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
def adversarial_accuracy(data: Tensor, generated: Tensor, tie: float = HALF) -> AdversarialAccuracy:
    """How often the nearest neighbor of a sample is of the sample's own kind; a tie counts one half by default.

        truth = < [d_own < d_other] + tie [d_own = d_other] >,  over the data; synthetic: over the generated

    d_own is the squared Euclidean distance to the nearest other sample of the same set, d_other to the
    nearest of the other set. On 0/1 that is the Hamming distance, on one-hot letters twice it: where both sets
    together show two values, 64 of them are compared at once as bits (on a CPU), and ties are exact. On reals
    what lies closer than rounding (1e-6 of the squared norm) is told by chance.

    data, generated: (n, d) each; tie: what a tie is worth, `HALF` or `OTHER`. Raises ValueError if their lengths
    differ (a larger set has nearer neighbors), they can't be compared, or a tie is not worth from 0 to 1. Cost: the
    multiplications of two n x d x n products, or some 300 million comparisons of 784 bits a second and thread;
    1024 x 1024 distances in memory.

    Source: Yale et al. 2020 (nearest-neighbor adversarial accuracy); error as in the F&F paper. The authors'
    code counts a tie as the other set: tie=OTHER.
    """
    data, generated = comparable(data, generated)
    if len(data) != len(generated):
        raise ValueError(f"data has {len(data)} rows and generated {len(generated)}: cut both to the smaller number")
    if not ranges.is_real(tie, lambda x: 0 <= x <= 1):
        raise ValueError(f"a tie is worth from 0 (the other set's) to 1 (the own set's), not {tie}")
    return told_apart(*measure(data, generated), tie)


def told_apart(
    distances: Distances,
    data: Tensor,
    generated: Tensor,
    tie: float = HALF,
    across: tuple[Tensor, Tensor] | None = None,
) -> AdversarialAccuracy:
    """Adversarial accuracy by any measure of distance. across: `nearest_across`, where it is known."""
    from_data, from_generated = across or nearest_across(distances, data, generated)
    return AdversarialAccuracy(
        truth=_wins(nearest_within(distances, data), from_data, tie),
        synthetic=_wins(nearest_within(distances, generated), from_generated, tie),
    )


def _wins(own: Tensor, other: Tensor, tie: float) -> float:
    """The share of samples nearer to their own set, ties by their worth."""
    return (int((own < other).sum()) + tie * int((own == other).sum())) / len(own)
