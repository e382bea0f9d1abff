"""Units: the law of a layer's values at a potential, and how these values act through a weight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from math import inf, log, pi

import torch
from jaxtyping import Float, Int8, Shaped
from torch import Tensor

from .. import ranges
from . import kernels
from .noise import Place

Field = Float[Tensor, "n size"]
Value = Shaped[Tensor, "n columns"]
Weight = Float[Tensor, "size m"]
Acting = Weight | kernels.Quantized | kernels.QuantizedRows | kernels.ColumnBlocks
Mean = Float[Tensor, " size"]
Energies = Float[Tensor, " n"]
Sent = Float[Tensor, "n m"] | kernels.Sums
Onto = Float[Tensor, " m"] | Float[Tensor, "n m"] | None

NEVER = -1e30
"""The potential of values that never come: finite, because the kernels need finite numbers."""


KINDS: dict[str, type[Units]] = {}
"""Every class of units by its name, which is what run directories call it."""


class Units(ABC):
    """Units of a number s each, from `low` to `high`; NaN is unknown. At potential x

        p(s | x) ∝ exp(x s - self_energy(s))

    A new kind of unit is a frozen dataclass that inherits from this one. It has a `size` and the `values` that a draw
    can have (or `low` and `high`, where they can't be listed), and defines `draw`, `mean`, `log_partition` and
    `inverse_mean`. Run directories store its fields under the name of its class; `KINDS` has all of these classes.
    """

    size: int
    values: tuple[float, ...] = ()
    """The numbers that a draw of one unit can have, in increasing order; () where they can't be listed."""
    low: float
    high: float
    binary = False
    """Whether a draw is one of two whole numbers."""
    draws_sums = False
    """Whether `draw` also takes a field that is not summed up yet (`kernels.Sums`)."""
    symbols: tuple[str | tuple[str, ...], ...] = ()
    """The names of the letters; () for units of numbers."""

    def __init_subclass__(cls) -> None:
        """Registers the class by its name. Raises TypeError where a class of another module has the name already."""
        other = KINDS.get(cls.__name__, cls)
        if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(
                f"{other.__module__} has units named {cls.__name__} already, by which run directories know them: "
                f"take another name in {cls.__module__}"
            )
        KINDS[cls.__name__] = cls
        if cls.values:
            cls.values = tuple(map(float, cls.values))  # integers would be letters
            cls.low, cls.high = cls.values[0], cls.values[-1]

    def __post_init__(self) -> None:
        """Raises ValueError where the size is no number of units."""
        object.__setattr__(
            self, "size", ranges.integer(f"the size of {type(self).__name__}", self.size, 1, ranges.SIZE)
        )

    # -- the law of their values ----------------------------------------------------------------

    @abstractmethod
    def draw(self, x: Field, place: Place) -> Value:
        """A draw from p(s | x) with the noise of a place; x (n, size)."""

    @abstractmethod
    def mean(self, x: Field) -> Field:
        """⟨s⟩ given the potential x, (n, size): the derivative of `log_partition`."""

    @abstractmethod
    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        """log Σ_s exp(x s - self_energy(s)), summed over the units: x (..., size) -> (...)."""

    @abstractmethod
    def inverse_mean(self, mean: Mean) -> Mean:
        """The potential at which the mean is `mean`, (size,): the inverse of `mean`."""

    def relax(self, potential: Field, field: Field, rate: float) -> Field:
        """Moves the potential in place, potential <- potential + rate (field - potential), and returns its mean."""
        return self.mean(kernels.move(potential, field, rate))

    def self_energy(self, s: Field) -> Energies:
        """The energy of the values s that doesn't depend on the potential, (n,): 0 for most units."""
        return s.new_zeros(len(s))

    # -- how their values act -------------------------------------------------------------------

    def send(self, value: Value, weight: Acting, onto: Onto = None) -> Sent:
        """onto + s W: value (n, size), weight (size, m), onto (m,) or (n, m) -> (n, m), new."""
        if isinstance(weight, kernels.Quantized):
            return kernels.Sums.onto(onto, kernels.sums(value, weight), weight.scale)
        assert isinstance(weight, Tensor)  # the other forms are for letters
        return kernels.product(value.to(weight.dtype), weight, onto)

    def acting(self, weight: Weight, exact: bool) -> Acting:
        """The weight in the form in which draws act through it; `exact`: in 15-bit integers, where that can be."""
        if exact and self.is_bit and self.size <= kernels.MOST:
            return kernels.integers(weight).quantize(weight, int(self.low))
        return weight

    def numbers(self, value: Value, like: Tensor) -> Field:
        """The values as numbers of the dtype of `like`, (n, size): the s in ⟨s s'⟩."""
        return value.to(like)

    def bits(self, value: Value) -> Int8[Tensor, "n size"]:
        """Draws of binary units, or letters, as 0 and 1: a number for each state of a letter."""
        return value if self.low == 0 else (value > 0).view(torch.int8)

    def average(self, value: Value, like: Tensor) -> Mean:
        """⟨s⟩ over the chains, (size,)."""
        return self.numbers(value, like).mean(0)

    def gauge(self, weight: Weight) -> Weight:
        """The weight (size, m) without the part that changes no conditional law; here it has no such part."""
        return weight

    def zero_diagonal(self, weight: Float[Tensor, "size size"]) -> None:
        """Sets to 0, in place, what each unit sends to itself through a weight (size, size) of the layer to itself."""
        weight.fill_diagonal_(0)

    # -- their values, and data in their form --------------------------------------------------

    def support(self) -> Sequence[Sequence[float] | range]:
        """The values that each column of a draw can have, column by column; () for a column whose can't be listed."""
        return [self.values] * self.size

    @property
    def columns(self) -> int:
        """How many entries a row of data of this layer has."""
        return self.size

    @property
    def span(self) -> float:
        """The largest distance of two values; where values have no bounds, the standard deviation of a draw."""
        return self.high - self.low if self.high < inf else 1.0

    def validate(self, known: Tensor, like: Tensor) -> Tensor:
        """Data in the form of the machine: checked, of the dtype of `like`, on its device.

        Raises ValueError where the shape or a value can't be this layer's.
        """
        x = self._of_width(known.to(like), self.size)
        low, high = (x.nan_to_num(self.low) if has_unknown(x) else x).aminmax()
        if low < self.low or high > self.high:
            raise ValueError(f"{self} shows numbers from {self.low:g} to {self.high:g}, not {low:g} to {high:g}")
        return x

    def is_drawable(self, known: Tensor) -> bool:
        """Whether all known entries of binary units, or of letters, are values of a draw, and not means."""
        if known.dtype == torch.int8:
            return True
        return self.binary and bool(((known == self.low) | (known == self.high) | known.isnan()).all())

    @property
    def is_bit(self) -> bool:
        """Whether a draw is 0 or 1, or -1 or 1, and has a byte."""
        return self.binary and self.values in ((0.0, 1.0), (-1.0, 1.0))

    def pack(self, known: Tensor) -> Value:
        """Whole data in the dtype of draws, if they can be draws of 0 or 1, or -1 or 1; other data as they are."""
        if not self.is_bit:
            return known
        small = known.to(torch.int8)
        drawable = torch.equal(small.to(known.dtype), known) and (self.low == 0 or bool(small.all()))
        return small if drawable else known

    def unpack(self, value: Value, like: Tensor) -> Value:
        """A value in the form of data: numbers of the dtype of `like`, and letters of 32 bits."""
        return value.to(like)

    def fill(self, known: Tensor, value: Tensor) -> Tensor:
        """The known entries, and `value` where an entry is unknown."""
        return torch.where(known.isnan(), value, known)

    # -- their form in data ---------------------------------------------------------------------

    def blank(self, n: int) -> Value:
        """n rows of data of which nothing is known."""
        return torch.full((n, self.columns), torch.nan)

    def as_data(self, value: Shaped[Tensor, "n values"]) -> Value:
        """The values in the form of data, (n, columns): of means of letters the most probable letters."""
        return value

    def most_probable(self, mean: Field, sampled: bool) -> tuple[Tensor, Tensor]:
        """The most probable entry of each column and its probability, (n, columns) each, given means (n, size).

        For numbers, such as the means of units that are not `sampled`: the mean, and NaN.
        """
        if not (self.binary and (sampled or self.low == 0)):
            return mean, torch.full_like(mean, torch.nan)
        share = (mean - self.low) / (self.high - self.low)
        return torch.where(share > 0.5, self.high, self.low), torch.maximum(share, 1 - share)

    def _of_width(self, x: Tensor, width: int) -> Tensor:
        if x.dim() != 2 or x.shape[1] != width or not len(x):
            raise ValueError(f"{self} takes rows of {width}, (n, {width}), not {tuple(x.shape)}")
        return x


@dataclass(frozen=True)
class Bernoulli(Units):
    """Units s in {0, 1} with p(s | x) ∝ exp(x s). Their mean is the logistic function."""

    size: int
    values = (0.0, 1.0)
    binary = draws_sums = True

    def draw(self, x: Field | kernels.Sums, place: Place) -> Value:
        return kernels.binary(x, 1.0, 0, place)

    def mean(self, x: Field) -> Field:
        return kernels.of(x).sigmoid(x)

    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        return kernels.log_partition(x, self.low)

    def inverse_mean(self, mean: Mean) -> Mean:
        x = mean.double()
        return kernels.log_double(x / (1 - x)).to(mean.dtype)


@dataclass(frozen=True)
class Spin(Units):
    """Units s in {-1, +1} with p(s | x) ∝ exp(x s). Their mean is tanh: a rate unit."""

    size: int
    values = (-1.0, 1.0)
    binary = draws_sums = True

    def draw(self, x: Field | kernels.Sums, place: Place) -> Value:
        return kernels.binary(x, 2.0, -1, place)

    def mean(self, x: Field) -> Field:
        return kernels.of(x).tanh(x)

    def relax(self, potential: Field, field: Field, rate: float) -> Field:
        return kernels.of(field).relax_tanh(potential, field, rate)

    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        return kernels.log_partition(x, self.low)

    def inverse_mean(self, mean: Mean) -> Mean:
        x = mean.double()
        return (kernels.log_double((1 + x) / (1 - x)) / 2).to(mean.dtype)


@dataclass(frozen=True)
class Gaussian(Units):
    """Units of any real number s, p(s | x) ∝ exp(x s - s²/2): normal, of mean x and variance 1.

    The energy has the term s²/2, so exp(-E) is a density: log_partition is log ∫ ds exp(x s - s²/2), so
    x²/2 + log √(2π) a unit. Shift and scale data of other means and scales first.
    """

    size: int
    low = -inf
    high = inf

    def draw(self, x: Field, place: Place) -> Value:
        return kernels.of(x).gaussian(x, place)

    def mean(self, x: Field) -> Field:
        return x.clone()  # a copy: the potential changes in place

    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        return x.square().sum(-1) / 2 + self.size * log(2 * pi) / 2

    def inverse_mean(self, mean: Mean) -> Mean:
        return mean.clone()

    def self_energy(self, s: Field) -> Energies:
        return s.square().sum(1) / 2

    def validate(self, known: Tensor, like: Tensor) -> Tensor:
        x = super().validate(known, like)
        if x.isinf().any():
            raise ValueError(f"{self} shows finite numbers, not inf: give NaN for what is unknown")
        return x


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


def has_unknown(x: Tensor) -> bool:
    """Whether an entry is unknown: NaN, or -1 in letters; values of 8 bits are draws of binary units, all known."""
    if x.dtype == torch.int8:
        return False
    # the sum takes a tenth of the time of isnan().any()
    return bool(x.sum().isnan() if x.is_floating_point() else x.min() < 0)
