"""`spinodal predict`: labels for data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from .. import options
from ..errors import say
from .arguments import AS_TRAINED, Age, Count, Formulas, Given, Out, ReadOptions, check


def predict(
    run: Path,
    data: Path,
    /,
    *,
    out: Out = Path("-"),
    n: Annotated[int, Count] = 1,
    given: Given = None,
    read: ReadOptions = AS_TRAINED,
    age: Age = None,
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
    given
        A label column that is known, and held beside the data; again for several. The others are predicted.
    """
    from ... import tasks
    from ...files.atomic import check_writable
    from ...files.table import write_rows
    from ...runs import sources
    from ...runs.archive import Run

    check(n=n, age=age)
    options.check_table_name(out)
    check_writable(out)
    archive = Run.open(run)
    machine = archive.machine(age)
    rows = sources.read_given(archive, machine, data, given or [], read.reading())
    guess = tasks.predict(machine, rows, given=rows.labels, n=n)
    write_rows(out, guess.table(), formulas)
    say(f"{len(guess.names)} predictions to {out}")
