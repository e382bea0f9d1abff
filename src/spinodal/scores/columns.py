"""Column distances: is each column of a table, taken by itself, spread over its values as in the data?"""

from __future__ import annotations

import numpy as np

from .matrices import paired


def share_distances(data: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """The total variation Σ_a |p(a) - q(a)| / 2 of each column of letters, (sites,): 0 to 1, ideally 0.

    data (n, sites), generated (m, sites): integers, -1 unknown, which doesn't count; NaN of a column that one side
    never knows. Means nothing without a floor: few rows vary by chance. Raises ValueError for what can't be compared.

    >>> share_distances(np.array([[0], [0], [1], [-1]]), np.array([[0], [1], [1]])).round(3)
    array([0.333])
    """
    known, made = paired(data, generated)
    p, q = (_shares(x, max(known.max(), made.max()) + 1) for x in (known, made))
    found: np.ndarray = np.abs(p - q).sum(0) / 2
    return found


def number_distances(data: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """The Kolmogorov-Smirnov statistic max_x |F(x) - G(x)| of each column of reals, (d,): 0 to 1, ideally 0.

    data (n, d), generated (m, d), NaN unknown; else as `share_distances`.

    >>> number_distances(np.array([[0.0], [1.0]]), np.array([[0.5], [2.0], [3.0]])).round(3)
    array([0.667])
    """
    if data.ndim != 2 or generated.ndim != 2 or data.shape[1] != generated.shape[1]:
        raise ValueError(f"tables of as many columns are compared, not {data.shape} and {generated.shape}")
    return np.array([_apart(x[~np.isnan(x)], y[~np.isnan(y)]) for x, y in zip(data.T, generated.T)])


def _shares(x: np.ndarray, colors: int) -> np.ndarray:
    """How often each column shows each letter, (colors, sites)."""
    count = np.array([(x == color).sum(0) for color in range(colors)])
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = count / count.sum(0)
    return shares


def _apart(x: np.ndarray, y: np.ndarray) -> float:
    if not (len(x) and len(y)):
        return np.nan
    at = np.concatenate([x, y])
    below = [np.searchsorted(np.sort(z), at, side="right") / len(z) for z in (x, y)]
    return float(np.abs(below[0] - below[1]).max())
