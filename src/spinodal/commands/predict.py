"""`spinodal predict`: labels for data."""

from __future__ import annotations

from pathlib import Path

from ..door import say
from .arguments import Out


def predict(
    run: Path,
    data: Path,
    /,
    *,
    out: Out = Path("-"),
    unknown: str | None = None,
    age: int | None = None,
) -> None:
    """Predict the labels of DATA: name, predicted, and one probability a label, exact for restricted machines.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's.
    out
        A CSV file; "-" is the standard output.
    unknown
        What symbols that are not in the alphabet are read as: "-" or "?" (of a table of columns "?").
    age
        A saved age; by default the best where the training chose one, else the last.
    """
    from .. import sources, tasks
    from ..archive import Run
    from ..files.table import write_rows

    archive = Run.open(run)
    machine, notes = archive.machine(age), archive.record["data"]["notes"]
    guess = tasks.predict(machine, sources.read_for(machine, data, unknown=unknown, notes=notes))
    write_rows(out, guess.table())
    say(f"{len(guess.names)} predictions to {out}")
