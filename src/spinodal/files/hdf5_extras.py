"""HDF5 extras: a group in HDF5 files of other programs for notes and alphabets, for which these have no place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from . import hdf5_arrays

if TYPE_CHECKING:
    import h5py

GROUP = "spinodal"
_VERSIONS = dict.fromkeys(("anndata", "dict", "nullable-integer", "nullable-boolean"), "0.1.0")
"""The versions of encodings that are not at version 0.2.0."""


def new_file(packed: IO[bytes]) -> h5py.File:
    """A new HDF5 file whose metadata have checksums. HDF5 1.10 (2016) or later can read it."""
    import h5py

    return h5py.File(packed, "w", libver=("v110", "v110"))


def write_extras(parent: h5py.Group, data: Dataset) -> h5py.Group:
    """Create the group with the notes of a dataset, and the symbols and name of its alphabet."""
    group = parent.create_group(GROUP)
    set_encoding(group, "dict")
    write_texts(group, "notes", [json.dumps(data.notes)])
    if "visible" in data.alphabets:
        alphabet = data.alphabets["visible"]
        write_texts(group, "alphabet", alphabet.symbols)
        write_texts(group, "called", [alphabet.name])
    return group


def read_extras(parent: h5py.Group) -> tuple[dict[str, Any], Alphabet | None] | None:
    """Notes and alphabet from the group; None if there is no group."""
    if GROUP not in parent:
        return None
    group = hdf5_arrays.member(parent, GROUP)
    notes = json.loads(hdf5_arrays.read_texts(group, "notes")[0])
    if "alphabet" not in group:
        return notes, None
    return notes, Alphabet(tuple(hdf5_arrays.read_texts(group, "alphabet")), hdf5_arrays.read_texts(group, "called")[0])


def write_texts(group: h5py.Group, key: str, texts: Sequence[str] | np.ndarray) -> None:
    """Write text of fixed width, which can be compressed and have checksums."""
    import h5py

    found = np.char.encode(np.array(texts, dtype=str), "utf-8")
    width = h5py.string_dtype(length=max(found.itemsize, 1))
    set_encoding(write_array(group, key, found.astype(width)), "string-array")


def write_array(group: h5py.Group, key: str, values: np.ndarray) -> h5py.Dataset:
    """Write an array, compressed, with checksums."""
    filters = {"compression": "gzip", "fletcher32": True} if values.size else {}
    return group.create_dataset(key, data=values, **filters)


def set_encoding(there: Any, encoding: str) -> None:
    """Set the attributes for AnnData's encoding; other programs ignore them."""
    there.attrs["encoding-type"] = encoding
    there.attrs["encoding-version"] = _VERSIONS.get(encoding, "0.2.0")
