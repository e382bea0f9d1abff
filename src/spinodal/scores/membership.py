"""Membership: whether generated rows reveal which rows were in the training set."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from .adversarial import adversarial_accuracy_by
from .distances import nearest_across, nearest_distances_both_ways, with_distance
from .matrices import alike

ALARM = 4.0
"""An AUC counts as copying from this many standard deviations of chance on: once in 30,000 sets by chance."""


@dataclass(frozen=True)
class Privacy:
    """How much nearer n generated rows are to n training rows than to n held-out rows.

    `loss` is the adversarial accuracy against the held-out rows minus that against the training rows, in [-1, 1],
    ideally 0. If it is positive, the generated rows resemble the training rows more than they should.

    `membership_auc` is the probability that a training row is nearer to the generated rows than a held-out row, in
    [0, 1], ideally 1/2. It is the area under the ROC curve of an attack that guesses members by their distance.

    `ratio` is the median, over the generated rows, of the distance to the nearest training row divided by the distance
    to the nearest held-out row, in [0, ∞], ideally 1. Below 1 the generated rows are nearer to the training rows.
    """

    n: int
    loss: float
    membership_auc: float
    ratio: float

    @property
    def copies(self) -> bool:
        """Whether membership is revealed: the AUC is more than `ALARM` standard deviations of chance above 1/2.

        If the generated rows don't depend on the training rows, these and held-out rows of the same distribution are
        ranked at random. The standard deviation of the AUC is then that of the Mann-Whitney statistic,
        sqrt((2n + 1) / (12 n²)); ties make it smaller. For fewer than 12 rows the result is always False.
        """
        return self.membership_auc - 0.5 > ALARM * _deviation(self.n, self.n)


def membership_auc(members: ArrayLike, others: ArrayLike) -> float:
    """P(s(member) > s(other)) + P(s(member) = s(other)) / 2 of a statistic s that an attack takes for membership.

    members (n,), others (m,): its values for training rows and for rows that were not learned; in [0, 1], by chance
    1/2. Raises ValueError without rows of both kinds, and for values that aren't numbers.
    """
    return 1 - _membership(*(torch.from_numpy(x) for x in _statistics(members, others)))


def caught(members: ArrayLike, others: ArrayLike, false_alarms: float = 0.01) -> float:
    """The share of members whose statistic is above that of all others but this share: those that an attack is sure of.

    In [0, 1]; by chance at most `false_alarms`, up to noise. Arguments and errors are those of `membership_auc`.
    """
    x, y = _statistics(members, others)
    threshold = np.sort(y)[::-1][int(false_alarms * len(y))]
    return float((x > threshold).mean())


def is_revealed(members: ArrayLike, others: ArrayLike) -> bool:
    """Whether the AUC of a statistic is more than `ALARM` standard deviations of chance above 1/2.

    Of n members and m others that are ranked at random it has the standard deviation sqrt((n + m + 1) / (12 n m)).
    """
    x, y = _statistics(members, others)
    return membership_auc(x, y) - 0.5 > ALARM * _deviation(len(x), len(y))


def _statistics(members: ArrayLike, others: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.asarray(values, dtype=np.float64) for values in (members, others))
    if x.ndim != 1 or y.ndim != 1 or not len(x) or not len(y) or np.isnan(x).any() or np.isnan(y).any():
        raise ValueError(f"members and others must be numbers, (n,) and (m,), not {x.shape} and {y.shape}")
    return x, y


def _deviation(n: int, m: int) -> float:
    """The standard deviation of the AUC of a random ranking (Mann & Whitney 1947)."""
    return math.sqrt((n + m + 1) / (12 * n * m))


@torch.no_grad()
def privacy(train: Tensor, held_out: Tensor, generated: Tensor) -> Privacy:
    """How much nearer generated rows are to the training rows than to held-out rows of the same distribution.

        loss = AA(held_out, generated) - AA(train, generated),   AA = (truth + synthetic) / 2
        auc  = P(d(t) < d(h)) + P(d(t) = d(h)) / 2,   d: to the nearest generated row
        ratio = median of d(g, train) / d(g, held_out) over the generated rows g

    Distances are those of `nearest`; `adversarial_accuracy` ranks neighbors in the same order. The ratio 0 / 0 is 1:
    the row is a copy of rows in both sets. For an even number of rows, the median is the mean of the two middle values
    of ratio / (1 + ratio), so swapping train and held_out gives 1 / ratio.

    train, held_out, generated: (n, d) each. A larger set has nearer neighbors, so all sets are cut to the length of the
    shortest: shuffle sorted rows before. Use `novelty` to find copies of all training rows. Raises ValueError if they
    can't be compared. Cost: the distances of six pairs of sets; memory as `nearest`.

    Source: the loss is that of Yale et al. 2020, with both sides of the adversarial accuracy and a tie as one half.
    """
    n = min(map(len, (train, held_out, generated)))
    train, held_out, generated = alike(train=train[:n], held_out=held_out[:n], generated=generated[:n])
    (to_train, from_train), by_train = _near(generated, train)
    (to_held_out, from_held_out), by_held_out = _near(generated, held_out)
    return Privacy(
        n=n,
        loss=by_held_out - by_train,
        membership_auc=_membership(from_train, from_held_out),
        ratio=_ratio(to_train, to_held_out),
    )


def _near(generated: Tensor, data: Tensor) -> tuple[tuple[Tensor, Tensor], float]:
    """The nearest distances both ways, and the mean of both sides of the adversarial accuracy.

    The distances of letters serve both.
    """
    distances, x, y = with_distance(data, generated)
    across = None if data.is_floating_point() else nearest_across(distances, x, y)
    accuracy = adversarial_accuracy_by(distances, x, y, across=across)
    sites = data.shape[1]
    both = nearest_distances_both_ways(generated, data) if across is None else (across[1] / sites, across[0] / sites)
    return both, (accuracy.truth + accuracy.synthetic) / 2


def _membership(from_train: Tensor, from_held_out: Tensor) -> float:
    """The area under the ROC curve of membership by distance: pairs (t, h) with d(t) < d(h), ties as one half."""
    held_out = from_held_out.sort().values
    below, up_to = (torch.searchsorted(held_out, from_train, right=ties) for ties in (False, True))
    return 1 - int((below + up_to).sum()) / (2 * len(from_train) * len(held_out))


def _ratio(to_train: Tensor, to_held_out: Tensor) -> float:
    """The median ratio, from the median of to_train / (to_train + to_held_out), which is finite for a distance of 0."""
    both = to_train + to_held_out
    share = float((to_train / both).masked_fill(both == 0, 0.5).quantile(0.5))
    return share / (1 - share) if share < 1 else math.inf
