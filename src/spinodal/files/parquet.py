"""Parquet: tables as they are in table.py, of columns that have types, packed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..alphabet import Alphabet
from ..dataset import Dataset
from ..errors import FormatError, one_line
from ..schema import EMPTY, Choice, Column, Real, Schema, number
from . import table
from .extras import extra
from .opened import content
from .whole import whole


def read(
    path: Path,
    alphabet: Alphabet | Schema | None = None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
) -> Dataset:
    """What `table.of_columns` makes of the columns, each as text; null is unknown.

    Raises FormatError where the file isn't Parquet, and as that does.
    """
    arrow = _package()
    try:
        found = arrow.parquet.read_table(io.BytesIO(content(path)))
    except (arrow.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise FormatError(f"{path} is not Parquet ({one_line(error)[:200]}).") from None
    if len({*found.column_names}) < found.num_columns or not found.num_columns:
        raise FormatError(f"{path} has no columns, or one twice: {', '.join(found.column_names)}.")
    columns = {name: _text(column, f'the column "{name}" of {path}') for name, column in zip(found.column_names, found)}
    return table.of_columns(columns, path, alphabet, unknown, kinds, missing)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """The columns of `table.cells`: whole numbers as int64, others as float64, words as strings, unknown as null.

    A column stands in one piece, so the parts are joined first.
    """
    arrow = _package()
    found = arrow.concat_tables(arrow.table(_typed(arrow, part)) for part in parts).combine_chunks()
    with whole(path) as handle:
        arrow.parquet.write_table(found, handle)


def _text(column: Any, where: str) -> np.ndarray:
    """A column as the cells that a table of text has; bytes, which some programs write for text, are UTF-8."""
    try:
        values = [value.decode() if isinstance(value, bytes) else value for value in column.to_pylist()]
    except (ValueError, OverflowError) as error:  # a broken text, and a date beyond those that there are
        raise FormatError(f"{where} can't be read ({one_line(error)[:200]}).") from None
    return np.array([EMPTY[0] if value is None else str(value) for value in values], dtype=str)


def _typed(arrow: Any, part: Dataset) -> dict[str, Any]:
    """Columns as arrays of their types."""
    known = {c.name: c for c in part.schema.columns} if part.schema else {}
    return {name: _array(arrow, known.get(name), x.tolist()) for name, x in table.cells(part).items()}


def _array(arrow: Any, column: Column | None, cells: list[str]) -> Any:
    if column is None:
        return arrow.array(cells, arrow.string())
    of = _type_of(column)
    values = [None if cell == EMPTY[0] else of(cell) for cell in cells]
    return arrow.array(values, {int: arrow.int64(), float: arrow.float64(), str: arrow.string()}[of])


def _type_of(column: Column) -> type[int] | type[float] | type[str]:
    """What the cells of a column are: whole numbers, numbers, or words."""
    if isinstance(column, Real):
        return int if column.decimals == 0 else float
    symbols = column.symbols if isinstance(column, Choice) else ()
    if any(number(symbol) is None for symbol in symbols):
        return str
    return float if any("." in symbol or "e" in symbol.lower() for symbol in symbols) else int


def _package() -> Any:
    """pyarrow, with its Parquet. Raises ValueError where it isn't installed."""
    arrow, _ = (extra(module, "pyarrow", "parquet", "Parquet") for module in ("pyarrow", "pyarrow.parquet"))
    return arrow
