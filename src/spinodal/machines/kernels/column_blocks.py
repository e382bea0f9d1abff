"""Column blocks: a weight cut into blocks of columns that fit the cache, for repeated sums of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

WIDTH = 128
"""Columns of a block: fewer need more calls, more don't fit the cache."""


@dataclass(frozen=True)
class ColumnBlocks:
    """A weight (n, m) as matrices of `WIDTH` columns, each contiguous."""

    parts: tuple[Tensor, ...]

    @staticmethod
    def of(weight: Tensor) -> ColumnBlocks:
        """The column blocks of a weight: a copy, which pays where it is used several times."""
        return ColumnBlocks(tuple(part.contiguous() for part in weight.split(WIDTH, 1)))


def gather(rows: Tensor, w: Tensor | ColumnBlocks, onto: Tensor | None = None) -> Tensor:
    """`onto` + the sum of some rows of w: rows (n, sites) their numbers, w (k, m), onto (m,) or (n, m). A new tensor.

    Each sum runs in the order of the sites, so it has the same bits as without blocks.
    """
    parts = w.parts if isinstance(w, ColumnBlocks) else (w.contiguous(),)
    sums = [embedding_bag(rows, part, mode="sum") for part in parts]
    sent = sums[0] if len(sums) == 1 else torch.cat(sums, 1)
    return sent if onto is None else sent.add_(onto)
