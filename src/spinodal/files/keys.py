"""Keys: which row of a label table is of which row of data: by name, by sample, or by family and individual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.alphabet import BINARY
from ..data.dataset import Dataset
from ..errors import FormatError
from .cells import Cells, name_header
from .samples import sample_of

FAMILY, INDIVIDUAL = ("FID", "#FID"), ("IID", "#IID")
"""What PLINK calls the columns that name an individual, in any case."""


@dataclass(frozen=True)
class Match:
    """The column by which a table is joined, what its rows are called, and of each row of data that of the table."""

    key: str
    names: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class JoinNames:
    """How a table may be joined: what its rows are called, and what each row of data may be called, the first best."""

    names: Sequence[str]
    called: Sequence[Sequence[str]]


def match_rows(dataset: Dataset, columns: Cells, path: Path) -> Match:
    """The rows of a table for those of data, -1 where there is none.

    A table is joined by its column of names (`cells.name_header`), else by its first one; one with PLINK's columns by IID,
    and where IIDs repeat, or fit nothing, by FID and IID. Each row of data is called by its own name, or else, of
    haplotypes, as their sample. Raises FormatError where rows of one name disagree.
    """
    key = individual_header(columns) or name_header(columns)
    key = next(iter(columns)) if key is None else key
    names, rows = columns[key], np.full(len(dataset), -1, dtype=np.int64)
    for way in _ways(dataset, columns, key):
        row_of = _row_of(path, way.names, {name: x for name, x in columns.items() if name != key})
        rows = np.array([next((row_of[x] for x in own if x in row_of), -1) for own in way.called], dtype=np.int64)
        if (rows >= 0).any():
            names = np.array(way.names, dtype=str)
            break
    return Match(key, names, rows)


def individual_header(columns: Mapping[str, np.ndarray]) -> str | None:
    """The column of PLINK's names of individuals, None where a table has none."""
    return next((name for name in columns if name.upper() in INDIVIDUAL), None)


def _ways(dataset: Dataset, columns: Cells, key: str) -> Iterator[JoinNames]:
    """The ways to join, the best one first."""
    names, called = columns[key].tolist(), [_called(dataset, name) for name in dataset.names.tolist()]
    family = (
        next((name for name in columns if name.upper() in FAMILY), None) if key == individual_header(columns) else None
    )
    if family is None:
        yield JoinNames(names, called)
        return
    families = columns[family].tolist()
    repeated = len(set(names)) < len(names) or len(set(dataset.names.tolist())) < len(dataset)
    if not repeated:
        yield JoinNames(names, called)
    if "family" in dataset.table:
        own = [[f"{of} {name}"] for of, name in zip(dataset.table["family"], dataset.names)]
        yield JoinNames([f"{of} {name}" for of, name in zip(families, names)], own)
    yield JoinNames([f"{of}_{name}" for of, name in zip(families, names)], called)  # as PLINK calls samples in a VCF
    if repeated:
        yield JoinNames(names, called)


def _called(dataset: Dataset, name: str) -> list[str]:
    """What a table may call a row: by its name, or a haplotype as its sample."""
    return [name, sample_of(name)] if dataset.alphabets.get("visible") == BINARY else [name]


def _row_of(path: Path, names: Sequence[str], columns: Cells) -> dict[str, int]:
    """Name -> row; FormatError where rows of one name disagree."""
    row_of: dict[str, int] = {}
    for row, name in enumerate(names):
        first = row_of.setdefault(name, row)
        differing = [column for column, values in columns.items() if values[first] != values[row]]
        if differing:
            raise FormatError(f'{path}: "{name}" comes in rows {first + 1} and {row + 1}, which disagree in '
                              f'"{differing[0]}". Keep one.')  # fmt: skip
    return row_of
