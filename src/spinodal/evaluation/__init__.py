"""Evaluation: every score of generated rows, beside its floor, its baseline and its interval, as one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..files.aligned import aligned
from ..machines.dynamics import Machine
from ..progress import Meter
from ..tasks import labels_of, sample_over_time
from . import confusions
from .classifier import Classifier, train_classifier
from .comparison_sets import LABELS, SURE, Comparison, Predictors, generated_sets
from .curves import curves_of
from .judge import Judge, Named
from .known_judges import judges_of
from .measure import BUDGET
from .measures import BALANCED, FIDELITIES
from .predictions import predictions
from .preparation import (
    check,
    check_alike,
    label_predictor,
    recoded,
    repeated,
    rows_compared,
    scale,
    split_sets,
    with_labels,
)
from .profiles import Profiles
from .quick_scores import reconstructed
from .reference import ROWS, Rows, cut, kind_of
from .results import Results, all_scores, swept_scores

SCHEMA = 2
"""The version of the record, whose form is in schema.json.

2: "duplicates" were called "twins"; times and ages have no "copies", "novelty" and "judged_fidelity"; generated rows
have no label where none was asked for.
"""

Record = dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """A record, and the rows that it is of: held-out ones, and the first set of those generated with their labels."""

    record: Record
    data: Dataset
    generated: Dataset


def compare(
    test: Dataset,
    train: Dataset,
    made: Dataset,
    *,
    rows: int = ROWS,
    seed: int = 0,
    intervals: int = 50,
    kind: str | None = None,
    judges: Iterable[Judge | Named] = (),
) -> Record:
    """Every score of rows made by any generator, beside the same score of training rows and of independent sites.

    test: rows that the generator never saw; train: those it learned from; made: its own, with the labels that were
    asked of it. `rows` at most are compared, at random, as many of each as the shortest of the three has. intervals:
    draws for the intervals (0: none). kind: by default `kind_of(test)`. judges: functions of rows that give a number
    each, or names (`known_judges.judges_of`).

        {"kind": ..., "n": ..., "scores": {name: score}, "by_label": {label: {"n": ..., "scores": ...}},
         "confusion": {"judged": ...}, "mistakes": {...}, "curves": {...}, "not_measured": [{"what": ..., "why": ...}]}

    A score is {"value", "ideal", "better", "floor", "baseline", "interval"}; what can't be computed is left out and
    named in "not_measured": docs/scores.md explains each. Where the three name their sites, train and made get those of
    test, as `sp.aligned` says. Rows with unknown entries count where a score takes them. A function of its arguments.
    Raises ValueError where the three don't fit together.
    """
    check(rows, intervals=intervals)
    asked = judges_of(judges)
    train, made = (aligned(data, test.notes, name) for data, name in ((train, "train"), (made, "made")))
    labels = {k: test.alphabets[k] for k in test.labels}
    test, train, made = (with_labels(data, labels) for data in (test, train, made))
    kind, n = kind or kind_of(test), _rows_compared(rows, test, train, made)
    predictors, results = _judges(train, kind, seed)
    comparison = Comparison.of(cut(test, n, seed), train, [cut(made, n, seed)], predictors, kind, seed, asked)
    return _scores(comparison, kind, results, seed, intervals)


def evaluate(machine: Machine, test: Dataset, train: Dataset, **how: Any) -> Record:
    """The record of `evaluation`, whose arguments it takes, without the rows."""
    return evaluation(machine, test, train, **how).record


def evaluation(
    machine: Machine,
    test: Dataset,
    train: Dataset,
    *,
    name: str = "",
    age: int = 0,
    times: Sequence[int] = (),
    ages: Mapping[int, Machine] | Iterable[tuple[int, Machine]] | None = None,
    kind: str | None = None,
    rows: int = ROWS,
    sets: int = 1,
    seed: int = 0,
    intervals: int = 50,
    judges: Iterable[Judge | Named] = (),
) -> Evaluation:
    """Every score of a machine, as plain numbers ready for JSON: the record of docs/scores.md.

    It has the scores of rows generated with the labels of held-out rows, at the time the machine was trained for, as in
    `compare`; the scores of what it predicts of the held-out rows; some scores at other `times`, by the same chains,
    and of other `ages` (machines by their age, asked for one at a time). `sets` of rows are generated, and as many
    drawn for the floor: scores are their averages. name, age: what the record calls the machine. judges: as in
    `compare`.

    Raises ValueError for a machine that has not been trained, and as `compare` does. Cost: of 2,000 images of 784
    pixels about a minute of a core, most of it for intervals.
    """
    steps = trained_steps(machine)
    check(rows, sets, intervals)
    asked = judges_of(judges)
    test, train = (recoded(machine, data) for data in (test, train))
    kind, n = kind or kind_of(test), _rows_compared(rows, test, train)
    some = cut(test, n, seed)
    like, every = repeated(some, sets), sorted({steps, *times})
    predictors, results = _judges(train, kind, seed)
    made = dict(sample_over_time(machine, like, every, seed))
    predictors |= _machine(machine, seed)
    own_sets = split_sets(made[steps], like, sets)
    comparison = Comparison.of(some, train, own_sets, predictors, kind, seed, asked)
    predicted, more = predictions(machine, test, seed, intervals)
    for other in (predicted, _reconstruction(machine, some.select(some.whole), seed)):
        results.scores |= other.scores
        results.not_measured += other.not_measured
    record: Record = {"schema": SCHEMA, "name": name, "age": age, "steps": steps, "sets": sets, "seed": seed}
    record |= _about(machine, test, train) | _scores(comparison, kind, results, seed, intervals)
    _add_predictions(record, more)
    _add_ceiling(record["scores"])
    sweep = _Sweep(comparison, like, sets, seed)
    if times:
        others = ((t, comparison if t == steps else sweep.at(x, machine)) for t, x in made.items())
        record["times"] = _over_time(others, age, len(made))
        record["best_time"] = best_times(record["times"], record["scores"])
    if ages is not None:
        record["ages"] = list(sweep.ages(ages, every))
    return Evaluation(record, some, made[steps].select(slice(n)))


def trained_steps(machine: Machine) -> int:
    """The number of steps that a machine was trained with. Raises ValueError for one that has not been trained."""
    if machine.schedule is None:
        raise ValueError("an evaluation is of a trained machine, and this one has not been trained, or names no steps "
                         "(import takes --steps)")  # fmt: skip
    return machine.schedule.steps


def best_times(times: Sequence[Mapping[str, Any]], of: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """At which time each score is best, the first of equals. of: scores that say what is ideal."""
    found = {}
    for name, score in ((k, x) for k, x in of.items() if "ideal" in x):
        far = {
            row["time"]: abs(row["scores"][name]["value"] - score["ideal"]) for row in times if name in row["scores"]
        }
        if far:
            found[name] = min(far, key=far.__getitem__)
    return found


# -- rows and who predicts their labels -----------------------------------------------------------


def _rows_compared(rows: int, test: Dataset, train: Dataset, *made: Dataset) -> int:
    """How many rows are compared. Raises ValueError where the data don't fit together."""
    check_alike(test, train, *made)
    if (n := rows_compared(rows, test, train, *made)) < 2:
        raise ValueError(f"a score takes two rows of each or more, not {n}: test has {len(test)}, train {len(train)}")
    return n


def _judges(train: Dataset, kind: str, seed: int) -> tuple[Predictors, Results]:
    """The judges of labels that were fitted on the training rows, or why there are none."""
    results, found = Results(), dict[str, Classifier]()
    fits: dict[str, Callable[[], Classifier]] = {"classifier": lambda: train_classifier(train, kind, seed)}
    if kind == "sequences" and train.labels:
        fits["profiles"] = lambda: Profiles.of(Rows(train)).predict
    for who, fit in fits.items():
        try:
            found[who] = fit()
        except ValueError as error:
            for measure in (FIDELITIES[who], BALANCED[who]):
                results.miss(measure.names[0], error)
    return found, results


def _machine(machine: Machine, seed: int) -> Predictors:
    """The machine as a classifier of its first label layer."""
    layer = next(iter(labels_of(machine)), None)
    return {} if layer is None else {"machine": label_predictor(machine, layer, seed)}


# -- the parts of a record ------------------------------------------------------------------------


def _about(machine: Machine, test: Dataset, train: Dataset) -> Record:
    return {
        "scale": scale(machine),
        "rows": {"train": len(train), "test": len(test)},
        "labels": {layer: list(a.symbols) for layer, a in labels_of(machine).items()},
    }


def _scores(comparison: Comparison, kind: str, results: Results, seed: int, intervals: int) -> Record:
    """All scores of a comparison, after the results that there are already."""
    parts = dict(comparison.labels())
    each = len((*comparison.measures, *comparison.judges))
    meter = Meter("scores, of all rows and by label", each * (1 + len(parts)), even=False)
    own, by_label, test = all_scores(comparison, seed, intervals, BUDGET, meter), {}, comparison.reference.test
    missed = results.not_measured + own.not_measured + comparison.left_out()
    sure = intervals if len(parts) <= SURE else 0
    if intervals > sure:
        missed.append({"what": "intervals of single labels", "why": f"they are computed for {SURE} labels or fewer"})
    known = {gap["what"] for gap in missed}  # what is not measured of all rows is not listed again for each label
    for label, part in parts.items():
        inside = all_scores(part, seed, sure, BUDGET / len(parts), meter)
        by_label[label] = {"n": len(part.reference.test), "scores": inside.ordered()}
        missed += [
            {"what": f"{label}: {gap['what']}", "why": gap["why"]}
            for gap in inside.not_measured
            if gap["what"] not in known
        ]
    both = {"generated": "machine", "judged": "classifier", "profiles": "profiles"}
    pairs = {name: found for name, who in both.items() if (found := _asked_and_predicted(comparison.sets, who))}
    tables = {name: confusions.table(*pair) for name, pair in pairs.items()}
    mistakes = {name: confusions.mistakes(*pair) for name, pair in pairs.items()}
    return {
        "kind": kind,
        "n": len(test),
        "scores": Results(results.scores | own.scores).ordered(),
        "by_label": by_label,
        "confusion": {name: table for name, table in tables.items() if table},
        "mistakes": {name: found for name, found in mistakes.items() if found},
        "curves": curves_of(kind, test, comparison.sets[0]),
        "not_measured": missed,
    }


def _asked_and_predicted(sets: Sequence[Rows], who: str) -> tuple[np.ndarray, np.ndarray, Sequence[str]] | None:
    """The label that was asked for and the one predicted in each row of all sets, and their names; None without any."""
    if who not in sets[0].predicted or not any((rows.labels >= 0).any() for rows in sets):
        return None
    asked, predicted = (np.concatenate(x) for x in zip(*((rows.labels, rows.predicted[who]) for rows in sets)))
    data = sets[0].data
    return asked, predicted, data.alphabets[data.labels[0]].symbols


def _add_predictions(record: Record, more: Mapping[str, Any]) -> None:
    """Put in what is known of predictions besides scores."""
    for label, own in more.get("by_label", {}).items():
        if label not in record["by_label"] and len(record["by_label"]) >= LABELS:
            continue
        there = record["by_label"].setdefault(label, {"n": 0, "scores": {}})
        there["scores"] = Results(own.scores | there["scores"]).ordered()
    for key in ("confusion", "mistakes"):
        record[key] = more.get(key, {}) | record[key]
    record.update((key, more[key]) for key in ("calibration", "calibrated", "coverage") if key in more)


def _add_ceiling(found: Mapping[str, dict[str, Any]]) -> None:
    """Put the classifier's accuracy on real rows beside the machine's."""
    for name, judged in (("accuracy", "judged_fidelity"), ("balanced_accuracy", "balanced_judged_fidelity")):
        if name in found and "ceiling" in found.get(judged, {}):
            found[name]["ceiling"] = found[judged]["ceiling"]


def _reconstruction(machine: Machine, test: Dataset, seed: int) -> Results:
    """The reconstruction error, beside the variance: the error of the mean of the rows in place of each."""
    results = Results()
    for name, own in reconstructed(machine, test, seed).items():
        results.add(name, own["value"], baseline=own["variance"])
        results.miss(f"interval of {name}", "it is an average over entries of rows that the machine was given")
    return results


# -- other times and ages -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sweep:
    """Rows generated at other times and by machines of other ages, in place of those of a comparison."""

    comparison: Comparison
    like: Dataset
    sets: int
    seed: int

    def at(self, made: Dataset, machine: Machine) -> Comparison:
        """The comparison with other generated rows."""
        sets = split_sets(made, self.like, self.sets)
        return replace(self.comparison, sets=generated_sets(sets, self.seed, _machine(machine, self.seed)))

    def ages(
        self, ages: Mapping[int, Machine] | Iterable[tuple[int, Machine]], times: Sequence[int]
    ) -> Iterator[Record]:
        """The scores at several times of machines of several ages, of which one is in memory at once."""
        for age, machine in ages.items() if isinstance(ages, Mapping) else ages:
            made = sample_over_time(machine, self.like, times, self.seed)
            yield {"age": age, "times": _over_time(((t, self.at(x, machine)) for t, x in made), age, len(times))}


def _over_time(made: Iterable[tuple[int, Comparison]], age: int, times: int) -> list[Record]:
    """The scores at each of so many times."""
    meter, found = Meter(f"scores over time, age {age}", times, even=False), []
    for time, comparison in made:
        found.append(_time(time, comparison))
        meter.add()
    return found


def _time(time: int, comparison: Comparison) -> Record:
    """The scores of rows generated at a time, of all and by label."""
    by_label = {label: swept_scores(own) for label, own in comparison.labels()}
    return {"time": time, "scores": swept_scores(comparison), "by_label": by_label}
