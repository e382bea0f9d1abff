"""Sparse bits: sums of the integers at which bits are 1, by lists of these places: few where most bits are 0.

Each site of a protein has one letter among 21, and few keys of a piano are down. Then adding the rows at which bits are
1 takes less time than any product, in which a bit of 0 costs as much as one of 1. The integers are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import int32, njit, uint64
from torch import Tensor
from torch.nn.functional import pad

from .numba_kernels import array as _array
from .numba_kernels import fused as _fused

_WIDTH = 1024
"""Columns that are summed at once: their sums stay in the first cache."""

_BYTES = 8
"""Bits that are looked at together, as most of them are 0."""


@njit(inline="always")
def _is_one(word, byte):
    return (word >> uint64(8 * byte)) & uint64(0xFF) == uint64(1)


@_fused
def _find(words, columns, found):
    """The row and the column of each one, in order, into `found` (2, ones), of bits in words of eight."""
    n, row = 0, 0
    for w in range(len(words)):
        if words[w] != 0:
            for byte in range(_BYTES):
                if _is_one(words[w], byte):
                    bit = _BYTES * w + byte
                    while bit >= (row + 1) * columns:
                        row += 1
                    found[0, n], found[1, n] = row, bit - row * columns
                    n += 1


@_fused
def _group(keys, values, nexts, places):
    """The values of each key side by side, at `nexts`, where the list of a key begins."""
    for i in range(len(keys)):
        places[nexts[keys[i]]] = values[i]
        nexts[keys[i]] += int32(1)


@njit(inline="always")
def _at(places, s, m, start):
    """Where in the flat integers the row of a place begins, `start` columns on."""
    return uint64(uint64(places[s]) * m + start)


@njit(inline="always")
def _pair(flat, a, b):
    return int32(flat[a]) + int32(flat[b])


@_fused
def _sums(begins, places, flat, out):
    n, m = out.shape
    for i in range(n):
        for start in range(0, m, _WIDTH):
            total, width = out[i, start:], uint64(min(_WIDTH, m - start))
            total[:width] = int32(0)
            s, last = begins[i], begins[i + 1]
            while s + 8 <= last:  # eight rows at once: each sum is read and written an eighth as often
                a, b = _at(places, s, m, start), _at(places, s + 1, m, start)
                c, d = _at(places, s + 2, m, start), _at(places, s + 3, m, start)
                e, f = _at(places, s + 4, m, start), _at(places, s + 5, m, start)
                g, h = _at(places, s + 6, m, start), _at(places, s + 7, m, start)
                for j in range(width):
                    left = _pair(flat, a + j, b + j) + _pair(flat, c + j, d + j)
                    total[j] += left + (_pair(flat, e + j, f + j) + _pair(flat, g + j, h + j))
                s += 8
            while s < last:
                a = _at(places, s, m, start)
                for j in range(width):
                    total[j] += int32(flat[a + j])
                s += 1


@dataclass(frozen=True)
class Ones:
    """Where the bits of some rows are 1: `places` of row i from begins[i] to begins[i + 1]."""

    begins: np.ndarray
    places: np.ndarray

    @staticmethod
    def of(bits: Tensor, share: float) -> Ones | None:
        """Of bytes (n, k), 1 or not; None where more than a share of them are 1. Cost: two passes over the bytes.

        A transposed view is not copied.
        """
        axis = int(not bits.is_contiguous() and bits.t().is_contiguous())
        own = _array((bits.t() if axis else bits).view(torch.int8))
        if (n := np.count_nonzero(own == 1)) > share * own.size:
            return None
        words = pad(torch.from_numpy(own).view(-1), (0, -own.size % _BYTES)).numpy().view(np.uint64)
        found = np.empty((2, n), np.int32)
        _find(words, own.shape[1], found)
        keys, values = found[axis], found[1 - axis]
        begins = np.zeros(len(bits) + 1, np.int32)
        np.bincount(keys, minlength=len(bits)).cumsum(out=begins[1:])
        places = np.empty(n, np.int32)
        _group(keys, values, begins[:-1].copy(), places)
        return Ones(begins, places)

    def __getitem__(self, rows: slice) -> Ones:
        """Some of the rows."""
        start, stop, _ = rows.indices(len(self.begins) - 1)
        return Ones(self.begins[start : stop + 1], self.places)

    def sums(self, integers: Tensor, out: Tensor | None = None) -> Tensor:
        """Σ of the integers (k, m) of 16 bits at which bits are 1: (n, m) int32, into a contiguous `out` or new."""
        n, m = len(self.begins) - 1, integers.shape[1]
        found = torch.empty(n, m, dtype=torch.int32) if out is None else out
        _sums(self.begins, self.places, _array(integers.to(torch.int16)).reshape(-1), found.numpy())
        return found
