"""Averages over ensembles with signs: ⟨s⟩, and each ⟨s s'⟩ over all of them about a center.

Of sampled layers they are sums of integers, without rounding up to the last step; of others, products in single
precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as pairs_of

import torch
from torch import Tensor

from .kernels import integer_products, product
from .kernels.quantized import BASE, LARGEST
from .parallel import map_blocks, map_rows
from .units import Units

Observed = dict[str, Tensor]
"""The value of every layer of an ensemble of chains."""

Mixture = list[tuple[float, Observed]]
"""Ensembles, each with its sign and weight."""

Terms = list[tuple[float, Tensor, Tensor]]
"""The value of two layers in each ensemble, with its sign and weight."""

_ROWS = 256
"""Rows of a weight's gradient that are computed at once: in double precision they fit the cache."""

_CHAINS = 2**16
"""Chains that are summed in 32 bits at once."""


@dataclass(frozen=True)
class Digits:
    """The values of a layer as integers: s = low + step Σ factor · digits, so that sums over chains are exact.

    parts  pairs of a factor and bytes (n, size): one for draws, which are 0 or 1; two for means, which are rounded to
           steps of 6e-5 of the distance between the lowest and the highest value
    """

    parts: tuple[tuple[int, Tensor], ...]
    low: float
    step: float

    @staticmethod
    def of(units: Units, value: Tensor, like: Tensor) -> Digits:
        """The digits of draws, or of means, of units with bounds."""
        span = units.high - units.low
        if not value.is_floating_point():
            return Digits(((1, units.bits(value)),), units.low, span)
        q = ((value - units.low) * (LARGEST / span)).round_().to(torch.int16)
        return Digits(((BASE, (q >> 7).to(torch.int8)), (1, (q & (BASE - 1)).to(torch.int8))), units.low, span / LARGEST)

    @property
    def chains(self) -> int:
        """How many chains there are."""
        return len(self.parts[0][1])

    def mean(self) -> Tensor:
        """⟨s⟩, (size,), in double precision."""
        total = sum(factor * digits.sum(0) for factor, digits in self.parts)
        return total.double() * (self.step / self.chains) + self.low

    def turned(self) -> Digits:
        """The same with a row a unit, as the left factor of a product needs them."""
        return Digits(tuple((f, x.t().contiguous().view(torch.uint8)) for f, x in self.parts), self.low, self.step)


def mean(units: Units, value: Tensor, like: Tensor, exact: bool) -> Tensor:
    """⟨s⟩ of a layer, (size,), of the dtype of `like`."""
    return Digits.of(units, value, like).mean().to(like) if exact else units.average(value, like)


def correlate_exactly(
    a: Units, b: Units, terms: Terms, about: tuple[Tensor, Tensor] | None, like: Tensor
) -> Tensor:
    """`correlate` of units with bounds, by sums of integers; one rounding at the end."""
    kept: dict[int, Digits] = {}

    def digits(units: Units, value: Tensor) -> Digits:
        return kept.setdefault(id(value), Digits.of(units, value, like))

    ensembles = [(c, digits(a, s), digits(b, t)) for c, s, t in terms]
    own, other = [s.mean() for _, s, _ in ensembles], [t.mean() for _, _, t in ensembles]
    turned = {id(s): s.turned() for _, s, _ in ensembles}

    def block(rows: slice) -> Tensor:
        out = torch.zeros(len(own[0][rows]), b.size, dtype=torch.float64, device=like.device)
        for (c, s, t), x, y in zip(ensembles, own, other):
            out += _mean_product(turned[id(s)], t, rows, x, y).mul_(c)
            if about:
                i, j = (o.double() for o in about)
                out += ((i[rows, None] * j).sub_(i[rows, None] * y).sub_(x[rows, None] * j)).mul_(c)
        return out.to(like.dtype)

    return torch.cat(map_blocks(block, a.size, like.device, block=_ROWS))


def _mean_product(s: Digits, t: Digits, rows: slice, mean: Tensor, other: Tensor) -> Tensor:
    """⟨s s'⟩ of some rows of s, which is turned, in double precision: (rows, size)."""
    total = torch.zeros(len(mean[rows]), len(other), dtype=torch.float64, device=mean.device)
    for (f, x), (g, y) in pairs_of(s.parts, t.parts):
        for left, right in zip(x[rows].split(_CHAINS, 1), y.split(_CHAINS)):
            total += integer_products.product(left, right).double().mul_(f * g)
    total *= s.step * t.step / t.chains
    if s.low or t.low:  # with s = low + p: ⟨s s'⟩ = ⟨p p'⟩ + low ⟨s'⟩ + low' ⟨s⟩ - low low'
        total.add_(mean[rows, None] * t.low).add_(other * s.low).sub_(s.low * t.low)
    return total


def correlate(a: Units, b: Units, terms: Terms, about: tuple[Tensor, Tensor] | None, like: Tensor) -> Tensor:
    """Σ c ⟨(s - o)(s' - o')⟩ over the (c, s, s'), (a.size, b.size); the o are `about`, or 0.

    Terms that share the tensor s are added first, so a held layer enters the product once. The center is one more
    row: Σ (s - o) q = Σ s q - o Σ q.
    """
    groups: dict[int, tuple[Tensor, list[tuple[float, Tensor]]]] = {}
    for c, s, t in terms:
        groups.setdefault(id(s), (s, []))[1].append((c / len(s), b.numbers(t, like)))
    rows = [len(s) for s, _ in groups.values()]
    left, right = like.new_empty(a.size, sum(rows) + 1), like.new_empty(sum(rows) + 1, b.size)
    for x, y, (s, own) in zip(left[:, :-1].split(rows, 1), right[:-1].split(rows), groups.values()):
        x.copy_(a.numbers(s, like).T)  # once, in the order that the product wants
        _add(own, about[1] if about else None, y)
    torch.sum(right[:-1], 0, out=right[-1]).neg_()
    left[:, -1] = about[0] if about else 0
    return map_rows(lambda part: product(left[part], right), a.size, like.device)


def _add(terms: list[tuple[float, Tensor]], center: Tensor | None, out: Tensor) -> None:
    """out = Σ c (t - o), chain by chain."""
    torch.mul(terms[0][1], terms[0][0], out=out)
    for c, t in terms[1:]:
        out.add_(t, alpha=c)
    if center is not None:
        out.sub_(center, alpha=sum(c for c, _ in terms))
