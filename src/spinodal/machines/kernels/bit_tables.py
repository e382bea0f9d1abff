"""Bit tables: sums of the integers at which bits are 1, where each four or five bits look up their sum in a table.

An addition for five bits takes the place of five products, and costs a read of the first cache. The tables cost as much
as the sums of some more rows of bits. The method is that of Arlazarov, Dinic, Kronrod and Faradzhev (1970), with
integers in place of the second bits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numba import int32, int64, njit, uint8
from torch import Tensor

from .numba_kernels import array as _array
from .numba_kernels import fused as _fused
from .quantized import LANES, Strips
from .vectors import BYTES, add_rows, bits_of, prefetch, put_table, spread

_TABLES = 8
"""Tables that are used at once: each sum is read and written an eighth as often."""


def bits_of_cache() -> int:
    """How many bits look up a sum together: five where eight tables of as many fit the first cache, of 48 KB."""
    known = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return 5 if known.get("l1d_cache_size", 0) > 2**15 else 4


SIZE = bits_of_cache()
"""Bits that look up a sum together here."""


@njit(inline="always")
def _entry(table, size, bits):
    """Where in the tables the sum at some bits is."""
    return uint8(((table % _TABLES) << size) + bits)


@njit(inline="always")
def _places_by(size, bits, k, places):
    n, count = places.shape[1], len(places) * _TABLES
    whole = max(k - BYTES + size, 0) // size  # tables whose word is within their row
    for i in range(n):
        own = i * k
        for table in range(whole):
            found = int64(bits_of(bits, own + table * size)) & ((1 << size) - 1)
            places[table // _TABLES, i, table % _TABLES] = _entry(table, size, found)
        for table in range(whole, count):
            last = int64(0)
            for b in range(table * size, min(table * size + size, k)):
                last |= int64(bits[own + b]) << (b - table * size)
            places[table // _TABLES, i, table % _TABLES] = _entry(table, size, last)


@_fused
def _places(size, bits, k, places):
    """Where in the tables each `size` of the bits (n k) find their sum, into (groups of tables, n, tables)."""
    if size == 5:
        _places_by(5, bits, k, places)
    else:
        _places_by(4, bits, k, places)


@njit(inline="always")
def _sums_by(size, places, first, last, strips, tables, sums, out):
    k, n, together = strips.shape[1], last - first, _TABLES * size
    m = len(out) // n
    for strip in range(len(strips)):
        integers = strips[strip].reshape(k * LANES)
        later = strips[min(strip + 1, len(strips) - 1)].reshape(k * LANES)
        sums[:] = int32(0)
        for group in range(len(places)):
            for row in range(group * together, min((group + 1) * together, k)):
                prefetch(later, row * LANES)
            for table in range(_TABLES):
                put_table(tables, (table << size) * LANES, size, integers, group * together + table * size, k)
            own = places[group].reshape(places.shape[1] * _TABLES)
            for i in range(n):
                add_rows(sums, i * LANES, tables, own, (first + i) * _TABLES, (first + i + 1) * _TABLES)
        spread(sums, n, out, m, strip * LANES)


@_fused
def _sums(size, places, first, last, strips, tables, sums, out):
    """Some rows of the sums, `out` (n m) flat, of strips (strips, k, LANES)."""
    if size == 5:
        _sums_by(5, places, first, last, strips, tables, sums, out)
    else:
        _sums_by(4, places, first, last, strips, tables, sums, out)


@dataclass(frozen=True)
class LookedUp(ABC):
    """Some rows of bits (n, k) as what they look up in tables."""

    rows: range

    @classmethod
    @abstractmethod
    def of(cls, bits: Tensor) -> Self:
        """Of bits (n, k), 0 and 1, in bytes."""

    def __getitem__(self, rows: slice) -> Self:
        """Some of the rows."""
        return replace(self, rows=self.rows[rows])

    def sums(self, integers: Strips, out: Tensor | None = None) -> Tensor:
        """Σ of the integers (k, m) at which bits are 1: (n, m) int32, into a contiguous `out` or new."""
        shape = len(self.rows), integers.columns
        found = torch.empty(shape, dtype=torch.int32) if out is None else out
        if found.numel():
            self._put_sums(integers.data.numpy(), found.view(-1).numpy())
        return found

    @abstractmethod
    def _put_sums(self, strips: np.ndarray, out: np.ndarray) -> None:
        """Write the sums, flat, of strips (strips, k, LANES)."""


@dataclass(frozen=True)
class InCache(LookedUp):
    """Where in each group of tables a row of bits finds its sums, (groups, n, tables); `size` bits find one."""

    places: np.ndarray
    size: int

    @classmethod
    def of(cls, bits: Tensor) -> InCache:
        """Of bits (n, k), 0 and 1, in bytes."""
        (n, k), size = bits.shape, SIZE
        places = np.empty((-(-k // (size * _TABLES)), n, _TABLES), np.uint8)
        _places(size, _array(bits.view(torch.uint8)).reshape(-1), k, places)
        return InCache(range(n), places, size)

    def _put_sums(self, strips: np.ndarray, out: np.ndarray) -> None:
        tables, sums = scratch(_TABLES * LANES << self.size, len(self.rows) * LANES)
        _sums(self.size, self.places, self.rows.start, self.rows.stop, strips, tables, sums, out)


def scratch(*sizes: int) -> list[np.ndarray]:
    """Arrays of so many integers of 32 bits, which begin at a line of the cache, as those of torch do."""
    return [torch.empty(size, dtype=torch.int32).numpy() for size in sizes]
