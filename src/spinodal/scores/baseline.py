"""Baseline: rows of independent sites, which a generator should beat."""

from __future__ import annotations

import numpy as np

from .. import random_streams
from ..data.shuffle import random_integers, uniform
from .matrices import Letters, letters


def independent(data: Letters, labels: Letters, like: Letters, colors: int | None = None, seed: int = 0) -> np.ndarray:
    """Rows with the labels `like`, (m, sites): each site is sampled independently, as in the data with that label.

        letters: p(a) = (n(a) + 1/2) / (n + colors / 2);   reals: the numbers of that label, in random order

    These rows have the right statistics of single sites, and no correlations between sites.

    data: (n, sites) letters 0 to colors - 1, -1 unknown. Without `colors` they are real numbers, NaN unknown, and each
    column is shuffled, several times if more rows are asked for than exist. labels (n,), like (m,): integers; -1 in
    `like` samples from all rows of any label. Unknown entries of data don't count. The result has the dtype of data. It
    is a function of the arguments: random numbers are hashes of seed, label, site and row.

    Raises ValueError for data or labels that don't fit, for a label without rows, and for reals that are unknown in all
    rows of a label. Cost: for each label and site, one pass over its rows.
    """
    rows = _reals(data) if colors is None else letters("data", data, colors)
    given, asked = _labels("labels", labels), _labels("like", like)
    if len(given) != len(rows):
        raise ValueError(f"data has {len(rows)} rows and labels {len(given)}: they must have equal lengths")
    result = np.empty((len(asked), rows.shape[1]), dtype=rows.dtype)
    for label in np.unique(asked):
        members = rows[given == label] if label >= 0 else rows
        if not len(members):
            raise ValueError(f"label {label} is asked for, and no row of the data has it")
        m = int((asked == label).sum())
        result[asked == label] = np.stack(
            [_column(x, m, colors, seed, (int(label), i)) for i, x in enumerate(members.T)], axis=1
        )
    return result


def _column(x: np.ndarray, m: int, colors: int | None, seed: int, place: tuple[int, int]) -> np.ndarray:
    """m entries of a site, sampled from its entries x in the rows of a label."""
    stream = random_streams.site(*place)
    return _shuffled(x, m, seed, stream) if colors is None else _letters(x, m, colors, uniform(seed, stream, m))


def _letters(x: np.ndarray, m: int, colors: int, u: np.ndarray) -> np.ndarray:
    """m letters by the frequencies of x, from uniform numbers u."""
    shares = np.bincount(x[x >= 0], minlength=colors) + 0.5
    edges = np.cumsum(shares)
    return np.searchsorted(edges[:-1], u * edges[-1], side="right")


def _shuffled(x: np.ndarray, m: int, seed: int, stream: int) -> np.ndarray:
    """m of the known numbers of x in random order, each of them used equally often, to within one."""
    known = x[~np.isnan(x)]
    if not len(known):
        raise ValueError(f"column {stream % 2**40} is unknown in all rows of a label that is asked for: leave it out")
    rounds = -(-m // len(known))
    orders = random_integers(seed, stream, rounds * len(known)).reshape(rounds, -1).argsort(axis=1, kind="stable")
    return known[orders.ravel()[:m]]


def _reals(data: Letters) -> np.ndarray:
    rows = np.asarray(data)
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.floating):
        raise ValueError(f"data must be real numbers (n, d), not {rows.dtype} {rows.shape}: pass colors for letters")
    return rows


def _labels(name: str, x: Letters) -> np.ndarray:
    array = np.asarray(x)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be integers (n,), not {array.dtype} {array.shape}")
    return array
