"""The loops on integers in plain torch, for any device and precision: the same integers as `integer_cpu` gives."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from ..noise import Place
from . import integer_products, reference
from .integer_products import activation as activation
from .quantized import BASE, LARGEST, Quantized, QuantizedRows, Strips, Sums, letter_dtype


def _integers(weight: Tensor) -> tuple[Tensor, Tensor]:
    """round(w / scale), and the scale: a column's largest |w| is LARGEST."""
    scale = (weight.abs().amax(0) / LARGEST).clamp(min=1e-30)
    return (weight / scale).round_().to(torch.int16), scale


def digits(value: Tensor, low: float, steps: float) -> Tensor:
    """The two digits to the base 128 of (value - low) · steps, rounded to the nearest integer below 128²: (2, n, m)."""
    q = ((value - low) * steps).round_().to(torch.int16)
    return torch.stack([q >> 7, q & (BASE - 1)]).to(torch.int8)


def column_sums(digits: Tensor) -> Tensor:
    """The sum over the rows of bytes (n, m): (m,) int64."""
    return digits.sum(0)


def combine(products: Tensor, factors: Tensor, borders: tuple[Tensor, ...], out: Tensor) -> None:
    """row + column + Σ factor · product - o u - w q, into `out` (n, m): in double precision, rounded once to single.

    products (e, n, m) of integers, factors (e,), and borders row (n,), column (m,), o (n,), u (m,), w (n,), q (m,).
    """
    row, column, o, u, w, q = borders
    total = row[:, None] + column
    for factor, own in zip(factors, products):
        total += own.double() * factor
    out.copy_((total - o[:, None] * u) - w[:, None] * q)


def quantize(weight: Tensor, low: int = 0) -> Quantized:
    """The integers nearest to a weight (k, m), for binary units of which `low` is the lower value."""
    integers, scale = _integers(weight)
    return Quantized(Strips.of(integers), scale, low)


def quantize_rows(weight: Tensor) -> QuantizedRows:
    """The integers nearest to a weight (k, m), for letters."""
    integers, scale = _integers(weight)
    return QuantizedRows(Strips.of(integers), scale)


def gather(letters: Tensor, w: QuantizedRows) -> Tensor:
    """The sums of the rows letter * sites + site, (n, m) int32, of letters (n, sites)."""
    sites = letters.shape[1]
    at = letters.long() * sites + torch.arange(sites, device=letters.device)
    return embedding_bag(at, w.rows.double(), mode="sum").to(torch.int32)  # double precision has them exactly


def dense(x: Sums, reuse: bool = False) -> Tensor:
    """constant + sums · scale, (n, m), a new tensor."""
    return (x.sums.to(x.scale.dtype) * x.scale).add_(x.constant)


def binary(x: Sums, slope: float, low: int, place: Place) -> Tensor:
    """1 with p = σ(slope x), else `low`, int8."""
    return reference.binary(dense(x), slope, float(low), place).to(torch.int8)


def letters(x: Sums, sites: int, colors: int, place: Place) -> Tensor:
    """One color a site with p ∝ e^x; x is state-major."""
    return reference.letters(dense(x), sites, colors, place).to(letter_dtype(colors))


def fused_label_chain(
    constant: Tensor,
    bias: Tensor,
    there: QuantizedRows,
    back: Quantized,
    steps: int,
    places: tuple[Place, Place],
    letters: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """`steps` Gibbs steps of Bernoulli units and one letter: the value of both, and the letter's potential.

    The letter acts through `there` (C, m), and the units through `back` (m, C).
    """
    hidden = x = torch.empty(0)
    for t in range(steps):
        own, other = ((k0, k1, row, time + t, layer) for k0, k1, row, time, layer in places)
        hidden = binary(Sums(constant, gather(letters, there), there.scale), 1.0, 0, own)
        field = Sums(bias[None], integer_products.sums(hidden, back), back.scale)
        x, letters = dense(field), _letter(field, other)
    return hidden, letters, x


def _letter(field: Sums, place: Place) -> Tensor:
    return letters(field, 1, field.sums.shape[1], place)
