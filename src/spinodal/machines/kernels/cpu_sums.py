"""Sums on the CPU that are exact on a grid, so they have the same bits in any order."""

from __future__ import annotations

import numpy as np
import torch
from numba import float32, float64, int32, int64, njit
from torch import Tensor

from .numba_kernels import array, fused


@njit(inline="always")
def _top(x):
    """The power of two above the largest |x|; inf where anything is not finite."""
    bits = np.float32(1e-30).view(np.int32)
    for i in range(len(x)):
        for j in range(x.shape[1]):
            own = np.float32(x[i, j]).view(np.int32) & int32(0x7FFFFFFF)
            bits = own if own > bits else bits
    return float64(np.int32(bits & int32(0x7F800000)).view(np.float32)) * 2.0


@fused
def _weighted_sums(w, left, right, rows, columns):
    n, m = w.shape
    top = _top(w)
    across, down = top * _top(right), top * _top(left)
    one, other = across * 6144.0, down * 6144.0  # 1.5 * 2^12: sums then round to multiples of 2^-40 of the largest
    bits, others = np.float64(one).view(np.int64), np.float64(other).view(np.int64)
    weights, total = np.empty(m), np.zeros(m, np.int64)
    for j in range(m):
        weights[j] = float64(right[0, j])
    for i in range(n):
        weight, row = float64(left[0, i]), int64(0)
        for j in range(m):
            x = float64(w[i, j])
            row += np.float64(x * weights[j] + one).view(np.int64) - bits
            total[j] += np.float64(x * weight + other).view(np.int64) - others
        rows[i] = float64(row) * (across * 2.0**-40)
    for j in range(m):
        columns[j] = float64(total[j]) * (down * 2.0**-40)


def weighted_sums(w: Tensor, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Σ_j w_ij right_j and Σ_i left_i w_ij, (n,) and (m,), of w (n, m): two new tensors."""
    rows, columns = torch.empty(len(w)), torch.empty(w.shape[1])
    _weighted_sums(array(w), array(left)[None], array(right)[None], rows.numpy(), columns.numpy())
    return rows, columns


@fused
def _combinations(w, left, out):
    n, m = w.shape
    top = _top(w)
    total = np.zeros((len(left), m), np.int64)
    down = np.empty(len(left))
    for k in range(len(left)):
        down[k] = top * _top(left[k : k + 1])
    for i in range(n):
        for k in range(len(left)):
            weight, other = float64(left[k, i]), down[k] * 6144.0
            others = np.float64(other).view(np.int64)
            for j in range(m):
                total[k, j] += np.float64(float64(w[i, j]) * weight + other).view(np.int64) - others
    for k in range(len(left)):
        for j in range(m):
            out[k, j] = float64(total[k, j]) * (down[k] * 2.0**-40)


def combinations(w: Tensor, left: Tensor) -> Tensor:
    """Σ_i left_ki w_ij, (k, m), of left (k, n) and w (n, m): a new tensor."""
    out = torch.empty(len(left), w.shape[1])
    _combinations(array(w), array(left), out.numpy())
    return out


@fused
def _subtract_products(w, left, right, out):
    n, m = w.shape
    for i in range(n):
        for j in range(m):
            out[i, j] = w[i, j]
        for k in range(len(left)):
            weight = left[k, i]
            for j in range(m):
                out[i, j] -= float32(weight * right[k, j])


def subtract_products(w: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """w_ij - Σ_k left_ki right_kj, one k after the other: left (k, n), w (n, m), right (k, m): a new tensor."""
    out = torch.empty(w.shape)
    _subtract_products(array(w), array(left), array(right), out.numpy())
    return out
