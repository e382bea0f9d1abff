"""Units: what a potential makes a layer show, and how what it shows acts through a weight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cache

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn.functional import softplus

from . import kernels
from .noise import Place

Field = Float[Tensor, "n size"]
Shown = Shaped[Tensor, "n columns"]
Weight = Float[Tensor, "size m"]
Acting = Weight | kernels.Planes | kernels.Slabs
Mean = Float[Tensor, " size"]
Sent = Float[Tensor, "n m"]
Onto = Float[Tensor, " m"] | Float[Tensor, "n m"] | None


class Units(ABC):
    """Units that show one real number each, between `low` and `high`; NaN is unknown.

    A new kind of unit is a frozen dataclass on top of this one that says its `size`, `low` and `high`, and
    answers `draw`, `mean`, `log_partition` and `resting`.
    """

    size: int
    low: float
    high: float
    binary = False
    """Whether a draw is one of two whole numbers."""

    # -- what a potential makes them show -------------------------------------------------------

    @abstractmethod
    def draw(self, x: Field, place: Place) -> Shown:
        """A draw from p(s | x) with the noise of a place; x (n, size)."""

    @abstractmethod
    def mean(self, x: Field) -> Field:
        """⟨s⟩ given the potential x, (n, size): the derivative of `log_partition`."""

    @abstractmethod
    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        """log Σ_s exp(x s), summed over the units: x (..., size) -> (...)."""

    @abstractmethod
    def resting(self, mean: Mean) -> Mean:
        """The potential at which the mean is `mean`, (size,): the inverse of `mean`."""

    def follow(self, potential: Field, field: Field, rate: float) -> Field:
        """potential <- potential + rate (field - potential), in place; the mean it shows."""
        return self.mean(potential.lerp_(field, rate))

    # -- how what they show acts ----------------------------------------------------------------

    def send(self, shown: Shown, weight: Acting, onto: Onto = None) -> Sent:
        """onto + s W: shown (n, size), weight (size, m), onto (m,) or (n, m) -> (n, m), a new tensor."""
        assert not isinstance(weight, kernels.Slabs)  # they are for letters
        return kernels.product(shown, weight, onto)

    def acting(self, weight: Weight, coarse: bool) -> Acting:
        """The weight in the form through which drawn units act fastest; `coarse`: in 15 bits where they can."""
        return kernels.Planes.of(weight) if coarse and self.binary else weight

    def numbers(self, shown: Shown, like: Tensor) -> Field:
        """What is shown as numbers of the kind of `like`, (n, size): the s in ⟨s s'⟩."""
        return shown

    def average(self, shown: Shown, like: Tensor) -> Mean:
        """⟨s⟩ over the chains, (size,)."""
        return shown.mean(0)

    def gauge(self, weight: Weight) -> Weight:
        """The weight (size, m) without what its units can't tell apart; here all of it counts."""
        return weight

    def spare(self, weight: Float[Tensor, "size size"]) -> None:
        """In place: a weight (size, size) from these units to themselves, without what a unit sends to itself."""
        weight.fill_diagonal_(0)

    # -- what is known of them ------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """How many entries a row of data of this layer has."""
        return self.size

    def tidy(self, known: Tensor, like: Tensor) -> Tensor:
        """Data as the machine takes them: checked, of the kind of `like`, on its device.

        Raises ValueError where the shape or a value can't be this layer's.
        """
        x = self._of_width(known.to(like), self.size)
        low, high = (x.nan_to_num(self.low) if has_unknown(x) else x).aminmax()
        if low < self.low or high > self.high:
            raise ValueError(f"{self} shows numbers from {self.low:g} to {self.high:g}, not {low:g} to {high:g}")
        return x

    def is_drawable(self, known: Tensor) -> bool:
        """Whether all that is known of binary units, or of letters, is what a draw shows: no number in between."""
        return self.binary and bool(((known == self.low) | (known == self.high) | known.isnan()).all())

    def fill(self, known: Tensor, shown: Tensor) -> Tensor:
        """What is known, and what is shown where nothing is."""
        return torch.where(known.isnan(), shown, known)

    def _of_width(self, x: Tensor, width: int) -> Tensor:
        if x.dim() != 2 or x.shape[1] != width or not len(x):
            raise ValueError(f"{self} takes rows of {width}, (n, {width}), not {tuple(x.shape)}")
        return x


@dataclass(frozen=True)
class Bernoulli(Units):
    """Units s in {0, 1} with p(s | x) ∝ exp(x s). Their mean is the logistic function."""

    size: int
    low = 0.0
    high = 1.0
    binary = True

    def draw(self, x: Field, place: Place) -> Shown:
        return kernels.of(x).binary(x, 1.0, 0.0, place)

    def mean(self, x: Field) -> Field:
        return kernels.of(x).sigmoid(x)

    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        return _softplus(x).sum(-1)

    def resting(self, mean: Mean) -> Mean:
        return mean.logit()


@dataclass(frozen=True)
class Spin(Units):
    """Units s in {-1, +1} with p(s | x) ∝ exp(x s). Their mean is tanh: a rate unit."""

    size: int
    low = -1.0
    high = 1.0
    binary = True

    def draw(self, x: Field, place: Place) -> Shown:
        return kernels.of(x).binary(x, 2.0, -1.0, place)

    def mean(self, x: Field) -> Field:
        return kernels.of(x).tanh(x)

    def follow(self, potential: Field, field: Field, rate: float) -> Field:
        return kernels.of(field).follow_tanh(potential, field, rate)

    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        return (_softplus(2 * x) - x).sum(-1)

    def resting(self, mean: Mean) -> Mean:
        return mean.atanh()


@dataclass(frozen=True)
class Potts(Units):
    """`sites` units of `colors` states each, p(s | x) ∝ exp(x_s).

    Drawn, a site shows a letter (a small integer; -1 is unknown); averaged, the softmax over its states.
    Numbers and weights are state-major: row = color * sites + site. `symbols` are what people call the
    letters, one a color, or nothing.
    """

    sites: int
    colors: int
    symbols: tuple[str, ...] = field(default=(), compare=False, repr=False)
    low = 0.0
    high = 1.0

    def __post_init__(self) -> None:
        if self.symbols and len(self.symbols) != self.colors:
            raise ValueError(f"{self} needs {self.colors} symbols, not {len(self.symbols)}")

    @property
    def size(self) -> int:  # type: ignore[override]
        """Numbers a chain: a site has one for each of its states."""
        return self.sites * self.colors

    @property
    def columns(self) -> int:
        return self.sites

    def draw(self, x: Field, place: Place) -> Shown:
        return kernels.of(x).letters(x, self.sites, self.colors, place)

    def mean(self, x: Field) -> Field:
        return kernels.of(x).softmax(x, self.sites, self.colors)

    def log_partition(self, x: Float[Tensor, "*n size"]) -> Float[Tensor, "*n"]:
        return self._by_color(x).logsumexp(-2).sum(-1)

    def resting(self, mean: Mean) -> Mean:
        x = self._by_color(mean).log()
        return (x - x.mean(-2, keepdim=True)).flatten(-2)

    def send(self, shown: Shown, weight: Acting, onto: Onto = None) -> Sent:
        """onto + s W; letters sum their rows of W."""
        if shown.is_floating_point():
            return super().send(shown, weight, onto)
        assert not isinstance(weight, kernels.Planes)  # they are for binary units
        return kernels.gather(self._rows(shown), weight, onto)

    def acting(self, weight: Weight, coarse: bool) -> Acting:
        return kernels.Slabs.of(weight) if self.sites > 1 and weight.device.type == "cpu" else weight

    def numbers(self, shown: Shown, like: Tensor) -> Field:
        if shown.is_floating_point():
            return shown
        return like.new_zeros(len(shown), self.size).scatter_(1, self._rows(shown).long(), 1.0)

    def average(self, shown: Shown, like: Tensor) -> Mean:
        if shown.is_floating_point():
            return super().average(shown, like)
        count = torch.bincount(self._rows(shown).flatten(), minlength=self.size)
        return count.to(like) / len(shown)

    def gauge(self, weight: Weight) -> Weight:
        """The zero-sum gauge: at every site the weights of all states sum to 0."""
        by_color = weight.unflatten(0, (self.colors, self.sites))
        return (by_color - by_color.mean(0)).flatten(0, 1)

    def spare(self, weight: Float[Tensor, "size size"]) -> None:
        weight.view(self.colors, self.sites, self.colors, self.sites).diagonal(dim1=1, dim2=3).zero_()

    def tidy(self, known: Tensor, like: Tensor) -> Tensor:
        """Letters (n, sites) as integers, or their probabilities (n, size) as numbers."""
        if known.is_floating_point():
            return super().tidy(known, like)
        x = self._of_width(known.to(like.device, torch.int32), self.sites)
        low, high = (int(e) for e in x.aminmax())
        if low < -1 or high >= self.colors:
            raise ValueError(f"{self} shows letters from 0 to {self.colors - 1} (-1: unknown), not {low} to {high}")
        return x

    def is_drawable(self, known: Tensor) -> bool:
        return not known.is_floating_point()

    def fill(self, known: Tensor, shown: Tensor) -> Tensor:
        if known.is_floating_point():
            return super().fill(known, self.numbers(shown, known))
        if not shown.is_floating_point():
            return torch.where(known < 0, shown, known)
        unknown = (known < 0).repeat(1, self.colors)
        return torch.where(unknown, shown, self.numbers(known.clamp(min=0), shown))

    def _by_color(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.colors, self.sites))

    def _rows(self, letters: Tensor) -> Tensor:
        """The row of the weight that each letter stands for."""
        return torch.add(_sites(self.sites, letters.device), letters, alpha=self.sites)


@cache
def _sites(n: int, device: torch.device) -> Tensor:
    return torch.arange(n, dtype=torch.int32, device=device)


def _softplus(x: Tensor) -> Tensor:
    """log(1 + e^x); where no slope is asked for, by operations that round alike for any number of threads."""
    return softplus(x) if torch.is_grad_enabled() else x.abs().neg_().exp_().log1p_().add_(x.clamp(min=0))


def has_unknown(x: Tensor) -> bool:
    """Whether an entry is unknown: NaN, or -1 in letters."""
    # the sum takes a tenth of the time of isnan().any()
    return bool(x.sum().isnan() if x.is_floating_point() else x.min() < 0)
