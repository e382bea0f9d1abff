"""Pairs: counts of each two letters at each two sites, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
import torch

from ..data import bits

COLUMNS = 1024
"""Pairs are counted in blocks of COLUMNS x COLUMNS, one column for each letter of a site."""

Block = tuple[np.ndarray, np.ndarray, np.ndarray]
"""(i, j, counts): see `pair_counts`."""


def pair_counts(x: np.ndarray, colors: int) -> Iterator[Block]:
    """(i, j, counts) for all sites i < j, in blocks: i and j (pairs,), counts (pairs, colors, colors) float64.

    counts[p, a, b] is the number of rows of x (n, sites) with letter a at site i[p] and letter b at site j[p]; unknown
    entries (-1) count as no letter. The pairs of a block depend only on sites and colors, so blocks of two sets can be
    zipped. Exact up to 2^24 rows. Cost: (sites colors)² / 2 comparisons of n bits, 64 at a time; memory of
    sites colors n / 8 bytes, and about 50 MB for a block.
    """
    sites, step = x.shape[1], max(COLUMNS // colors, 1)
    blocks = [np.arange(s, min(s + step, sites)) for s in range(0, sites, step)]
    packed = [_packed(x[:, block], colors) for block in blocks]
    for a, b in combinations_with_replacement(range(len(blocks)), 2):
        i, j = np.nonzero(blocks[a][:, None] < blocks[b])
        both = _together(*packed[a], *packed[b]).reshape(len(blocks[a]), colors, len(blocks[b]), colors)
        yield blocks[a][i], blocks[b][j], both.transpose(0, 2, 1, 3)[i, j]


def _packed(x: np.ndarray, colors: int) -> tuple[torch.Tensor, np.ndarray]:
    """Which rows have each letter at each site, packed (sites colors, 1, words), and their number, (sites colors,)."""
    letters = (x.T[:, None, :] == np.arange(colors)[:, None]).reshape(-1, len(x))
    return bits.pack_bits(torch.from_numpy(letters)), letters.sum(1)


def _together(x: torch.Tensor, of_x: np.ndarray, y: torch.Tensor, of_y: np.ndarray) -> np.ndarray:
    """The number of rows that have both letters: (|x| + |y| - the number of rows with one of them only) / 2."""
    differ = bits.differences(x, y).numpy().astype(np.float64)
    return (of_x[:, None] + of_y - differ) / 2
