"""Copies: how far is what was generated from what was learned from, and how much of it is copied?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .distances import toward
from .matrices import alike


@torch.no_grad()
def nearest(generated: Tensor, train: Tensor) -> Tensor:
    """How far each generated row is from its nearest training row, float64 (m,), on the CPU; 0 for exact copies alone.

    The distance is the share of sites that differ where both are letters (integers, booleans) or show two values
    together, in [0, 1]; else, of reals, the root mean square of the differences. It is that of columns as they are
    given: one-hot letters that differ at a site differ in two of its columns, so give letters as integers.

    generated: (m, d), train: (n, d). Raises ValueError if they can't be compared. Cost: that of
    `adversarial_accuracy` across the two; 1024 x 1024 distances in memory, and copies of both sets.

    >>> train = torch.tensor([[0, 1, 2, 3], [3, 3, 3, 3]])
    >>> nearest(torch.tensor([[0, 1, 2, 3], [3, 3, 3, 0], [1, 0, 0, 0]]), train).tolist()
    [0.0, 0.25, 1.0]
    """
    return toward(*alike(generated=generated, train=train))


@dataclass(frozen=True)
class Novelty:
    """Of n generated rows: how many are copies, and quantiles .05, .5 and .95 of their distances to the nearest."""

    n: int
    copies: int
    low: float
    median: float
    high: float

    @property
    def share(self) -> float:
        """The share of the generated rows that are copies, in [0, 1]."""
        return self.copies / self.n


def novelty(generated: Tensor, train: Tensor) -> Novelty:
    """How many generated rows are rows of the training set, and how far the others are: quantiles of `nearest`.

    There is no ideal but what as many held-out rows have in place of the generated: short or repeated data hold
    copies by chance. Compare at one size of the training set, for a larger one is nearer. Arguments, errors and cost
    are those of `nearest`.
    """
    found = nearest(generated, train).numpy()
    low, median, high = np.quantile(found, (0.05, 0.5, 0.95)).tolist()
    return Novelty(len(found), int((found == 0).sum()), low, median, high)
