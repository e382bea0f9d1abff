"""Adversarial accuracy: how often the nearest neighbor of a sample is from the sample's own set."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .. import ranges
from .distances import Distances, nearest_across, nearest_within, with_distance
from .matrices import comparable

HALF = 0.5
"""The value of a tie by default: ideal samples have 1/2 even if data have few sites or repeated rows."""

OTHER = 0.0
"""The value of a tie in the F&F authors' code, which counts it for the other set: ideal samples have less than 1/2."""


@dataclass(frozen=True)
class AdversarialAccuracy:
    """How often a sample's nearest neighbor is from its own set, in [0, 1]; 1/2 if both sets have one distribution.

    `truth` is for the samples of the data, `synthetic` for the generated ones. If both are near 1, the sets differ: the
    machine has learned too little. If both are near 0, the generated samples are copies of the data: it overfits.
    """

    truth: float
    synthetic: float

    @property
    def error(self) -> float:
        """(truth - 1/2)^2 + (synthetic - 1/2)^2, from 0 (ideal) to 1/2."""
        return (self.truth - 0.5) ** 2 + (self.synthetic - 0.5) ** 2


@torch.no_grad()
def adversarial_accuracy(data: Tensor, generated: Tensor, tie: float = HALF) -> AdversarialAccuracy:
    """How often the nearest neighbor of a sample is from the sample's own set; a tie counts one half by default.

        truth = < [d_own < d_other] + tie [d_own = d_other] >,  over the data; synthetic: over the generated

    d_own is the squared Euclidean distance to the nearest other sample of the same set, d_other that to the nearest
    sample of the other set. On 0/1 it is the Hamming distance, on one-hot letters twice that. If both sets have only
    two values in all, 64 values are compared at once as bits (on a CPU), and ties are exact. For real numbers,
    distances that differ by less than rounding (1e-6 of the squared norm) are compared at random.

    data, generated: (n, d) each; tie: the value of a tie, `HALF` or `OTHER`. Raises ValueError if the sets differ in
    length (a larger set has nearer neighbors), if they can't be compared, or if tie is outside [0, 1]. Cost: the
    multiplications of two n x d x n products, or about 300 million comparisons of 784 bits per second and thread;
    1024 x 1024 distances in memory.

    Source: Yale et al. 2020 (nearest-neighbor adversarial accuracy); error as in the F&F paper. The authors' code
    counts a tie for the other set: tie=OTHER.
    """
    data, generated = comparable(data, generated)
    if len(data) != len(generated):
        raise ValueError(f"data has {len(data)} rows and generated {len(generated)}: cut both to the smaller number")
    if not ranges.is_real(tie, lambda x: 0 <= x <= 1):
        raise ValueError(f"tie must be from 0 (it counts for the other set) to 1 (for the own set), not {tie}")
    return adversarial_accuracy_by(*with_distance(data, generated), tie)


def adversarial_accuracy_by(
    distances: Distances,
    data: Tensor,
    generated: Tensor,
    tie: float = HALF,
    across: tuple[Tensor, Tensor] | None = None,
) -> AdversarialAccuracy:
    """Adversarial accuracy by any distance function, on rows that it accepts. across: `nearest_across`, if known."""
    from_data, from_generated = across or nearest_across(distances, data, generated)
    return AdversarialAccuracy(
        truth=_wins(nearest_within(distances, data), from_data, tie),
        synthetic=_wins(nearest_within(distances, generated), from_generated, tie),
    )


def _wins(own: Tensor, other: Tensor, tie: float) -> float:
    """The share of samples that are nearer to their own set; a tie counts `tie`."""
    return (int((own < other).sum()) + tie * int((own == other).sum())) / len(own)
