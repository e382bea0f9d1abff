"""Sharding: the plan of a folder of shards that are made from a run, and the format that suits its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..data.alphabet import BINARY, Alphabet
from ..files import is_folder
from ..files.manifest import DEFAULT_ROWS as DEFAULT_ROWS
from ..files.manifest import SUFFIXES, Plan, is_sharded, read_manifest
from ..machines.dynamics import Machine
from ..rendezvous import place
from ..tasks import labels_of
from .archive import Run, checksum


def suffix_for(run: Run, machine: Machine, out: str | Path, suffix: str | None = None) -> str | None:
    """The suffix of the shards that the rows of a machine are written to in a folder; None if they aren't.

    By default sequences are FASTA, tables Parquet, binary rows packed bits, and numbers npz; images and music are a
    folder of PNG or MIDI files, and not shards. Raises ValueError for a suffix that shards don't have, and if `out`
    isn't a folder.
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
    if "roll" in notes or "image" in notes:
        return None
    letters = Alphabet.of(machine.units["visible"])
    if letters == BINARY:
        return "bits.npz"
    return "fasta.gz" if letters.symbols and letters.single_letters else "npz"


def check_one_file(out: str | Path, rows_per_shard: int | None) -> None:
    """Raises ValueError for rows per shard where there are to be no shards, and for several processes."""
    if rows_per_shard is not None:
        raise ValueError(f"rows per shard are those of shards, which {out} isn't to have: name a folder, OUT/, and for "
                         "images and music a format, --shards npz")  # fmt: skip
    if (count := place(meets=False).count) > 1:
        raise ValueError(f"{count} processes (WORLD_SIZE) can't write {out} together: let them write shards, "
                         "-o FOLDER/ --shards FORMAT, or run one process")  # fmt: skip


def rows_per_shard(data: Path, n: int = 1) -> int:
    """The rows of a shard of what is made of data, n rows of each row: as many as the data's own shards have."""
    return n * (read_manifest(data).plan.rows_per_shard if is_sharded(data) else DEFAULT_ROWS // n or 1)


def plan(run: Run, machine: Machine, suffix: str, rows: int, rows_per_shard: int, job: Mapping[str, Any]) -> Plan:
    """The plan of rows that are made by a machine of a run. job: what else they depend on, as plain values."""
    notes = json.dumps(run.record["data"]["notes"], sort_keys=True)
    made_by = hashlib.sha256(f"{checksum(machine)}{notes}".encode()).hexdigest()
    return Plan(
        suffix=suffix,
        rows=rows,
        rows_per_shard=min(rows_per_shard, rows),
        label_names={layer: list(alphabet.symbols) for layer, alphabet in labels_of(machine).items()},
        job={**job, "machine": made_by},
        schema=run.record["data"]["notes"].get("schema"),
    )


def plan_of_predictions(run: Run, machine: Machine, rows: int, rows_per_shard: int, job: Mapping[str, Any]) -> Plan:
    """The plan of tables of probabilities, whose columns are not those of the data."""
    own = plan(run, machine, "csv.gz", rows, rows_per_shard, job)
    return msgspec.structs.replace(own, label_names={}, schema=None)
