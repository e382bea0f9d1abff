"""Record: run.json: what a run says of itself, field by field, and the checksum that tells whether it still does.

The checksum, under "sha256", is of all other fields, whatever their order and the spaces between them. A file without
one was made by an older version, or its line was taken out by who changed the file by hand: it is read, and every field
is checked for its type and range alike.
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
from ..machines.registry import KINDS
from ..machines.units import KINDS as UNITS
from ..machines.units import Units

FORMAT = 1
"""The format of a run directory that this version writes, and the newest that it reads."""

SUM = "sha256"
"""The field of the checksum."""

Record = dict[str, Any]
T = TypeVar("T")

# -- what there is, field by field --------------------------------------------------------------

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
    start: Literal["random", "data", "last"]
    weight: Finite


class Schedule(Struct):
    """What a machine was trained for."""

    protocol: list[Phase]
    steps: Count


class Training(Struct):
    """The settings of a training (`runs.DEFAULTS`); older runs don't say all of them."""

    machine: str | None = None
    gain: Positive | None = None
    rate: Positive | None = None
    variance: str | None = None
    start_std: Positive | None = None
    self_coupling: bool | None = None
    protocol: str | None = None
    steps: Count | None = None
    hidden: Whole | list[Whole] | None = None
    updates: Count | None = None
    batch: Count | None = None
    lr: Positive | None = None
    seed: int | None = None
    drawn: Texts | None = None
    std: Positive | None = None
    rest: bool | None = None
    hide: Positive | None = None
    centered: bool | None = None
    uncentered: list[tuple[str, str]] | None = None
    averaged: bool | None = None
    momentum: Positive | None = None
    l1: Positive | None = None
    l2: Positive | None = None
    precision: str | None = None
    stop_on: str | None = None
    patience: Annotated[float, Meta(ge=1, le=1e300)] | None = None


class Source(Struct):
    """Where the data came from (`sources.KEYS`)."""

    data: str | None = None
    labels: str | None = None
    label: str | Texts | None = None
    where: dict[str, str] | None = None
    split: str | Positive | None = None
    test: str | None = None
    sample: Count | None = None
    reweight: Positive | None = None
    alphabet: str | None = None
    unknown: str | None = None
    kinds: dict[str, str] | None = None
    match: bool | None = None
    missing: Texts | None = None


class HeldOut(Struct):
    """What the scores of the log are measured on."""

    rows: Whole
    n: Whole
    sha256: str


class Notes(Struct):
    """What formats say of the data, where others read it; `Schema` and `Standard` check their own."""

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
    """What a run learned from."""

    notes: Notes
    rows: Whole | None = None
    sha256: str | None = None
    held_out: HeldOut | None = None
    labels: dict[str, dict[str, Whole]] | None = None


class Provenance(Struct):
    """Where, when and with what a run was made."""

    command: Texts
    versions: dict[str, str]
    started: str | None = None
    machine: str | None = None
    device: str | None = None
    threads: Whole | None = None
    products: str | None = None


class Best(Struct):
    """The age that a training chose, and the score that it is best by."""

    score: str
    age: Whole
    value: Finite


class Diverged(Struct):
    """Where a training diverged, and why."""

    age: Whole
    why: str


class Said(Struct):
    """All of run.json but its checksum."""

    format: Count
    machine: Machine
    schedule: Schedule | None
    training: Training
    source: Source
    data: Data
    spinodal: str | None = None
    provenance: Provenance | None = None
    best: Best | None = None
    diverged: Diverged | None = None
    baselines: dict[str, Finite] | None = None
    no_better: Texts | None = None
    seconds: Positive | None = None


# -- from bytes and to bytes --------------------------------------------------------------------


def packed(record: Mapping[str, Any]) -> bytes:
    """The bytes of run.json: the checksum first, so that its line can be taken out."""
    plain = json.loads(json.dumps(record))
    text = json.dumps({SUM: digest(plain), **plain}, indent=1, ensure_ascii=False)
    return text.encode(errors="backslashreplace")  # names of files that are no text stay what they are


def unpacked(raw: bytes, path: object) -> tuple[Record, bool]:
    """What the run.json at a path says, but its checksum, and whether it had one.

    Raises FormatError where it is damaged, which says how to mend it.
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
        raise FormatError(f"{path} is damaged: it doesn't say {', '.join(missing)}")
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
    """The record and its checksum, None where there is none. Its format is a number."""
    try:
        record = json.loads(raw)
        checksum = record.pop(SUM, None)
        msgspec.convert(record["format"], Count)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, msgspec.ValidationError) as error:
        where = f" ({one_line(error)})" if isinstance(error, json.JSONDecodeError) else ""
        raise FormatError(f"{path} is damaged: it is not the JSON of a run{where}: restore it from a copy") from None
    return record, checksum


def _check(record: Record, path: object) -> None:
    """Raises FormatError for a field that isn't what it should be, and how to mend it."""
    _converted(record, Said, "", path)
    _check_machine(record["machine"], path)
    try:
        Schema.of(record["data"]["notes"]), Standard.of(record["data"]["notes"])
    except FormatError as error:
        raise FormatError(f"{path} is damaged: {error} Restore it from a copy.") from None


def _check_machine(machine: Record, path: object) -> None:
    """Raises FormatError for unregistered units and kinds of machines, and for fields that they can't have."""
    if (kind := machine.get("kind", NETWORK)) not in KINDS:
        raise FormatError(f'{path}: there is no kind of machine "{kind}": import the module that registers it, or '
                          "update spinodal")  # fmt: skip
    if kind == NETWORK:
        _converted(machine, Network, "machine", path)
    for name, layer in machine["units"].items():
        if (kind := str(layer.get("kind"))) not in UNITS:
            raise FormatError(f'{path}: there are no units "{kind}": import the module that defines them, or update '
                              "spinodal")  # fmt: skip
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
