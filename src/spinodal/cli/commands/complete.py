"""`spinodal complete`: unknown entries and labels of data, filled in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ...errors import counted
from .. import options
from ..errors import say
from . import constraints as constraining
from .arguments import (
    AS_TRAINED,
    SHARDS,
    USUAL,
    ChainOptions,
    Count,
    Flag,
    Formulas,
    Given,
    Into,
    ReadOptions,
    ShardOptions,
    check,
    write_made,
)
from .constraints import NO_CONSTRAINTS, ConstraintOptions

if TYPE_CHECKING:
    from ...data.dataset import Dataset
    from ...machines.dynamics import Machine


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
    given: Given = None,
    limits: ConstraintOptions = NO_CONSTRAINTS,
    read: ReadOptions = AS_TRAINED,
    chains: ChainOptions = USUAL,
    into: ShardOptions = SHARDS,
    formulas: Formulas = False,
) -> None:
    """Fill the unknown entries ("?") and labels of DATA, and keep the known ones.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's.
    out
        The file to write; its suffix says the format, "-" is the standard output, "FOLDER/" is a folder of shards as of
        generate, or a PNG file a row.
    n
        Completions a row, each drawn anew; with --most-probable runs a row that are averaged.
    most_probable
        In place of a draw, the most probable entry at each unknown site.
    probabilities
        A CSV file for them: a line for each entry that was filled; with --most-probable.
    hold
        Only these sites of DATA are known, counted from 1 or by name: 10-20,35,rs123; or columns of a table: age,sex;
        one with a comma in its name in double quotes: '"height, cm",age'. All else is filled.
    label
        The label of all rows, as in generate: NAME, or COLUMN:NAME,COLUMN:NAME of several label columns; a
        pair with a comma in it in double quotes.
    given
        The label column that is known; again for several; "" for none. By default all that DATA have, none with --hold.
    """
    from ... import tasks
    from ...files import write
    from ...runs import sharding, sources
    from ...runs.archive import Run
    from ...runs.holding import hold as held

    check(n=n)
    chains.check()
    limits.check()
    into.check(out)
    _check(out, most_probable, probabilities, limits, chains)
    archive = Run.open(run)
    machine = chains.machine(archive)
    suffix = into.suffix(archive, machine, out, formulas)
    if suffix and (most_probable or limits.chooses):
        what = "the most probable entries" if most_probable else "rows that are chosen among many"
        raise ValueError(f"{what} are written to one file: name it, in place of {out}")
    columns = [] if hold is not None and given is None else given
    rows = held(sources.read_given(archive, machine, data, columns, read.reading()), hold, archive)
    if label:
        rows = tasks.labeled(machine, rows, label)
        sources.warn_of_few(archive, rows)
    if most_probable:
        say(_most_probable(machine, rows, n, chains, out, probabilities, formulas))
        return
    if limits.chooses:
        constraints, how = limits.constraints(archive, machine), {"steps": chains.steps, "seed": chains.seed}
        found = constraining.design(archive, machine, constraints, rows, n, **how)
        write([found.data], out, formulas)
        say(constraining.said(found, out))
        return
    plan, (machine, fields) = None, limits.act(archive, machine)
    if suffix:
        size = into.rows_per_shard or sharding.rows_per_shard(data, n)
        own = {**limits.job(), **chains.job(archive, machine)}
        job = {"command": "complete", "data": rows.sha256, "n": n, "formulas": formulas, **own}
        plan = sharding.plan(archive, machine, suffix, n * len(rows), size, job)

    def made(part: slice) -> Iterator[Dataset]:
        return tasks.completions(machine, rows, n=n, steps=chains.steps, seed=chains.seed, rows=part, fields=fields)

    say(write_made(out, made, n * len(rows), plan, formulas))


def _check(
    out: str, most_probable: bool, probabilities: Path | None, limits: ConstraintOptions, chains: ChainOptions
) -> None:
    """Raises ValueError for options that don't fit together, and OSError for a table that can't be written."""
    from ...files import atomic

    if most_probable and chains.guidance is not None:
        raise ValueError("--guidance is of draws, and the most probable entries are none: leave one of both out")
    if most_probable and limits != NO_CONSTRAINTS:
        raise ValueError(
            "the most probable entries are one row, and no draws: leave out --most-probable, or the constraints"
        )
    if not probabilities:
        return
    if not most_probable:
        raise ValueError("probabilities are those of the most probable entries: pass --most-probable, too")
    options.check_table_name(probabilities)
    if probabilities.resolve() == Path(out).resolve():
        raise ValueError(f"{out} is named for the rows and for their probabilities: name two files")
    atomic.check_writable(probabilities)


def _most_probable(
    machine: Machine, rows: Dataset, n: int, chains: ChainOptions, out: str, probabilities: Path | None, formulas: bool
) -> str:
    """Write the rows with the most probable entries, and their probabilities; what is to be said at the end."""
    from ... import tasks
    from ...files import write
    from ...files.aligned import names_of_sites
    from ...files.table import open_table

    made = tasks.impute(machine, rows, n=n, steps=chains.steps, seed=chains.seed)
    write(made.data, out, formulas)
    if probabilities:
        with open_table(probabilities, formulas) as add:
            add(made.table({"visible": names_of_sites(made.data)} if "visible" in made.data.columns else None))
    return f"{counted(len(rows), 'rows')} to {out}" + (
        f", and their probabilities to {probabilities}" if probabilities else ""
    )
