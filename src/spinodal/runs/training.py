"""Training: a machine learns a dataset and is saved and scored in a run directory; a stopped training can resume."""

from __future__ import annotations

import platform
import sys
import time
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from .._version import __version__
from ..data.dataset import Dataset
from ..evaluation.measure import Values
from ..evaluation.quick_scores import QUALITY, flat, noise_floor, possible, quick_scores
from ..files.atomic import check_folder
from ..learning.ascent import Optimizer
from ..learning.averaging import with_parameters
from ..learning.fit import Update, fit
from ..machines.dynamics import Machine
from ..machines.guidance import takes_guidance
from ..machines.kernels import products
from ..machines.network import precision_of, set_precision, sums_integers
from ..machines.neural.machine import Neural
from ..machines.protocols import Protocol, Schedule
from ..ranks import ALONE, Ranks
from . import bases, confidence, guiding, locating, lock, stopping
from .agreement import check_same
from .archive import Run, check_free
from .baselines import ERRORS, baselines, no_better
from .building import built, with_hidden_entries
from .meetings import Meetings
from .rules import AUTO, CONTRASTIVE, principal_directions
from .settings import NO_SETTINGS, NO_SOURCE, Settings, Source, defaults
from .soundness import check_sound, warn_of_uneven
from .values import NOT_GIVEN

OF_MACHINES = ("machine", "gain", "rate", "variance", "start_std", "self_coupling", "energy", "base", "base_lr",
               "share", "step_size", "noise", "hidden", "sampled", "std", "init_biases")  # fmt: skip
"""Settings that describe a machine."""

PATIENCE = 30.0
"""A run that is killed loses at most so many seconds of training."""


@dataclass(frozen=True)
class Progress:
    """How far the training of a run is: its age in updates, of so many, its seconds, and at a saved age its scores, on
    rank 0.
    """

    path: Path
    age: int
    updates: int
    seconds: float
    quality: dict[str, Any] | None = None


def precheck(out: str | Path, settings: Settings, *, resume: bool = False, overwrite: bool = False) -> None:
    """Raises the errors of `train` that don't depend on the data: those of the settings and of the run directory."""
    settings.with_defaults()
    if resume and (Path(out) / "run.json").exists():
        check_folder(Path(out), Path(out))
    else:
        check_free(Path(out), overwrite, resumes=True)
    lock.precheck(Path(out))


def train(
    train: Dataset,
    test: Dataset,
    out: str | Path,
    settings: Settings = NO_SETTINGS,
    *,
    source: Source = NO_SOURCE,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "cpu",
    machine: Machine | None = None,
    protocol: Protocol | None = None,
    ranks: Ranks = ALONE,
) -> Generator[Progress, None, None]:
    """Train a machine into a run directory: yields after every update.

    Ages are saved and scored on a log scale that doesn't depend on the number of updates, so a run can be prolonged.
    With `stop_on` the training ends when it is `patience` times as old as at its best score on the test set
    (`stopping.stopped`), and run.json names the best age. The decision depends on the log alone, so a resumed run makes
    the same one as a run that was never stopped. At the end run.json names the scores in which the machine is no better
    than `baselines`, and how far the predictions of the age that is taken can be trusted is kept beside it
    (`confidence`). Labels that no training row has are not learned; in the test set they are unknown. With the base
    "auto" a neural machine's base is trained before, in a run beside `out` (`bases`), whose updates are told, too.

    resume     resume the run that is there, or start one; a resumed run ends with the same bits as one never stopped
    overwrite  replace the run that is there
    source     where the data came from (`sources.prepare`), kept in run.json; by default the files that they were read
               from, where all were read by `files.read` (`Dataset.origin`)
    machine    of a registered kind, in place of one that the settings describe. A copy of it is trained, and run.json
               has none of the settings in `OF_MACHINES`
    protocol   phases of your own, in place of those that the settings name: run.json has them under "schedule", so the
               run is resumed, loaded and scored as any other
    ranks      the processes that train together, each by this function with the same arguments: rank 0 writes, and all
               yield. The run has the bits of one process where all its layers are sampled, and may be resumed by any
               number of processes

    Raises FileExistsError where a run is there already, or another process trains into the same directory; ValueError
    where settings or data are not those of the run to resume; and FloatingPointError when the training diverges: a
    gradient is not finite, or the machine is not sound (`soundness`). The ages before stay on disk, and run.json has
    the age and the reason under "diverged". Warns once where 15-bit integers lose weights (`soundness.uneven`).
    """
    out = Path(out)
    given = settings.over(_before(out, resume, machine))
    settings, why = given.resolved(train)
    if machine is not None:
        settings = replace(settings, **dict.fromkeys(OF_MACHINES, NOT_GIVEN))
    phases = _phases(out, resume, given, protocol)
    if phases is not None:
        settings = replace(settings, protocol=NOT_GIVEN, label_weight=NOT_GIVEN)
    train = train.with_used_labels()
    test = test.recoded({k: train.alphabets[k] for k in train.labels}, unknown="?")
    there = possible(test, train, settings.seed)
    if not given.stop_on and settings.stop_on not in there:
        settings = replace(settings, stop_on="")
    settings = replace(settings, guidance=_guidance(settings, given, machine))
    if settings.stop_on not in ("", *there):
        said = ", ".join(there) or "none"
        raise ValueError(f"these held-out data have no {settings.stop_on} to stop on; there are: {said}")
    check_same(train, test, settings, ranks)
    with lock.held(out) if ranks.is_first else nullcontext():
        begun, resumes = None, resume and (out / "run.json").exists()
        if settings.base == AUTO and not resumes:
            yield from _base(out, settings, train, test, overwrite, device, ranks)
        if ranks.is_first and resumes:
            begun = _resume(out, settings, train, test, source)
        elif ranks.is_first:
            about = {"source": source.given(), "rules": why, "provenance": provenance(device, ranks)}
            begun = _start(out, settings, train, test, overwrite, about, machine, phases)
        run = begun or Run(out, {})
        run = replace(run, record=ranks.tell(run.record))
        machine, update, spent = run.resume(device, ranks)
        set_precision(machine, settings.precision)
        _warn_of_other_ranks(run, machine, ranks)
        with _same_products(run, machine):
            yield from _updates(run, machine, update, spent, train, test, settings, ranks)


def _warn_of_other_ranks(run: Run, machine: Machine, ranks: Ranks) -> None:
    """A warning where real numbers are summed over another number of ranks than the run began with."""
    before = run.record.get("provenance", {}).get("ranks", 1)
    if before != ranks.count and not sums_integers(machine):
        warnings.warn(f"{run.path} began with {before} processes and goes on with {ranks.count}: it has layers of real "
                      "numbers, so the last bits differ", stacklevel=3)  # fmt: skip


@contextmanager
def _same_products(run: Run, machine: Machine) -> Iterator[None]:
    """Matrix products by the route that the run began with; a warning where this computer doesn't have it.

    Machines that sum integers need none: their bits are the same by any route.
    """
    asked = run.record.get("provenance", {}).get("products") or products.route()
    with products.taking(asked):
        if products.route() != asked and not sums_integers(machine):
            warnings.warn(f"{run.path} began with products by {asked}, which this computer doesn't have: "
                          f"resumed with those by {products.route()}, the last bits differ", stacklevel=4)  # fmt: skip
        yield


def _base(
    out: Path, settings: Settings, learned: Dataset, held_out: Dataset, overwrite: bool, device: str, ranks: Ranks
) -> Generator[Progress, None, None]:
    """Train the base of a run that doesn't exist yet, or go on with a base that was stopped."""
    if ranks.is_first:
        check_free(out, overwrite, resumes=True)  # before an hour is spent
    rows, rest = (bases.rows_of(settings, data) for data in (learned, held_out))
    how: dict[str, Any] = {"resume": not overwrite, "overwrite": overwrite, "device": device, "ranks": ranks}
    yield from train(rows, rest, bases.place(out), bases.settings_of(settings, len(rows)), **how)


def _start(
    out: Path,
    settings: Settings,
    data: Dataset,
    test: Dataset,
    overwrite: bool,
    about: Mapping[str, Any],
    machine: Machine | None,
    phases: Protocol | None,
) -> Run:
    check_free(out, overwrite, resumes=True)
    machine = built(settings, data, bases.opened(settings, out, data, test)) if machine is None else deepcopy(machine)
    set_precision(machine, settings.precision)
    machine.hold(data.select([0]).tensors())  # raises ValueError where they don't fit each other
    strength = 0.0 if settings.guidance == AUTO else settings.guidance
    machine.schedule = Schedule(settings.phases if phases is None else phases, settings.steps, strength)
    known = locating.about(data, test)
    if not about["source"] and (source := locating.origin(data, test)).data:
        about, known = {**about, "source": source.given()}, known | {"by_checksum": True}
    more = {"training": settings.plain(), "data": known, **about}
    return Run.create(out, machine, more, overwrite, rows=locating.marks(data, test))


def _phases(out: Path, resume: bool, given: Settings, protocol: Protocol | None) -> Protocol | None:
    """The phases of a training that no setting names: those of the caller, or those of the run that is resumed."""
    if not (resume and (out / "run.json").exists()):
        return protocol
    machine, named = Run.open(out).machine(), Run.open(out).record["training"].get("protocol")
    began = machine.schedule.protocol if machine.schedule else ()
    if (protocol is not None and protocol != began) or (given.protocol and not named):
        raise ValueError(f"{out} can't be resumed with other phases than those that it began with")
    return None if named else began


def _guidance(settings: Settings, given: Settings, machine: Machine | None) -> float | Literal["auto"]:
    """The guidance of a training: 0 where a rule asks for the best one, and none can be found."""
    possible = machine is None or takes_guidance(machine)
    if given.guidance and not possible:
        raise ValueError("guidance is of machines with labels, of a kind that spinodal has: leave it out")
    return settings.guidance if given.guidance or (possible and settings.stop_on == QUALITY) else 0.0


def _before(out: Path, resume: bool, machine: Machine | None) -> Settings:
    """The settings of what is there already: of the run that is resumed, or the precision of the machine given."""
    if resume and (out / "run.json").exists():
        return Run.open(out).settings
    return NO_SETTINGS if machine is None else Settings(precision=precision_of(machine))


def _resume(out: Path, settings: Settings, data: Dataset, test: Dataset, source: Source) -> Run:
    run, held_out = Run.open(out), locating.about_held_out(data, test)
    if not run.record["training"]:
        raise ValueError(f"{out} was saved without a training, so there is none to resume: choose another place")
    _check_same(run, settings)
    if data.sha256 != run.record["data"].get("sha256"):
        raise ValueError(f"{out} can't be resumed with other data than it began with")
    if settings.stop_on and held_out != run.record["data"].get("held_out"):
        raise ValueError(f"{out} can't be resumed with other held-out data than those that choose its age")
    if (done := max(run.ages, default=0)) > settings.updates:
        raise ValueError(f"{out} has had {done} updates already: name as many or more, not {settings.updates}")
    run.log()  # raises where it is damaged, before anything is trained
    run.sweep()
    run.write_rows(locating.marks(data, test))
    data_of = run.record["data"] | {"held_out": held_out}
    more: dict[str, Any] = {} if held_out == run.record["data"].get("held_out") else {"baselines": {}}
    training = settings.plain() | {"protocol": run.record["training"].get("protocol")}
    return run.revise(training=training, source=source.given() or run.record["source"], data=data_of, **more)


def _check_same(run: Run, settings: Settings) -> None:
    """Raises ValueError where a run can't be resumed with these settings; only `updates` and `patience` may change."""
    before = run.settings.over(defaults(run.settings.machine or "rbm")).plain()
    now = settings.given()
    new = {k for k, x in before.items() if x is NOT_GIVEN and k not in run.record["training"]}  # since it began
    stays = now.keys() - {"updates", "patience"} - new
    changed = [k for k in now if k in stays and now[k] != before[k]]
    if now.get("protocol") == run.record["training"].get("protocol"):  # the name that it began with
        changed = [k for k in changed if k != "protocol"]
    if changed:
        was = ", ".join(f"{k} was {before[k]}, not {now[k]}" for k in changed)
        raise ValueError(f"{run.path} can't be resumed with other settings: {was}")


def _updates(
    run: Run,
    machine: Machine,
    update: Update,
    spent: float,
    train: Dataset,
    test: Dataset,
    settings: Settings,
    ranks: Ranks,
) -> Iterator[Progress]:
    saved, meetings = set(saved_ages(settings)), Meetings(update.age, PATIENCE, ranks)
    floor: Values | None = None
    steps, warned = updates_after(machine, update, train, settings, ranks), False
    run, over = _decide(run, update.age, settings, ranks)
    while update.age < settings.updates and not over:
        begin, quality = time.monotonic(), None
        with _divergence_recorded(run, update.age + 1, ranks):
            update = next(steps)
            lasting = update.age in saved
            shown = with_parameters(machine, update.mean) if lasting else machine
            if lasting:
                check_sound(shown, train, settings.seed)
                warned = warned or warn_of_uneven(shown)
        spent += time.monotonic() - begin
        if lasting:  # scored before it is saved: each age on disk has its row in the log
            if ranks.is_first and floor is None:
                floor = noise_floor(test, train, settings.seed)
            quality = quick_scores(shown, test, train, seed=settings.seed, floor=floor, ranks=ranks)
            if ranks.is_first:
                _log(run, update.age, spent, quality)
        if lasting or meetings.is_due(update.age):
            run.save(machine, update, spent, lasting, ranks)
            meetings.saved(update.age)
        if lasting:
            run, over = _decide(run, update.age, settings, ranks)
        yield Progress(run.path, update.age, settings.updates, spent, quality)
    if ranks.is_first:
        run = _conclude(run.revise(seconds=round(spent, 3)), train, test, settings)
        confidence.keep(run, test)


@contextmanager
def _divergence_recorded(run: Run, age: int, ranks: Ranks) -> Iterator[None]:
    """If the training diverges in this block, which is so on all ranks, run.json gets the age and the reason."""
    try:
        yield
    except FloatingPointError as error:
        if not ranks.is_first:
            raise
        run.revise(diverged={"age": age, "why": str(error)})
        raise FloatingPointError(f"{error}; {run.path} keeps the machine of age {run.ages[-1]}") from None


def _conclude(run: Run, train: Dataset, test: Dataset, settings: Settings) -> Run:
    """Write into run.json where the machine is no better than baselines, and the guidance and the age that suit it.

    Baselines are independent sites, and a single guess. Rows of a few steps say little of a machine whose chains don't
    start at random, so of these the labels alone are compared.
    """
    known = run.record.get("baselines") or baselines(test, train, settings.seed)
    if settings.guidance == AUTO:
        run = _with_choice(run, guiding.choose(run, test, train, settings.seed, {*saved_ages(settings)}))
    telling = {k: x for k, x in known.items() if settings.protocol not in CONTRASTIVE or k not in ERRORS}
    return run.revise(baselines=known, no_better=no_better(run.row(), telling))


def _with_choice(run: Run, found: Mapping[str, Any]) -> Run:
    """The run with the guidance and the age that were chosen, as its best. A training that goes on has the log's."""
    if not found["ages"]:
        return run.revise(guidance=found)
    age = found["age"]
    return run.revise(guidance=found, best={"score": QUALITY, "age": age, "value": found["ages"][str(age)]})


def _decide(run: Run, age: int, settings: Settings, ranks: Ranks) -> tuple[Run, bool]:
    """The run with its best age so far, and whether the training is to stop; rank 0 has the log, and decides.

    Only scheduled ages count: those that a training saves which has so many updates from the start, and never stops.
    """
    if not (score := settings.stop_on):
        return run, False
    if not ranks.is_first:
        return run, ranks.tell(False)
    counted = set(saved_ages(settings))
    log = [row for row in run.log() if int(row["age"]) in counted and int(row["age"]) <= age]
    best = stopping.best(log, score)
    run = run if best == run.record.get("best") else run.revise(best=best)
    return run, ranks.tell(stopping.stopped(log, score, settings.patience))


def updates_after(
    machine: Machine, update: Update, data: Dataset, settings: Settings, ranks: Ranks = ALONE
) -> Iterator[Update]:
    """The updates of a training with resolved settings, after a given one.

    A machine goes on with the phases that it began with, which may have had another name then.
    """
    protocol = machine.schedule.protocol if machine.schedule else settings.phases
    rows = with_hidden_entries(data, settings).balanced(settings.balance)
    batches = rows.batches(settings.batch, seed=settings.seed, start=update.age)
    return fit(
        machine,
        batches,
        protocol,
        settings.steps,
        settings.lr,
        centered=settings.centered,
        uncentered=settings.uncentered,
        averaged=settings.averaged,
        l1=settings.l1,
        l2=settings.l2 if settings.optimizer == "sgd" else 0.0,  # Adam has its own decay
        curvature=principal_directions(data, settings.curvature_limit) if settings.curvature_limit else None,
        optimizer=_optimizer(settings, machine),
        averaging=settings.averaging or None,
        seed=settings.seed,
        after=update,
        ranks=ranks,
    )


def _optimizer(settings: Settings, machine: Machine) -> Optimizer | None:
    """The optimizer of the settings; None is plain ascent. Adam has no momentum: samples change with every update."""
    if settings.optimizer == "adam":
        return partial(_adam, machine=machine, settings=settings)
    return partial(torch.optim.SGD, momentum=settings.momentum) if settings.momentum else None


def _adam(
    parameters: list[torch.Tensor], lr: float, maximize: bool, *, machine: Machine, settings: Settings
) -> torch.optim.Optimizer:
    """Adam, where the base of a neural machine has a learning rate of its own and no decay."""
    make = partial(torch.optim.AdamW, lr=lr, betas=(0.0, 0.999), weight_decay=settings.l2, maximize=maximize)
    if not isinstance(machine, Neural) or machine.base is None:
        return make(parameters)
    base, own = [*machine.base.parameters()], lr * (settings.base_lr or settings.lr) / settings.lr
    network = [p for p in parameters if not any(p is other for other in base)]
    groups: list[dict[str, Any]] = [{"params": network}, {"params": base, "lr": own, "weight_decay": 0.0}]
    return make(groups)


def _log(run: Run, age: int, seconds: float, quality: Mapping[str, Any]) -> None:
    before = [row for row in run.log() if int(row["age"]) < age]
    run.write_log([*before, {"age": age, "seconds": round(seconds, 3), **flat(quality)}])


def saved_ages(settings: Settings) -> list[int]:
    """The ages that a training saves: twice as many from 100 on where the best age is chosen."""
    return ages(settings.updates, 12 if settings.stop_on else 6)


def ages(updates: int, late: int = 6) -> list[int]:
    """The ages that are saved: six a decade from 10 on, `late` a decade from 100 on, and the last.

    >>> ages(120)
    [10, 15, 22, 32, 46, 68, 100, 120]
    >>> ages(200, late=12)
    [10, 15, 22, 32, 46, 68, 100, 121, 147, 178, 200]
    """
    early, later = ([1 + i / 6 for i in range(6)], [2 + i / late for i in range(9 * late)])
    grid = (round(10**power) for power in early + later)
    return [age for age in grid if age < updates] + [updates]


def provenance(device: str, ranks: Ranks = ALONE) -> dict[str, Any]:
    """Where, when and with what a run is made."""
    return {
        "command": sys.argv,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"spinodal": __version__, "python": platform.python_version()}
        | {"torch": torch.__version__, "numpy": np.__version__},
        "machine": platform.platform(),
        "device": device,
        "threads": torch.get_num_threads(),
        "ranks": ranks.count,
        "products": products.route(),
    }
