"""Standard: the mean and the standard deviation of each site of real numbers, which are read and written by them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import FormatError
from .entries import LAYER_STD
from .row_blocks import blocks, concatenate_blocks, sum_blocks

LARGEST = 2**62
"""Integers are written up to it, whatever more their type holds: it is exact in floating point."""

EXACT = 2.0**-23
"""A number that is closer to 0 than so much of its site's mean is 0: entries have 24 bits."""


@dataclass(frozen=True, eq=False)
class Standard:
    """How numbers are standardized: an entry is SPREAD (number - mean) / std, float32, NaN unknown.

    mean, std: (sites,); a std of 0 is a site at which all numbers are the mean, and whose entries are 0. dtype: the
    type of the numbers in their file, in which they are written again, integers rounded and cut off at its ends.
    """

    mean: np.ndarray
    std: np.ndarray
    dtype: np.dtype[Any]

    @staticmethod
    def of(notes: Mapping[str, Any]) -> Standard | None:
        """What the notes of a dataset or a run say, None where they say nothing; FormatError where it is broken."""
        if "standard" not in notes:
            return None
        try:
            said = notes["standard"]["visible"]
            mean, std = (np.array(said[key], dtype=np.float64) for key in ("mean", "std"))
            dtype = np.dtype(str(said["dtype"]))
            if mean.ndim != 1 or mean.shape != std.shape or dtype.kind not in "iuf":
                raise ValueError("sizes or types that don't fit")
            if not (np.isfinite(mean) & np.isfinite(std) & (std >= 0)).all():
                raise ValueError("means or deviations that are none")
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"the notes have a broken standardization ({error!r}).") from None
        return Standard(mean, std, dtype)

    @property
    def note(self) -> dict[str, Any]:
        """It as JSON has it: what `of` reads under "standard"."""
        return {"visible": {"mean": self.mean.tolist(), "std": self.std.tolist(), "dtype": self.dtype.name}}

    @staticmethod
    def fitted(column: np.ndarray) -> Standard:
        """That of numbers (n, sites), NaN unknown; FormatError where they are too large for it.

        >>> found = Standard.fitted(np.array([[1, 7], [3, 7]], dtype=np.uint8))
        >>> found.mean.tolist(), found.std.tolist(), found.encode(np.array([[5, 7]])).tolist()
        ([2.0, 7.0], [1.0, 0.0], [[9.0, 0.0]])
        """
        known = np.maximum(sum_blocks(lambda x: (~np.isnan(x)).sum(0), column), 1)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = sum_blocks(lambda x: np.nansum(x, 0, dtype=np.float64), column) / known
            std = np.sqrt(sum_blocks(lambda x: np.nansum((x - mean) ** 2, 0, dtype=np.float64), column) / known)
        if not np.isfinite(std).all():
            raise FormatError("the numbers are too large to be standardized: scale them.")
        some = _some(column)
        same = sum_blocks(lambda x: ((x != some) & ~np.isnan(x)).sum(0), column) == 0
        integers = np.dtype(np.int8) if column.dtype.kind == "b" else column.dtype.newbyteorder("=")
        return Standard(np.where(same, some, mean), np.where(same, 0.0, std), integers)

    def encode(self, column: np.ndarray) -> np.ndarray:
        """Numbers (n, sites) as entries; with a warning where a site differs that never did. FormatError for others."""
        if column.shape[1] != len(self.mean):
            raise FormatError(f"there are {column.shape[1]} sites, and the training data had {len(self.mean)}.")
        strange = (sum_blocks(lambda x: ((x != self.mean) & ~np.isnan(x)).sum(0), column) > 0) & self.constant
        if strange.any():
            warnings.warn(f"{strange.sum()} sites differ here that never did in the training data, so nothing is known "
                          "of them: they are read as what they were there", stacklevel=4)  # fmt: skip
        return concatenate_blocks(self._entries(x) for x in blocks(column))

    def decode(self, entries: np.ndarray) -> np.ndarray:
        """Entries as numbers of the file's own type; floats where some are unknown, which are NaN."""
        return concatenate_blocks(self._numbers(x) for x in blocks(entries))

    @property
    def constant(self) -> np.ndarray:
        """The sites at which all numbers are the mean, (sites,)."""
        return np.asarray(self.std == 0)

    def _entries(self, numbers: np.ndarray) -> np.ndarray:
        scale = np.where(self.constant, 0.0, LAYER_STD / np.where(self.constant, 1.0, self.std))
        with np.errstate(over="ignore"):
            found: np.ndarray = (scale * (numbers - self.mean)).astype(np.float32)
        if np.isinf(found).any():
            raise FormatError("there are numbers too far from those of the training data for 32 bits.")
        return found

    def _numbers(self, entries: np.ndarray) -> np.ndarray:
        numbers = self.mean + self.std / LAYER_STD * entries.astype(np.float64)
        numbers[np.abs(numbers) < EXACT * np.abs(self.mean)] = 0
        if self.dtype.kind == "f":
            return numbers.astype(self.dtype)
        ends = np.iinfo(self.dtype)
        whole = np.rint(numbers).clip(max(ends.min, -LARGEST), min(ends.max, LARGEST))
        return whole if np.isnan(whole).any() else whole.astype(self.dtype)


def _some(column: np.ndarray) -> np.ndarray:
    """A number that each site shows, float64, 0 where none is known."""
    rows = np.argmin(np.isnan(column), axis=0)
    return np.nan_to_num(column[rows, np.arange(column.shape[1])].astype(np.float64))
