"""Results: scores as a record has them, each beside its floor, baseline and interval, and what was not measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from .. import scores
from ..progress import Meter
from ..scores import Interval
from ..scores.matrices import row_bytes
from .comparison_sets import Comparison
from .measure import BUDGET, Measure, Outcomes, Spread, Values
from .measures import BALANCED, FIDELITIES, SWEPT, recognized
from .reference import Reference, Rows
from .scales import ordered, scale_of

Score = dict[str, Any]
"""{"value", "ideal", "better"}, and "floor", "baseline", "interval", "spread" where there are some."""

SPREADS = {"generated": "generated", "test": "held-out", "matched": "training", "independent": "independent"}
"""How rows are called in spreads."""


@dataclass
class Results:
    """Scores by name, and what was not measured, {"what": ..., "why": ...}."""

    scores: dict[str, Score] = field(default_factory=dict)
    not_measured: list[dict[str, str]] = field(default_factory=list)

    def miss(self, what: str, why: object) -> None:
        """Name what was not measured."""
        self.not_measured.append({"what": what, "why": str(why)})

    def add(self, name: str, value: float, ideal: float | None = None, **beside: float | None) -> None:
        """Add a score, and those of the numbers beside it that are finite."""
        scale = scale_of(name)
        ideal = scale.ideal if scale.ideal is not None else ideal
        if not math.isfinite(value):
            return self.miss(name, "it is not finite on these rows")
        known = {k: x for k, x in {"ideal": ideal, **beside}.items() if x is not None and math.isfinite(x)}
        first = {"value": value} | ({"ideal": known.pop("ideal")} if "ideal" in known else {})
        self.scores[name] = first | {"better": scale.better} | known
        return None

    def count(self, name: str, n: int, asked: int) -> None:
        """Say how many rows a score is of, where they are fewer than those that were asked for."""
        if name in self.scores and n < asked:
            self.scores[name]["n"] = n

    def about(self, name: str, interval: Interval) -> None:
        """Add the interval of a score that is there, cut to the range of the score."""
        scale = scale_of(name)
        low, high = max(interval.low, scale.low), min(interval.high, scale.high)
        if not (math.isfinite(low) and math.isfinite(high)):
            self.miss(f"interval of {name}", "some draws of rows give no finite score")
        elif low == high:
            self.miss(f"interval of {name}", "every draw of rows gives the same score")
        else:
            self.scores[name]["interval"] = [low, high]

    def ordered(self) -> dict[str, Score]:
        """The scores in the order in which they are shown."""
        return {name: self.scores[name] for name in ordered(self.scores)}


def all_scores(
    comparison: Comparison, seed: int = 0, intervals: int = 50, budget: float = BUDGET, meter: Meter | None = None
) -> Results:
    """Every score of a comparison, with intervals of so many draws or fewer, by the budget of each (below 2: none).

    meter: counts measures.
    """
    results = Results()
    if (n := min(map(len, (comparison.reference.test, *comparison.sets)))) < 2:
        results.miss("all scores", f"there are {n} rows of each to compare, and a score takes two")
        return results
    for measure in (*comparison.measures, *comparison.judges):
        _measure(measure, comparison, results)
        if isinstance(measure, Outcomes) and measure.beside:
            _add_spreads(measure, comparison, results)
        if intervals > 1:
            _add_intervals(measure, comparison, results, seed, intervals, budget)
        if meter is not None:
            meter.add()
    _add_numbers_beside(comparison, results)
    return results


def swept_scores(comparison: Comparison) -> dict[str, dict[str, float]]:
    """The values that are measured at every time and age, {name: {"value": ...}}, as far as they can be computed."""
    measures = [x for x in comparison.measures if x in SWEPT]
    values = values_of(measures, comparison.reference, comparison.sets)
    return {name: {"value": values[name]} for name in ordered(values) if math.isfinite(values[name])}


def values_of(measures: Iterable[Measure], reference: Reference, sets: Sequence[Rows] | None) -> Values:
    """The scores of rows in place of the generated ones, as far as they can be computed."""
    found: Values = {}
    for measure in measures if sets else ():
        try:
            found |= measure.values(reference, sets or ())
        except (ValueError, KeyError):  # KeyError: nobody predicts labels of these rows
            continue
    return found


def _measure(measure: Measure, comparison: Comparison, results: Results) -> None:
    reference, others = comparison.reference, comparison.others
    try:
        values = measure.values(reference, comparison.sets)
    except ValueError as error:
        for name in measure.names:
            results.miss(name, error)
        return
    ideal = "test" if any(scale_of(name).ideal is None for name in values) else ""
    needed = (measure.floor, "independent", ideal)
    other = {who: values_of([measure], reference, others.get(who)) for who in {*needed}}
    floor, baseline, ideals = (other[who] for who in needed)
    counted = min(measure.counted(reference, rows) for rows in comparison.sets)
    for name, value in values.items():
        results.add(name, value, ideals.get(name), floor=floor.get(name), baseline=baseline.get(name))
        results.count(name, counted, len(reference.test))


def _add_spreads(measure: Outcomes, comparison: Comparison, results: Results) -> None:
    """Say how the numbers of generated rows are distributed, and beside them those of others."""
    for name in (name for name in measure.names if name in results.scores):
        found, why = spreads_of(measure, comparison.reference, comparison.sets, comparison.others, name)
        results.scores[name]["spread"] = found
        for who, error in why.items():
            results.miss(f"spread of {name}, {who} rows", error)


def spreads_of(
    measure: Outcomes, reference: Reference, sets: Sequence[Rows], others: Mapping[str, Sequence[Rows]], name: str
) -> tuple[dict[str, Spread], dict[str, ValueError]]:
    """How an outcome is distributed over generated rows and over those beside them, by name, and why not over some."""
    found, why = {}, {}
    for who, rows in {"generated": sets, **{who: others[who] for who in measure.beside if who in others}}.items():
        try:
            found[SPREADS[who]] = measure.spread(reference, rows, name)
        except ValueError as error:
            why[SPREADS[who]] = error
    return found, why


def _add_intervals(
    measure: Measure, comparison: Comparison, results: Results, seed: int, times: int, budget: float
) -> None:
    there = [name for name in measure.names if name in results.scores]
    try:
        for name, interval in measure.intervals(comparison.reference, comparison.sets, seed, times, budget).items():
            if name in there:
                results.about(name, interval)
    except ValueError as error:
        for name in there:
            results.miss(f"interval of {name}", error)


def _add_numbers_beside(comparison: Comparison, results: Results) -> None:
    """Add the numbers that only some scores have beside them.

    chance      of fidelities: the score of a constant guess, of the labels that were asked for (`scores.guesses`)
    ceiling     of judged_fidelity and profile_fidelity, and balanced: the judge's accuracy on held-out rows
    duplicates  of copies: the share of training rows that occur more than once
    alarm       of membership_auc: whether chance does not explain it (`scores.Privacy.copies`)
    """
    there, reference = results.scores, comparison.reference
    for who in (who for who, measure in BALANCED.items() if measure in comparison.measures):  # not within a label
        for measure, guess in zip((FIDELITIES[who], BALANCED[who]), _guesses(comparison.sets, who)):
            (name,) = measure.names
            ceiling = values_of([measure], reference, [reference.test]) if who != "machine" else {}
            if name in there:
                there[name] |= {"chance": guess} | ({"ceiling": ceiling[name]} if name in ceiling else {})
    if "copies" in there:
        there["copies"]["duplicates"] = duplicates(reference.train)
    if auc := there.get("membership_auc"):
        auc["alarm"] = scores.Privacy(len(reference.test), 0.0, auc["value"], 1.0).copies


def _guesses(sets: Sequence[Rows], who: str) -> tuple[float, ...]:
    """The scores of constant guesses of the labels that were asked for; nothing where there are no such labels."""
    asked = [recognized(rows, who)[:, 0] for rows in sets if who in rows.predicted]
    return scores.guesses(torch.from_numpy(np.concatenate(asked))) if sum(map(len, asked)) else ()


def duplicates(rows: Rows) -> float:
    """The share of the rows that are the same as another, in [0, 1]."""
    counts = Counter(row_bytes(rows.plain))
    return sum(n for n in counts.values() if n > 1) / max(len(rows), 1)
