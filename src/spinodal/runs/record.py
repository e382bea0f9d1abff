"""Record: run.json: the fields that describe a run, with their types, and the checksum of the file.

The checksum, under "sha256", is of all other fields, and doesn't depend on their order and on spaces. A file without a
checksum was made by an older version, or somebody removed the checksum to change the file by hand. Such a file is read,
too, and the type and the range of every field are checked alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from .._version import __version__
from ..data.schema import Schema
from ..data.standard import Standard
from ..errors import FormatError, one_line
from .settings import Settings, Source

FORMAT = 1
"""The format of a run directory that this version writes, and the newest that it reads."""

SUM = "sha256"
"""The field of the checksum."""

Record = dict[str, Any]

# -- the fields and their types ----------------------------------------------------------------

Whole = Annotated[int, Meta(ge=0, le=2**62)]
Count = Annotated[int, Meta(ge=1, le=2**62)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
Positive = Annotated[float, Meta(ge=0, le=1e300)]
Texts = list[str]


class Sized(Struct, forbid_unknown_fields=True):
    """Units of one number each."""

    size: Count


class Letters(Struct, forbid_unknown_fields=True):
    """Potts units."""

    sites: Count
    colors: Count
    states: list[Count] = []
    symbols: list[str | Texts] = []


LAYERS: dict[str, type[Struct]] = {"Bernoulli": Sized, "Spin": Sized, "Gaussian": Sized, "Potts": Letters}
"""The fields of a layer, by the kind of its units."""


class Machine(Struct):
    """A machine without its parameters; runs of version 0.1 lack the last three fields."""

    units: dict[str, dict[str, Any]]  # by LAYERS
    edges: list[tuple[str, str]]
    blocks: list[Texts]
    rate: Annotated[float, Meta(gt=0, le=1)]
    gain: Positive
    drawn: Texts
    variance: Literal["fan-in", "visible", "both"] = "fan-in"
    start_std: Positive = 1.0
    self_coupling: bool = True


class Phase(Struct):
    """A phase of a protocol."""

    held: Texts
    start: Literal["random", "data", "last"]
    weight: Finite


class Schedule(Struct):
    """The protocol and the steps that a machine was trained with."""

    protocol: list[Phase]
    steps: Count


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
    """The data that a run learned from."""

    notes: Notes
    rows: Whole | None = None
    sha256: str | None = None
    held_out: HeldOut | None = None
    labels: dict[str, dict[str, Whole]] | None = None


class Provenance(Struct):
    """Where, when and with which versions a run was made."""

    command: Texts
    versions: dict[str, str]
    started: str | None = None
    machine: str | None = None
    device: str | None = None
    threads: Whole | None = None
    products: str | None = None


class Best(Struct):
    """The age that a training chose, and the score in which it is the best."""

    score: str
    age: Whole
    value: Finite


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
    for name, layer in record["machine"]["units"].items():
        if (kind := str(layer.get("kind"))) not in LAYERS:
            raise FormatError(f'{path}: this version knows no units "{kind}": update spinodal')
        rest = {k: x for k, x in layer.items() if k != "kind"}
        _converted(rest, LAYERS[kind], f"machine.units.{name}", path)
    for name, kind_of in (("training", Settings), ("source", Source)):
        try:
            kind_of.read(record[name])
        except ValueError as error:
            raise FormatError(f"{path} is damaged: {name}.{error}: put it right, or restore it from a copy") from None
    try:
        Schema.of(record["data"]["notes"]), Standard.of(record["data"]["notes"])
    except FormatError as error:
        raise FormatError(f"{path} is damaged: {error} Restore it from a copy.") from None


def _converted(said: object, kind: type[Struct], place: str, path: object) -> None:
    try:
        msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        field = (place + where.rstrip("`")).strip(".") or "it"
        raise FormatError(
            f"{path} is damaged: {field}: {what[:1].lower()}{what[1:]}: put it right, or restore it from a copy"
        ) from None
