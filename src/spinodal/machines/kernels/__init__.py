"""Kernels: the inner loops that must be fast; each backend is one file, with the same functions, and the same bits."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor

from ..noise import Place
from . import products, reference
from .column_blocks import ColumnBlocks, gather
from .elementary import folded, log_double
from .int8x2 import Int8x2

Acting = Tensor | Int8x2 | ColumnBlocks
"""A weight, or a form of it that acts faster."""

fused: ModuleType
try:
    from . import cpu as fused
except ImportError:  # no numba here: plain torch, the same samples, slower
    fused = reference

torch.ones(16).log()
# The first vector operation of a process chooses the code for its processor. If two threads start with it at the same
# time, one of them may take other code, and the last bits of some rows differ (torch 2.13.0, Intel Xeon: log, exp, sin,
# cos, tanh and erf, in a tenth to a half of all processes). So one thread starts with it here.

WIDEST = 32.0
"""The largest field that `log_partitions` of a backend takes."""

__all__ = [
    "Acting",
    "ColumnBlocks",
    "Int8x2",
    "folded",
    "gather",
    "log_double",
    "log_partitions",
    "normal",
    "of",
    "product",
]


def of(x: Tensor) -> ModuleType:
    """The backend for tensors like `x`: the fused loops in single precision on a CPU, else plain torch."""
    return fused if x.dtype == torch.float32 and x.device.type == "cpu" else reference


def product(x: Tensor, w: Tensor | Int8x2, onto: Tensor | None = None) -> Tensor:
    """`onto` + x w: x (n, k), w (k, m); `onto` is one row for all, (m,), or a row each, (n, m). A new tensor."""
    if isinstance(w, Tensor):
        return products.product(x, w, onto)
    row = onto if onto is not None and onto.dim() == 1 else torch.zeros_like(w.scale)
    total = of(w.scale).unite(w.sums(x), w.scale, row)
    return total if onto is None or onto.dim() == 1 else total.add_(onto)


def normal(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """Standard normal numbers, (n, m), for weights."""
    drawn: Tensor = of(like).normal(n, m, place, like)
    return drawn


def log_partitions(x: Tensor, fields: Tensor, low: float) -> Tensor:
    """log Σ_s exp(s (x_ij + fields_lj)), s in {low, 1}, summed over the units j: (n, m), (states, m) -> (n, states).

    A new tensor, without a slope. Cost: a multiplication and an addition for each i, l and j.
    """
    backend = of(x)
    if (1 - low) * fields.abs().max() <= WIDEST:
        return torch.as_tensor(backend.log_partitions(x, fields, low))
    alone = torch.zeros_like(fields[:1])  # fields so large come in no training: a logarithm each, then
    return torch.cat([backend.log_partitions(x + field, alone, low) for field in fields], 1)
