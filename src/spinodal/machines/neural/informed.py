"""Informed: bits and letters are drawn all at once, each by what the energy's slope says of its values."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from ... import ranges
from ..noise import Place
from ..units import Units


@dataclass(frozen=True)
class Informed:
    """A step of a locally informed sampler, of bits, letters, or numbers of Gaussian units. Each unit is drawn from

        q(s' | s) ∝ exp(field s' - balance dE/ds s' - |s' - s|² / (2 step) - self_energy(s'))

    balance   how much the slope counts. At 1/2 rates of small steps are those of detailed balance for exp(-E)
    step      the larger, the more units change at once; inf, the only one for numbers: no unit is bound to its value
    share     the share of units that are drawn in a step, each with this probability; the others stay. Below 1 units
              that see each other don't all answer at once to what is no longer there
    ahead     above a base: the slope is taken where the base alone would bring the units on average, ⟨s | hidden⟩, and
              not where they are. So all units answer to what will be there, and don't overshoot with large steps

    Two values of it have names: `discrete_langevin` and `informed_gibbs`. Without a Metropolis correction a chain
    samples exp(-E) only as step -> 0, with balance 1/2; a short run generates what it was trained to, with any.
    Zhang, Liu & Liu 2022 (arXiv:2206.09914); locally balanced proposals: Zanella 2020 (arXiv:1711.07424); Grathwohl
    et al. 2021 (arXiv:2102.04509).
    """

    balance: float = 0.5
    step: float = inf
    share: float = 1.0
    ahead: bool = False

    def __post_init__(self) -> None:
        ranges.real("balance", self.balance, lambda x: 0 < x <= 1, "must be above 0 and at most 1")
        ranges.real("share", self.share, lambda x: 0 < x <= 1, "must be above 0 and at most 1")
        if self.step != inf:
            ranges.real("step", self.step, lambda x: x > 0, "must be a positive number, or inf")

    @property
    def numbers(self) -> bool:
        return False

    def start(self, units: Units, n: int, field: Tensor, place: Place, like: Tensor) -> Tensor:
        return units.draw((like.new_zeros(n, units.size) + field).contiguous(), place)

    def propose(self, units: Units, value: Tensor, force: Tensor, field: Tensor, place: Place) -> Tensor:
        return units.draw(self._potential(units, value, force, field), place)

    def log_density(self, units: Units, new: Tensor, value: Tensor, force: Tensor, field: Tensor) -> Tensor:
        x = self._potential(units, value, force, field)
        s = units.numbers(new, x)
        return (x * s).sum(1) - units.self_energy(s) - units.log_partition(x)

    def _potential(self, units: Units, value: Tensor, force: Tensor, field: Tensor) -> Tensor:
        """The potential x of a draw, p(s') ∝ exp(x s'): |s' - s|² is linear in s' where s' is one of two numbers."""
        x = torch.add(field, force, alpha=self.balance)
        if self.step == inf:
            return x.contiguous()
        middle = (units.low + units.high) / 2 if units.values else 0.0
        return x.add_(units.numbers(value, x) - middle, alpha=1 / self.step)


def discrete_langevin(step: float) -> Informed:
    """Discrete Langevin proposals (Zhang, Liu & Liu 2022): half of the slope, and a bound to the value."""
    return Informed(balance=0.5, step=step)


def informed_gibbs(share: float = 1.0, ahead: bool = False) -> Informed:
    """Units are drawn at the slope that the others make, as if the energy were linear in them: exact where it is."""
    return Informed(balance=1.0, step=inf, share=share, ahead=ahead)
