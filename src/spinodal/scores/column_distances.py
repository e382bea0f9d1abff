"""Column distances: the distance between the distributions of each single column of a table."""

from __future__ import annotations

import numpy as np

from .matrices import paired


def share_distances(data: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """The total variation distance Σ_a |p(a) - q(a)| / 2 of each column of letters, (sites,): 0 to 1, ideally 0.

    data (n, sites), generated (m, sites): integers, -1 unknown. Unknown entries don't count; a column that is unknown
    in all rows of one set gives NaN. Few rows differ by chance, so compare with a floor. Raises ValueError for sets
    that can't be compared.

    >>> share_distances(np.array([[0], [0], [1], [-1]]), np.array([[0], [1], [1]])).round(3)
    array([0.333])
    """
    data, generated = paired(data, generated)
    p, q = (_shares(x, max(data.max(), generated.max()) + 1) for x in (data, generated))
    distances: np.ndarray = np.abs(p - q).sum(0) / 2
    return distances


def number_distances(data: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """The Kolmogorov-Smirnov statistic max_x |F(x) - G(x)| of each column of real numbers, (d,): 0 to 1, ideally 0.

    data (n, d), generated (m, d), NaN unknown; otherwise as `share_distances`.

    >>> number_distances(np.array([[0.0], [1.0]]), np.array([[0.5], [2.0], [3.0]])).round(3)
    array([0.667])
    """
    if data.ndim != 2 or generated.ndim != 2 or data.shape[1] != generated.shape[1]:
        raise ValueError(f"both tables must have the same columns, not {data.shape} and {generated.shape}")
    return np.array([_kolmogorov_smirnov(x[~np.isnan(x)], y[~np.isnan(y)]) for x, y in zip(data.T, generated.T)])


def _shares(x: np.ndarray, colors: int) -> np.ndarray:
    """The share of each letter in each column, (colors, sites)."""
    count = np.array([(x == color).sum(0) for color in range(colors)])
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = count / count.sum(0)
    return shares


def _kolmogorov_smirnov(x: np.ndarray, y: np.ndarray) -> float:
    if not (len(x) and len(y)):
        return np.nan
    points = np.concatenate([x, y])
    cumulative = [np.searchsorted(np.sort(z), points, side="right") / len(z) for z in (x, y)]
    return float(np.abs(cumulative[0] - cumulative[1]).max())
