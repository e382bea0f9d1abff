"""Sequence scores: do letters come as often, alone and together, and how near are rows to others?

Letters are integers (n, sites), -1 unknown: a dataset's column, or a tensor of them on a CPU. The gap is the number
of "-" in their alphabet, 0 in PROTEIN, RNA and DNA.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import torch

from ..data import bits
from ..data.shuffle import uniform
from .matrices import Letters, letters, paired
from .pairs import pair_counts
from .regression import Agreement, agree

ROWS = 1024
"""Differences exist in blocks of so many rows and columns."""

ENTRIES = 2**20
"""Letters, or counts of them, that triplets of sites have at once."""


def agreement(
    data: Letters, generated: Letters, colors: int, order: int = 2, triplets: int = 1000, seed: int = 0
) -> Agreement:
    """How the frequencies of letters in generated rows follow those in the data, alone (order 1) or together:

        order 1:  f_i(a)                                                          all sites, all letters
        order 2:  C_ij(a, b) = f_ij(a, b) - f_i(a) f_j(b)                         all i < j
        order 3:  C_ijk(a, b, c) = < (s_ia - f_i(a)) (s_jb - f_j(b)) (s_kc - f_k(c)) >   random i < j < k

    with s_ia = 1 where site i shows letter a. data (n, sites), generated (m, sites): letters 0 to colors - 1, the gap
    being one of them; rows where one of the sites is unknown don't count for it. Order 3 takes `triplets` of sites
    drawn by `seed`, or all where there are no more. An ideal generator has 1 and 1, less what the noise of n and m
    rows takes from both, which is much at order 3: see what other rows of the data have.

    Raises ValueError for another order, fewer sites than that, and letters that don't fit. Cost at order 2: see
    `pair_counts`; 430 sites of 21 letters in 10,000 and 10,000 rows take 8 s of a core and 0.3 GB. Order 3:
    triplets (n + m + colors³).

    Source: the usual test of generated alignments, as in Figliuzzi et al. 2018 (bmDCA).
    """
    known, made = paired(data, generated, colors)
    if order not in (1, 2, 3):
        raise ValueError(f"order is 1, 2 or 3 (sites at once), not {order}")
    if known.shape[1] < order:
        raise ValueError(f"there are {known.shape[1]} sites, and order {order} looks at {order} at once")
    if order == 1:
        return agree([(_frequencies(known, colors), _frequencies(made, colors))])
    if order == 2:
        return agree(zip(_pairs(known, colors), _pairs(made, colors)))
    drawn = _triplets(known.shape[1], triplets, seed)
    return agree(zip(_triples(known, colors, drawn, len(made)), _triples(made, colors, drawn, len(known))))


def _frequencies(x: np.ndarray, colors: int) -> np.ndarray:
    """f_i(a), (colors sites,), NaN where a site is unknown in all rows."""
    counts = np.stack([(x == color).sum(0) for color in range(colors)])
    with np.errstate(invalid="ignore"):
        return (counts / counts.sum(0)).ravel()


def _pairs(x: np.ndarray, colors: int) -> Iterator[np.ndarray]:
    """C_ij(a, b) of all i < j in blocks, whose whole numbers are exact before they are divided."""
    for _, _, counts in pair_counts(x, colors):
        n = counts.sum((1, 2), keepdims=True)
        with np.errstate(invalid="ignore"):
            yield ((n * counts - counts.sum(2, keepdims=True) * counts.sum(1, keepdims=True)) / n**2).ravel()


def _triplets(sites: int, most: int, seed: int) -> np.ndarray:
    """Sites i < j < k, (triplets, 3): all that there are, or `most` at random, of which some may be the same."""
    if sites * (sites - 1) * (sites - 2) // 6 <= most:
        return np.array(list(combinations(range(sites), 3)))
    i, j, k = (np.floor(uniform(seed, stream, most) * (sites - stream)).astype(np.int64) for stream in range(3))
    j += j >= i  # of the sites that are left
    k += k >= np.minimum(i, j)
    k += k >= np.maximum(i, j)
    return np.sort(np.stack([i, j, k], axis=1), axis=1)


def _triples(x: np.ndarray, colors: int, triplets: np.ndarray, other: int) -> Iterator[np.ndarray]:
    """C_ijk(a, b, c) in blocks of triplets, as many as the other set of so many rows takes."""
    step = max(ENTRIES // max(len(x), other, colors**3), 1)
    for start in range(0, len(triplets), step):
        yield _third(_triple_counts(x, colors, triplets[start : start + step])).ravel()


def _triple_counts(x: np.ndarray, colors: int, triplets: np.ndarray) -> np.ndarray:
    """How many rows show each three letters at each triplet, (triplets, colors, colors, colors)."""
    at = x.T[triplets].astype(np.int64)  # (triplets, 3, n)
    cells = ((np.arange(len(at))[:, None] * colors + at[:, 0]) * colors + at[:, 1]) * colors + at[:, 2]
    counts = np.bincount(cells[(at >= 0).all(1)], minlength=len(at) * colors**3)
    return counts.reshape(-1, colors, colors, colors).astype(np.float64)


def _third(counts: np.ndarray) -> np.ndarray:
    """The third central moments of counts (triplets, a, b, c)."""
    n, i, j, k = (counts.sum(axes, keepdims=True) for axes in ((1, 2, 3), (2, 3), (1, 3), (1, 2)))
    with_one = counts.sum(3, keepdims=True) * k + counts.sum(2, keepdims=True) * j + counts.sum(1, keepdims=True) * i
    with np.errstate(invalid="ignore"):
        return (n * (n * counts - with_one) + 2 * i * j * k) / n**3


def lengths(x: Letters, gap: int = 0) -> np.ndarray:
    """How many letters of each row are no gaps, (n,) int64, in [0, sites]; an unknown entry counts as a letter.

    Compare them as two histograms (`histogram_distance`). Raises ValueError for what aren't letters.

    >>> lengths(np.array([[0, 3, 0, 0, 2], [1, 1, -1, 1, 1]])).tolist()
    [2, 5]
    """
    return (letters("x", x) != gap).sum(1)


def gap_runs(x: Letters, gap: int = 0) -> np.ndarray:
    """How long each run of gaps is, row after row, (runs,) int64, in [1, sites]: a run ends with its row.

    Single letters may be right while gaps are scattered, which real insertions are not: compare the histograms.
    Raises ValueError for what aren't letters.

    >>> gap_runs(np.array([[0, 3, 0, 0, 2], [1, 1, 1, 1, 0]])).tolist()
    [1, 2, 1]
    """
    gaps = np.pad(letters("x", x) == gap, ((0, 0), (1, 1))).astype(np.int8).ravel()
    steps = np.diff(gaps)
    return np.flatnonzero(steps == -1) - np.flatnonzero(steps == 1)


def identity(x: Letters, y: Letters | None = None) -> np.ndarray:
    """The share of sites at which each row of x is the same as its nearest row of y, (n,) float64, in [0, 1].

        max_j 1 / sites Σ_i [x_i = y_ji]

    Without y: its nearest other row of x. An unknown entry is the same as nothing; two gaps are the same. Of
    generated rows against the data it says how new they are: 1 is a copy, and an identity window (say 0.3 to 0.9)
    is where most of the data are among themselves.

    x (n, sites), y (m, sites). Raises ValueError where they don't fit, or x alone has one row. Cost: n m comparisons
    of sites · bits of a letter, 64 at a time; 1024 x 1024 differences in memory.
    """
    rows, others = paired(x, x if y is None else y)
    if y is None and len(rows) < 2:
        raise ValueError("x has one row, and no other to compare it with: pass y")
    marked = int(max(rows.max(), others.max())) + 1  # two letters that nothing has: one for the unknown of each
    words = bits.pack_bits(torch.from_numpy(np.concatenate([_marked(rows, marked), _marked(others, marked + 1)])))
    nearest = [_nearest(words[: len(rows)], words[len(rows) :], i, y is None) for i in range(0, len(rows), ROWS)]
    return 1 - np.concatenate(nearest) / rows.shape[1]


def _marked(x: np.ndarray, unknown: int) -> np.ndarray:
    return np.where(x < 0, unknown, x).astype(np.int16)


def _nearest(x: torch.Tensor, y: torch.Tensor, start: int, others: bool) -> np.ndarray:
    """At how few sites ROWS of x from `start` differ from any row of y, or from any but itself, float64."""
    rows = x[start : start + ROWS]
    nearest = np.full(len(rows), np.inf)
    for j in range(0, len(y), ROWS):
        found = bits.differences(rows, y[j : j + ROWS])
        if others and j == start:
            found.fill_diagonal_(torch.inf)
        nearest = np.minimum(nearest, found.amin(1).numpy())
    return nearest
