"""Quantized: weights in 15-bit integers, so that what sampled units send is a sum of integers, which has no rounding.

A sum of integers has the same bits in any order, on any processor, for any number of threads. Single precision enters
once, where the scale and the constant are applied (`Sums.dense`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import torch
from torch import Tensor

BASE = 128
"""One step of the high plane, in steps of the low one."""

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
class Quantized:
    """A weight (k, m) through which binary units send: W ≈ (128 high + low) scale, with a scale a column.

    planes (m, 2 k) int8: high beside low, for each receiver. scale (m,). The rounding is 3e-5 of a column's largest
    weight. `low` is the lower value of the units that send, 0 or -1; the higher one is 1.
    """

    planes: Tensor
    scale: Tensor
    low: int = 0
    _factors: dict[tuple[Form, torch.dtype], Tensor] = field(default_factory=dict, init=False, repr=False)

    def factor(self, form: Form, dtype: torch.dtype) -> Tensor:
        """What bits are multiplied by in a form, of a dtype; made once."""
        if (form, dtype) not in self._factors:
            own = self._laid_out(form).to(dtype)
            self._factors[form, dtype] = own.contiguous() if dtype == torch.int16 else own  # tables take rows
        return self._factors[form, dtype]

    def _laid_out(self, form: Form) -> Tensor:
        if form is Form.WHOLE:
            return self.integers
        return (self.planes if form is Form.STACKED else torch.cat(self.planes.chunk(2, 1))).t()

    def to(self, device: torch.device) -> Quantized:
        """The same on a device."""
        return Quantized(self.planes.to(device), self.scale.to(device), self.low)

    @cached_property
    def integers(self) -> Tensor:
        """128 high + low, (k, m), as numbers of single precision, which has them exactly; a transposed view."""
        high, low = self.planes.chunk(2, 1)
        return high.float().mul_(BASE).add_(low).t()

    @cached_property
    def totals(self) -> Tensor:
        """What units that are all 1 send, (m,) int32."""
        high, low = self.planes.sum(1, dtype=torch.int32), self.planes[:, self.planes.shape[1] // 2 :].sum(1)
        return ((high - low) * BASE + low).to(torch.int32)

    def of_bits(self, sums: Tensor) -> Tensor:
        """What values send, given what their bits b send, (n, m): in place."""
        return sums if self.low == 0 else sums.mul_(2).sub_(self.totals)  # s = 2 b - 1

    def dense(self) -> Tensor:
        """The weight (k, m) that the integers stand for."""
        return self.integers.to(self.scale.dtype) * self.scale


@dataclass(frozen=True)
class QuantizedRows:
    """A weight (k, m) through which letters send: W ≈ rows · scale, rows (k, m) int16, with a scale a column, (m,)."""

    rows: Tensor
    scale: Tensor

    def to(self, device: torch.device) -> QuantizedRows:
        """The same on a device."""
        return QuantizedRows(self.rows.to(device), self.scale.to(device))

    def dense(self) -> Tensor:
        """The weight (k, m) that the integers stand for."""
        return self.rows.to(self.scale.dtype) * self.scale
