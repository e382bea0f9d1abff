"""`spinodal score`: how good a run is, beside the noise floor."""

from __future__ import annotations

import json
from pathlib import Path

from .. import cards, options
from .arguments import Columns, Json, Pairs


def score(
    run: Path,
    data: Path | None = None,
    /,
    *,
    labels: str | None = None,
    label: Columns = None,
    where: Pairs = None,
    times: str | None = None,
    rows: int | None = None,
    sets: int = 5,
    age: int | None = None,
    seed: int = 0,
    as_json: Json = False,
) -> None:
    """Score a run on its held-out data, or on DATA, each score beside its noise floor.

    Parameters
    ----------
    run
        A run directory.
    data
        Held-out data; by default those that the training held out.
    labels
        As in train.
    label
        As in train; by default the columns of the training.
    where
        As in train.
    times
        Generation times to score as well, 1,3,10,30,100.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    sets
        How many sets of as many generated rows to average over.
    age
        A saved age; by default the best where the training chose one, else the last.
    seed
        Of what is generated.
    as_json
        Print JSON.
    """
    from .. import sources
    from ..archive import Run
    from .judging import judged

    archive = Run.open(run)
    machine = archive.machine(age)
    training, test = sources.prepare(archive.record["source"])
    if data is not None:
        label = archive.record["source"].get("label") if label is None else options.named(label)
        unknown = archive.record["source"].get("unknown")
        test = sources.read_for(machine, data, labels=labels, label=label, where=options.pairs(where), unknown=unknown)
    how = {"times": options.times(times), "seed": seed, "sets": sets}
    found = judged(archive, archive.chosen(age), machine, test, training, rows, **how)
    print(json.dumps(found) if as_json else "\n".join(cards.scorecard(found)))
