"""`spinodal inspect`: what is in a file, and what a training on it needs."""

from __future__ import annotations

import json
from pathlib import Path

from .. import cards, options
from .arguments import ANY, Json, Plan


def inspect(data: Path | None = None, /, *, plan: Plan = ANY, as_json: Json = False) -> None:
    """Say what is in a data file, and what a training on it would be: its rows, its parameters, its memory.

    Parameters
    ----------
    data
        A data file, as in train.
    as_json
        Print JSON.
    """
    from .. import memory, runs, sources

    process = memory.resident()[0]
    source, settings = options.gathered(vars(plan), {"data": data})
    rows = sources.load(source)
    try:
        training, held_out = sources.divide(rows, source)
        about = memory.needed(training, held_out, runs.settle(settings, training), process)
    except ValueError as error:
        if settings or source.keys() & {"split", "test", "sample", "reweight"}:
            raise
        about = {"not_possible": str(error)}  # data that can't be trained on can be looked at
    found = rows.describe() | {"training": about}
    print(json.dumps(found) if as_json else "\n".join(cards.facts(found)))
