"""`spinodal inspect`: what is in a file, and what a training on it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...reporting import text
from ...terminal import print_json, print_lines
from .. import options
from .arguments import ANY, Json, Plan

if TYPE_CHECKING:
    from ...data.dataset import Dataset


def inspect(data: Path | None = None, /, *, plan: Plan = ANY, as_json: Json = False) -> None:
    """Say what is in a data file, what to train on it, and what that costs: settings, memory and time.

    Parameters
    ----------
    data
        A data file, as in train.
    as_json
        Print JSON.
    """
    from ...runs import advice, memory, sources

    process = memory.resident()[0]
    source, settings = options.gathered(vars(plan), {"data": data})
    rows = sources.load(source)
    try:
        training = _training(rows, source, settings, process)  # first: what is counted below takes memory, too
    except ValueError as error:
        if settings or source.keys() & {"split", "test", "sample", "reweight"}:
            raise
        training = {"training": {"not_possible": str(error)}}  # data that can't be trained on can be looked at
    found = rows.describe() | _beside(rows, source)
    if "effective_number" not in found and (number := advice.effective(rows)):
        found["effective"] = number
    found |= training
    print_json(found) if as_json else print_lines(text.inspection(found))


def _beside(rows: Dataset, source: Mapping[str, Any]) -> dict[str, Any]:
    """What the labels that are named say of which rows."""
    from ...files.labels import describe_join

    labels = source.get("labels")
    found = describe_join(rows, labels) if labels and labels != "folder" else {}
    if source.get("where"):  # rows that are left out here have labels, too
        found = {k: v for k, v in found.items() if not k.startswith("unused")}
    return {"joined": found} if found else {}


def _training(
    rows: Dataset, source: Mapping[str, Any], settings: Mapping[str, Any], process: int
) -> dict[str, dict[str, Any]]:
    """What a training with these settings is; and what settings are suggested, with their cost."""
    from ...runs import advice, memory, sources
    from ...runs import training as runs

    training, held_out = sources.divide(rows, source)
    about = memory.needed(training, held_out, runs.settle(settings, training), process)
    said = advice.suggested(training, settings)
    full = runs.settle(advice.taken(settings, said), training)
    code = about["memory_mb"]["code"] * 10**6  # loaded by now
    peak = memory.needed(training, held_out, full, code)["memory_mb"]["peak"]
    return {"training": about, "suggested": {**said, "cost": {**advice.cost(training, held_out, full), "mb": peak}}}
