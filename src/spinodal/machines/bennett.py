"""Bennett: the ratio of two sums of states, log Z1/Z0, by samples of one of them or of both, and its standard error."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor

STEPS = 60
"""Halvings of an interval of at most some thousands: beyond double precision."""


@dataclass(frozen=True)
class Ratio:
    """log Z1/Z0, and how much each independent chain moved it.

    forth, back (chains,): the influence of each chain of the one and of the other machine, such that the variance of
    the estimate is that of their means. Empty where a machine has no samples.
    """

    log_ratio: float
    forth: Tensor
    back: Tensor

    @property
    def error(self) -> float:
        """The standard error, where no chain of one machine is a chain of the other."""
        return float(sum(_variance_of_mean(x) for x in (self.forth, self.back) if len(x))) ** 0.5

    @property
    def together(self) -> Tensor:
        """The influence of each chain where the chains of both machines belong together, one by one."""
        return self.forth + self.back if len(self.forth) and len(self.back) else torch.cat([self.forth, self.back])


def error_of(influence: Tensor) -> float:
    """The standard error of an estimate, by the influences of its independent chains."""
    return _variance_of_mean(influence) ** 0.5


def _variance_of_mean(x: Tensor) -> float:
    return float(x.var()) / len(x) if len(x) > 1 else float("inf")


def forward(steps: Tensor) -> Ratio:
    """log < e^u >_0, u = log f1/f0 (chains, times) of samples of 0: on average too low, if at all."""
    log_ratio, influence = _log_mean_exp(steps)
    return Ratio(log_ratio, influence, influence.new_zeros(0))


def backward(steps: Tensor) -> Ratio:
    """- log < e^-u >_1, u = log f1/f0 (chains, times) of samples of 1: on average too high, if at all."""
    log_ratio, influence = _log_mean_exp(-steps)
    return Ratio(-log_ratio, influence.new_zeros(0), -influence)


def both(forth: Tensor, back: Tensor) -> Ratio:
    """log Z1/Z0 by samples of both, u = log f1/f0 (chains, times): of the least variance there is (Bennett 1976).

    The c at which Σ_0 σ(u - c + L) = Σ_1 σ(c - u - L), L = log(n1/n0). Where u are the work of annealing forth and
    back the same holds (Crooks 1999).
    """
    shift = log(back.numel() / forth.numel())
    low, high = (float(f(torch.stack([f(forth), f(back)]))) + e for f, e in ((torch.min, -20.0), (torch.max, 20.0)))
    for _ in range(STEPS):
        c = (low + high) / 2
        low, high = (c, high) if _excess(forth, back, c - shift) > 0 else (low, c)
    c = (low + high) / 2
    p, q = (forth - c + shift).sigmoid(), (c - back - shift).sigmoid()
    slope = (p * (1 - p)).sum() + (q * (1 - q)).sum()  # minus the slope of the excess
    own = p.sum(1) * (len(p) / slope), -q.sum(1) * (len(q) / slope)
    return Ratio(c, own[0] - own[0].mean(), own[1] - own[1].mean())


def _excess(forth: Tensor, back: Tensor, c: float) -> float:
    return float((forth - c).sigmoid().sum() - (c - back).sigmoid().sum())


def _log_mean_exp(u: Tensor) -> tuple[float, Tensor]:
    """log < e^u >, and the influence of each row on it."""
    log_mean = u.logsumexp((0, 1)) - log(u.numel())
    own = (u - log_mean).exp().mean(1)
    return float(log_mean), own - own.mean()


def effective(u: Tensor) -> float:
    """How many of these samples of weights e^u count, 1 to their number: (Σ w)² / Σ w²."""
    return float((2 * u.logsumexp((0, 1)) - (2 * u).logsumexp((0, 1))).exp())
