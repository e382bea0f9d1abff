"""`spinodal generate`: new data with chosen labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from .. import options
from ..errors import say
from .arguments import USUAL, ChainOptions, Count, Counts, Formulas, Into, check

if TYPE_CHECKING:
    from ...data.dataset import Dataset


def generate(
    run: Path,
    /,
    *,
    out: Into,
    label: Counts = None,
    like: Path | None = None,
    n: Annotated[int | None, Count] = None,
    chains: ChainOptions = USUAL,
    formulas: Formulas = False,
) -> None:
    """Generate data with chosen labels, in the steps that the machine was trained with.

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
        A run or a labeled data file: as many rows, with the same labels. A row without a label stays without one.
    n
        How many rows, with labels that the machine draws.
    """
    from ... import tasks
    from ...files import check_writable, write
    from ...runs import sources
    from ...runs.archive import Run

    check(n=n)
    chains.check()
    check_writable(out)
    archive = Run.open(run)
    machine = chains.machine(archive)
    if sum(x is not None for x in (label, like, n)) != 1:
        raise ValueError("say what to generate: --label NAME=COUNT, --like DATA, or -n N")
    counts = options.counts(label) if label else {"": n or 0}
    asked = sources.like(archive, machine, like) if like else tasks.asked(machine, counts)
    asked = replace(asked, notes=archive.record["data"]["notes"])
    sources.warn_of_few(archive, asked)
    made = tasks.stream(machine, asked, steps=chains.steps, seed=chains.seed)
    write(tasks.as_asked(made, asked) if like else made, out, formulas)
    say(f"{len(asked)} rows to {out}{_unlabeled(asked) if like else ''}")


def _unlabeled(asked: Dataset) -> str:
    """How many rows have no label, as the rows that they are like have none."""
    free = [int((asked[layer] < 0).sum()) for layer in asked.labels]
    return f", {max(free)} of them without a label, like the rows that were named" if any(free) else ""
