"""Evaluation: every score of generated rows, beside its floor, its baseline and its interval, as one record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import ranges
from ..data.alphabet import UNKNOWN, Alphabet
from ..data.dataset import Dataset, is_visible
from ..files.aligned import aligned
from ..machines.dynamics import Machine
from ..tasks import labels_of, predict, sample_over_time
from . import confusions
from .classifier import Referee, referee
from .comparison_sets import LABELS, SURE, Bench, Sees, compared, sets_of
from .curves import curves_of
from .measures import BUDGET
from .predictions import predictions
from .quick_scores import ROWS, SETS, cut, reconstructed, scale
from .reference import Rows, kind_of
from .results import Found, quick, scored

SCHEMA = 1
"""The version of the record, whose form is in schema.json."""

Record = dict[str, Any]


def compare(
    test: Dataset,
    train: Dataset,
    made: Dataset,
    *,
    rows: int = ROWS,
    seed: int = 0,
    intervals: int = 50,
    kind: str | None = None,
) -> Record:
    """Every score of rows made by any generator, beside the same score of training rows and of independent sites.

    test: rows that the generator never saw; train: those it learned from; made: its own, with the labels that were
    asked of it. `rows` at most are compared, at random, as many of each as the shortest of the three has. intervals:
    draws for the intervals (0: none). kind: by default `kind_of(test)`.

        {"kind": ..., "n": ..., "scores": {name: score}, "by_label": {label: {"n": ..., "scores": ...}},
         "confusion": {"judged": ...}, "mistakes": {...}, "curves": {...}, "not_measured": [{"what": ..., "why": ...}]}

    A score is {"value", "ideal", "better", "floor", "baseline", "interval"}; what can't be had is left out and named in
    "not_measured": docs/scores.md says what each means. Where the three name their sites, train and made get those of
    test, as `sp.aligned` says. Rows with unknown entries count where a score takes them. A
    function of its arguments. Raises ValueError where the three don't fit together.
    """
    check(rows, intervals=intervals)
    train, made = (aligned(data, test.notes, called) for data, called in ((train, "train"), (made, "made")))
    labels = {k: test.alphabets[k] for k in test.labels}
    test, train, made = (_labeled(data, labels) for data in (test, train, made))
    kind, n = kind or kind_of(test), _fitting(rows, test, train, made)
    sees, found = _referees(train, kind, seed)
    bench = Bench.of(cut(test, n, seed), train, [cut(made, n, seed)], sees, kind, seed)
    return _compared(bench, kind, found, seed, intervals)


def gather(
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
) -> Record:
    """All that can be said of how good a machine is, as plain numbers ready for JSON: the record of docs/scores.md.

    What the machine generates with the labels of held-out rows, at the time it was trained for, as in `compare`; what
    it predicts of the held-out rows; the quick scores at other `times`, the chains going on in between, and of other
    `ages` (machines by their age, asked for one at a time). `sets` of rows are generated, and as many drawn for the
    floor: scores are their averages. name, age: what the record calls the machine.

    Raises ValueError for a machine that has not been trained, and as `compare` does. Cost: of 2,000 images of 784
    pixels a minute or two of a core, most of it for intervals.
    """
    if machine.schedule is None:
        raise ValueError("evidence is of a machine that was trained, and this one was not")
    check(rows, sets, intervals)
    test, train = (spelled(machine, data) for data in (test, train))
    kind, n = kind or kind_of(test), _fitting(rows, test, train)
    some, own, steps = cut(test, n, seed), _own(machine, seed), machine.schedule.steps
    every = sorted({steps, *times})
    (sees, found), like = _referees(train, kind, seed), some.select(np.tile(np.arange(n), sets))
    made = dict(sample_over_time(machine, like, every, seed))
    bench = Bench.of(some, train, _sets(made[steps], sets), sees | own, kind, seed)
    predicted, more = predictions(machine, test, seed, intervals)
    for other in (predicted, _rebuilt(machine, some.select(some.whole), seed)):
        found.scores |= other.scores
        found.gaps += other.gaps
    record: Record = {
        "schema": SCHEMA,
        "name": name,
        "age": age,
        "steps": steps,
        "sets": sets,
        "seed": seed,
    }
    record |= _about(machine, test, train) | _compared(bench, kind, found, seed, intervals)
    _predicted(record, more)
    _judged(record["scores"])
    if times:
        others = ((t, bench if t == steps else _on(bench, x, sets, sees | own, seed)) for t, x in made.items())
        record["times"] = [_at(t, there) for t, there in others]
        record["best_time"] = best_times(record["times"], record["scores"])
    if ages is not None:
        record["ages"] = list(_of_ages(ages, like, bench, sees, every, sets, seed))
    return record


def check(rows: int, sets: int = 1, intervals: int = 0) -> None:
    """Raises ValueError for numbers of rows, sets and draws that no evidence has."""
    if not ranges.is_integer(rows, 2):
        raise ValueError(f"rows: a score takes two rows of each or more, not {ranges.format_value(rows)}")
    if not ranges.is_integer(sets, 1, SETS):
        raise ValueError(
            f"sets: evidence is of one set of rows or more, {SETS} at most, not {ranges.format_value(sets)}"
        )
    ranges.integer("intervals", intervals, 0)


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


# -- what is compared ---------------------------------------------------------------------------


def _fitting(rows: int, test: Dataset, train: Dataset, *made: Dataset) -> int:
    """How many rows are compared. Raises ValueError where the data don't fit together."""
    for called, other in zip(("train", "made"), (train, *made)):
        if test.visibles != other.visibles:
            raise ValueError(f"test has the layers {test.visibles} and {called} {other.visibles}: read both alike")
        for k in test.visibles:
            ours, theirs = test[k].shape[1], other[k].shape[1]
            if ours != theirs:
                raise ValueError(f"test has {ours} sites and {called} {theirs}: align them alike")
        layers = [k for k in (*test.visibles, *test.labels) if other.alphabets.get(k) != test.alphabets.get(k)]
        if layers:
            raise ValueError(f'"{layers[0]}" has other letters in {called} than in test: read both alike')
    n = min(rows, len(test), len(compared(train)), *map(len, made))
    if n < 2:
        raise ValueError(f"a score takes two rows of each or more, not {n}: test has {len(test)}, train {len(train)}")
    return n


def spelled(machine: Machine, data: Dataset) -> Dataset:
    """The data in the machine's letters; labels that it doesn't know are unknown, those that it hasn't are left out."""
    spelled = {k: Alphabet.of(units) for k, units in machine.units.items() if getattr(units, "symbols", ())}
    labels = {k: a for k, a in spelled.items() if k in data.labels}
    data = data.recoded(labels, unknown="?").recoded({k: a for k, a in spelled.items() if is_visible(k)})
    return _labeled(data, labels_of(machine))


def _labeled(data: Dataset, alphabets: Mapping[str, Alphabet]) -> Dataset:
    """The data with these label layers alone, in this order; one that they lack is unknown."""
    columns = {k: data[k] for k in data.visibles} | {
        k: data.columns.get(k, np.full((len(data), 1), UNKNOWN, a.dtype)) for k, a in alphabets.items()
    }
    every = {**alphabets, **data.alphabets}
    return replace(data, columns=columns, alphabets={k: every[k] for k in columns if k in every})


def _sets(made: Dataset, sets: int) -> list[Dataset]:
    return [made.select(rows) for rows in np.split(np.arange(len(made)), sets)]


def _referees(train: Dataset, kind: str, seed: int) -> tuple[dict[str, Referee], Found]:
    """Who says what rows show, or why nobody does."""
    found = Found()
    try:
        return {"judge": referee(train, kind, seed)}, found
    except ValueError as error:
        for name in ("judged_fidelity", "balanced_judged_fidelity"):
            found.miss(name, error)
        return {}, found


def _own(machine: Machine, seed: int) -> dict[str, Referee]:
    """The machine, as it sees rows itself."""
    layer = next(iter(labels_of(machine)), None)
    return {} if layer is None else {"machine": lambda data: predict(machine, data, seed).letters(layer)}


# -- what is said of it -------------------------------------------------------------------------


def _about(machine: Machine, test: Dataset, train: Dataset) -> Record:
    return {
        "scale": scale(machine),
        "rows": {"train": len(train), "test": len(test)},
        "labels": {layer: list(a.symbols) for layer, a in labels_of(machine).items()},
    }


def _compared(bench: Bench, kind: str, found: Found, seed: int, intervals: int) -> Record:
    """All scores of a bench, after those that were found already."""
    own, by_label = scored(bench, seed, intervals), {}
    parts, left = dict(bench.labels()), bench.left()
    gaps, sure = found.gaps + own.gaps + left, intervals if len(parts) <= SURE else 0
    if intervals > sure:
        gaps.append({"what": "intervals of single labels", "why": f"they are found of {SURE} labels or fewer"})
    for label, part in parts.items():
        inside = scored(part, seed, sure, BUDGET / len(parts))
        by_label[label] = {"n": len(part.known.test), "scores": inside.ordered()}
        gaps += [{"what": f"{label}: {gap['what']}", "why": gap["why"]} for gap in inside.gaps if gap not in own.gaps]
    seen = {name: _asked_and_seen(bench.mades, who) for who, name in (("machine", "generated"), ("judge", "judged"))}
    tables = {name: confusions.table(*both) for name, both in seen.items() if both}
    mistakes = {name: confusions.mistakes(*both) for name, both in seen.items() if both}
    return {
        "kind": kind,
        "n": len(bench.known.test),
        "scores": Found(found.scores | own.scores).ordered(),
        "by_label": by_label,
        "confusion": {name: table for name, table in tables.items() if table},
        "mistakes": {name: found for name, found in mistakes.items() if found},
        "curves": curves_of(kind, bench.known.test, bench.mades[0]),
        "not_measured": gaps,
    }


def _asked_and_seen(mades: Sequence[Rows], who: str) -> tuple[np.ndarray, np.ndarray, Sequence[str]] | None:
    """Which label was asked for and seen in each row of all sets, and their names; None where nobody asked, or saw."""
    if who not in mades[0].seen or not any((made.labels >= 0).any() for made in mades):
        return None
    asked, seen = (np.concatenate(x) for x in ([made.labels for made in mades], [made.seen[who] for made in mades]))
    data = mades[0].data
    return asked, seen, data.alphabets[data.labels[0]].symbols


def _predicted(record: Record, more: Mapping[str, Any]) -> None:
    """Put in what is known of predictions besides scores."""
    for label, own in more.get("by_label", {}).items():
        if label not in record["by_label"] and len(record["by_label"]) >= LABELS:
            continue
        there = record["by_label"].setdefault(label, {"n": 0, "scores": {}})
        there["scores"] = Found(own.scores | there["scores"]).ordered()
    for key in ("confusion", "mistakes"):
        record[key] = more.get(key, {}) | record[key]
    if "calibration" in more:
        record["calibration"] = more["calibration"]


def _judged(found: Mapping[str, dict[str, Any]]) -> None:
    """Put the judge's accuracy on real rows beside the machine's."""
    for name, judged in (("accuracy", "judged_fidelity"), ("balanced_accuracy", "balanced_judged_fidelity")):
        if name in found and "ceiling" in found.get(judged, {}):
            found[name]["ceiling"] = found[judged]["ceiling"]


def _rebuilt(machine: Machine, test: Dataset, seed: int) -> Found:
    """The reconstruction error, beside the variance: what the mean of the rows in place of each would have."""
    found = Found()
    for name, own in reconstructed(machine, test, seed).items():
        found.add(name, own["value"], baseline=own["variance"])
        found.miss(f"interval of {name}", "it is an average over entries of rows that the machine was given")
    return found


def _on(bench: Bench, made: Dataset, sets: int, sees: Sees, seed: int) -> Bench:
    """The bench with other generated rows on it."""
    return replace(bench, mades=sets_of(_sets(made, sets), sees, seed))


def _at(time: int, bench: Bench) -> Record:
    """The quick scores of what chains show at a time, of all and by label."""
    by_label = {label: quick(own) for label, own in bench.labels()}
    return {"time": time, "scores": quick(bench), "by_label": by_label}


def _of_ages(
    ages: Mapping[int, Machine] | Iterable[tuple[int, Machine]],
    like: Dataset,
    bench: Bench,
    sees: Sees,
    times: Sequence[int],
    sets: int,
    seed: int,
) -> Iterator[Record]:
    """The quick scores at several times of machines of several ages, of which one is in memory at once."""
    for age, machine in ages.items() if isinstance(ages, Mapping) else ages:
        own, made = {**sees, **_own(machine, seed)}, sample_over_time(machine, like, times, seed)
        yield {"age": age, "times": [_at(t, _on(bench, x, sets, own, seed)) for t, x in made]}
