"""Folders: reads a folder that has one folder of files for each label."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..data.dataset import Dataset
from ..errors import FormatError
from . import names, png


def read(path: Path, read_one: Callable[[Path], Dataset]) -> Dataset:
    """The rows of all files of all folders. table["label"] is the name of the folder; notes are those that all share.

    `read_one` reads one file, or all PNG files of a folder. Raises FormatError if there is no file, or if the files
    differ in sites or alphabet.
    """
    files = sorted(file for file in path.glob("*/*") if file.is_file() and not file.name.startswith("."))
    if not files:
        raise FormatError(f"{path} has no folders with files, one folder for each label.")
    sources = list(dict.fromkeys(file.parent if png.is_png(file) else file for file in files))
    return _stacked(sources, [read_one(source) for source in sources])


def _stacked(files: list[Path], parts: list[Dataset]) -> Dataset:
    first = parts[0]
    if "schema" in first.notes:
        raise FormatError(
            f"{files[0]} is a table of columns: make one table of all files, with the labels in a column."
        )
    for file, part in zip(files, parts):
        if _kind(part) != _kind(first):
            raise FormatError(f"{file} differs from {files[0]}: it has {_kind(part)}, not {_kind(first)}. "
                              "If only the alphabet differs, name the alphabet.")  # fmt: skip
    keys = dict.fromkeys(name for part in parts for name in part.table)
    table = {name: np.concatenate([part.table.get(name, np.full(len(part), "")) for part in parts])
             for name in keys}  # fmt: skip
    homes = [file if file.is_dir() else file.parent for file in files]
    table["label"] = np.repeat([names.from_file_name(home.name) for home in homes], [len(part) for part in parts])
    columns = {layer: np.concatenate([part[layer] for part in parts]) for layer in first.columns}
    called = np.concatenate([part.names for part in parts])
    notes = {key: said for key, said in first.notes.items() if all(part.notes.get(key) == said for part in parts)}
    return Dataset(columns, first.alphabets, called, table, None, notes)


def _kind(part: Dataset) -> str:
    alphabets = {layer: alphabet.name for layer, alphabet in part.alphabets.items()}
    layers = [f"{layer} of {column.shape[1]} {alphabets.get(layer, 'numbers')}"
              for layer, column in part.columns.items()]  # fmt: skip
    return ", ".join([*layers, *(f"{part.notes[key]} a row" for key in ["image"] if key in part.notes)])
