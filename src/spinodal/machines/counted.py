"""Counted: averages that are sums of integers, over chains and ranks, without rounding up to the last step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from torch import Tensor

from ..ranks import Share
from . import kernels
from .digits import Digits, Products
from .kernels.quantized import BASE
from .parallel import map_blocks
from .state import Edge, Tensors, rows_of
from .units import Units

Observed = dict[str, Tensor]
"""The value of every layer of an ensemble of chains."""

Mixture = list[tuple[float, Observed]]
"""Ensembles, each with its sign and weight."""

Center = tuple[Tensor, Tensor]
"""What is subtracted from the values of two layers, (a.size,) and (b.size,)."""

ROWS = 64
"""Rows of a weight's gradient that are computed at once: their integers fit the cache."""


@dataclass(frozen=True)
class Counted:
    """The sums of a mixture, of layers whose values have bounds.

    like      a tensor of the dtype of averages, on their device
    weights   the sign and weight of each ensemble; `chains`: how many all ranks have of it
    digits    the values of each layer in each ensemble
    products  of each edge between such layers
    totals    the sum of each of the digits over the chains of all ranks, by its id
    integers  the matrices of `products`, of all ranks; none where a rank is alone, which makes them some rows at a time
    """

    like: Tensor
    weights: Sequence[float]
    chains: Sequence[int]
    digits: Sequence[Mapping[str, Digits]]
    products: Mapping[Edge, Products]
    totals: Mapping[int, Tensor]
    integers: Mapping[Edge, Tensor] = field(default_factory=dict)

    @staticmethod
    def of(units: Mapping[str, Units], edges: Sequence[Edge], mixture: Mixture, share: Share, like: Tensor) -> Counted:
        """Of these layers, and of the edges between them."""
        weights, chains = [c for c, _ in mixture], [share.total(rows_of(observed)) for _, observed in mixture]
        digits = _digits(units, [observed for _, observed in mixture], like)
        products = {
            (a, b): Products.of([(c, own[a], own[b]) for c, own in zip(weights, digits)], chains)
            for a, b in edges
            if a in units and b in units
        }
        totals = {id(x): x.total(like) for own in digits for x in own.values()}
        found = Counted(like, weights, chains, digits, products, totals)
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

    def means(self) -> list[Tensors]:
        """⟨s⟩ of each layer in each ensemble, in double precision."""
        return [{k: x.mean(self.totals[id(x)], n) for k, x in own.items()} for own, n in zip(self.digits, self.chains)]

    def correlate(self, edge: Edge, about: Center | None) -> Tensor:
        """Σ c ⟨(s - o)(s' - o')⟩, (a.size, b.size), the o are `about`, or 0: in double precision, rounded once."""
        own, like = self.products[edge], self.like
        out, factors = like.new_empty(own.shape), torch.tensor(own.factors, dtype=torch.float64, device=like.device)
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
        low, other_low = (self.digits[0][k].low for k in edge)
        own, other = ([means[k] for means in self.means()] for k in edge)
        o, q = (x.double() for x in about) if about else (torch.zeros_like(own[0]), torch.zeros_like(other[0]))
        row, column = other_low * self._mixed(own), low * self._mixed([y - other_low for y in other])
        return row, column, o, self._mixed([y - q for y in other]), self._mixed(own), q

    def _mixed(self, averages: Sequence[Tensor]) -> Tensor:
        """Σ c x over the ensembles."""
        return torch.stack([c * x for c, x in zip(self.weights, averages)]).sum(0)


def _into(out: Tensor, products: Products, rows: slice) -> None:
    products.compute(rows, out[:, rows])


def _digits(units: Mapping[str, Units], ensembles: Sequence[Observed], like: Tensor) -> list[dict[str, Digits]]:
    """The digits of these layers in every ensemble; ensembles that hold the same values share them."""
    found: dict[tuple[str, int], Digits] = {}
    for observed in ensembles:
        for k, own in units.items():
            if (k, id(observed[k])) not in found:
                found[k, id(observed[k])] = Digits.of(own, observed[k], like)
    return [{k: found[k, id(observed[k])] for k in units} for observed in ensembles]
