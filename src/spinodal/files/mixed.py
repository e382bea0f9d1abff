"""Mixed tables: converts columns of cells to layers of binary, categorical and real data, and back."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..data.dataset import Dataset, is_label, numbered_names
from ..data.kinds import detect_kind, fit_column, words_among_numbers
from ..data.schema import LAYERS, Schema
from ..errors import FormatError, unknown_option
from .cells import Cells, blank_unknown, name_header
from .types import Type, notes_of

KINDS = (*LAYERS, "text", "name")
"""The kinds that can be given to a column."""

BESIDE = "beside"
"""The kind of columns that are not modeled and may be missing, such as labels and columns for selecting rows."""

OBS = "obs_labels"
"""The key of the notes of h5ad for the column of obs of each label layer."""

UNKNOWN = ("",)
"""Unknown cells, after words for unknown have been replaced."""


def table_dataset(
    table: Cells,
    path: Path,
    schema: Schema | None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    types: Mapping[str, Type] | None = None,
) -> Dataset:
    """The dataset of a table, by a given schema, or by one that is fitted to the cells.

    kinds: column -> one of KINDS, or BESIDE; other kinds are detected (`kinds.detect_kind`). With a schema, columns
    that are missing are unknown, with a warning, and columns that the schema lacks go to the table of the dataset.
    missing: the words for unknown (`cells.blank_unknown`). types: the types of columns, in a file that has types; text,
    categories and booleans are words, whatever they look like, and times and dates are not modeled, with a warning.
    Raises FormatError for invalid cells, and if no column can be modeled; ValueError for kinds that don't fit.
    """
    asked = {name: BESIDE for name in table if is_label(name) or name == "split"} | dict(kinds or {})
    _check(asked, table, path)
    types = types or {}
    asked |= {} if schema else _left_out(asked, types, path)
    n = len(next(iter(table.values())))
    names = _names(asked, table, schema)
    called = table.get(names, numbered_names(n))
    table = table | blank_unknown({k: x for k, x in table.items() if k != names}, path, missing)
    try:
        every = {names, *asked}
        own = _found(table, asked, names, path, types) if schema is None else _fitting(schema, table, path, every)
        columns = own.encode(table, n, unknown)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    modeled = {names, *(column.name for column in own.columns)}
    beside = {k: x for k, x in table.items() if k not in modeled}
    known_types = {**own.types, **notes_of(types)}
    notes = {"format": "table", "schema": replace(own, names=names, order=tuple(table), types=known_types).note}
    return Dataset(columns, own.alphabets, called, beside, None, notes)


def cells(part: Dataset) -> Cells:
    """The columns of a mixed table, in their original order: names, data, labels, and columns that are not modeled.

    Raises ValueError for data that are not a mixed table.
    """
    schema = part.schema
    if schema is None:
        raise ValueError(
            "a table can hold only letters, or the columns of a table that was read; write these data to .npz"
        )
    names = {schema.names: part.names} if schema.names else {}
    labels = {schema.labels.get(layer, layer): part.texts(layer) for layer in part.labels}
    return schema.ordered({**names, **schema.decode(part.columns), **labels, **part.table})


def note_label_headers(notes: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """The notes with the header of each label layer: in the schema of a table, or under OBS for h5ad."""
    schema = Schema.of(notes)
    if schema is not None:
        return {**notes, "schema": replace(schema, labels={**schema.labels, **headers}).note}
    own = {layer: header for layer, header in headers.items() if header != layer}
    return {**notes, OBS: {**notes.get(OBS, {}), **own}} if own and notes.get("format") == "h5ad" else dict(notes)


def _check(asked: Mapping[str, str], table: Cells, path: Path) -> None:
    if not len(next(iter(table.values()))):
        raise FormatError(f"{path} has a header and no rows.")
    for name, kind in asked.items():
        if kind not in (*KINDS, BESIDE):
            raise ValueError(f'column "{name}" can\'t be {kind}; the kinds are {", ".join(KINDS)}')
        if kind != BESIDE and name not in table:
            raise ValueError(f'there is no column "{name}" to be {kind}; there are: {", ".join(table)}')


def _names(asked: Mapping[str, str], table: Cells, schema: Schema | None) -> str:
    """The header of the row names; "" if there is none."""
    chosen = [name for name, kind in asked.items() if kind == "name"]
    taken = {*asked, *(column.name for column in (schema.columns if schema else ()))}
    return [*chosen, name_header(name for name in table if name not in taken) or ""][0]


def _found(table: Cells, asked: Mapping[str, str], names: str, path: Path, types: Mapping[str, Type]) -> Schema:
    """The schema fitted to a table."""
    words = {name: list(own.categories) for name, own in types.items() if own.of_words}
    kinds = {
        name: asked.get(name) or detect_kind(x, UNKNOWN, name in words) for name, x in table.items() if name != names
    }
    columns = tuple(
        fit_column(name, kind, table[name], UNKNOWN, words.get(name)) for name, kind in kinds.items() if kind in LAYERS
    )
    if not columns:
        raise FormatError('there is no column "sequence", and no column of numbers or of a few words; '
                          f"it has: {', '.join(table)}.")  # fmt: skip
    _say_of_text(path, [name for name, kind in kinds.items() if kind == "text" and name not in asked])
    _say_of_words(path, {name: table[name] for name, kind in kinds.items() if kind != "real" and name not in asked})
    return Schema(columns)


def _left_out(asked: Mapping[str, str], types: Mapping[str, Type], path: Path) -> dict[str, str]:
    """{column: "text"} for the columns that are neither words nor numbers, with a warning."""
    found = {name: own.name for name, own in types.items() if own.left_out and name not in asked}
    if found:
        named = ", ".join(f'"{name}" ({kind})' for name, kind in found.items())
        warnings.warn(f"{path}: {named}: times, dates and lists are not modeled; they are kept in the table",
                      stacklevel=7)  # fmt: skip
    return dict.fromkeys(found, "text")


def _say_of_text(path: Path, found: list[str]) -> None:
    if found:
        named = ", ".join(f'"{name}"' for name in found)
        warnings.warn(f"{path}: {named}: columns of free text, or without cells, are not modeled; they are kept in the "
                      "table", stacklevel=8)  # fmt: skip


def _say_of_words(path: Path, found: Cells) -> None:
    """Warns of columns of numbers with a few words, which often mean unknown."""
    for name, cells in found.items():
        if words := words_among_numbers(cells, UNKNOWN):
            named = ", ".join(f'"{word}"' for word in words)
            warnings.warn(f'{path}: "{name}" has numbers and {named}: if this means unknown, make the column real and '
                          f'pass {unknown_option("?")}', stacklevel=8)  # fmt: skip


def _fitting(schema: Schema, table: Cells, path: Path, beside: Collection[str]) -> Schema:
    """The schema, if the table has at least half of its columns. Warns of columns that are not in both."""
    every = [column.name for column in schema.columns]
    missing = [name for name in every if name not in table]
    more = [name for name in table if name not in {*every, *schema.order, *beside}]
    if 2 * len(missing) > len(every):
        there = "there is none" if len(missing) == len(every) else f"there are only {len(every) - len(missing)}"
        raise FormatError(f"{there} of the columns {', '.join(every)}; it has: {', '.join(table)}.")
    said = [f"lacks the columns {', '.join(missing)}: they are unknown in every row"] if missing else []
    said += (
        [f"has the columns {', '.join(more)}, which the model doesn't have: they are kept in the table"] if more else []
    )
    if said:
        warnings.warn(f"{path} {'; it '.join(said)}", stacklevel=7)
    return schema
