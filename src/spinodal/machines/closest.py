"""Closest: which row of one matrix is nearest to each row of another, by products, in blocks."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from . import kernels

ROWS = 1024
"""Distances are computed in blocks of so many rows and columns, however large the sets are."""


def closest(x: Tensor, y: Tensor) -> Tensor:
    """Which row of y (m, d) is nearest to each row of x (n, d), (n,): the first of those that are.

    Distances are compared up to the rounding of products, which is relative to |x|² and |y|². y is moved to the device
    and the precision of x block by block. Cost: n m d multiplications.

    >>> closest(torch.tensor([[0.0, 1.0], [5.0, 5.0]]), torch.tensor([[4.0, 4.0], [0.0, 0.0], [4.0, 4.0]])).tolist()
    [1, 0]
    """
    least, index = x.new_full((len(x),), math.inf), torch.zeros(len(x), dtype=torch.int64, device=x.device)
    double = -2 * x
    for j in blocks(y):
        block = y[j].to(x)
        fields = block.square().sum(1)
        for i in blocks(x):
            found, at = kernels.product(double[i], block.T, fields).min(1)  # |x - y|^2 but for |x|^2
            nearer = found < least[i]
            least[i][nearer], index[i][nearer] = found[nearer], at[nearer] + j.start
    return index.to(y.device)


def blocks(x: Tensor) -> list[slice]:
    """The rows of x, a block each."""
    return [slice(i, i + ROWS) for i in range(0, len(x), ROWS)]
