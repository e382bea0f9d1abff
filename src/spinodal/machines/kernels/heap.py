"""Heap: memory that was freed stays with the process, up to a bound, for the next step of the chains.

A step makes some arrays of megabytes and frees them. The C library of Linux (glibc) gives such memory back to the
system at once, and has it mapped anew, page by page, for the next one: a tenth of the time of an update was that.
"""

from __future__ import annotations

import ctypes
import os

_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h

KEPT = 256 * 2**20
"""Bytes of freed memory at the end of the heap from which on they are given back."""

MAPPED = 64 * 2**20
"""Bytes from which on an array is mapped by itself, and given back when it is freed."""


def keep() -> bool:
    """Whether this process keeps memory from now on: not where the user set glibc's thresholds, nor without glibc."""
    if any(name.startswith("MALLOC_") and name.endswith("_THRESHOLD_") for name in os.environ):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # another system, or another C library
        return False
    return bool(mallopt(_MAP, MAPPED) and mallopt(_TRIM, KEPT))
