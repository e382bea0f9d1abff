"""`spinodal complete`: what is unknown in data, filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ...data.quoting import split_words
from .. import options
from ..errors import say
from .arguments import Count, Flag, Formulas, Given, Int, Into, Missing, Number, Unknown, check


def complete(
    run: Path,
    data: Path,
    /,
    *,
    out: Into,
    n: Annotated[int, Count] = 1,
    most_probable: Flag = False,
    probabilities: Path | None = None,
    hold: str | None = None,
    label: str | None = None,
    labels: str | None = None,
    given: Given = None,
    unknown: Unknown = None,
    missing: Missing = None,
    steps: Number = None,
    age: Number = None,
    seed: Int = 0,
    precision: str = "float32",
    formulas: Formulas = False,
) -> None:
    """Fill what is unknown in DATA, entries ("?") and labels, and keep what is known.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's.
    out
        The file to write; its suffix says the format, "-" is the standard output, "FOLDER/" is a PNG file a row.
    n
        Completions a row, each drawn anew; with --most-probable runs a row that are averaged.
    most_probable
        In place of a draw, the most probable entry at each unknown site.
    probabilities
        A CSV file for them: a line for each entry that was filled; with --most-probable.
    hold
        Only these sites of DATA are known, counted from 1: 10-20,35; or columns of a table: age,sex; one with a comma
        in its name in double quotes: '"height, cm",age'. All else is filled.
    label
        The label of all rows, as in generate: NAME, or COLUMN:NAME,COLUMN:NAME of several label columns; a
        pair with a comma in it in double quotes.
    labels
        As in train: a table joined to the data by name, say.
    given
        The label column that is known; again for several; "" for none. By default all that DATA have, none with --hold.
    unknown
        What symbols that are not in the alphabet are read as: "-" or "?";
        by default as in the training.
    missing
        The word that says that something is not known, as in train; by default as in the training.
    steps
        Steps of a run; by default those it was trained with.
    age
        A saved age; by default the best where the training chose one, else the last.
    seed
        Of the runs: the same seed, the same rows.
    precision
        float32, or int8x2: binary layers act through weights of 15 bits, in half the time.
    formulas
        In CSV and TSV put a ' before what spreadsheets would compute: cells that begin with =, +, - or @.
    """
    from ... import tasks
    from ...files import atomic, check_writable, write
    from ...files.table import open_table
    from ...machines.network import set_precision
    from ...runs import sources
    from ...runs.archive import Run

    check(n=n, steps=steps, age=age, seed=seed)
    if probabilities and not most_probable:
        raise ValueError("probabilities are those of the most probable entries: pass --most-probable, too")
    options.tabular(probabilities)
    if probabilities and probabilities.resolve() == Path(out).resolve():
        raise ValueError(f"{out} can't hold both the rows and their probabilities: name two files")
    check_writable(out)
    if probabilities:
        atomic.check_writable(probabilities)
    archive = Run.open(run)
    machine = archive.machine(age)
    set_precision(machine, precision)
    columns = [] if hold is not None and given is None else options.named(given)
    rows = sources.read_given(archive, machine, data, columns, labels=labels, unknown=unknown, missing=missing)
    if hold is not None:
        there = rows.sites("visible")
        rows = rows.keep("visible", split_words(hold) if rows.schema else options.sites(hold, len(there)))
    if label:
        rows = tasks.labeled(machine, rows, label)
        sources.warn_of_few(archive, rows)
    if not most_probable:
        write(tasks.completions(machine, rows, n=n, steps=steps, seed=seed), out, formulas)
        say(f"{n * len(rows)} rows to {out}")
        return
    made = tasks.impute(machine, rows, n=n, steps=steps, seed=seed)
    write(made.data, out, formulas)
    if probabilities:
        with open_table(probabilities, formulas) as add:
            add(made.table())
    say(f"{len(rows)} rows to {out}" + (f", and their probabilities to {probabilities}" if probabilities else ""))
