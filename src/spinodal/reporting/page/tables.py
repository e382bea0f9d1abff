"""Tables: the numbers of records as rows and columns of text, with runs side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .names import describe, describe_missing, title, topic
from .numbers import ideal, interval, number, setting

Record = Mapping[str, Any]
"""The measured numbers of a run (docs/scores.md)."""

PER_RUN = ("Value", "Ideal", "Floor", "Baseline")
DIRECTIONS = {"lower": "lower is better", "higher": "higher is better", "near": "best at the ideal"}
NOTES = ("chance", "ceiling", "duplicates")
"""Numbers of some scores that stand below the value."""

NAME = 60
"""The most characters of a label in a table."""

CONFUSIONS = {
    "predicted": "Held-out rows: true label (row) and label predicted by the machine (column)",
    "generated": "Generated rows: label asked for (row) and label predicted by the machine (column)",
    "judged": "Generated rows: label asked for (row) and label predicted by the independent classifier (column)",
    "profiles": "Generated rows: label asked for (row) and label of the best profile HMM (column)",
}
"""Captions of confusion matrices, by their key in the record."""

CALIBRATIONS = {
    "calibration": "Confidence and accuracy of predicted labels",
    "calibrated": "The same, calibrated, on rows that it was not fitted on",
}
"""Captions of calibrations, by their key in the record."""


@dataclass(frozen=True)
class Cell:
    """The text of a cell, notes below it, a tag before it, its CSS class, and the score that it links to."""

    text: str = ""
    notes: tuple[str, ...] = ()
    tag: str = ""
    mark: str = ""
    about: str = ""


@dataclass(frozen=True)
class Row:
    """The head of a row and its cells."""

    head: Cell
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A caption, heads of columns, and rows by topic.

    groups: run -> its number of columns, for a second row of heads; style: CSS classes, "numbers" or "words".
    """

    caption: str
    heads: tuple[str, ...]
    topics: Mapping[str, Sequence[Row]]
    groups: Mapping[str, int] = field(default_factory=dict)
    style: str = "numbers"

    def __bool__(self) -> bool:
        """Whether it has rows."""
        return any(self.topics.values())


def unique_names(records: Sequence[Record]) -> list[str]:
    """Different names for all runs: their names; if some are equal, with the age, then the steps, then a number.

    >>> unique_names([{"name": "a", "age": 1, "steps": 10}, {"name": "a", "age": 2, "steps": 10}])
    ['a, age 1', 'a, age 2']
    """
    names = [r["name"] for r in records]
    for more in (", age {age:,}", ", {steps:,} steps"):
        if len(set(names)) == len(names):
            return names
        names = [name + more.format(**r) for name, r in zip(names, records)]
    return names if len(set(names)) == len(names) else [f"{name} ({i})" for i, name in enumerate(names, 1)]


def comparable(records: Sequence[Record]) -> bool:
    """Whether runs were measured on data of one kind, with equal scale, labels and numbers of rows."""
    return all(r.get(k) == records[0].get(k) for r in records for k in ("kind", "scale", "labels", "n", "rows"))


def best(scores: Sequence[Mapping[str, Any] | None]) -> set[int]:
    """Indices of the best of several runs: the run nearest to the ideal, and all that don't differ from it.

    A run doesn't differ if its interval overlaps with that of the nearest run, or if both values have the same text.
    The set is empty if it would contain all runs, and if fewer than two runs have the score (and an ideal, if the score
    is best near it).

    >>> best([{"value": 0.1, "better": "lower"}, {"value": 0.2, "better": "lower"}, None])
    {0}
    """
    ranked = {i: s for i, s in enumerate(scores) if s and (s["better"] != "near" or "ideal" in s)}
    if len(ranked) < 2:
        return set()
    first = min(ranked.values(), key=_distance)
    winners = {i for i, s in ranked.items() if number(s["value"]) == number(first["value"]) or _overlap(s, first)}
    return winners if len(winners) < len(ranked) else set()


def _distance(score: Mapping[str, Any]) -> float:
    """The distance of a score from its ideal; less is better."""
    value = score["value"]
    return {"lower": value, "higher": -value}.get(score["better"], abs(value - score.get("ideal", 0.0)))


def _overlap(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    if "interval" not in a or "interval" not in b:
        return False
    return max(a["interval"][0], b["interval"][0]) <= min(a["interval"][1], b["interval"][1])


def verdicts(names: Sequence[str], answers: Sequence[Sequence[Mapping[str, str]]]) -> Table:
    """A row for each question and a column for each run: the answer, and the numbers that it follows from."""
    by_run = [{v["question"]: Cell(v["answer"], (v["because"],), mark=v["answer"]) for v in own} for own in answers]
    rows = [Row(Cell(q), tuple(own.get(q, Cell()) for own in by_run)) for q in union(by_run)]
    heads = ("Question", *(name or "Answer" for name in names))
    return Table("Answers, and the numbers that they follow from", heads, {"": rows}, style="words verdict")


def scores(names: Sequence[str], records: Sequence[Record]) -> Table:
    """A row for each score, by topic; for each run its value with interval, the ideal, the floor and the baseline."""
    by_run = [r.get("scores", {}) for r in records]
    ranked = comparable(records)
    topics: dict[str, list[Row]] = {}
    for name in union(by_run):
        own = [scores.get(name) for scores in by_run]
        winners = best(own) if ranked else set()
        cells = (cell for i, score in enumerate(own) for cell in _measured(score, i in winners))
        topics.setdefault(topic(name), []).append(Row(_head(name, own), tuple(cells)))
    groups = dict.fromkeys(names, len(PER_RUN)) if len(names) > 1 else {}
    caption = "Values, with their 95 % intervals below them"
    return Table(caption, ("Score", *PER_RUN * len(names)), topics, groups)


def by_topic(table: Table) -> dict[str, Table]:
    """A table for each topic of a table, by the topic."""
    return {k: replace(table, caption=f"{k or 'Scores'}: {table.caption.lower()}", topics={"": rows})
            for k, rows in table.topics.items()}  # fmt: skip


def _head(name: str, own: Sequence[Mapping[str, Any] | None]) -> Cell:
    score = describe(name)
    better = next((s["better"] for s in own if s), "")
    note = "; ".join(part for part in (score.unit, DIRECTIONS.get(better, better)) if part)
    return Cell(score.title, (note,) if note else (), about=name)


def _measured(score: Mapping[str, Any] | None, wins: bool) -> Iterator[Cell]:
    """The cells of one score of one run."""
    if score is None:
        yield from [Cell()] * len(PER_RUN)
        return
    notes = [interval(score["interval"])] if "interval" in score else []
    notes += [f"{key} {number(score[key])}" for key in NOTES if key in score]
    notes += ["more than chance"] if score.get("alarm") else []
    notes += [f"of {score['n']:,} rows only"] if "n" in score else []
    notes += _quartiles(score, "generated")
    yield Cell(number(score["value"]), tuple(notes), tag="best" if wins else "")
    yield Cell(ideal(score.get("ideal")), tuple(_quartiles(score, "held-out")))
    yield Cell(number(score.get("floor")), tuple(_quartiles(score, "training")))
    yield Cell(number(score.get("baseline")), tuple(_quartiles(score, "independent")))


def _quartiles(score: Mapping[str, Any], rows: str) -> list[str]:
    """The outer quartiles of a score over some rows, if it has them."""
    found = score.get("spread", {}).get(rows)
    return [f"quartiles {number(found['quartiles'][0])}, {number(found['quartiles'][2])}"] if found else []


def short(label: str) -> str:
    """A label for a table; a long label is shortened to its beginning and its end.

    >>> short("a" * 100), short("sick")
    ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…aaaaaaaaaaaaaaaaaaaa', 'sick')
    """
    return label if len(label) <= NAME else f"{label[: NAME - 1 - NAME // 3]}…{label[-(NAME // 3) :]}"


def by_label(name: str, record: Record) -> Table:
    """A row for each label: its number of rows, and its scores with their floors below."""
    labels = record.get("by_label", {})
    columns = union([own["scores"] for own in labels.values()])
    rows = [
        Row(Cell(short(label)), (Cell(number(own["n"])), *(_with_floor(own["scores"].get(k)) for k in columns)))
        for label, own in labels.items()
    ]
    heads = ("Label", "Rows", *(describe(k).title for k in columns))
    return Table(_captioned("Scores of each label", name), heads, {"": rows})


def _with_floor(score: Mapping[str, Any] | None) -> Cell:
    if score is None:
        return Cell()
    return Cell(number(score["value"]), (f"floor {number(score['floor'])}",) if "floor" in score else ())


def over_time(name: str, record: Record) -> Table:
    """A row for each number of steps; the best value of each score and the steps of training are marked."""
    times = record.get("times", [])
    columns = union([row["scores"] for row in times])
    winners, trained = record.get("best_time", {}), record.get("steps")
    rows = [
        Row(
            Cell(number(row["time"]), tag="trained" if row["time"] == trained else ""),
            tuple(_value(row["scores"].get(k), winners.get(k) == row["time"]) for k in columns),
        )
        for row in times
    ]
    heads = ("Steps", *(describe(k).title for k in columns))
    return Table(_captioned("Scores over generation time", name), heads, {"": rows})


def over_age(name: str, record: Record) -> Table:
    """A row for each age, at the number of steps that the machine was trained for."""
    steps = record.get("steps")
    ages = [(a["age"], row["scores"]) for a in record.get("ages", []) for row in a["times"] if row["time"] == steps]
    columns = union([own for _, own in ages])
    rows = [Row(Cell(number(age)), tuple(_value(own.get(k), False) for k in columns)) for age, own in ages]
    heads = ("Age", *(describe(k).title for k in columns))
    return Table(_captioned("Scores over training", name), heads, {"": rows})


def _value(score: Mapping[str, Any] | None, wins: bool) -> Cell:
    return Cell(number(score["value"]), tag="best" if wins else "") if score else Cell()


def confusion(name: str, record: Record) -> list[Table]:
    """Confusion matrices: numbers of rows by label and predicted label."""
    labels: Sequence[str] = next(iter(record.get("labels", {}).values()), [])
    tables = []
    for key, counts in record.get("confusion", {}).items():
        rows = [Row(Cell(label), _diagonal(i, row)) for i, (label, row) in enumerate(zip(map(short, labels), counts))]
        caption = _captioned(CONFUSIONS.get(key, title(key)), name)
        tables.append(Table(caption, ("Label", *map(short, labels)), {"": rows}))
    return tables


def mistakes(name: str, record: Record) -> list[Table]:
    """The most frequent errors, in place of confusion matrices if there are many labels."""
    tables = []
    for key, errors in record.get("mistakes", {}).items():
        rows = [
            Row(Cell(short(e["label"])), (Cell(short(e["seen"])), Cell(number(e["n"])), Cell(number(e["of"]))))
            for e in errors
        ]
        caption = _captioned(f"{CONFUSIONS.get(key, title(key))}: the most frequent errors", name)
        tables.append(Table(caption, ("Label", "Predicted", "Rows", "Of"), {"": rows}))
    return tables


def _diagonal(i: int, counts: Sequence[float]) -> tuple[Cell, ...]:
    return tuple(Cell(number(x), mark="hit" if j == i else "") for j, x in enumerate(counts))


def calibration(name: str, record: Record) -> list[Table]:
    """The accuracy of predicted labels by their confidence, without empty bins, and of the surest rows."""
    heads, tables = ("Mean confidence", "Accuracy", "Rows"), []
    for key, caption in CALIBRATIONS.items():
        bins = record.get(key, {"confidence": [], "accuracy": [], "count": []})
        columns = zip(bins["confidence"], bins["accuracy"], bins["count"])
        rows = [_numbers(confidence, accuracy, count) for confidence, accuracy, count in columns if count]
        tables.append(Table(_captioned(caption, name), heads, {"": rows}))
    own = record.get("coverage", {"share": [], "confidence": [], "accuracy": []})
    rows = [_numbers(*point) for point in zip(own["confidence"], own["share"], own["accuracy"])]
    heads = ("Least confidence", "Share of rows", "Accuracy")
    return [*tables, Table(_captioned("Accuracy of the surest rows, calibrated", name), heads, {"": rows})]


def _numbers(first: float, *others: float) -> Row:
    return Row(Cell(number(first)), tuple(Cell(number(x)) for x in others))


def settings(names: Sequence[str], abouts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Table]]:
    """Tables of settings and provenance by topic; settings that differ between runs are marked."""
    for key in union(abouts):
        parts = [about.get(key, {}) for about in abouts]
        by_run = [dict(_flat(part if isinstance(part, Mapping) else {key: part})) for part in parts]
        rows = [
            Row(Cell(k, tag=_differs(k, by_run)), tuple(Cell(own.get(k, "")) for own in by_run)) for k in union(by_run)
        ]
        heads = ("Setting", *(name or "Value" for name in names))
        yield title(key), Table(f"{title(key)}, as recorded", heads, {"": rows}, style="words")


def _flat(value: Any, *path: str) -> Iterator[tuple[str, str]]:
    """Nested settings as pairs of a joined name and a value."""
    if path and not (isinstance(value, Mapping) and value):
        yield " · ".join(path), setting(value)
        return
    for k, v in value.items():
        yield from _flat(v, *path, str(k).replace("_", " "))


def _differs(key: str, by_run: Sequence[Mapping[str, str]]) -> str:
    return "differs" if len({own.get(key) for own in by_run}) > 1 else ""


def missing(names: Sequence[str], records: Sequence[Record]) -> tuple[Table, Table]:
    """Scores that were not measured, and why: a table for all rows, and a table for single labels."""
    by_run = [{m["what"]: Cell(m["why"]) for m in r.get("not_measured", [])} for r in records]
    heads = ("Score", *(name or "Reason" for name in names))
    rows = {k: Row(Cell(describe_missing(k)), tuple(own.get(k, Cell()) for own in by_run)) for k in union(by_run)}
    overall = [row for k, row in rows.items() if ": " not in k]
    grouped = [_by_reason(r.get("not_measured", [])) for r in records]
    of_labels = [
        Row(Cell(describe_missing(k)), tuple(Cell("; ".join(own.get(k, ()))) for own in grouped))
        for k in union(grouped)
    ]
    return (
        Table("Scores that were not measured", heads, {"": overall}, style="words"),
        Table("Scores of single labels that were not measured", heads, {"": of_labels}, style="words"),
    )


def _by_reason(missed: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """What single labels lack -> each reason, with the labels that have it."""
    found: dict[str, dict[str, list[str]]] = {}
    for label, what, why in ((*m["what"].rpartition(": ")[::2], m["why"]) for m in missed if ": " in m["what"]):
        found.setdefault(what, {}).setdefault(why, []).append(short(label))
    return {what: [f"{', '.join(labels)}: {why}" for why, labels in own.items()] for what, own in found.items()}


def _captioned(caption: str, name: str) -> str:
    """A caption with the name of its run, if there are several runs."""
    return f"{caption}, {name}" if name else caption


def union(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys of all mappings, each once, in the order of their first appearance."""
    return list(dict.fromkeys(key for part in parts for key in part))
