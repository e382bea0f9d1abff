"""Intervals: how sure is a score, were the rows drawn again?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import ranges
from ..data.shuffle import permutation, uniform

Statistic = Callable[[np.ndarray], float]
"""A number that rows make, given by their indices (int64): `lambda rows: accuracy(truth[rows], seen[rows])`."""


@dataclass(frozen=True)
class Interval:
    """The value of a statistic on all rows, and the interval about it."""

    value: float
    low: float
    high: float


def bootstrap(statistic: Statistic, n: int, seed: int = 0, times: int = 200, level: float = 0.95) -> Interval:
    """The percentile interval of a statistic of n rows, which are drawn again `times`, with replacement.

        low, high = the (1 - level) / 2 and (1 + level) / 2 quantiles of statistic(n random rows)

    It covers the true value about `level` of the times for statistics that are smooth in the rows' shares: means,
    accuracies, frequencies, correlations. A function of (seed, n, times) alone. Raises ValueError for fewer than two
    rows or times, and a level not in (0, 1). Cost: times + 1 statistics.

    It is wrong for scores of nearest neighbors (`adversarial_accuracy`, `identity`, copies): of n rows drawn again
    about a third are twins of others, at distance 0 of their own set, so that every generator looks like one that is
    told from the data. Use `subsample` for these. Source: Efron 1979; Bickel & Freedman 1981.
    """
    _check(n, times, level)
    drawn = [statistic(np.floor(uniform(seed, t, n) * n).astype(np.int64)) for t in range(times)]
    low, high = _quantiles(np.array(drawn, dtype=np.float64), level)
    return Interval(float(statistic(np.arange(n))), low, high)


def subsample(statistic: Statistic, n: int, m: int, seed: int = 0, times: int = 200, level: float = 0.95) -> Interval:
    """The interval of a statistic of n rows by what m of them give, drawn `times` without replacement: no twins.

        value - sqrt(m / (n - m)) · quantiles of (t - mean(t)),   t = statistic(m of n rows)

    sqrt(m / n) is what a deviation of m rows is worth at n rows, where it falls as one over their root, and
    1 / sqrt(1 - m / n) makes up for what the m rows share with the n: so the interval of a mean has the width that
    theory gives it, for every m. t is taken about its own mean and not about the value, since scores of nearest
    neighbors drift with the number of rows: the interval is about what n rows give. Larger m is nearer to n rows,
    smaller m is nearer to independent draws: n / 2 does for most.

    A function of (seed, n, m, times) alone. Both ends are NaN where a draw gives no finite number. Raises ValueError
    for m not in [1, n - 1] and as `bootstrap` does. Cost: times statistics of m rows and one of n. Source: Politis &
    Romano 1994; the factor is that of Shao & Wu 1989.
    """
    _check(n, times, level)
    if not ranges.is_integer(m, 1, n - 1):
        said = f"m is from 1 to {n - 1}, not {ranges.format_value(m)}"
        raise ValueError(f"m of n rows are drawn without replacement: {said}")
    drawn = np.array([statistic(permutation(seed, t, n)[:m]) for t in range(times)], dtype=np.float64)
    value = float(statistic(np.arange(n)))
    if not np.isfinite(drawn).all():
        return Interval(value, float("nan"), float("nan"))
    low, high = _quantiles((drawn - drawn.mean()) * (m / (n - m)) ** 0.5, level)
    return Interval(value, value - high, value - low)


def _quantiles(x: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.quantile(x, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _check(n: int, times: int, level: float) -> None:
    if not (ranges.is_integer(n, 2) and ranges.is_integer(times, 2)):
        both = f"n={ranges.format_value(n)} and times={ranges.format_value(times)}"
        raise ValueError(f"an interval needs two rows and two draws at least, not {both}")
    said = "is the share of intervals that are right, between 0 and 1"
    ranges.real("level", level, lambda x: 0 < x < 1, said)
