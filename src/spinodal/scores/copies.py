"""Copies: the distance of generated rows from the training rows, and how many of them are exact copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .distances import nearest_distances
from .matrices import alike


@torch.no_grad()
def nearest(generated: Tensor, train: Tensor) -> Tensor:
    """The distance of each generated row from its nearest training row, float64 (m,), on the CPU; 0 for exact copies
    only.

    If both sets are letters (integers, booleans), or have only two values in all, the distance is the share of sites
    that differ, in [0, 1]. For real numbers it is the root mean square of the differences. It is computed from the
    columns as given: one-hot letters that differ at a site differ in two columns, so pass letters as integers.

    generated: (m, d), train: (n, d). Raises ValueError if they can't be compared. Cost: that of
    `adversarial_accuracy` between the two sets; 1024 x 1024 distances in memory, and copies of both sets.

    >>> train = torch.tensor([[0, 1, 2, 3], [3, 3, 3, 3]])
    >>> nearest(torch.tensor([[0, 1, 2, 3], [3, 3, 3, 0], [1, 0, 0, 0]]), train).tolist()
    [0.0, 0.25, 1.0]
    """
    return nearest_distances(*alike(generated=generated, train=train))


@dataclass(frozen=True)
class Novelty:
    """How many of n generated rows are copies, and quantiles .05, .5 and .95 of their distances to training rows."""

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
    """How many generated rows are copies of training rows, and quantiles of all distances (`nearest`).

    The ideal is what an equal number of held-out rows has in place of the generated ones: data with few sites or with
    repeated rows contain copies by chance. Compare at equal sizes of the training set, since distances fall with it.
    Arguments, errors and cost are those of `nearest`.
    """
    distances = nearest(generated, train).numpy()
    low, median, high = np.quantile(distances, (0.05, 0.5, 0.95)).tolist()
    return Novelty(len(distances), int((distances == 0).sum()), low, median, high)
