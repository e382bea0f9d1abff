"""Information: mutual information of each site and a label, with a permutation test and a false discovery rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import ranges
from ..data.shuffle import permutation
from ..random_streams import Stream

Numbers = NDArray[np.float64]
Codes = NDArray[np.integer]

ENTRIES = 2**24
"""Counts, or entries of one-hot rows, that are in memory at once."""


@dataclass(frozen=True, eq=False)
class Information:
    """What each site says about a label, (sites,) each.

    bits      the mutual information of rows, in bits
    expected  its mean over permutations of the labels: what chance alone gives of so few rows
    p         of the permutation test: how seldom chance gives as much
    q         the least false discovery rate at which a site counts as found
    """

    bits: Numbers
    expected: Numbers
    p: Numbers
    q: Numbers

    @property
    def excess(self) -> Numbers:
        """The information beyond chance, in bits; it may be slightly negative."""
        return self.bits - self.expected


def information(states: Codes, labels: Codes, permutations: int = 1000, seed: int = 0) -> Information:
    """The mutual information of each site with a label,

        I_i = Σ_{a, l} p_i(a, l) log2 [p_i(a, l) / (p_i(a) p(l))],

    beside that of the same rows with permuted labels. p = (1 + permutations with as much) / (1 + permutations), so that
    it is never 0; q is its correction for the number of sites by Benjamini & Hochberg.

    states (n, sites), labels (n,): numbers from 0, -1 unknown; a site counts the rows in which both are known. The test
    takes rows as independent. Rows of one clade are not, so p is too small where labels follow the tree: read it as a
    lower bound, and compare sites by their bits.

    Sources: Phipson & Smyth 2010 (p); Benjamini & Hochberg 1995 (q, as scipy computes it).
    Cost: permutations x known rows x states x labels multiplications. Raises ValueError where fewer than two labels are
    known.
    """
    from scipy.stats import false_discovery_control  # takes seconds to import

    ranges.integer("permutations", permutations)
    known = labels >= 0
    states, labels = states[known], labels[known]
    if len(np.unique(labels)) < 2:
        raise ValueError(f"{len(labels)} rows have a known label, of {len(np.unique(labels))} kinds: two are needed")
    width = max(ENTRIES // (len(labels) * (int(states.max(initial=0)) + 1)), 1)
    blocks = [
        _tested(states[:, at : at + width], labels, permutations, seed) for at in range(0, states.shape[1], width)
    ]
    bits, expected, as_much = (np.concatenate(x) for x in zip(*blocks))
    p = (1 + as_much) / (1 + permutations)
    return Information(bits, expected, p, false_discovery_control(p))


def _tested(states: Codes, labels: Codes, permutations: int, seed: int) -> tuple[Numbers, Numbers, Numbers]:
    """The bits of some sites, their mean over permutations, and how many permutations have as many."""
    shown = _one_hot(states)
    bits = _bits(shown, labels[None])[0]
    as_much, total = np.zeros(len(bits)), np.zeros(len(bits))
    for others in _permuted(labels, permutations, seed, max(len(shown), shown[0].size)):
        found = _bits(shown, others)
        as_much += (found >= bits - 1e-9).sum(0)
        total += found.sum(0)
    return bits, total / permutations, as_much


def _permuted(labels: Codes, count: int, seed: int, width: int) -> Iterator[Codes]:
    """The labels in `count` random orders, some at a time, (some, n)."""
    size = max(ENTRIES // (width * (int(labels.max()) + 1)), 1)
    orders = (labels[permutation(seed, Stream.COUNTED + i, len(labels))] for i in range(count))
    for start in range(0, count, size):
        yield np.stack([next(orders) for _ in range(min(size, count - start))])


def _one_hot(states: Codes) -> NDArray[np.float32]:
    """Which state each row has, (n, sites, states); none where it is unknown."""
    return (states[:, :, None] == np.arange(states.max() + 1)).astype(np.float32)


def _bits(shown: NDArray[np.float32], labels: Codes) -> Numbers:
    """The mutual information of each site with each of several label columns, (columns, sites), labels (columns, n)."""
    n, sites, width = shown.shape
    kinds, whole = int(labels.max()) + 1, np.arange(n + 1)
    n_log_n = whole * np.log2(np.maximum(whole, 1))  # of every count that there can be: faster than so many logarithms
    told = (labels[:, None, :] == np.arange(kinds)[:, None]).astype(np.float32).reshape(-1, n)
    counts = (told @ shown.reshape(n, -1)).astype(np.int32).reshape(-1, kinds, sites, width)
    both = n_log_n[counts].sum((1, 3)) + n_log_n[counts.sum((1, 3))]
    alone = n_log_n[counts.sum(1)].sum(2) + n_log_n[counts.sum(3)].sum(1)
    bits: Numbers = (both - alone) / np.maximum(counts.sum((1, 3)), 1)
    return np.maximum(bits, 0)
