"""Shuffle: random permutations and numbers for the rows of data, as a function of (seed, stream, row)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from .. import ranges
from ..random_streams import GAMMA, mix


def random_integers(seed: int, stream: int, n: int) -> np.ndarray:
    """n random uint64, each a function of (seed, stream, position), by splitmix64.

    numpy's generators may give other numbers in another version. Raises ValueError for an invalid seed.
    """
    start = mix(np.array([ranges.integer("seed", seed, *ranges.SEEDS) % 2**64], dtype=np.uint64))
    return mix(mix(start + np.uint64(stream % 2**64)) + np.arange(n, dtype=np.uint64) * np.uint64(GAMMA))


def permutation(seed: int, stream: int, n: int) -> np.ndarray:
    """A random permutation of n rows.

    >>> permutation(0, 0, 5).tolist() == permutation(0, 0, 5).tolist()
    True
    """
    return np.argsort(random_integers(seed, stream, n), kind="stable")


def uniform(seed: int, stream: int, n: int) -> np.ndarray:
    """n random numbers in [0, 1), a function of (seed, stream, position)."""
    return (random_integers(seed, stream, n) >> np.uint64(11)) * 2.0**-53


def epoch_batches(n: int, size: int, seed: int) -> Callable[[int], np.ndarray]:
    """Batch number -> `size` of n rows. An epoch has each row at most once."""
    each = n // size

    @lru_cache(maxsize=1)
    def epoch(number: int) -> np.ndarray:
        return permutation(seed, number, n)

    return lambda number: epoch(number // each)[number % each * size :][:size]


def weighted_batches(weights: np.ndarray, size: int, seed: int) -> Callable[[int], np.ndarray]:
    """Batch number -> `size` rows, drawn with replacement with probability proportional to the weights."""
    edges = np.cumsum(weights, dtype=np.float64)

    def rows_of(number: int) -> np.ndarray:
        drawn = np.searchsorted(edges, uniform(seed, number, size) * edges[-1], side="right")
        return np.minimum(drawn, len(weights) - 1)

    return rows_of
