"""Numba kernels: how all of them are compiled, and a tensor as the array that they take."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from torch import Tensor

from .caching import keep


def fused(kernel: Any) -> Any:
    """A kernel, compiled, and kept on disk."""
    return keep(njit(nogil=True, error_model="numpy")(kernel))


def array(x: Tensor) -> np.ndarray:
    """A tensor as a contiguous array."""
    return x.detach().contiguous().numpy()
