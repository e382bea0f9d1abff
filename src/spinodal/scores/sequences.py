"""Sequence scores: frequencies and correlations of letters, lengths, gaps, and identity to the nearest row.

Letters are integers (n, sites), -1 unknown: a column of a dataset, or a CPU tensor. `gap` is the number of "-" in
their alphabet, 0 in PROTEIN, RNA and DNA.
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
"""Differences are computed in blocks of ROWS x ROWS."""

ENTRIES = 2**20
"""Letters, or counts of letters, in a block of triplets of sites."""


def agreement(
    data: Letters, generated: Letters, colors: int, order: int = 2, triplets: int = 1000, seed: int = 0
) -> Agreement:
    """Correlation and slope of the letters' frequencies (order 1) or correlations (order 2, 3) over those of the data:

        order 1:  f_i(a)                                                          all sites, all letters
        order 2:  C_ij(a, b) = f_ij(a, b) - f_i(a) f_j(b)                         all i < j
        order 3:  C_ijk(a, b, c) = < (s_ia - f_i(a)) (s_jb - f_j(b)) (s_kc - f_k(c)) >   random i < j < k

    with s_ia = 1 if site i has letter a. data (n, sites), generated (m, sites): letters 0 to colors - 1, including the
    gap. A row in which one of these sites is unknown doesn't count for them. Order 3 takes `triplets` random triplets
    of sites, a function of `seed`, or all if there are no more. An ideal generator has 1 and 1. The noise of n and m
    rows lowers both, at order 3 strongly: compare with other rows of the data.

    Raises ValueError for another order, for fewer sites than the order, and for letters that don't fit. Cost at order
    2: see `pair_counts`; 430 sites of 21 letters in 10,000 and 10,000 rows take 8 s of a core and 0.3 GB. Order 3:
    triplets (n + m + colors³).

    Source: the usual test of generated alignments, as in Figliuzzi et al. 2018 (bmDCA).
    """
    data, generated = paired(data, generated, colors)
    if order not in (1, 2, 3):
        raise ValueError(f"order is 1, 2 or 3, the number of sites at once, not {order}")
    if data.shape[1] < order:
        raise ValueError(f"order {order} needs {order} or more sites, and there are {data.shape[1]}")
    if order == 1:
        return agree([(_frequencies(data, colors), _frequencies(generated, colors))])
    if order == 2:
        return agree(zip(_pairs(data, colors), _pairs(generated, colors)))
    ijk = _triplets(data.shape[1], triplets, seed)
    return agree(zip(_triples(data, colors, ijk, len(generated)), _triples(generated, colors, ijk, len(data))))


def _frequencies(x: np.ndarray, colors: int) -> np.ndarray:
    """f_i(a), (colors sites,), NaN if a site is unknown in all rows."""
    counts = np.stack([(x == color).sum(0) for color in range(colors)])
    with np.errstate(invalid="ignore"):
        return (counts / counts.sum(0)).ravel()


def _pairs(x: np.ndarray, colors: int) -> Iterator[np.ndarray]:
    """C_ij(a, b) of all i < j in blocks; counts are exact integers until the division."""
    for _, _, counts in pair_counts(x, colors):
        n = counts.sum((1, 2), keepdims=True)
        with np.errstate(invalid="ignore"):
            yield ((n * counts - counts.sum(2, keepdims=True) * counts.sum(1, keepdims=True)) / n**2).ravel()


def _triplets(sites: int, most: int, seed: int) -> np.ndarray:
    """Sites i < j < k, (triplets, 3): all triplets, or `most` random ones, possibly with repetitions."""
    if sites * (sites - 1) * (sites - 2) // 6 <= most:
        return np.array(list(combinations(range(sites), 3)))
    i, j, k = (np.floor(uniform(seed, stream, most) * (sites - stream)).astype(np.int64) for stream in range(3))
    j += j >= i  # j was drawn among the sites other than i, k among those other than i and j
    k += k >= np.minimum(i, j)
    k += k >= np.maximum(i, j)
    return np.sort(np.stack([i, j, k], axis=1), axis=1)


def _triples(x: np.ndarray, colors: int, triplets: np.ndarray, other: int) -> Iterator[np.ndarray]:
    """C_ijk(a, b, c) in blocks of triplets; `other`, the number of rows of the other set, gives both equal blocks."""
    step = max(ENTRIES // max(len(x), other, colors**3), 1)
    for start in range(0, len(triplets), step):
        yield _third(_triple_counts(x, colors, triplets[start : start + step])).ravel()


def _triple_counts(x: np.ndarray, colors: int, triplets: np.ndarray) -> np.ndarray:
    """The number of rows with each three letters at each triplet, (triplets, colors, colors, colors)."""
    abc = x.T[triplets].astype(np.int64)  # (triplets, 3, n)
    cells = ((np.arange(len(abc))[:, None] * colors + abc[:, 0]) * colors + abc[:, 1]) * colors + abc[:, 2]
    counts = np.bincount(cells[(abc >= 0).all(1)], minlength=len(abc) * colors**3)
    return counts.reshape(-1, colors, colors, colors).astype(np.float64)


def _third(counts: np.ndarray) -> np.ndarray:
    """The third central moments of counts (triplets, a, b, c)."""
    n, i, j, k = (counts.sum(axes, keepdims=True) for axes in ((1, 2, 3), (2, 3), (1, 3), (1, 2)))
    with_one = counts.sum(3, keepdims=True) * k + counts.sum(2, keepdims=True) * j + counts.sum(1, keepdims=True) * i
    with np.errstate(invalid="ignore"):
        return (n * (n * counts - with_one) + 2 * i * j * k) / n**3


def lengths(x: Letters, gap: int = 0) -> np.ndarray:
    """The number of letters in each row that are not gaps, (n,) int64, in [0, sites]; unknown entries count as letters.

    Compare two sets by their histograms (`histogram_distance`). Raises ValueError for what aren't letters.

    >>> lengths(np.array([[0, 3, 0, 0, 2], [1, 1, -1, 1, 1]])).tolist()
    [2, 5]
    """
    return (letters("x", x) != gap).sum(1)


def gap_runs(x: Letters, gap: int = 0) -> np.ndarray:
    """The length of each run of successive gaps, row after row, (runs,) int64, in [1, sites]; no run crosses rows.

    Frequencies of single letters can be right although gaps are scattered, while real insertions are runs: compare two
    sets by their histograms (`histogram_distance`). Raises ValueError for what aren't letters.

    >>> gap_runs(np.array([[0, 3, 0, 0, 2], [1, 1, 1, 1, 0]])).tolist()
    [1, 2, 1]
    """
    gaps = np.pad(letters("x", x) == gap, ((0, 0), (1, 1))).astype(np.int8).ravel()
    steps = np.diff(gaps)
    return np.flatnonzero(steps == -1) - np.flatnonzero(steps == 1)


def identity(x: Letters, y: Letters | None = None) -> np.ndarray:
    """The sequence identity of each row of x and its nearest row of y, (n,) float64, in [0, 1]:

        max_j 1 / sites Σ_i [x_i = y_ji]

    Without y, it is taken to the nearest other row of x. An unknown entry equals nothing; two gaps are equal. For
    generated rows against training rows it measures novelty: 1 is a copy. Compare it with the identity of the data
    among themselves.

    x (n, sites), y (m, sites). Raises ValueError if they don't fit, and if x has one row and there is no y. Cost: n m
    comparisons of sites · bits of a letter, 64 bits at a time; 1024 x 1024 differences in memory.
    """
    rows, others = paired(x, x if y is None else y)
    if y is None and len(rows) < 2:
        raise ValueError("x has one row, and no other row to compare it with: pass y")
    unused = int(max(rows.max(), others.max())) + 1  # unknown entries become letters that the other set doesn't have
    words = bits.pack_bits(torch.from_numpy(np.concatenate([_coded(rows, unused), _coded(others, unused + 1)])))
    nearest = [_nearest(words[: len(rows)], words[len(rows) :], i, y is None) for i in range(0, len(rows), ROWS)]
    return 1 - np.concatenate(nearest) / rows.shape[1]


def _coded(x: np.ndarray, unknown: int) -> np.ndarray:
    """Letters with the number `unknown` for unknown entries."""
    return np.where(x < 0, unknown, x).astype(np.int16)


def _nearest(x: torch.Tensor, y: torch.Tensor, start: int, others: bool) -> np.ndarray:
    """The least number of sites at which ROWS rows of x from `start` on differ from a row of y, float64.

    others: x and y are the same set, and a row is compared with the others only.
    """
    rows = x[start : start + ROWS]
    nearest = np.full(len(rows), np.inf)
    for j in range(0, len(y), ROWS):
        pairs = bits.differences(rows, y[j : j + ROWS])
        if others and j == start:
            pairs.fill_diagonal_(torch.inf)
        nearest = np.minimum(nearest, pairs.amin(1).numpy())
    return nearest
