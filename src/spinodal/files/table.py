"""Tables of comma- or tab-separated text, with a header: of sequences, or of columns of any kinds."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..alphabet import Alphabet
from ..dataset import Dataset, numbered
from ..errors import FormatError
from ..schema import Schema, is_empty, number
from . import mixed
from .letters import encoded
from .opened import inner_name, text
from .whole import whole

_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")


def read(
    path: Path,
    alphabet: Alphabet | Schema | None = None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Dataset:
    """What `of_columns` makes of the columns of a file."""
    return of_columns(columns(path), path, alphabet, unknown, kinds)


def of_columns(
    table: dict[str, np.ndarray],
    path: Path,
    alphabet: Alphabet | Schema | None = None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Dataset:
    """Aligned sequences from the column "sequence", called by the column "name"; the rest is the table.

    The alphabet is detected unless given. Without such a column, or by a schema in place of an alphabet, all columns
    are data: a mixed table (`mixed.dataset`). Raises FormatError where there is no row, or where the sequences aren't
    aligned or have a symbol that isn't in the alphabet.
    """
    if isinstance(alphabet, Schema) or (alphabet is None and "sequence" not in table):
        return mixed.dataset(table, path, alphabet, unknown, kinds)
    if "sequence" not in table:
        raise FormatError(f'{path} has no column "sequence"; it has: {", ".join(table)}.')
    if told := set((kinds or {}).values()) - {mixed.BESIDE, "text"}:
        raise ValueError(f"{path} is a table of sequences: none of its columns can be {', '.join(sorted(told))}")
    sequences = table.pop("sequence")
    if not len(sequences):
        raise FormatError(f"{path} has a header and no rows.")
    names = table.pop("name", numbered(len(sequences)))
    letters, column = encoded(sequences, alphabet, unknown, names, path)
    return Dataset({"visible": column}, {"visible": letters}, names, table, notes={"format": "table"})


def write(parts: Iterable[Dataset], path: Path) -> None:
    """A row a row: name, sequence, the labels by their layers, then the table; of a mixed one its own columns.

    Raises ValueError where the data are neither letters nor such a table.
    """
    with sheet(path) as add:
        for part in parts:
            add(cells(part))


def cells(part: Dataset) -> dict[str, np.ndarray]:
    """The columns of a table, as text (n,). Raises ValueError for data that no table holds."""
    if "visible" not in part.alphabets:
        return mixed.cells(part)
    return {"name": part.names, "sequence": part.texts("visible"), **beside(part)}


def beside(dataset: Dataset) -> dict[str, np.ndarray]:
    """What is known of the rows beside the data: labels as text by their layers, then the table."""
    return {**{layer: dataset.texts(layer) for layer in dataset.labels}, **dataset.table}


@contextmanager
def sheet(path: Path) -> Iterator[Callable[[Mapping[str, np.ndarray]], None]]:
    """A function that adds columns of text, the first time under their names, to a table that is written whole.

    They are separated by tabs where the name has .tsv, else by commas.
    """
    with whole(path) as handle:
        delimiter, header = "\t" if ".tsv" in path.suffixes else ",", list[str]()
        writer = csv.writer(codecs.getwriter("utf-8")(handle), delimiter=delimiter, lineterminator="\n")

        def add(filled: Mapping[str, np.ndarray]) -> None:
            if not header:
                header.extend(filled)
                writer.writerow(header)
            writer.writerows(zip(*filled.values()))

        yield add


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows that have the same keys, under their names."""
    with sheet(path) as add:
        add({name: np.array([str(row[name]) for row in rows], dtype=str) for name in rows[0]})


def columns(path: Path) -> dict[str, np.ndarray]:
    """The columns of a table with a header, as text (n,).

    The delimiter is the tab where the header has one, else the semicolon or comma, whichever it has more of.
    Raises FormatError where the file is empty, a column comes twice, or a row isn't as long as the header.
    """
    whole_text = text(path)
    first = whole_text.split("\n", 1)[0]
    delimiter = "\t" if "\t" in first else max(",;", key=first.count)
    reader = csv.reader(io.StringIO(whole_text, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    if not header or len(set(header)) < len(header):
        fault = f"has a column twice in its header: {', '.join(header)}" if header else "is empty"
        raise FormatError(f"{path} {fault}. A table begins with a line of distinct column names.")
    rows = []
    for row in reader:
        if row and len(row) != len(header):
            raise FormatError(f"{inner_name(path)}: line {reader.line_num} has {len(row)} fields, "
                              f"the header {len(header)}.")  # fmt: skip
        if row:
            rows.append(row)
    filled = zip(*rows) if rows else ((),) * len(header)
    found = {name: np.array(values, dtype=str) for name, values in zip(header, filled)}
    return _pointed(found, path) if delimiter == ";" else found


def _pointed(found: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """Columns in which decimals stand after commas, which spreadsheets separate by semicolons, with points instead."""
    commas = [name for name, cells in found.items() if _has_commas(cells.tolist())]
    if commas:
        named = ", ".join(f'"{name}"' for name in commas)
        warnings.warn(f"{path}: {named}: decimal commas are read, and written, as points", stacklevel=4)
    return {name: np.char.replace(cells, ",", ".") if name in commas else cells for name, cells in found.items()}


def _has_commas(cells: list[str]) -> bool:
    """Whether most cells have decimals after a comma or are whole numbers, and none has them after a point.

    >>> [_has_commas(cells.split()) for cells in ("1,5 2 -", "1,5 2.5", "1 2", "1,500,000 2", "1,5 a b")]
    [True, False, False, False, False]
    """
    known = [cell for cell in map(str.strip, cells) if not is_empty(cell)]
    commas = [cell for cell in known if _COMMA.fullmatch(cell)]
    numbers = [cell for cell in known if number(cell) is not None]
    return bool(commas) and 2 * len(commas + numbers) > len(known) and not any("." in cell for cell in numbers)
