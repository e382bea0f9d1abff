"""Ranks: the processes of one job, which share its rows; a process by itself is a job of one rank.

Torch is imported where it is used: the command line names ranks before it needs torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import one_line

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")


class ConnectionLost(ConnectionError):
    """Another rank can't be reached any more."""

    @staticmethod
    def of(error: RuntimeError) -> ConnectionLost:
        """What an error of a collective means."""
        return ConnectionLost(f"the connection to another rank was lost: {one_line(error)}")


@dataclass(frozen=True)
class Ranks:
    """The number of this process, from 0, and how many there are, as torch.distributed counts them.

    Each method that others take part in is called by all ranks, in the same order. It raises ConnectionLost where one
    of them is gone.
    """

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether it is rank 0, which writes files and speaks."""
        return self.rank == 0

    def share(self, rows: int) -> Share:
        """What this rank has of so many rows: nearly as many as any other rank, in one piece."""
        return Share(self, rows)

    def for_rows(self, rows: int) -> Ranks:
        """These ranks, or a process by itself where there are fewer rows than ranks: each rank then does all of them.

        >>> Ranks(2, 4).for_rows(4), Ranks(2, 4).for_rows(3)
        (Ranks(rank=2, count=4), Ranks(rank=0, count=1))
        """
        return self if rows >= self.count else ALONE

    def add(self, x: Tensor) -> None:
        """The sum of the tensors of all ranks, in place; integers, which have the same sum in any order."""
        if self.count > 1:
            import torch.distributed as dist

            with _connected():
                dist.all_reduce(x)

    def gather(self, x: Tensor) -> list[Tensor]:
        """The tensors of all ranks, in their order; all have one dtype, and may have different numbers of rows."""
        if self.count == 1:
            return [x]
        import torch
        import torch.distributed as dist

        rows = [torch.zeros(1, dtype=torch.int64, device=x.device) for _ in range(self.count)]
        width = prod(x.shape[1:]) * x.element_size()
        flat = x.flatten().view(torch.uint8).reshape(len(x), width)  # gloo lacks some dtypes
        with _connected():
            dist.all_gather(rows, rows[0].new_tensor([len(x)]))
            most = max(int(n) for n in rows)
            padded = torch.cat([flat, flat.new_zeros(most - len(x), width)])
            parts = [torch.empty_like(padded) for _ in rows]
            dist.all_gather(parts, padded)
        return [part[:n].flatten().view(x.dtype).reshape(n, *x.shape[1:]) for part, n in zip(parts, map(int, rows))]

    def send(self, raw: bytes) -> bytes:
        """The bytes that rank 0 has, on every rank."""
        if self.count == 1:
            return raw
        import torch
        import torch.distributed as dist

        size = torch.tensor([len(raw)])
        with _connected():
            dist.broadcast(size, 0)
            sent = torch.zeros(int(size), dtype=torch.uint8)
            if self.is_first:
                sent.numpy().data.cast("B")[:] = raw
            dist.broadcast(sent, 0)
        return raw if self.is_first else sent.numpy().tobytes()

    def tell(self, value: T) -> T:
        """The value that rank 0 has, on every rank; a value as JSON has it."""
        told = self.send(json.dumps(value).encode() if self.is_first and self.count > 1 else b"")
        return value if self.is_first else json.loads(told)

    def hear(self, value: T) -> list[T]:
        """The values of all ranks, in their order; values as JSON has them."""
        if self.count == 1:
            return [value]
        import torch

        said = self.gather(torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8))
        return [json.loads(part.numpy().tobytes()) for part in said]


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
        import torch

        flat = torch.cat([x.double().flatten() for x in averages]) * (self.part.stop - self.part.start)
        total: Any = sum(part[0] for part in self.ranks.gather(flat[None])) / self.rows
        parts = total.split([x.numel() for x in averages])
        return [part.view(x.shape).to(x) for part, x in zip(parts, averages)]


@contextmanager
def _connected() -> Iterator[None]:
    """A collective that fails raises ConnectionLost."""
    try:
        yield
    except RuntimeError as error:
        raise ConnectionLost.of(error) from None
