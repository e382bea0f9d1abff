"""Levels: pixels from 0 to 255 as black and white, as numbers from -1 to 1, or as they are, and back."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import BINARY, GRAY, REAL, Alphabet
from ..data.dataset import Dataset
from ..errors import alphabet_option

THRESHOLD = 127
"""A pixel above it is 1."""


def check_image_alphabet(alphabet: Alphabet | None) -> None:
    """Raises ValueError where images can't be read in this alphabet: it is none of BINARY, GRAY and REAL."""
    if alphabet not in (None, BINARY, GRAY, REAL):
        raise ValueError("images are read as black and white, or as numbers: leave the alphabet out, or pass GRAY or "
                         "REAL")  # fmt: skip


def image_dataset(levels: np.ndarray, names: np.ndarray, alphabet: Alphabet | None, called: str, path: Path) -> Dataset:
    """Images of levels, uint8 (n, ...), as rows: a pixel is 1 above 127, with GRAY a number from -1 to 1, with REAL its
    level.

    The notes have the format it is called, the shape of an image and the threshold. Warns where levels vary and 0 and
    1 don't.
    """
    pixels = levels.reshape(len(levels), -1)
    notes: dict[str, Any] = {"format": called, "image": list(levels.shape[1:])}
    if alphabet in (GRAY, REAL):
        return Dataset({"visible": from_levels(pixels) if alphabet == GRAY else pixels}, {}, names, notes=notes)
    column = (pixels > THRESHOLD).astype(np.int8)
    if _varies(pixels) and not _varies(column):
        warnings.warn(f"{path}: nothing varies in black and white: levels are from {pixels.min()} to {pixels.max()} of "
                      f"255, and a pixel is 1 above {THRESHOLD}. Stretch them to 0 to 255, or read them as numbers: "
                      f"{alphabet_option('gray')}", stacklevel=5)  # fmt: skip
    return Dataset({"visible": column}, {"visible": BINARY}, names, notes=notes | {"threshold": THRESHOLD})


def _varies(pixels: np.ndarray) -> bool:
    """Whether rows differ, or the pixels of a single one."""
    return bool((pixels != pixels[0]).any() if len(pixels) > 1 else pixels.min() != pixels.max())


def from_levels(levels: np.ndarray) -> np.ndarray:
    """Numbers from -1 to 1 of levels from 0 to 255, float32.

    >>> from_levels(np.array([0, 51, 255])).tolist()
    [-1.0, -0.6000000238418579, 1.0]
    """
    return levels.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_levels(dataset: Dataset, called: str) -> np.ndarray:
    """The levels (n, sites) of binary or gray data, or of levels, uint8; ValueError, by a format's name, for others."""
    x, alphabet = dataset["visible"], dataset.alphabets.get("visible", GRAY)
    if x.dtype == np.uint8:
        return x
    if alphabet == BINARY and (x >= 0).all():
        return x.astype(np.uint8) * np.uint8(255)
    if alphabet == GRAY and (np.abs(x) <= 1).all():
        return np.rint((x.astype(np.float64) + 1) * 127.5).astype(np.uint8)
    raise ValueError(f"{called} holds 0 and 1, or numbers from -1 to 1, all of them known; write these data to .npz")
