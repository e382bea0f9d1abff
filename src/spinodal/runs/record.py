"""Record: run.json: the fields that describe a run, with their types, and the checksum of the file.

The checksum, under "sha256", is of all other fields, and doesn't depend on their order and on spaces. A file without a
checksum was made by an older version, or somebody removed the checksum to change the file by hand. Such a file is read,
too, and the type and the range of every field are checked alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from .._version import __version__
from ..data.schema import Schema
from ..data.standard import Standard
from ..errors import FormatError, one_line
from ..machines import network  # registers its kind  # noqa: F401
from ..machines.neural import machine as neural  # registers its kind, too  # noqa: F401
from ..machines.registry import KINDS
from ..machines.units import KINDS as UNITS
from ..machines.units import Units
from .settings import Settings, Source

FORMAT = 1
"""The format of a run directory that this version writes, and the newest that it reads."""

SUM = "sha256"
"""The field of the checksum."""

Record = dict[str, Any]
T = TypeVar("T")

# -- the fields and their types ----------------------------------------------------------------

Whole = Annotated[int, Meta(ge=0, le=2**62)]
Count = Annotated[int, Meta(ge=1, le=2**62)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
Positive = Annotated[float, Meta(ge=0, le=1e300)]
Texts = list[str]


NETWORK = "network"
"""The kind of a machine that doesn't say its kind."""


class Network(Struct):
    """What a network is, but for its units and parameters; runs of version 0.1 don't say the last three."""

    edges: list[tuple[str, str]]
    blocks: list[Texts]
    rate: Annotated[float, Meta(gt=0, le=1)]
    gain: Positive
    drawn: Texts
    variance: Literal["fan-in", "visible", "both"] = "fan-in"
    start_std: Positive = 1.0
    self_coupling: bool = True


class Machine(Struct):
    """What all machines say: their kind, and the kind and the fields of the units of each layer."""

    units: dict[str, dict[str, Any]]
    kind: str = NETWORK


class Phase(Struct):
    """A phase of a protocol."""

    held: Texts
    start: Literal["random", "data", "last", "posterior"]
    weight: Finite


class Schedule(Struct):
    """The protocol and the steps that a machine was trained with, and its guidance."""

    protocol: list[Phase]
    steps: Count
    guidance: Positive = 0.0


class HeldOut(Struct):
    """The rows on which the scores of the log are measured."""

    rows: Whole
    n: Whole
    sha256: str


class Notes(Struct):
    """Notes of formats on the data that other modules read; `Schema` and `Standard` check their own."""

    image: list[Count] | None = None
    prefix: str | None = None
    roll: dict[str, int] | None = None
    tempo: Positive | None = None
    ploidy: Whole | None = None
    sites: dict[str, list[str | int]] | None = None
    legend: Texts | None = None
    snps: Texts | None = None
    centimorgans: Texts | None = None
    columns: dict[str, str] | None = None
    family: dict[str, str | None] | None = None


class Data(Struct):
    """The data that a run learned from; by_checksum: their rows are found by checksums, and not by a split."""

    notes: Notes
    rows: Whole | None = None
    sha256: str | None = None
    held_out: HeldOut | None = None
    labels: dict[str, dict[str, Whole]] | None = None
    by_checksum: bool = False


class Provenance(Struct):
    """Where, when and with which versions a run was made."""

    command: Texts
    versions: dict[str, str]
    started: str | None = None
    machine: str | None = None
    device: str | None = None
    threads: Whole | None = None
    ranks: Count | None = None
    products: str | None = None


class Best(Struct):
    """The age that a training chose, and the score in which it is the best."""

    score: str
    age: Whole
    value: Finite


class Guidance(Struct):
    """The guidance and the age that were chosen when a training ended, the quality with each, and the scores then.

    least: the fidelity of the label that comes out least often as asked for.
    """

    value: Positive
    age: Whole | None = None
    logged: Whole | None = None
    tried: dict[str, Finite] = {}
    least: Positive | None = None
    ages: dict[str, Finite] = {}
    scores: dict[str, Finite] = {}


class Diverged(Struct):
    """At which age a training diverged, and why."""

    age: Whole
    why: str


class Said(Struct):
    """All fields of run.json but its checksum."""

    format: Count
    machine: Machine
    schedule: Schedule | None
    training: dict[str, Any]  # by Settings
    source: dict[str, Any]  # by Source
    data: Data
    spinodal: str | None = None
    age: Whole | None = None  # of an exported model
    provenance: Provenance | None = None
    best: Best | None = None
    guidance: Guidance | None = None
    diverged: Diverged | None = None
    baselines: dict[str, Finite] | None = None
    rules: dict[str, str] | None = None
    no_better: Texts | None = None
    seconds: Positive | None = None


# -- from bytes and to bytes --------------------------------------------------------------------


def packed(record: Mapping[str, Any]) -> bytes:
    """The bytes of run.json: the checksum first, so that its line can be taken out."""
    plain = json.loads(json.dumps(record))
    text = json.dumps({SUM: digest(plain), **plain}, indent=1, ensure_ascii=False)
    return text.encode(errors="backslashreplace")  # names of files that are not text are kept


def unpacked(raw: bytes, path: object) -> tuple[Record, bool]:
    """The record in the bytes of a run.json, without its checksum, and whether it had one.

    Raises FormatError where it is damaged, with how to mend it.
    """
    record, checksum = _parsed(raw, path)
    if checksum is not None and checksum != digest(record):
        raise FormatError(f"{path} is damaged, or was changed by hand (its checksum is wrong): restore it from a copy; "
                          f'if you changed it yourself, remove its line "{SUM}"')  # fmt: skip
    if (version := record["format"]) > FORMAT:
        raise FormatError(
            f"{path} has run format {version}, by spinodal {record.get('spinodal')}; this is {__version__}, which "
            f"reads up to {FORMAT}: update spinodal"
        )
    if missing := [k for k in ("machine", "schedule", "training", "source", "data") if k not in record]:
        raise FormatError(f"{path} is damaged: it lacks {', '.join(missing)}")
    if checksum is None and (strange := record.keys() - set(Said.__struct_fields__)):  # a checksum's damaged name, say
        raise FormatError(
            f'{path} is damaged: there is no field "{min(strange)}": restore it from a copy, or take that out'
        )
    _check(record, path)
    return record, checksum is not None


def digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of a record as JSON has it, its keys in order, without spaces."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _parsed(raw: bytes, path: object) -> tuple[Record, object]:
    """The record, and its checksum or None. Raises FormatError where this isn't JSON with a number of the format."""
    try:
        record = json.loads(raw)
        checksum = record.pop(SUM, None)
        msgspec.convert(record["format"], Count)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, msgspec.ValidationError) as error:
        where = f" ({one_line(error)})" if isinstance(error, json.JSONDecodeError) else ""
        raise FormatError(f"{path} is damaged: it is not the JSON of a run{where}: restore it from a copy") from None
    return record, checksum


def _check(record: Record, path: object) -> None:
    """Raises FormatError for a field of another type or out of its range, with how to mend it."""
    _converted(record, Said, "", path)
    _check_machine(record["machine"], path)
    for name, kind_of in (("training", Settings), ("source", Source)):
        try:
            kind_of.read(record[name])
        except ValueError as error:
            raise FormatError(f"{path} is damaged: {name}.{error}: put it right, or restore it from a copy") from None
    try:
        Schema.of(record["data"]["notes"]), Standard.of(record["data"]["notes"])
    except FormatError as error:
        raise FormatError(f"{path} is damaged: {error} Restore it from a copy.") from None


def _check_machine(machine: Record, path: object) -> None:
    """Raises FormatError for unregistered units and kinds of machines, and for fields that they can't have."""
    if (kind := machine.get("kind", NETWORK)) not in KINDS:
        raise FormatError(f'{path}: there is no kind of machine "{kind}": import the module that registers it '
                          "(in a shell SPINODAL_IMPORT=MODULE), or update spinodal")  # fmt: skip
    if kind == NETWORK:
        _converted(machine, Network, "machine", path)
    for name, layer in machine["units"].items():
        if (kind := str(layer.get("kind"))) not in UNITS:
            raise FormatError(f'{path}: there are no units "{kind}": import the module that defines them '
                              "(in a shell SPINODAL_IMPORT=MODULE), or update spinodal")  # fmt: skip
        _as_units(layer, f"machine.units.{name}", path)


def units(said: Mapping[str, Any]) -> Units:
    """The units that a record describes. Raises FormatError for fields that they can't have."""
    return _as_units(said, "units", "run.json")


def _as_units(said: Mapping[str, Any], place: str, path: object) -> Units:
    kind, values = UNITS[said["kind"]], {k: x for k, x in said.items() if k != "kind"}
    try:
        if strange := values.keys() - {x.name for x in fields(kind)}:  # type: ignore[arg-type]
            raise _damaged(path, f"{place}: {kind.__name__} has no field {min(strange)}")
        return _converted(values, kind, place, path)
    except TypeError as error:
        raise FormatError(f"{path}: {kind.__name__} can't be read: units are frozen dataclasses of plain fields, such "
                          f"as int and tuple[int, ...] ({one_line(error)})") from None  # fmt: skip


def _converted(said: object, kind: type[T], place: str, path: object) -> T:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        field = (place + where.rstrip("`")).strip(".") or "it"
        raise _damaged(path, f"{field}: {what[:1].lower()}{what[1:]}") from None


def _damaged(path: object, what: str) -> FormatError:
    return FormatError(f"{path} is damaged: {what}: put it right, or restore it from a copy")
