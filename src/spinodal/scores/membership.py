"""Membership: can one tell from what was generated which rows were learned from?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .adversarial import told_apart
from .distances import both_ways, measure, nearest_across
from .matrices import alike

ALARM = 4.0
"""Standard deviations of a membership AUC by chance at which it is called copying: once in 30,000 fresh sets."""


@dataclass(frozen=True)
class Privacy:
    """What n generated rows tell of n training rows that they don't tell of n held-out ones.

    `loss` is the adversarial accuracy against the held-out rows minus that against the training rows, in [-1, 1],
    ideally 0: the generated look more like the training rows than they should where it is positive.

    `membership_auc` is how often a training row is nearer to the generated than a held-out row is, in [0, 1], ideally
    1/2: what guessing by nearness who was learned from is worth.

    `ratio` is the median, over the generated, of the distance to the nearest training row by that to the nearest
    held-out one, in [0, ∞], ideally 1: below it the generated lie nearer to what was learned from.
    """

    n: int
    loss: float
    membership_auc: float
    ratio: float

    @property
    def copies(self) -> bool:
        """Is membership told better than by chance? The AUC is then more than `ALARM` of its deviations above 1/2.

        Training and held-out rows of one law are ranked at random by whatever doesn't know them, so the deviation is
        that of Mann and Whitney's statistic, sqrt((2n + 1) / (12 n²)); ties make it smaller. Of fewer
        than 12 rows the alarm says nothing.
        """
        return self.membership_auc - 0.5 > ALARM * ((2 * self.n + 1) / 12) ** 0.5 / self.n


@torch.no_grad()
def privacy(train: Tensor, held_out: Tensor, generated: Tensor) -> Privacy:
    """How much nearer to its training rows a generator is than to rows of the same law that it never saw.

        loss = AA(held_out, generated) - AA(train, generated),   AA = (truth + synthetic) / 2
        auc  = P(d(t) < d(h)) + P(d(t) = d(h)) / 2,   d: to the nearest generated row
        ratio = median of d(g, train) / d(g, held_out) over the generated rows g

    Distances are those of `nearest` (and those of `adversarial_accuracy`, which are ordered alike). Of 0 by 0 the
    ratio is 1: such a row copies both. The median of an even number is half-way between the two in the middle on the
    scale of ratio / (1 + ratio), so swapping train and held_out gives 1 / ratio.

    train, held_out, generated: (n, d) each. A larger set has nearer neighbors, so all are cut to the first rows of the
    shortest: shuffle what is sorted. Copies of training rows beyond these are for `novelty` to find. Raises ValueError
    if they can't be compared. Cost: the distances of six pairs of sets; memory as `nearest`.

    Source: the loss is that of Yale et al. 2020, with both sides of the adversarial accuracy and a tie as one half.
    """
    n = min(map(len, (train, held_out, generated)))
    known, unseen, made = alike(train=train[:n], held_out=held_out[:n], generated=generated[:n])
    (by_known, of_known), to_known = _near(made, known)
    (by_unseen, of_unseen), to_unseen = _near(made, unseen)
    return Privacy(
        n=n,
        loss=to_unseen - to_known,
        membership_auc=_membership(of_known, of_unseen),
        ratio=_ratio(by_known, by_unseen),
    )


def _near(made: Tensor, data: Tensor) -> tuple[tuple[Tensor, Tensor], float]:
    """The distances of `both_ways`, and the adversarial accuracy of both sides; of letters distances serve both."""
    distances, x, y = measure(data, made)
    across = None if data.is_floating_point() else nearest_across(distances, x, y)
    found = told_apart(distances, x, y, across=across)
    both = both_ways(made, data) if across is None else (across[1] / data.shape[1], across[0] / data.shape[1])
    return both, (found.truth + found.synthetic) / 2


def _membership(of_known: Tensor, of_unseen: Tensor) -> float:
    """How often nearness tells who was learned from."""
    from sklearn.metrics import roc_auc_score  # slow to load: not before it is asked for

    learned = torch.cat([torch.ones_like(of_known), torch.zeros_like(of_unseen)])
    return float(roc_auc_score(learned.numpy(), -torch.cat([of_known, of_unseen]).numpy()))


def _ratio(by_known: Tensor, by_unseen: Tensor) -> float:
    """The median ratio of both, by the share that the one has of their sum: a number even where the other is 0."""
    both = by_known + by_unseen
    share = float((by_known / both).masked_fill(both == 0, 0.5).quantile(0.5))
    return share / (1 - share) if share < 1 else math.inf
