"""Integer products: exact products of bytes, by the faster of two routes of this machine that give the same integers.

As the integers are the same, a clock may choose. torch's product of bytes is 2 (VNNI) to 5 (AMX) times as fast as
single precision; without either, single precision is faster, and exact while its sums stay below 2^24.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

_EXACT = 2**24
"""Single precision adds integers without rounding, in any order, while every sum is at most this."""


def product(x: Tensor, w: Tensor, out: Tensor | None = None) -> Tensor:
    """x w, (n, m) int32, into `out` or new: x (n, k) of unsigned bytes up to 128, w (k, m) int8; k up to 130,000.

    Or x and w are numbers of single precision, one 0 and 1 and the other integers up to 127 * 128.

    Bytes are unsigned, and at most 128, because products of bytes on processors without VNNI add pairs in 16 bits.
    """
    x, w = _with_usual_strides(x), _with_usual_strides(w)
    out = x.new_empty(len(x), w.shape[1], dtype=torch.int32) if out is None else out
    if x.device.type != "cpu":  # single precision may be rounded to fewer bits there
        return out.copy_(x.double() @ w.double())
    if bytes_are_fast() and not x.is_floating_point():
        return torch._int_mm(x, w, out=out)
    return out.copy_(_single(x, w, 128 * 128))


def _with_usual_strides(x: Tensor) -> Tensor:
    """The same matrix: torch's product (2.13.0) goes by the strides of one row or one column, where any will do."""
    return x if min(x.shape) > 1 else x.reshape(-1).reshape(x.shape)


def bits_product(bits: Tensor, integers: Tensor, largest: int) -> Tensor:
    """b w, (n, m) int32, by single precision: bits (n, k), integers (k, m) as numbers, at most `largest`."""
    if bits.device.type != "cpu":
        return (bits.double() @ integers.double()).to(torch.int32)
    return _single(bits, integers, largest)


def _single(x: Tensor, w: Tensor, largest: int) -> Tensor:
    """By single precision, so many products at a time that every sum has its bits."""
    most = _EXACT // largest
    parts = zip(x.split(most, 1), w.split(most))
    sums = [(b.float() @ own.float()).to(torch.int32) for b, own in parts]
    return sums[0] if len(sums) == 1 else torch.stack(sums).sum(0, dtype=torch.int32)


@cache
def bytes_are_fast() -> bool:
    """Whether torch's product of bytes is right on this processor, and faster than single precision."""
    source = torch.Generator().manual_seed(0)
    x = torch.randint(0, 129, (192, 800), generator=source).to(torch.uint8)
    w = torch.randint(-128, 128, (800, 256), generator=source).to(torch.int8)
    x[:3], w[:, :3] = 128, torch.tensor([-128, 127, -127], dtype=torch.int8)  # the ends: partial sums are largest
    bits, numbers = (x[:, :400] > 64).float(), w[:400].float()
    try:
        right = torch.equal(torch._int_mm(x, w), (x.double() @ w.double()).to(torch.int32))
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return right and _seconds(lambda: torch._int_mm(x, w)) < _seconds(lambda: bits @ numbers)


def _seconds(work: Callable[[], object]) -> float:
    """The shortest of five times."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)
