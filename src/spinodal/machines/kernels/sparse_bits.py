"""Sparse bits: sums of the integers at which bits are 1, by lists of these places: few where most bits are 0.

Each site of a protein has one letter among 21, and few keys of a piano are down. Then adding the rows at which bits are
1 takes less time than any product, in which a bit of 0 costs as much as one of 1. The integers are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import int32, int64, njit, uint64
from torch import Tensor
from torch.nn.functional import pad

from .numba_kernels import array as _array
from .numba_kernels import fused as _fused
from .quantized import LANES, Strips
from .vectors import add_rows, spread

_BYTES = 8
"""Bits that are looked at together, as most of them are 0."""

_TOGETHER = 4096
"""Bits that are counted together."""


@_fused
def _count_up_to(bits, most):
    """How many of the bits are 1, or -1 where they are more than so many: then it stops soon."""
    n = int64(0)
    for start in range(0, len(bits), _TOGETHER):
        part = int32(0)  # sums of 32 bits are faster than longer ones
        for i in range(start, min(start + _TOGETHER, len(bits))):
            part += int32(bits[i] == 1)
        n += part
        if n > most:
            return -1
    return n


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


@_fused
def _sums(begins, places, strips, sums, out):
    """The sums of each row, `out` (n m) flat, of strips (strips, k, LANES)."""
    n, k = len(begins) - 1, strips.shape[1]
    for strip in range(len(strips)):
        integers = strips[strip].reshape(k * LANES)
        sums[:] = int32(0)
        for i in range(n):
            add_rows(sums, i * LANES, integers, places, begins[i], begins[i + 1])
        spread(sums, n, out, len(out) // n, strip * LANES)


@dataclass(frozen=True)
class Ones:
    """Where the bits of some rows are 1: `places` of row i from begins[i] to begins[i + 1], as unsigned numbers."""

    begins: np.ndarray
    places: np.ndarray

    @staticmethod
    def of(bits: Tensor, share: float) -> Ones | None:
        """Of bytes (n, k), 1 or not; None where more than a share of them are 1. Cost: two passes over the bytes.

        A transposed view is not copied.
        """
        axis = int(not bits.is_contiguous() and bits.t().is_contiguous())
        own = _array((bits.t() if axis else bits).view(torch.int8))
        if (n := _count_up_to(own.reshape(-1), share * own.size)) < 0:
            return None
        words = pad(torch.from_numpy(own).view(-1), (0, -own.size % _BYTES)).numpy().view(np.uint64)
        found = np.empty((2, n), np.int32)
        _find(words, own.shape[1], found)
        keys, values = found[axis], found[1 - axis]
        begins = np.zeros(len(bits) + 1, np.int32)
        np.bincount(keys, minlength=len(bits)).cumsum(out=begins[1:])
        places = np.empty(n, np.uint32)
        _group(keys, values, begins[:-1].copy(), places)
        return Ones(begins, places)

    def __getitem__(self, rows: slice) -> Ones:
        """Some of the rows."""
        start, stop, _ = rows.indices(len(self.begins) - 1)
        return Ones(self.begins[start : stop + 1], self.places)

    def sums(self, integers: Strips, out: Tensor | None = None) -> Tensor:
        """Σ of the integers (k, m) at which bits are 1: (n, m) int32, into a contiguous `out` or new."""
        n, m = len(self.begins) - 1, integers.columns
        found = torch.empty(n, m, dtype=torch.int32) if out is None else out
        if found.numel():
            sums = torch.empty(n * LANES, dtype=torch.int32)
            _sums(self.begins, self.places, integers.data.numpy(), sums.numpy(), found.view(-1).numpy())
        return found
