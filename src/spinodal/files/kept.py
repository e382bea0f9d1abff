"""Kept: what of a dataset other programs have no place for, in a group of its own in their HDF5 files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..alphabet import Alphabet
from ..dataset import Dataset
from . import stored

if TYPE_CHECKING:
    import h5py

GROUP = "spinodal"
_VERSIONS = {"anndata": "0.1.0", "dict": "0.1.0"}  # all other encodings that are written have 0.2.0


def keep(parent: h5py.Group, data: Dataset) -> h5py.Group:
    """The group, new, with the notes of a dataset and the symbols and name of its alphabet."""
    group = parent.create_group(GROUP)
    encoded(group, "dict")
    group["notes"] = json.dumps(data.notes)
    encoded(group["notes"], "string")
    if "visible" in data.alphabets:
        write_texts(group, "alphabet", data.alphabets["visible"].symbols)
        group["called"] = data.alphabets["visible"].name
        encoded(group["called"], "string")
    return group


def kept(parent: h5py.Group) -> tuple[dict[str, Any], Alphabet | None] | None:
    """Notes and alphabet of the group, None where there is no group."""
    if GROUP not in parent:
        return None
    group = stored.member(parent, GROUP)
    notes = json.loads(str(stored.array(group, "notes")))
    if "alphabet" not in group:
        return notes, None
    return notes, Alphabet(tuple(stored.texts(group, "alphabet")), str(stored.array(group, "called")))


def write_texts(group: h5py.Group, key: str, texts: Iterable[str] | np.ndarray) -> None:
    """An array of text of any length."""
    import h5py

    found = np.array(texts, dtype=object)
    encoded(group.create_dataset(key, data=found, dtype=h5py.string_dtype()), "string-array")


def encoded(there: Any, encoding: str) -> None:
    """Says how a thing is encoded, as AnnData has it; other programs pass that over."""
    there.attrs["encoding-type"] = encoding
    there.attrs["encoding-version"] = _VERSIONS.get(encoding, "0.2.0")
