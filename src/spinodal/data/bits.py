"""Bits: letters packed 64 sites to a word, and at how many sites their rows differ."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..machines import kernels
from ..machines.parallel import spread


def pack_bits(letters: Tensor) -> Tensor:
    """Letters 0, 1, ... on a CPU, (n, sites), as int64 words (n, bits of the largest letter, words of 64 sites)."""
    column = letters.contiguous().numpy()
    column = column.view(np.uint8) if column.dtype == bool else column
    n, sites = column.shape
    depth = max(int(column.max(initial=0)).bit_length(), 1)
    planes = np.zeros((n, depth, -(-sites // 64) * 8), np.uint8)
    for bit in range(depth):
        planes[:, bit, : -(-sites // 8)] = np.packbits(column & (1 << bit), axis=1)
    return torch.from_numpy(planes.view(np.int64))


def differences(x: Tensor, y: Tensor) -> Tensor:
    """At how many sites each packed row of x differs from each of y, float32 (n, m), exact up to 2^24 sites."""
    out = torch.empty(len(x), len(y), dtype=torch.float32)
    spread(lambda rows: kernels.of(out).differences(x[rows], y, out[rows]), len(x), x.device)
    return out
