"""Archive: a run directory: the machine, its parameters at every saved age, its chains, and its provenance.

A run is a directory:

    run.json                    the machine, its schedule, the settings, the source of the data (`record`)
    ages/NNNNNNNN.safetensors   the parameters after so many updates
    resume.safetensors          parameters and chains, from which a training resumes
    rows.safetensors            a checksum of each training row, and of each held-out row
    confidence/NNNNNNNN.safetensors     how far predictions of this age can be trusted (`confidence`)
    log.csv                     the scores of each saved age in a row (`log`)

An exported model is a run of one age under other names (`layout`). Each file has a checksum inside, so damage is found.

Every file is written whole and then renamed, and the directory appears with all of them at once. So a run that was
killed can always be loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor

from .. import ranges
from .._version import __version__
from ..errors import FormatError, one_line
from ..files import hub
from ..files.atomic import atomic_file, atomic_folder, check_folder, hidden_name, resolve_links
from ..learning.fit import Update
from ..machines.dynamics import Machine
from ..machines.guidance import guided
from ..machines.protocols import Phase, Schedule, labels_of, name_of
from ..machines.registry import KINDS, kind_of
from ..machines.state import Tensors
from ..machines.units import Units
from ..ranks import ALONE, Ranks
from . import chains
from . import log as logs
from . import record as records
from .layout import RUN, Layout, layout_of
from .record import FORMAT, Record
from .settings import Settings, Source
from .values import NOT_GIVEN

ANEW = "the saved ages stay; to resume, train anew"
"""How to mend resume.safetensors."""

BEFORE = {"balance": 0.0, "label_weight": 1.0, "averaging": 0.0, "curvature_limit": 0.0, "stop_on": "",
          "guidance": 0.0}  # fmt: skip
"""What trainings had before there were such settings, or rules for them."""

# -- what a machine is, as plain values ---------------------------------------------------------


def describe(machine: Machine) -> Record:
    """All of a machine but its parameters, as JSON has it. Raises ValueError for an unregistered kind.

    A network has no "kind", as runs of older versions have none.
    """
    kind, units = kind_of(machine), {k: {"kind": type(u).__name__} | vars(u) for k, u in machine.units.items()}
    return {**({} if kind == records.NETWORK else {"kind": kind}), "units": units, **machine.describe()}


def rebuild(record: Mapping[str, Any]) -> Machine:
    """The machine of a description, with fresh parameters."""
    return _class_of(record).rebuild(_units(record), record)


def shapes(record: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of all parameters and frozen couplings of a description, by their names; nothing is allocated."""
    return _class_of(record).shapes(_units(record), record)


def _class_of(record: Mapping[str, Any]) -> type[Machine]:
    return KINDS[record.get("kind", records.NETWORK)]


def _units(record: Mapping[str, Any]) -> dict[str, Units]:
    return {k: records.units(u) for k, u in record["units"].items()}


def _schedule(record: Mapping[str, Any] | None) -> Schedule | None:
    if record is None:
        return None
    phases = tuple(Phase(tuple(p["held"]), p["start"], p["weight"]) for p in record["protocol"])
    return Schedule(phases, record["steps"], record.get("guidance", 0.0))


def checksum(machine: Machine) -> str:
    """SHA-256 of a machine: of what it is, and of its parameters."""
    parameters = {k: x.detach().cpu().contiguous() for k, x in machine.state_dict().items()}
    return _digest(parameters, json.dumps(describe(machine), sort_keys=True))


# -- tensors on disk ----------------------------------------------------------------------------


class About(msgspec.Struct):
    """The age of tensors; of those to resume from also the seconds so far, and the times of the chains.

    held_out: the SHA-256 of the held-out rows that tensors were measured on.
    """

    age: records.Whole = 0
    held_out: str = ""
    seconds: records.Positive = 0.0
    times: dict[str, records.Whole] = {}


def _digest(tensors: Mapping[str, Tensor], about: str) -> str:
    """SHA-256 of names, shapes and numbers, and of what is written about them."""
    total = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        x = tensors[name]
        total.update(f"{name}{x.dtype}{tuple(x.shape)}".encode())
        total.update(x.numpy().tobytes())
    return total.hexdigest()


def _write_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    still, text = {k: x.detach().cpu().contiguous() for k, x in tensors.items()}, json.dumps(about)
    said = json.dumps({"about": about, "sha256": _digest(still, text)})
    with atomic_file(path) as out:
        out.write(to_bytes(still, {"spinodal": said}))  # one entry: the order of several, and so the bytes, may change


def _read_tensors(path: Path, mend: str = RUN.mend) -> tuple[Tensors, About]:
    """The tensors of a file, and what is written about them. Raises FormatError where it is damaged."""
    try:
        with safe_open(path, "pt") as source:
            metadata, tensors = source.metadata() or {}, {k: source.get_tensor(k) for k in source.keys()}  # noqa: SIM118
        said = json.loads(metadata["spinodal"])
        about, digest = msgspec.convert(said["about"], About), said["sha256"]
    except (SafetensorError, msgspec.ValidationError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path} is damaged ({one_line(error)}): {mend}") from None
    if digest != _digest(tensors, json.dumps(said["about"])):
        raise FormatError(f"{path} is damaged (its checksum is wrong): {mend}")
    return tensors, about


# -- a run --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A run directory; record: its run.json; sealed: with a checksum (older runs have none); layout: file names."""

    path: Path
    record: Record
    sealed: bool = True
    layout: Layout = RUN

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}: {', '.join(self.record.get('machine', {}).get('units', ()))})"

    @staticmethod
    def create(
        path: Path,
        machine: Machine,
        more: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        age: int = 0,
        after: Update | None = None,
        rows: Tensors | None = None,
    ) -> Run:
        """A new run directory of one age, which appears whole; rows: `locating.marks`; after: the update of this age.

        Raises FileExistsError where something is there, unless it is a run and `overwrite` is set.
        """
        ranges.integer("age", age, 0)
        check_free(path, overwrite)
        said = {"format": FORMAT, "spinodal": __version__, "machine": describe(machine)}
        said["schedule"] = asdict(machine.schedule) if machine.schedule else None
        said |= {"training": {}, "source": {}, "data": {"notes": {}}, **(more or {})}
        records.unpacked(records.packed(said), path / "run.json")  # raises what reading it would raise
        with _whole_folder(path) as part:
            (part / "ages").mkdir()
            run = Run(part, said)
            run._write_record()
            run.save(machine, after or Update(age), seconds=0.0)
            if rows:
                run.write_rows(rows)
        return Run.open(path)

    @staticmethod
    def open(path: str | Path) -> Run:
        """The run in a directory, or a model, also on the hub (`hub.local`). Raises FileNotFoundError, FormatError."""
        if (layout := layout_of(path := hub.local(path))) is None:
            raise FileNotFoundError(f"{path} is not a run: it has no run.json")
        return Run(path, *records.unpacked((path / layout.record).read_bytes(), path / layout.record), layout)

    def _write_record(self) -> None:
        with atomic_file(self.path / self.layout.record) as out:
            out.write(records.packed(self.record))

    def revise(self, **more: Any) -> Run:
        """The run with some fields of its record changed, also on disk. An older run gets checksums."""
        run = replace(self, record=self.record | more, sealed=True)
        if not self.sealed and (rows := self.log()):
            run.write_log(rows)
        run._write_record()
        return run

    @property
    def settings(self) -> Settings:
        """The settings that it was trained with, as far as run.json has them."""
        return Settings.read(self.training)

    @property
    def training(self) -> dict[str, Any]:
        """The settings as run.json has them, in today's words.

        Older runs call "fef" what is now "fef-chain", and "int8x2" what is now "exact"; the oldest have no precision,
        which was float32. What they don't have was as in `BEFORE`.
        """
        own, schedule = self.record["training"], _schedule(self.record["schedule"])
        name = name_of(schedule.protocol) if schedule else None
        if not own:
            return own
        own = own | {"protocol": name} if name and own.get("protocol") else own
        precision = own.get("precision", "float32")
        own = BEFORE | {k: x for k, x in own.items() if x is not None}
        return own | {"precision": {"int8x2": "exact"}.get(precision, precision)}

    @property
    def source(self) -> Source:
        """Where its data came from, as far as run.json has it."""
        source = Source.read(self.record["source"])
        return replace(source, split=NOT_GIVEN) if source.test else source  # older versions wrote both

    @property
    def ages(self) -> list[int]:
        """The saved ages, from the youngest."""
        return self.layout.ages(self.path, self.record)

    def chosen(self, age: int | None = None) -> int:
        """The age that is named; by default the best, where the training chose one, else the last.

        Where none is named and the training diverged, a warning says so: the ages on disk are from before. Raises
        ValueError for an age that isn't saved.
        """
        if not self.ages:
            raise FormatError(f"{self.path} has no saved age left")
        best, diverged = self.record.get("best") or {"age": self.ages[-1]}, self.record.get("diverged")
        if age is None and diverged:
            warnings.warn(f"{self.path} diverged at age {diverged['age']}, so its age {best['age']} is taken: "
                          f"{diverged['why']}", stacklevel=1)  # fmt: skip
        age = int(best["age"]) if age is None else ranges.integer("age", age, 0)
        if age not in self.ages:
            raise ValueError(f"{self.path} has no age {age}; it has {', '.join(map(str, self.ages))}")
        return age

    def seed(self, seed: int | None = None) -> int:
        """The seed of scores: the one that is named; by default that of the training, by which its log was measured."""
        return int(self.settings.seed or 0) if seed is None else seed

    def machine(self, age: int | None = None) -> Machine:
        """The machine at a saved age, by default at the one that is `chosen`, with the guidance of the run."""
        path = self._file_of(age := self.chosen(age))
        tensors, about = _read_tensors(path, self.layout.mend)
        if about.age != age:
            raise FormatError(f"{path} holds age {about.age}, and not {age}: {self.layout.mend}")
        machine = self._machine(tensors, path, self.layout.mend)
        found = self.record.get("guidance")  # what the training chose
        return guided(machine, found["value"]) if found else machine

    def guided(self, guidance: float | None) -> Run:
        """The same run, whose machines have this guidance (`guidance.guided`); None: that of the run itself.

        Raises ValueError for a number below 0, and for a run without labels, or that has not been trained.
        """
        if guidance is None:
            return self
        ranges.not_negative("guidance", guidance)
        if self.record["schedule"] is None or not labels_of(_units(self.record["machine"])):
            raise ValueError(f"a guidance is of a run that was trained with labels, and {self.path} is none")
        return replace(self, record=self.record | {"guidance": {"value": guidance}})

    def _file_of(self, age: int) -> Path:
        return self.path / self.layout.parameters.format(age=age)

    def _machine(self, tensors: Tensors, path: Path, mend: str) -> Machine:
        """The machine of the record with the parameters of a file, whose shapes are compared before memory is taken."""
        try:
            wanted, there = shapes(self.record["machine"]), {k: tuple(x.shape) for k, x in tensors.items()}
            if strange := [k for k in {**wanted, **there} if wanted.get(k) != there.get(k)]:
                k = strange[0]
                raise FormatError(f"{path}: the parameters are not those of the machine in {self.layout.record} ({k} "
                                  f"has the shape {there.get(k)}, not {wanted.get(k)}): {mend}")  # fmt: skip
            machine = rebuild(self.record["machine"])
            machine.to(next(iter(tensors.values())))
            machine.schedule = _schedule(self.record["schedule"])
            machine.load_state_dict(tensors)
        except FormatError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
            raise FormatError(f"{self.path / self.layout.record} is damaged: it is not the machine of the parameters "
                              f"({one_line(error)}): restore it from a copy") from None  # fmt: skip
        return machine

    # -- saving and resuming -----------------------------------------------------------------

    def save(
        self, machine: Machine, update: Update, seconds: float, lasting: bool = True, ranks: Ranks = ALONE
    ) -> None:
        """Save what a training needs to resume after an update; `lasting`: save the age for good, too.

        An age has the mean of the parameters, where the training takes one. Rank 0 writes, the chains of all ranks.
        """
        parameters = machine.state_dict()
        last = {i: chains.gathered(state, ranks) for i, state in chains.persistent(machine, update).items()}
        if not ranks.is_first:
            return
        if lasting:
            self.write_age({**parameters, **update.mean}, update.age)
        about = {"age": update.age, "seconds": seconds, "times": {i: s.time for i, s in last.items()}}
        own = {f"parameter/{k}": x for k, x in parameters.items()}
        own |= {f"memory/{k}": x for k, x in update.memory.items()} | {f"mean/{k}": x for k, x in update.mean.items()}
        _write_tensors(self.path / "resume.safetensors", own | chains.to_tensors(last), about)

    def write_age(self, parameters: Tensors, age: int) -> None:
        """Write the parameters of an age."""
        _write_tensors(self._file_of(age), parameters, {"age": age})

    def resume(self, device: str = "cpu", ranks: Ranks = ALONE) -> tuple[Machine, Update, float]:
        """The machine on a device, the update after which the training resumes, and the seconds it has taken so far.

        Rank 0 reads, and each rank gets the chains of its share of the rows.
        """
        path = self.path / "resume.safetensors"
        tensors, about = _sent(*(_read_tensors(path, ANEW) if ranks.is_first else ({}, About())), ranks)
        tensors = {k: x.to(device) for k, x in tensors.items()}
        own, memory, mean = (chains.under(f"{part}/", tensors) for part in ("parameter", "memory", "mean"))
        last = {
            int(i): chains.share_of(chains.from_tensors(tensors, i, time), ranks) for i, time in about.times.items()
        }
        return self._machine(own, path, ANEW), Update(about.age, last=last, memory=memory, mean=mean), about.seconds

    # -- its data ----------------------------------------------------------------------------

    def rows(self) -> Tensors:
        """The `marks` of its rows, "train" and "held_out", each int64 (n,); none of a run of an older version."""
        path = self.path / "rows.safetensors"
        return _read_tensors(path)[0] if path.exists() else {}

    def write_rows(self, rows: Tensors) -> None:
        """Replace the marks of its rows."""
        _write_tensors(self.path / "rows.safetensors", rows, {})

    # -- what its held-out rows say ----------------------------------------------------------

    def confidence(self, age: int) -> Tensors:
        """What `write_confidence` wrote beside an age; {} where there is nothing."""
        path = self._confidence_of(age)
        return _read_tensors(path, self.layout.mend_confidence)[0] if path.exists() else {}

    def write_confidence(self, age: int, tensors: Tensors, held_out: str) -> None:
        """Write beside an age how far its predictions can be trusted; held_out: the SHA-256 of the rows that say so."""
        path = self._confidence_of(age)
        path.parent.mkdir(exist_ok=True)
        _write_tensors(path, tensors, {"age": age, "held_out": held_out})

    def _confidence_of(self, age: int) -> Path:
        return self.path / self.layout.confidence.format(age=age)

    # -- tidying up --------------------------------------------------------------------------

    def sweep(self) -> None:
        """Remove half-written files of killed processes. Call it only while no other process writes here (`lock`)."""
        folders = ("ages/*.safetensors", "confidence/*.safetensors")
        for name in ("run.json", "log.csv", "resume.safetensors", "rows.safetensors", *folders):
            place = self.path / name
            for part in place.parent.glob(f".{place.name}.*.part"):
                part.unlink()

    def thin(self) -> None:
        """Remove all ages but the one that is taken, and what a training resumes from."""
        taken = (self.record.get("best") or {"age": max(self.ages)})["age"]
        others = [of(age) for age in set(self.ages) - {taken} for of in (self._file_of, self._confidence_of)]
        for path in (*others, self.path / "resume.safetensors"):
            path.unlink(missing_ok=True)

    # -- the log -----------------------------------------------------------------------------

    def log(self) -> list[dict[str, str]]:
        """The rows of log.csv, one for each saved age. Raises FormatError where it is damaged or cut off."""
        path, saved = self.path / "log.csv", self.ages  # ages first: a training logs one before it saves it
        if not path.exists():
            return []
        rows = logs.unpacked(path.read_bytes(), path, self.sealed)
        logged = {int(row["age"]) for row in rows}
        first = min(logged, default=0)
        if lost := [age for age in saved if age > first and age not in logged and self.record["training"]]:
            raise logs.damaged(path, f"it lacks the saved age {lost[0]}")
        return rows

    def scores(self) -> list[dict[str, str]]:
        """The log, with the scores of the taken age as its machine makes rows: with the guidance that was chosen."""
        own = self.record.get("guidance") or {}
        cells = {name: str(x) for name, x in own.get("scores", {}).items()}
        return [row | cells if int(row["age"]) == own.get("age") else row for row in self.log()]

    def row(self, age: int | None = None) -> dict[str, str]:
        """The row of `scores` at a saved age, by default the one that is `chosen`; {} where the log has none of it."""
        age = self.chosen(age)
        return next((row for row in self.scores() if int(row["age"]) == age), {})

    def write_log(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace log.csv."""
        with atomic_file(self.path / "log.csv") as out:
            out.write(logs.packed(rows))


def check_free(path: Path, overwrite: bool, resumes: bool = False) -> None:
    """Raises FileExistsError where a run is there and overwrite isn't set, or where something else is there.

    resumes: whether the error may offer to resume the run, which trainings do.

    Raises OSError where the folder takes no files.
    """
    if _is_free(path):
        check_folder(next(place for place in (path, *path.absolute().parents) if place.exists()), path)
    elif not (path / "run.json").exists():
        raise FileExistsError(f"{path} is not a run, and stays as it is: choose another place")
    elif not overwrite:
        resume = "--resume resumes it, " if resumes else ""
        raise FileExistsError(f"{path} exists: {resume}--overwrite replaces it")


def _is_free(path: Path) -> bool:
    """Whether nothing or an empty folder is there."""
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


@contextmanager
def _whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill. It gets its name at the end, if nothing went wrong, in place of the run that had it."""
    if _is_free(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_folder(path) as part:
            yield part
        return
    path = resolve_links(path)
    part, old = hidden_name(path), hidden_name(path, f"{os.getpid()}.old")
    shutil.rmtree(part, ignore_errors=True)  # left by a killed process of the same number
    try:
        part.mkdir()
        yield part
        path.rename(old)
        part.rename(path)
    except BaseException:
        if old.exists():
            old.rename(path)
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _sent(tensors: Tensors, about: About, ranks: Ranks) -> tuple[Tensors, About]:
    """What rank 0 has read, on every rank."""
    if ranks.count == 1:
        return tensors, about
    told = ranks.tell(msgspec.to_builtins(about))
    return from_bytes(ranks.send(to_bytes(tensors) if ranks.is_first else b"")), msgspec.convert(told, About)
