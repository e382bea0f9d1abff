"""HDF5: files in the formats of the F&F authors' programs and of rbms, with training rows, test rows and labels."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.alphabet import BINARY, GRAY, REAL, Alphabet
from ..data.dataset import Dataset, concatenate, numbered_names
from ..errors import FormatError
from . import arrays, hdf5_arrays
from .atomic import atomic_file
from .companions import single_label_layer
from .hdf5_extras import GROUP, new_file, read_extras, write_array, write_extras, write_texts

if TYPE_CHECKING:
    import h5py

_PARTS = ("train", "test", "other")


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """The rows of "train" and "test" (F&F), or of "samples" (rbms).

    Files of the F&F authors have "train" (n, sites), "train_labels" (text, "-1" unknown), "train_names", and the same
    for "test"; if both parts exist, the column "split" of the table names the part of each row. Files of rbms have
    "samples", "labels" (integers, -1 unknown) and "variable_type". Whole numbers are letters: k is the k-th of the
    alphabet; without one, 0 and 1 are binary and others numerals. If all are -1 and 1, or the type is "ising", they
    become 0 and 1, or stay numbers with GRAY or REAL. Other numbers, and all of type "continuous", are unchanged. A
    file that `write` made is read in its original order with symbols, table, weights and notes.

    Raises FormatError if there is neither "train" nor "samples", and if arrays don't fit together, are links, hold
    objects, claim a size larger than they have or than 8 GiB, or are broken. Sources: DsysDML/FeF, README; rbms 0.5.0
    and 0.6.0.
    """
    with hdf5_arrays.open_hdf5(path) as file:
        parts = _parts(file)
        kind = str(hdf5_arrays.read_array(file, "variable_type")) if "variable_type" in file else ""
        notes, own = read_extras(file) or (None, None)
        beside = None if notes is None else _beside(hdf5_arrays.member(file, GROUP))
    data = _joined(parts, kind, own or arrays.array_alphabet(alphabet, notes or {}), str(path))
    if notes is not None and beside is not None:
        data = replace(_in_order(data, *beside, str(path)), notes=notes)
    return arrays.recode(data, own, alphabet, unknown)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write one file that both programs can read.

    The column "split" divides the rows into "train" and "test", and "other" for all others; without it all are "train".
    For rbms, "samples" and "labels" repeat the first part: labels that are numerals are written as these integers,
    others by their number. The group "spinodal" has everything else. The parts are concatenated first. Raises
    ValueError for unknown entries, several label layers, and a label "-1".
    """
    data, packed = concatenate(list(parts)), io.BytesIO()
    layer = _writable(data)
    with new_file(packed) as file:
        rows = _rows(data)
        for part, chosen in rows.items():
            _write_part(file, part, data.select(chosen), layer)
        first = next(iter(rows))
        file["samples"] = file[first]  # a hard link: a second name for the same array
        if layer is not None:
            numbers = arrays.label_numbers(data, layer, 2**31)[rows[first]]
            write_array(file, "labels", numbers.astype(np.int32))
        file["variable_type"] = np.bytes_(_kind(data))
        _write_beside(write_extras(file, data), data, np.concatenate(list(rows.values())), layer)
    with atomic_file(path) as handle:
        handle.write(packed.getbuffer())


# From a file to rows


def _parts(file: h5py.File) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of each part: {part: {"rows", "labels", "names"}}."""
    there = [part for part in _PARTS if part in file and (part != "other" or GROUP in file)]
    if there:
        called = {part: {"rows": part, "labels": f"{part}_labels", "names": f"{part}_names"} for part in there}
    elif "samples" in file:
        called = {"samples": {"rows": "samples", "labels": "labels", "names": "names"}}
    else:
        raise FormatError(f'there is neither "train" nor "samples"; there are: {", ".join(file) or "none"}.')
    return {part: {what: hdf5_arrays.read_array(file, key) for what, key in keys.items() if key in file}
            for part, keys in called.items()}  # fmt: skip


def _joined(parts: dict[str, dict[str, np.ndarray]], kind: str, alphabet: Alphabet | None, path: str) -> Dataset:
    """The parts as one dataset."""
    shapes = {part: found["rows"].shape for part, found in parts.items()}
    if len({shape[1:] for shape in shapes.values()}) > 1:
        raise FormatError(f"{path} has parts whose rows differ in shape: {shapes}.")
    sizes = {part: shape[0] for part, shape in shapes.items() if shape}
    x = np.concatenate([np.atleast_1d(found["rows"]) for found in parts.values()])
    data = arrays.array_dataset(_typed(x, kind, alphabet, path), alphabet, path, "hdf5")
    table = {} if len(parts) == 1 else {"split": np.repeat(list(parts), list(sizes.values()))}
    labels = np.concatenate([_labels(parts[part], n, f"the labels of {part} in {path}") for part, n in sizes.items()])
    table |= {"label": labels} if (labels != "").any() else {}
    return replace(data, names=_names(parts, sizes, path), table=table)


def _typed(x: np.ndarray, kind: str, alphabet: Alphabet | None, path: str) -> np.ndarray:
    """Whole numbers as integers, spins as 0 and 1; unchanged with GRAY or REAL."""
    spins = ((x == 1) | (x == -1)).all() and (x == -1).any()
    if kind == "ising" and not ((x == 1) | (x == -1)).all():
        raise FormatError(f'{path} has the type "ising", but numbers other than -1 and 1.')
    if kind == "ising" or (not kind and spins):
        return x.astype(np.float32) if alphabet in (GRAY, REAL) else (x == 1).astype(np.int8)
    if kind == "continuous":
        return x.astype(np.float64)
    return x if alphabet in (GRAY, REAL) else arrays.as_integers(x)


def _labels(found: dict[str, np.ndarray], n: int, where: str) -> np.ndarray:
    return arrays.label_texts(found["labels"], n, where) if "labels" in found else np.full(n, "", dtype=str)


def _names(parts: dict[str, dict[str, np.ndarray]], sizes: dict[str, int], path: str) -> np.ndarray:
    """The names of the rows; default names if a part has none."""
    called, at = numbered_names(sum(sizes.values())), 0
    named = []
    for part, n in sizes.items():
        own = parts[part].get("names", called[at : at + n]).astype(str)
        if own.size != n:
            raise FormatError(f'{path} has {own.size} names for {n} rows of "{part}".')
        named.append(own.reshape(n))
        at += n
    return np.concatenate(named)


def _beside(group: h5py.Group) -> tuple[np.ndarray, str, dict[str, np.ndarray], np.ndarray | None]:
    """The contents of our group: the original position of each row, the label layer, the table, the weights."""
    columns, names = hdf5_arrays.member(group, "table"), hdf5_arrays.read_texts(group, "columns")
    table = {name: np.array(hdf5_arrays.read_texts(columns, str(i)), dtype=str) for i, name in enumerate(names)}
    weights = hdf5_arrays.read_array(group, "weights") if "weights" in group else None
    return hdf5_arrays.read_array(group, "row"), hdf5_arrays.read_texts(group, "label")[0], table, weights


def _in_order(
    data: Dataset, row: np.ndarray, layer: str, table: dict[str, np.ndarray], weights: np.ndarray | None, path: str
) -> Dataset:
    """The data in the order in which they were written, with their label layer, table and weights."""
    columns = [*table.values(), *([] if weights is None else [weights])]
    if not np.array_equal(np.sort(row), np.arange(len(data))) or any(len(x) != len(data) for x in columns):
        raise FormatError(
            f'{path} has {len(data)} rows, but its group "{GROUP}" is for other rows: the file was changed.'
        )
    label = {layer: data.table["label"]} if "label" in data.table else {}
    written = replace(data, table=label).select(np.argsort(row))
    return replace(written, table=written.table | table, weights=weights)


# From rows to a file


def _writable(data: Dataset) -> str | None:
    """The label layer of the data. Raises ValueError for data that this format can't hold."""
    layer = single_label_layer(data, "HDF5")
    if not (data.whole.all() or (data["visible"].dtype.kind == "i" and "visible" not in data.alphabets)):
        raise ValueError("the programs that read HDF5 allow no unknown entries; write these data to .npz")
    if layer is not None and "-1" in data.alphabets[layer].symbols:
        raise ValueError('in HDF5 the label "-1" means unknown; rename this label, or write to .npz')
    return layer


def _rows(data: Dataset) -> dict[str, np.ndarray]:
    """The rows of each part. All rows are training rows if no row is marked "train"."""
    split = data.table.get("split", np.full(len(data), "train"))
    if not (split == "train").any():
        split = np.full(len(data), "train")
    chosen = {"train": split == "train", "test": split == "test", "other": (split != "train") & (split != "test")}
    return {part: np.flatnonzero(mask) for part, mask in chosen.items() if mask.any()}


def _write_part(file: h5py.File, part: str, data: Dataset, layer: str | None) -> None:
    write_array(file, part, data["visible"])
    labels = np.full(len(data), "") if layer is None else data.texts(layer)
    write_texts(file, f"{part}_labels", np.where(labels == "", "-1", labels))
    write_texts(file, f"{part}_names", data.names)


def _write_beside(group: h5py.Group, data: Dataset, row: np.ndarray, layer: str | None) -> None:
    write_array(group, "row", row)
    write_texts(group, "label", [layer or "label"])
    write_texts(group, "columns", list(data.table))
    columns = group.create_group("table")
    for i, values in enumerate(data.table.values()):  # by number, since a name may contain a slash
        write_texts(columns, str(i), values)
    if data.weights is not None:
        write_array(group, "weights", data.weights)


def _kind(data: Dataset) -> str:
    """The variable type, in the terms of rbms."""
    if "visible" not in data.alphabets:
        return "continuous"
    return "bernoulli" if data.alphabets["visible"] == BINARY else "categorical"
