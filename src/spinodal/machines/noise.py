"""Noise: random numbers as a function of (seed, place, time): samples don't depend on threads, blocks or computers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import ranges
from ..random_streams import mix

Place = tuple[int, int, int, int, int]
"""Key (two 32-bit words), first row, time, layer: all that a kernel must know to draw its numbers."""


@dataclass(frozen=True)
class Noise:
    """A key of Philox4x32-10 (Salmon et al. 2011) whose counters are (column block, row, time, layer).

    A noise has no state: the number at a place is always the same, in whatever order numbers are asked for.
    `row` is the number of the chain in the first row of a tensor.
    """

    key: int
    row: int = 0

    @staticmethod
    def of(seed: int | Noise) -> Noise:
        """The noise of an integer seed, from -2^64 to 2^64; a noise is returned as it is.

        Raises ValueError for what is no seed.

        >>> Noise.of(7) == Noise.of(Noise.of(7))
        True
        """
        return seed if isinstance(seed, Noise) else Noise(mix(ranges.integer("seed", seed, *ranges.SEEDS)))

    def child(self, *path: int) -> Noise:
        """An independent noise for every path: one an update, one a phase."""
        key = self.key
        for step in path:
            key = mix(key ^ step)  # not mix(step): a seed and a step would change places
        return replace(self, key=key)

    def below(self, row: int) -> Noise:
        """The same noise, for the chains from `row` on."""
        return replace(self, row=self.row + row)

    def at(self, time: int, layer: int) -> Place:
        """The place of a layer's numbers at a time."""
        return self.key & 0xFFFFFFFF, self.key >> 32, self.row, time, layer
