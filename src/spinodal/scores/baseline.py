"""Baseline: rows of independent sites, which any generator should beat."""

from __future__ import annotations

import numpy as np

from .. import random_streams
from ..data.shuffle import random_integers, uniform
from .matrices import Letters, letters


def independent(data: Letters, labels: Letters, like: Letters, colors: int | None = None, seed: int = 0) -> np.ndarray:
    """Rows with the labels `like`, each site drawn by itself as the data with that label have it, (m, sites).

        letters: p(a) = (n(a) + 1/2) / (n + colors / 2);   reals: the label's own numbers, in random order

    What it scores is what single sites are worth: correlations are what a generator has to add.

    data: (n, sites) letters 0 to colors - 1, -1 unknown; or, without `colors`, reals, NaN unknown, whose columns are
    shuffled, again and again where more rows are asked than there are. labels (n,), like (m,): integers; -1 in `like`
    takes all rows, whatever their label. Unknown entries of data don't count. The result has the data's dtype and is
    a function of the arguments: hashed random numbers, by label, site and row.

    Raises ValueError for data or labels that don't fit, a label that no row has, and reals that are all unknown
    where a label is asked. Cost: of a label and site, one pass over its rows.
    """
    rows = _reals(data) if colors is None else letters("data", data, colors)
    own, asked = _labels("labels", labels), _labels("like", like)
    if len(own) != len(rows):
        raise ValueError(f"data has {len(rows)} rows and labels {len(own)}: one each")
    made = np.empty((len(asked), rows.shape[1]), dtype=rows.dtype)
    for label in np.unique(asked):
        members = rows[own == label] if label >= 0 else rows
        if not len(members):
            raise ValueError(f"label {label} is asked for, and no row of the data has it")
        m = int((asked == label).sum())
        made[asked == label] = np.stack(
            [_column(x, m, colors, seed, (int(label), i)) for i, x in enumerate(members.T)], axis=1
        )
    return made


def _column(x: np.ndarray, m: int, colors: int | None, seed: int, place: tuple[int, int]) -> np.ndarray:
    """m entries of a site, by what the rows of a label have there."""
    stream = random_streams.site(*place)
    return _shuffled(x, m, seed, stream) if colors is None else _drawn(x, m, colors, uniform(seed, stream, m))


def _drawn(x: np.ndarray, m: int, colors: int, u: np.ndarray) -> np.ndarray:
    shares = np.bincount(x[x >= 0], minlength=colors) + 0.5
    edges = np.cumsum(shares)
    return np.searchsorted(edges[:-1], u * edges[-1], side="right")


def _shuffled(x: np.ndarray, m: int, seed: int, stream: int) -> np.ndarray:
    known = x[~np.isnan(x)]
    if not len(known):
        raise ValueError(f"column {stream % 2**40} is unknown in all rows of a label that is asked for: leave it out")
    rounds = -(-m // len(known))
    orders = random_integers(seed, stream, rounds * len(known)).reshape(rounds, -1).argsort(axis=1, kind="stable")
    return known[orders.ravel()[:m]]


def _reals(data: Letters) -> np.ndarray:
    rows = np.asarray(data)
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.floating):
        raise ValueError(f"data must be reals (n, d), not {rows.dtype} {rows.shape}: pass colors for letters")
    return rows


def _labels(name: str, x: Letters) -> np.ndarray:
    found = np.asarray(x)
    if found.ndim != 1 or not np.issubdtype(found.dtype, np.integer):
        raise ValueError(f"{name} must be integers (n,), not {found.dtype} {found.shape}")
    return found
