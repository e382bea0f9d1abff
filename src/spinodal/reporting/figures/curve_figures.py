"""Curves: scores of a run over time, age and labels, as its evidence and its log say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from ...evaluation.quick_scores import SHARES
from ...evaluation.verdicts import chance
from .. import plots
from .view import MOST, Drawn, View

CURVES = {
    "adversarial error": "adversarial_error",
    "spectrum error": "spectrum_error",
    "second-moment error": "second_moment_error",
}
"""What curves are called, and what the evidence and the log call them."""

NAMES = {name.replace("_", " "): name for name in SHARES}
"""The same of shares of labels."""

BY_LABEL = ("adversarial error", "spectrum error")
"""Curves that are drawn label by label, too."""

FEW = 10
"""Rows of a label below which its errors are noise."""

SEEN = {
    "predicted": ("true", "predicted", "Labels of held-out rows, as the machine predicts them."),
    "generated": ("asked", "seen", "Labels that rows were generated with, as the machine sees them."),
    "judged": ("asked", "judged", "Labels that rows were generated with, as an independent classifier sees them."),
}
"""Of the record's tables of confusion: what their rows and columns are, and what they show."""

Times = Sequence[Mapping[str, Any]]


def time(view: View) -> Iterator[Drawn]:
    """Errors against generation time, of all rows and label by label."""
    rows, steps = view.record.get("times", []), view.record["steps"]
    at = [row["time"] for row in rows]
    if len(at) < 2:
        return
    if curves := _over(rows):
        figure = plots.scores_over_time(at, curves, steps, _floors(view, curves))
        said = "Errors of what chains show after so many steps from random; dotted: of real rows."
        yield "scores-over-time", figure, said
    for name in BY_LABEL:
        own, floor = _by_label(view, rows, CURVES[name])
        if len(own) > 1:
            title = f"The {name} of each label should dip at {steps} steps"
            figure = plots.scores_by_label(at, own, steps, title, floor)
            yield f"{name.replace(' ', '-')}-by-label", figure, f"The {name} label by label; dotted: of real rows."


def ages(view: View) -> Iterator[Drawn]:
    """Errors against generation time, a line an age."""
    own = {"age": view.record["age"], "times": view.record.get("times", [])}
    every = {row["age"]: row["times"] for row in [*view.record.get("ages", []), own]}
    curves = {age: _over(rows) for age, rows in sorted(every.items())}
    names = [name for name in CURVES if all(name in found for found in curves.values())]
    if len(curves) < 2 or not names:
        return
    at = [row["time"] for row in own["times"]]
    curves = {age: {name: found[name] for name in names} for age, found in curves.items()}
    figure = plots.scores_over_ages(at, curves, view.record["steps"], _floors(view, names))
    yield "scores-over-ages", figure, "Errors over generation time, a line an age of the training."


def training(view: View) -> Iterator[Drawn]:
    """Errors and accuracies against age, of the log."""
    if len(view.log) < 2:
        return
    at, last = [float(row["age"]) for row in view.log], view.log[-1]
    if errors := {name: _column(view.log, key) for name, key in CURVES.items() if last.get(key)}:
        floors = {name: _column([last], CURVES[name].replace("error", "floor"))[0] for name in errors}
        floors = {name: floor for name, floor in floors.items() if isfinite(floor)}
        figure = plots.scores_over_training(at, errors, floors)
        yield "scores-over-training", figure, "Errors at the saved ages, at the time trained for; dotted: of real rows."
    if shares := {name: _column(view.log, key) for name, key in NAMES.items() if last.get(key)}:
        figure = plots.accuracy_over_training(at, shares, chance(view.record, "predicted") or None)
        yield "accuracy-over-training", figure, "Shares of labels that are right; dotted: the commonest label's."


def labels(view: View) -> Iterator[Drawn]:
    """How labels are taken for one another, and how sure they are, where there are two or more."""
    if len(view.names) < 2:
        return
    for name, counts in view.record.get("confusion", {}).items():
        row, column, said = SEEN[name]
        yield f"confusion-of-{name}-labels", plots.confusion(counts, view.names, row=row, column=column), said
    if found := view.record.get("calibration"):
        figure = plots.calibration(found["confidence"], found["accuracy"], found["count"])
        yield "calibration", figure, "How often predicted labels are right that are given with some confidence."


def _over(rows: Times) -> dict[str, list[float]]:
    """The curves that there are at every time."""
    there = {name: key for name, key in CURVES.items() if rows and all(key in row["scores"] for row in rows)}
    return {name: [row["scores"][key]["value"] for row in rows] for name, key in there.items()}


def _by_label(view: View, rows: Times, key: str) -> tuple[dict[str, list[float]], dict[str, float]]:
    """A score of the commonest labels that have it at every time, of FEW rows at least, and its floors."""
    every = {label: own for label, own in view.record.get("by_label", {}).items() if own["n"] >= FEW}
    common = sorted(every, key=lambda label: -every[label]["n"])[:MOST]
    there = [k for k in every if k in common and all(key in row["by_label"].get(k, {}) for row in rows)]
    curves = {label: [row["by_label"][label][key]["value"] for row in rows] for label in there}
    floors = {label: every[label]["scores"].get(key, {}).get("floor") for label in there}
    return curves, {label: floor for label, floor in floors.items() if floor is not None}


def _floors(view: View, names: Iterable[str]) -> dict[str, float]:
    return {name: floor for name in names if (floor := view.floor(CURVES[name])) is not None}


def _column(log: Sequence[Mapping[str, str]], name: str) -> list[float]:
    """A column of the log, NaN where a row lacks it."""
    return [float(row.get(name) or "nan") for row in log]
