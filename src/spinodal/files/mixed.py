"""Mixed tables: columns of cells as layers of binary, categorical and real data, and back."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..dataset import Dataset, is_label, numbered
from ..errors import FormatError, passing
from ..kinds import fitted, found_kind, odd_words
from ..schema import LAYERS, Schema
from .cells import Cells, known, named_by

KINDS = (*LAYERS, "text", "name")
"""What a column can be told to be."""

BESIDE = "beside"
"""What a column can be told to be that needn't be there: labels, or what rows are chosen by. It isn't modeled."""

UNKNOWN = ("",)
"""The cells that aren't known, by now."""


def dataset(
    table: Cells,
    path: Path,
    schema: Schema | None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
) -> Dataset:
    """The data of a table's columns: by a schema that is known, or one that is found in the cells.

    kinds: column -> one of KINDS, or BESIDE; of the others it is found (`kinds.found_kind`). By a schema a column that
    isn't there is unknown, with a warning, and others go to the table of the dataset. missing: the words for what isn't
    known (`cells.known`). Raises FormatError for cells that can't be read and where no column is data, ValueError for
    kinds that don't fit.
    """
    asked = {name: BESIDE for name in table if is_label(name) or name == "split"} | dict(kinds or {})
    _check(asked, table, path)
    n = len(next(iter(table.values())))
    names = _names(asked, table, schema)
    called = table.get(names, numbered(n))
    table = table | known({k: x for k, x in table.items() if k != names}, path, missing)
    try:
        own = _found(table, asked, names, path) if schema is None else _fitting(schema, table, path, {names, *asked})
        columns = own.encode(table, n, unknown)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    modeled = {names, *(column.name for column in own.columns)}
    beside = {k: x for k, x in table.items() if k not in modeled}
    notes = {"format": "table", "schema": replace(own, names=names, order=tuple(table)).note}
    return Dataset(columns, own.alphabets, called, beside, None, notes)


def cells(part: Dataset) -> Cells:
    """The columns of a table again, in its order: names where it had some, data, labels, and what is beside.

    Raises ValueError for data of no table.
    """
    schema = part.schema
    if schema is None:
        raise ValueError("a table holds letters, or the columns of a table that was read; write these data to .npz")
    names = {schema.names: part.names} if schema.names else {}
    labels = {schema.labels.get(layer, layer): part.texts(layer) for layer in part.labels}
    return schema.ordered({**names, **schema.decode(part.columns), **labels, **part.table})


def entitled(notes: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """The notes of a dataset, the schema of which knows what columns its label layers were."""
    schema = Schema.of(notes)
    return (
        dict(notes)
        if schema is None
        else {**notes, "schema": replace(schema, labels={**schema.labels, **headers}).note}
    )


def _check(asked: Mapping[str, str], table: Cells, path: Path) -> None:
    if not len(next(iter(table.values()))):
        raise FormatError(f"{path} has a header and no rows.")
    for name, kind in asked.items():
        if kind not in (*KINDS, BESIDE):
            raise ValueError(f'column "{name}" can\'t be {kind}; there are {", ".join(KINDS)}')
        if kind != BESIDE and name not in table:
            raise ValueError(f'no column "{name}" to be {kind}; there are: {", ".join(table)}')


def _names(asked: Mapping[str, str], table: Cells, schema: Schema | None) -> str:
    """The header of the names, "" where there is none."""
    told = [name for name, kind in asked.items() if kind == "name"]
    taken = {*asked, *(column.name for column in (schema.columns if schema else ()))}
    return [*told, named_by(name for name in table if name not in taken) or ""][0]


def _found(table: Cells, asked: Mapping[str, str], names: str, path: Path) -> Schema:
    """The schema of a table."""
    kinds = {name: asked.get(name) or found_kind(x, UNKNOWN) for name, x in table.items() if name != names}
    columns = tuple(fitted(name, kind, table[name], UNKNOWN) for name, kind in kinds.items() if kind in LAYERS)
    if not columns:
        raise FormatError('there is no column "sequence", and no other of numbers or of a few words; '
                          f"it has: {', '.join(table)}.")  # fmt: skip
    _say_of_text(path, [name for name, kind in kinds.items() if kind == "text" and name not in asked])
    _say_of_words(path, {name: table[name] for name, kind in kinds.items() if kind != "real" and name not in asked})
    return Schema(columns)


def _say_of_text(path: Path, found: list[str]) -> None:
    if found:
        named = ", ".join(f'"{name}"' for name in found)
        warnings.warn(f'{path}: {named}: text that differs from row to row, or nothing, is kept beside and not modeled',
                      stacklevel=8)  # fmt: skip


def _say_of_words(path: Path, found: Cells) -> None:
    """That columns would be numbers, but for a few words: most often a word for what is unknown."""
    for name, cells in found.items():
        if words := odd_words(cells, UNKNOWN):
            named = ", ".join(f'"{word}"' for word in words)
            warnings.warn(f'{path}: "{name}" has numbers, and {named}: if that is unknown, make the column real and '
                          f'pass {passing("?")}', stacklevel=8)  # fmt: skip


def _fitting(schema: Schema, table: Cells, path: Path, beside: Collection[str]) -> Schema:
    """The schema, where the table has half of its columns or more; what is not in both is said."""
    every = [column.name for column in schema.columns]
    missing = [name for name in every if name not in table]
    more = [name for name in table if name not in {*every, *schema.order, *beside}]
    if 2 * len(missing) > len(every):
        there = "there is none" if len(missing) == len(every) else f"there are only {len(every) - len(missing)}"
        raise FormatError(f"{there} of the columns {', '.join(every)}; it has: {', '.join(table)}.")
    said = [f"lacks the columns {', '.join(missing)}: they are unknown in every row"] if missing else []
    said += [f"has the columns {', '.join(more)}, which were not trained on: they are kept beside"] if more else []
    if said:
        warnings.warn(f"{path} {'; it '.join(said)}", stacklevel=7)
    return schema
