"""`spinodal generate`: new data with chosen labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from .. import options
from ..errors import say
from . import constraints as constraining
from .arguments import SHARDS, USUAL, ChainOptions, Count, Counts, Flag, Formulas, Into, ShardOptions, check, write_made
from .constraints import NOT_NEAR, NearOptions

if TYPE_CHECKING:
    from ...data.dataset import Dataset
    from ...designs.design import Designed
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
    limits: NearOptions = NOT_NEAR,
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
    limits.check()
    into.check(out)
    archive = Run.open(run)
    machine = chains.machine(archive)
    asked = _asked(archive, machine, label, like, n)
    suffix = into.suffix(archive, machine, out, formulas)
    sources.warn_of_few(archive, asked.kinds)
    if equilibrium and chains.guidance is not None:
        raise ValueError("--guidance is of runs from random, and --equilibrium draws from the machine as it is")
    if equilibrium and (limits.chooses or limits.job()):
        raise ValueError("--equilibrium draws rows as they come: leave out what rows are to be beside their labels")
    if limits.chooses:
        if suffix:
            raise ValueError(f"rows that are chosen among many are written to one file: name it, in place of {out}")
        found = asked.design(archive, machine, limits, chains)
        write([found.data], out, formulas)
        say(constraining.said(found, out) + asked.unlabeled)
        return
    notes, (machine, fields) = archive.record["data"]["notes"], limits.act(archive, machine)
    stream: Callable[..., Iterator[Dataset]] = partial(
        tasks.stream, machine, steps=chains.steps, seed=chains.seed, fields=fields
    )
    if equilibrium:
        stream = partial(_in_equilibrium, archive, machine, chains)

    def rows(part: slice) -> Iterator[Dataset]:
        for start in range(part.start, part.stop, AT_ONCE):
            wanted = replace(asked.rows(slice(start, min(start + AT_ONCE, part.stop))), notes=notes)
            made = stream(wanted, first=start)
            yield from tasks.as_asked(made, wanted) if asked.like else made

    plan = None
    if suffix:
        command = {"command": "generate --equilibrium" if equilibrium else "generate", "formulas": formulas}
        job = {**command, **asked.job, **limits.job(), **chains.job(archive, machine)}
        size = into.rows_per_shard or sharding.DEFAULT_ROWS
        plan = sharding.plan(archive, machine, suffix, asked.total, size, job)
    say(write_made(out, rows, asked.total, plan, formulas) + asked.unlabeled)


@dataclass(frozen=True)
class Asked:
    """What is asked for: any part of its rows; the kinds of these rows, and how many there are of each.

    like    whether they are like rows that were named
    job     what distinguishes the rows that are asked for
    """

    rows: Callable[[slice], Dataset]
    kinds: Dataset
    counts: list[int]
    like: bool
    job: dict[str, Any]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.counts)

    @property
    def unlabeled(self) -> str:
        """How many rows have no label, as the rows that they are like have none, in words."""
        free = [int((self.kinds[layer] < 0).sum()) for layer in self.kinds.labels] if self.like else []
        return f", {max(free)} of them without a label, like the rows that were named" if any(free) else ""

    def design(self, archive: Run, machine: Machine, limits: NearOptions, chains: ChainOptions) -> Designed:
        """The rows that meet the constraints."""
        import numpy as np

        from ... import tasks
        from ...data.dataset import concatenate

        if self.like and limits.top:
            raise ValueError("--top keeps the best of many rows of a label: say how many, by -n or --label")
        labels = {k: self.kinds[k] for k in self.kinds.labels}
        wanted = replace(self.kinds, columns=labels, names=np.full(len(self.kinds), ""), table={}, weights=None)
        wanted = replace(wanted, notes=archive.record["data"]["notes"])
        constraints = limits.constraints(archive, machine)
        found = constraining.design(
            archive, machine, constraints, wanted, self.counts, steps=chains.steps, seed=chains.seed
        )
        if not self.like:
            return found
        return replace(found, data=concatenate(list(tasks.as_asked([found.data], wanted))))


def _asked(archive: Run, machine: Machine, label: list[str] | None, like: Path | None, n: int | None) -> Asked:
    """What the options ask for. Raises ValueError unless they do it in one way."""
    from ... import tasks
    from ...runs import sources

    if sum(x is not None for x in (label, like, n)) != 1:
        raise ValueError("say what to generate: --label NAME=COUNT, --like DATA, or -n N")
    if like:
        every = sources.like(archive, machine, like)
        return Asked(every.select, every, [1] * len(every), True, {"like": every.sha256})
    counts = options.counts(label) if label else {"": n or 0}
    rows = partial(tasks.asked, machine, counts)
    rows(slice(0, 0))  # raises ValueError for too many
    kinds = tasks.asked(machine, dict.fromkeys(counts, 1))
    return Asked(rows, kinds, list(counts.values()), False, {"labels": counts})


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
