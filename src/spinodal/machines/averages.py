"""Averages over ensembles with signs: ⟨s⟩, and each ⟨s s'⟩ over all of them about a center.

Of sampled layers they are sums of integers, without rounding up to the last step; of others, products in single
precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as pairs_of

import torch
from torch import Tensor

from . import kernels
from .kernels import integer_products, product
from .kernels.quantized import BASE, LARGEST
from .parallel import map_blocks, map_rows
from .units import Potts, Units

Observed = dict[str, Tensor]
"""The value of every layer of an ensemble of chains."""

Mixture = list[tuple[float, Observed]]
"""Ensembles, each with its sign and weight."""

Terms = list[tuple[float, Tensor, Tensor]]
"""The value of two layers in each ensemble, with its sign and weight."""

ROWS = 64
"""Rows of a weight's gradient that are computed at once: the integers of all ensembles fit the cache."""

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
        if not value.is_floating_point() and (units.is_bit or isinstance(units, Potts)):
            return Digits(((1, units.bits(value)),), units.low, span)
        high, low = kernels.integers(like).digits(value.to(like), units.low, LARGEST / span)
        return Digits(((BASE, high), (1, low)), units.low, span / LARGEST)

    @property
    def chains(self) -> int:
        """How many chains there are."""
        return len(self.parts[0][1])

    def mean(self, like: Tensor) -> Tensor:
        """⟨s⟩, (size,), in double precision."""
        total = sum(factor * kernels.integers(like).column_sums(digits) for factor, digits in self.parts)
        assert isinstance(total, Tensor)
        return total.double() * (self.step / self.chains) + self.low

    def numbers(self) -> Tensor:
        """Σ factor · digits, (n, size): integers below 2^14 as numbers of single precision."""
        total = sum(digits.float() * factor for factor, digits in self.parts)
        assert isinstance(total, Tensor)
        return total

    def rows(self, part: slice) -> Digits:
        """Some of the chains."""
        return Digits(tuple((factor, digits[part]) for factor, digits in self.parts), self.low, self.step)


def average(units: Units, value: Tensor, like: Tensor, exact: bool) -> Tensor:
    """⟨s⟩ of a layer, (size,), of the dtype of `like`."""
    return Digits.of(units, value, like).mean(like).to(like) if exact else units.average(value, like)


def correlate_exactly(a: Units, b: Units, terms: Terms, about: tuple[Tensor, Tensor] | None, like: Tensor) -> Tensor:
    """`correlate` of units with bounds: sums of integers, combined in double precision, rounded once."""
    first = {id(s): Digits.of(a, s, like) for _, s, _ in terms}
    second = {id(t): Digits.of(b, t, like) for _, _, t in terms}
    pairs = [
        (c * factor * first[id(s)].step * second[id(t)].step / len(s), left, right)
        for c, s, t in terms
        for part in _parts(len(s))
        for factor, left, right in _products(first[id(s)].rows(part), second[id(t)].rows(part))
    ]
    factors = torch.tensor([factor for factor, _, _ in pairs], dtype=torch.float64, device=like.device)
    borders = _borders([(c, first[id(s)], second[id(t)]) for c, s, t in terms], about, like)
    out = like.new_empty(a.size, b.size)

    def block(rows: slice) -> None:
        products = torch.empty(len(pairs), len(out[rows]), b.size, dtype=torch.int32, device=like.device)
        for (_, left, right), own in zip(pairs, products):
            integer_products.product(left[rows], right, own)
        row, column, o, u, w, q = borders
        kernels.integers(like).combine(products, factors, (row[rows], column, o[rows], u, w[rows], q), out[rows])

    map_blocks(block, a.size, like.device, block=ROWS)
    return out


def _parts(chains: int) -> list[slice]:
    return [slice(i, i + _CHAINS) for i in range(0, chains, _CHAINS)]


def _products(s: Digits, t: Digits) -> list[tuple[int, Tensor, Tensor]]:
    """Products whose sum, each times its factor, is Σ p p' over the chains: unsigned bytes (a, k), signed ones (k, b).

    Both digits of a mean go into one product with the draws that they meet: on the left as 128 b and b, on the right as
    -128 b and -b, as 128 is no signed byte. Where products of bytes are slow, draws and means are numbers, (a, n) and
    (n, b).
    """
    if not integer_products.bytes_are_fast() and 1 in (len(s.parts), len(t.parts)):
        return [(1, s.numbers().t().contiguous(), t.numbers())]
    match s.parts, t.parts:
        case ((_, bits),), ((_, high), (_, low)):
            unsigned = bits.view(torch.uint8)
            return [(1, _turned(torch.cat([unsigned * BASE, unsigned])), torch.cat([high, low]))]
        case ((_, high), (_, low)), ((_, bits),):
            return [(-1, _turned(torch.cat([high, low])), torch.cat([bits * -BASE, -bits]))]
    return [(f * g, _turned(x), y) for (f, x), (g, y) in pairs_of(s.parts, t.parts)]


def _turned(digits: Tensor) -> Tensor:
    return digits.t().contiguous().view(torch.uint8)


def _borders(
    ensembles: list[tuple[float, Digits, Digits]], about: tuple[Tensor, Tensor] | None, like: Tensor
) -> tuple[Tensor, ...]:
    """What is added to Σ c ⟨p p'⟩, by rows and columns, in double precision: row + column - o u - w q.

    With s = low + p: ⟨s s'⟩ = ⟨p p'⟩ + low' ⟨s⟩ + low ⟨s'⟩ - low low'. About a center o, o':
    ⟨(s - o)(s' - o')⟩ = ⟨s s'⟩ - o (⟨s'⟩ - o') - ⟨s⟩ o'.
    """
    means = {id(x): x.mean(like) for _, s, t in ensembles for x in (s, t)}
    own, other = ([means[id(e[i])] for e in ensembles] for i in (1, 2))
    row = sum(c * t.low * x for (c, _, t), x in zip(ensembles, own))
    column = sum(c * s.low * (y - t.low) for (c, s, t), y in zip(ensembles, other))
    o, q = (x.double() for x in about) if about else (torch.zeros_like(own[0]), torch.zeros_like(other[0]))
    u = sum(c * (y - q) for (c, _, _), y in zip(ensembles, other))
    w = sum(c * x for (c, _, _), x in zip(ensembles, own))
    return row, column, o, u, w, q  # type: ignore[return-value]


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
