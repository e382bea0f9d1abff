"""npz: everything a dataset is, as numpy arrays."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..alphabet import Alphabet
from ..dataset import Dataset, is_label, joined, label_column, numbered
from ..errors import FormatError
from ..schema import Schema
from .arrays import column, kept_as, rows, symbols
from .opened import check_unpacked, content
from .whole import whole


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """What `write` wrote, or at least an array "visible", and "label" (n,) of text or integers.

    "visible" is (n, sites), or images (n, height, width). Integers are letters of "alphabet", else 0 and 1 are binary
    and others numerals, -1 being unknown; with the alphabet GRAY they are levels from 0 to 255, which become numbers
    from -1 to 1. Other numbers are kept as they are. A mixed table has its own layers in place of "visible". Arrays of
    Python objects are refused: FormatError.
    """
    arrays = _arrays(path)
    about = json.loads(str(arrays.get("about", "{}")))
    notes = about.get("notes", {})
    schema = Schema.of(notes)
    if schema is None:
        if "visible" not in arrays:
            raise FormatError(f'{path} has no array "visible" of (rows, sites); it has: {", ".join(arrays)}.')
        arrays["visible"], shape = rows(arrays["visible"], f'"visible" in {path}')
        notes |= shape
    layers = about.get("layers") or dict.fromkeys(["visible", *filter(is_label, arrays)], "")
    columns: dict[str, np.ndarray] = {}
    alphabets: dict[str, Alphabet] = {}
    for layer, called in layers.items():
        where = f'"{layer}" in {path}'
        own = schema.alphabets.get(layer) if schema else kept_as(alphabet, notes) if layer == "visible" else None
        columns[layer], found = _column(arrays[layer], own or _alphabet(arrays, layer, called, where), layer, where)
        alphabets |= {} if found is None else {layer: found}
    table = {key.removeprefix("table:"): values for key, values in arrays.items() if key.startswith("table:")}
    names = arrays.get("names", numbered(len(next(iter(columns.values()))))).astype(str)
    return Dataset(columns, alphabets, names, table, arrays.get("weights"), notes)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Each layer under its name, its symbols under "alphabet" ("alphabet:label"), the table under "table:...".

    An array begins with its shape, so the parts are joined first.
    """
    dataset = joined(list(parts))
    arrays: dict[str, Any] = {**dataset.columns, "names": dataset.names.astype(str)}
    arrays |= {_key(layer): np.array(alphabet.symbols) for layer, alphabet in dataset.alphabets.items()}
    arrays |= {f"table:{name}": values.astype(str) for name, values in dataset.table.items()}
    layers = {layer: dataset.alphabets[layer].name if layer in dataset.alphabets else "" for layer in dataset.columns}
    arrays["about"] = np.array(json.dumps({"layers": layers, "notes": dataset.notes}))
    if dataset.weights is not None:
        arrays["weights"] = dataset.weights
    with whole(path) as handle:
        np.savez_compressed(handle, allow_pickle=False, **arrays)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    raw = io.BytesIO(content(path))
    try:
        check_unpacked(path, sum(x.file_size for x in zipfile.ZipFile(raw).infolist()), raw.getbuffer().nbytes)
        with np.load(raw, allow_pickle=False) as archive:
            return dict(archive)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FormatError(f"{path} is not npz of plain arrays ({error}).") from None


def _key(layer: str) -> str:
    return "alphabet" if layer == "visible" else f"alphabet:{layer}"


def _alphabet(arrays: dict[str, np.ndarray], layer: str, called: str, where: str) -> Alphabet | None:
    """The symbols a layer came with; for labels that are integers without any, those that they need."""
    if _key(layer) in arrays:
        return Alphabet(tuple(arrays[_key(layer)].tolist()), called)  # of an array, or of one text of letters
    values = arrays[layer]
    return Alphabet(symbols(values, where), called or layer) if is_label(layer) and values.dtype.kind in "biu" else None


def _column(
    values: np.ndarray, alphabet: Alphabet | None, layer: str, where: str
) -> tuple[np.ndarray, Alphabet | None]:
    """A layer's column and alphabet; labels may come as text."""
    values = values[:, None] if values.ndim == 1 else values
    if values.dtype.kind == "U" and is_label(layer):
        return label_column(values[:, 0], layer)
    return column(values, alphabet, where)
