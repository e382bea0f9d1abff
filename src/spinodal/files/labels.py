"""Labels: adds labels to data from a table joined by name, a pattern in the headers, or an idx file."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset, is_label, label_column
from ..errors import FormatError
from . import idx, keys, mixed, people, table
from .cells import Cells, blank_unknown, match_whole_numbers, merge_whole_numbers


def add_labels(dataset: Dataset, labels: str | Path, missing: Sequence[str] | None = None) -> Dataset:
    """The data with columns from `labels` in the table. `labels` is "re:PATTERN", an idx file, or a table.

    missing: the words for unknown (`cells.blank_unknown`). Raises FormatError if no row gets a label. Warns if some
    rows get none (""), and of words that are read as unknown.
    """
    if str(labels).startswith("re:"):
        columns = blank_unknown(_matched(dataset, str(labels)[3:]), f'"{str(labels)[3:]}" in the headers', missing)
    elif idx.is_idx(Path(labels)):
        columns = {"label": idx.read_labels(Path(labels), len(dataset))}
    else:
        columns = _joined(dataset, Path(labels), missing)
    return replace(dataset, table={**dataset.table, **columns})


def describe_join(dataset: Dataset, labels: str | Path, examples: int = 5) -> dict[str, Any]:
    """How many rows get labels: {"rows", "without"}, and names of rows without labels as "without_examples".

    For a table also the number of its rows that match no row of the data, "unused", with "unused_examples". {} for an
    idx file, which has the order of the data. Raises FormatError as `add_labels` does.
    """
    if str(labels).startswith("re:"):
        missed, unused = np.array([m is None for m in _searched(dataset, _compiled(str(labels)[3:]))]), None
    elif idx.is_idx(Path(labels)):
        return {}
    else:
        match = keys.match_rows(dataset, table.read_columns(Path(labels)), Path(labels))
        missed = match.rows < 0
        unused = match.names[~np.isin(match.names, match.names[match.rows[~missed]])]
    found = {"rows": int((~missed).sum()), "without": int(missed.sum())}
    found |= {"without_examples": dataset.names[missed][:examples].tolist()}
    return found | ({} if unused is None else {"unused": len(unused), "unused_examples": unused[:examples].tolist()})


def to_label_layers(dataset: Dataset, chosen: Sequence[str] | Mapping[str, str]) -> Dataset:
    """The data with columns of the table as label layers: a single one as "label", several as "label:NAME".

    chosen: names of columns, or {column: layer}. A column called "label" or "label:NAME" becomes the layer of this
    name. Raises ValueError if a column doesn't exist.
    """
    told = chosen if isinstance(chosen, Mapping) else {}
    layers = {}
    for name in chosen:
        if name not in dataset.table:
            schema = dataset.schema
            columns = [*(c.name for c in schema.columns), *dataset.table] if schema else dataset.table
            there = ", ".join(columns) or "none"
            raise ValueError(f'there is no column "{name}" for the label; there are: {there}')
        layer = name if is_label(name) else told.get(name, "label" if len(chosen) == 1 else f"label:{name}")
        words, duplicates = merge_whole_numbers(dataset.table[name])
        for word, whole in duplicates.items():
            warnings.warn(f'"{name}": {word} and {whole} are read as one label, {whole}', stacklevel=4)
        layers[layer] = label_column(words, name.removeprefix("label:"))
        if not layers[layer][1].symbols:
            raise FormatError(f'the column "{name}" is empty in every row, so it has no labels.')
    return replace(
        dataset,
        columns={**dataset.columns, **{layer: column for layer, (column, _) in layers.items()}},
        alphabets={**dataset.alphabets, **{layer: alphabet for layer, (_, alphabet) in layers.items()}},
        table={name: values for name, values in dataset.table.items() if name not in chosen and name not in layers},
        notes=mixed.note_label_headers(dataset.notes, dict(zip(layers, chosen))),
    )


def match_label_names(dataset: Dataset, alphabets: Mapping[str, Alphabet]) -> Dataset:
    """The data with labels that are whole numbers written as in these alphabets: 1.0 as 1, or 1 as 1.0."""
    own = {layer: dataset.alphabets[layer] for layer in dataset.labels if layer in alphabets}
    same = {layer: match_whole_numbers(a.symbols, alphabets[layer].symbols) for layer, a in own.items()}
    return replace(dataset, alphabets=dataset.alphabets | {k: replace(a, symbols=same[k]) for k, a in own.items()})


def without_labels(dataset: Dataset) -> Dataset:
    """The data without label layers."""
    kept = {layer: column for layer, column in dataset.columns.items() if not is_label(layer)}
    return replace(dataset, columns=kept, alphabets={k: a for k, a in dataset.alphabets.items() if k in kept})


def label_columns(dataset: Dataset) -> dict[str, str]:
    """{column: layer} for the columns of the table that the file itself marks as labels, without empty ones."""
    noted = {name: layer for layer, name in dataset.notes.get(mixed.OBS, {}).items()}
    called = {name: noted.get(name, name) for name in dataset.table if is_label(name) or name in noted}
    return {name: layer for name, layer in called.items() if (dataset.table[name] != "").any()}


def _joined(dataset: Dataset, path: Path, missing: Sequence[str] | None) -> Cells:
    """The columns of a table, with its rows in the order of the data."""
    columns = table.read_columns(path)
    found = keys.match_rows(dataset, columns, path)
    there = found.rows >= 0
    if not there.any():
        raise FormatError(f"none of the {len(dataset)} names of the data ({_first(dataset.names)}) is among the "
                          f'{len(found.names)} in column "{found.key}" of {path} ({_first(found.names)}).')  # fmt: skip
    few = f'; column "{found.key}" has {_first(found.names)}: are these the names of the rows?'
    _warn_of_unlabeled(dataset, ~there, f"row in {path}", few if 2 * there.sum() < len(dataset) else "")
    others = {name: values for name, values in columns.items() if name != found.key}
    plain = blank_unknown(others, path, missing, _own_words(columns, path))
    return {name: np.append(values, "")[found.rows] for name, values in plain.items()}


def _own_words(columns: Cells, path: Path) -> dict[str, tuple[str, ...]]:
    """For each column of a PLINK table, its additional words for unknown; {} for other tables."""
    if keys.individual_header(columns) is None:
        return {}
    fam = table.is_fam(path)
    return {name: people.missing_words(name if fam else "", cells) for name, cells in columns.items()}


def _matched(dataset: Dataset, pattern: str) -> dict[str, np.ndarray]:
    """Columns from a pattern searched in the headers: one for each named group, or "label" for the only group."""
    compiled = _compiled(pattern)
    if compiled.groups != 1 and not compiled.groupindex:
        raise ValueError(f'the pattern "{pattern}" needs one group, or named ones: (?P<family>...)')
    found = _searched(dataset, compiled)
    missed = np.array([match is None for match in found], dtype=bool)
    if missed.all():
        raise FormatError(f'the pattern "{pattern}" is found in none of the {len(dataset)} headers '
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
    """The match in each header, or None."""
    said = dataset.table.get("description", np.full(len(dataset), "", dtype=str))
    return [pattern.search(f"{name} {text}".rstrip()) for name, text in zip(dataset.names, said)]


def _warn_of_unlabeled(dataset: Dataset, missed: np.ndarray, what: str, more: str = "") -> None:
    if missed.any():
        warnings.warn(f"{missed.sum()} of {len(dataset)} rows have no {what}; their labels are unknown: "
                      f"{_first(dataset.names[missed])}{more}", stacklevel=5)  # fmt: skip


def _first(names: np.ndarray) -> str:
    return ", ".join(names[:5].tolist()) + (", ..." if len(names) > 5 else "")
