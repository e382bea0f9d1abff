"""Neighbors: how many rows of letters are nearly the same as each, by bits."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np

ROWS = 1024
"""Differences exist in blocks of so many rows and columns, however many rows there are."""


def count_neighbors(letters: np.ndarray, identity: float) -> np.ndarray:
    """How many rows agree with each row at that fraction of the sites, itself included, (n,)."""
    from torch import from_numpy  # slow to load: not before there is something to compare

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
