"""The loops on integers in plain torch, for any device and precision: the same integers as `integer_cpu` gives."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from ..noise import Place
from . import reference
from .quantized import BASE, LARGEST, Quantized, QuantizedRows, Sums


def _integers(weight: Tensor) -> tuple[Tensor, Tensor]:
    """round(w / scale), and the scale: a column's largest |w| is LARGEST."""
    scale = (weight.abs().amax(0) / LARGEST).clamp(min=1e-30)
    return (weight / scale).round_().to(torch.int16), scale


def quantize(weight: Tensor, low: int = 0) -> Quantized:
    """The integers nearest to a weight (k, m), for binary units of which `low` is the lower value."""
    integers, scale = _integers(weight)
    high = (integers + BASE // 2) >> 7
    planes = torch.cat([high, integers - (high << 7)]).to(torch.int8)
    return Quantized(planes.t().contiguous(), scale, low)


def quantize_rows(weight: Tensor) -> QuantizedRows:
    """The integers nearest to a weight (k, m), for letters."""
    return QuantizedRows(*_integers(weight))


def gather(letters: Tensor, w: QuantizedRows) -> Tensor:
    """The sums of the rows letter * sites + site, (n, m) int32, of letters (n, sites)."""
    sites = letters.shape[1]
    at = letters.long() * sites + torch.arange(sites, device=letters.device)
    return embedding_bag(at, w.rows.double(), mode="sum").to(torch.int32)  # double precision has them exactly


def dense(x: Sums) -> Tensor:
    """constant + sums · scale, a new tensor (n, m)."""
    return (x.sums.to(x.scale.dtype) * x.scale).add_(x.constant)


def binary(x: Sums, slope: float, low: int, place: Place) -> Tensor:
    """1 with p = σ(slope x), else `low`, int8."""
    return reference.binary(dense(x), slope, float(low), place).to(torch.int8)


def letters(x: Sums, sites: int, colors: int, place: Place) -> Tensor:
    """One color a site with p ∝ e^x; x is state-major."""
    found = reference.letters(dense(x), sites, colors, place)
    return found.to(torch.uint8) if colors <= 256 else found


fused_label_chain = None
"""This backend has no fused loop: the network takes its steps one by one."""
