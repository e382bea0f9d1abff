"""The kernels as fused numba loops: each passes over memory once, on one thread, without the GIL.

Rules of this file, which tests check:

- A kernel gives the bits of the reference, on every processor: the same IEEE operations in the same order. So the
  compiler may change nothing: no `fastmath`, no fused multiply-add, no library function but the square root.
- A sum or a product over an axis has its order in the code (`folded`), one that vector instructions can follow.
- What limits a number compares so that NaN stays NaN: training looks for it in gradients.
- Constants are float32(...), integers 32 bits wide; no floor, no int64: they make a vector loop scalar. Loops in double
  precision only add, mask and shift 64-bit integers.
- It writes in place only where its caller made the tensor.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import float32, float64, int32, int64, njit, uint32, uint64
from torch import Tensor

from ..noise import Place
from . import cpu_elementary as fast
from .compiling import announce
from .cpu_sums import combinations as combinations
from .cpu_sums import subtract_products as subtract_products
from .cpu_sums import weighted_sums as weighted_sums
from .numba_kernels import array as _array
from .numba_kernels import fused as _fused
from .series import LARGEST, LOG2

announce()


@njit(inline="always")
def _words(out, row, place):
    """Fill one row of random words: its quarters are the four outputs of the blocks."""
    quarter = len(out) // 4
    k0, k1, time, layer = uint32(place[0]), uint32(place[1]), uint32(place[3]), uint32(place[4])
    r = uint32(row + place[2])
    for j in range(quarter):
        a, b, c, d = fast.philox(uint32(j), r, time, layer, k0, k1)
        out[j] = a
        out[quarter + j] = b
        out[2 * quarter + j] = c
        out[3 * quarter + j] = d


@_fused
def _uniform(place, out):
    n, m = out.shape
    words = np.empty((m + 3) // 4 * 4, np.uint32)
    for i in range(n):
        _words(words, i, place)
        for j in range(m):
            out[i, j] = fast.unit(words[j])


@njit(inline="always")
def _normals(out, words, sines, row, place):
    """Fill one row of standard normal numbers: its halves are cosines and sines."""
    half = len(sines)
    _words(words, row, place)
    for j in range(half):
        radius = np.float32(np.sqrt(float32(-2.0) * fast.log(fast.unit(words[j]))))
        cos, sin = fast.cos_sin(fast.unit(words[half + j]))
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
            u = fast.unit(words[j])
            out[i, j] = float32(1.0) if u + u * fast.exp(-scale * x[i, j]) < float32(1.0) else low


@njit(inline="always")
def _draw_letters(x, words, steps, top, total, color, out):
    """One letter a site with p ∝ e^x, x (colors, sites), into `out`; the others are room to work in."""
    colors, sites = x.shape
    top[:], total[:], color[:] = float32(-1e30), float32(0.0), int32(0)
    for k in range(colors):
        x_k = x[k]
        for s in range(sites):
            top[s] = fast.larger(top[s], x_k[s])
    for k in range(colors):
        x_k, steps_k = x[k], steps[k]
        for s in range(sites):
            total[s] += fast.exp(x_k[s] - top[s])
            steps_k[s] = total[s]
    for s in range(sites):
        total[s] *= fast.unit(words[s])
    for k in range(colors - 1):
        steps_k = steps[k]
        for s in range(sites):
            color[s] += int32(1) if steps_k[s] < total[s] else int32(0)
    for s in range(sites):
        out[s] = color[s]


@_fused
def _letters(x, sites, colors, place, out):
    words = np.empty((sites + 3) // 4 * 4, np.uint32)
    steps, top = np.empty((colors, sites), np.float32), np.empty(sites, np.float32)
    total, color = np.empty(sites, np.float32), np.empty(sites, np.int32)
    for i in range(len(x)):
        _words(words, i, place)
        _draw_letters(x[i].reshape(colors, sites), words, steps, top, total, color, out[i])


@_fused
def _softmax(x, sites, colors, out):
    top, total = np.empty(sites, np.float32), np.empty(sites, np.float32)
    for i in range(len(x)):
        top[:], total[:] = float32(-1e30), float32(0.0)
        for k in range(colors):
            for s in range(sites):
                top[s] = fast.larger(top[s], x[i, k * sites + s])
        for k in range(colors):
            for s in range(sites):
                e = fast.exp(x[i, k * sites + s] - top[s])
                out[i, k * sites + s] = e
                total[s] += e
        for k in range(colors):
            for s in range(sites):
                out[i, k * sites + s] /= total[s]


@_fused
def _tanh(x, out):
    for i in range(len(x)):
        for j in range(x.shape[1]):
            out[i, j] = fast.tanh(x[i, j])


@_fused
def _sigmoid(x, out):
    for i in range(len(x)):
        for j in range(x.shape[1]):
            out[i, j] = float32(1.0) / (float32(1.0) + fast.exp(-x[i, j]))


@_fused
def _follow_tanh(potential, field, rate):
    for i in range(len(field)):
        for j in range(field.shape[1]):
            x = potential[i, j] + rate * (field[i, j] - potential[i, j])
            potential[i, j] = x
            field[i, j] = fast.tanh(x)


@njit(inline="always")
def _dot(a, b, sums):
    """The sum of products of two rows in eighths, (8, lanes): halves are added, until one lane is left."""
    for j in range(len(sums)):
        even = (a[0, j] * b[0, j] + a[4, j] * b[4, j]) + (a[2, j] * b[2, j] + a[6, j] * b[6, j])
        odd = (a[1, j] * b[1, j] + a[5, j] * b[5, j]) + (a[3, j] * b[3, j] + a[7, j] * b[7, j])
        sums[j] = even + odd
    return fast.folded(sums, len(sums))


@_fused
def _add_scaled(x, y, factor):
    for i in range(len(x)):
        x[i] += y[i] * factor


@njit(inline="always")
def _choose(x, u, steps):
    """The letter of one site with p ∝ e^x."""
    top, total, letter = x[0], float32(0.0), 0
    for k in range(len(x)):
        top = fast.larger(top, x[k])
    for k in range(len(x)):
        total += fast.exp(x[k] - top)
        steps[k] = total
    for k in range(len(x) - 1):
        letter += 1 if steps[k] < u * total else 0
    return letter


@_fused
def _duet(constant, bias, weight, steps, places, letters, hidden, x):
    n, m = constant.shape
    colors, lanes = len(bias), (m + 7) // 8
    words, level = np.empty((m + 3) // 4 * 4, np.uint32), np.empty(4, np.uint32)
    steps_of, sums = np.empty(colors, np.float32), np.empty(lanes, np.float32)
    rows, shown = np.zeros((colors, 8 * lanes), np.float32), np.zeros(8 * lanes, np.float32)
    rows[:, :m] = weight
    eighths, shown_eighths = rows.reshape(colors, 8, lanes), shown.reshape(8, lanes)
    for i in range(n):
        for t in range(steps):
            k0, k1, row, time, layer = places[0]
            _words(words, i, (k0, k1, row, time + t, layer))
            sent = weight[letters[i, 0]]
            for j in range(m):
                u = fast.unit(words[j])
                above = u + u * fast.exp(-(constant[i, j] + sent[j])) < float32(1.0)
                shown[j] = float32(1.0) if above else float32(0.0)
            for k in range(colors):
                x[i, k] = bias[k] + _dot(shown_eighths, eighths[k], sums)
            k0, k1, row, time, layer = places[1]
            _words(level, i, (k0, k1, row, time + t, layer))
            letters[i, 0] = _choose(x[i], fast.unit(level[0]), steps_of)
        hidden[i] = shown[:m]


def uniform(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """(n, m) numbers in (0, 1)."""
    out = torch.empty(n, m)
    _uniform(place, out.numpy())
    return out


def normal(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """Standard normal numbers, (n, m)."""
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


def add_scaled(x: Tensor, y: Tensor, factor: float) -> None:
    """x <- x + factor y, in place: two roundings."""
    if x.is_contiguous():
        _add_scaled(x.detach().view(-1).numpy(), _array(y.reshape(-1)), np.float32(factor))
    else:
        x.add_(y * factor)


def relax_tanh(potential: Tensor, field: Tensor, rate: float) -> Tensor:
    """potential <- potential + rate (field - potential), in place; its tanh, in place of the field."""
    _follow_tanh(potential.numpy(), field.numpy(), np.float32(rate))
    return field


def fused_label_chain(
    constant: Tensor,
    bias: Tensor,
    there: Tensor,
    back: Tensor,
    steps: int,
    places: tuple[Place, Place],
    letters: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """`steps` Gibbs steps of Bernoulli units and one letter, chain by chain: the value of both, the letter's potential.

    The letter acts through `there` (C, m), and the units through its transpose.
    """
    letters, hidden, x = (
        letters.to(torch.int32, copy=True),
        torch.empty(constant.shape),
        torch.empty(len(letters), len(bias)),
    )
    _duet(_array(constant), _array(bias), _array(there), steps, places, letters.numpy(), hidden.numpy(), x.numpy())
    return hidden.to(torch.int8), letters, x


# Double precision: sums over hidden units, and of products.


@njit(inline="always")
def _log_product(a, b, left):
    """log of the product of 1 + a b, which are (8, lanes): by eighths, then by halves; exponents are added apart."""
    lanes = len(left)
    exponent = uint64(0)
    for j in range(lanes):
        even = ((1.0 + a[0, j] * b[0, j]) * (1.0 + a[4, j] * b[4, j])) * (
            (1.0 + a[2, j] * b[2, j]) * (1.0 + a[6, j] * b[6, j])
        )
        odd = ((1.0 + a[1, j] * b[1, j]) * (1.0 + a[5, j] * b[5, j])) * (
            (1.0 + a[3, j] * b[3, j]) * (1.0 + a[7, j] * b[7, j])
        )
        bits = np.float64(even * odd).view(np.uint64)
        exponent += bits >> fast.SHIFT
        left[j] = np.uint64((bits & fast.MANTISSA) | fast.ONE).view(np.float64)
    removed, width = lanes, lanes
    while width > 1:
        half = (width + 1) // 2
        for j in range(width - half):
            left[j] *= left[half + j]
        width = half
        if width > 256:
            removed += width
            for j in range(width):
                bits = np.float64(left[j]).view(np.uint64)
                exponent += bits >> fast.SHIFT
                left[j] = np.uint64((bits & fast.MANTISSA) | fast.ONE).view(np.float64)
    return float64(int64(exponent) - int64(1023 * removed)) * LOG2 + fast.log_double(left[0])


@njit(inline="always")
def _sum(a, sums):
    """The sum of a row in eighths, (8, lanes), in the order of `_dot`."""
    for j in range(len(sums)):
        sums[j] = ((a[0, j] + a[4, j]) + (a[2, j] + a[6, j])) + ((a[1, j] + a[5, j]) + (a[3, j] + a[7, j]))
    return fast.folded(sums, len(sums))


@_fused
def _log_partitions(x, fields, low, out):
    n, m = x.shape
    states, lanes = len(fields), (m + 7) // 8
    scale, top = 1.0 - low, float64(LARGEST)
    rest, mine, others = np.zeros(8 * lanes), np.zeros(8 * lanes), np.zeros((states, 8 * lanes))
    rest_eighths, mine_eighths, others_eighths = (
        rest.reshape(8, lanes),
        mine.reshape(8, lanes),
        others.reshape(states, 8, lanes),
    )
    sent, left = np.empty(states), np.empty(lanes)
    for k in range(states):
        for j in range(m):
            others[k, j] = fast.exp_double(float64(fields[k, j]) * scale)
            rest[j] = float64(fields[k, j]) * low
        sent[k] = _sum(rest_eighths, left)
    for i in range(n):
        for j in range(m):
            scaled = float64(x[i, j]) * scale
            over = scaled - top
            mine[j] = fast.exp_double(fast.limit(scaled, top))
            rest[j] = (0.0 if over <= 0.0 else over) + float64(x[i, j]) * low
        own = _sum(rest_eighths, left)
        for k in range(states):
            out[i, k] = float32((_log_product(mine_eighths, others_eighths[k], left) + own) + sent[k])


def log_partitions(x: Tensor, fields: Tensor, low: float) -> Tensor:
    """Σ_j log Σ_s exp(s (x_ij + fields_lj)), s in {low, 1}: (n, m), (states, m) -> (n, states), a new tensor."""
    out = torch.empty(len(x), len(fields))
    _log_partitions(_array(x), _array(fields), float(low), out.numpy())
    return out


# Bits: 64 sites a word, unsigned here, or the shifts would carry the sign along.

_TILE = 256
"""Rows that are compared at once: a row of 784 bits with as many others stays in the first cache."""


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
                    total[j] += fast.count_ones(differ[j] | (word ^ turned[planes - 1, w, j]))
                if planes > 1:
                    differ[:] = uint64(0)
            for j in range(width):
                out[i, start + j] = float32(total[j])


def differences(x: Tensor, y: Tensor, out: Tensor) -> None:
    """At how many sites each row of x differs from each of y, into `out` (n, m); see `bits.pack_bits`."""
    _differences(_array(x).view(np.uint64), _array(y).view(np.uint64), out.numpy())
