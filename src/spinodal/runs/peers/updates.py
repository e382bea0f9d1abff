"""Updates: HDF5 files with parameters at several ages: which ages there are, their arrays and numbers, and one anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ... import ranges
from ...errors import FormatError
from ...files.hdf5_arrays import member, read_array
from .model import Array, Model

if TYPE_CHECKING:
    import h5py

GROUP = r"(?:update|epoch)_(\d{1,15})"
"""The name of the group of an age in files of rbms and annaDCA; the oldest say epoch."""


def ages(keys: Iterable[str], pattern: str = GROUP) -> dict[int, str]:
    """The key of each age, from the youngest."""
    found = {int(match[1]): key for key in keys if (match := re.fullmatch(pattern, key))}
    return dict(sorted(found.items()))


def chosen(there: dict[int, str], age: int | None) -> int:
    """The age that is named, by default the last. Raises FormatError for an age that isn't there."""
    if age is None:
        return max(there)
    if age not in there:
        some = [*there] if len(there) <= 12 else [*[*there][:5], "...", *[*there][-5:]]
        raise FormatError(f"there is no age {age}; there are {', '.join(map(str, some))}.")
    return age


def subgroup(group: h5py.Group, key: str) -> h5py.Group:
    """A group in a group. Raises FormatError where there is none."""
    import h5py

    found = member(group, key)
    if not isinstance(found, h5py.Group):
        raise FormatError(f'"{key}" is an array, not a group.')
    return found


def has(group: h5py.Group, *keys: str) -> bool:
    """Whether a group has all of these."""
    return all(key in group for key in keys)


def numbers(group: h5py.Group, key: str) -> Array:
    """An array of numbers. Raises FormatError where it is missing, or has text."""
    found = read_array(group, key)
    if found.dtype.kind not in "iuf":
        raise FormatError(f'"{key}" has no numbers.')
    return np.asarray(found, dtype=np.float64)


def number(group: h5py.Group, key: str) -> int | None:
    """One whole number of 1 or more; None where there is none."""
    found: Any = numbers(group, key).ravel() if key in group else ()
    return int(found[0]) if len(found) == 1 and 1 <= found[0] <= ranges.LARGEST and found[0] % 1 == 0 else None


def word(group: h5py.Group, key: str) -> str:
    """One word; "" where there is none."""
    found = read_array(group, key) if key in group else np.array("")
    return str(found.ravel()[0]) if found.size == 1 and found.dtype.kind == "U" else ""


def write_update(file: h5py.File, model: Model) -> h5py.Group:
    """A new group of the age of a model, with the states of random numbers that a resumed training starts from."""
    group = file.create_group(f"update_{model.age}")
    group["torch_rng_state"] = torch.Generator().manual_seed(0).get_state().numpy()
    for i, part in enumerate(np.random.RandomState(0).get_state(legacy=True)):
        group[f"numpy_rng_arg{i}"] = part
    return group


def arrays(model: Model) -> dict[str, NDArray[np.float32]]:
    """The arrays of a model by the names of rbms and annaDCA, single precision."""
    found = {"vbias": model.bias, "hbias": model.hidden, "weight_matrix": model.weight}
    if model.labels:
        found |= {"lbias": model.labels[0], "label_matrix": model.labels[1]}
    return {key: np.ascontiguousarray(x, dtype=np.float32) for key, x in found.items()}
