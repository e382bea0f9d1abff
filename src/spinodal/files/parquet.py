"""Parquet: the tables of table.py as compressed columns with types."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset, concatenate
from ..data.schema import EMPTY, Choice, Column, Real, Schema, number
from ..errors import FormatError, one_line
from . import manifest, table
from .atomic import atomic_file
from .cells import strip_spaces
from .extras import import_extra
from .opened import content
from .types import Type, types_of

GROUP = 100_000
"""Rows that are written at once."""


def read(
    path: Path,
    alphabet: Alphabet | Schema | None = None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
) -> Dataset:
    """The dataset that `table.of_columns` makes of the columns as text, and of their types. null and NaN are unknown.

    Raises FormatError if the file isn't Parquet, and as `table.of_columns` does.
    """
    arrow = _package()
    found = arrow.concat_tables([_table(arrow, file) for file in manifest.files(path)])
    if len({*found.column_names}) < found.num_columns or not found.num_columns:
        raise FormatError(f"{path} has no columns, or two of one name: {', '.join(found.column_names)}.")
    columns = {name: _text(column, f'the column "{name}" of {path}') for name, column in zip(found.column_names, found)}
    types = {name: _type(arrow, column) for name, column in zip(found.column_names, found)}
    return table.of_columns(columns, path, alphabet, unknown, kinds, missing, types)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write the columns of `table.text_columns` in the types with which they were read; unknown cells are null.

    Columns without a type: whole numbers are int64, other numbers float64, words strings. Groups of about `GROUP` rows
    are written one after the other. All have the types of the first; raises ValueError if a cell doesn't fit them.
    """
    arrow = _package()
    groups = (arrow.table(_typed(arrow, concatenate(group))) for group in _groups(parts))
    first = next(groups)
    with atomic_file(path) as handle, arrow.parquet.ParquetWriter(handle, first.schema) as writer:
        for group in chain([first], groups):
            writer.write_table(_retyped(arrow, group, first.schema), row_group_size=len(group))


def _groups(parts: Iterable[Dataset]) -> Iterator[list[Dataset]]:
    """The parts in groups of at least `GROUP` rows; the last has what is left."""
    held = list[Dataset]()
    for part in parts:
        held.append(part)
        if sum(map(len, held)) >= GROUP:
            yield held
            held = []
    if held:
        yield held


def _retyped(arrow: Any, group: Any, schema: Any) -> Any:
    """A group of rows in the types of the first. Raises ValueError for a cell that doesn't fit them."""
    try:
        return group if group.schema == schema else group.cast(schema)
    except arrow.ArrowException as error:
        raise ValueError(f"a cell doesn't fit the type of its column in the first {GROUP} rows "
                         f"({one_line(error)[:200]}): write .csv") from None  # fmt: skip


def _table(arrow: Any, path: Path) -> Any:
    """The table of a file. Raises FormatError if it isn't Parquet."""
    try:
        return arrow.parquet.read_table(io.BytesIO(content(path)))
    except (arrow.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise FormatError(f"{path} is not Parquet ({one_line(error)[:200]}).") from None


def _text(column: Any, where: str) -> np.ndarray:
    """A column as cells of text. Bytes, which some programs write for text, are UTF-8."""
    try:
        values = [value.decode() if isinstance(value, bytes) else value for value in column.to_pylist()]
    except (ValueError, OverflowError) as error:  # invalid text, or a date that Python can't represent
        raise FormatError(f"{where} can't be read ({one_line(error)[:200]}).") from None
    cells = [EMPTY[0] if value is None or value != value else str(value) for value in values]
    return strip_spaces(np.array(cells, dtype=str))


def _type(arrow: Any, column: Any) -> Type:
    """The type of a column, with its categories if it has any."""
    if not arrow.types.is_dictionary(column.type):
        return Type(str(column.type))
    chunks = column.unify_dictionaries().chunks
    categories = _text(chunks[0].dictionary, "the categories") if chunks else np.empty(0, dtype=str)
    return Type(str(column.type.value_type), tuple(categories.tolist()), column.type.ordered)


def _typed(arrow: Any, data: Dataset) -> dict[str, Any]:
    """The columns as arrow arrays of their types."""
    schema = data.schema
    known = {c.name: c for c in schema.columns} if schema else {}
    types = types_of(schema.types if schema else data.notes.get("types", {}))
    found = {}
    for name, cells in table.text_columns(data).items():
        as_before = _as_before(arrow, types[name], cells) if name in types else None
        found[name] = _array(arrow, known.get(name), cells.tolist()) if as_before is None else as_before
    return found


def _as_before(arrow: Any, own: Type, cells: np.ndarray) -> Any:
    """Cells as an array of this type; None if they don't fit it."""
    empty = cells == EMPTY[0]
    try:
        kind = arrow.type_for_alias(own.name)
        if own.categories:
            codes = own.codes(cells)
            words = arrow.array(own.categories).cast(kind)
            return None if codes is None else arrow.DictionaryArray.from_arrays(
                arrow.array(codes, mask=empty), words, ordered=own.ordered)  # fmt: skip
        if (own.of_words and own.name != "bool") or own.left_out:
            return arrow.array(cells.tolist(), arrow.string(), mask=empty).cast(kind)
        numbers = own.numbers(np.where(empty, "False" if own.name == "bool" else "0", cells))
        return None if numbers is None else arrow.array(numbers, kind, mask=empty)
    except (arrow.ArrowException, ValueError, TypeError):  # a type that has no alias, or text that can't be converted
        return None


def _array(arrow: Any, column: Column | None, cells: list[str]) -> Any:
    if column is None:
        return arrow.array(cells, arrow.string())
    of = _type_of(column)
    values = [None if cell == EMPTY[0] else of(cell) for cell in cells]
    return arrow.array(values, {int: arrow.int64(), float: arrow.float64(), str: arrow.string()}[of])


def _type_of(column: Column) -> type[int] | type[float] | type[str]:
    """The Python type of the cells of a column: int, float or str."""
    if isinstance(column, Real):
        return int if column.decimals == 0 else float
    symbols = column.symbols if isinstance(column, Choice) else ()
    if any(number(symbol) is None for symbol in symbols):
        return str
    return float if any("." in symbol or "e" in symbol.lower() for symbol in symbols) else int


def _package() -> Any:
    """The package pyarrow with its Parquet module. Raises ValueError if it isn't installed."""
    arrow, _ = (import_extra(module, "pyarrow", "parquet", "Parquet") for module in ("pyarrow", "pyarrow.parquet"))
    return arrow
