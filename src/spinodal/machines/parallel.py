"""Parallel: blocks of chains that fit the cache, over threads. Results don't depend on blocks or threads."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor

from .kernels.products import TILE

T = TypeVar("T")

BLOCK = 16 * TILE
"""Chains of a block: with fewer, products are slow; more don't fit the cache."""

ALONE = 64
"""Chains for which a second thread doesn't pay."""

WORTH = 30_000_000
"""Multiplications from which on a second thread pays: for fewer, waking it takes longer."""


@contextmanager
def threads_for(multiplications: int) -> Iterator[None]:
    """Inside this context torch has its threads, or one where products are small."""
    threads = torch.get_num_threads()
    few = threads > 1 and multiplications < WORTH
    try:
        if few:
            torch.set_num_threads(1)
        yield
    finally:
        if few:
            torch.set_num_threads(threads)


def map_blocks(work: Callable[[slice], T], n: int, device: torch.device, block: int | None = None) -> list[T]:
    """The work on every block of the n chains, in order; on a GPU all chains are one block.

    Blocks have BLOCK chains at most, or `block`; there are at least as many as threads, where that is worth it.
    """
    threads = torch.get_num_threads()
    count = 1 if device.type != "cpu" else max(-(-n // (block or BLOCK)), min(threads, n // ALONE), 1)
    # Whole tiles: products take rows so, and torch's loops over numbers round what is left of a vector differently.
    bounds = [*(-(-n // TILE) * i // count * TILE for i in range(count)), n]
    parts = [slice(i, j) for i, j in pairwise(bounds)]
    if threads == 1 or count == 1:
        return [work(part) for part in parts]
    return list(_pool(threads).map(torch.no_grad()(work), parts))


def map_rows(work: Callable[[slice], Tensor], n: int, device: torch.device) -> Tensor:
    """The n rows that the work computes, in as many parts as threads, one thread each: no sum is cut by threads."""
    parts = map_blocks(work, n, device, block=n)
    return parts[0] if len(parts) == 1 else torch.cat(parts)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    if os.environ.get("OMP_WAIT_POLICY", "").upper() != "PASSIVE":
        warnings.warn(
            "torch's idle threads spin and take the cores from ours: set OMP_WAIT_POLICY=PASSIVE before Python "
            "starts, import spinodal before torch, or call torch.set_num_threads(1)",
            stacklevel=2,
        )
    return ThreadPoolExecutor(threads, initializer=_alone)


def _begin_anew() -> None:
    """In a forked process the parent's threads don't exist, and waiting for them never ends.

    So a new pool is made, and torch gets one thread, as OpenMP may wait for the parent's. More threads can be set in a
    process whose parent computed nothing before.
    """
    _pool.cache_clear()
    torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def _alone() -> None:
    """One torch thread for each thread of the pool. Torch sets the common number at first use, so that comes first."""
    torch.get_num_threads()
    torch.set_num_threads(1)
