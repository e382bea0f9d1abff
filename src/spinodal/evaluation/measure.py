"""Measure: scores as a function of reference rows and generated rows: averages of rows, or statistics of sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Protocol

import numpy as np

from .. import scores
from ..scores import Interval
from .reference import Reference, Rows

Values = dict[str, float]

Spread = dict[str, Any]
"""How a number is distributed over rows: {"n", "mean", "quartiles"}, three quartiles."""

BUDGET = 3e10
"""Multiplications that the intervals of a measure may take: some three seconds of a core."""

FEWEST = 20
"""The fewest draws whose quantiles at 2.5 and 97.5 % are meaningful."""

OUTCOMES = 200
"""Draws for the interval of an average of rows, which cost next to nothing."""


class Measure(Protocol):
    """Some scores that are computed together."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scores."""

    @property
    def floor(self) -> str:
        """Which rows take the place of the generated ones for the floor (`comparison_sets.Comparison`); "": none."""

    @property
    def counted(self) -> Callable[[Reference, Rows], int]:
        """How many rows of a set the scores are of."""

    def values(self, reference: Reference, sets: Sequence[Rows]) -> Values:
        """The scores, averaged over sets of generated rows. Raises ValueError where they can't be computed."""

    def intervals(
        self, reference: Reference, sets: Sequence[Rows], seed: int, times: int, budget: float
    ) -> dict[str, Interval]:
        """The interval of each score, from at most so many draws. Raises ValueError where there is none."""


def whole_rows(reference: Reference, generated: Rows) -> int:
    """How many generated rows have no unknown entry, or held-out rows where these are fewer."""
    return int(min(reference.test.data.whole.sum(), generated.data.whole.sum()))


def every_row(reference: Reference, generated: Rows) -> int:
    """How many generated rows there are."""
    return len(generated)


@dataclass(frozen=True)
class Outcomes:
    """Scores of outcomes that each row has by itself: their mean, or what `by` makes of them, with bootstrap intervals.

    Where all outcomes are equal, no draw differs; the interval of a share is then the exact one of Clopper and Pearson.
    beside: the rows whose outcomes are shown beside those of generated rows (`comparison_sets.Comparison`).
    """

    each: Callable[[Reference, Rows], Mapping[str, np.ndarray]]
    names: tuple[str, ...]
    floor: str = "matched"
    by: Mapping[str, Callable[[np.ndarray], float]] = field(default_factory=dict)
    counted: Callable[[Reference, Rows], int] = whole_rows
    beside: tuple[str, ...] = ()

    def values(self, reference: Reference, sets: Sequence[Rows]) -> Values:
        return {name: self._reduced(name, x) for name, x in self._joined(reference, sets).items()}

    def intervals(
        self, reference: Reference, sets: Sequence[Rows], seed: int, times: int, budget: float
    ) -> dict[str, Interval]:
        return {name: self._interval(name, x, seed) for name, x in self._joined(reference, sets).items()}

    def spread(self, reference: Reference, sets: Sequence[Rows], name: str) -> Spread:
        """How one of the outcomes is distributed over the rows of all sets. Raises ValueError as `values` does."""
        x = self._joined(reference, sets)[name]
        if not len(x) or not np.isfinite(x).all():
            raise ValueError("some rows have no finite number")
        return {"n": len(x), "mean": float(x.mean()), "quartiles": np.quantile(x, (0.25, 0.5, 0.75)).tolist()}

    def _joined(self, reference: Reference, sets: Sequence[Rows]) -> dict[str, np.ndarray]:
        found = [self.each(reference, rows) for rows in sets]
        return {name: np.concatenate([one[name] for one in found]) for name in self.names}

    def _reduced(self, name: str, x: np.ndarray) -> float:
        if not len(x):
            raise ValueError("no row is known for it")
        return float(self.by.get(name, np.mean)(x))

    def _interval(self, name: str, x: np.ndarray, seed: int) -> Interval:
        if x.dtype == bool and len(x) and (x == x[0]).all():
            return of_one_outcome(bool(x[0]), len(x))
        return scores.bootstrap(lambda rows: self._reduced(name, x[rows]), len(x), seed, OUTCOMES)


def of_one_outcome(outcome: bool, n: int) -> Interval:
    """The exact 95 % interval of a share, where all n rows have the same outcome.

    >>> of_one_outcome(False, 100).high  # about 3.7 / n
    0.0362...
    """
    width = 1 - 0.025 ** (1 / n)
    return Interval(1.0, 1 - width, 1.0) if outcome else Interval(0.0, 0.0, width)


@dataclass(frozen=True)
class Statistics:
    """Scores of two sets as a whole, with intervals from halves of the rows, as many as `cost` allows.

    cost: the multiplications for n rows of d numbers; math.inf where halves say nothing about the whole.
    """

    of: Callable[[Reference, Rows], Values]
    names: tuple[str, ...]
    cost: Callable[[int, int], float]
    floor: str = "matched"
    counted: Callable[[Reference, Rows], int] = whole_rows

    def values(self, reference: Reference, sets: Sequence[Rows]) -> Values:
        found = [self.of(reference, rows) for rows in sets]
        return completed({name: fmean(one[name] for one in found) for name in found[0]})

    def intervals(
        self, reference: Reference, sets: Sequence[Rows], seed: int, times: int, budget: float
    ) -> dict[str, Interval]:
        n = min(len(reference.matched), *map(len, (reference.test, *sets)))
        each = self.cost(n // 2, reference.test.width) * len(sets)
        if each == math.inf:
            raise ValueError("halves of the rows don't say how much it varies")
        if min(times, FEWEST) * each > budget:
            raise ValueError(f"it takes {FEWEST} draws of halves of the rows, each too long to compute")
        draws = min(times, int(budget / max(each, 1)))
        found = _remembered(lambda rows: self.values(reference.take(rows), [one.take(rows) for one in sets]))
        there = found(np.arange(n))
        return {k: scores.subsample(_part(found, k), n, n // 2, seed, draws) for k in there}


def _remembered(of: Callable[[np.ndarray], Values]) -> Callable[[np.ndarray], Values]:
    """The same function, which computes each draw of rows once for all its scores."""
    known: dict[bytes, Values] = {}

    def found(rows: np.ndarray) -> Values:
        key = rows.tobytes()
        if key not in known:
            known[key] = of(rows)
        return known[key]

    return found


def _part(of: Callable[[np.ndarray], Values], name: str) -> Callable[[np.ndarray], float]:
    return lambda rows: of(rows)[name]


def completed(values: Values) -> Values:
    """With the adversarial error, which is that of the average accuracies and not the average of errors."""
    if "adversarial_truth" not in values:
        return values
    both = scores.AdversarialAccuracy(values["adversarial_truth"], values["adversarial_synthetic"])
    return {"adversarial_error": both.error, **values}
