"""Neighbors: for each row of letters, how many rows are nearly identical to it, and how near the nearest is."""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import numpy as np

ROWS = 1024
"""Differences are computed in blocks of this many rows and columns, so that memory is limited."""


def count_neighbors(letters: np.ndarray, identity: float) -> np.ndarray:
    """For each row, the number of rows (itself included) that agree with it at this fraction of the sites, (n,)."""
    from torch import from_numpy  # imported here because it loads slowly

    from . import bits

    n, sites = letters.shape
    words = bits.pack_bits(from_numpy(letters.astype(np.int16) + 1))
    most = sites - int(np.ceil(identity * sites - 1e-9))
    counts = np.zeros(n, dtype=np.int64)
    blocks = [slice(i, i + ROWS) for i in range(0, n, ROWS)]
    for i, j in combinations_with_replacement(blocks, 2):
        near = bits.differences(words[i], words[j]).numpy() <= most
        counts[i] += near.sum(axis=1)
        if i != j:
            counts[j] += near.sum(axis=0)
    return counts


def nearest_identity(letters: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each row (n, sites), the share of its known sites at which the nearest other row (m, sites) agrees, (n,).

    Letters are -1 where unknown, which agrees with nothing; NaN for a row of which nothing is known, and where there
    are no others. Cost: n m sites / 64 operations on words for each bit of a letter.
    """
    from torch import from_numpy

    from . import bits

    (n, sites), most = letters.shape, int(max(letters.max(initial=0), others.max(initial=0)))
    words = [bits.pack_bits(from_numpy(np.where(x < 0, most + 1 + i, x).astype(np.int32)), most + 2)
             for i, x in enumerate((letters, others))]  # fmt: skip
    least = np.full(n, np.inf)
    for i, j in product(range(0, n, ROWS), range(0, len(others), ROWS)):
        apart = bits.differences(words[0][i : i + ROWS], words[1][j : j + ROWS]).numpy()
        least[i : i + ROWS] = np.minimum(least[i : i + ROWS], apart.min(axis=1))
    known = (letters >= 0).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((known > 0) & np.isfinite(least), (sites - least) / known, np.nan)
