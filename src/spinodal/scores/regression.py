"""Regression: correlation and slope of generated statistics over those of the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Agreement:
    """Correlation and slope of statistics of generated samples (y) over those of the data (x); ideally both are 1.

    `pearson` is the correlation, in [-1, 1]. `slope` is that of the least-squares line of y over x: it is below 1 if
    the generated statistics are too weak. Both are NaN if the statistics of the data are all equal. The correlation is
    also NaN if the generated statistics are all equal.
    """

    pearson: float
    slope: float


def agree(blocks: Iterable[tuple[np.ndarray, np.ndarray]]) -> Agreement:
    """The agreement of pairs of numbers that come in blocks (x, y), both of one shape:

        pearson = cov(x, y) / sqrt(var(x) var(y)),   slope = cov(x, y) / var(x)

    Pairs with a NaN don't count. One block is in memory at once. Sums are in double precision, with the first pair as
    origin, so the variance of equal numbers is exactly 0.
    """
    sums, origin = np.zeros(6), None
    for x, y in blocks:
        both = np.isfinite(x) & np.isfinite(y)
        x, y = x[both], y[both]
        if not len(x):
            continue
        origin = origin or (float(x[0]), float(y[0]))
        x, y = x - origin[0], y - origin[1]
        sums += len(x), x.sum(), y.sum(), x @ x, y @ y, x @ y
    return _of_sums(*map(float, sums))


def _of_sums(n: float, x: float, y: float, xx: float, yy: float, xy: float) -> Agreement:
    """The agreement from the number of pairs, their sums, and the sums of squares and products."""
    n = max(n, 1)
    of_x, of_y, of_both = xx - x * x / n, yy - y * y / n, xy - x * y / n
    if of_x <= 0:
        return Agreement(float("nan"), float("nan"))
    pearson = max(-1.0, min(1.0, of_both / (of_x * of_y) ** 0.5)) if of_y > 0 else float("nan")
    return Agreement(pearson, of_both / of_x)
