"""Labels from beside the data: a table joined by name, a pattern in the headers, an idx file."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..alphabet import BINARY
from ..dataset import Dataset, is_label, label_column
from ..errors import FormatError
from . import idx, mixed, table
from .samples import whose


def beside(dataset: Dataset, labels: str | Path) -> Dataset:
    """The data with the columns of `labels` in its table: "re:PATTERN", an idx file, or a table.

    Raises FormatError where nothing fits; warns where some rows have none, whose entries are "".
    """
    if str(labels).startswith("re:"):
        columns = _matched(dataset, str(labels)[3:])
    elif idx.is_idx(Path(labels)):
        columns = {"label": idx.labels(Path(labels), len(dataset))}
    else:
        columns = _joined(dataset, Path(labels))
    return replace(dataset, table={**dataset.table, **columns})


def joining(dataset: Dataset, labels: str | Path, examples: int = 5) -> dict[str, Any]:
    """Which rows `labels` say something of: {"rows", "without"}, and some names of the latter as "without_examples".

    Of a table also how many of its own rows are of none of the data, "unused", with "unused_examples". {} of an idx
    file, which is in the data's order. Raises FormatError as `beside` does.
    """
    if str(labels).startswith("re:"):
        missed, unused = np.array([m is None for m in _searched(dataset, _compiled(str(labels)[3:]))]), None
    elif idx.is_idx(Path(labels)):
        return {}
    else:
        columns = table.columns(Path(labels))
        known = columns["name" if "name" in columns else next(iter(columns))]
        names = _called(dataset, known)
        missed, unused = ~np.isin(names, known), known[~np.isin(known, names)]
    found = {"rows": int((~missed).sum()), "without": int(missed.sum())}
    found |= {"without_examples": dataset.names[missed][:examples].tolist()}
    return found | ({} if unused is None else {"unused": len(unused), "unused_examples": unused[:examples].tolist()})


def promoted(dataset: Dataset, chosen: Sequence[str]) -> Dataset:
    """Columns of the table made into label layers: one into "label", several into "label:NAME" each.

    A column that is called "label" or "label:NAME" keeps that name. ValueError where there is no such column.
    """
    layers = {}
    for name in chosen:
        if name not in dataset.table:
            schema = dataset.schema
            columns = [*(c.name for c in schema.columns), *dataset.table] if schema else dataset.table
            there = ", ".join(columns) or "none"
            raise ValueError(f'no column "{name}" to take the label from; there are: {there}')
        layer = name if is_label(name) else "label" if len(chosen) == 1 else f"label:{name}"
        layers[layer] = label_column(dataset.table[name], name.removeprefix("label:"))
        if not layers[layer][1].symbols:
            raise FormatError(f'the column "{name}" is empty in every row, so it names no label.')
    return replace(
        dataset,
        columns={**dataset.columns, **{layer: column for layer, (column, _) in layers.items()}},
        alphabets={**dataset.alphabets, **{layer: alphabet for layer, (_, alphabet) in layers.items()}},
        table={name: values for name, values in dataset.table.items() if name not in chosen and name not in layers},
        notes=mixed.entitled(dataset.notes, dict(zip(layers, chosen))),
    )


def unlabeled(dataset: Dataset) -> Dataset:
    """The dataset without label layers."""
    kept = {layer: column for layer, column in dataset.columns.items() if not is_label(layer)}
    return replace(dataset, columns=kept, alphabets={k: a for k, a in dataset.alphabets.items() if k in kept})


def single(dataset: Dataset, where: str) -> str | None:
    """The label layer of data that go `where` rows have one, None where they have none; ValueError for several."""
    if len(dataset.labels) > 1:
        raise ValueError(f"{where} has one label a row, the data {', '.join(dataset.labels)}; write them to .npz")
    return dataset.labels[0] if dataset.labels else None


def own(dataset: Dataset) -> list[str]:
    """The columns of the table that a file itself calls labels, and that name any."""
    return [name for name, values in dataset.table.items() if is_label(name) and (values != "").any()]


def _joined(dataset: Dataset, path: Path) -> dict[str, np.ndarray]:
    """The columns of a table, its rows in the data's order."""
    columns = table.columns(path)
    key = "name" if "name" in columns else next(iter(columns))
    names = columns.pop(key)
    row_of = _row_of(path, names, columns)
    rows = np.array([row_of.get(name, -1) for name in _called(dataset, names).tolist()], dtype=np.int64)
    if (rows < 0).all():
        raise FormatError(f"none of the {len(dataset)} names ({_first(dataset.names)}) is among the "
                          f'{len(names)} in column "{key}" of {path} ({_first(names)}).')  # fmt: skip
    _warn_of_unlabeled(dataset, rows < 0, f"row in {path}")
    return {name: np.append(values, "")[rows] for name, values in columns.items()}


def _called(dataset: Dataset, known: np.ndarray) -> np.ndarray:
    """What a table calls the rows: by their names, or where it has no haplotype of two, all as their samples."""
    samples = np.array([whose(name) for name in dataset.names.tolist()], dtype=str)
    by_name = np.isin(dataset.names[samples != dataset.names], known).any()
    return dataset.names if by_name or dataset.alphabets.get("visible") != BINARY else samples


def _row_of(path: Path, names: np.ndarray, columns: dict[str, np.ndarray]) -> dict[str, int]:
    """Name -> row; FormatError where rows of one name disagree."""
    row_of: dict[str, int] = {}
    for row, name in enumerate(names.tolist()):
        first = row_of.setdefault(name, row)
        differing = [column for column, values in columns.items() if values[first] != values[row]]
        if differing:
            raise FormatError(f'{path}: "{name}" comes in rows {first + 1} and {row + 1}, which disagree in '
                              f'"{differing[0]}". Keep one.')  # fmt: skip
    return row_of


def _matched(dataset: Dataset, pattern: str) -> dict[str, np.ndarray]:
    """Columns of the named groups of a pattern, or "label" of its only group, searched in the headers."""
    compiled = _compiled(pattern)
    if compiled.groups != 1 and not compiled.groupindex:
        raise ValueError(f'the pattern "{pattern}" needs one group, or named ones: (?P<family>...)')
    found = _searched(dataset, compiled)
    missed = np.array([match is None for match in found], dtype=bool)
    if missed.all():
        raise FormatError(f'the pattern "{pattern}" is in none of the {len(dataset)} headers '
                          f"({_first(dataset.names)}).")  # fmt: skip
    _warn_of_unlabeled(dataset, missed, f'"{pattern}" in the header')
    groups = compiled.groupindex or {"label": 1}
    return {name: np.array([(match and match[group]) or "" for match in found], dtype=str)
            for name, group in groups.items()}  # fmt: skip


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f'the pattern "{pattern}" is not a regular expression: {error}') from None


def _searched(dataset: Dataset, pattern: re.Pattern[str]) -> list[re.Match[str] | None]:
    """What is found in each header."""
    said = dataset.table.get("description", np.full(len(dataset), "", dtype=str))
    return [pattern.search(f"{name} {text}".rstrip()) for name, text in zip(dataset.names, said)]


def _warn_of_unlabeled(dataset: Dataset, missed: np.ndarray, what: str) -> None:
    if missed.any():
        warnings.warn(f"{missed.sum()} of {len(dataset)} rows have no {what}; their labels are unknown: "
                      f"{_first(dataset.names[missed])}", stacklevel=5)  # fmt: skip


def _first(names: np.ndarray) -> str:
    return ", ".join(names[:5].tolist()) + (", ..." if len(names) > 5 else "")
