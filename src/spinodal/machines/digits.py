"""Digits: values of layers as integers, so that sums over chains, and over ranks, are exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product as pairs_of
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from . import kernels
from .kernels import integer_products
from .kernels.integer_products import Factor
from .kernels.quantized import BASE, LARGEST, Strips
from .potts import Potts
from .units import Units

if TYPE_CHECKING:
    from .kernels.bit_tables import LookedUp
    from .kernels.sparse_bits import Ones

CHAINS = 2**16
"""Chains that one product sums, in 32 bits."""

_TIMES = 8
"""How often at most a product is added to a matrix that it shares with others."""


@dataclass(frozen=True)
class Digits:
    """The values of a layer, s = low + step Σ_d factor_d digit_d, with bytes (d, n, size).

    One digit, 0 or 1, for draws; two to the base 128 for means, which are rounded to steps of 6e-5 of the distance
    between the lowest and the highest value.
    """

    bytes: Tensor
    low: float
    step: float
    _numbers: dict[torch.dtype, Tensor] = field(default_factory=dict, init=False, repr=False)
    _ones: dict[int, Ones | None] = field(default_factory=dict, init=False, repr=False)

    @staticmethod
    def of(units: Units, value: Tensor, like: Tensor) -> Digits:
        """The digits of draws, or of means, of units with bounds."""
        span = units.high - units.low
        if not value.is_floating_point() and (units.is_bit or isinstance(units, Potts)):
            return Digits(units.bits(value)[None], units.low, span)
        found = kernels.integers(like).digits(value.to(like), units.low, LARGEST / span)
        return Digits(found, units.low, span / LARGEST)

    @property
    def chains(self) -> int:
        """How many chains there are."""
        return self.bytes.shape[1]

    @property
    def factors(self) -> tuple[int, ...]:
        """What each digit counts."""
        return (1,) if len(self.bytes) == 1 else (BASE, 1)

    def total(self, like: Tensor) -> Tensor:
        """Σ factor · digit over the chains, (size,) int64."""
        return torch.stack([f * kernels.integers(like).column_sums(x) for f, x in zip(self.factors, self.bytes)]).sum(0)

    def mean(self, total: Tensor, chains: int) -> Tensor:
        """⟨s⟩, (size,), in double precision, given the `total` over so many chains."""
        return total.double() * (self.step / chains) + self.low

    def rows(self, part: slice) -> Digits:
        """Some of the chains."""
        return Digits(self.bytes[:, part], self.low, self.step)

    def ones(self, columns: int) -> Ones | None:
        """At which chains each unit is 1, of draws that seldom are: see `integer_products.few_ones`."""
        if columns not in self._ones:
            draws = len(self.bytes) == 1
            self._ones[columns] = integer_products.few_ones(self.bytes[0].t(), columns) if draws else None
        return self._ones[columns]

    @cached_property
    def looked_up(self) -> LookedUp | None:
        """Draws as bits (size, n) that look up sums over the chains, where tables are fastest; None of means."""
        return integer_products.looked_up(self.bytes[0].t()) if len(self.bytes) == 1 else None

    @cached_property
    def strips(self) -> Strips:
        """Σ factor · digit, (n, size), in strips."""
        return Strips.of(self.numbers(torch.int16))

    def numbers(self, dtype: torch.dtype) -> Tensor:
        """Σ factor · digit, (n, size): integers below 2^14 in a dtype."""
        if dtype not in self._numbers:
            high = self.bytes[0].to(dtype)
            self._numbers[dtype] = high if len(self.bytes) == 1 else high.mul_(BASE).add_(self.bytes[1])
        return self._numbers[dtype]

    @cached_property
    def left(self) -> Tensor:
        """The bytes, (size, 2 n), whose product with `right` of another kind is a sum over both digits of the means."""
        if len(self.bytes) == 2:
            return _turned(self.bytes.flatten(0, 1))
        bits = self.bytes[0].view(torch.uint8)
        return _turned(torch.cat([bits * BASE, bits]))

    @cached_property
    def right(self) -> Tensor:
        """The bytes, (2 n, size), for `left` of another kind; those of draws are negative, as 128 is no signed byte."""
        if len(self.bytes) == 2:
            return self.bytes.flatten(0, 1)
        return torch.cat([self.bytes[0] * -BASE, -self.bytes[0]])


def _turned(digits: Tensor) -> Tensor:
    return digits.t().contiguous().view(torch.uint8)


class Cutter:
    """Cuts the values of some layers into digits; values that were cut before, as those of held layers, have theirs."""

    def __init__(self, units: Mapping[str, Units], like: Tensor):
        self.units, self.like, self._known = units, like, WeakIdKeyDictionary()

    def __call__(self, observed: Mapping[str, Tensor]) -> dict[str, Digits]:
        """The digits of each layer in an ensemble."""
        return {k: self._digits(own, observed[k]) for k, own in self.units.items()}

    def _digits(self, units: Units, value: Tensor) -> Digits:
        if value not in self._known:
            self._known[value] = Digits.of(units, value, self.like)
        found: Digits = self._known[value]
        return found


Product = tuple[int, Factor, Factor]
"""How often it is added, and its factors: (a, k) and (k, b)."""


@dataclass(frozen=True)
class Products:
    """Σ c ⟨p p'⟩ over ensembles, p = Σ factor · digit, as Σ_e factors_e · an integer matrix (a, b).

    Products whose factors are small multiples of one share a matrix: few are then summed over ranks.
    """

    factors: tuple[float, ...]
    products: tuple[tuple[Product, ...], ...]
    shape: tuple[int, int]

    @staticmethod
    def of(terms: Sequence[tuple[float, Digits, Digits]], chains: Sequence[int]) -> Products:
        """Of the digits of two layers in each ensemble, each with its c, and the chains that all ranks have of it."""
        scaled: dict[float, list[tuple[float, Factor, Factor]]] = {}
        for (c, s, t), n in zip(terms, chains):
            every = [(c * times, left, right) for times, left, right in _products(s, t)] if c else []
            scaled.setdefault(s.step * t.step / n, []).extend(every)
        shared = [(scale * unit, own) for scale, every in scaled.items() for unit, own in _shared(every)]
        size = terms[0][1].bytes.shape[2], terms[0][2].bytes.shape[2]
        return Products(tuple(unit for unit, _ in shared), tuple(tuple(own) for _, own in shared), size)

    def part(self, rows: slice = slice(None)) -> torch.Size:
        """The shape of some rows of all matrices, (e, rows, b)."""
        return torch.Size((len(self.factors), len(range(self.shape[0])[rows]), self.shape[1]))

    @property
    def times(self) -> int:
        """How many products at most are added up in a matrix."""
        return max((sum(abs(times) for times, _, _ in own) for own in self.products), default=0)

    def compute(self, rows: slice, out: Tensor) -> None:
        """Some rows of the matrices, into `out` (e, rows, b), which may be of 32 bits or of 64."""
        own = out.new_empty(out.shape[1:], dtype=torch.int32)
        for products, total in zip(self.products, out):
            for i, (times, left, right) in enumerate(products):
                found = integer_products.product(left[rows], right, own)
                torch.mul(found, times, out=total) if i == 0 else total.add_(found, alpha=times)


def _products(s: Digits, t: Digits) -> list[Product]:
    """Products whose sum is Σ p p' over the chains: unsigned bytes (a, k), signed ones (k, b).

    Both digits of a mean go into one product with the draws that they meet: on the left as 128 b and b, on the right as
    -128 b and -b. Where draws on the left are seldom 1, those of the right are added at which they are. Where tables
    are the fastest, draws on one side look up the sums of the other. Else, where products of bytes are slow, draws and
    means are numbers, (a, n) and (n, b).
    """
    if s.chains > CHAINS:
        parts = [slice(i, i + CHAINS) for i in range(0, s.chains, CHAINS)]
        return [product for part in parts for product in _products(s.rows(part), t.rows(part))]
    if (ones := s.ones(t.bytes.shape[2])) is not None:
        return [(1, ones, t.strips)]
    if s.looked_up is not None:
        return [(1, s.looked_up, t.strips)]
    if t.looked_up is not None:
        return [(1, s.strips, t.looked_up)]
    dtype = integer_products.number_dtype(s.bytes.device)
    if dtype is not None and 1 in (len(s.bytes), len(t.bytes)):
        right = t.numbers(dtype)
        if len(s.bytes) == len(t.bytes):  # draws of both: one of them is the number
            right = right.to(dtype)
        return [(1, s.numbers(dtype).t().contiguous(), right)]
    if len(s.bytes) != len(t.bytes):
        return [(1 if len(s.bytes) == 1 else -1, s.left, t.right)]
    digits = pairs_of(zip(s.factors, s.bytes), zip(t.factors, t.bytes))
    return [(f * g, _turned(x), y) for (f, x), (g, y) in digits]


def _shared(products: Sequence[tuple[float, Factor, Factor]]) -> list[tuple[float, list[Product]]]:
    """The products in groups, each with a unit of which all of its factors are small multiples."""
    groups: list[tuple[float, list[Product]]] = []
    for factor, left, right in sorted(products, key=lambda own: abs(own[0])):
        fits = (group for group in groups if (factor / group[0]).is_integer() and abs(factor / group[0]) <= _TIMES)
        if (group := next(fits, None)) is None:
            groups.append(group := (abs(factor), []))
        unit, own = group
        own.append((round(factor / unit), left, right))
    return groups
