"""Moves: what a step of a chain is where an energy has no closed conditionals: a layer moves by the energy's slope."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from ..noise import Place
from ..units import Units


class Move(Protocol):
    """A step of one layer, of all its units at once.

    force    -dE/ds at the value, (n, size), s as numbers (`Units.numbers`): by it, the layer sees the other layers, too
    field    what acts on each unit by itself, whatever the value, (n, size) or (size,): of it E has the term -field s
    """

    @property
    def numbers(self) -> bool:
        """Whether values are any numbers of a range, and no draws of bits or letters."""
        ...

    @property
    def share(self) -> float:
        """The share of the units that move in a step, each with this probability; the others stay."""
        ...

    @property
    def ahead(self) -> bool:
        """Whether the force is that of where the field alone would bring the units, on average."""
        ...

    def start(self, units: Units, n: int, field: Tensor, place: Place, like: Tensor) -> Tensor:
        """n values at random."""
        ...

    def propose(self, units: Units, value: Tensor, force: Tensor, field: Tensor, place: Place) -> Tensor:
        """The next value."""
        ...

    def log_density(self, units: Units, new: Tensor, value: Tensor, force: Tensor, field: Tensor) -> Tensor:
        """log q(new | value) of `propose`, (n,), up to a constant: the Metropolis correction takes it both ways."""
        ...
