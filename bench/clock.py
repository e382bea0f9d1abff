"""Clock: timed functions take turns in random order, and their times are compared within each round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

Work = Callable[[], object]


@dataclass(frozen=True)
class Quartiles:
    """A median and the two quartiles about it."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(numbers: list[float]) -> Quartiles:
        if len(numbers) < 2:
            return Quartiles(numbers[0], numbers[0], numbers[0])
        low, middle, high = quantiles(numbers, n=4, method="inclusive")
        return Quartiles(middle, low, high)


@dataclass(frozen=True)
class Times:
    """Seconds of each contestant in each round."""

    seconds: dict[str, list[float]]

    def milliseconds(self, name: str) -> float:
        return 1e3 * median(self.seconds[name])

    def fastest(self, prefix: str) -> str:
        """The contestant with the smallest median among those whose names begin with `prefix`."""
        return min((k for k in self.seconds if k.startswith(prefix)), key=self.milliseconds)

    def ratio(self, name: str, to: str) -> Quartiles:
        """The time of `name` divided by the time of `to` in the same round."""
        return Quartiles.of([a / b for a, b in zip(self.seconds[name], self.seconds[to])])


def take_turns(
    contestants: Mapping[str, Work],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
    warm: int = 2,
    longest: float = 120.0,
) -> Times:
    """Run each contestant once in each round. The first `warm` rounds don't count; after `longest` seconds it stops."""
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
