"""Actions: what each button does, by the functions that commands call, with the command beside its result."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from .. import ranges, tasks
from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..data.quoting import split_column_and_name
from ..files.table import write_rows
from ..machines.dynamics import Machine
from ..runs.confidence import Judge
from ..runs.holding import hold
from ..runs.sources import read_given, warn_of_few
from ..tasks import labels_of
from . import outputs, typed, uploads
from .opened import Opened
from .pictures import Groups
from .regions import words

FRAMES = 20
"""Steps of which rows are kept, about: every one of few steps."""

STEPS = 10_000
"""Steps of a run on the page, at most."""

EXAMPLES = 3
"""Held-out rows that are offered as an upload."""


@dataclass(frozen=True)
class Made:
    """A result: its files, the command that gives the same files, and their first lines."""

    files: list[Path]
    command: str
    preview: str = ""
    watched: Watched | None = None


@dataclass(frozen=True)
class Watched:
    """Rows of the same chains at several steps; groups: the rows that were asked to be alike.

    filled: the sites that were filled in, where others were kept; drawn: the file of each picture that was drawn.
    """

    opened: Opened
    machine: Machine
    frames: Mapping[int, Dataset]
    groups: Groups = field(default_factory=dict)
    filled: np.ndarray | None = None
    drawn: dict[tuple[int, str], str] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """The last step."""
        return max(self.frames)

    def at(self, step: int) -> tuple[int, Dataset]:
        """The rows at a step, or at the last one before it that was kept."""
        time = max((t for t in self.frames if t <= step), default=min(self.frames))
        return time, self.frames[time]


def times(steps: int) -> range:
    """The steps of which rows are kept: at equal distances, the last one among them.

    >>> list(times(4)), list(times(70))[:3], list(times(70))[-1]
    ([0, 1, 2, 3, 4], [2, 6, 10], 70)
    """
    every = -(-steps // FRAMES)
    return range(steps % every, steps + 1, every)


def counts(alphabets: Mapping[str, Alphabet], chosen: Sequence[str], n: int) -> dict[str, int]:
    """n rows of each label that is chosen, as `tasks.asked` takes them; of no label where none is.

    Of several label columns a choice is COLUMN:NAME, and rows are of all combinations.

    >>> columns = {"label:go": Alphabet(("1", "2")), "label:host": Alphabet(("fly",))}
    >>> counts(columns, ["go:1", "go:2", "host:fly"], 5)
    {'go:1,host:fly': 5, 'go:2,host:fly': 5}
    """
    ranges.integer("rows", n, 1, uploads.ROWS)
    if len(alphabets) < 2:
        return dict.fromkeys(chosen or [""], n)
    columns: dict[str, list[str]] = {}
    for name in chosen:
        column = split_column_and_name(name, [k.removeprefix("label:") for k in alphabets])
        columns.setdefault(column[0] if column else name, []).append(name)
    return dict.fromkeys([words(pair) for pair in itertools.product(*columns.values())], n)


def choices(alphabets: Mapping[str, Alphabet]) -> list[str]:
    """What can be chosen as a label: names, or COLUMN:NAME of several label columns."""
    if len(alphabets) == 1:
        return [*next(iter(alphabets.values())).symbols]
    return [f"{layer.removeprefix('label:')}:{name}" for layer, a in alphabets.items() for name in a.symbols]


def generate(
    opened: Opened,
    folder: Path,
    labels: Sequence[str] = (),
    n: int = 10,
    steps: int = 0,
    seed: int = 0,
    age: object = None,
) -> Made:
    """The rows of `spinodal generate`, kept at several steps on their way. steps: 0 is as many as in training.

    Raises ValueError for labels, ages and numbers that the command refuses, too.
    """
    run, number = opened.run, opened.age(age)
    machine, steps = opened.machine(number), ranges.integer("steps", steps or opened.steps, 1, STEPS)
    ranges.integer("seed", seed, *ranges.SEEDS)
    asked = counts(labels_of(machine), labels, n)
    uploads.check_rows(sum(asked.values()), "of all labels together")
    wanted = replace(tasks.asked(machine, asked), notes=run.record["data"]["notes"])
    warn_of_few(run, tasks.asked(machine, dict.fromkeys(asked, 1)))
    frames = dict(tasks.sample_over_time(machine, wanted, times(steps), seed))
    out = f"generated{outputs.suffix_of(opened)}"
    files = outputs.write_files(frames[steps], folder, out)
    command = typed.generate(opened, asked, out, number, opened.asked_steps(steps), seed)
    groups = {name: np.arange(i * n, (i + 1) * n) for i, name in enumerate(asked) if name}
    return Made(files, command, outputs.preview(files), Watched(opened, machine, frames, groups))


def examples(opened: Opened, folder: Path) -> Path:
    """A few held-out rows as a file that can be uploaded. Raises ValueError, OSError where the data are gone."""
    rows = opened.held_out()
    rows = rows.select(np.linspace(0, len(rows) - 1, min(EXAMPLES, len(rows))).astype(int))
    suffix = outputs.suffix_of(opened)
    suffix = ".npz" if opened.kind in ("music", "images") else suffix  # a MIDI file is read as all of its windows
    return outputs.write_files(replace(rows, weights=None), folder, f"held-out{suffix}")[0]


def complete(
    opened: Opened,
    folder: Path,
    upload: Path,
    keep: str = "",
    label: Sequence[str] = (),
    n: int = 5,
    most_probable: bool = False,
    steps: int = 0,
    seed: int = 0,
    age: object = None,
) -> Made:
    """The rows of `spinodal complete`: unknown entries, and all beyond the sites `keep`, are filled in."""
    run, number = opened.run, opened.age(age)
    machine, steps = opened.machine(number), ranges.integer("steps", steps or opened.steps, 1, STEPS)
    ranges.integer("seed", seed, *ranges.SEEDS)
    held = keep.strip() or None
    rows = hold(_read(opened, machine, upload, None if held is None else []), held, run)
    uploads.check_rows(len(rows) * ranges.integer("n", n), f"{n} completions of each row of {upload.name}")
    named = list(counts(labels_of(machine), label, 1)) if label else []
    if len(named) > 1:
        raise ValueError(f"all rows are completed with one label, not {len(named)}")
    if named:
        rows = tasks.labeled(machine, rows, named[0])
        warn_of_few(run, rows)
    asked = opened.asked_steps(steps)
    if most_probable:
        made = tasks.impute(machine, rows, n=n, steps=asked, seed=seed).data
    else:
        made = tasks.complete(machine, rows, n=n, steps=asked, seed=seed)
    out = f"completed{outputs.suffix_of(opened)}"
    files = outputs.write_files(made, folder, out)
    how = {"hold": held, "label": named[0] if named else None, "n": None if n == 1 else n}
    command = typed.line(
        "complete", opened.path, upload.name, **how, most_probable=most_probable,
        **typed.chains(number, asked, seed), out=out,
    )  # fmt: skip
    of_each = 1 if most_probable else n
    groups = {str(name): np.arange(i * of_each, (i + 1) * of_each) for i, name in enumerate(rows.names)}
    unknown = np.flatnonzero((rows["visible"] < 0).any(0)) if "visible" in rows.alphabets else None
    watched = Watched(opened, machine, {steps: made}, groups, unknown)
    return Made(files, command, outputs.preview(files), watched)


def predict(
    opened: Opened, folder: Path, upload: Path, at_least: float = 0.0, age: object = None
) -> tuple[Made, list[dict[str, str]]]:
    """The table of `spinodal predict`, as a file and as rows of text."""
    number = opened.age(age)
    ranges.real("at_least", at_least, lambda x: 0 <= x <= 1, "is from 0 to 1")
    machine = opened.machine(number)
    rows = _read(opened, machine, upload, [])
    run = opened.run
    judge = Judge.of(run, machine, run.chosen(number))
    found = judge.confidence.of(tasks.predict(machine, rows))
    table = found.table(at_least, judge.beside(rows))
    path = folder / "predictions.csv"
    write_rows(path, table)
    command = typed.line("predict", opened.path, upload.name, at_least=at_least or None, age=number, out=path.name)
    return Made([path], command), table


def _read(opened: Opened, machine: Machine, upload: Path, columns: Sequence[str] | None) -> Dataset:
    """The rows of an upload, as commands read them; messages name the file without its folder."""
    uploads.check_size(upload)
    rows = read_given(opened.run, machine, upload, columns)
    uploads.check_rows(len(rows), upload.name)
    return rows
