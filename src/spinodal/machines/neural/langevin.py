"""Langevin: real numbers move down the slope of an energy, and noise is added."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from torch import Tensor

from ... import ranges
from .. import kernels
from ..noise import Place
from ..units import Units


@dataclass(frozen=True)
class Langevin:
    """A step of Langevin dynamics, of numbers:

        v <- v - step dE/dv + noise ξ,   ξ ~ N(0, 1)

    step    the step size, above 0, in units of v² / E
    noise   the standard deviation of the noise. None: √(2 step), at which chains of small steps, or of any steps with a
            Metropolis correction, sample exp(-E). Short runs are often made with less (Nijkamp et al. 2019,
            arXiv:1904.09770): what they generate follows from their start, and E is no log-density then
    limit   the most that step dE/dv counts in one step. Without a limit training is not stable: where E rises steeply
            a step overshoots to the other side, training raises E there, and it rises still more steeply
    bound   values are from -bound to bound; inf: as the units allow

    A step that leads out of the range ends where it ends. Chains start at N(0, 1), or where units have a range anywhere
    in it. With a Metropolis correction a step that leads out of the range is not taken.
    """

    step: float
    noise: float | None = None
    limit: float = inf
    bound: float = inf

    def __post_init__(self) -> None:
        ranges.real("step", self.step, lambda x: x > 0, "must be a positive number")
        if self.noise is not None:
            ranges.not_negative("noise", self.noise)
        for name in ("limit", "bound"):
            if getattr(self, name) != inf:
                ranges.real(name, getattr(self, name), lambda x: x > 0, "must be a positive number, or inf")

    @property
    def numbers(self) -> bool:
        return True

    @property
    def share(self) -> float:
        return 1.0

    @property
    def ahead(self) -> bool:
        return False

    @property
    def deviation(self) -> float:
        """The standard deviation of the noise."""
        return (2 * self.step) ** 0.5 if self.noise is None else self.noise

    def start(self, units: Units, n: int, field: Tensor, place: Place, like: Tensor) -> Tensor:
        if units.high == inf:
            return kernels.normal(n, units.size, place, like)
        u: Tensor = kernels.of(like).uniform(n, units.size, place, like)
        return u * (units.high - units.low) + units.low

    def propose(self, units: Units, value: Tensor, force: Tensor, field: Tensor, place: Place) -> Tensor:
        moved = value + self._drift(force + field)
        if self.deviation:
            moved += self.deviation * kernels.normal(len(value), units.size, place, value)
        return self._inside(units, moved)

    def log_density(self, units: Units, new: Tensor, value: Tensor, force: Tensor, field: Tensor) -> Tensor:
        apart = new - value - self._drift(force + field)
        log_q = -apart.square() / (2 * self.deviation**2)
        end = (new <= max(units.low, -self.bound)) | (new >= min(units.high, self.bound))
        return log_q.masked_fill(end, -inf).sum(1)

    def _drift(self, force: Tensor) -> Tensor:
        drift = self.step * force
        return drift if self.limit == inf else drift.clamp_(-self.limit, self.limit)

    def _inside(self, units: Units, moved: Tensor) -> Tensor:
        return moved.clamp_(max(units.low, -self.bound), min(units.high, self.bound))
