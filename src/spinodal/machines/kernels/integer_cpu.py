"""The loops on integers as fused numba loops: each passes over memory once, on one thread, without the GIL.

Every operation on a number of single precision is one IEEE operation in the written order, so their bits are those of
`integer_reference`, on every processor.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import float32, float64, int8, int16, int32, int64, njit, uint8
from torch import Tensor

from ..noise import Place
from . import cpu_elementary as fast
from .cpu import _choose, _draw_letters, _words
from .numba_kernels import array as _array
from .numba_kernels import fused as _fused
from .quantized import BASE, LANES, LARGEST, Quantized, QuantizedRows, Strips, Sums, letter_dtype
from .vectors import add_rows, put, read, spread

_LINES = 384
"""Rows of a strip that stay in the first cache, beside their sums."""

_ROUND = float32(1.5 * 2**23)
"""Adding and subtracting it rounds to the nearest integer, halves to even."""

_SMALLEST = float32(1e-30)


@njit(inline="always")
def _bits(x):
    """|x| as an integer that is larger for larger |x|, and largest for NaN."""
    return np.float32(x).view(np.int32) & int32(0x7FFFFFFF)


@njit(inline="always")
def _scale_of(bits):
    """The scale of a column of which these are the largest bits; NaN where one is NaN."""
    largest = np.int32(bits).view(np.float32) / float32(LARGEST)
    return _SMALLEST if largest < _SMALLEST else largest


@njit(inline="always")
def _integer(w, scale):
    return int16((w / scale + _ROUND) - _ROUND)


@_fused
def _strips_of_columns(weight, strips, scale):
    """The integers of a weight (k, m), a scale for each column, and their strips, flat."""
    k, m = weight.shape
    top, count = np.zeros(m, np.int32), -(-m // LANES)
    integers = np.zeros(count * LANES, np.int16)
    for i in range(k):
        for j in range(m):
            top[j] = max(top[j], _bits(weight[i, j]))
    for j in range(m):
        scale[j] = _scale_of(top[j])
    for i in range(k):
        for j in range(m):
            integers[j] = _integer(weight[i, j], scale[j])
        for strip in range(count):
            put(strips, (strip * k + i) * LANES, integers, strip * LANES)


@_fused
def _strips_of_rows(weight, strips, scale):
    """Those of the transposed weight: its columns are the rows of `weight` (m, k)."""
    m, k = weight.shape
    tile = np.zeros((LANES, k), np.int16)
    for start in range(0, m, LANES):
        width = min(LANES, m - start)
        for i in range(width):
            own, top = weight[start + i], int32(0)
            for j in range(k):
                top = max(top, _bits(own[j]))
            scale[start + i] = _scale_of(top)
            for j in range(k):
                tile[i, j] = _integer(own[j], scale[start + i])
        tile[width:] = int16(0)
        for j in range(k):
            for i in range(LANES):
                strips[start * k + j * LANES + i] = tile[i, j]


@_fused
def _planes(strips, out):
    """The high plane of each column beside the low one, of strips (strips, k, LANES)."""
    k, m = strips.shape[1], len(out)
    integers = np.empty(k, np.int16)
    for column in range(m):
        own, high, low = strips[column // LANES], out[column, :k], out[column, k:]
        for j in range(k):
            integers[j] = own[j, column % LANES]
        for j in range(k):
            high[j] = int8(int16(integers[j] + int16(BASE // 2)) >> int16(7))
        for j in range(k):
            low[j] = int8(int16(integers[j] - int16(int16(high[j]) << int16(7))))


@_fused
def _activation(value, out):
    k = value.shape[1]
    for i in range(len(value)):
        own, high, low = value[i], out[i, :k], out[i, k:]
        for j in range(k):
            high[j] = uint8(BASE) if own[j] > 0 else uint8(0)
        for j in range(k):
            low[j] = high[j] >> uint8(7)


@_fused
def _digits(value, low, steps, high_digits, low_digits):
    for i in range(len(value)):
        for j in range(value.shape[1]):
            q = int16(((value[i, j] - low) * steps + _ROUND) - _ROUND)
            high_digits[i, j] = int8(q >> int16(7))
            low_digits[i, j] = int8(q & int16(BASE - 1))


@_fused
def _column_sums(digits, out):
    part = np.zeros(len(out), np.int32)
    for i in range(len(digits)):
        for j in range(len(out)):
            part[j] += int32(digits[i, j])
        if i % 65536 == 65535:
            out += part
            part[:] = int32(0)
    out += part


@_fused
def _combine(products, factors, row, column, o, u, w, q, out):
    n, m = out.shape
    total = np.empty(m, np.float64)
    for i in range(n):
        for j in range(m):
            total[j] = row[i] + column[j]
        for e in range(len(factors)):
            factor = factors[e]
            for j in range(m):
                total[j] += factor * float64(products[e, i, j])
        for j in range(m):
            out[i, j] = float32((total[j] - o[i] * u[j]) - w[i] * q[j])


@_fused
def _gather(letters, strips, together, rows, sums, out):
    """Σ of the rows letter * sites + site, into `out` (n m) flat, `together` sites at once.

    The rows of these sites in a strip stay in the first cache, while they are added for all chains.
    """
    n, sites = letters.shape
    k, m = strips.shape[1], len(out) // n
    for i in range(n):
        for s in range(sites):
            rows[i * sites + s] = int64(letters[i, s]) * sites + s
    for strip in range(len(strips)):
        own = strips[strip].reshape(k * LANES)
        for row in range(k):  # in order, which takes half the time of as they come
            read(own, row * LANES)
        sums[:] = int32(0)
        for first in range(0, sites, together):
            last = min(first + together, sites)
            for i in range(n):
                add_rows(sums, i * LANES, own, rows, i * sites + first, i * sites + last)
        spread(sums, n, out, m, strip * LANES)


@_fused
def _dense(constant, sums, scale, out):
    for i in range(len(out)):
        row = constant[i if len(constant) > 1 else 0]
        for j in range(out.shape[1]):
            out[i, j] = float32(sums[i, j]) * scale[j] + row[j]


@_fused
def _binary(constant, sums, scale, slope, low, place, out):
    n, m = out.shape
    words = np.empty((m + 3) // 4 * 4, np.uint32)
    for i in range(n):
        _words(words, i, place)
        row = constant[i if len(constant) > 1 else 0]
        for j in range(m):
            x, u = float32(sums[i, j]) * scale[j] + row[j], fast.unit(words[j])
            out[i, j] = int8(1) if u + u * fast.exp(-slope * x) < float32(1.0) else low


@_fused
def _letters(constant, sums, scale, sites, colors, place, out):
    words = np.empty((sites + 3) // 4 * 4, np.uint32)
    x, steps = np.empty((colors, sites), np.float32), np.empty((colors, sites), np.float32)
    top, total, color = np.empty(sites, np.float32), np.empty(sites, np.float32), np.empty(sites, np.int32)
    for i in range(len(out)):
        _words(words, i, place)
        row = constant[i if len(constant) > 1 else 0]
        for k in range(colors):
            part = slice(k * sites, (k + 1) * sites)
            constant_k, sums_k, scale_k, x_k = row[part], sums[i, part], scale[part], x[k]
            for s in range(sites):
                x_k[s] = float32(sums_k[s]) * scale_k[s] + constant_k[s]
        _draw_letters(x, words, steps, top, total, color, out[i])


@_fused
def _label_chain(constant, bias, rows, scale, back, back_scale, steps, places, letters, hidden, x):
    n, m = constant.shape
    words, level = np.empty((m + 3) // 4 * 4, np.uint32), np.empty(4, np.uint32)
    sums = np.empty(len(bias), np.float32)
    for i in range(n):
        for t in range(steps):
            k0, k1, row, time, layer = places[0]
            _words(words, i, (k0, k1, row, time + t, layer))
            sent = rows[letters[i, 0]]
            for j in range(m):
                field, u = float32(sent[j]) * scale[j] + constant[i, j], fast.unit(words[j])
                hidden[i, j] = int8(1) if u + u * fast.exp(-field) < float32(1.0) else int8(0)
            for k in range(len(bias)):
                total = int32(0)
                for j in range(m):
                    total += int32(back[k, j]) * int32(hidden[i, j])
                x[i, k] = float32(total) * back_scale[k] + bias[k]
            k0, k1, row, time, layer = places[1]
            _words(level, i, (k0, k1, row, time + t, layer))
            letters[i, 0] = _choose(x[i], fast.unit(level[0]), sums)


def activation(value: Tensor) -> Tensor:
    """The bytes [128 b | b], (n, 2 k), of the bits b = s > 0 of binary values s (n, k)."""
    n, k = value.shape
    out = torch.empty(n, 2 * k, dtype=torch.uint8)
    _activation(_array(value), out.numpy())
    return out


def digits(value: Tensor, low: float, steps: float) -> Tensor:
    """The two digits to the base 128 of (value - low) · steps, rounded to the nearest integer below 128²: (2, n, m)."""
    out = torch.empty(2, *value.shape, dtype=torch.int8)
    _digits(_array(value), np.float32(low), np.float32(steps), *out.numpy())
    return out


def column_sums(digits: Tensor) -> Tensor:
    """The sum over the rows of bytes (n, m): (m,) int64."""
    out = torch.zeros(digits.shape[1], dtype=torch.int64)
    _column_sums(_array(digits), out.numpy())
    return out


def combine(products: Tensor, factors: Tensor, borders: tuple[Tensor, ...], out: Tensor) -> None:
    """row + column + Σ factor · product - o u - w q, into `out` (n, m): in double precision, rounded once to single.

    products (e, n, m) of integers, factors (e,), and borders row (n,), column (m,), o (n,), u (m,), w (n,), q (m,).
    """
    _combine(products.numpy(), _array(factors), *map(_array, borders), out.numpy())


def planes(w: Strips) -> Tensor:
    """The high plane beside the low one, for each column: (m, 2 k) int8."""
    out = torch.empty(w.columns, 2 * w.shape[0], dtype=torch.int8)
    _planes(w.data.numpy(), out.numpy())
    return out


def _strips(weight: Tensor) -> tuple[Strips, Tensor]:
    """The integers of a weight (k, m), and the scale of each column."""
    k, m = weight.shape
    data, scale = torch.empty(-(-m // LANES), k, LANES, dtype=torch.int16), torch.empty(m)
    if weight.is_contiguous():
        _strips_of_columns(_array(weight), data.view(-1).numpy(), scale.numpy())
    else:  # a transposed view: its columns are the rows of what it views
        _strips_of_rows(_array(weight.t()), data.view(-1).numpy(), scale.numpy())
    return Strips(data, m), scale


def quantize(weight: Tensor, low: int = 0) -> Quantized:
    """The integers nearest to a weight (k, m), for binary units of which `low` is the lower value."""
    return Quantized(*_strips(weight), low, planes)


def quantize_rows(weight: Tensor) -> QuantizedRows:
    """The integers nearest to a weight (k, m), for letters."""
    return QuantizedRows(*_strips(weight))


def gather(letters: Tensor, w: QuantizedRows) -> Tensor:
    """The sums of the rows letter * sites + site, (n, m) int32, of letters (n, sites)."""
    (n, sites), (k, m) = letters.shape, w.strips.shape
    out, sums = torch.empty(n, m, dtype=torch.int32), torch.empty(n * LANES, dtype=torch.int32)
    if out.numel():
        together = max(_LINES * sites // k, 1)
        rows = np.empty(n * sites, np.min_scalar_type(k))
        own = w.strips.data.numpy(), together, rows, sums.numpy(), out.view(-1).numpy()
        _gather(letters.contiguous().numpy(), *own)
    return out


def dense(x: Sums, reuse: bool = False) -> Tensor:
    """constant + sums · scale, (n, m): a new tensor, or in the memory of the sums."""
    out = x.sums.view(torch.float32) if reuse else torch.empty(x.sums.shape)
    _dense(_array(x.constant), x.sums.numpy(), _array(x.scale), out.numpy())
    return out


def binary(x: Sums, slope: float, low: int, place: Place) -> Tensor:
    """1 with p = σ(slope x), else `low`, int8."""
    out = torch.empty(x.sums.shape, dtype=torch.int8)
    field = _array(x.constant), x.sums.numpy(), _array(x.scale)
    _binary(*field, np.float32(slope), np.int8(low), place, out.numpy())
    return out


def letters(x: Sums, sites: int, colors: int, place: Place) -> Tensor:
    """One color a site with p ∝ e^x; x is state-major."""
    out = torch.empty(len(x.sums), sites, dtype=letter_dtype(colors))
    _letters(_array(x.constant), x.sums.numpy(), _array(x.scale), sites, colors, place, out.numpy())
    return out


def fused_label_chain(
    constant: Tensor,
    bias: Tensor,
    there: QuantizedRows,
    back: Quantized,
    steps: int,
    places: tuple[Place, Place],
    letters: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """`steps` Gibbs steps of Bernoulli units and one letter, chain by chain: the value of both, the letter's potential.

    The letter acts through `there` (C, m), and the units through `back` (m, C).
    """
    letters = letters.to(letter_dtype(len(bias)), copy=True)
    hidden, x = torch.empty(constant.shape, dtype=torch.int8), torch.empty(len(letters), len(bias))
    weights = there.rows, there.scale, back.integers.t(), back.scale
    out = letters.numpy(), hidden.numpy(), x.numpy()
    _label_chain(_array(constant), _array(bias), *map(_array, weights), steps, places, *out)
    return hidden, letters, x
