"""Regression: do two sets of statistics agree, number by number?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Agreement:
    """How statistics of generated samples (y) follow those of the data (x): both 1 for an ideal generator.

    `pearson` is their correlation, in [-1, 1]. `slope` is that of the line fitted to y over x by least squares: less
    than 1 where the generated statistics are too weak. Both are NaN where the data's statistics are all the same, the
    correlation also where the generated ones are.
    """

    pearson: float
    slope: float


def agree(blocks: Iterable[tuple[np.ndarray, np.ndarray]]) -> Agreement:
    """The agreement of pairs of numbers that come in blocks, (x, y) of one shape each:

        pearson = cov(x, y) / sqrt(var(x) var(y)),   slope = cov(x, y) / var(x)

    Pairs with a NaN are left out. One block is in memory at once; sums run in double precision, from the first pair
    as origin, so that what doesn't vary has a variance of exactly 0.
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
    """The agreement by the number of pairs, their sums, and the sums of squares and products."""
    n = max(n, 1)
    of_x, of_y, of_both = xx - x * x / n, yy - y * y / n, xy - x * y / n
    if of_x <= 0:
        return Agreement(float("nan"), float("nan"))
    pearson = max(-1.0, min(1.0, of_both / (of_x * of_y) ** 0.5)) if of_y > 0 else float("nan")
    return Agreement(pearson, of_both / of_x)
