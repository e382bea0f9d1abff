"""Run figures: curves of several runs in one figure, from their records and logs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from .. import plots
from ..plots.run_plots import Curve
from .curve_figures import CURVES, NAMES, column, floors, logged_floors, over_time
from .view import Drawn, View

TOGETHER = ("scores-over-time", "scores-over-ages", "scores-over-training", "accuracy-over-training")
"""Figures that several runs can have in one."""

Views = Mapping[str, View]
"""Views by the names of their runs."""


def together(views: Views, only: Collection[str] | None = None) -> Iterator[Drawn]:
    """(name, figure, caption) of each of `TOGETHER` for which all runs have curves.

        scores-over-time          a panel for each error, a line for each run
        scores-over-ages          a column for each run, a row for each error, a line for each age
        scores-over-training, accuracy-over-training     a panel for each score, a line for each run

    only: names of figures; all by default. Raises ValueError for one that several runs don't have in common.
    """
    wanted = TOGETHER if only is None else tuple(only)
    if strange := [name for name in wanted if name not in TOGETHER]:
        raise ValueError(
            f"{', '.join(strange)}: a figure of one run; of several in one there are {', '.join(TOGETHER)}"
        )
    makers = dict(zip(TOGETHER, (_over_time, _over_ages, _errors, _accuracies)))
    for name, make in makers.items():
        if name in wanted:
            yield from make(name, views)


def _over_time(name: str, views: Views) -> Iterator[Drawn]:
    curves = {run: _curves(view.record.get("times", [])) for run, view in views.items()}
    if _shared(curves):
        how = {run: view.record["steps"] for run, view in views.items()}
        title = "Errors by generation time; a pale line: the steps of training"
        below = "steps run from a random start"
        figure = plots.curves_of_runs(curves, below, title, how, _floors(views))
        yield name, figure, "Errors over generation time, with a line for each run; dotted: of real rows."


def _over_ages(name: str, views: Views) -> Iterator[Drawn]:
    every = {}
    for run, view in views.items():
        own = {"age": view.record["age"], "times": view.record.get("times", [])}
        every[run] = {row["age"]: _curves(row["times"]) for row in [*view.record.get("ages", []), own]}
    own_ages = {(run, age): x for run, ages in every.items() for age, x in ages.items()}
    if len(own_ages) > len(views) and _shared(own_ages):
        how = {run: view.record["steps"] for run, view in views.items()}
        figure = plots.ages_of_runs(every, how, _floors(views))
        yield name, figure, "Errors over generation time: a column for each run, a line for each age."


def _errors(name: str, views: Views) -> Iterator[Drawn]:
    curves = {run: _logged(view, CURVES) for run, view in views.items()}
    if _shared(curves):
        real = {run: logged_floors(view.log[-1], CURVES) for run, view in views.items()}
        figure = plots.curves_of_runs(curves, "updates", "Errors by age", floor=real)
        yield name, figure, "Errors at the saved ages, after the number of steps of training; dotted: of real rows."


def _accuracies(name: str, views: Views) -> Iterator[Drawn]:
    curves = {run: _logged(view, NAMES) for run, view in views.items()}
    if _shared(curves):
        figure = plots.curves_of_runs(curves, "updates", "Accuracy of labels by age", shares=True)
        yield name, figure, "Accuracies of labels at the saved ages, with a line for each run."


def _curves(rows: Sequence[Mapping[str, Any]]) -> dict[str, Curve]:
    times = [row["time"] for row in rows]
    return {name: (times, values) for name, values in over_time(rows).items()} if len(times) > 1 else {}


def _logged(view: View, names: Mapping[str, str]) -> dict[str, Curve]:
    """Columns of a log over age, those that its last row has; age 0 has no place on a logarithmic scale."""
    log = [row for row in view.log if int(row["age"])]
    ages = [float(row["age"]) for row in log]
    there = {name: key for name, key in names.items() if len(log) > 1 and log[-1].get(key)}
    return {name: (ages, column(log, key)) for name, key in there.items()}


def _floors(views: Views) -> dict[str, dict[str, float]]:
    return {run: floors(view, CURVES) for run, view in views.items()}


def _shared(curves: Mapping[Any, Mapping[str, Curve]]) -> bool:
    """Whether all have a score in common."""
    every = [set(own) for own in curves.values()]
    return bool(set.intersection(*every))
