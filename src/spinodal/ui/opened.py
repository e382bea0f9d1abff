"""Opened: a run on the page, of which each part is read when it is asked for, and kept while it stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from .. import ranges
from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..evaluation.preparation import recoded
from ..evaluation.reference import cut, kind_of
from ..machines.dynamics import Machine
from ..runs.archive import Run
from ..runs.sources import reload
from ..tasks import labels_of, visible_of

CHOSEN = "chosen"
"""What stands for the age that the training chose."""

ROWS = 2000
"""Held-out rows that are kept, at most: as many as a cloud shows."""

MACHINES, DATA = 4, 2
"""How many machines, and held-out rows of how many runs, are in memory at once."""


@dataclass(frozen=True)
class Opened:
    """A run by its name on the page, and its path as it was typed."""

    name: str
    path: Path

    @property
    def run(self) -> Run:
        """The run as it is on disk now: a training goes on. Raises FileNotFoundError, FormatError."""
        return Run.open(self.path)

    def age(self, text: object) -> int | None:
        """A saved age as people choose it; None for the one that the training chose. Raises ValueError for no age."""
        said = str(CHOSEN if text is None else text).strip()
        if said in (CHOSEN, ""):
            return None
        if not said.isdecimal():
            raise ValueError(f'an age is a number of updates, or "{CHOSEN}", not "{said}"')
        return int(said)

    def ages(self) -> list[str]:
        """What can be chosen as an age, the chosen one first."""
        return [CHOSEN, *map(str, self.run.ages)]

    def machine(self, age: int | None = None) -> Machine:
        """The machine at an age, read once. Raises ValueError for an age that isn't saved."""
        run = self.run
        return _machine(self.path, run.chosen(age), _stamp(run))

    def held_out(self) -> Dataset:
        """Held-out rows, `ROWS` at most, in the machine's letters. Raises ValueError, OSError without data."""
        rows = _held_out(self.path, _stamp(self.run))
        return recoded(self.machine(), rows)

    def blank(self) -> Dataset:
        """One row of which nothing is known, with the notes of the data: by it the kind of the rows is told."""
        machine, notes = self.machine(), self.run.record["data"]["notes"]
        layers = [*visible_of(machine), *labels_of(machine)]
        values = {k: machine.units[k].blank(1) for k in layers}
        alphabets = {k: a for k in layers if (a := Alphabet.of(machine.units[k])).symbols}
        return Dataset.of(values, alphabets, notes=dict(notes))

    @property
    def kind(self) -> str:
        """What the rows are: images, sequences, genomes, music, tables, or rows of anything."""
        return kind_of(self.blank())

    @property
    def labels(self) -> dict[str, Alphabet]:
        """The label layers, with their names."""
        return labels_of(self.machine())

    @property
    def steps(self) -> int:
        """The steps that the machine was trained for; 10 where they are not known."""
        schedule = self.machine().schedule
        return schedule.steps if schedule else 10

    @property
    def is_chaotic(self) -> bool:
        """Whether the machine has frozen couplings and no noise."""
        record = self.run.record["machine"]
        return bool(record.get("gain")) and not self.machine().sampled

    def asked_steps(self, steps: int) -> int | None:
        """Steps for a task; None for those trained for, as a command has them where none are given."""
        ranges.integer("steps", steps)
        return None if self.machine().schedule and steps == self.steps else steps


def opened(paths: Sequence[Path]) -> Mapping[str, Opened]:
    """Runs by short names: as much of the end of their paths as tells them apart.

    Raises FileNotFoundError and FormatError where one is no run, and ValueError where one is named twice.
    """
    every = [Opened("", path) for path in paths]
    for one in every:
        one.run.chosen()
    parts = [path.absolute().parts if path.exists() else (str(path),) for path in paths]
    for depth in range(1, max(map(len, parts), default=1) + 1):
        if len(names := {"/".join(own[-depth:]): one for own, one in zip(parts, every)}) == len(every):
            return {name: replace(one, name=name) for name, one in names.items()}
    raise ValueError("a run is named twice: name each run once")


def _stamp(run: Run) -> int:
    """When the record was written: a run that was trained anew has another."""
    return (run.path / run.layout.record).stat().st_mtime_ns


@lru_cache(MACHINES)
def _machine(path: Path, age: int, stamp: int) -> Machine:
    return Run.open(path).machine(age)


@lru_cache(DATA)
def _held_out(path: Path, stamp: int) -> Dataset:
    rows = cut(reload(Run.open(path))[1], ROWS, 0)
    return replace(rows, columns={k: x.copy() for k, x in rows.columns.items()})  # not a view of all rows
