"""Bits: letters packed into 64-bit words, and the number of sites at which rows differ."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..machines import kernels
from ..machines.parallel import map_blocks


def pack_bits(letters: Tensor, largest: int = 0) -> Tensor:
    """Letters 0, 1, ... (n, sites) on the CPU as int64 words (n, bits of the largest letter, ceil(sites / 64)).

    largest: a letter whose bits there are in any case, so that rows packed apart can be compared.
    """
    column = letters.contiguous().numpy()
    column = column.view(np.uint8) if column.dtype == bool else column
    n, sites = column.shape
    depth = max(int(column.max(initial=largest)).bit_length(), 1)
    planes = np.zeros((n, depth, -(-sites // 64) * 8), np.uint8)
    for bit in range(depth):
        planes[:, bit, : -(-sites // 8)] = np.packbits(column & (1 << bit), axis=1)
    return torch.from_numpy(planes.view(np.int64))


def differences(x: Tensor, y: Tensor) -> Tensor:
    """The number of sites at which packed row i of x differs from row j of y, float32 (n, m); exact to 2^24 sites."""
    out = torch.empty(len(x), len(y), dtype=torch.float32)
    map_blocks(lambda rows: kernels.of(out).differences(x[rows], y, out[rows]), len(x), x.device)
    return out
