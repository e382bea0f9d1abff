"""Register tables: sums of the integers at which bits are 1, by tables that stay in the registers of AVX-512.

As in `bit_tables`, five bits look up their sum together. A table of 32 sums of one column is two registers, in which
one instruction finds the sums of 16 rows of bits. So no sum is read from the cache, and a table serves all rows of
bits. The sums come by columns, and are transposed in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numba import int32, njit, uint32, uint64
from numba.core.registry import cpu_target
from torch import Tensor

from .bit_tables import LookedUp, scratch
from .numba_kernels import array as _array
from .numba_kernels import fused as _fused
from .quantized import LANES
from .vectors import BYTES, COLUMNS, SUBSETS, WIDE, WORD, add_permuted, bits_of, prefetch, put, spread, transpose

_FEW = 256
"""Rows of bits up to which integers are needed sooner than a processor by itself fetches them."""

_AHEAD = 512
"""Rows of integers from those in use to those that are asked for then."""


@cache
def is_here() -> bool:
    """Whether numba compiles for a processor that has AVX-512."""
    return "+avx512f" in cpu_target.target_context.codegen().magic_tuple()[2]


def _whole(n: int) -> int:
    """As many rows, in whole vectors, an odd number of them: rows of a power of two share few places of a cache."""
    return (-(-n // WIDE) | 1) * WIDE


@_fused
def _words(bits, k, words):
    """Each `WORD` of the bits (n k) as a word, into (words, n or more)."""
    for i in range(len(bits) // k):
        own = i * k
        for w in range(len(words)):
            first, found = w * WORD, uint64(0)
            if first + 4 * BYTES <= k:
                for b in range(0, 4 * BYTES, BYTES):  # two bits more than are used, of which no sum takes notice
                    found |= bits_of(bits, own + first + b) << uint64(b)
            else:
                for b in range(min(WORD, k - first)):
                    found |= uint64(bits[own + first + b]) << uint64(b)
            words[w, i] = uint32(found)


@njit(inline="always")
def _put_strip(found, step, n, out, m, start, rest):
    """The sums of a strip, (LANES, step), into the columns of `out` (n m) from `start` on."""
    whole = n // WIDE * WIDE if start + LANES <= m else 0
    for i in range(0, n, WIDE):
        for j in range(0, LANES, WIDE):
            if i < whole:
                transpose(out, i * m + start + j, m, found, j * step + i, step)
            else:
                transpose(rest, (i - whole) * LANES + j, LANES, found, j * step + i, step)
    spread(rest, n - whole, out[whole * m :], m, start)


@_fused
def _sums(words, first, n, strips, subsets, rows, found, rest, out):
    """Some rows of the sums, `out` (n m) flat, of strips (strips, k, LANES)."""
    k, step, count = strips.shape[1], len(found) // LANES, (n + WIDE - 1) // WIDE * WIDE
    flat = words.reshape(len(words) * words.shape[1])
    for strip in range(len(strips)):
        integers = strips[strip].reshape(k * LANES)
        found[:] = int32(0)
        for w in range(len(words)):
            own = min(WORD, k - w * WORD)
            for row in range(own):
                put(rows, row * LANES, integers, (w * WORD + row) * LANES)
                if n <= _FEW:
                    prefetch(integers, (w * WORD + row + _AHEAD) * LANES)
            rows[own * LANES :] = int32(0)
            begin = w * words.shape[1] + first
            for column in range(0, LANES, COLUMNS):
                add_permuted(found, column * step, step, flat, begin, count, rows, column, subsets)
        _put_strip(found, step, n, out, len(out) // n, strip * LANES, rest)


@dataclass(frozen=True)
class InRegisters(LookedUp):
    """Bits (n, k) as what they look up in registers: each `WORD` of a row as a word, (words, n or more)."""

    words: np.ndarray

    @classmethod
    def of(cls, bits: Tensor) -> InRegisters:
        """Of bits (n, k), 0 and 1, in bytes. Raises NotImplementedError on processors without AVX-512."""
        if not is_here():
            raise NotImplementedError("tables in registers need AVX-512")
        n, k = bits.shape
        words = np.zeros((-(-k // WORD), _whole(n + WIDE)), np.uint32)  # rows that begin anywhere end within it
        _words(_array(bits.view(torch.uint8)).reshape(-1), k, words)
        return InRegisters(range(n), words)

    def _put_sums(self, strips: np.ndarray, out: np.ndarray) -> None:
        n = len(self.rows)
        rows, found, rest = scratch(WORD * LANES, _whole(n) * LANES, _whole(n) * LANES)
        _sums(self.words, self.rows.start, n, strips, np.uint64(SUBSETS), rows, found, rest, out)
