"""`spinodal inspect`: the contents of a data file, and settings, memory and time of a training on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...progress import span
from ...reporting import text
from ...runs.settings import NO_SETTINGS, NO_SOURCE, Settings, Source
from ...terminal import print_json, print_lines
from .. import options
from ..errors import say
from .arguments import Flag, Json, Recipe

if TYPE_CHECKING:
    from ...data.dataset import Dataset


def inspect(
    data: Path | None = None,
    /,
    *,
    recipe: Recipe = None,
    source: Source = NO_SOURCE,
    settings: Settings = NO_SETTINGS,
    learning_curve: Flag = False,
    as_json: Json = False,
) -> None:
    """Print what is in a data file, which settings a training on it takes and why, and its memory and time.

    Parameters
    ----------
    data
        A data file, as in train.
    learning_curve
        Train on 1/8, 1/4, 1/2 and all of the training rows, and say how many are enough; the time is said before.
    as_json
        Print JSON.
    """
    from ...runs import advice, memory, sources

    process = memory.resident()[0]
    source = source if data is None else replace(source, data=str(data))
    source, settings = options.combined(source, settings, recipe)
    rows = sources.load(source)
    try:
        training = _training(rows, source, settings, process)  # first, as the counts below take memory, too
    except ValueError as error:
        if settings != NO_SETTINGS or source.given().keys() & {"split", "test", "sample", "reweight"}:
            raise
        training = {"training": {"not_possible": str(error)}}  # the rest can be printed all the same
    found = rows.describe() | _beside(rows, source)
    if "effective_number" not in found and (number := advice.effective(rows)):
        found["effective"] = number
    found |= training
    if not as_json:
        print_lines(text.inspection(found))
    if learning_curve:
        found["learning_curve"] = _learning_curve(rows, source, settings)
        if not as_json:
            print_lines(text.learning_curve(found["learning_curve"]))
    if as_json:
        print_json(found)


def _learning_curve(rows: Dataset, source: Source, settings: Settings) -> dict[str, Any]:
    """The scores of trainings on parts of the rows, and how many rows are enough."""
    from ...runs import learning_curve as curves
    from ...runs import sources

    sources.check_named(rows, source)
    learned, held_out = sources.divide(rows, source)
    seconds = curves.estimate(learned, held_out, settings)
    say(f"{len(curves.PARTS)} trainings take up to {span(seconds)}")
    points = []
    for point in curves.learning_curve(learned, held_out, settings, options.device("auto")):
        points.append(point)
        say(f"trained on {point['rows']:,} rows, {len(points)} of {len(curves.PARTS)}")
    return {"points": points, **curves.conclusion(points)}


def _beside(rows: Dataset, source: Source) -> dict[str, Any]:
    """How the rows and the table of labels join."""
    from ...files.labels import describe_join

    found = describe_join(rows, source.labels) if source.labels and source.labels != "folder" else {}
    if source.where:  # rows that are left out here have labels, too
        found = {k: v for k, v in found.items() if not k.startswith("unused")}
    return {"joined": found} if found else {}


def _training(rows: Dataset, source: Source, settings: Settings, process: int) -> dict[str, dict[str, Any]]:
    """A training with these settings, why a rule gives the others, and what it costs."""
    from ...runs import advice, memory, sources
    from ...runs.rules import rules_of

    sources.check_named(rows, source)
    learned, held_out = sources.divide(rows, source)
    full, why = settings.resolved(learned)
    about = memory.needed(learned, held_out, full, process)
    rules = rules_of(full.machine)
    why = dict.fromkeys(rules, f"the default of {full.machine}") | dict.fromkeys(settings.given(), "as given") | why
    chosen = {k: {"value": getattr(full, k), "why": why[k]} for k in rules}
    cost = {**advice.cost(learned, held_out, full), "mb": about["memory_mb"]["peak"]}
    return {"training": about, "settings": {**chosen, "cost": cost}}
