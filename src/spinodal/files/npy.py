"""npy: one array of numbers, and an array of labels in a file beside it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset, concatenate
from ..errors import FormatError, one_line
from . import arrays
from .atomic import atomic_file
from .companions import array_labels_path, single_label_layer, warn_of_old_labels
from .opened import content, is_packed


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """Rows (n, sites) or images (n, height, width), as in npz. NAME.labels.npy beside, text or integers, is the label.

    An unpacked file is memory-mapped. Raises FormatError if it isn't complete, isn't one array of numbers, or has
    integers that are not letters of the alphabet.
    """
    data = arrays.array_dataset(_array(path), alphabet, str(path), "npy")
    beside = array_labels_path(path)
    if not beside.exists():
        return data
    return replace(data, table={"label": arrays.label_texts(_array(beside), len(data), str(beside))})


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write letters as integers, or numbers, images as (n, height, width), and the label as text in NAME.labels.npy.

    Names and symbols are lost. An array begins with its shape, so the parts are concatenated first. Raises ValueError
    for several label layers.
    """
    dataset = concatenate(list(parts))
    layer, x = single_label_layer(dataset, "npy"), dataset["visible"]
    if layer is None:
        warn_of_old_labels(array_labels_path(path), path)
    else:
        _write_array(dataset.texts(layer), array_labels_path(path))
    image = dataset.notes.get("image", ())
    _write_array(x.reshape(-1, *image) if len(image) == 2 and math.prod(image) == x.shape[1] else x, path)


def _array(path: Path) -> np.ndarray:
    try:
        found, left = _packed(path) if is_packed(path) else _mapped(path)
    except FormatError:
        raise
    except arrays.BROKEN as error:
        raise FormatError(f"{path} is not a complete npy file of a plain array ({one_line(error)}).") from None
    if not isinstance(found, np.ndarray):
        raise FormatError(f"{path} is npz, with several arrays: name it .npz.")
    if left:
        raise FormatError(f"{path} has {left} bytes more than its header says. Download or make it again.")
    return arrays.check_text(np.asarray(found), str(path))


def _packed(path: Path) -> tuple[Any, int]:
    """The contents of a packed file, and the number of bytes after the array."""
    raw = content(path)
    with io.BytesIO(raw) as handle:
        found = np.load(handle, allow_pickle=False)
        return found, len(raw) - handle.tell()


def _mapped(path: Path) -> tuple[Any, int]:
    """The memory-mapped array of a file, and the number of bytes after it."""
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    if isinstance(found, np.memmap):
        return found, path.stat().st_size - found.offset - found.nbytes
    found.close()
    return found, 0


def _write_array(values: np.ndarray, path: Path) -> None:
    with atomic_file(path) as handle:
        np.save(handle, values, allow_pickle=False)
