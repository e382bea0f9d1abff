"""Models of annaDCA: HDF5 files of annaDCA 0.2, a restricted machine with a label, read and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import FormatError
from .model import Model
from .updates import ages, arrays, numbers, subgroup, write_update

if TYPE_CHECKING:
    import h5py

NAME = "annaDCA"
LAYOUT = "groups update_N with label_matrix"
keys = ages
"""The key of the group of each age."""


def is_model(file: h5py.File) -> bool:
    """Whether a group of an age has weights of labels."""
    return any("label_matrix" in subgroup(file, key) for key in ages(file).values())


def read(file: h5py.File, age: int) -> Model:
    """The model at an age, with its letters and labels where the file has them: it gets them at the end of a training.

    Steps aren't stored.
    """
    group = subgroup(file, ages(file)[age])
    bias, hidden, weight, label_bias, label_weight = (
        numbers(group, key) for key in ("vbias", "hbias", "weight_matrix", "lbias", "label_matrix")
    )
    symbols = tuple(_attribute(file, "alphabet")) if bias.ndim == 2 else ()
    return Model(NAME, bias, hidden, weight, (label_bias, label_weight), age, symbols or None, _names(file))


def _names(file: h5py.File) -> tuple[str, ...] | None:
    """The labels; None where the file doesn't name them."""
    text = _attribute(file, "label_vocabulary")
    try:
        found = json.loads(text) if text else None
    except (ValueError, RecursionError):
        found = ""
    if found is not None and not (isinstance(found, list) and all(isinstance(name, str) for name in found)):
        raise FormatError('the attribute "label_vocabulary" is not a JSON list of words.')
    return tuple(found) if found else None


def _attribute(file: h5py.File, key: str) -> str:
    """An attribute of the file that is text; "" where there is none."""
    found = file.attrs.get(key, "")
    return found if isinstance(found, str) else ""


def write(model: Model, file: h5py.File, path: Path) -> None:
    """One age of a model with a label, its letters and the names of its labels. Raises ValueError without a label."""
    if not model.labels:
        raise ValueError("models of annaDCA have a label, this machine has none: take --to rbms")
    group = write_update(file, model)
    for key, x in arrays(model).items():
        group[key] = x
    file.attrs["label_vocabulary"] = json.dumps(model.names)
    if len(letters := "".join(model.symbols or "01")) == (model.bias.shape[1] if model.of_letters else 2):
        file.attrs["alphabet"] = letters  # annaDCA has no letters of several characters
