"""Ranks: the processes of one job, which share its rows; a process by itself is a job of one rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Ranks:
    """The number of this process, from 0, and how many there are, as torch.distributed counts them."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether it is rank 0, which writes files and speaks."""
        return self.rank == 0

    def share(self, rows: int) -> Share:
        """What this rank has of so many rows: nearly as many as any other rank, in one piece."""
        return Share(self, rows)

    def add(self, x: Tensor) -> None:
        """The sum of the tensors of all ranks, in place; integers, which have the same sum in any order."""
        if self.count > 1:
            dist.all_reduce(x)

    def gather(self, x: Tensor) -> list[Tensor]:
        """The tensors of all ranks, in their order; all have one dtype, and may have different numbers of rows."""
        if self.count == 1:
            return [x]
        rows = [torch.zeros(1, dtype=torch.int64, device=x.device) for _ in range(self.count)]
        dist.all_gather(rows, rows[0].new_tensor([len(x)]))
        most = max(int(n) for n in rows)
        padded = torch.cat([x, x.new_zeros(most - len(x), *x.shape[1:])]).contiguous()
        parts = [torch.empty_like(padded) for _ in rows]
        dist.all_gather(parts, padded)
        return [part[: int(n)] for part, n in zip(parts, rows)]


ALONE = Ranks()
"""The ranks of a process by itself."""


@dataclass(frozen=True)
class Share:
    """A rank's part of so many rows."""

    ranks: Ranks
    rows: int

    @property
    def part(self) -> slice:
        """The rows of this rank."""
        start, stop = (self.rows * i // self.ranks.count for i in (self.ranks.rank, self.ranks.rank + 1))
        return slice(start, stop)

    def total(self, own: int) -> int:
        """How many chains all ranks have of an ensemble of which this rank has so many."""
        return own if self.ranks.count == 1 else self.rows

    def average(self, averages: Sequence[Tensor]) -> list[Tensor]:
        """The averages over all rows, given those over the rows of each rank, of numbers of any kind.

        They are added in double precision in the order of ranks: the same bits for the same number of ranks.
        """
        if self.ranks.count == 1 or not averages:
            return list(averages)
        flat = torch.cat([x.double().flatten() for x in averages]) * (self.part.stop - self.part.start)
        total = sum(part[0] for part in self.ranks.gather(flat[None])) / self.rows
        assert isinstance(total, Tensor)
        parts = total.split([x.numel() for x in averages])
        return [part.view(x.shape).to(x) for part, x in zip(parts, averages)]
