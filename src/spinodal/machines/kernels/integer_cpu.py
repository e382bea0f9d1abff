"""The loops on integers as fused numba loops: each passes over memory once, on one thread, without the GIL.

Every operation on a number of single precision is one IEEE operation in the written order, so their bits are those of
`integer_reference`, on every processor.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import float32, float64, int8, int16, int32, njit, uint8, uint64
from torch import Tensor

from ..noise import Place
from . import cpu_elementary as fast
from .cpu import _choose, _draw_letters, _words
from .numba_kernels import array as _array
from .numba_kernels import fused as _fused
from .quantized import BASE, LARGEST, Quantized, QuantizedRows, Sums, letter_dtype

_WIDTH = 1024
"""Columns of rows that are summed at once: their sums stay in the first cache."""

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


@njit(inline="always")
def _split_row(integers, planes):
    """The high plane of a row of integers beside the low one."""
    k = len(integers)
    high, low = planes[:k], planes[k:]
    for j in range(k):
        high[j] = int8(int16(integers[j] + int16(BASE // 2)) >> int16(7))
    for j in range(k):
        low[j] = int8(int16(integers[j] - int16(int16(high[j]) << int16(7))))


@_fused
def _planes_of_rows(weight, planes, scale):
    integers = np.empty(weight.shape[1], np.int16)
    for i in range(len(weight)):
        top = int32(0)
        for j in range(len(integers)):
            top = max(top, _bits(weight[i, j]))
        own = _scale_of(top)
        scale[i] = own
        for j in range(len(integers)):
            integers[j] = _integer(weight[i, j], own)
        _split_row(integers, planes[i])


@_fused
def _integers_of_columns(weight, integers, scale):
    top = np.zeros(len(scale), np.int32)
    for i in range(len(weight)):
        for j in range(len(top)):
            top[j] = max(top[j], _bits(weight[i, j]))
    for j in range(len(top)):
        scale[j] = _scale_of(top[j])
    for i in range(len(weight)):
        for j in range(len(top)):
            integers[i, j] = _integer(weight[i, j], scale[j])


@_fused
def _split(integers, planes):
    for i in range(len(integers)):
        _split_row(integers[i], planes[i])


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


@njit(inline="always")
def _at(letters, i, s, m, start):
    """Where in the flat weight the row of chain i's letter at site s begins, `start` columns on."""
    row = uint64(letters[i, s]) * uint64(letters.shape[1]) + uint64(s)
    return uint64(row * uint64(m) + uint64(start))


@njit(inline="always")
def _pair(x, y):
    """The sum of two 15-bit integers, which fits in 16 bits."""
    return int32(int16(x + y))


@_fused
def _gather(letters, flat, sums):
    n, sites = letters.shape
    m = sums.shape[1]
    for start in range(0, m, _WIDTH):
        width = uint64(min(_WIDTH, m - start))
        for i in range(n):
            total = sums[i, start:]
            total[:width] = int32(0)
            s = 0
            while s + 8 <= sites:  # eight rows at once: each sum is read and written an eighth as often
                a, b = _at(letters, i, s, m, start), _at(letters, i, s + 1, m, start)
                c, d = _at(letters, i, s + 2, m, start), _at(letters, i, s + 3, m, start)
                e, f = _at(letters, i, s + 4, m, start), _at(letters, i, s + 5, m, start)
                g, h = _at(letters, i, s + 6, m, start), _at(letters, i, s + 7, m, start)
                for j in range(width):
                    left = _pair(flat[a + j], flat[b + j]) + _pair(flat[c + j], flat[d + j])
                    total[j] += left + (_pair(flat[e + j], flat[f + j]) + _pair(flat[g + j], flat[h + j]))
                s += 8
            while s < sites:
                a = _at(letters, i, s, m, start)
                for j in range(width):
                    total[j] += int32(flat[a + j])
                s += 1


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


def quantize(weight: Tensor, low: int = 0) -> Quantized:
    """The integers nearest to a weight (k, m), for binary units of which `low` is the lower value."""
    k, m = weight.shape
    planes, scale = torch.empty(m, 2 * k, dtype=torch.int8), torch.empty(m)
    if weight.is_contiguous():
        integers = torch.empty(k, m, dtype=torch.int16)
        _integers_of_columns(_array(weight), integers.numpy(), scale.numpy())
        _split(integers.t().contiguous().numpy(), planes.numpy())
    else:  # a transposed view: its columns are the rows of what it views
        _planes_of_rows(_array(weight.t()), planes.numpy(), scale.numpy())
    return Quantized(planes, scale, low)


def quantize_rows(weight: Tensor) -> QuantizedRows:
    """The integers nearest to a weight (k, m), for letters."""
    rows, scale = torch.empty(weight.shape, dtype=torch.int16), torch.empty(weight.shape[1])
    _integers_of_columns(_array(weight), rows.numpy(), scale.numpy())
    return QuantizedRows(rows, scale)


def gather(letters: Tensor, w: QuantizedRows) -> Tensor:
    """The sums of the rows letter * sites + site, (n, m) int32, of letters (n, sites)."""
    sums = torch.empty(len(letters), w.rows.shape[1], dtype=torch.int32)
    _gather(letters.contiguous().numpy(), w.rows.view(-1).numpy(), sums.numpy())
    return sums


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
    weights = there.rows, there.scale, back.integers.t().short(), back.scale
    out = letters.numpy(), hidden.numpy(), x.numpy()
    _label_chain(_array(constant), _array(bias), *map(_array, weights), steps, places, *out)
    return hidden, letters, x
