"""Quantized: weights in 15-bit integers, so that what sampled units send is a sum of integers, which has no rounding.

A sum of integers has the same bits in any order, on any processor, for any number of threads. Single precision enters
once, where the scale and the constant are applied (`Sums.dense`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import torch
from torch import Tensor

BASE = 128
"""One step of the high plane, in steps of the low one."""

LANES = 32
"""Columns of a strip, whose integers in a row are a line of the cache."""

LARGEST = 127 * BASE
"""The largest integer: the high plane goes from -127 to 127, and the low one from -64 to 64."""

MOST = 2**31 // LARGEST
"""How many units or sites may send: their sum must fit in 32 bits."""


def letter_dtype(colors: int) -> torch.dtype:
    """The dtype of drawn letters of so many colors: a byte where they fit."""
    return torch.uint8 if colors <= 256 else torch.int32


@dataclass(frozen=True)
class Sums:
    """A field that is not summed up yet: constant + sums · scale.

    constant (1, m) or (n, m), sums (n, m) int32, scale (m,). Kernels that draw read it in one pass.
    """

    constant: Tensor
    sums: Tensor
    scale: Tensor

    @staticmethod
    def onto(constant: Tensor | None, sums: Tensor, scale: Tensor) -> Sums:
        """The sums onto a constant: one row for all, (m,), a row each, (n, m), or 0."""
        row = scale.new_zeros(len(scale)) if constant is None else constant
        return Sums(row if row.dim() == 2 else row[None], sums, scale)

    def to(self, device: torch.device) -> Sums:
        """The same on a device."""
        return Sums(self.constant.to(device), self.sums.to(device), self.scale.to(device))


class Form(Enum):
    """How bits b (n, k) meet both planes of a weight in one product."""

    STACKED = "[128 b | b] times high over low, (2 k, m)"
    BESIDE = "b times high beside low, (k, 2 m), whose sums are joined then: for bytes that are signed"
    WHOLE = "b times 128 high + low, (k, m): for numbers of 15 bits"

    @property
    def largest(self) -> int:
        """The largest product of two entries."""
        return {Form.STACKED: BASE * BASE, Form.BESIDE: BASE, Form.WHOLE: LARGEST}[self]

    def join(self, sums: Tensor) -> Tensor:
        """The sums over both planes, (n, m) int32."""
        if self is not Form.BESIDE:
            return sums
        high, low = sums.chunk(2, 1)
        return torch.add(low, high, alpha=BASE)


@dataclass(frozen=True)
class Strips:
    """A matrix (k, m) of 15-bit integers in strips of columns: (strips, k, LANES) int16, 0 beside the last column.

    A row of a strip is a line of the cache. So sums of rows are fast: they read nothing that they don't add, and a
    strip stays in the cache until its rows are added for all chains.
    """

    data: Tensor
    columns: int

    @staticmethod
    def of(matrix: Tensor) -> Strips:
        """The strips of a matrix (k, m): a copy."""
        k, m = matrix.shape
        data = matrix.new_zeros(-(-m // LANES), k, LANES, dtype=torch.int16)
        whole = m // LANES
        data[:whole] = matrix[:, : whole * LANES].view(k, whole, LANES).transpose(0, 1)
        data[whole:, :, : m % LANES] = matrix[:, whole * LANES :]
        return Strips(data, m)

    @property
    def shape(self) -> tuple[int, int]:
        """(k, m)."""
        return self.data.shape[1], self.columns

    @property
    def matrix(self) -> Tensor:
        """The integers, (k, m): a copy."""
        return self.data.transpose(0, 1).flatten(1)[:, : self.columns]

    def __getitem__(self, columns: slice) -> Strips:
        """Some of the columns, from the first of a strip on."""
        start, stop, _ = columns.indices(self.columns)
        return Strips(self.data[start // LANES : -(-stop // LANES)], stop - start)

    def to(self, device: torch.device) -> Strips:
        """The same on a device."""
        return Strips(self.data.to(device), self.columns)


def planes(w: Strips) -> Tensor:
    """The high plane beside the low one, for each column: (m, 2 k) int8."""
    integers = w.matrix.t()
    high = (integers + BASE // 2) >> 7
    return torch.cat([high, integers - (high << 7)], 1).to(torch.int8)


@dataclass(frozen=True)
class Quantized:
    """A weight (k, m) through which binary units send: W ≈ (128 high + low) scale, with a scale a column.

    strips: the integers 128 high + low. scale (m,). The rounding is 3e-5 of a column's largest weight. `low` is the
    lower value of the units that send, 0 or -1; the higher one is 1. `split` makes the planes, the factors of bytes.
    """

    strips: Strips
    scale: Tensor
    low: int = 0
    split: Callable[[Strips], Tensor] = planes
    _factors: dict[tuple[Form, torch.dtype], Tensor] = field(default_factory=dict, init=False, repr=False)

    def factor(self, form: Form, dtype: torch.dtype) -> Tensor:
        """What bits are multiplied by in a form, of a dtype; made once."""
        if (form, dtype) not in self._factors:
            self._factors[form, dtype] = self._laid_out(form).to(dtype)
        return self._factors[form, dtype]

    def _laid_out(self, form: Form) -> Tensor:
        if form is Form.WHOLE:
            return self.integers
        own = self.split(self.strips)
        return (own if form is Form.STACKED else torch.cat(own.chunk(2, 1))).t()

    def to(self, device: torch.device) -> Quantized:
        """The same on a device."""
        return Quantized(self.strips.to(device), self.scale.to(device), self.low)

    @property
    def integers(self) -> Tensor:
        """128 high + low, (k, m) int16."""
        return self.strips.matrix

    @cached_property
    def totals(self) -> Tensor:
        """What units that are all 1 send, (m,) int32."""
        return self.integers.sum(0, dtype=torch.int32)

    def of_bits(self, sums: Tensor) -> Tensor:
        """What values send, given what their bits b send, (n, m): in place."""
        return sums if self.low == 0 else sums.mul_(2).sub_(self.totals)  # s = 2 b - 1

    def dense(self) -> Tensor:
        """The weight (k, m) that the integers stand for."""
        return self.integers.to(self.scale.dtype) * self.scale


@dataclass(frozen=True)
class QuantizedRows:
    """A weight (k, m) through which letters send: W ≈ rows · scale, 15-bit integers, with a scale a column, (m,)."""

    strips: Strips
    scale: Tensor

    def to(self, device: torch.device) -> QuantizedRows:
        """The same on a device."""
        return QuantizedRows(self.strips.to(device), self.scale.to(device))

    @cached_property
    def rows(self) -> Tensor:
        """The integers, (k, m) int16."""
        return self.strips.matrix

    def dense(self) -> Tensor:
        """The weight (k, m) that the integers stand for."""
        return self.rows.to(self.scale.dtype) * self.scale
