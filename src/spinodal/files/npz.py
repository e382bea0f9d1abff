"""npz: a complete dataset as numpy arrays."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import BINARY, REAL, Alphabet
from ..data.dataset import Dataset, concatenate, is_label, label_column, numbered_names
from ..data.row_blocks import Spool, blocks, concatenate_blocks
from ..data.schema import Schema
from ..errors import FormatError, one_line
from . import manifest, opened
from .arrays import BROKEN, array_alphabet, as_rows, check_text, layer_column, needed_symbols, recode
from .atomic import atomic_file
from .opened import check_unpacked, content

BITS = ".bits.npz"
"""The end of the name of a file whose binary letters are packed to bits."""


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """The rows of a file, or of a folder of shards one after the other, as `read_file` reads them."""
    return _gather(read_file(file, alphabet, unknown) for file in manifest.files(path))


def read_file(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """A file that `write` made, or any file with an array "visible" and possibly "label" (n,) of text or integers.

    "visible" is (n, sites), or images (n, height, width). Integers are letters of "alphabet", -1 unknown; without it, 0
    and 1 are binary and others numerals. With the alphabet GRAY they are levels from 0 to 255, which become numbers
    from -1 to 1. Other numbers are unchanged. A mixed table has its own layers in place of "visible". If the file has
    an "alphabet" and another one is asked for, letters are converted symbol by symbol. Raises FormatError for arrays of
    Python objects, and for arrays that don't fit together; ValueError for symbols that the other alphabet lacks.
    """
    arrays = _unpacked(_arrays(path), path)
    if alphabet == REAL:
        arrays.pop("alphabet", None)  # numbers were asked for
    layers, notes = _about(arrays, path)
    schema = Schema.of(notes)
    if schema is None:
        arrays["visible"], shape = as_rows(arrays["visible"], f'"visible" in {path}')
        notes |= shape
    n = len(np.atleast_1d(arrays[next(iter(layers))]))
    columns: dict[str, np.ndarray] = {}
    alphabets: dict[str, Alphabet] = {}
    for layer, called in layers.items():
        where = f'"{layer}" in {path}'
        own = (schema and schema.alphabets.get(layer)) or _alphabet(arrays, layer, called, path)
        given = own or (array_alphabet(alphabet, notes) if layer == "visible" else None)
        columns[layer], found = _column(arrays[layer], given, layer, n, where)
        alphabets |= {} if found is None else {layer: found}
    columns_of_rows = _of_rows(arrays, n, path)
    weights = columns_of_rows.pop("weights", None)
    names = columns_of_rows.pop("names", numbered_names(n))
    table = {key.removeprefix("table:"): values for key, values in columns_of_rows.items()}
    data = Dataset(columns, alphabets, names, table, weights, notes)
    return recode(data, alphabets.get("visible") if "alphabet" in arrays else None, alphabet, unknown)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write each layer under its name, its symbols under "alphabet" ("alphabet:label"), the table under "table:...".

    If the name ends in .bits.npz, binary letters are packed eight to a byte: "bits" is np.packbits(visible, axis=1),
    and "sites" the number of sites. Raises ValueError for other data in such a file. An array begins with its shape, so
    the parts are gathered first; large layers are in temporary files.
    """
    dataset = _gather(parts)
    layers_as_arrays = _packed(dataset) if path.name.lower().endswith(BITS) else dataset.columns
    arrays: dict[str, Any] = {**layers_as_arrays, "names": dataset.names.astype(str)}
    arrays |= {_key(layer): np.array(alphabet.symbols) for layer, alphabet in dataset.alphabets.items()}
    arrays |= {f"table:{name}": values.astype(str) for name, values in dataset.table.items()}
    layers = {layer: dataset.alphabets[layer].name if layer in dataset.alphabets else "" for layer in dataset.columns}
    arrays["about"] = np.array(json.dumps({"layers": layers, "notes": dataset.notes}))
    if dataset.weights is not None:
        arrays["weights"] = dataset.weights
    with atomic_file(path) as handle, tempfile.TemporaryFile() as packed:  # zip needs to seek, which gzip can't
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        packed.seek(0)
        shutil.copyfileobj(packed, handle)


def _gather(parts: Iterable[Dataset]) -> Dataset:
    """The rows of all parts as in `concatenate`, taken one by one; large layers are in memory-mapped files."""
    spools, rest = dict[str, Spool](), list[Dataset]()
    with ExitStack() as stack:
        for part in parts:
            for layer, column in part.columns.items():
                if layer not in spools:
                    spools[layer] = stack.enter_context(Spool())
                spools[layer].add(column)
            rest.append(replace(part, columns={}))
        return replace(concatenate(rest), columns={layer: spool.array() for layer, spool in spools.items()})


def _packed(dataset: Dataset) -> dict[str, np.ndarray]:
    """The layers, with bits in place of binary letters. Raises ValueError for letters that aren't known bits."""
    if dataset.alphabets.get("visible") != BINARY:
        raise ValueError(f"{BITS} holds binary letters alone: write .npz")
    column = dataset["visible"]
    if any((block < 0).any() for block in blocks(column)):
        raise ValueError(f"{BITS} can't hold unknown letters: write .npz")
    bits = concatenate_blocks(np.packbits(block.astype(np.uint8), axis=1) for block in blocks(column))
    labels = {layer: dataset[layer] for layer in dataset.labels}
    return {"bits": bits, "sites": np.array(column.shape[1])} | labels


def _unpacked(arrays: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """The arrays, with binary letters in place of bits. Raises FormatError for bits that don't fit the sites."""
    if "bits" not in arrays:
        return arrays
    bits, sites = arrays.pop("bits"), arrays.pop("sites", np.array(0))
    if bits.dtype != np.uint8 or bits.ndim != 2 or sites.shape != () or sites.dtype.kind not in "iu" \
            or -(-int(sites) // 8) != bits.shape[1]:  # fmt: skip
        raise FormatError(f'"bits" in {path} are not those of as many sites as "sites" says: make it again.')
    letters = (np.unpackbits(block, axis=1, count=int(sites)).astype(np.int8) for block in blocks(bits))
    return {"visible": concatenate_blocks(letters)} | arrays


def _arrays(path: Path) -> dict[str, np.ndarray]:
    raw = io.BytesIO(content(path))
    try:
        check_unpacked(path, sum(x.file_size for x in zipfile.ZipFile(raw).infolist()), raw.getbuffer().nbytes)
        with np.load(raw, allow_pickle=False) as archive:
            return {key: check_text(values, f'"{key}" in {path}') for key, values in archive.items()}
    except FormatError:
        raise
    except (*BROKEN, *opened.BROKEN) as error:
        raise FormatError(f"{path} is not npz with plain arrays ({one_line(error)}).") from None


def _about(arrays: dict[str, np.ndarray], path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """{layer: name of its alphabet} and the notes. Raises FormatError if they are not as `write` makes them."""
    try:
        about = json.loads(str(arrays.get("about", "{}")))
        layers = about.get("layers") or dict.fromkeys(["visible", *filter(is_label, arrays)], "")
        notes, sound = dict(about.get("notes", {})), all(isinstance(called, str) for called in layers.values())
    except (ValueError, TypeError, AttributeError, RecursionError):
        layers, notes, sound = {}, {}, False
    if sound and "schema" not in notes and "visible" not in arrays:
        raise FormatError(f'{path} has no array "visible" (rows, sites); it has: {", ".join(arrays)}.')
    if not (sound and ("schema" in notes or "visible" in layers) and layers.keys() <= arrays.keys()):
        raise FormatError(f'"about" in {path} is not as spinodal writes it: remove it, or write the file again.')
    return layers, notes


def _of_rows(arrays: dict[str, np.ndarray], n: int, path: Path) -> dict[str, np.ndarray]:
    """Weights, names and table, (n,) each, as numbers and text. Raises FormatError for other shapes or types."""
    keys = [key for key in arrays if key in ("weights", "names") or key.startswith("table:")]
    for key in keys:
        if arrays[key].shape != (n,) or (key == "weights" and arrays[key].dtype.kind not in "biuf"):
            raise FormatError(f'"{key}" in {path} is {arrays[key].dtype} of shape {arrays[key].shape}, not a value for '
                              f"each of {n} rows: remove it, or correct it.")  # fmt: skip
    return {key: arrays[key] if key == "weights" else arrays[key].astype(str) for key in keys}


def _key(layer: str) -> str:
    return "alphabet" if layer == "visible" else f"alphabet:{layer}"


def _alphabet(arrays: dict[str, np.ndarray], layer: str, called: str, path: Path) -> Alphabet | None:
    """The alphabet of a layer in the file. For integer labels without symbols: the numerals; else None."""
    if (key := _key(layer)) in arrays:
        try:
            return Alphabet(
                tuple(arrays[key].astype(str).tolist()), called
            )  # from an array, or from one text of letters
        except (ValueError, TypeError) as error:
            raise FormatError(f'"{key}" in {path} is not a list of symbols ({one_line(error)}).') from None
    values = arrays[layer]
    where = f'"{layer}" in {path}'
    return (
        Alphabet(needed_symbols(values, where), called or layer)
        if is_label(layer) and values.dtype.kind in "biu"
        else None
    )


def _column(
    values: np.ndarray, alphabet: Alphabet | None, layer: str, n: int, where: str
) -> tuple[np.ndarray, Alphabet | None]:
    """The matrix and alphabet of a layer; labels may be text."""
    if not is_label(layer):
        if values.ndim != 2 or len(values) != n:
            raise FormatError(f"{where} has the shape {values.shape}, but there are {n} rows.")
        return layer_column(values, alphabet, where)
    if values.shape not in ((n,), (n, 1)):
        raise FormatError(f"{where} has the shape {values.shape}, not one label for each of {n} rows.")
    values = values.reshape(n, 1)
    return label_column(values[:, 0], layer) if values.dtype.kind == "U" else layer_column(values, alphabet, where)
