"""Archive: a run on disk: what the machine is, its parameters at every saved age, chains, provenance.

A run is a directory:

    run.json                    what the machine is, its schedule, how it was trained, where it came from
    ages/NNNNNNNN.safetensors   the parameters after so many updates, with a checksum inside
    resume.safetensors          parameters and chains, to go on from
    rows.safetensors            a checksum of each row that it learned from, and of each that was held out
    log.csv                     a row a saved age

Every file is written whole and then renamed, and the directory appears with all of them, so a run that was killed
can always be loaded.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from . import units as kinds
from ._version import __version__
from .errors import FormatError
from .files import table
from .files.whole import whole
from .network import Network
from .protocols import Phase, Schedule
from .state import State, Tensors
from .training import Update

FORMAT = 1
"""The format of a run directory that this version writes, and the newest that it reads."""

LATER = ("variance", "start_std", "self_coupling")
"""What runs of version 0.1 don't say of a machine: there was one choice of each, which is the default."""

Record = dict[str, Any]


# -- what a machine is, as plain values ---------------------------------------------------------


def describe(machine: Network) -> Record:
    """All of a machine but its parameters, as JSON has it."""
    return {
        "units": {k: {"kind": type(u).__name__} | vars(u) for k, u in machine.units.items()},
        "edges": machine.edges,
        "blocks": machine.blocks,
        "rate": machine.rate,
        "gain": machine.gain,
        "drawn": sorted(machine.drawn),
        **{k: getattr(machine, k) for k in LATER},
    }


def rebuild(record: Mapping[str, Any]) -> Network:
    """The machine of a description, with fresh parameters."""
    units = {k: _units(**u) for k, u in record["units"].items()}
    edges = [(a, b) for a, b in record["edges"]]
    rest = {k: record[k] for k in ("rate", "gain", "drawn")} | {k: record[k] for k in LATER if k in record}
    return Network(units, edges, record["blocks"], **rest)


def _units(kind: str, **values: Any) -> kinds.Units:
    if kind not in ("Bernoulli", "Spin", "Gaussian", "Potts"):
        raise FormatError(f'this version knows no units "{kind}": update spinodal')
    return getattr(kinds, kind)(**{k: _tuples(v) for k, v in values.items()})


def _tuples(value: Any) -> Any:
    """The tuples that JSON makes lists of."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _schedule(record: Mapping[str, Any] | None) -> Schedule | None:
    if record is None:
        return None
    phases = tuple(Phase(tuple(p["held"]), p["start"], p["weight"]) for p in record["protocol"])
    return Schedule(phases, record["steps"])


# -- tensors on disk ----------------------------------------------------------------------------


def _digest(tensors: Mapping[str, Tensor], about: str) -> str:
    """SHA-256 of names, shapes and numbers, and of what is said about them."""
    total = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        x = tensors[name]
        total.update(f"{name}{x.dtype}{tuple(x.shape)}".encode())
        total.update(x.numpy().tobytes())
    return total.hexdigest()


def _write_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    still, text = {k: x.detach().cpu().contiguous() for k, x in tensors.items()}, json.dumps(about)
    said = json.dumps({"about": about, "sha256": _digest(still, text)})
    with whole(path) as out:
        out.write(to_bytes(still, {"spinodal": said}))  # one entry: several come in any order, so other bytes


def _read_tensors(path: Path) -> tuple[Tensors, Record]:
    """The tensors of a file and what is said about them. Raises FormatError where it is damaged."""
    try:
        with safe_open(path, "pt") as source:
            metadata, tensors = source.metadata() or {}, {k: source.get_tensor(k) for k in source.keys()}  # noqa: SIM118
        said = json.loads(metadata["spinodal"])
        about, digest = said["about"], said["sha256"]
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path} is damaged ({error}): take another age, or train anew") from None
    if digest != _digest(tensors, json.dumps(about)):
        raise FormatError(f"{path} is damaged (its checksum is wrong): take another age, or train anew")
    return tensors, about


# -- a run --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A run directory: `record` is its run.json."""

    path: Path
    record: Record

    @staticmethod
    def create(
        path: Path,
        machine: Network,
        more: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        age: int = 0,
        rows: Tensors | None = None,
    ) -> Run:
        """A new run of one age, which appears whole; rows: `marks` of its data, "train" and "held_out".

        Raises FileExistsError for what is not to be overwritten.
        """
        check_free(path, overwrite)
        record = {"format": FORMAT, "spinodal": __version__, "machine": describe(machine)}
        record["schedule"] = asdict(machine.schedule) if machine.schedule else None
        record |= {"training": {}, "source": {}, "data": {"notes": {}}, **(more or {})}
        with _whole_folder(path) as part:
            (part / "ages").mkdir()
            run = Run(part, record)
            run._write_record()
            run.save(machine, Update(age), seconds=0.0)
            if rows:
                run.write_rows(rows)
        return Run.open(path)

    @staticmethod
    def open(path: str | Path) -> Run:
        """The run in a directory. Raises FileNotFoundError, or FormatError for what isn't one that we can read."""
        path = Path(path)
        if not (path / "run.json").is_file():
            raise FileNotFoundError(f"{path} is not a run: it has no run.json")
        try:
            record = json.loads((path / "run.json").read_text())
            version = int(record["format"])
        except (ValueError, KeyError, TypeError):
            raise FormatError(f"{path / 'run.json'} is damaged: it is not the JSON of a run") from None
        if version > FORMAT:
            raise FormatError(
                f"{path} has run format {version}, by spinodal {record.get('spinodal')}; this is {__version__}, which "
                f"reads up to {FORMAT}: update spinodal"
            )
        if missing := {"machine", "schedule", "training", "source", "data"} - record.keys():
            raise FormatError(f"{path / 'run.json'} is damaged: it doesn't say {', '.join(sorted(missing))}")
        return Run(path, record)

    def _write_record(self) -> None:
        with whole(self.path / "run.json") as out:
            out.write(json.dumps(self.record, indent=1, ensure_ascii=False).encode())

    def revise(self, **more: Any) -> Run:
        """The run with some entries of its record changed, on disk too."""
        run = Run(self.path, self.record | more)
        run._write_record()
        return run

    @property
    def ages(self) -> list[int]:
        """The saved ages, from the youngest."""
        return sorted(int(p.stem) for p in (self.path / "ages").glob("[0-9]*.safetensors"))

    def chosen(self, age: int | None = None) -> int:
        """This saved age; by default the best, where the training chose one, else the last.

        Warns, where none is named, of a training that diverged: the ages on disk are from before. Raises ValueError for
        an age that isn't there.
        """
        if not self.ages:
            raise FormatError(f"{self.path} has no saved age left")
        best, diverged = self.record.get("best") or {"age": self.ages[-1]}, self.record.get("diverged")
        if age is None and diverged:
            warnings.warn(f"{self.path} diverged at age {diverged['age']}, so age {best['age']} of it is taken: "
                          f"{diverged['why']}", stacklevel=1)  # fmt: skip
        age = int(best["age"]) if age is None else age
        if age not in self.ages:
            raise ValueError(f"{self.path} has no age {age}; it has {', '.join(map(str, self.ages))}")
        return age

    def machine(self, age: int | None = None) -> Network:
        """The machine at a saved age, by default the one that is `chosen`."""
        return self._machine(_read_tensors(self._file_of(self.chosen(age)))[0])

    def _file_of(self, age: int) -> Path:
        return self.path / "ages" / f"{age:08d}.safetensors"

    def _machine(self, tensors: Tensors) -> Network:
        try:
            machine = rebuild(self.record["machine"]).to(next(iter(tensors.values())).dtype)
            machine.schedule = _schedule(self.record["schedule"])
            machine.load_state_dict(tensors)
        except (KeyError, TypeError, AttributeError, RuntimeError):
            raise FormatError(f"{self.path}: the parameters are not those of the machine in run.json") from None
        return machine

    # -- going on ----------------------------------------------------------------------------

    def save(self, machine: Network, update: Update, seconds: float, lasting: bool = True) -> None:
        """Keep what is needed to go on after an update; `lasting`: keep the age for good."""
        parameters = machine.state_dict()
        if lasting:
            _write_tensors(self._file_of(update.age), parameters, {"age": update.age})
        protocol = machine.schedule.protocol if machine.schedule else ()
        last = {i: update.last[i] for i, phase in enumerate(protocol) if phase.start == "last" and i in update.last}
        about = {"age": update.age, "seconds": seconds, "times": {i: s.time for i, s in last.items()}}
        own = {f"parameter/{k}": x for k, x in parameters.items()}
        own |= {f"memory/{k}": x for k, x in update.memory.items()}
        _write_tensors(self.path / "resume.safetensors", own | _chains(last), about)

    def resume(self, device: str = "cpu") -> tuple[Network, Update, float]:
        """The machine on a device, the update to go on after, and the seconds it has taken so far."""
        tensors, about = _read_tensors(self.path / "resume.safetensors")
        tensors = {k: x.to(device) for k, x in tensors.items()}
        own, memory = _under("parameter/", tensors), _under("memory/", tensors)
        last = {int(i): _state(tensors, i, time) for i, time in about["times"].items()}
        return self._machine(own).to(device), Update(about["age"], last=last, memory=memory), about["seconds"]

    # -- its data ----------------------------------------------------------------------------

    def rows(self) -> Tensors:
        """The `marks` of its rows, "train" and "held_out", each int64 (n,); none where an older version made it."""
        path = self.path / "rows.safetensors"
        return _read_tensors(path)[0] if path.exists() else {}

    def write_rows(self, rows: Tensors) -> None:
        """Write the marks of its rows anew."""
        _write_tensors(self.path / "rows.safetensors", rows, {})

    def sweep(self) -> None:
        """Remove what is left of files that killed processes wrote here. Only for who is alone in writing here."""
        for name in ("run.json", "log.csv", "resume.safetensors", "rows.safetensors", "ages/*.safetensors"):
            place = self.path / name
            for part in place.parent.glob(f".{place.name}.*.part"):
                part.unlink()

    # -- the log -----------------------------------------------------------------------------

    def log(self) -> list[dict[str, str]]:
        """The rows of log.csv, one a saved age."""
        path = self.path / "log.csv"
        return list(csv.DictReader(io.StringIO(path.read_text()))) if path.exists() else []

    def write_log(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write log.csv anew."""
        table.write_rows(self.path / "log.csv", rows)


def check_free(path: Path, overwrite: bool) -> None:
    """Raises FileExistsError where a new run can't be: at another run, without overwrite, or at what is none."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not (path / "run.json").exists():
        raise FileExistsError(f"{path} is not a run: it stays as it is; choose another place")
    if not overwrite:
        raise FileExistsError(f"{path} exists: --resume goes on with it, --overwrite begins anew")


@contextmanager
def _whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; it gets its name when all went well, in place of what had it."""
    part, old = (path.with_name(f".{path.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if path.exists():
            path.rename(old)
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _chains(last: Mapping[int, State]) -> Tensors:
    return {
        f"chain/{i}/{part}/{layer}": x
        for i, state in last.items()
        for part, tensors in (("potential", state.potential), ("shown", state.shown))
        for layer, x in tensors.items()
    }


def _state(tensors: Tensors, phase: str, time: int) -> State:
    potential, shown = (_under(f"chain/{phase}/{part}/", tensors) for part in ("potential", "shown"))
    return State(potential, shown, time)


def _under(start: str, tensors: Tensors) -> Tensors:
    """The tensors whose names begin so, under the rest of their names."""
    return {k.removeprefix(start): x for k, x in tensors.items() if k.startswith(start)}


# -- for people in a hurry ----------------------------------------------------------------------


def save(machine: Network, path: str | Path, age: int = 0, overwrite: bool = False) -> None:
    """Write a machine as a run of one age: its units, symbols, schedule and parameters.

    Raises FileExistsError where there is something, unless it is a run to overwrite.
    """
    Run.create(Path(path), machine, overwrite=overwrite, age=age)


def load(path: str | Path, age: int | None = None) -> Network:
    """The machine of a run at a saved age; by default the best, where the training chose one, else the last.

    >>> import tempfile, torch, spinodal as sp
    >>> machine = sp.rbm(sp.Bernoulli(8), visible=sp.Potts(6, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sp.save(machine, f"{folder}/run")
    ...     again = sp.load(f"{folder}/run")
    >>> all(torch.equal(x, y) for x, y in zip(machine.parameters(), again.parameters()))
    True
    """
    return Run.open(path).machine(age)
