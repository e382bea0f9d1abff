"""Sweep: trainings with settings that Optuna proposes, by any number of processes that share a folder.

A sweep is a directory:

    journal.log     the trials and their objective at every saved age: Optuna's journal, which all processes append to
    trials/NNNN/    each trial: a run like any other (`archive`)
    trials.csv      the trials as a table
    best.toml       the settings of the best trial, as a recipe

A process holds a lock for its trial (`lock`), which ends with the process. So a trial that isn't over and that no
process holds was left by one that was killed, and the next process goes on with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import ranges
from ..data.dataset import Dataset
from ..errors import FormatError, one_line
from ..evaluation.quick_scores import ERRORS, SHARES, possible
from ..files.atomic import atomic_file, check_folder
from ..files.extras import import_extra
from . import lock, objective, recipes, search, training
from .archive import Run
from .search import Space
from .settings import NO_SETTINGS, NO_SOURCE, Settings, Source

if TYPE_CHECKING:
    from .journal import Journal, Trial

WAIT = 600.0
"""Seconds for which a process waits while others take their next trial."""

Row = dict[str, str]
"""A row of trials.csv."""

TOLD = ("trial", "state", "objective", "age")
"""The first columns of trials.csv; the settings that are searched, the scores and "why" are the others."""


@dataclass(frozen=True)
class Step:
    """What a sweep just did: an update of a trial, with the progress of its training; or the end of one, without."""

    trial: Trial
    progress: training.Progress | None = None


def precheck(out: str | Path, settings: Settings, trials: int) -> None:
    """Raises the errors of `tune` that don't depend on the data."""
    for module, package in (("optuna", "optuna"), ("tomli_w", "tomli-w")):
        import_extra(module, package, "sweep", "a sweep")
    ranges.integer("trials", trials)
    settings.with_defaults()
    _check_place(Path(out))


def tune(
    train: Dataset,
    test: Dataset,
    out: str | Path,
    settings: Settings = NO_SETTINGS,
    *,
    searched: Mapping[str, str] | None = None,
    weights: objective.Weights | None = None,
    trials: int = 30,
    thin: bool = False,
    source: Source = NO_SOURCE,
    device: str = "cpu",
) -> Generator[Step, None, None]:
    """Search for settings: trains one trial after the other into a folder, until it has so many in all.

    Yields after every update and after every trial. The same call in another process takes part, and a later one goes
    on: a trial whose process was killed is resumed, to the bits it would have had. A trial is stopped early where
    others of its age are better (`journal.Journal`). One whose training diverges ends there, and counts as a bad one.
    One for which there isn't enough memory has failed.

    settings   what all trials have, but for what is searched
    searched   {setting: range}, as `search.parse` reads them; by default `search.usual`, but for what `settings` have
    weights    {score: weight} of the `objective` at the age that a run takes, on the held-out rows
    trials     how many in all, of all processes; those that are there already count
    thin       keep of trials that were stopped early only the age that is taken
    source     where the data came from (`sources.prepare`); best.toml has it, too

    Raises ValueError where optuna is missing, for ranges and weights that can't be, and for a folder whose sweep is of
    other data, ranges or settings; FileExistsError where the folder is no sweep; FormatError where it is damaged.
    """
    precheck(out, settings, trials)
    train = train.with_used_labels()
    test = test.recoded({k: train.alphabets[k] for k in train.labels}, unknown="?")
    written = search.usual(settings, settings.given(), train) if searched is None else dict(searched)
    space = search.parse(written)
    settings = search.fixed(settings, space)
    settings = settings.over(Settings(updates=settings.resolve(train).updates))  # the same for all trials
    search.check(space, settings, train)
    used = objective.weights_of(weights, possible(test, train, settings.with_defaults().seed))
    sweep = _Sweep(Path(out), train, test, settings, used, source, device, thin)
    journal = sweep.journal(space, {"ranges": written, "objective": used, "settings": settings.given()})
    while True:
        with ExitStack() as claim:
            trial = sweep.claim(journal, trials, claim)
            if trial is None:
                break
            with closing(sweep.train_one(journal, trial)) as steps:
                yield from steps
            sweep.write(journal)
    sweep.write(journal)


def read(out: str | Path) -> list[Row]:
    """The rows of a sweep's table. Raises FileNotFoundError where there is none, FormatError where it isn't one."""
    path = Path(out) / "trials.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    if not all(row.keys() >= set(TOLD) for row in rows):
        raise FormatError(f"{path} lacks the columns of a sweep's table: start the sweep again, which writes it anew")
    return [{name: cell or "" for name, cell in row.items()} for row in rows]


def best(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The first of the complete trials with the highest objective."""
    whole = [row for row in rows if row["state"] == "complete"]
    return max(whole, key=lambda row: float(row["objective"]), default=None)


def settings_of(rows: Sequence[Row]) -> list[str]:
    """The settings that were searched: columns of a table."""
    return [name for name in (rows[0] if rows else ()) if name in Settings.by_key()]


@dataclass(frozen=True)
class _Sweep:
    """The folder of a sweep, and what its trials share."""

    out: Path
    train: Dataset
    test: Dataset
    settings: Settings
    weights: objective.Weights
    source: Source
    device: str
    thin: bool

    def journal(self, space: Space, about: Mapping[str, Any]) -> Journal:
        """The journal of the sweep, begun where there is none. Raises ValueError where it is of another sweep."""
        from .journal import Journal

        seed = self.settings.with_defaults().seed
        now = {**about, "data": self.train.sha256, "held-out data": self.test.sha256}
        with lock.held(self.out / "journal", WAIT):
            found = Journal(self.out / "journal.log", space, self.settings.updates, seed)
            if not found.about:
                found.say({"sweep": now})
        _check_same(self.out, found.about.get("sweep", {}), now)
        return found

    def place(self, trial: Trial) -> Path:
        """The run directory of a trial."""
        return self.out / "trials" / f"{trial.number:04d}"

    def claim(self, journal: Journal, most: int, claim: ExitStack) -> Trial | None:
        """The next trial, with a lock until the claim ends: one that was left, or a new one while there are fewer.

        None where all are begun. One process at a time chooses.
        """
        with lock.held(self.out / "journal", WAIT) as alone:
            if alone:
                journal.forget_unasked()
            begun = journal.trials()
            for trial in (t for t in begun if alone and not t.ended):
                try:
                    claim.enter_context(lock.held(self._mark(trial), 0))
                    return trial
                except FileExistsError:  # its process is alive
                    continue
            if len(begun) >= most or journal.exhausted():
                return None
            trial = journal.ask()
            claim.enter_context(lock.held(self._mark(trial), WAIT))
            return trial

    def train_one(self, journal: Journal, trial: Trial) -> Generator[Step, None, None]:
        """Train a trial, from where it is, to its end, or until it isn't worth it."""
        settings, place, state, why = search.chosen(self.settings, trial.point), self.place(trial), "complete", ""
        how: dict[str, Any] = {"source": self.source, "device": self.device, "resume": True}
        try:
            with closing(training.train(self.train, self.test, place, settings, **how)) as updates:
                for progress in updates:
                    yield Step(trial, progress)
                    saved = progress.quality is not None and progress.path == place and progress.age < progress.updates
                    if saved and journal.report(trial.number, self._curve(trial)):
                        state = "pruned"
                        break
            journal.report(trial.number, curve := self._curve(trial))
            if isnan([*curve.values()][-1]):
                state, why = "failed", "its objective is not a number"
        except FloatingPointError as error:
            state, why = "diverged", str(error)
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "allocate memory" not in str(error):
                raise
            state, why = "failed", one_line(error)
        ended = journal.end(trial.number, state, why=why, scores=self._scores(trial))
        if self.thin and state == "pruned":
            Run.open(place).thin()
        yield Step(ended)

    def write(self, journal: Journal) -> None:
        """Write the table, and the recipe of the best trial."""
        with lock.held(self.out / "journal", WAIT):
            trials = journal.trials()
            rows = _rows(trials)
            with atomic_file(self.out / "trials.csv") as file:
                file.write(_csv(rows).encode())
            if (first := best(rows)) is None:
                return
            point = next(t.point for t in trials if t.number == int(first["trial"]))
            value = f"{first['objective']:.4f} on held-out rows"
            about = f"Trial {first['trial']}, the best of {len(rows)} of a sweep: objective {value}."
            with atomic_file(self.out / "best.toml") as file:
                file.write(recipes.text(about, self.source, search.chosen(self.settings, point)).encode())

    def _mark(self, trial: Trial) -> Path:
        """What a process locks while it trains a trial."""
        return self.out / f"{trial.number:04d}"

    def _curve(self, trial: Trial) -> dict[int, float]:
        run = Run.open(self.place(trial))
        return objective.curve(run.log(), self.weights, run.settings.stop_on)

    def _scores(self, trial: Trial) -> dict[str, float]:
        """The scores at the age that the run takes, and how long it took; none where it has no saved age."""
        if not (self.place(trial) / "run.json").exists():
            return {}
        run = Run.open(self.place(trial))
        log = {int(row["age"]): row for row in run.log()}
        taken = (run.record.get("best") or {"age": max(log, default=0)})["age"]
        return {k: float(x) for k, x in log.get(taken, {}).items() if k in (*SHARES, *ERRORS, "seconds") and x}


def _check_place(out: Path) -> None:
    """Raises OSError where no sweep can be in a folder: something else is there, or it takes no files."""
    begun = not out.exists() or (out / "journal.log").exists()
    if not begun and (not out.is_dir() or any(not p.name.startswith(".") for p in out.iterdir())):
        raise FileExistsError(f"{out} is not a sweep, and stays as it is: choose another place")
    check_folder(next(place for place in (out, *out.absolute().parents) if place.exists()), out)


def _check_same(out: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises ValueError where a sweep began as another one."""
    for what in now:
        if before.get(what) != now[what]:
            raise ValueError(f"{out} was begun with other {what}{_difference(before.get(what), now[what])}: "
                             "take these, or choose another place")  # fmt: skip


def _difference(before: Any, now: Any) -> str:
    """In what two dicts differ, as words."""
    if not isinstance(before, Mapping) or not isinstance(now, Mapping):
        return ""
    changed = [k for k in {**before, **now} if before.get(k) != now.get(k)]
    return (
        " (" + ", ".join(f"{k} was {before.get(k, 'not given')}, not {now.get(k, 'left out')}" for k in changed) + ")"
    )


def _rows(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """The trials as rows of the table, with the same columns each."""
    names = [
        *TOLD,
        *(k for t in trials for k in t.point),
        *(k for t in trials for k in t.about.get("scores", {})),
        "why",
    ]
    found = []
    for t in trials:
        told = {"trial": f"{t.number:04d}", "state": t.state, "objective": t.value, "age": t.age}
        row = {**told, **t.point, **t.about.get("scores", {}), "why": t.about.get("why", "")}
        found.append({name: row.get(name) for name in dict.fromkeys(names)})
    return found


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0] if rows else TOLD, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
