"""Devices: loops on integers for other devices than a CPU: Triton's where they give the bits of the CPU, else plain."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType

import torch
from torch import Tensor

from . import integer_reference
from .quantized import Sums

_PLACE = 0x9E3779B9, 0xBB67AE85, 2**31 - 7, 12, 3
"""A place of random numbers: a key with large words, and rows at which signed numbers of 32 bits end."""


@cache
def loops(device: torch.device) -> ModuleType:
    """The fastest loops on integers that are right on a device; where a GPU has no fast ones, a line says why."""
    if device.type != "cuda":
        return integer_reference
    try:
        from . import integer_cuda

        if agree(integer_cuda, device):
            return integer_cuda
        why = "they don't give the bits of the CPU"
    except Exception as error:  # there is no Triton, no compiler that it needs, or no GPU that it knows
        why = f"{type(error).__name__}: {error}".splitlines()[0]
    logging.getLogger("spinodal").warning(f"spinodal: draws on {device} take plain torch, slower, not Triton ({why})")
    return integer_reference


def agree(backend: ModuleType, device: torch.device, rows: int = 40) -> bool:
    """Whether the draws and sums of a backend on a device are those of plain torch on the CPU, in every row."""
    source = torch.Generator().manual_seed(0)
    letters = torch.randint(0, 6, (rows, 43), generator=source).to(torch.uint8)
    weight = integer_reference.quantize_rows(torch.randn(6 * 43, 301, generator=source))
    sums = backend.gather(letters.to(device), weight.to(device)).cpu()
    return torch.equal(sums, integer_reference.gather(letters, weight)) and all(
        torch.equal(draw(backend, x.to(device)).cpu(), draw(integer_reference, x))
        for m, draw in _draws()
        for x in (_field(source, rows, m, own) for own in (1, rows))
    )


def _draws() -> Iterator[tuple[int, Callable[[ModuleType, Sums], Tensor]]]:
    """Draws at a field of so many columns."""
    yield 1030, lambda backend, x: backend.binary(x, 1.0, 0, _PLACE)
    yield 70, lambda backend, x: backend.binary(x, 2.0, -1, _PLACE)
    yield 43 * 6, lambda backend, x: backend.letters(x, 43, 6, _PLACE)
    yield 10, lambda backend, x: backend.letters(x, 1, 10, _PLACE)


def _field(source: torch.Generator, n: int, m: int, constants: int) -> Sums:
    """Sums with both ends, and constants of one row or of n."""
    sums = torch.randint(-(2**21), 2**21, (n, m), generator=source).to(torch.int32)
    sums[0, :4], sums[1] = torch.tensor([2**31 - 1, -(2**31), 0, 1]), 0
    return Sums(torch.randn(constants, m, generator=source), sums, 4e-6 * torch.rand(m, generator=source))
