"""Kernels: the inner loops that must be fast; each backend is one file, with the same functions, and the same bits."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..noise import Place
from . import devices, heap, integer_products, integer_reference, reference
from .column_blocks import ColumnBlocks, gather
from .elementary import folded, log_double
from .products import product
from .quantized import MOST, Quantized, QuantizedRows, Sums, letter_dtype

Acting = Tensor | Quantized | QuantizedRows | ColumnBlocks
"""A weight, or a form of it that acts faster."""

Field = Tensor | Sums
"""A field (n, m), or what it is summed up of."""

fused: ModuleType
fused_integers: ModuleType
try:
    from . import cpu as fused
    from . import integer_cpu as fused_integers
except ImportError:  # no numba here: plain torch, the same samples, slower
    fused, fused_integers = reference, integer_reference

heap.keep()

torch.ones(16).log()
# The first vector operation of a process chooses the code for its processor. If two threads start with it at the same
# time, one of them may take other code, and the last bits of some rows differ (torch 2.13.0, Intel Xeon: log, exp, sin,
# cos, tanh and erf, in a tenth to a half of all processes). So one thread starts with it here.

WIDEST = 32.0
"""The largest field that `log_partitions` of a backend takes."""

__all__ = [
    "MOST",
    "Acting",
    "ColumnBlocks",
    "Field",
    "Quantized",
    "QuantizedRows",
    "Sums",
    "binary",
    "dense",
    "folded",
    "gather",
    "integers",
    "letters",
    "log_double",
    "log_partition",
    "log_partitions",
    "matrix",
    "move",
    "normal",
    "of",
    "product",
    "sums",
]


def of(x: Tensor) -> ModuleType:
    """The backend for tensors like `x`: the fused loops in single precision on a CPU, else plain torch."""
    return fused if _has_loops(x) else reference


def integers(x: Tensor) -> ModuleType:
    """The backend of loops on integers, for weights, scales or fields like `x`."""
    if _has_loops(x):
        return fused_integers
    return devices.loops(x.device) if x.dtype == torch.float32 else integer_reference


def _has_loops(x: Tensor) -> bool:
    return x.dtype == torch.float32 and x.device.type == "cpu"


def sums(value: Tensor, w: Quantized) -> Tensor:
    """s (128 high + low), (n, m) int32, of values s (n, k) of binary units."""
    return integer_products.sums(value, w, integers(w.scale).activation)


def matrix(weight: Acting, full: Tensor) -> Tensor:
    """The weight that a form of `full` stands for, (k, m)."""
    return weight.dense() if isinstance(weight, Quantized | QuantizedRows) else full


def dense(x: Field, reuse: bool = False) -> Tensor:
    """A field as a tensor (n, m); `reuse`: it may take the memory of the sums."""
    return integers(x.scale).dense(x, reuse) if isinstance(x, Sums) else x


def binary(x: Field, slope: float, low: int, place: Place) -> Tensor:
    """Draws of binary units at a field, (n, m) int8: 1 with p = σ(slope x), else `low`."""
    if isinstance(x, Sums):
        return integers(x.scale).binary(x, slope, low, place)
    return of(x).binary(x, slope, float(low), place).to(torch.int8)


def letters(x: Field, sites: int, colors: int, place: Place) -> Tensor:
    """Draws of letters at a field, (n, sites), in bytes where they fit: each with p ∝ e^x; x is state-major."""
    if isinstance(x, Sums):
        return integers(x.scale).letters(x, sites, colors, place)
    drawn: Tensor = of(x).letters(x, sites, colors, place)
    return drawn.to(letter_dtype(colors))


def move(potential: Tensor, field: Tensor, rate: float) -> Tensor:
    """potential <- potential + rate (field - potential), in place: three roundings, where `lerp_` may have fewer."""
    return potential.add_(field.sub(potential).mul_(rate))


def normal(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """Standard normal numbers, (n, m), for weights and potentials."""
    drawn: Tensor = of(like).normal(n, m, place, like)
    return drawn


def log_partition(x: Tensor, low: float) -> Tensor:
    """log Σ_s exp(x s), s in {low, 1}, summed over the units: (..., m) -> (...); a slope where one is asked for."""
    if torch.is_grad_enabled():
        return (low * x + softplus((1 - low) * x)).sum(-1)
    rows = x.reshape(-1, x.shape[-1])
    return log_partitions(rows, torch.zeros_like(rows[:1]), low).reshape(x.shape[:-1])


def log_partitions(x: Tensor, fields: Tensor, low: float) -> Tensor:
    """log Σ_s exp(s (x_ij + fields_lj)), s in {low, 1}, summed over the units j: (n, m), (states, m) -> (n, states).

    A new tensor, without a slope. Cost: a multiplication and an addition for each i, l and j.
    """
    backend = of(x)
    if (1 - low) * fields.abs().max() <= WIDEST:
        return torch.as_tensor(backend.log_partitions(x, fields, low))
    alone = torch.zeros_like(fields[:1])  # fields so large come in no training: a logarithm each, then
    return torch.cat([backend.log_partitions(x + field, alone, low) for field in fields], 1)
