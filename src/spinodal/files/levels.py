"""Levels: converts pixel levels from 0 to 255 to black and white or to numbers from -1 to 1, and back."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .. import ranges
from ..data.alphabet import BINARY, GRAY, REAL, Alphabet
from ..data.dataset import Dataset
from ..errors import alphabet_option

THRESHOLD = 127
"""A pixel with a level above this is 1, else 0, where no other threshold is named."""


def check_image_alphabet(alphabet: Alphabet | None) -> None:
    """Raises ValueError unless the alphabet is None, BINARY, GRAY or REAL."""
    if alphabet not in (None, BINARY, GRAY, REAL):
        raise ValueError("images are read as black and white, or as numbers: pass no alphabet, or GRAY or REAL")


def image_dataset(
    levels: np.ndarray, names: np.ndarray, alphabet: Alphabet | None, called: str, path: Path, threshold: int | None
) -> Dataset:
    """Images of levels, uint8 (n, ...), as a dataset.

    A pixel is 1 if its level is above the threshold (`THRESHOLD` where none is named), else 0; with GRAY it is a number
    from -1 to 1, with REAL the level. The notes have the format `called`, the shape of an image, and the threshold.
    Warns if levels vary but all pixels are equal.
    """
    pixels = levels.reshape(len(levels), -1)
    notes: dict[str, Any] = {"format": called, "image": list(levels.shape[1:])}
    if alphabet in (GRAY, REAL):
        if threshold is not None:
            raise ValueError("a threshold is of black and white images: leave it out, or the alphabet")
        return Dataset({"visible": from_levels(pixels) if alphabet == GRAY else pixels}, {}, names, notes=notes)
    above = THRESHOLD if threshold is None else ranges.integer("threshold", threshold, 0, 254)
    column = (pixels > above).astype(np.int8)
    if _varies(pixels) and not _varies(column):
        warnings.warn(f"{path}: in black and white all pixels are equal: levels are from {pixels.min()} to "
                      f"{pixels.max()} of 255, and a pixel is 1 above {above}. Name another threshold, or read them as "
                      f"numbers: {alphabet_option('gray')}", stacklevel=5)  # fmt: skip
    return Dataset({"visible": column}, {"visible": BINARY}, names, notes=notes | {"threshold": above})


def _varies(pixels: np.ndarray) -> bool:
    """Whether rows differ, or pixels if there is a single row."""
    return bool((pixels != pixels[0]).any() if len(pixels) > 1 else pixels.min() != pixels.max())


def from_levels(levels: np.ndarray) -> np.ndarray:
    """Levels from 0 to 255 as numbers from -1 to 1, float32.

    >>> from_levels(np.array([0, 51, 255])).tolist()
    [-1.0, -0.6000000238418579, 1.0]
    """
    return levels.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_levels(dataset: Dataset, called: str) -> np.ndarray:
    """Binary data, gray data or levels as levels, uint8 (n, sites). Raises ValueError for others, naming the format."""
    x, alphabet = dataset["visible"], dataset.alphabets.get("visible", GRAY)
    if x.dtype == np.uint8:
        return x
    if alphabet == BINARY and (x >= 0).all():
        return x.astype(np.uint8) * np.uint8(255)
    if alphabet == GRAY and (np.abs(x) <= 1).all():
        return np.rint((x.astype(np.float64) + 1) * 127.5).astype(np.uint8)
    raise ValueError(
        f"{called} can hold only 0 and 1, or numbers from -1 to 1, without unknown ones; write these data to .npz"
    )
