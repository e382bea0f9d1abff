"""Page: one self-contained page from scores and figures."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from . import tables
from .names import TERMS, Words, plain, words
from .numbers import said
from .pictures import Picture, picture
from .tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = {"images": "images", "sequences": "sequences", "genomes": "genomes", "music": "windows of music"}
SYMBOLS = {"yes": "●", "partly": "◐", "no": "○", "unknown": "?"}
"""Answers by shape, and not by color: yes is good news where the question is about labels, and bad about copies."""


@dataclass(frozen=True)
class Chapter:
    """What a page says of one run.

    record: what was measured, plain numbers; verdicts: {"question", "answer": yes | no | partly | unknown,
    "because"}, the main one first; figures: name -> a figure and what it shows, in words; about: topic -> settings,
    nested as they are, such as "settings", "data", "provenance", "command".
    """

    record: Mapping[str, Any]
    verdicts: Sequence[Mapping[str, str]] = ()
    figures: Mapping[str, tuple[Figure, str]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Tables and pictures below a title; behind it where `closed`."""

    title: str
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    closed: bool = False


@dataclass(frozen=True)
class Section:
    """Parts below a heading that the table of contents leads to."""

    anchor: str
    title: str
    lead: str
    parts: Sequence[Part]


def page(chapters: Sequence[Chapter], title: str = "") -> str:
    """An HTML page that holds all that is known of some runs, side by side, and needs nothing else: no net, no script.

    It answers in words first, then by scores, figures and details; the numbers are in it once more as JSON, in the
    element "evidence": {"title", "runs": [{"record", "verdicts", "about"}, ...]}. The same input gives the same bytes.
    Raises ValueError for no chapter and for a number that is not finite, which JSON can't hold.

    >>> html = page([Chapter({"name": "small", "scores": {"copies": {"value": 0.0, "ideal": 0.0, "better": "lower"}}})])
    >>> "<h1>Evidence: small</h1>" in html
    True
    """
    if not chapters:
        raise ValueError("a page is about one run at least: give a Chapter")
    names, evidence = tables.called([c.record for c in chapters]), contents(chapters, title)
    return _template().render(
        title=evidence["title"],
        css=(files(__name__) / "page.css").read_text(encoding="utf-8"),
        leads=[(name, _lead(c.record)) for name, c in zip(names, chapters)],
        sections=[s for s in _sections(chapters, names if len(names) > 1 else [""]) if s.parts],
        terms=TERMS,
        readings=_readings(chapters),
        symbols=SYMBOLS,
        evidence=evidence,
        packed=base64.b64encode(json.dumps(evidence, ensure_ascii=False).encode(errors="backslashreplace")).decode(),
    )


def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    how: dict[str, Any] = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    rooms = Environment(autoescape=True, finalize=_visible, **how)
    rooms.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # in the order that scores come in
    return rooms.from_string((files(__name__) / "page.html.jinja").read_text(encoding="utf-8"))


def _visible(value: Any) -> Any:
    """Words as they can stand in a page: control characters, and marks that turn the direction of writing, as "\ufffd".

    Labels and names are what files have in them. What is safe already, such as JSON, stays as it is.
    """
    if type(value) is not str or value.isprintable():
        return value
    return "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in value)


def contents(chapters: Sequence[Chapter], title: str = "") -> dict[str, Any]:
    """The numbers of a page as plain values, all finite: {"title", "runs": [{"record", "verdicts", "about"}, ...]}."""
    title = title or f"Evidence: {', '.join(tables.called([c.record for c in chapters]))}"
    runs = [{"record": c.record, "verdicts": c.verdicts, "about": c.about} for c in chapters]
    if wrong := [where for i, run in enumerate(runs) for where in _infinite(run, f"chapter {i}")]:
        raise ValueError(f'{wrong[0]} is not finite: leave it out and say why in "not_measured"')
    return {"title": title, "runs": runs}


def _infinite(value: Any, where: str) -> Iterator[str]:
    """Where numbers are that JSON can't hold."""
    if isinstance(value, float) and not math.isfinite(value):
        yield where
    if isinstance(value, Mapping):
        for k, v in value.items():
            yield from _infinite(v, f"{where}, {k}")
    if isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            yield from _infinite(v, f"{where}, {i}")


def _lead(record: Mapping[str, Any]) -> str:
    """What was compared with what, in a sentence or two."""
    facts = []
    if "n" in record:
        made = f"{record['n']:,} generated {KINDS.get(record.get('kind', ''), 'rows')}"
        many = f"{record['sets']} sets of " if record.get("sets", 1) > 1 else ""
        facts.append(f"{many}{made} beside as many held-out ones.")
    if "age" in record:
        planned = f" of {record['updates']:,}" if record["age"] < record.get("updates", 0) else ""
        facts.append(
            f"A machine of age {record['age']:,}{planned} ran {record.get('steps', 0):,} steps from a random start."
        )
    if "rows" in record:
        facts.append(f"It learned from {record['rows']['train']:,} rows.")
    return " ".join(
        [*facts, *(f"{plain(k)}: {said([*map(tables.short, own)])}." for k, own in record.get("labels", {}).items())]
    )


def _readings(chapters: Sequence[Chapter]) -> list[tuple[str, Words]]:
    """How to read the scores that these runs have."""
    return [(k, words(k)) for k in tables.union([c.record.get("scores", {}) for c in chapters])]


def _sections(chapters: Sequence[Chapter], names: Sequence[str]) -> Iterator[Section]:
    """What a page is made of, in the order of reading."""
    records = [c.record for c in chapters]
    yield _tabled("verdict", "Verdict", "", [tables.verdicts(names, [c.verdicts for c in chapters])])
    yield _tabled("scores", "Scores", _how_to_compare(records), [tables.scores(names, records)])
    yield Section("figures", "Figures", "", list(_figures(chapters, names)))
    over = [table for x in zip(names, records) for table in (tables.over_time(*x), tables.over_age(*x))]
    lead = "The same chains after more and more steps: out of equilibrium, best at the time trained for."
    yield _tabled("times", "Over generation time", lead, over)
    yield Section("labels", "Label by label", _which_labels(records), list(_labels(records, names)))
    yield Section("settings", "Settings and provenance", "", list(_settings(chapters, names)))
    yield Section("missing", "Not measured", "", list(_missing(*tables.missing(names, records))))


def _which_labels(records: Sequence[Mapping[str, Any]]) -> str:
    """That only some labels are shown, where they are many."""
    gaps = [gap for record in records for gap in record.get("not_measured", [])]
    why = dict.fromkeys(gap["why"] for gap in gaps if gap["what"].endswith("labels by themselves"))
    return " ".join(f"{said[0].upper()}{said[1:]}." for said in why)


def _tabled(anchor: str, title: str, lead: str, found: Iterable[Table]) -> Section:
    """A section of tables, without those that have no rows."""
    full = list(filter(None, found))
    return Section(anchor, title, lead, [Part("", full)] if full else [])


def _how_to_compare(records: Sequence[Mapping[str, Any]]) -> str:
    """How to read runs that stand side by side."""
    if len(records) == 1:
        return (
            "Read each value between its floor, which is as good as it gets, and its baseline, which is to be beaten."
        )
    if not tables.comparable(records):
        return "These runs were measured on different data, so none is called best: compare each with its own floor."
    return "Best is nearest to its ideal, with those whose interval overlaps; where that is all, none is marked."


def _figures(chapters: Sequence[Chapter], names: Sequence[str]) -> Iterator[Part]:
    """A part a name of a figure, with the picture of each run that has it."""
    for key in tables.union([c.figures for c in chapters]):
        there = [(name, *c.figures[key]) for name, c in zip(names, chapters) if key in c.figures]
        yield Part(plain(key), pictures=[picture(figure, name, caption) for name, figure, caption in there])


def _settings(chapters: Sequence[Chapter], names: Sequence[str]) -> Iterator[Part]:
    """What runs are and where they come from, a topic behind each title."""
    for topic, table in tables.settings(names, [c.about for c in chapters]):
        yield Part(topic, [table], closed=True)


def _missing(overall: Table, of_labels: Table) -> Iterator[Part]:
    if overall:
        yield Part("", [overall])
    if of_labels:
        yield Part("Of single labels", [of_labels], closed=True)


def _labels(records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterator[Part]:
    """What is known of each label, behind titles."""
    runs = list(zip(names, records))
    kinds = {
        "Scores of each label": [tables.by_label(*run) for run in runs],
        "Confusion": [table for run in runs for of in (tables.confusion, tables.mistakes) for table in of(*run)],
        "Calibration": [tables.calibration(*run) for run in runs],
    }
    for title, found in kinds.items():
        if full := list(filter(None, found)):
            yield Part(title, full, closed=True)
