"""Keys: matches rows of a label table to rows of data by name, by sample, or by family and individual."""

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
"""Headers of PLINK for family and individual, in upper or lower case."""


@dataclass(frozen=True)
class Match:
    """The column by which a table is joined, the names of its rows, and for each row of data the row of the table."""

    key: str
    names: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class JoinNames:
    """One way to join a table: the names of its rows, and for each row of data its possible names, best first."""

    names: Sequence[str]
    called: Sequence[Sequence[str]]


def match_rows(dataset: Dataset, columns: Cells, path: Path) -> Match:
    """The row of the table for each row of data, -1 if there is none.

    A table is joined by its column of names (`cells.name_header`), else by its first column. A table with PLINK's
    columns is joined by IID, or by FID and IID if IIDs repeat or match nothing. A row of data is matched by its own
    name; a haplotype also by the name of its sample. Raises FormatError if rows with one name disagree.
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
    """The header of PLINK's column of individuals; None if a table has none."""
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
    yield JoinNames([f"{of}_{name}" for of, name in zip(families, names)], called)  # as PLINK names samples in a VCF
    if repeated:
        yield JoinNames(names, called)


def _called(dataset: Dataset, name: str) -> list[str]:
    """The names of a row in a table: its own, and for a haplotype that of its sample."""
    return [name, sample_of(name)] if dataset.alphabets.get("visible") == BINARY else [name]


def _row_of(path: Path, names: Sequence[str], columns: Cells) -> dict[str, int]:
    """{name: row}. Raises FormatError if rows with one name disagree."""
    row_of: dict[str, int] = {}
    for row, name in enumerate(names):
        first = row_of.setdefault(name, row)
        differing = [column for column, values in columns.items() if values[first] != values[row]]
        if differing:
            raise FormatError(f'{path}: "{name}" is in rows {first + 1} and {row + 1}, which differ in column '
                              f'"{differing[0]}". Remove one of them.')  # fmt: skip
    return row_of
