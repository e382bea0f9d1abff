"""Results: scores as a record has them, each beside its floor, baseline and interval, and what was not measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from .. import scores
from ..scores import Interval
from ..scores.matrices import row_bytes
from .comparison_sets import Bench
from .measures import BALANCED, BUDGET, FIDELITIES, SWEPT, Measure, Values, recognized
from .reference import Rows
from .scales import SCALES

Score = dict[str, Any]
"""{"value", "ideal", "better"}, and "floor", "baseline", "interval" where there are some."""


@dataclass
class Found:
    """Scores by name, and what was not measured, {"what": ..., "why": ...}."""

    scores: dict[str, Score] = field(default_factory=dict)
    gaps: list[dict[str, str]] = field(default_factory=list)

    def miss(self, what: str, why: object) -> None:
        """Name what was not measured."""
        self.gaps.append({"what": what, "why": str(why)})

    def add(self, name: str, value: float, ideal: float | None = None, **beside: float | None) -> None:
        """A score, and what stands beside it as far as that is a number."""
        ideal = SCALES[name].ideal if SCALES[name].ideal is not None else ideal
        if not math.isfinite(value):
            return self.miss(name, "it is not finite on these rows")
        known = {k: x for k, x in {"ideal": ideal, **beside}.items() if x is not None and math.isfinite(x)}
        first = {"value": value} | ({"ideal": known.pop("ideal")} if "ideal" in known else {})
        self.scores[name] = first | {"better": SCALES[name].better} | known
        return None

    def count(self, name: str, n: int, asked: int) -> None:
        """How many rows a score is of, where they are fewer than those that were asked for."""
        if name in self.scores and n < asked:
            self.scores[name]["n"] = n

    def about(self, name: str, interval: Interval) -> None:
        """The interval of a score that is there, within what it can be."""
        low, high = max(interval.low, SCALES[name].low), min(interval.high, SCALES[name].high)
        if not (math.isfinite(low) and math.isfinite(high)):
            self.miss(f"interval of {name}", "some draws of rows give no finite score")
        elif low == high:
            self.miss(f"interval of {name}", "every draw of rows gives the same score")
        else:
            self.scores[name]["interval"] = [low, high]

    def ordered(self) -> dict[str, Score]:
        """The scores in the order in which they are shown."""
        return {name: self.scores[name] for name in SCALES if name in self.scores}


def scored(bench: Bench, seed: int = 0, intervals: int = 50, budget: float = BUDGET) -> Found:
    """Every score of a bench, with intervals of so many draws, or fewer by the budget of each (below two: none)."""
    found = Found()
    if (n := min(map(len, (bench.known.test, *bench.mades)))) < 2:
        found.miss("all scores", f"there are {n} rows of each to compare, and a score takes two")
        return found
    for measure in bench.measures:
        _measure(measure, bench, found)
        if intervals > 1:
            _sure(measure, bench, found, seed, intervals, budget)
    _beside(bench, found)
    return found


def quick(bench: Bench) -> dict[str, dict[str, float]]:
    """The values of the quick scores of a bench, {name: {"value": ...}}, as far as they can be had."""
    measures = [measure for measure in bench.measures if measure in SWEPT or measure in FIDELITIES.values()]
    values: Values = {}
    for measure in measures:
        values |= _values(measure, bench, bench.mades)
    return {name: {"value": values[name]} for name in SCALES if math.isfinite(values.get(name, math.nan))}


def _measure(measure: Measure, bench: Bench, found: Found) -> None:
    try:
        values = measure.values(bench.known, bench.mades)
    except ValueError as error:
        for name in measure.names:
            found.miss(name, error)
        return
    needed = "test" if any(SCALES[name].ideal is None for name in values) else ""
    floor, baseline, ideal = (
        _values(measure, bench, bench.others.get(who)) for who in (measure.floor, "independent", needed)
    )
    counted = min(measure.counted(bench.known, made) for made in bench.mades)
    for name, value in values.items():
        found.add(name, value, ideal.get(name), floor=floor.get(name), baseline=baseline.get(name))
        found.count(name, counted, len(bench.known.test))


def _values(measure: Measure, bench: Bench, mades: Sequence[Rows] | None) -> Values:
    """What a measure says of rows in place of the generated ones, nothing where it can't."""
    if mades is None:
        return {}
    try:
        return measure.values(bench.known, mades)
    except (ValueError, KeyError):
        return {}


def _sure(measure: Measure, bench: Bench, found: Found, seed: int, times: int, budget: float) -> None:
    there = [name for name in measure.names if name in found.scores]
    try:
        for name, interval in measure.intervals(bench.known, bench.mades, seed, times, budget).items():
            if name in there:
                found.about(name, interval)
    except ValueError as error:
        for name in there:
            found.miss(f"interval of {name}", error)


def _beside(bench: Bench, found: Found) -> None:
    """What some scores alone have beside them.

    chance    of fidelities: what a guess without looking has, of the labels that were asked for (`scores.guesses`)
    ceiling   of judged_fidelity, and balanced: how often the judge is right about held-out rows
    twins     of copies: the share of training rows that are rows of the training set twice, which fresh rows would be
    alarm     of membership_auc: whether it is more than chance explains (`scores.Privacy.copies`)
    """
    there = found.scores
    for who in (who for who, measure in BALANCED.items() if measure in bench.measures):  # not within a label
        for measure, guess in zip((FIDELITIES[who], BALANCED[who]), _guesses(bench.mades, who)):
            (name,) = measure.names
            ceiling = _values(measure, bench, [bench.known.test]) if who == "judge" else {}
            if name in there:
                there[name] |= {"chance": guess} | ({"ceiling": ceiling[name]} if name in ceiling else {})
    if "copies" in there:
        there["copies"]["twins"] = twins(bench.known.train)
    if auc := there.get("membership_auc"):
        auc["alarm"] = scores.Privacy(len(bench.known.test), 0.0, auc["value"], 1.0).copies


def _guesses(mades: Sequence[Rows], who: str) -> tuple[float, ...]:
    """What guesses of the labels that were asked for are worth; nothing where nobody asked, or saw."""
    asked = [recognized(made, who)[:, 0] for made in mades if who in made.seen]
    return scores.guesses(torch.from_numpy(np.concatenate(asked))) if sum(map(len, asked)) else ()


def twins(rows: Rows) -> float:
    """The share of the rows that are the same as another, in [0, 1]."""
    counts = Counter(row_bytes(rows.plain))
    return sum(n for n in counts.values() if n > 1) / max(len(rows), 1)
