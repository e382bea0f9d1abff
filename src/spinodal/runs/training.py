"""Training: a machine learns a dataset into a run directory, scored as it goes; a stopped one goes on."""

from __future__ import annotations

import json
import platform
import sys
import time
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import ranges
from .._version import __version__
from ..data.dataset import Dataset, is_label
from ..data.row_checksums import row_checksums
from ..evaluation.quick_scores import ROWS, flat, judge, noise_floor, possible
from ..files.atomic import check_folder
from ..learning.fit import Update, check, fit
from ..machines.dynamics import Machine
from ..machines.kernels import products
from ..machines.network import Network, chaotic, check_precision, rbm, set_precision
from ..machines.protocols import BY_NAME, Schedule
from ..machines.state import Tensors
from ..machines.units import Bernoulli, Spin, Units
from . import lock, stopping
from .archive import Run, check_free
from .baselines import baselines, no_better
from .soundness import check_sound

Settings = Mapping[str, Any]

DEFAULTS: dict[str, Any] = {
    "machine": "rbm",
    "gain": 0.0,
    "rate": 1.0,
    "variance": "fan-in",
    "start_std": 1.0,
    "self_coupling": True,
    "protocol": None,
    "steps": 10,
    "hidden": 1000,
    "updates": 5000,
    "batch": None,
    "lr": 0.01,
    "seed": 0,
    "drawn": None,
    "std": 0.01,
    "rest": True,
    "hide": 0.0,
    "centered": True,
    "uncentered": [],
    "averaged": True,
    "momentum": 0.0,
    "l1": 0.0,
    "l2": 0.0,
    "precision": "float32",
    "stop_on": None,
    "patience": 3.0,
}
"""What a training needs to know beside its data: arguments of `rbm`, `chaotic` and `fit`, and

machine    rbm or chaotic; the next five are of a chaotic one only
hidden     units of the hidden layer; of a chaotic machine a list of up to two layers, too, and 0 for none
momentum   how much of an update goes on in the next (torch.optim.SGD)
protocol   a name; by default fef where there are labels, else rdm
batch      rows an update; by default 500, or all where there are fewer
rest       start the biases at independent units with the data's means
hide       the fraction of the visible entries of training rows, at random by the seed, that the training does not see:
           for experiments; scores are of whole rows
precision  of the weights while chains run, as in `Network`
stop_on    one of `stopping.SCORES`: stop when it gets no better on the held-out rows, and take its best age; "": none
patience   how many times as old as at its best age a training becomes
"""

CHAOTIC: dict[str, Any] = {"gain": 2.0, "rate": 0.4, "steps": 15, "hidden": 500, "std": 0.0, "rest": False}
"""What chaotic machines have by default instead: ours, as the paper's numbers are lost."""

CHAOTIC_ONLY = ("gain", "rate", "variance", "start_std", "self_coupling")
"""Arguments of `chaotic` that `rbm` doesn't have."""

OF_MACHINES = ("machine", *CHAOTIC_ONLY, "hidden", "drawn", "std", "rest")
"""Settings that say how a machine is made."""

PATIENCE = 30.0
"""Seconds of training that a killed run loses at most."""


@dataclass(frozen=True)
class Progress:
    """How far a training is: its age, the seconds it has taken, and the quality at a saved age."""

    age: int
    seconds: float
    quality: dict[str, Any] | None = None


def foresee(out: str | Path, settings: Settings, *, resume: bool = False, overwrite: bool = False) -> None:
    """Raises what `train` would for this place and these settings whatever the data are, so before they are read."""
    foreseen(settings)
    if resume and (Path(out) / "run.json").exists():
        check_folder(Path(out), Path(out))
    else:
        check_free(Path(out), overwrite)
    lock.foresee(Path(out))


def foreseen(settings: Settings) -> dict[str, Any]:
    """The settings with defaults filled in, but for what data decide, which is None, and checked as far as they can be.

    Raises ValueError for what is out of range whatever the data are.
    """
    if unknown := settings.keys() - DEFAULTS.keys():
        raise ValueError(f"there is no setting {sorted(unknown)}; there are {', '.join(DEFAULTS)}")
    own = CHAOTIC if settings.get("machine") == "chaotic" else {}
    every = DEFAULTS | own | dict(settings)
    full: dict[str, Any] = {k: _plain(k, x) for k, x in every.items()}  # as they will be read again
    _check_kinds(full)
    _check_machine(full)
    if full["stop_on"] == "":  # takes back what a recipe says
        full |= {k: DEFAULTS[k] for k in ("stop_on", "patience")}
    if full["protocol"] not in (None, *BY_NAME):
        raise ValueError(f'there is no protocol "{full["protocol"]}"; there are {", ".join(BY_NAME)}')
    check(full["steps"], full["lr"], full["l1"], full["l2"])
    check_precision(full["precision"])
    _check_stop(full)
    _check_ranges(full)
    return full


def settle(settings: Settings, data: Dataset) -> dict[str, Any]:
    """The settings with defaults filled in and checked against the data. ValueError says what is out of range."""
    full = foreseen(settings)
    if full["protocol"] is None:
        full["protocol"] = "fef" if data.labels else "rdm"
    if full["batch"] is None:
        full["batch"] = min(500, max(1, len(data)))
    if full["protocol"] in ("fef", "fef1") and not data.labels:
        raise ValueError(f"protocol {full['protocol']} needs labels: pass --label COLUMN, or take --protocol rdm")
    if full["batch"] > len(data):
        raise ValueError(f"batch {full['batch']} is more than the {len(data)} rows of the training data")
    return full


def told(full: Settings) -> dict[str, Any]:
    """The settings that say something: not those that are None, nor those that only other machines or trainings have.

    >>> told({"machine": "rbm", "gain": 2.0, "steps": 10, "stop_on": None, "patience": 3})
    {'machine': 'rbm', 'steps': 10}
    """
    silent = {k for k, x in full.items() if x is None}
    silent |= set(CHAOTIC_ONLY) if full.get("machine") == "rbm" else set()
    silent |= {"patience"} if full.get("stop_on") is None else set()
    return {k: x for k, x in full.items() if k not in silent}


def _check_ranges(full: Settings) -> None:
    """Raises ValueError for numbers that no training can have."""
    for name in ("updates", "batch"):
        if full[name] is not None:
            ranges.integer(name, full[name])
    ranges.real("patience", full["patience"], lambda x: x >= 1, "must be 1 or more")
    for size in layers(full):
        ranges.integer("hidden", size, 1, ranges.SIZE)
    ranges.integer("seed", full["seed"], *ranges.SEEDS)
    if not 0 <= full["momentum"] < 1:
        raise ValueError(f"momentum is from 0 to less than 1, not {full['momentum']}")
    if not 0 <= full["hide"] < 1:
        raise ValueError(f"hide is a fraction of the entries, from 0 to less than 1, not {full['hide']}")
    if not 0 <= full["std"] < inf:
        raise ValueError(f"std must be a number from 0 up, not {full['std']}")


def _check_kinds(full: Settings) -> None:
    """Raises ValueError for a setting that is text where it should be a number, and the like."""
    kinds = {k: type(v) for k, v in DEFAULTS.items()} | {"protocol": str, "batch": int, "drawn": list}
    kinds |= {"stop_on": str}
    if isinstance(full["hidden"], list) and all(isinstance(size, int) for size in full["hidden"]):
        full = {**full, "hidden": sum(full["hidden"])}
    for name, kind in kinds.items():
        fits = isinstance(full[name], (int, float) if kind is float else kind)
        fits &= kind is bool or not isinstance(full[name], bool)
        if not fits and full[name] is not DEFAULTS[name]:
            raise ValueError(f"{name} is {kind.__name__}, not {full[name]!r}")


def _plain(name: str, value: Any) -> Any:
    """A setting as JSON has it: numpy's numbers as Python's, tuples as lists."""
    try:
        return json.loads(json.dumps(value, default=lambda x: x.item()))
    except (TypeError, ValueError, AttributeError):
        raise ValueError(
            f"{name} is a plain value, such as a number or a text, not {ranges.format_value(value)}"
        ) from None


def _check_machine(full: Settings) -> None:
    """Raises ValueError for settings that this kind of machine doesn't have."""
    sizes = layers(full)
    if full["machine"] == "rbm":
        if strange := [k for k in CHAOTIC_ONLY if full[k] != DEFAULTS[k]]:
            raise ValueError(f"{strange[0]} is of chaotic machines: pass --machine chaotic, too")
        if len(sizes) != 1:
            raise ValueError(f"an rbm has one hidden layer of 1 unit or more, not {full['hidden']}")
    elif full["machine"] != "chaotic":
        raise ValueError(f'machine is rbm or chaotic, not "{full["machine"]}"')
    elif full["drawn"] or full["precision"] != "float32":
        raise ValueError("a chaotic machine draws nothing: leave drawn and precision out")
    if any(size < 1 for size in sizes):
        raise ValueError(f"hidden: a layer has 1 unit or more, not {full['hidden']}")
    if full["machine"] == "chaotic":
        build(
            {**full, "hidden": [1] * len(sizes)}, {"visible": Spin(1)}
        )  # what is out of range is said by the smallest


def _check_stop(full: Settings) -> None:
    """Raises ValueError for a score that isn't one, and for patience with none."""
    score = full["stop_on"]
    if score is None and full["patience"] != DEFAULTS["patience"]:
        raise ValueError("patience is of trainings that stop on a score: pass --stop-on, too")
    if score is not None and score not in stopping.SCORES:
        raise ValueError(f'there is no score "{score}" to stop on; there are {", ".join(stopping.SCORES)}')


def layers(full: Settings) -> list[int]:
    """The sizes of the hidden layers.

    >>> layers({"hidden": 500}), layers({"hidden": [500, 100]}), layers({"hidden": 0})
    ([500], [500, 100], [])
    """
    hidden = full["hidden"]
    return list(hidden) if isinstance(hidden, list) else [hidden] if hidden else []


def build(full: Settings, units: Mapping[str, Units]) -> Network:
    """The machine of settings, for layers of data with these units."""
    own: dict[str, Any] = {k: full[k] for k in ("std", "seed")} | dict(units)
    if full["machine"] == "rbm":
        return rbm(Bernoulli(*layers(full)), sampled=full["drawn"], **own)
    return chaotic(*map(Spin, layers(full)), **own, **{k: full[k] for k in CHAOTIC_ONLY})


def _built(full: Settings, data: Dataset) -> Network:
    """The machine of settings, its biases at the data's means where these ask for that."""
    machine = build(full, data.units)
    if full["rest"]:
        machine.init_biases(_seen(data, full).frequencies())
    return machine


def train(
    train: Dataset,
    test: Dataset,
    out: str | Path,
    settings: Settings | None = None,
    *,
    source: Settings | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "cpu",
    machine: Machine | None = None,
) -> Generator[Progress, None, None]:
    """Train a machine into a run directory: yields after every update.

    Ages are saved and scored on a log scale, the same for any number of updates, so a run can be prolonged. With
    `stop_on` it ends when it is `patience` times as old as at its best score on the test set (`stopping.stopped`), and
    run.json says which age was the best. That depends on the log alone, so a run that goes on decides as one that was
    never stopped. At the end run.json says in which scores it is no better than `baselines`. Names of labels that no
    training row has are not learned, and unknown in the test set.
    resume goes on with a run that is there, and begins one that isn't; it ends with the same bits as a run that was
    never stopped. `source` is kept in run.json: where the data came from (`sources.prepare`).
    machine: a machine of your own to begin with, of a registered kind, in place of one that the settings describe. A
    copy of it is trained, and run.json has none of the settings in `OF_MACHINES`.
    Raises FileExistsError, also where another process trains into the same directory; ValueError where settings or
    data are not those of the run to go on with; and FloatingPointError when a training diverges: a gradient that is not
    finite, or a machine that is not `sound`. The ages before stay on disk, and run.json says that it "diverged".
    """
    out, full, source = Path(out), settle(settings or {}, train), dict(source or {})
    full |= {} if machine is None else dict.fromkeys(OF_MACHINES)
    train = train.with_used_labels()
    test = test.recoded({k: train.alphabets[k] for k in train.labels}, unknown="?")
    there = possible(test, train, full["seed"])
    if full["stop_on"] not in (None, *there):
        said = ", ".join(there) or "none"
        raise ValueError(f"these held-out data have no {full['stop_on']} to stop on; there are: {said}")
    with lock.held(out):
        if resume and (out / "run.json").exists():
            run = _go_on(out, full, train, test, source)
        else:
            about = {"source": source, "provenance": provenance(device)}
            run = _begin(out, full, train, test, overwrite, about, machine)
        machine, update, spent = run.resume(device)
        set_precision(machine, full["precision"])
        with _same_products(run):
            yield from _updates(run, machine, update, spent, train, test, full)


@contextmanager
def _same_products(run: Run) -> Iterator[None]:
    """Products are those that the run began with; a warning where this machine hasn't got them."""
    asked = run.record.get("provenance", {}).get("products") or products.route()
    with products.taking(asked):
        if products.route() != asked:
            warnings.warn(f"{run.path} began with products by {asked}, which this machine hasn't got, and goes on with "
                          f"those by {products.route()}: their last bits differ", stacklevel=4)  # fmt: skip
        yield


def _begin(
    out: Path,
    full: dict[str, Any],
    data: Dataset,
    test: Dataset,
    overwrite: bool,
    about: Settings,
    machine: Machine | None,
) -> Run:
    machine = _built(full, data) if machine is None else machine
    machine.hold(data.select([0]).tensors())  # raises ValueError where they don't fit each other
    machine.schedule = Schedule(BY_NAME[full["protocol"]], full["steps"])
    known = {"rows": len(data), "sha256": data.sha256, "notes": data.notes, "held_out": _held_out(data, test)}
    known["labels"] = {layer: data.label_counts(layer) for layer in data.labels}
    return Run.create(out, machine, {"training": full, "data": known, **about}, overwrite, rows=_marks(data, test))


def _marks(data: Dataset, test: Dataset) -> Tensors:
    """By which the rows are found again."""
    return {"train": torch.from_numpy(checksums(data)), "held_out": torch.from_numpy(checksums(test))}


def _held_out(data: Dataset, test: Dataset) -> dict[str, Any]:
    """What the log's scores are measured on; n: how many rows generated ones are compared with."""
    return {"rows": len(test), "n": min(ROWS, len(data), len(test)), "sha256": test.sha256}


def _go_on(out: Path, full: Mapping[str, Any], data: Dataset, test: Dataset, source: Settings) -> Run:
    run, held_out = Run.open(out), _held_out(data, test)
    if not run.record["training"]:
        raise ValueError(f"{out} was saved without a training, so there is none to go on with: choose another place")
    before = DEFAULTS | run.record["training"]
    changed = [k for k in full if full[k] != before.get(k) and k not in ("updates", "patience")]
    if changed:
        was = ", ".join(f"{k} was {before.get(k)}, not {full[k]}" for k in changed)
        raise ValueError(f"{out} can't go on with other settings: {was}")
    if data.sha256 != run.record["data"].get("sha256"):
        raise ValueError(f"{out} can't go on with other data than it began with")
    if full["stop_on"] and held_out != run.record["data"].get("held_out"):
        raise ValueError(f"{out} can't go on with other held-out data than those that choose its age")
    if (done := max(run.ages, default=0)) > full["updates"]:
        raise ValueError(f"{out} has had {done} updates already: name as many or more, not {full['updates']}")
    run.log()  # where it is damaged, that is said before anything is trained
    run.sweep()
    run.write_rows(_marks(data, test))
    data_of = run.record["data"] | {"held_out": held_out}
    more: dict[str, Any] = {} if held_out == run.record["data"].get("held_out") else {"baselines": {}}
    return run.revise(training=dict(full), source=dict(source or run.record["source"]), data=data_of, **more)


def _updates(
    run: Run, machine: Machine, update: Update, spent: float, train: Dataset, test: Dataset, full: Mapping[str, Any]
) -> Iterator[Progress]:
    saved, kept, floor = set(saved_ages(full)), time.monotonic(), None
    steps = fitting(machine, update, train, full)
    run, over = _decide(run, update.age, full)
    while update.age < full["updates"] and not over:
        begin, quality = time.monotonic(), None
        with _watched(run, update.age + 1):
            update = next(steps)
            lasting = update.age in saved
            if lasting:
                check_sound(machine, train, full["seed"])
        spent += time.monotonic() - begin
        if lasting:  # scored before it is kept: an age that is on disk has its row in the log
            floor = floor or noise_floor(test, train, full["seed"])
            quality = judge(machine, test, train, seed=full["seed"], floor=floor)
            _log(run, update.age, spent, quality)
        if lasting or begin - kept > PATIENCE:
            run.save(machine, update, spent, lasting)
            kept = time.monotonic()
        if lasting:
            run, over = _decide(run, update.age, full)
        yield Progress(update.age, spent, quality)
    _conclude(run.revise(seconds=round(spent, 3)), train, test, full["seed"])


@contextmanager
def _watched(run: Run, age: int) -> Iterator[None]:
    """Write down that, and when, a training diverged, if it does in here."""
    try:
        yield
    except FloatingPointError as error:
        run.revise(diverged={"age": age, "why": str(error)})
        raise FloatingPointError(f"{error}; {run.path} keeps what it was at age {run.ages[-1]}") from None


def _conclude(run: Run, train: Dataset, test: Dataset, seed: int) -> None:
    """Write down in which scores a training came no further than independent sites, or a single guess."""
    known = run.record.get("baselines") or baselines(test, train, seed)
    row = next((row for row in run.log() if int(row["age"]) == run.chosen()), {})
    run.revise(baselines=known, no_better=no_better(row, known))


def _decide(run: Run, age: int, full: Mapping[str, Any]) -> tuple[Run, bool]:
    """The run with its best age so far, and whether it is to stop.

    Of the log count ages that a training saves which was never stopped and always had as many updates.
    """
    if (score := full["stop_on"]) is None:
        return run, False
    counted = set(saved_ages(full))
    log = [row for row in run.log() if int(row["age"]) in counted and int(row["age"]) <= age]
    best = stopping.best(log, score)
    run = run if best == run.record.get("best") else run.revise(best=best)
    return run, stopping.stopped(log, score, full["patience"])


def fitting(machine: Machine, update: Update, data: Dataset, full: Mapping[str, Any]) -> Iterator[Update]:
    """The updates of a training with these settings (`settle`), after one."""
    batches = _seen(data, full).batches(full["batch"], seed=full["seed"], start=update.age)
    options = {k: full[k] for k in ("steps", "lr", "centered", "averaged", "l1", "l2", "seed")}
    options["uncentered"] = [(a, b) for a, b in full["uncentered"]]
    options["optimizer"] = partial(torch.optim.SGD, momentum=full["momentum"]) if full["momentum"] else None
    return fit(machine, batches, BY_NAME[full["protocol"]], after=update, **options)


def _seen(data: Dataset, full: Mapping[str, Any]) -> Dataset:
    """The training rows as the training sees them: some visible entries may be hidden from it."""
    for layer in (k for k in data.columns if full["hide"] and not is_label(k)):
        data = data.hide(layer, fraction=full["hide"], seed=full["seed"])
    return data


def _log(run: Run, age: int, seconds: float, quality: Mapping[str, Any]) -> None:
    before = [row for row in run.log() if int(row["age"]) < age]
    run.write_log([*before, {"age": age, "seconds": round(seconds, 3), **flat(quality)}])


def saved_ages(full: Mapping[str, Any]) -> list[int]:
    """The ages that a training keeps: twice as many from 100 on where it has a best one to find."""
    return ages(full["updates"], 12 if full["stop_on"] else 6)


def ages(updates: int, late: int = 6) -> list[int]:
    """The ages that are kept: six a decade from 10 on, `late` a decade from 100 on, and the last.

    >>> ages(120)
    [10, 15, 22, 32, 46, 68, 100, 120]
    >>> ages(200, late=12)
    [10, 15, 22, 32, 46, 68, 100, 121, 147, 178, 200]
    """
    early, later = ([1 + i / 6 for i in range(6)], [2 + i / late for i in range(9 * late)])
    grid = (round(10**power) for power in early + later)
    return [age for age in grid if age < updates] + [updates]


def provenance(device: str) -> dict[str, Any]:
    """Where, when and with what a run is made."""
    return {
        "command": sys.argv,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"spinodal": __version__, "python": platform.python_version()}
        | {"torch": torch.__version__, "numpy": np.__version__},
        "machine": platform.platform(),
        "device": device,
        "threads": torch.get_num_threads(),
        "products": products.route(),
    }
