"""Tables: what records say, in rows and columns of words, run beside run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .names import gap, plain, topic, words
from .numbers import goal, number, said, span

Record = Mapping[str, Any]
"""What was measured of a run: plain numbers, names of scores and labels."""

PER_RUN = ("Value", "Ideal", "Floor", "Baseline")
DIRECTIONS = {"lower": "lower is better", "higher": "higher is better", "near": "best at the ideal"}
BESIDE = {"chance": "chance", "ceiling": "ceiling", "duplicates": "duplicates"}
"""Numbers of some scores that are said below the value."""

NAME = 60
"""Letters of a label in a table."""

CONFUSIONS = {
    "predicted": "Held-out rows: their label, and what the machine takes them for",
    "generated": "Generated rows: the label asked for, and what the machine takes them for",
    "judged": "Generated rows: the label asked for, and what the independent classifier takes them for",
}
"""Which rows a table of confusion is about, and who saw them."""


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, what is added below it, a word before it, how it is marked, and the score it is about."""

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
    """Rows by topic, below their columns; `groups` are runs with as many columns each; `look`: numbers or words."""

    caption: str
    heads: tuple[str, ...]
    topics: Mapping[str, Sequence[Row]]
    groups: Mapping[str, int] = field(default_factory=dict)
    look: str = "numbers"

    def __bool__(self) -> bool:
        """Whether it has rows."""
        return any(self.topics.values())


def called(records: Sequence[Record]) -> list[str]:
    """What runs are called so that no two are called the same: by name, by age too, by steps too, by number.

    >>> called([{"name": "a", "age": 1, "steps": 10}, {"name": "a", "age": 2, "steps": 10}])
    ['a, age 1', 'a, age 2']
    """
    names = [r["name"] for r in records]
    for more in (", age {age:,}", ", {steps:,} steps"):
        if len(set(names)) == len(names):
            return names
        names = [name + more.format(**r) for name, r in zip(names, records)]
    return names if len(set(names)) == len(names) else [f"{name} ({i})" for i, name in enumerate(names, 1)]


def comparable(records: Sequence[Record]) -> bool:
    """Whether runs were measured on data that look the same: kind, scale, labels and numbers of rows."""
    return all(r.get(k) == records[0].get(k) for r in records for k in ("kind", "scale", "labels", "n", "rows"))


def best(scores: Sequence[Mapping[str, Any] | None]) -> set[int]:
    """Which of several runs are best: the one nearest to the ideal, and all that can't be told from it.

    Those are the ones whose interval overlaps its own, or whose number is written alike. None where that is all of
    them, or where fewer than two have the score, or an ideal to be near to.

    >>> best([{"value": 0.1, "better": "lower"}, {"value": 0.2, "better": "lower"}, None])
    {0}
    """
    there = {i: s for i, s in enumerate(scores) if s and (s["better"] != "near" or "ideal" in s)}
    if len(there) < 2:
        return set()
    first = min(there.values(), key=_distance)
    found = {i for i, s in there.items() if number(s["value"]) == number(first["value"]) or _overlap(s, first)}
    return found if len(found) < len(there) else set()


def _distance(score: Mapping[str, Any]) -> float:
    """How far a score is from being good: less is better."""
    value = score["value"]
    return {"lower": value, "higher": -value}.get(score["better"], abs(value - score.get("ideal", 0.0)))


def _overlap(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    if "interval" not in a or "interval" not in b:
        return False
    return max(a["interval"][0], b["interval"][0]) <= min(a["interval"][1], b["interval"][1])


def verdicts(names: Sequence[str], answers: Sequence[Sequence[Mapping[str, str]]]) -> Table:
    """A line a question, a column a run: the answer, and the number that says so."""
    by_run = [{v["question"]: Cell(v["answer"], (v["because"],), mark=v["answer"]) for v in own} for own in answers]
    rows = [Row(Cell(q), tuple(own.get(q, Cell()) for own in by_run)) for q in union(by_run)]
    heads = ("Question", *(name or "Answer" for name in names))
    return Table("Each answer with the number behind it", heads, {"": rows}, look="words verdict")


def scores(names: Sequence[str], records: Sequence[Record]) -> Table:
    """A row a score, by topic; of each run its value and interval, the ideal, the floor and the baseline."""
    by_run = [r.get("scores", {}) for r in records]
    ranked = comparable(records)
    topics: dict[str, list[Row]] = {}
    for name in union(by_run):
        own = [scores.get(name) for scores in by_run]
        winners = best(own) if ranked else set()
        cells = (cell for i, score in enumerate(own) for cell in _measured(score, i in winners))
        topics.setdefault(topic(name), []).append(Row(_head(name, own), tuple(cells)))
    groups = dict.fromkeys(names, len(PER_RUN)) if len(names) > 1 else {}
    caption = "Each value above its 95 % interval, where it has one"
    return Table(caption, ("Score", *PER_RUN * len(names)), topics, groups)


def _head(name: str, own: Sequence[Mapping[str, Any] | None]) -> Cell:
    title, unit, _ = words(name)
    better = next((s["better"] for s in own if s), "")
    note = "; ".join(part for part in (unit, DIRECTIONS.get(better, better)) if part)
    return Cell(title, (note,) if note else (), about=name)


def _measured(score: Mapping[str, Any] | None, wins: bool) -> Iterator[Cell]:
    """The cells of a score of a run."""
    if score is None:
        yield from [Cell()] * len(PER_RUN)
        return
    notes = [span(score["interval"])] if "interval" in score else []
    notes += [f"{said} {number(score[key])}" for key, said in BESIDE.items() if key in score]
    notes += ["more than chance"] if score.get("alarm") else []
    notes += [f"of {score['n']:,} rows alone"] if "n" in score else []
    yield Cell(number(score["value"]), tuple(notes), tag="best" if wins else "")
    yield Cell(goal(score.get("ideal")))
    yield Cell(number(score.get("floor")))
    yield Cell(number(score.get("baseline")))


def short(label: str) -> str:
    """A label as it stands in a table: of a long one its ends.

    >>> short("a" * 100), short("sick")
    ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…aaaaaaaaaaaaaaaaaaaa', 'sick')
    """
    return label if len(label) <= NAME else f"{label[: NAME - 1 - NAME // 3]}…{label[-(NAME // 3) :]}"


def by_label(name: str, record: Record) -> Table:
    """A row a label: its number of rows, and its scores above their floors."""
    found = record.get("by_label", {})
    columns = union([own["scores"] for own in found.values()])
    rows = [
        Row(Cell(short(label)), (Cell(number(own["n"])), *(_above_floor(own["scores"].get(k)) for k in columns)))
        for label, own in found.items()
    ]
    heads = ("Label", "Rows", *(words(k).title for k in columns))
    return Table(_titled("Scores of each label", name), heads, {"": rows})


def _above_floor(score: Mapping[str, Any] | None) -> Cell:
    if score is None:
        return Cell()
    return Cell(number(score["value"]), (f"floor {number(score['floor'])}",) if "floor" in score else ())


def over_time(name: str, record: Record) -> Table:
    """A row a time that chains ran for; the best of each score is marked, and the time trained for."""
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
    heads = ("Steps", *(words(k).title for k in columns))
    return Table(_titled("Scores over generation time", name), heads, {"": rows})


def over_age(name: str, record: Record) -> Table:
    """A row an age, at the time the machine was trained for."""
    steps = record.get("steps")
    ages = [(a["age"], row["scores"]) for a in record.get("ages", []) for row in a["times"] if row["time"] == steps]
    columns = union([own for _, own in ages])
    rows = [Row(Cell(number(age)), tuple(_value(own.get(k), False) for k in columns)) for age, own in ages]
    heads = ("Age", *(words(k).title for k in columns))
    return Table(_titled("Scores over training", name), heads, {"": rows})


def _value(score: Mapping[str, Any] | None, wins: bool) -> Cell:
    return Cell(number(score["value"]), tag="best" if wins else "") if score else Cell()


def confusion(name: str, record: Record) -> list[Table]:
    """How many rows of each label were seen with which, by whom."""
    labels: Sequence[str] = next(iter(record.get("labels", {}).values()), [])
    tables = []
    for key, counts in record.get("confusion", {}).items():
        rows = [Row(Cell(label), _diagonal(i, row)) for i, (label, row) in enumerate(zip(map(short, labels), counts))]
        tables.append(Table(_titled(CONFUSIONS.get(key, plain(key)), name), ("Label", *map(short, labels)), {"": rows}))
    return tables


def mistakes(name: str, record: Record) -> list[Table]:
    """Of many labels: which are most often taken for which, by whom."""
    tables = []
    for key, found in record.get("mistakes", {}).items():
        rows = [
            Row(Cell(short(m["label"])), (Cell(short(m["seen"])), Cell(number(m["n"])), Cell(number(m["of"]))))
            for m in found
        ]
        heads = ("Label", "Taken for", "Rows", "Of")
        tables.append(
            Table(_titled(f"{CONFUSIONS.get(key, plain(key))}: the commonest mistakes", name), heads, {"": rows})
        )
    return tables


def _diagonal(i: int, counts: Sequence[float]) -> tuple[Cell, ...]:
    return tuple(Cell(number(x), mark="hit" if j == i else "") for j, x in enumerate(counts))


def calibration(name: str, record: Record) -> Table:
    """How often labels are right that are given with some confidence; bins that hold none are left out."""
    found = record.get("calibration", {"confidence": [], "accuracy": [], "count": []})
    rows = [
        Row(Cell(number(sure)), (Cell(number(right)), Cell(number(count))))
        for sure, right, count in zip(found["confidence"], found["accuracy"], found["count"])
        if count
    ]
    caption, heads = _titled("Confidence in labels", name), ("Mean confidence", "Share that is right", "Rows")
    return Table(caption, heads, {"": rows})


def settings(names: Sequence[str], abouts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Table]]:
    """What runs are and where they come from, by topic; what differs between runs is marked."""
    for key in union(abouts):
        parts = [about.get(key, {}) for about in abouts]
        by_run = [dict(_flat(part if isinstance(part, Mapping) else {key: part})) for part in parts]
        rows = [
            Row(Cell(k, tag=_differs(k, by_run)), tuple(Cell(own.get(k, "")) for own in by_run)) for k in union(by_run)
        ]
        heads = ("Setting", *(name or "Value" for name in names))
        yield plain(key), Table(f"{plain(key)}, as recorded", heads, {"": rows}, look="words")


def _flat(value: Any, *path: str) -> Iterator[tuple[str, str]]:
    """Nested settings, one by one."""
    if path and not (isinstance(value, Mapping) and value):
        yield " · ".join(path), said(value)
        return
    for k, v in value.items():
        yield from _flat(v, *path, str(k).replace("_", " "))


def _differs(key: str, by_run: Sequence[Mapping[str, str]]) -> str:
    return "differs" if len({own.get(key) for own in by_run}) > 1 else ""


def missing(names: Sequence[str], records: Sequence[Record]) -> tuple[Table, Table]:
    """What was not measured of which run, and why: of all rows, and of those with one label."""
    by_run = [{m["what"]: Cell(m["why"]) for m in r.get("not_measured", [])} for r in records]
    heads = ("Score", *(name or "Why" for name in names))
    rows = {k: Row(Cell(gap(k)), tuple(own.get(k, Cell()) for own in by_run)) for k in union(by_run)}
    of_labels = [row for k, row in rows.items() if ": " in k]
    overall = [row for k, row in rows.items() if ": " not in k]
    return (
        Table("What was not measured, and why", heads, {"": overall}, look="words"),
        Table("What was not measured of single labels, and why", heads, {"": of_labels}, look="words"),
    )


def _titled(caption: str, name: str) -> str:
    """A caption that says which run it is about, where there are several."""
    return f"{caption}, {name}" if name else caption


def union(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys of all, each once, in the order they come."""
    return list(dict.fromkeys(key for part in parts for key in part))
