"""Neighbors: counts, for each row of letters, the rows that are nearly identical to it."""

from __future__ import annotations

from itertools import combinations_with_replacement

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
