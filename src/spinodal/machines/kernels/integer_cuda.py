"""The loops on integers for a GPU: draws and sums of rows in Triton, a pass over memory each; the rest in plain torch.

Every operation on a number of single precision is one IEEE operation in the written order: the compiler may not fuse a
multiplication and an addition (`enable_fp_fusion`). So their bits are those of `integer_reference`. torch brings Triton
where it is built for CUDA.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..noise import Place
from .integer_reference import activation as activation
from .integer_reference import column_sums as column_sums
from .integer_reference import combine as combine
from .integer_reference import dense as dense
from .integer_reference import digits as digits
from .integer_reference import fused_label_chain as fused_label_chain
from .integer_reference import quantize as quantize
from .integer_reference import quantize_rows as quantize_rows
from .quantized import QuantizedRows, Sums, letter_dtype
from .series import EXP2, LOG2_E

LANES = 256
"""Blocks of random numbers, of four each, or sums of rows, that a program makes at once."""

_EXP2 = tl.constexpr(EXP2)
_LOG2_E = tl.constexpr(LOG2_E)
_ROUND = tl.constexpr(1.5 * 2.0**23)
_SHIFTED = tl.constexpr(0x4B400000 - 127)
_U23 = tl.constexpr(2.0**-23)


@triton.jit
def _exp(x):
    """See `elementary.exp`."""
    x = tl.where(x < -87.0, -87.0, x)
    t = tl.where(x > 87.0, 87.0, x) * _LOG2_E
    rounded = t + _ROUND
    f = t - (rounded - _ROUND)
    p = f * _EXP2[0] + _EXP2[1]
    p = p * f + _EXP2[2]
    p = p * f + _EXP2[3]
    p = p * f + _EXP2[4]
    p = p * f + _EXP2[5]
    exponent = (rounded.to(tl.int32, bitcast=True) - _SHIFTED) << 23
    return p * exponent.to(tl.float32, bitcast=True)


@triton.jit
def _unit(word):
    """A number in (0, 1) from a random word: 23 bits, and a half."""
    return ((word >> 9).to(tl.int32).to(tl.float32) + 0.5) * _U23


@triton.jit
def _tile(n, blocks, key, row, time, layer, ROWS: tl.constexpr, LANES: tl.constexpr):
    """Rows (ROWS, 1) and blocks (1, LANES) of a program, which of them are there, and the four words of each."""
    i = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    block = tl.program_id(1) * LANES + tl.arange(0, LANES)[None, :]
    none = tl.zeros((ROWS, LANES), tl.uint32)
    counter = none + block.to(tl.uint32), none + (i.to(tl.uint32) + row.to(tl.uint32))
    words = tl.philox(key, counter[0], counter[1], none + time.to(tl.uint32), none + layer.to(tl.uint32))
    return i.to(tl.int64), block, (i < n) & (block < blocks), words


@triton.jit
def _field(constant, own, sums, scale, i, m, j, here):
    """constant + sums · scale at (i, j); `own` is the length of a row of constants, 0 where all rows have one."""
    total = tl.load(sums + i * m + j, here, 0).to(tl.float32)
    return total * tl.load(scale + j, here, 0.0) + tl.load(constant + i * own + j, here, 0.0)


@triton.jit
def _binary(
    constant, own, sums, scale, out, n, m, key: tl.uint64, row: tl.uint32, time: tl.uint32, layer: tl.uint32,
    slope: tl.constexpr, low: tl.constexpr, ROWS: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    blocks = tl.cdiv(m, 4)
    i, block, there, words = _tile(n, blocks, key, row, time, layer, ROWS, LANES)
    for q in tl.static_range(4):
        j = q * blocks + block
        here = there & (j < m)
        x, u = _field(constant, own, sums, scale, i, m, j, here), _unit(words[q])
        tl.store(out + i * m + j, tl.where(u + u * _exp(-slope * x) < 1.0, 1, low).to(tl.int8), here)


@triton.jit
def _letters(
    constant, own, sums, scale, out, n, sites, colors, key: tl.uint64, row: tl.uint32, time: tl.uint32,
    layer: tl.uint32, ROWS: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    blocks, m = tl.cdiv(sites, 4), sites * colors
    i, block, there, words = _tile(n, blocks, key, row, time, layer, ROWS, LANES)
    for q in tl.static_range(4):
        s = q * blocks + block
        here = there & (s < sites)
        top = tl.full((ROWS, LANES), -1e30, tl.float32)
        for k in range(colors):
            x = _field(constant, own, sums, scale, i, m, k * sites + s, here)
            top = tl.where(x > top, x, top)
        total = tl.zeros((ROWS, LANES), tl.float32)
        for k in range(colors):
            total += _exp(_field(constant, own, sums, scale, i, m, k * sites + s, here) - top)
        level, steps = total * _unit(words[q]), tl.zeros((ROWS, LANES), tl.float32)
        color = tl.zeros((ROWS, LANES), tl.int32)
        for k in range(colors - 1):  # once more: the weights of all colors would take more room than there is
            steps += _exp(_field(constant, own, sums, scale, i, m, k * sites + s, here) - top)
            color += (steps < level).to(tl.int32)
        tl.store(out + i * sites + s, color.to(out.dtype.element_ty), here)


@triton.jit
def _gather(letters, rows, sums, n, sites, m, ROWS: tl.constexpr, LANES: tl.constexpr):
    i = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    j = tl.program_id(1) * LANES + tl.arange(0, LANES)[None, :]
    there, at = i < n, i.to(tl.int64)
    total = tl.zeros((ROWS, LANES), tl.int32)
    for s in range(sites):
        row = tl.load(letters + at * sites + s, there, 0).to(tl.int64) * sites + s
        total += tl.load(rows + row * m + j, there & (j < m), 0).to(tl.int32)
    tl.store(sums + at * m + j, total, there & (j < m))


def _tiles(n: int, columns: int) -> tuple[tuple[int, int], dict[str, Any]]:
    """How many programs there are for so many rows and columns, and the rows and columns of each."""
    lanes = min(triton.next_power_of_2(columns), LANES)
    rows = LANES // lanes
    sizes = {"ROWS": rows, "LANES": lanes, "enable_fp_fusion": False}
    return (triton.cdiv(n, rows), triton.cdiv(columns, lanes)), sizes


def _blocks(columns: int) -> int:
    """The blocks of random numbers of a row."""
    return (columns + 3) // 4


def _arguments(x: Sums) -> tuple[Tensor, int, Tensor, Tensor]:
    constant = x.constant.contiguous()
    return constant, constant.shape[1] if len(constant) > 1 else 0, x.sums.contiguous(), x.scale.contiguous()


def _place(place: Place) -> tuple[int, ...]:
    k0, k1, *rest = place
    return k0 | k1 << 32, *rest


def binary(x: Sums, slope: float, low: int, place: Place) -> Tensor:
    """1 with p = σ(slope x), else `low`, int8."""
    out = torch.empty(x.sums.shape, dtype=torch.int8, device=x.sums.device)
    grid, tiles = _tiles(len(out), _blocks(out.shape[1]))
    with torch.cuda.device_of(out):
        _binary[grid](*_arguments(x), out, *out.shape, *_place(place), slope, low, **tiles)
    return out


def letters(x: Sums, sites: int, colors: int, place: Place) -> Tensor:
    """One color a site with p ∝ e^x; x is state-major."""
    out = torch.empty(len(x.sums), sites, dtype=letter_dtype(colors), device=x.sums.device)
    grid, tiles = _tiles(len(out), _blocks(out.shape[1]))
    with torch.cuda.device_of(out):
        _letters[grid](*_arguments(x), out, *out.shape, colors, *_place(place), **tiles)
    return out


def gather(letters: Tensor, w: QuantizedRows) -> Tensor:
    """The sums of the rows letter * sites + site, (n, m) int32, of letters (n, sites)."""
    (n, sites), m = letters.shape, w.rows.shape[1]
    sums = torch.empty(n, m, dtype=torch.int32, device=letters.device)
    grid, tiles = _tiles(n, m)
    with torch.cuda.device_of(sums):
        _gather[grid](letters.contiguous(), w.rows.contiguous(), sums, n, sites, m, **tiles)
    return sums
