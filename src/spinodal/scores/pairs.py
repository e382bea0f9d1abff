"""Pairs: how many rows show each two letters at each two sites, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
import torch

from ..data import bits

COLUMNS = 1024
"""Pairs exist in blocks of so many letters of sites by as many, however many sites there are."""

Block = tuple[np.ndarray, np.ndarray, np.ndarray]


def pair_counts(x: np.ndarray, colors: int) -> Iterator[Block]:
    """(i, j, counts) for all sites i < j, in blocks: i and j (pairs,), counts (pairs, colors, colors) float64.

    counts[p, a, b]: the rows of x (n, sites) that show letter a at site i[p] and b at j[p]; unknown entries (-1)
    show no letter. Which pairs a block has depends on the sites and colors alone, so two sets' blocks can be zipped.
    Exact up to 2^24 rows. Cost: (sites colors)² / 2 comparisons of n bits, 64 at a time; sites colors n / 8 bytes,
    and some 50 MB for a block.
    """
    sites, step = x.shape[1], max(COLUMNS // colors, 1)
    blocks = [np.arange(s, min(s + step, sites)) for s in range(0, sites, step)]
    shown = [_shown(x[:, block], colors) for block in blocks]
    for a, b in combinations_with_replacement(range(len(blocks)), 2):
        i, j = np.nonzero(blocks[a][:, None] < blocks[b])
        both = _together(*shown[a], *shown[b]).reshape(len(blocks[a]), colors, len(blocks[b]), colors)
        yield blocks[a][i], blocks[b][j], both.transpose(0, 2, 1, 3)[i, j]


def _shown(x: np.ndarray, colors: int) -> tuple[torch.Tensor, np.ndarray]:
    """Which rows show each letter at each site, packed (sites colors, 1, words), and how many do, (sites colors,)."""
    letters = (x.T[:, None, :] == np.arange(colors)[:, None]).reshape(-1, len(x))
    return bits.pack_bits(torch.from_numpy(letters)), letters.sum(1)


def _together(x: torch.Tensor, of_x: np.ndarray, y: torch.Tensor, of_y: np.ndarray) -> np.ndarray:
    """How many rows show both of each two: half of those of each, less where they differ."""
    differ = bits.differences(x, y).numpy().astype(np.float64)
    return (of_x[:, None] + of_y - differ) / 2
