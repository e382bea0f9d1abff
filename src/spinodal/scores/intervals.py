"""Intervals: the confidence interval of a score, by resampling of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import ranges
from ..data.shuffle import permutation, uniform

Statistic = Callable[[np.ndarray], float]
"""A function of indices of rows (int64) that returns a number: `lambda rows: accuracy(truth[rows], seen[rows])`."""


@dataclass(frozen=True)
class Interval:
    """The value of a statistic on all rows, and its confidence interval from `low` to `high`."""

    value: float
    low: float
    high: float


def bootstrap(statistic: Statistic, n: int, seed: int = 0, times: int = 200, level: float = 0.95) -> Interval:
    """The percentile bootstrap interval of a statistic: n rows are resampled `times` times, with replacement.

        low, high = the (1 - level) / 2 and (1 + level) / 2 quantiles of statistic(n random rows)

    It covers the true value with probability of about `level` for statistics that are smooth in the weights of rows:
    means, accuracies, frequencies, correlations. It is a function of (seed, n, times) alone. Raises ValueError for
    fewer than two rows or times, and for a level outside (0, 1). Cost: times + 1 statistics.

    It is wrong for nearest-neighbor scores (`adversarial_accuracy`, `identity`, copies): about a third of n resampled
    rows are duplicates, whose nearest neighbor in their own set has distance 0, so every generator seems to differ
    from the data. Use `subsample` for these scores. Source: Efron 1979; Bickel & Freedman 1981.
    """
    _check(n, times, level)
    values = [statistic(np.floor(uniform(seed, t, n) * n).astype(np.int64)) for t in range(times)]
    low, high = _quantiles(np.array(values, dtype=np.float64), level)
    return Interval(float(statistic(np.arange(n))), low, high)


def subsample(statistic: Statistic, n: int, m: int, seed: int = 0, times: int = 200, level: float = 0.95) -> Interval:
    """The interval of a statistic of n rows by subsampling: m rows are drawn `times` times, without replacement.

        value - sqrt(m / (n - m)) · quantiles of (t - mean(t)),   t = statistic(m of n rows)

    Subsamples have no duplicates, so it holds for nearest-neighbor scores too. The factor is sqrt(m / n), since a
    deviation falls as one over the root of the number of rows, times 1 / sqrt(1 - m / n), since the m rows are among
    the n. With it the interval of a mean has its theoretical width for every m. Deviations are taken from the mean of
    t, not from the value, because nearest-neighbor scores depend on the number of rows; the interval is centered on the
    value of all n rows. A large m is close to n rows, a small m is close to independent samples; n / 2 is a good choice
    for most scores.

    It is a function of (seed, n, m, times) alone. Both ends are NaN if a subsample gives no finite number. Raises
    ValueError for m outside [1, n - 1], and as `bootstrap` does. Cost: times statistics of m rows and one of n. Source:
    Politis & Romano 1994; the factor is that of Shao & Wu 1989.
    """
    _check(n, times, level)
    if not ranges.is_integer(m, 1, n - 1):
        raise ValueError(f"m rows are drawn without replacement: m is from 1 to {n - 1}, not {ranges.format_value(m)}")
    values = np.array([statistic(permutation(seed, t, n)[:m]) for t in range(times)], dtype=np.float64)
    value = float(statistic(np.arange(n)))
    if not np.isfinite(values).all():
        return Interval(value, float("nan"), float("nan"))
    low, high = _quantiles((values - values.mean()) * (m / (n - m)) ** 0.5, level)
    return Interval(value, value - high, value - low)


def _quantiles(x: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.quantile(x, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _check(n: int, times: int, level: float) -> None:
    if not (ranges.is_integer(n, 2) and ranges.is_integer(times, 2)):
        both = f"n={ranges.format_value(n)} and times={ranges.format_value(times)}"
        raise ValueError(f"an interval needs two or more rows and two or more samples, not {both}")
    ranges.real("level", level, lambda x: 0 < x < 1, "is the confidence level, between 0 and 1")
