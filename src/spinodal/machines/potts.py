"""Potts: units of letters, one of several states a site, and the rows of a weight that letters stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import torch
from jaxtyping import Float, Int8, Shaped
from torch import Tensor

from .. import ranges
from . import kernels
from .noise import Place
from .units import NEVER, Acting, Field, Mean, Onto, Sent, Units, Value, Weight


@dataclass(frozen=True)
class Potts(Units):
    """`sites` units of `colors` states each, p(s | x) ∝ exp(x_s).

    A draw of a site is a letter (a small integer; -1 is unknown), its mean the softmax over its states.
    Numbers and weights are state-major: row = color * sites + site.

    states   how many states each site has, where they differ: one number a site, from 1 to `colors`. A site of q states
             has the letters below q; its other rows are in the weights, are never drawn, and stay 0
    symbols  the names of the letters: one a color, or a tuple of them a site, or ()

    >>> Potts(2, 3).columns, Potts(2, 3, states=(3, 2)).counts
    (2, (3, 2))
    """

    sites: int
    colors: int
    states: tuple[int, ...] = ()
    symbols: tuple[str | tuple[str, ...], ...] = field(default=(), compare=False)
    low = 0.0
    high = 1.0
    draws_sums = True

    def __post_init__(self) -> None:
        for name in ("sites", "colors"):
            object.__setattr__(self, name, ranges.integer(f"{name} of Potts", getattr(self, name), 1, ranges.SIZE))
        states = tuple(ranges.integer("states of Potts", n, 1, self.colors) for n in self.states)
        if states and (len(states) != self.sites or min(states) < 1 or max(states) > self.colors):
            raise ValueError(f"{self} needs states from 1 to {self.colors}, one a site: {self.sites} of them")
        object.__setattr__(self, "states", () if set(states) == {self.colors} else states)  # () where none lacks any
        listed = tuple(map(len, self.symbols))
        if self.by_site and (len(listed) != self.sites or listed != self.counts):
            raise ValueError(f"{self} needs a symbol for every state of each site, not {list(listed)}")
        if self.symbols and not self.by_site and (self.states or len(self.symbols) != self.colors):
            needed = "tuples of symbols, one a site" if self.states else f"{self.colors} symbols"
            raise ValueError(f"{self} needs {needed}, not {len(self.symbols)}")

    def __repr__(self) -> str:
        states = f", states={self.states}" if self.states else ""
        return f"Potts(sites={self.sites}, colors={self.colors}{states})"

    @property
    def counts(self) -> tuple[int, ...]:
        """How many states each site has, (sites,)."""
        return self.states or (self.colors,) * self.sites

    @property
    def by_site(self) -> bool:
        """Whether each site has symbols of its own."""
        return isinstance(next(iter(self.symbols), ""), tuple)

    @property
    def size(self) -> int:  # type: ignore[override]
        """How many numbers a chain has: one for each state of each site."""
        return self.sites * self.colors

    @property
    def columns(self) -> int:
        return self.sites

    def support(self) -> Sequence[Sequence[float] | range]:
        return [range(q) for q in self.counts]

    def draw(self, x: Field | kernels.Sums, place: Place) -> Value:
        x = self.possible(kernels.dense(x)) if self.states else x
        return kernels.letters(x, self.sites, self.colors, place)

    def mean(self, x: Field) -> Field:
        return self._without(kernels.of(x).softmax(self.possible(x), self.sites, self.colors), 0.0)

    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        return self.possible(x).unflatten(-1, (self.colors, self.sites)).logsumexp(-2).sum(-1)

    def inverse_mean(self, mean: Mean) -> Mean:
        return self._zero_sum(kernels.log_double(self._without(mean, 1.0).double()).to(mean.dtype))

    def possible(self, x: Tensor) -> Tensor:
        """The potential (..., size), `NEVER` for the states that a site lacks."""
        return self._without(x, NEVER)

    def send(self, value: Value, weight: Acting, onto: Onto = None) -> Sent:
        """onto + s W; for letters the sum of their rows of W."""
        if value.is_floating_point():
            return super().send(value, weight, onto)
        if isinstance(weight, kernels.QuantizedRows):
            return kernels.Sums.onto(onto, kernels.integers(weight.scale).gather(value, weight), weight.scale)
        assert not isinstance(weight, kernels.Quantized)  # they are for binary units
        return kernels.gather(self._rows(value), weight, onto)

    def acting(self, weight: Weight, exact: bool) -> Acting:
        if exact and self.sites <= kernels.MOST:
            return kernels.integers(weight).quantize_rows(weight)
        return kernels.ColumnBlocks.of(weight) if self.sites > 1 and weight.device.type == "cpu" else weight

    def numbers(self, value: Value, like: Tensor) -> Field:
        if value.is_floating_point():
            return value
        return like.new_zeros(len(value), self.size).scatter_(1, self._rows(value).long(), 1.0)

    def bits(self, value: Value) -> Int8[Tensor, "n size"]:
        blank = torch.zeros(len(value), self.size, dtype=torch.int8, device=value.device)
        return blank.scatter_(1, self._rows(value).long(), 1)

    def average(self, value: Value, like: Tensor) -> Mean:
        if value.is_floating_point():
            return super().average(value, like)
        count = torch.bincount(self._rows(value).flatten(), minlength=self.size)
        return count.to(like) / len(value)

    def gauge(self, weight: Weight) -> Weight:
        """The zero-sum gauge: at every site the weights of all states sum to 0."""
        return self._zero_sum(weight)

    def zero_diagonal(self, weight: Float[Tensor, "size size"]) -> None:
        weight.view(self.colors, self.sites, self.colors, self.sites).diagonal(dim1=1, dim2=3).zero_()

    def validate(self, known: Tensor, like: Tensor) -> Tensor:
        """Letters (n, sites) as integers, or their probabilities (n, size) as numbers."""
        if known.is_floating_point():
            return self._there(super().validate(known, like))
        x = self._of_width(known.to(like.device, torch.int32), self.sites)
        low, high = (int(e) for e in x.aminmax())
        if low < -1 or high >= self.colors:
            raise ValueError(f"{self} shows letters from 0 to {self.colors - 1} (-1: unknown), not {low} to {high}")
        return self._there(x)

    def is_drawable(self, known: Tensor) -> bool:
        return not known.is_floating_point()

    def unpack(self, value: Value, like: Tensor) -> Value:
        return value if value.is_floating_point() else value.to(torch.int32)

    def fill(self, known: Tensor, value: Tensor) -> Tensor:
        if known.is_floating_point():
            return super().fill(known, self.numbers(value, known))
        if not value.is_floating_point():
            return torch.where(known < 0, value, known)
        unknown = (known < 0).repeat(1, self.colors)
        return torch.where(unknown, value, self.numbers(known.clamp(min=0), value))

    def blank(self, n: int) -> Value:
        return torch.full((n, self.sites), -1)

    def as_data(self, value: Shaped[Tensor, "n values"]) -> Value:
        return self._by_color(value).argmax(1) if value.is_floating_point() else value

    def most_probable(self, mean: Field, sampled: bool) -> tuple[Tensor, Tensor]:
        probability, letters = self._by_color(mean).max(1)
        return letters, probability

    def _by_color(self, x: Field) -> Float[Tensor, "n colors sites"]:
        return x.unflatten(1, (self.colors, self.sites))

    def _without(self, x: Tensor, value: float) -> Tensor:
        """x (..., size) with a value in place of what belongs to states that a site lacks; x itself where none does."""
        return x.masked_fill(_lacking(self.states, self.colors, x.device), value) if self.states else x

    def _zero_sum(self, x: Tensor) -> Tensor:
        """x (size, ...) without its mean over the states of each site; 0 for those that a site lacks."""
        by_color = x.unflatten(0, (self.colors, self.sites))
        if not self.states:
            return (by_color - by_color.mean(0)).flatten(0, 1)
        lacks = _lacking(self.states, self.colors, x.device).unflatten(0, by_color.shape[:2])
        lacks = lacks.reshape(*by_color.shape[:2], *(1 for _ in x.shape[1:]))
        mean = by_color.masked_fill(lacks, 0.0).sum(0) / (~lacks).sum(0)
        return (by_color - mean).masked_fill(lacks, 0.0).flatten(0, 1)

    def _there(self, x: Tensor) -> Tensor:
        """Letters or probabilities as they are. Raises ValueError for a state that its site lacks."""
        if self.states:
            often = self.average(x.nan_to_num(0).clamp(min=0), torch.empty(0, device=x.device))
            lacked = (often > 0) & _lacking(self.states, self.colors, x.device)
            for row in lacked.nonzero()[:1, 0].tolist():
                letter, site = divmod(row, self.sites)
                last = self.states[site] - 1
                raise ValueError(f"{self}: site {site} (from 0) has states 0 to {last}, not {letter}")
        return x

    def _rows(self, letters: Tensor) -> Tensor:
        """The row of the weight that each letter stands for."""
        return torch.add(_sites(self.sites, letters.device), letters, alpha=self.sites)


@cache
def _sites(n: int, device: torch.device) -> Tensor:
    return torch.arange(n, dtype=torch.int32, device=device)


@cache
def _lacking(states: tuple[int, ...], colors: int, device: torch.device) -> Tensor:
    """Which states sites lack, (colors * sites,), state-major."""
    return (torch.arange(colors)[:, None] >= torch.tensor(states)).flatten().to(device)
