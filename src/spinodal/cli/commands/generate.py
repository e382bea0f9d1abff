"""`spinodal generate`: new data with chosen labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from .. import options
from ..errors import say
from .arguments import (
    SHARDS,
    USUAL,
    ChainOptions,
    Count,
    Counts,
    Flag,
    Formulas,
    Into,
    ShardOptions,
    check,
    write_shards,
)

if TYPE_CHECKING:
    from ...data.dataset import Dataset
    from ...machines.dynamics import Machine
    from ...runs.archive import Run

AT_ONCE = 100_000
"""Rows whose labels are in memory at once."""


def generate(
    run: Path,
    /,
    *,
    out: Into,
    label: Counts = None,
    like: Path | None = None,
    n: Annotated[int | None, Count] = None,
    chains: ChainOptions = USUAL,
    into: ShardOptions = SHARDS,
    equilibrium: Flag = False,
    formulas: Formulas = False,
) -> None:
    """Generate data with chosen labels, in the steps that the machine was trained with.

    Parameters
    ----------
    run
        A run directory.
    out
        The file to write; its suffix says the format, as in train; "-" is the standard output. "FOLDER/" is a folder of
        shards, each with some of the rows; what is missing in it is made. Of images it is a PNG file a row, of music a
        MIDI file a label.
    label
        NAME=COUNT, once a label; with several label columns COLUMN:NAME,COLUMN:NAME=COUNT; a pair with a comma in it in
        double quotes: '"function:GO:0005524,GO:0004672",host:yeast=10'.
    like
        A run or a labeled data file: as many rows, with the same labels. A row without a label stays without one.
    n
        How many rows, with labels that the machine draws.
    equilibrium
        Draw from the Boltzmann distribution, by replica exchange over the saved ages: for machines trained by pcd. It
        takes as many times as long as a run from random as there are replicas and sweeps (--steps, by default 400).
    """
    from ... import tasks
    from ...files import write
    from ...runs import sharding, sources
    from ...runs.archive import Run

    check(n=n)
    chains.check()
    into.check(out)
    archive = Run.open(run)
    machine = chains.machine(archive)
    if sum(x is not None for x in (label, like, n)) != 1:
        raise ValueError("say what to generate: --label NAME=COUNT, --like DATA, or -n N")
    suffix = into.suffix(archive, machine, out, formulas)
    asked: Callable[[slice], Dataset]
    of: Any  # what distinguishes the rows that are asked for
    if like:
        every = sources.like(archive, machine, like)
        asked, total, of = every.select, len(every), every.sha256
    else:
        counts = options.counts(label) if label else {"": n or 0}
        every = tasks.asked(machine, dict.fromkeys(counts, 1))
        asked, total, of = partial(tasks.asked, machine, counts), sum(counts.values()), counts
        asked(slice(0, 0))  # raises ValueError for too many
    sources.warn_of_few(archive, every)
    make = partial(_in_equilibrium if equilibrium else _from_random, archive, machine, chains)

    def rows(part: slice) -> Iterator[Dataset]:
        for start in range(part.start, part.stop, AT_ONCE):
            piece = slice(start, min(start + AT_ONCE, part.stop))
            wanted = replace(asked(piece), notes=archive.record["data"]["notes"])
            made = make(wanted, first=start)
            yield from tasks.as_asked(made, wanted) if like else made

    if suffix is None:
        write(rows(slice(0, total)), out, formulas)
        said = f"{total} rows to {out}"
    else:
        job = {
            "command": "generate --equilibrium" if equilibrium else "generate",
            "formulas": formulas,
            "like" if like else "labels": of,
            **chains.job(archive, machine),
        }
        size = into.rows_per_shard or sharding.DEFAULT_ROWS
        plan = sharding.plan(archive, machine, suffix, total, size, job)
        said = write_shards(out, plan, lambda part, path: write(rows(part), path, formulas))
    say(said + (_unlabeled(every) if like else ""))


def _from_random(
    run: Run, machine: Machine, chains: ChainOptions, wanted: Dataset, first: int = 0
) -> Iterator[Dataset]:
    """Rows of runs from random."""
    from ... import tasks

    return tasks.stream(machine, wanted, steps=chains.steps, seed=chains.seed, first=first)


def _in_equilibrium(
    run: Run, machine: Machine, chains: ChainOptions, wanted: Dataset, first: int = 0
) -> Iterator[Dataset]:
    """Samples of the Boltzmann distribution; on stderr whether the chains mixed."""
    from ...analysis.equilibrium import equilibrium
    from ...runs.ages import restricted, younger

    own, ages, trips, faults = restricted(machine), younger(run, chains.age), [], set()
    for rows, found in equilibrium(own, wanted, ages=ages, sweeps=chains.steps, seed=chains.seed, first=first):
        trips.append(found.round_trips)
        faults |= {found.fault} - {""}
        yield rows
    for fault in sorted(faults):
        say(f"spinodal: note: the chains didn't mix: {fault}: take more --steps")
    if not faults:
        say(f"the chains mixed: {min(trips):.1f} round trips a row between independent units and the machine, or more")


def _unlabeled(asked: Dataset) -> str:
    """How many rows have no label, as the rows that they are like have none."""
    free = [int((asked[layer] < 0).sum()) for layer in asked.labels]
    return f", {max(free)} of them without a label, like the rows that were named" if any(free) else ""
