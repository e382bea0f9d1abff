"""h5ad: AnnData files: the matrix X, the columns of obs, and the names of rows and columns.

Not read by the package anndata: it follows links to other files, reads sparse entries outside the shape, and imports
in 4 s.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.alphabet import GRAY, REAL, Alphabet
from ..data.dataset import Dataset, concatenate, is_label
from ..errors import FormatError
from . import arrays, hdf5_arrays
from .aligned import reorder_site_notes
from .atomic import atomic_file
from .cells import strip_spaces
from .hdf5_extras import GROUP, new_file, read_extras, set_encoding, write_array, write_extras
from .mixed import OBS
from .types import Type, notes_of, types_of

if TYPE_CHECKING:
    import h5py

TYPES = "obs_types"
"""The key of the notes for the types of the columns of obs."""

TEXT = "string-array"
"""AnnData's encoding of a column of text."""

_WEIGHTS = f"{GROUP}:weights"
_OLD = '"{}" has the format of AnnData before 0.8: read the file with AnnData, and write it again.'
_KINDS = ("", "array", "string-array", "categorical", "nullable-integer", "nullable-boolean", "nullable-string-array")


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """The rows of the matrix X, dense or sparse. 0 and 1 are binary; other numbers are unchanged.

    With an alphabet, the whole number k is its k-th letter. NaN, and -1 for letters, are unknown. Columns of obs go to
    the table as text, missing entries as "". obs_names are the names; var_names and the types of obs are in the notes.
    Columns of obs that aren't text, numbers or categories are ignored with a warning; layers, obsm and everything else
    are ignored. A sparse matrix is converted to a dense one of up to 8 GiB.

    Raises FormatError if there is no X, if it is larger, a link or broken, and for files of AnnData before 0.8.
    Source: the on-disk format of anndata 0.8 to 0.12.
    """
    with hdf5_arrays.open_hdf5(path) as file:
        x = _matrix(file, "X")
        names, table, types = _frame(hdf5_arrays.member(file, "obs"))
        variables, _, _ = _frame(hdf5_arrays.member(file, "var"))
        weights = table.pop(_WEIGHTS).astype(float) if _WEIGHTS in table else None
        types.pop(_WEIGHTS, None)
        ours = read_extras(hdf5_arrays.member(file, "uns")) if "uns" in file else None
    if x.ndim != 2 or x.shape != (len(names), len(variables)):
        raise FormatError(
            f"{path} has X of shape {x.shape}, but {len(names)} names of rows and {len(variables)} of columns."
        )
    notes, own = ours or ({"format": "h5ad"}, None)
    letters = own or arrays.array_alphabet(alphabet, notes)
    visible, found = arrays.layer_column(_typed(x, letters, ours is None), letters, str(path))
    alphabets = {} if found is None else {"visible": found}
    said = reorder_site_notes(notes, variables.tolist()) | {"var_names": variables.tolist()}
    said |= _noted(notes, types, ours is not None)
    data = Dataset({"visible": visible}, alphabets, strip_spaces(names), table, weights, said)
    return arrays.recode(data, own, alphabet, unknown)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write X as integers, or as numbers with NaN for unknown; labels, as categories, and the table go into obs.

    A label has the name of the column of obs that it was read from, else that of its layer. Columns of the table have
    the types with which they were read from h5ad, if they still fit; otherwise they are text. Names of columns are the
    var_names of the notes, else v0001, v0002, ... Symbols, weights and notes are in uns. The parts are concatenated
    first. Raises ValueError for a column whose name is empty, has a slash, or is that of a label layer.
    """
    data, packed = concatenate(list(parts)), io.BytesIO()
    with new_file(packed) as file:
        set_encoding(file, "anndata")
        set_encoding(write_array(file, "X", _values(data)), "array")
        _write_frame(file, "obs", data.names, _columns(data))
        _write_frame(file, "var", _variables(data), {})
        for key in ("layers", "obsm", "obsp", "varm", "varp", "uns"):
            set_encoding(file.create_group(key), "dict")
        write_extras(file["uns"], data)
    with atomic_file(path) as handle:
        handle.write(packed.getbuffer())


# From a file to rows


def _matrix(file: h5py.File, key: str) -> np.ndarray:
    """A matrix of numbers; a sparse one is converted to a dense one."""
    kind = _encoding(hdf5_arrays.member(file, key))
    if kind not in ("csr_matrix", "csc_matrix"):
        return hdf5_arrays.read_array(file, key)
    group = file[key]
    shape = tuple(int(n) for n in group.attrs["shape"])
    begin, inner, values = (hdf5_arrays.read_array(group, name) for name in ("indptr", "indices", "data"))
    hdf5_arrays.check_size(shape, values.dtype.itemsize, f'"{key}" as a dense matrix')
    outer_size, inner_size = shape if kind == "csr_matrix" else shape[::-1]
    if begin.shape != (outer_size + 1,) or inner.shape != values.shape or (begin[0], begin[-1]) != (0, len(values)):
        raise FormatError(f'"{key}" is a sparse matrix whose parts don\'t fit together.')
    outer = np.repeat(np.arange(outer_size), np.diff(begin))
    if len(inner) and not 0 <= inner.min() <= inner.max() < inner_size:
        raise FormatError(f'"{key}" is a sparse matrix with entries outside its shape {shape[0]} x {shape[1]}.')
    full = np.zeros((outer_size, inner_size), dtype=values.dtype)
    np.add.at(full, (outer, inner), values)
    return full if kind == "csr_matrix" else full.T


def _frame(group: h5py.Group) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, Type]]:
    """The names of the rows of a data frame, its columns as text, and their types."""
    if _encoding(group) != "dataframe":
        raise FormatError(_OLD.format(group.name[1:]))
    names, columns, types = _text(group, group.attrs["_index"]), dict[str, np.ndarray](), dict[str, Type]()
    for key in group.attrs["column-order"]:
        if (kind := _encoding(hdf5_arrays.member(group, key))) not in _KINDS:
            warnings.warn(f'the column "{key}" is ignored: its type is {kind}', stacklevel=5)
            continue
        columns[key], types[key] = _text(group, key), _type(group, key)
        if len(columns[key]) != len(names):
            raise FormatError(f'"{group.name[1:]}/{key}" has {len(columns[key])} rows, not {len(names)}.')
    return names, columns, types


def _noted(notes: Mapping[str, Any], types: Mapping[str, Type], ours: bool) -> dict[str, Any]:
    """The types of obs for the notes. If we wrote the file: the noted types, and those of columns added by others."""
    labels = notes.get(OBS, {}).values()
    others = {k: x for k, x in types.items() if not (ours and (x.name == TEXT or is_label(k) or k in labels))}
    found = {**notes_of(others), **notes.get(TYPES, {})}
    return {TYPES: found} if found else {}


def _type(group: h5py.Group, key: str) -> Type:
    """The type of a column: the numpy type of numbers, "categorical" for categories, else the encoding."""
    column, kind = hdf5_arrays.member(group, key), _encoding(hdf5_arrays.member(group, key))
    if kind == "categorical":
        categories = _written(hdf5_arrays.read_array(column, "categories"))
        return Type(kind, tuple(categories.tolist()), bool(column.attrs.get("ordered", False)))
    if kind.startswith("nullable"):
        return Type(f"{kind} {column['values'].dtype.name}")
    return Type(column.dtype.name if column.dtype.kind in "biuf" else TEXT)


def _text(group: h5py.Group, key: str) -> np.ndarray:
    """A column as text (n,); "" for missing entries."""
    column, kind = hdf5_arrays.member(group, key), _encoding(hdf5_arrays.member(group, key))
    if kind == "categorical":
        codes, categories = (
            hdf5_arrays.read_array(column, "codes"),
            _written(hdf5_arrays.read_array(column, "categories")),
        )
        if codes.dtype.kind not in "iu" or codes.min(initial=0) < -1 or codes.max(initial=-1) >= len(categories):
            raise FormatError(f'"{column.name[1:]}" has codes without a category.')
        found = np.append(categories, "")[codes]
    elif kind.startswith("nullable"):
        found = np.where(hdf5_arrays.read_array(column, "mask"), "", _written(hdf5_arrays.read_array(column, "values")))
    elif "categories" in column.attrs:
        raise FormatError(_OLD.format(column.name[1:]))
    else:
        found = _written(hdf5_arrays.read_array(group, key))
    if found.ndim != 1:
        raise FormatError(f'"{column.name[1:]}" is not a one-dimensional column.')
    return found


def _written(values: np.ndarray) -> np.ndarray:
    """Values as text, NaN as ""."""
    return np.where(np.isnan(values), "", values.astype(str)) if values.dtype.kind == "f" else values.astype(str)


def _encoding(stored_there: Any) -> str:
    return str(stored_there.attrs.get("encoding-type", ""))


def _typed(x: np.ndarray, alphabet: Alphabet | None, foreign: bool) -> np.ndarray:
    """X as integers if there is an alphabet, or if a file of another program has only 0, 1 and NaN; else as floats."""
    if x.dtype.kind not in "biuf" or alphabet in (GRAY, REAL):
        return x
    if alphabet is not None or (foreign and ((x == 0) | (x == 1) | np.isnan(x)).all()):
        return arrays.as_integers(x)
    return x.astype(np.float32) if x.dtype.kind != "f" else x


# From rows to a file


def _values(data: Dataset) -> np.ndarray:
    """The matrix X: integers if all letters are known; else floats with NaN for unknown."""
    x = data["visible"]
    return x if data.whole.all() or "visible" not in data.alphabets else np.where(x < 0, np.float32(np.nan), x)


def _columns(data: Dataset) -> dict[str, Any]:
    """The columns of obs: categories as (codes, type), numbers, and text."""
    unfit = [name for name in data.table if not name or "/" in name or name == "_index" or is_label(name)]
    if unfit:
        raise ValueError(f'a column of h5ad can\'t be called "{unfit[0]}"; rename it, or write to .npz')
    types = types_of(data.notes.get(TYPES, {}))
    table = {name: _as_before(types.get(name), cells) for name, cells in data.table.items()}
    return {**dict(_labels(data, types)), **table, **({} if data.weights is None else {_WEIGHTS: data.weights})}


def _labels(data: Dataset, types: Mapping[str, Type]) -> Iterator[tuple[str, Any]]:
    """The label columns, with the names and the order of categories with which they were read."""
    called = data.notes.get(OBS, {})
    for layer in data.labels:
        name, own = called.get(layer, layer), Type("categorical", data.alphabets[layer].symbols)
        before = types.get(name, own)
        own = before if set(own.categories) <= set(before.categories) else own
        cells = data.texts(layer)
        yield name if name not in data.table else layer, (own.codes(cells), own)


def _as_before(own: Type | None, cells: np.ndarray) -> Any:
    """Cells in the type with which they were read; as text if they have no type or don't fit it."""
    if own is None or own.name == TEXT:
        return cells
    if own.categories:
        codes = own.codes(cells)
        return cells if codes is None else (codes, own)
    encoding, _, kind = own.name.rpartition(" ")
    if kind == "nullable-string-array":
        return cells
    empty, plain = cells == "", Type(kind)
    blank = {"b": "False", "f": "nan"}.get(np.dtype(kind).kind, "0")
    if empty.any() and not encoding and blank != "nan":
        return cells
    numbers = plain.numbers(np.where(empty, blank, cells))
    return cells if numbers is None else (numbers, empty, encoding) if encoding else numbers


def _variables(data: Dataset) -> np.ndarray:
    n, own = data["visible"].shape[1], data.notes.get("var_names", ())
    return np.array(own if len(own) == n else [f"v{i:04d}" for i in range(1, n + 1)], dtype=str)


def _write_frame(file: h5py.File, key: str, names: np.ndarray, columns: dict[str, Any]) -> None:
    """Write a data frame of categories, numbers and text."""
    import h5py

    group = file.create_group(key)
    set_encoding(group, "dataframe")
    group.attrs["_index"] = "_index"
    group.attrs.create("column-order", list(columns), dtype=h5py.string_dtype())
    _write_texts(group, "_index", names)
    for name, values in columns.items():
        if isinstance(values, tuple):
            _write_parts(group.create_group(name), values)
        elif values.dtype.kind in "biuf":
            set_encoding(write_array(group, name, values), "array")
        else:
            _write_texts(group, name, values)


def _write_parts(group: h5py.Group, values: tuple[Any, ...]) -> None:
    """Write categories, given as (codes, type), or nullable numbers, given as (numbers, mask of missing, encoding)."""
    if len(values) == 2:
        codes, own = values
        set_encoding(group, "categorical")
        group.attrs["ordered"] = own.ordered
        set_encoding(write_array(group, "codes", codes), "array")
        _write_texts(group, "categories", own.categories)
        return
    numbers, missing, encoding = values
    set_encoding(group, encoding)
    set_encoding(write_array(group, "values", numbers), "array")
    set_encoding(write_array(group, "mask", missing), "array")


def _write_texts(group: h5py.Group, key: str, texts: Iterable[str]) -> None:
    """Write text of variable length, as AnnData requires."""
    import h5py

    found = np.array([str(text) for text in texts], dtype=object)
    set_encoding(group.create_dataset(key, data=found, dtype=h5py.string_dtype()), "string-array")
