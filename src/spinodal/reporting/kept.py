"""Kept: the record of an evaluation beside its run, so that `report` and `figures` measure it once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .._version import __version__
from ..evaluation import SCHEMA
from ..files.atomic import atomic_file
from ..runs.archive import Run, checksum
from ..runs.layout import RUN

FOLDER = "evaluations"
"""The folder in a run; it may be removed at any time."""

SHOWS = ("cli", "ui", "reporting/page", "reporting/plots", "reporting/figures")
"""Parts of the package that show numbers, and measure none."""

PACKAGE = Path(__file__).parents[1]

Record = dict[str, Any]


def key(run: Run, age: int, rows: tuple[str, str], how: Mapping[str, Any]) -> str:
    """By which an evaluation is found again: of the machine, the rows (SHA-256 each), and how and by what code."""
    machine = run.machine(age)
    own, measured = [checksum(machine), repr(machine.schedule)], sorted((k, repr(x)) for k, x in how.items())
    ours = [SCHEMA, __version__, code(PACKAGE), age, *own, rows, measured]
    return hashlib.sha256(json.dumps(ours).encode()).hexdigest()[:32]


@cache
def code(package: Path) -> str:
    """The SHA-256 of the source that measures: all of a package but what `SHOWS`; of nothing where it has no source."""
    found = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if not name.startswith(tuple(f"{part}/" for part in SHOWS)):
            found.update(f"{name}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def find(run: Run, name: str, intervals: int) -> Record | None:
    """The record of this key with so many draws for intervals or more; None where there is none, or it is damaged."""
    try:
        found = json.loads(_path(run, name).read_bytes())
        record: Record = found["record"]
        return record if found["intervals"] >= intervals and found["sha256"] == _digest(record) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(run: Run, name: str, intervals: int, record: Record) -> None:
    """Write a record under its key, where the run can be written."""
    if run.layout is not RUN:
        return
    said = {"intervals": intervals, "sha256": _digest(record), "record": record}
    try:
        _path(run, name).parent.mkdir(exist_ok=True)
        with atomic_file(_path(run, name)) as file:
            file.write(json.dumps(said, ensure_ascii=False).encode(errors="surrogatepass"))
    except OSError:
        return  # a read-only run is measured each time


def _path(run: Run, name: str) -> Path:
    return run.path / FOLDER / f"{name}.json"


def _digest(record: Record) -> str:
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()
