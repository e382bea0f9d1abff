"""Page: a self-contained HTML page of scores and figures."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from . import tables
from .gauges import Gauge, gauge
from .names import PRIVACY, TERMS, Description, describe, proof, topic
from .names import title as title_of
from .numbers import setting
from .pictures import Picture, picture
from .tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = {"images": "images", "sequences": "sequences", "genomes": "haplotypes", "music": "windows of music"}
SYMBOLS = {"yes": "●", "partly": "◐", "no": "○", "unknown": "?"}
"""Symbols of answers. They have no colors, since "yes" is good for some questions and bad for others."""


@dataclass(frozen=True)
class Trials:
    """The trials of a sweep: its name, a table and a figure."""

    name: str
    table: Table
    figure: Figure


@dataclass(frozen=True)
class RunReport:
    """The contents of a page about one run.

    record: the measured numbers (docs/scores.md); verdicts: {"question", "answer": yes | no | partly | unknown,
    "because"}, the most important first; figures: name -> (figure, caption); about: topic -> nested settings, with
    topics such as "settings", "data", "provenance", "command"; trials: of the sweep that the run is a trial of.
    """

    record: Mapping[str, Any]
    verdicts: Sequence[Mapping[str, str]] = ()
    figures: Mapping[str, tuple[Figure, str]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    trials: Trials | None = None


@dataclass(frozen=True)
class Answer:
    """A verdict on one run beside its score: the title and the gauge of the score, and the picture that shows it."""

    verdict: Mapping[str, str]
    title: str = ""
    gauge: Gauge | None = None
    picture: Picture | None = None


@dataclass(frozen=True)
class Part:
    """Answers, tables and pictures below a title; if `closed`, they are collapsed until the reader opens them."""

    title: str
    answers: Sequence[Answer] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    closed: bool = False


@dataclass(frozen=True)
class Section:
    """Parts below a heading, which is in the table of contents."""

    anchor: str
    title: str
    lead: str
    parts: Sequence[Part]


def page(runs: Sequence[RunReport], title: str = "") -> str:
    """An HTML page about one or more runs side by side. It is a single file without scripts and loads nothing.

    Verdicts come first: of one run each with the score and the figure that show it, of several side by side. All else
    is collapsed. The element "evidence" has all numbers as JSON: {"title",
    "runs": [{"record", "verdicts", "about"}, ...]}. Equal input gives equal bytes. Raises ValueError if there is no
    run, and for a number that is not finite, which JSON can't hold.

    >>> scores = {"copies": {"value": 0.0, "ideal": 0.0, "better": "lower"}}
    >>> "<h1>Evaluation: small</h1>" in page([RunReport({"name": "small", "scores": scores})])
    True
    """
    if not runs:
        raise ValueError("a page is about one run or more: pass a RunReport")
    names, evidence = tables.unique_names([run.record for run in runs]), contents(runs, title)
    return _template().render(
        title=evidence["title"],
        css=(files(__name__) / "page.css").read_text(encoding="utf-8"),
        leads=[(name, _lead(run.record)) for name, run in zip(names, runs)],
        sections=[s for s in _sections(runs, names if len(names) > 1 else [""]) if s.parts],
        terms=TERMS,
        descriptions=_descriptions(runs),
        symbols=SYMBOLS,
        evidence=evidence,
        packed=base64.b64encode(json.dumps(evidence, ensure_ascii=False).encode(errors="backslashreplace")).decode(),
    )


def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    options: dict[str, Any] = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(autoescape=True, finalize=_visible, **options)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # without jinja's default of sorted keys
    return environment.from_string((files(__name__) / "page.html.jinja").read_text(encoding="utf-8"))


def _visible(value: Any) -> Any:
    """Text with "\ufffd" for control characters and for marks that change the direction of writing.

    Labels and names come from files, so they may contain anything. Markup objects, such as JSON, stay unchanged.
    """
    if type(value) is not str or value.isprintable():
        return value
    return "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in value)


def contents(runs: Sequence[RunReport], title: str = "") -> dict[str, Any]:
    """The numbers of a page as plain values, all finite: {"title", "runs": [{"record", "verdicts", "about"}, ...]}."""
    title = title or f"Evaluation: {', '.join(tables.unique_names([run.record for run in runs]))}"
    plain = [{"record": run.record, "verdicts": run.verdicts, "about": run.about} for run in runs]
    if wrong := [where for i, run in enumerate(plain) for where in _infinite(run, f"run {i}")]:
        raise ValueError(f'{wrong[0]} is not finite: leave it out and say why in "not_measured"')
    return {"title": title, "runs": plain}


def _infinite(value: Any, where: str) -> Iterator[str]:
    """The places of numbers that JSON can't hold."""
    if isinstance(value, float) and not math.isfinite(value):
        yield where
    if isinstance(value, Mapping):
        for k, v in value.items():
            yield from _infinite(v, f"{where}, {k}")
    if isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            yield from _infinite(v, f"{where}, {i}")


def _lead(record: Mapping[str, Any]) -> str:
    """The numbers of rows, the age and the labels of a run, in a few sentences."""
    sentences = [*_compared(record), *_trained(record)]
    for name, labels in record.get("labels", {}).items():
        sentences.append(f"{title_of(name)}: {setting([tables.short(label) for label in labels])}.")
    return " ".join(sentences)


def _compared(record: Mapping[str, Any]) -> Iterator[str]:
    if "n" in record:
        rows = f"{record['n']:,} generated {KINDS.get(record.get('kind', ''), 'rows')}"
        sets = f"{record['sets']} sets of " if record.get("sets", 1) > 1 else ""
        yield f"{sets}{rows} are compared with the same number of held-out ones."


def _trained(record: Mapping[str, Any]) -> Iterator[str]:
    if "age" in record:
        planned = f" of {record['updates']:,}" if record["age"] < record.get("updates", 0) else ""
        guidance = f", with guidance {record['guidance']:g}," if "guidance" in record else ""
        steps = f"The machine ran {record.get('steps', 0):,} steps from a random start{guidance}"
        yield f"{steps} after {record['age']:,}{planned} training updates."
    if "rows" in record:
        yield f"It was trained on {record['rows']['train']:,} rows."


def _descriptions(runs: Sequence[RunReport]) -> list[tuple[str, Description]]:
    """The descriptions of the scores of these runs."""
    return [(k, describe(k)) for k in tables.union([run.record.get("scores", {}) for run in runs])]


def _sections(runs: Sequence[RunReport], names: Sequence[str]) -> Iterator[Section]:
    """The sections of a page in their order."""
    records = [run.record for run in runs]
    yield Section("verdict", "Verdict", "", list(_verdict(runs, names)))
    by_topic = tables.by_topic(tables.scores(names, records))
    parts = [Part(name or "Scores", tables=[table], closed=True) for name, table in by_topic.items()]
    yield Section("scores", "Scores", _how_to_compare(records), parts)
    yield Section("figures", "Figures", "", list(_figures(runs, names)))
    over = [table for x in zip(names, records) for table in (tables.over_time(*x), tables.over_age(*x))]
    lead = (
        "The same chains after different numbers of steps. A machine out of equilibrium has its best scores at the "
        "number of steps that it was trained for."
    )
    yield _table_section("times", "Over generation time", lead, over)
    yield Section("labels", "Label by label", _which_labels(records), list(_labels(records, names)))
    told = " ".join(record["privacy"]["statement"] for record in records if "privacy" in record)
    yield Section("privacy", "Privacy", told, [Part("")] if told else [])
    lead = "A sweep trained these runs, each with other settings, and looked for those with the highest objective."
    yield Section("trials", "Trials", lead, list(_trials(runs)))
    yield Section("settings", "Settings and provenance", "", list(_settings(runs, names)))
    yield Section("missing", "Not measured", "", list(_missing(*tables.missing(names, records))))


def _verdict(runs: Sequence[RunReport], names: Sequence[str]) -> Iterator[Part]:
    """The answers about one run, each beside its score and its figure; of several runs a table."""
    if len(runs) > 1:
        yield Part("", tables=[tables.verdicts(names, [run.verdicts for run in runs])])
    elif runs[0].verdicts:
        yield Part("", answers=[_answer(runs[0], verdict) for verdict in runs[0].verdicts])


def _answer(run: RunReport, verdict: Mapping[str, str]) -> Answer:
    name = verdict.get("score", "")
    score, shown = run.record.get("scores", {}).get(name), next((k for k in proof(name) if k in run.figures), None)
    seen = picture(run.figures[shown][0], "", run.figures[shown][1], title_of(shown)) if shown else None
    measured = gauge(score, line=topic(name) != PRIVACY) if score else None
    return Answer(verdict, describe(name).title, measured, seen)


def _which_labels(records: Sequence[Mapping[str, Any]]) -> str:
    """Why only some labels are shown, if there are many."""
    missing = [entry for record in records for entry in record.get("not_measured", [])]
    reasons = dict.fromkeys(entry["why"] for entry in missing if entry["what"].endswith("labels by themselves"))
    return " ".join(f"{why[0].upper()}{why[1:]}." for why in reasons)


def _table_section(anchor: str, title: str, lead: str, given: Iterable[Table]) -> Section:
    """A section of those tables that have rows."""
    full = list(filter(None, given))
    return Section(anchor, title, lead, [Part(table.caption, tables=[table], closed=True) for table in full])


def _how_to_compare(records: Sequence[Mapping[str, Any]]) -> str:
    """How to read the table of scores."""
    if len(records) == 1:
        return (
            "Compare each value with its floor, which is the best value that can be expected, and with its baseline, "
            "which a generator should beat."
        )
    if not tables.comparable(records):
        return (
            "These runs were measured on different data, so no run is marked as best. Compare each run with its own "
            "floor."
        )
    return (
        "The run nearest to the ideal is marked as best, and so are runs whose interval overlaps with its interval. "
        "If these are all runs, none is marked."
    )


def _figures(runs: Sequence[RunReport], names: Sequence[str]) -> Iterator[Part]:
    """A part for each name of a figure, with the picture of each run that has it; of one run a part with all."""
    if len(runs) == 1:
        every = [picture(figure, "", said, title_of(key)) for key, (figure, said) in runs[0].figures.items()]
        if every:
            yield Part(f"All {len(every)} figures", pictures=every, closed=True)
        return
    for key in tables.union([run.figures for run in runs]):
        own = [(name, *run.figures[key]) for name, run in zip(names, runs) if key in run.figures]
        pictures = [picture(figure, name, caption, title_of(key)) for name, figure, caption in own]
        yield Part(title_of(key), pictures=pictures, closed=True)


def _trials(runs: Sequence[RunReport]) -> Iterator[Part]:
    """A part for each sweep that runs are trials of."""
    for name, own in {run.trials.name: run.trials for run in runs if run.trials}.items():
        caption = "The objective of the trials, one after the other and against each setting."
        yield Part(f"Sweep {name}", tables=[own.table], pictures=[picture(own.figure, "", caption)], closed=True)


def _settings(runs: Sequence[RunReport], names: Sequence[str]) -> Iterator[Part]:
    """The settings and the provenance of runs, a closed part for each topic."""
    for name, table in tables.settings(names, [run.about for run in runs]):
        yield Part(name, tables=[table], closed=True)


def _missing(overall: Table, of_labels: Table) -> Iterator[Part]:
    if overall:
        yield Part("Of all rows", tables=[overall], closed=True)
    if of_labels:
        yield Part("Of single labels", tables=[of_labels], closed=True)


def _labels(records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterator[Part]:
    """Closed parts with scores, confusion and calibration of labels."""
    runs = list(zip(names, records))
    parts = {
        "Scores of each label": [tables.by_label(*run) for run in runs],
        "Confusion": [table for run in runs for of in (tables.confusion, tables.mistakes) for table in of(*run)],
        "Calibration": [table for run in runs for table in tables.calibration(*run)],
    }
    for title, given in parts.items():
        if full := list(filter(None, given)):
            yield Part(title, tables=full, closed=True)
