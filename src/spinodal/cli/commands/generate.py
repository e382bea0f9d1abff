"""`spinodal generate`: new data with the labels asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from .. import options
from ..errors import say
from .arguments import Columns, Count, Formulas, Int, Into, Number, check

if TYPE_CHECKING:
    from ...data.dataset import Dataset


def generate(
    run: Path,
    /,
    *,
    out: Into,
    label: Columns = None,
    like: Path | None = None,
    n: Annotated[int | None, Count] = None,
    steps: Number = None,
    age: Number = None,
    seed: Int = 0,
    precision: str = "float32",
    formulas: Formulas = False,
) -> None:
    """Generate data with the labels asked for, in as few steps as the machine was trained with.

    Parameters
    ----------
    run
        A run directory.
    out
        The file to write; its suffix says the format, as in train; "-" is the standard output, "FOLDER/" is a PNG file
        a row, or a MIDI file a label.
    label
        NAME=COUNT, once a label; with several label columns COLUMN:NAME,COLUMN:NAME=COUNT; a pair with a comma in it in
        double quotes: '"function:GO:0005524,GO:0004672",host:yeast=10'.
    like
        A run or a labeled data file: as many, with the same labels; rows without one get none.
    n
        How many, with labels that the machine draws, too.
    steps
        t_G; by default the steps it was trained with.
    age
        A saved age; by default the best where the training chose one, else the last.
    seed
        Of the sample: the same seed, the same sample.
    precision
        float32, or int8x2: binary layers act through weights of 15 bits, in half the time.
    formulas
        In CSV and TSV put a ' before what spreadsheets would compute: cells that begin with =, +, - or @.
    """
    from ... import tasks
    from ...files import check_writable, write
    from ...machines.network import set_precision
    from ...runs import sources
    from ...runs.archive import Run

    check(n=n, steps=steps, age=age, seed=seed)
    check_writable(out)
    archive = Run.open(run)
    machine = archive.machine(age)
    if sum(x is not None for x in (label, like, n)) != 1:
        raise ValueError("say what to generate: --label NAME=COUNT, --like DATA, or -n N")
    counts = options.counts(label) if label else {"": n or 0}
    asked = sources.like(archive, machine, like) if like else tasks.asked(machine, counts)
    asked = replace(asked, notes=archive.record["data"]["notes"])
    sources.warn_of_few(archive, asked)
    set_precision(machine, precision)
    made = tasks.stream(machine, asked, steps=steps, seed=seed)
    write(tasks.as_asked(made, asked) if like else made, out, formulas)
    say(f"{len(asked)} rows to {out}{_unlabeled(asked) if like else ''}")


def _unlabeled(asked: Dataset) -> str:
    """How many rows have no label, as none was asked of them."""
    free = [int((asked[layer] < 0).sum()) for layer in asked.labels]
    return f", {max(free)} of them without a label, as in what they are like" if any(free) else ""
