"""`spinodal predict`: labels for data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from .. import options
from ..errors import say
from .arguments import Count, Formulas, Given, Missing, Number, Out, Unknown, check


def predict(
    run: Path,
    data: Path,
    /,
    *,
    out: Out = Path("-"),
    n: Annotated[int, Count] = 1,
    labels: str | None = None,
    given: Given = None,
    unknown: Unknown = None,
    missing: Missing = None,
    age: Number = None,
    formulas: Formulas = False,
) -> None:
    """Predict the labels of DATA: name, predicted, and one probability a label, exact for restricted machines.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's.
    out
        A CSV or TSV file; "-" is the standard output.
    n
        Runs a row that are averaged, for rows with unknown entries: where much is unknown one run is too sure.
    labels
        As in train: a table joined to the data by name, for --given.
    given
        A label column that is known, and held beside the data; again for several. The others are predicted.
    unknown
        What symbols that are not in the alphabet are read as: "-" or "?" (of a table of columns "?");
        by default as in the training.
    missing
        The word that says that something is not known, as in train; by default as in the training.
    age
        A saved age; by default the best where the training chose one, else the last.
    formulas
        In CSV and TSV put a ' before what spreadsheets would compute: cells that begin with =, +, - or @.
    """
    from ... import tasks
    from ...files.atomic import check_writable
    from ...files.table import write_rows
    from ...runs import sources
    from ...runs.archive import Run

    check(n=n, age=age)
    options.tabular(out)
    check_writable(out)
    archive, columns = Run.open(run), options.named(given) or []
    machine = archive.machine(age)
    rows = sources.read_given(archive, machine, data, columns, labels=labels, unknown=unknown, missing=missing)
    guess = tasks.predict(machine, rows, given=rows.labels, n=n)
    write_rows(out, guess.table(), formulas)
    say(f"{len(guess.names)} predictions to {out}")
