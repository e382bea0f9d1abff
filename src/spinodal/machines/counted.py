"""Counted: averages that are sums of integers, over chains and ranks, without rounding up to the last step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import torch
from torch import Tensor

from ..ranks import Share
from . import kernels
from .digits import Digits, Products
from .kernels.quantized import BASE
from .parallel import map_blocks
from .state import Edge, Tensors

Center = tuple[Tensor, Tensor]
"""What is subtracted from the values of two layers, (a.size,) and (b.size,)."""

ROWS = 256
"""Rows of a weight's gradient that are computed at once: their integers fit the cache."""


@dataclass(frozen=True)
class Taken:
    """What is kept of an ensemble of chains: its weight, how many chains a rank has, and the values of its layers."""

    weight: float
    chains: int
    digits: Mapping[str, Digits]
    numbers: Mapping[str, Tensor]


@dataclass(frozen=True)
class Counted:
    """The sums of ensembles, of layers whose values have digits.

    like      a tensor of the dtype of averages, on their device
    taken     the ensembles; `chains`: how many chains all ranks have of each
    products  of each edge between such layers
    totals    the sum of each of the digits over the chains of all ranks, by its id
    integers  the matrices of `products`, of all ranks; none where a rank is alone, which makes them some rows at a time
    """

    like: Tensor
    taken: Sequence[Taken]
    chains: Sequence[int]
    products: Mapping[Edge, Products]
    totals: Mapping[int, Tensor]
    integers: Mapping[Edge, Tensor] = field(default_factory=dict)

    @staticmethod
    def of(edges: Sequence[Edge], taken: Sequence[Taken], share: Share, like: Tensor) -> Counted:
        """Of all layers that have digits, and of these edges between them."""
        chains = [share.total(own.chains) for own in taken]
        terms = {(a, b): [(own.weight, own.digits[a], own.digits[b]) for own in taken] for a, b in edges}
        products = {edge: Products.of(own, chains) for edge, own in terms.items()}
        totals = {id(x): x.total(like) for own in taken for x in own.digits.values()}
        found = Counted(like, taken, chains, products, totals)
        return found if share.ranks.count == 1 else found._over(share)

    def _over(self, share: Share) -> Counted:
        """The sums of all ranks, by one message."""
        shapes = [x.shape for x in self.totals.values()] + [own.part() for own in self.products.values()]
        flat = torch.empty(sum(map(torch.Size.numel, shapes)), dtype=self._dtype, device=self.like.device)
        parts = [x.view(shape) for x, shape in zip(flat.split([s.numel() for s in shapes]), shapes)]
        totals, integers = dict(zip(self.totals, parts)), dict(zip(self.products, parts[len(self.totals) :]))
        for key, x in self.totals.items():
            totals[key].copy_(x)
        for edge, out in integers.items():
            self._by_rows(edge, partial(_into, out, self.products[edge]))
        share.ranks.add(flat)
        return replace(self, totals=totals, integers=integers)

    @property
    def _dtype(self) -> torch.dtype:
        """The dtype that has all of these sums."""
        most = max([1, *(own.times for own in self.products.values())])
        return torch.int32 if max(self.chains) * most <= 2**31 // BASE**2 else torch.int64

    @cached_property
    def means(self) -> list[Tensors]:
        """⟨s⟩ of each layer in each ensemble, in double precision."""
        every = zip(self.taken, self.chains)
        return [{k: x.mean(self.totals[id(x)], n) for k, x in own.digits.items()} for own, n in every]

    def correlate(self, edge: Edge, about: Center | None) -> Tensor:
        """Σ c ⟨(s - o)(s' - o')⟩, (a.size, b.size), the o are `about`, or 0: in double precision, rounded once."""
        own, like = self.products[edge], self.like
        out, factors = like.new_empty(own.shape), torch.tensor(own.factors, dtype=torch.float64).to(like.device)
        row, column, o, u, w, q = self._borders(edge, about)

        def combine(rows: slice) -> None:
            integers = self._integers(edge, rows)
            kernels.integers(like).combine(integers, factors, (row[rows], column, o[rows], u, w[rows], q), out[rows])

        self._by_rows(edge, combine)
        return out

    def _by_rows(self, edge: Edge, work: Callable[[slice], None]) -> None:
        map_blocks(work, self.products[edge].shape[0], self.like.device, block=ROWS)

    def _integers(self, edge: Edge, rows: slice) -> Tensor:
        """Some rows of the matrices of an edge, (e, rows, b)."""
        if edge in self.integers:
            return self.integers[edge][:, rows].contiguous()
        own = self.products[edge]
        out = self.like.new_empty(own.part(rows), dtype=self._dtype)
        own.compute(rows, out)
        return out

    def _borders(self, edge: Edge, about: Center | None) -> tuple[Tensor, ...]:
        """What is added to Σ c ⟨p p'⟩, by rows and columns, in double precision: row + column - o u - w q.

        With s = low + p: ⟨s s'⟩ = ⟨p p'⟩ + low' ⟨s⟩ + low ⟨s'⟩ - low low'. About a center o, o':
        ⟨(s - o)(s' - o')⟩ = ⟨s s'⟩ - o (⟨s'⟩ - o') - ⟨s⟩ o'.
        """
        low, other_low = (self.taken[0].digits[k].low for k in edge)
        own, other = ([means[k] for means in self.means] for k in edge)
        o, q = (x.double() for x in about) if about else (torch.zeros_like(own[0]), torch.zeros_like(other[0]))
        row, column = other_low * mixed(self.taken, own), low * mixed(self.taken, [y - other_low for y in other])
        return row, column, o, mixed(self.taken, [y - q for y in other]), mixed(self.taken, own), q


def mixed(taken: Sequence[Taken], averages: Sequence[Tensor]) -> Tensor:
    """Σ c x over the ensembles, x an average in each."""
    return torch.stack([own.weight * x for own, x in zip(taken, averages)]).sum(0)


def _into(out: Tensor, products: Products, rows: slice) -> None:
    products.compute(rows, out[:, rows])
