"""Clock: contestants take turns in a random order, and what counts are ratios within a round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

Work = Callable[[], object]


@dataclass(frozen=True)
class Spell:
    """A median and its quartiles."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(numbers: list[float]) -> Spell:
        if len(numbers) < 2:
            return Spell(numbers[0], numbers[0], numbers[0])
        low, middle, high = quantiles(numbers, n=4, method="inclusive")
        return Spell(middle, low, high)


@dataclass(frozen=True)
class Times:
    """Seconds of every contestant, round by round."""

    seconds: dict[str, list[float]]

    def milliseconds(self, name: str) -> float:
        return 1e3 * median(self.seconds[name])

    def fastest(self, prefix: str) -> str:
        """Of the contestants whose names begin so, the one with the smallest median."""
        return min((k for k in self.seconds if k.startswith(prefix)), key=self.milliseconds)

    def ratio(self, name: str, to: str) -> Spell:
        """How many times as long `name` takes as `to`, round by round."""
        return Spell.of([a / b for a, b in zip(self.seconds[name], self.seconds[to])])


def take_turns(
    contestants: Mapping[str, Work],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
    warm: int = 2,
    longest: float = 120.0,
) -> Times:
    """Every contestant once a round, after `warm` rounds that don't count; fewer rounds where they take too long."""
    order, seconds = list(contestants), {k: list[float]() for k in contestants}
    begin = time.monotonic()
    for now in range(warm + rounds):
        random.shuffle(order)
        for name in order:
            start = clock()
            contestants[name]()
            if now >= warm:
                seconds[name].append(clock() - start)
        if now >= warm + 2 and time.monotonic() - begin > longest:
            break
    return Times(seconds)
