"""Tables: comma- or tab-separated text with a header, of sequences or of columns of any kind."""

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

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset, numbered_names
from ..data.schema import Schema, is_empty, number
from ..errors import FormatError
from . import manifest, mixed
from .atomic import atomic_file
from .cells import INDEX, UNNAMED, Cells, blank_unknown, guard, name_header, sequence_header, strip_spaces, unguard
from .letters import encode_sequences
from .opened import inner_name, text
from .types import Type, notes_of

FAM = ("FID", "IID", "father", "mother", "sex", "phenotype")
"""The columns of PLINK's .fam."""

_DELIMITER = re.compile(r'"?sep=(\\t|.)"?[ \r]*')
_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")


def read(
    path: Path,
    alphabet: Alphabet | Schema | None = None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
) -> Dataset:
    """The dataset that `of_columns` makes of the columns of a file, or of a folder of shards."""
    parts = [read_columns(file) for file in manifest.files(path)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return of_columns(columns, path, alphabet, unknown, kinds, missing)


def of_columns(
    table: Cells,
    path: Path,
    alphabet: Alphabet | Schema | None = None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    types: Mapping[str, Type] | None = None,
) -> Dataset:
    """Aligned sequences from the column "sequence" or "seq", names from "name" or "id"; other columns are the table.

    The alphabet is detected unless given. Without a column of sequences, or with a schema in place of an alphabet, it
    is a mixed table (`mixed.table_dataset`). missing: the words for unknown, as in `cells.blank_unknown`. types: the
    types of the columns, if the file has types. Raises FormatError if there is no row, if the sequences aren't aligned,
    or if they have a symbol outside the alphabet.
    """
    header = name_header(table)
    table = {"name" if name == header and name in (*UNNAMED, INDEX) else name: x for name, x in table.items()}
    spelled = None if isinstance(alphabet, Schema) else sequence_header(table)
    if isinstance(alphabet, Schema) or (alphabet is None and spelled is None):
        return mixed.table_dataset(table, path, alphabet, unknown, kinds, missing, types)
    if spelled is None:
        raise FormatError(f'{path} has no column "sequence"; it has: {", ".join(table)}.')
    if wrong := set((kinds or {}).values()) - {mixed.BESIDE, "text"}:
        raise ValueError(f"{path} is a table of sequences: none of its columns can be {', '.join(sorted(wrong))}")
    sequences = table.pop(spelled)
    if not len(sequences):
        raise FormatError(f"{path} has a header and no rows.")
    header = name_header(table)
    names = numbered_names(len(sequences)) if header is None else table.pop(header)
    letters, column = encode_sequences(sequences, alphabet, unknown, names, path)
    beside = blank_unknown(table, path, missing)
    notes = {"format": "table"} | ({"types": notes_of(types)} if types else {})
    return Dataset({"visible": column}, {"visible": letters}, names, beside, notes=notes)


def write(parts: Iterable[Dataset], path: Path, formulas: bool = False) -> None:
    """A row a row: name, sequence, the labels by their layers, then the table; of a mixed one its own columns.

    formulas: guard cells that spreadsheets would take for formulas, as in `open_table`. Raises ValueError where the
    data are neither letters nor such a table.
    """
    with open_table(path, formulas) as add:
        for part in parts:
            add(text_columns(part))


def text_columns(part: Dataset) -> dict[str, np.ndarray]:
    """The columns of the table to write, as text (n,). Raises ValueError for data that a table can't hold."""
    if "visible" not in part.alphabets:
        return mixed.cells(part)
    return {"name": part.names, "sequence": part.texts("visible"), **extra_columns(part)}


def extra_columns(dataset: Dataset) -> dict[str, np.ndarray]:
    """The columns beside the data: labels as text, named by their layers, then the table."""
    return {**{layer: dataset.texts(layer) for layer in dataset.labels}, **dataset.table}


@contextmanager
def open_table(path: Path, formulas: bool = False) -> Iterator[Callable[[Mapping[str, np.ndarray]], None]]:
    """A function that appends rows, given as columns of text, to a new table. The first call writes the header.

    The separator is a tab if the name has .tsv, else a comma. formulas: "'" is put before cells that a spreadsheet
    would compute (`cells.guard`); reading removes it.
    """
    with atomic_file(path) as handle:
        delimiter, header = "\t" if ".tsv" in path.suffixes else ",", list[str]()
        writer = csv.writer(codecs.getwriter("utf-8")(handle), delimiter=delimiter, lineterminator="\n")

        def add(filled: Mapping[str, np.ndarray]) -> None:
            if not header:
                header.extend(filled)
                writer.writerow(guard(header, formulas))
            writer.writerows(zip(*(guard(column, formulas) for column in filled.values())))

        yield add


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], formulas: bool = False) -> None:
    """Write rows, {header: value}, that have the same keys."""
    with open_table(path, formulas) as add:
        add({name: np.array([str(row[name]) for row in rows], dtype=str) for name in rows[0]})


def read_columns(path: Path) -> Cells:
    """The columns of a table with a header, as text (n,) without spaces at the ends.

    The delimiter is the one in a first line "sep=;". Otherwise it is the tab if the header has one, else the comma or
    semicolon, whichever is more frequent, else the space if all lines have the same number of words. If all rows have
    one field more than the header, they begin with row names, as R writes them. Raises FormatError if the file is
    empty, if two columns have one name, or if a row has another length than the header.
    """
    whole_text = text(path)
    if is_fam(path):
        return _columns(list(FAM), [line.split() for line in whole_text.splitlines() if line.strip()], path)
    first, _, following = whole_text.partition("\n")
    named = _DELIMITER.fullmatch(first)
    delimiter = named[1].replace("\\t", "\t") if named else _delimiter(whole_text)
    rows = _rows(following if named else whole_text, delimiter, 1 if named else 0)
    _, header = next(rows, (0, []))
    filled = list(rows)
    if filled and all(len(row) == len(header) + 1 for _, row in filled):
        header = ["", *header]
    if uneven := next(((line, len(row)) for line, row in filled if len(row) != len(header)), None):
        raise FormatError(f"{inner_name(path)}: line {uneven[0]} has {uneven[1]} fields, but the header {len(header)}.")
    names = unguard(np.array([name.strip() for name in header], dtype=str)).tolist()
    found = _columns(names, [row for _, row in filled], path)
    return _pointed(found, path) if delimiter == ";" else found


def is_fam(path: Path) -> bool:
    """Whether a table is PLINK's .fam, which has no header."""
    return inner_name(path).lower().endswith(".fam")


def _delimiter(whole_text: str) -> str:
    """The delimiter of a table, by its first line; spaces only if all lines have the same number of fields."""
    first = whole_text.lstrip("\r\n").partition("\n")[0]
    if "\t" in first:
        return "\t"
    if any(delimiter in first for delimiter in ",;"):
        return max(",;", key=first.count)
    fields = [len(row) for _, row in _rows(whole_text, " ", 0)] if " " in first.strip() else [1]
    alike = set(fields[1:]) <= {fields[0]} or set(fields[1:]) == {fields[0] + 1}
    return " " if fields[0] > 1 and alike else ","


def _rows(whole_text: str, delimiter: str, before: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that aren't empty, each with the number of its last line; `before` lines were skipped."""
    lines: Iterable[str] = io.StringIO(whole_text, newline="")
    if delimiter == " ":
        lines = (line.strip() + "\n" for line in lines)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ")
    return ((reader.line_num + before, row) for row in reader if row)


def _columns(header: list[str], rows: list[list[str]], path: Path) -> Cells:
    """{header: column}, without empty columns at the end, which spreadsheets leave."""
    while len(header) > 1 and not header[-1] and not any(row[len(header) - 1].strip() for row in rows):
        header = header[:-1]
    if not header or len(set(header)) < len(header):
        fault = f"has two columns of one name: {', '.join(header)}" if header else "is empty"
        raise FormatError(f"{path} {fault}. A table must begin with a line of distinct column names.")
    filled = zip(*rows) if rows else ((),) * len(header)
    return {name: unguard(strip_spaces(np.array(values, dtype=str))) for name, values in zip(header, filled)}


def _pointed(found: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """The columns with decimal commas replaced by points. Spreadsheets write them in tables separated by semicolons."""
    commas = [name for name, cells in found.items() if _has_commas(cells.tolist())]
    if commas:
        named = ", ".join(f'"{name}"' for name in commas)
        warnings.warn(f"{path}: {named}: decimal commas are read and written as points", stacklevel=4)
    return {
        name: np.char.replace(text_columns, ",", ".") if name in commas else text_columns
        for name, text_columns in found.items()
    }


def _has_commas(cells: list[str]) -> bool:
    """Whether most cells are numbers with decimal commas or whole numbers, and none has a decimal point.

    >>> [_has_commas(cells.split()) for cells in ("1,5 2 -", "1,5 2.5", "1 2", "1,500,000 2", "1,5 a b")]
    [True, False, False, False, False]
    """
    known = [cell for cell in map(str.strip, cells) if not is_empty(cell)]
    commas = [cell for cell in known if _COMMA.fullmatch(cell)]
    numbers = [cell for cell in known if number(cell) is not None]
    return bool(commas) and 2 * len(commas + numbers) > len(known) and not any("." in cell for cell in numbers)
