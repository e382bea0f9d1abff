"""Curve figures: scores of a run over time, age and labels, from its record and its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from ...evaluation.quick_scores import SHARES
from ...evaluation.verdicts import chance
from .. import plots
from .view import MOST, Drawn, View

CURVES = {
    "adversarial error": "adversarial_error",
    "spectrum error": "spectrum_error",
    "second-moment error": "second_moment_error",
}
"""Names of error curves, and their keys in the record and in the log."""

NAMES = {name.replace("_", " "): name for name in SHARES}
"""The same for label scores."""

BY_LABEL = ("adversarial error", "spectrum error")
"""Curves that have a figure by label, too."""

FEW = 10
"""A label needs this many rows for a curve: the errors of fewer rows are noise."""

CONFUSIONS = {
    "predicted": ("true", "predicted", "True labels of held-out rows, and labels predicted by the machine."),
    "generated": ("asked for", "predicted", "Labels asked for in generated rows, and labels predicted by the machine."),
    "judged": (
        "asked for",
        "classified",
        "Labels asked for in generated rows, and labels by an independent classifier.",
    ),
    "profiles": (
        "asked for",
        "best profile",
        "Labels asked for in generated rows, and those of the best profile HMM.",
    ),
}
"""Confusion matrices of the record: the titles of their rows and columns, and their captions."""

CALIBRATIONS = {"calibration": "the machine's own", "calibrated": "calibrated, on rows not fitted on"}
"""Calibrations of the record, and what their probabilities are."""

Times = Sequence[Mapping[str, Any]]
"""Rows of the record's "times"."""


def time(view: View) -> Iterator[Drawn]:
    """Errors against generation time, for all rows and by label."""
    rows, steps = view.record.get("times", []), view.record["steps"]
    times = [row["time"] for row in rows]
    if len(times) < 2:
        return
    if curves := over_time(rows):
        figure = plots.scores_over_time(times, curves, steps, floors(view, curves))
        caption = "Errors of rows generated with different numbers of steps from a random start; dotted: of real rows."
        yield "scores-over-time", figure, caption
    for name in BY_LABEL:
        own, floor = _by_label(view, rows, CURVES[name])
        if len(own) > 1:
            title = f"The {name} of each label: trained for {steps} steps"
            figure = plots.scores_by_label(times, own, steps, title, floor)
            yield f"{name.replace(' ', '-')}-by-label", figure, f"The {name} of each label; dotted: of real rows."


def ages(view: View) -> Iterator[Drawn]:
    """Errors against generation time, with a line for each age."""
    own = {"age": view.record["age"], "times": view.record.get("times", [])}
    every = {row["age"]: row["times"] for row in [*view.record.get("ages", []), own]}
    curves = {age: over_time(rows) for age, rows in sorted(every.items())}
    names = [name for name in CURVES if all(name in errors for errors in curves.values())]
    if len(curves) < 2 or not names:
        return
    times = [row["time"] for row in own["times"]]
    curves = {age: {name: errors[name] for name in names} for age, errors in curves.items()}
    figure = plots.scores_over_ages(times, curves, view.record["steps"], floors(view, names))
    yield "scores-over-ages", figure, "Errors over generation time, with a line for each age of the machine."


def training(view: View) -> Iterator[Drawn]:
    """Errors and accuracies against age, from the log."""
    known = view.known[view.known >= 0]
    guess = float(np.bincount(known).max()) / len(known) if len(known) else None
    yield from of_log(view.log, chance(view.record, "predicted") or guess)


def of_log(log: Sequence[Mapping[str, str]], majority: float | None = None) -> Iterator[Drawn]:
    """Errors and accuracies against age, from the rows of a log; majority: the share of the most common label."""
    if len(log) < 2:
        return
    at, last = [float(row["age"]) for row in log], log[-1]
    if errors := {name: column(log, key) for name, key in CURVES.items() if last.get(key)}:
        figure = plots.scores_over_training(at, errors, logged_floors(last, errors))
        caption = "Errors at the saved ages, after the number of steps of training; dotted: of real rows."
        yield "scores-over-training", figure, caption
    if shares := {name: column(log, key) for name, key in NAMES.items() if last.get(key)}:
        figure = plots.accuracy_over_training(at, shares, majority)
        caption = "Accuracies of labels at the saved ages; dotted: the share of the most common label."
        yield "accuracy-over-training", figure, caption


def labels(view: View) -> Iterator[Drawn]:
    """Confusion matrices and the calibration of labels, if there are two labels or more."""
    if len(view.names) < 2:
        return
    for name, counts in view.record.get("confusion", {}).items():
        row, column, caption = CONFUSIONS[name]
        yield f"confusion-of-{name}-labels", plots.confusion(counts, view.names, row=row, column=column), caption
    if curves := {name: _bins(view.record[key]) for key, name in CALIBRATIONS.items() if key in view.record}:
        caption = "The accuracy of predicted labels by their confidence, with 95 % intervals; below, how many they are."
        yield "calibration", plots.calibration(curves), caption
    if found := view.record.get("coverage"):
        n = sum(view.record["calibrated"]["count"])
        figure = plots.coverage(found["share"], found["accuracy"], found["confidence"], n)
        yield "coverage", figure, "The accuracy of the surest labels, by how many rows keep their label."


def _bins(found: Mapping[str, Any]) -> list[Any]:
    return [found[name] for name in ("confidence", "accuracy", "count")]


def over_time(rows: Times) -> dict[str, list[float]]:
    """The errors that are measured at every time, by the names of `CURVES`."""
    measured = {name: key for name, key in CURVES.items() if rows and all(key in row["scores"] for row in rows)}
    return {name: [row["scores"][key]["value"] for row in rows] for name, key in measured.items()}


def _by_label(view: View, rows: Times, key: str) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Curves and floors of a score, for the most common labels that have it at every time and FEW rows or more."""
    every = {label: own for label, own in view.record.get("by_label", {}).items() if own["n"] >= FEW}
    common = sorted(every, key=lambda label: -every[label]["n"])[:MOST]
    measured = [k for k in every if k in common and all(key in row["by_label"].get(k, {}) for row in rows)]
    curves = {label: [row["by_label"][label][key]["value"] for row in rows] for label in measured}
    floors = {label: every[label]["scores"].get(key, {}).get("floor") for label in measured}
    return curves, {label: floor for label, floor in floors.items() if floor is not None}


def floors(view: View, names: Iterable[str]) -> dict[str, float]:
    """The errors of real rows, of these names of `CURVES`."""
    return {name: floor for name in names if (floor := view.floor(CURVES[name])) is not None}


def logged_floors(row: Mapping[str, str], names: Iterable[str]) -> dict[str, float]:
    """The errors of real rows in a row of a log, of these names of `CURVES`; they are of another number of rows."""
    found = {name: column([row], CURVES[name].replace("error", "floor"))[0] for name in names}
    return {name: floor for name, floor in found.items() if isfinite(floor)}


def column(log: Sequence[Mapping[str, str]], name: str) -> list[float]:
    """A column of the log, NaN in rows without it."""
    return [float(row.get(name) or "nan") for row in log]
