"""Units: the law of a layer's values at a potential, and how these values act through a weight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log, pi
from typing import Any

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
    can have (a tuple, or a property where they depend on a field; `low` and `high`, where they can't be listed), and it
    defines `draw`, `mean`, `log_partition` and `inverse_mean`. Run directories store its fields under the name of its
    class; `KINDS` has all of these classes.
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
        listed: Any = cls.__dict__.get("values", ())
        if isinstance(listed, property):
            _list_by(cls, listed)
        elif isinstance(listed, Sequence) and len(listed):
            cls.values = tuple(map(float, listed))  # integers would be letters
            cls.low, cls.high = cls.values[0], cls.values[-1]
        elif listed != ():
            raise TypeError(f"values of {cls.__name__} are the numbers of a draw in increasing order, such as "
                            f"values = (-1, 0, 1), not {listed!r}")  # fmt: skip
        KINDS[cls.__name__] = cls

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


def _list_by(cls: Any, listed: property) -> None:
    """Values that depend on a field of the units: as numbers with a point, whose ends are `low` and `high`."""
    cls.values = property(lambda self: tuple(map(float, listed.__get__(self))))
    if "low" not in cls.__dict__:
        cls.low, cls.high = property(lambda self: self.values[0]), property(lambda self: self.values[-1])


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


def check_units(units: Mapping[str, Units]) -> None:
    """Raises ValueError for a layer that is no units."""
    if strange := [k for k, u in units.items() if not isinstance(u, Units)]:
        given = ranges.format_value(units[strange[0]])
        raise ValueError(f"{strange[0]} is a layer of units, such as sp.Bernoulli(100) or data.units, not {given}")


def has_unknown(x: Tensor) -> bool:
    """Whether an entry is unknown: NaN, or -1 in letters; values of 8 bits are draws of binary units, all known."""
    if x.dtype == torch.int8:
        return False
    # the sum takes a tenth of the time of isnan().any()
    return bool(x.sum().isnan() if x.is_floating_point() else x.min() < 0)
