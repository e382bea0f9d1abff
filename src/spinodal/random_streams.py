"""Random streams: the mixing function behind all random numbers, and the table of the streams of random numbers.

The random numbers of data and scores (`data/shuffle.py`) are functions of (seed, stream, position). Each use has a
stream of its own, so that two uses with the same seed don't get the same numbers. The numbers of machines
(`machines/noise.py`) have keys that are mixed by the same function.
"""

from __future__ import annotations

from enum import IntEnum, unique
from typing import TypeVar
from zlib import crc32

import numpy as np

GAMMA = 0x9E3779B97F4A7C15
"""The increment of splitmix64: 2^64 divided by the golden ratio."""

_MASK = (1 << 64) - 1

Words = TypeVar("Words", int, np.ndarray)
"""A 64-bit number from 0 on, or an array of them (uint64)."""


@unique
class Stream(IntEnum):
    """The first stream of each use. Uses that need several streams count on from here."""

    COUNTED = 0
    """Epochs or batches by their number, below 2^40. A split of rows, and what a score draws, count from 0, too."""
    SUBSET = 2**40
    """Which rows a score takes if there are too many."""
    COMPARISON = 2**41
    """The order of the rows that scores compare: test rows, training rows, independent rows, then generated sets."""
    TRAINING_ROWS = 2**42
    """Which training rows are compared with the test rows."""


def hidden(layer: str) -> int:
    """The stream for hiding entries of a layer: from -2^32 to -1, so apart from all in `Stream`."""
    return -1 - crc32(layer.encode())


def site(label: int, number: int) -> int:
    """The stream for drawing a site of independent rows of a label (-1: of any label).

    From label 0 on these reach the streams above 2^40, so site 0 of label 0 has the numbers of `Stream.SUBSET`. They
    are used for other things, as levels and not as orders of rows, and other numbers would change recorded baselines.
    """
    return (label + 1) * 2**40 + number


def layer_seed(seed: int, layer: str) -> int:
    """The seed for independent rows of a layer; each layer but "visible" has its own."""
    return seed + (0 if layer == "visible" else crc32(layer.encode()))


def mix(x: Words) -> Words:
    """One round of splitmix64 (Steele, Lea & Flood 2014): a bijection of 64-bit numbers that looks random.

    >>> hex(mix(0)), mix(np.array([0, 1234567], dtype=np.uint64)).tolist() == [mix(0), mix(1234567)]
    ('0xe220a8397b1dcdaf', True)
    """
    x = (x + GAMMA) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)
