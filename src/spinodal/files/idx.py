"""idx: images and labels in the format of MNIST."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset, concatenate, numbered_names
from ..errors import FormatError
from . import arrays, levels
from .atomic import atomic_file
from .companions import array_labels_path, single_label_layer, warn_of_old_labels
from .opened import content

_BYTES = 8  # the code for unsigned bytes


def read(
    path: Path, alphabet: Alphabet | None = None, unknown: str | None = None, threshold: int | None = None
) -> Dataset:
    """Images: a pixel is 1 if its level is above the threshold, 127 by default, else 0.

    A label file with the usual name beside gives the labels. With the alphabet GRAY a pixel is a number from -1 (level
    0) to 1 (level 255); with REAL it is the level. Raises FormatError if the file isn't complete or has no images, and
    ValueError for other alphabets.
    """
    levels.check_image_alphabet(alphabet)
    pixels = _array(path)
    if pixels.ndim < 2:
        raise FormatError(f"{path} has {pixels.ndim} dimension, so it holds labels. Pass the images as data, and this "
                          "file as labels.")  # fmt: skip
    images = levels.image_dataset(pixels, numbered_names(len(pixels), "i"), alphabet, "idx", path, threshold)
    found = _labels_beside(path)
    return replace(images, table={"label": read_labels(found, len(images))}) if found.exists() else images


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write images, and labels in a file beside. 0 and 1 are the levels 0 and 255; -1 to 1 are all levels.

    Labels that are numerals are written as these numbers, others by their number. The header has the number of images,
    so the parts are concatenated first. Raises ValueError for data that idx can't hold: other letters or numbers,
    unknown entries, or several label layers.
    """
    dataset = concatenate(list(parts))
    layer = single_label_layer(dataset, "idx")
    pixels, shape = levels.to_levels(dataset, "idx"), dataset.notes.get("image", [dataset["visible"].shape[1]])
    if layer is None:
        warn_of_old_labels(_labels_beside(path), path)
    else:
        _write_array(_label_bytes(dataset, layer), _labels_beside(path))
    _write_array(pixels.reshape(len(dataset), *shape), path)


def read_labels(path: Path, n: int) -> np.ndarray:
    """The labels in an idx file, for n rows, as text (n,). Raises FormatError if it isn't such a file."""
    numbers = _array(path)
    if numbers.ndim != 1:
        raise FormatError(f"{path} has {numbers.ndim} dimensions, but labels have one. Are these the images?")
    if len(numbers) != n:
        raise FormatError(f"{path} has {len(numbers)} labels, but the data have {n} rows.")
    return numbers.astype(str)


def is_idx(path: Path) -> bool:
    """Whether a file is idx, by its name: it ends in .idx or ubyte."""
    name = path.name.lower().removesuffix(".gz").removesuffix(".zip")
    return name.endswith((".idx", "ubyte"))


def _array(path: Path) -> np.ndarray:
    raw = content(path)
    if len(raw) < 4 or raw[:3] != bytes([0, 0, _BYTES]):
        raise FormatError(f"{path} is not idx of unsigned bytes: it doesn't begin with the bytes 0, 0, 8.")
    dimensions, header, data = raw[3], raw[4 : 4 + 4 * raw[3]], raw[4 + 4 * raw[3] :]
    shape = struct.unpack(f">{dimensions}I", header.ljust(4 * dimensions, b"\0"))
    if len(data) != math.prod(shape) or not data:
        raise FormatError(f"{path} has {len(data)} bytes of data, but its header says "
                          f"{' x '.join(map(str, shape)) or 0}. Fetch or make it again.")  # fmt: skip
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def _write_array(values: np.ndarray, path: Path) -> None:
    with atomic_file(path) as handle:
        handle.write(bytes([0, 0, _BYTES, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape))
        handle.write(np.ascontiguousarray(values, dtype=np.uint8).tobytes())


def _label_bytes(dataset: Dataset, layer: str) -> np.ndarray:
    numbers = arrays.label_numbers(dataset, layer, 256)
    if (numbers < 0).any():
        raise ValueError("idx can't hold unknown labels; write these data to .npz")
    return numbers


def _labels_beside(path: Path) -> Path:
    """train-images-idx3-ubyte.gz -> train-labels-idx1-ubyte.gz, digits.idx -> digits.labels.idx."""
    usual = path.name.replace("images", "labels").replace("idx3", "idx1")
    return path.with_name(usual) if usual != path.name else array_labels_path(path)
