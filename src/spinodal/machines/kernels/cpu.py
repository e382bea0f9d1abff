"""The kernels as fused numba loops: each passes over memory once, on one thread, without the GIL.

Rules of this file, which tests check:

- Every loop goes row by row over a two-dimensional array, never over the flat one: the vector body of a loop and
  its remainder round differently, so a number's place in its loop must not depend on how the chains are cut.
- Constants are float32(...), integers 32 bits wide; no floor, no int64: they make a vector loop scalar.
- A kernel draws at the same place as the reference does, and gives the same number but for rounding.
- It writes in place only where its caller made the tensor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import float32, int32, njit, uint32, uint64
from torch import Tensor

from ..noise import Place
from .caching import keep
from .compiling import announce

announce()

# NaN is not hidden by `nnan`: training checks every gradient, and means are taken by torch.
_FUSED: dict[str, Any] = {
    "fastmath": {"contract", "nsz", "arcp", "nnan", "ninf"},
    "nogil": True,
    "error_model": "numpy",
}
_U23 = float32(2.0**-23)


def _fused(kernel: Any) -> Any:
    """A kernel, compiled, and kept on disk."""
    return keep(njit(**_FUSED)(kernel))


@njit(inline="always")
def _philox(c0, c1, c2, c3, k0, k1):
    for _ in range(10):
        p = uint64(uint64(0xD2511F53) * uint64(c0))
        q = uint64(uint64(0xCD9E8D57) * uint64(c2))
        c0, c1, c2, c3 = (
            uint32(uint32(q >> uint64(32)) ^ c1 ^ k0),
            uint32(q),
            uint32(uint32(p >> uint64(32)) ^ c3 ^ k1),
            uint32(p),
        )
        k0, k1 = uint32(k0 + uint32(0x9E3779B9)), uint32(k1 + uint32(0xBB67AE85))
    return c0, c1, c2, c3


@njit(inline="always")
def _exp(x):
    """e^x to 5e-7 relative for |x| < 10, 4e-6 up to the ends, ±87: 2^n times the series of 2^f, |f| <= 1/2.

    Adding 1.5 * 2^23 rounds to the integer n, which is left in the low bits.
    """
    t = min(max(x, float32(-87.0)), float32(87.0)) * float32(1.4426950408889634)
    rounded = t + float32(12582912.0)
    f = t - (rounded - float32(12582912.0))
    p = float32(1.5403530393381609954e-4)
    p = p * f + float32(1.3333558146428443423e-3)
    p = p * f + float32(9.6181291076284771619e-3)
    p = p * f + float32(5.5504108664821579953e-2)
    p = p * f + float32(2.4022650695910071233e-1)
    p = p * f + float32(6.9314718055994530942e-1)
    p = p * f + float32(1.0)
    exponent = np.int32(np.float32(rounded).view(np.int32) - int32(0x4B400000 - 127)) << int32(23)
    return p * np.int32(exponent).view(np.float32)


@njit(inline="always")
def _words(out, row, place):
    """Fill one row of random words: its quarters are the four outputs of the blocks."""
    quarter = len(out) // 4
    k0, k1, time, layer = uint32(place[0]), uint32(place[1]), uint32(place[3]), uint32(place[4])
    r = uint32(row + place[2])
    for j in range(quarter):
        a, b, c, d = _philox(uint32(j), r, time, layer, k0, k1)
        out[j] = a
        out[quarter + j] = b
        out[2 * quarter + j] = c
        out[3 * quarter + j] = d


@njit(inline="always")
def _unit(word):
    return (float32(word >> uint32(9)) + float32(0.5)) * _U23


@_fused
def _uniform(place, out):
    n, m = out.shape
    words = np.empty((m + 3) // 4 * 4, np.uint32)
    for i in range(n):
        _words(words, i, place)
        for j in range(m):
            out[i, j] = _unit(words[j])


@njit(inline="always")
def _log(u):
    """log u to 2e-7 for 0 < u < 1: an exponent, and twice the series of atanh for what is left, near 1."""
    bits = np.float32(u).view(np.int32)
    exponent = (bits - int32(0x3F3504F3)) >> int32(23)  # what is left is from sqrt(1/2) to sqrt(2)
    left = np.int32(bits - (exponent << int32(23))).view(np.float32)
    z = (left - float32(1.0)) / (left + float32(1.0))
    y = z * z
    series = float32(2.0 / 9.0) * y + float32(2.0 / 7.0)
    series = series * y + float32(2.0 / 5.0)
    series = series * y + float32(2.0 / 3.0)
    return float32(exponent) * float32(0.6931471805599453094) + (z + z + z * y * series)


@njit(inline="always")
def _cos_sin(u):
    """cos and sin of 2 pi u to 3e-7 for 0 < u < 1: series at most an eighth of a turn from a quarter."""
    rounded = float32(4.0) * u + float32(12582912.0)  # as in _exp
    quarter = np.float32(rounded).view(np.int32) & int32(3)
    x = (u - (rounded - float32(12582912.0)) * float32(0.25)) * float32(6.2831853071795864769)
    y = x * x
    s = float32(2.7557319223985890653e-6) * y - float32(1.9841269841269841270e-4)
    s = s * y + float32(8.3333333333333333333e-3)
    s = s * y - float32(0.16666666666666666667)
    s = x + x * y * s
    c = float32(2.4801587301587301587e-5) * y - float32(1.3888888888888888889e-3)
    c = c * y + float32(4.1666666666666666667e-2)
    c = float32(1.0) + y * (c * y - float32(0.5))
    cos = s if quarter & int32(1) else c
    sin = c if quarter & int32(1) else s
    cos = -cos if (quarter + int32(1)) & int32(2) else cos
    return cos, -sin if quarter & int32(2) else sin


@njit(inline="always")
def _normals(out, words, sines, row, place):
    """Fill one row of standard normal numbers: its halves are cosines and sines."""
    half = len(sines)
    _words(words, row, place)
    for j in range(half):
        radius = np.float32(np.sqrt(float32(-2.0) * _log(_unit(words[j]))))
        cos, sin = _cos_sin(_unit(words[half + j]))
        out[j], sines[j] = radius * cos, radius * sin
    for j in range(len(out) - half):
        out[half + j] = sines[j]


@_fused
def _normal(place, out):
    half = (out.shape[1] + 1) // 2
    words, sines = np.empty((2 * half + 3) // 4 * 4, np.uint32), np.empty(half, np.float32)
    for i in range(len(out)):
        _normals(out[i], words, sines, i, place)


@_fused
def _gaussian(x, place, out):
    half = (out.shape[1] + 1) // 2
    words, sines = np.empty((2 * half + 3) // 4 * 4, np.uint32), np.empty(half, np.float32)
    for i in range(len(out)):
        _normals(out[i], words, sines, i, place)
        for j in range(out.shape[1]):
            out[i, j] += x[i, j]


@_fused
def _binary(x, scale, low, place, out):
    n, m = x.shape
    words = np.empty((m + 3) // 4 * 4, np.uint32)
    for i in range(n):
        _words(words, i, place)
        for j in range(m):
            u = _unit(words[j])
            out[i, j] = float32(1.0) if u + u * _exp(-scale * x[i, j]) < float32(1.0) else low


@_fused
def _letters(x, sites, colors, place, out):
    words = np.empty((sites + 3) // 4 * 4, np.uint32)
    steps, top = np.empty((colors, sites), np.float32), np.empty(sites, np.float32)
    total, color = np.empty(sites, np.float32), np.empty(sites, np.int32)
    for i in range(len(x)):
        _words(words, i, place)
        top[:], total[:], color[:] = float32(-1e30), float32(0.0), int32(0)
        for k in range(colors):
            for s in range(sites):
                top[s] = max(top[s], x[i, k * sites + s])
        for k in range(colors):
            for s in range(sites):
                total[s] += _exp(x[i, k * sites + s] - top[s])
                steps[k, s] = total[s]
        for s in range(sites):
            total[s] *= _unit(words[s])
        for k in range(colors - 1):
            for s in range(sites):
                color[s] += int32(1) if steps[k, s] < total[s] else int32(0)
        for s in range(sites):
            out[i, s] = color[s]


@_fused
def _softmax(x, sites, colors, out):
    top, total = np.empty(sites, np.float32), np.empty(sites, np.float32)
    for i in range(len(x)):
        top[:], total[:] = float32(-1e30), float32(0.0)
        for k in range(colors):
            for s in range(sites):
                top[s] = max(top[s], x[i, k * sites + s])
        for k in range(colors):
            for s in range(sites):
                e = _exp(x[i, k * sites + s] - top[s])
                out[i, k * sites + s] = e
                total[s] += e
        for k in range(colors):
            for s in range(sites):
                out[i, k * sites + s] /= total[s]


@njit(inline="always")
def _tanh1(x):
    """tanh x to 3.5e-7, never beyond 1: a ratio of polynomials, by least squares reweighted for the largest error."""
    x = min(max(x, float32(-7.9)), float32(7.9))
    y = x * x
    p = float32(2.3617592939696754e-11) * y - float32(1.472017767512806e-8)
    p = p * y + float32(9.877228984681745e-6)
    p = p * y + float32(2.9852317655825185e-3)
    p = p * y + float32(0.12978460345344817)
    p = p * y + float32(0.9999999230733011)
    q = float32(2.371438603171114e-4) * y + float32(2.402482205121621e-2)
    q = q * y + float32(0.46311761874293245)
    q = q * y + float32(1.0)
    return x * p / q


@_fused
def _tanh(x, out):
    for i in range(len(x)):
        for j in range(x.shape[1]):
            out[i, j] = _tanh1(x[i, j])


@_fused
def _sigmoid(x, out):
    for i in range(len(x)):
        for j in range(x.shape[1]):
            out[i, j] = float32(1.0) / (float32(1.0) + _exp(-x[i, j]))


@_fused
def _unite(sums, scale, row, out):
    n, m = out.shape
    for i in range(n):
        for j in range(m):
            out[i, j] = row[j] + (float32(128.0) * float32(sums[i, j]) + float32(sums[i, m + j])) * scale[j]


@_fused
def _follow_tanh(potential, field, rate):
    for i in range(len(field)):
        for j in range(field.shape[1]):
            x = potential[i, j] + rate * (field[i, j] - potential[i, j])
            potential[i, j] = x
            field[i, j] = _tanh1(x)


@njit(fastmath=True, nogil=True)
def _dot(a, b):
    total = float32(0.0)
    for j in range(len(a)):
        total += a[j] * b[j]
    return total


@njit(inline="always")
def _choose(x, u, steps):
    """The letter of one site with p ∝ e^x."""
    top, total, letter = x[0], float32(0.0), 0
    for k in range(len(x)):
        top = max(top, x[k])
    for k in range(len(x)):
        total += _exp(x[k] - top)
        steps[k] = total
    for k in range(len(x) - 1):
        letter += 1 if steps[k] < u * total else 0
    return letter


@_fused
def _duet(constant, bias, weight, steps, places, letters, hidden, x):
    n, m = constant.shape
    words, level = np.empty((m + 3) // 4 * 4, np.uint32), np.empty(4, np.uint32)
    sums = np.empty(len(bias), np.float32)
    for i in range(n):
        for t in range(steps):
            k0, k1, row, time, layer = places[0]
            _words(words, i, (k0, k1, row, time + t, layer))
            sent = weight[letters[i, 0]]
            for j in range(m):
                u = _unit(words[j])
                hidden[i, j] = (
                    float32(1.0) if u + u * _exp(-(constant[i, j] + sent[j])) < float32(1.0) else float32(0.0)
                )
            for k in range(len(bias)):
                x[i, k] = bias[k] + _dot(hidden[i], weight[k])
            k0, k1, row, time, layer = places[1]
            _words(level, i, (k0, k1, row, time + t, layer))
            letters[i, 0] = _choose(x[i], _unit(level[0]), sums)


def _array(x: Tensor) -> np.ndarray:
    return x.detach().contiguous().numpy()


def uniform(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """(n, m) numbers in (0, 1), the reference's bits."""
    out = torch.empty(n, m)
    _uniform(place, out.numpy())
    return out


def normal(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """Standard normal numbers, (n, m), as the reference's but for rounding."""
    out = torch.empty(n, m)
    _normal(place, out.numpy())
    return out


def gaussian(x: Tensor, place: Place) -> Tensor:
    """Normal numbers of mean x and variance 1, a new tensor."""
    out = torch.empty(x.shape)
    _gaussian(_array(x), place, out.numpy())
    return out


def binary(x: Tensor, scale: float, low: float, place: Place) -> Tensor:
    """1 with p = σ(scale x), else `low`."""
    out = torch.empty(x.shape)
    _binary(_array(x), np.float32(scale), np.float32(low), place, out.numpy())
    return out


def letters(x: Tensor, sites: int, colors: int, place: Place) -> Tensor:
    """One color a site with p ∝ e^x; x is state-major."""
    out = torch.empty(len(x), sites, dtype=torch.int32)
    _letters(_array(x), sites, colors, place, out.numpy())
    return out


def softmax(x: Tensor, sites: int, colors: int) -> Tensor:
    """The probability of every color at every site, ∝ e^x, a new tensor; x is state-major."""
    out = torch.empty(x.shape)
    _softmax(_array(x), sites, colors, out.numpy())
    return out


def tanh(x: Tensor) -> Tensor:
    """tanh x, a new tensor."""
    out = torch.empty(x.shape)
    _tanh(_array(x), out.numpy())
    return out


def sigmoid(x: Tensor) -> Tensor:
    """σ(x), a new tensor."""
    out = torch.empty(x.shape)
    _sigmoid(_array(x), out.numpy())
    return out


def unite(sums: Tensor, scale: Tensor, row: Tensor) -> Tensor:
    """row + (128 high + low) scale of two planes' sums, (n, 2 m) integers; a new tensor (n, m)."""
    out = torch.empty(len(sums), len(scale))
    _unite(_array(sums), _array(scale), _array(row), out.numpy())
    return out


def relax_tanh(potential: Tensor, field: Tensor, rate: float) -> Tensor:
    """potential <- potential + rate (field - potential), in place; its tanh, in place of the field."""
    _follow_tanh(potential.numpy(), field.numpy(), np.float32(rate))
    return field


def fused_label_chain(
    constant: Tensor, bias: Tensor, there: Tensor, back: Tensor, steps: int, places: tuple[Place, Place], letters: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """`steps` Gibbs steps of Bernoulli units and one letter, chain by chain: the value of both, the letter's potential.

    The letter acts through `there` (C, m), and the units through its transpose.
    """
    letters, hidden, x = letters.to(torch.int32, copy=True), torch.empty(constant.shape), torch.empty(len(letters), len(bias))
    _duet(_array(constant), _array(bias), _array(there), steps, places, letters.numpy(), hidden.numpy(), x.numpy())
    return hidden.to(torch.int8), letters, x


# Bits: 64 sites a word, unsigned here, or the shifts would carry the sign along.

_TILE = 256
"""Rows that are compared at once: a row of 784 bits with as many others stays in the first cache."""


@njit(inline="always")
def _ones(word):
    """How many bits of a word are 1, in the form that LLVM compiles to one instruction."""
    word = word - (word >> uint64(1) & uint64(0x5555555555555555))
    word = (word & uint64(0x3333333333333333)) + (word >> uint64(2) & uint64(0x3333333333333333))
    word = (word + (word >> uint64(4))) & uint64(0x0F0F0F0F0F0F0F0F)
    return uint32(word * uint64(0x0101010101010101) >> uint64(56))


@_fused
def _differences(x, y, out):
    n, planes, words = x.shape
    turned = np.zeros((planes, words, _TILE), np.uint64)
    differ, total = np.zeros(_TILE, np.uint64), np.empty(_TILE, np.uint32)
    for start in range(0, len(y), _TILE):
        width = min(_TILE, len(y) - start)
        for j in range(width):  # one row after the other becomes one word after the other
            for p in range(planes):
                for w in range(words):
                    turned[p, w, j] = y[start + j, p, w]
        for i in range(n):
            total[:] = uint32(0)
            for w in range(words):
                for p in range(planes - 1):
                    word = x[i, p, w]
                    for j in range(_TILE):
                        differ[j] |= word ^ turned[p, w, j]
                word = x[i, planes - 1, w]
                for j in range(_TILE):
                    total[j] += _ones(differ[j] | (word ^ turned[planes - 1, w, j]))
                if planes > 1:
                    differ[:] = uint64(0)
            for j in range(width):
                out[i, start + j] = float32(total[j])


def differences(x: Tensor, y: Tensor, out: Tensor) -> None:
    """At how many sites each row of x differs from each of y, into `out` (n, m); see `bits.pack_bits`."""
    _differences(_array(x).view(np.uint64), _array(y).view(np.uint64), out.numpy())
