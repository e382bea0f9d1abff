"""int8x2: a weight as two planes of 8-bit integers, 15 bits a number: its products with binary units are exact sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

_HIGH = 128.0
"""One step of the high plane, in steps of the low one."""

_MOST = 127 * 128
"""The largest number: the high plane goes from -127 to 127, and the low from -64 to 64."""


@dataclass(frozen=True)
class Int8x2:
    """W ≈ (128 high + low) scale, with a scale a column: `both` is (n, 2 m), high beside low, `scale` (m,).

    The rounding is 3e-5 of a column's largest weight. Sums of integers have no rounding, so a product doesn't
    depend on how its rows are cut.
    """

    both: Tensor
    scale: Tensor

    @staticmethod
    def of(weight: Tensor) -> Int8x2:
        """The planes nearest to a weight (n, m). A column that has NaN gets the scale NaN.

        Raises ValueError on a GPU, where products in single precision are fast enough.
        """
        if weight.is_cuda:
            raise ValueError("int8x2 is for the CPU: on a GPU take precision float32")
        weight = weight.contiguous()  # the passes over it go row by row
        scale = (weight.abs().amax(0) / _MOST).clamp(min=1e-30)
        steps = (weight / scale).round_()
        high = (steps / _HIGH).round_()
        low = steps.sub_(high, alpha=_HIGH)
        return Int8x2(torch.cat([high, low], 1).to(torch.int8), scale)

    def sums(self, value: Tensor) -> Tensor:
        """s times both planes, (n, 2 m) integers; shown (n, size) is -1, 0 or 1."""
        return _product()(value.to(torch.int8), self.both)


def _slow(x: Tensor, w: Tensor) -> Tensor:
    return (x.float() @ w.float()).to(torch.int32)


@cache
def _product():  # type: ignore[no-untyped-def]
    """torch's product of 8-bit integers where it is right on this machine, else one in single precision."""
    source = torch.Generator().manual_seed(0)
    x = torch.randint(-1, 2, (64, 300), dtype=torch.int8, generator=source)
    w = torch.randint(-127, 128, (300, 64), dtype=torch.int8, generator=source)
    try:
        sound = torch.equal(torch._int_mm(x, w), _slow(x, w))
    except (AttributeError, RuntimeError):
        sound = False
    return torch._int_mm if sound else _slow
