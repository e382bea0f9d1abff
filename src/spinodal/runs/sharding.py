"""Sharding: the plan of a folder of shards that are made from a run, and the format that suits its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..data.alphabet import BINARY, GRAY, Alphabet
from ..files import is_folder
from ..files.manifest import DEFAULT_ROWS, SUFFIXES, Plan
from ..machines.dynamics import Machine
from ..ranks import Ranks
from ..tasks import labels_of
from .archive import Run, checksum


def suffix_for(run: Run, machine: Machine, out: str | Path, suffix: str | None = None) -> str | None:
    """The suffix of the shards that the rows of a machine are written to in a folder; None if they aren't.

    By default sequences are FASTA, tables Parquet, and numbers npz; images and music are a folder of PNG or MIDI files,
    and not shards. Raises ValueError for a suffix that shards don't have, and if `out` isn't a folder.
    """
    if suffix is not None and suffix not in SUFFIXES:
        raise ValueError(f'shards are {", ".join(SUFFIXES)}, not "{suffix}"')
    if suffix is not None and not is_folder(out):
        raise ValueError(f"shards are written to a folder: name it with a slash at its end, {out}/")
    if suffix is not None or not is_folder(out):
        return suffix
    notes = run.record["data"]["notes"]
    if "schema" in notes:
        return "parquet"
    letters = Alphabet.of(machine.units["visible"])
    if "roll" in notes or letters in (BINARY, GRAY):
        return None
    return "fasta.gz" if letters.symbols and letters.single_letters else "npz"


def check_alone(ranks: Ranks, out: str | Path) -> None:
    """Raises ValueError if several processes would write one file, or one folder that isn't of shards."""
    if ranks.count > 1:
        raise ValueError(f"{ranks.count} processes (WORLD_SIZE) can't write {out} together: let them write shards, "
                         "-o FOLDER/ --shards FORMAT, or run one process")  # fmt: skip


def plan(
    run: Run, machine: Machine, suffix: str, rows: int, rows_per_shard: int | None, job: Mapping[str, Any]
) -> Plan:
    """The plan of rows that are made by a machine of a run. job: what else they depend on, as plain values."""
    notes = json.dumps(run.record["data"]["notes"], sort_keys=True)
    made_by = hashlib.sha256(f"{checksum(machine)}{notes}".encode()).hexdigest()
    return Plan(
        suffix=suffix,
        rows=rows,
        rows_per_shard=min(rows_per_shard or DEFAULT_ROWS, rows),
        label_names={layer: list(alphabet.symbols) for layer, alphabet in labels_of(machine).items()},
        job={**job, "machine": made_by},
    )
