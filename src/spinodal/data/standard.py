"""Standard: the mean and standard deviation of each site of real numbers, for standardizing and converting back."""

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
"""The largest integer that is written, even if its type holds larger ones. It is exact in floating point."""

EXACT = 2.0**-23
"""A number smaller than this fraction of the mean of its site is written as 0, since entries have 24 bits."""


@dataclass(frozen=True, eq=False)
class Standard:
    """How numbers are standardized: an entry is LAYER_STD (number - mean) / std, float32, NaN unknown.

    mean, std: (sites,). A site with std 0 is constant, and its entries are 0. dtype: the type of the numbers in their
    file, in which they are written again; integers are rounded and clipped to the range of the type.
    """

    mean: np.ndarray
    std: np.ndarray
    dtype: np.dtype[Any]

    @staticmethod
    def of(notes: Mapping[str, Any]) -> Standard | None:
        """The standardization in the notes of a dataset or run; None if there is none. Raises FormatError if broken."""
        if "standard" not in notes:
            return None
        try:
            said = notes["standard"]["visible"]
            mean, std = (np.array(said[key], dtype=np.float64) for key in ("mean", "std"))
            dtype = np.dtype(str(said["dtype"]))
            if mean.ndim != 1 or mean.shape != std.shape or dtype.kind not in "iuf":
                raise ValueError("sizes or types are wrong")
            if not (np.isfinite(mean) & np.isfinite(std) & (std >= 0)).all():
                raise ValueError("means or standard deviations are invalid")
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"the notes have a broken standardization ({error!r}).") from None
        return Standard(mean, std, dtype)

    @property
    def note(self) -> dict[str, Any]:
        """The standardization as JSON values, as `of` reads it from notes["standard"]."""
        return {"visible": {"mean": self.mean.tolist(), "std": self.std.tolist(), "dtype": self.dtype.name}}

    @staticmethod
    def fitted(column: np.ndarray) -> Standard:
        """The standardization fitted to numbers (n, sites), NaN unknown. Raises FormatError if they are too large.

        >>> found = Standard.fitted(np.array([[1, 7], [3, 7]], dtype=np.uint8))
        >>> found.mean.tolist(), found.std.tolist(), found.encode(np.array([[5, 7]])).tolist()
        ([2.0, 7.0], [1.0, 0.0], [[9.0, 0.0]])
        """
        known = np.maximum(sum_blocks(lambda x: (~np.isnan(x)).sum(0), column), 1)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = sum_blocks(lambda x: np.nansum(x, 0, dtype=np.float64), column) / known
            std = np.sqrt(sum_blocks(lambda x: np.nansum((x - mean) ** 2, 0, dtype=np.float64), column) / known)
        if not np.isfinite(std).all():
            raise FormatError("the numbers are too large to be standardized: divide them by a constant.")
        some = _some(column)
        same = sum_blocks(lambda x: ((x != some) & ~np.isnan(x)).sum(0), column) == 0
        integers = np.dtype(np.int8) if column.dtype.kind == "b" else column.dtype.newbyteorder("=")
        return Standard(np.where(same, some, mean), np.where(same, 0.0, std), integers)

    def encode(self, column: np.ndarray) -> np.ndarray:
        """Numbers (n, sites) as entries. Warns if numbers vary at sites that are constant in the training data.

        Such sites are read as constant. Raises FormatError if the number of sites is wrong or numbers are too large.
        """
        if column.shape[1] != len(self.mean):
            raise FormatError(f"there are {column.shape[1]} sites, but the training data have {len(self.mean)}.")
        strange = (sum_blocks(lambda x: ((x != self.mean) & ~np.isnan(x)).sum(0), column) > 0) & self.constant
        if strange.any():
            warnings.warn(f"{strange.sum()} sites vary here but are constant in the training data, so a model can't "
                          "use them: they are read as this constant", stacklevel=4)  # fmt: skip
        return concatenate_blocks(self._entries(x) for x in blocks(column))

    def decode(self, entries: np.ndarray) -> np.ndarray:
        """Entries as numbers of the type in the file; as floats, with NaN, if some are unknown."""
        return concatenate_blocks(self._numbers(x) for x in blocks(entries))

    @property
    def constant(self) -> np.ndarray:
        """Mask of the sites at which all numbers are equal, (sites,)."""
        return np.asarray(self.std == 0)

    def _entries(self, numbers: np.ndarray) -> np.ndarray:
        scale = np.where(self.constant, 0.0, LAYER_STD / np.where(self.constant, 1.0, self.std))
        with np.errstate(over="ignore"):
            found: np.ndarray = (scale * (numbers - self.mean)).astype(np.float32)
        if np.isinf(found).any():
            raise FormatError("some numbers are too far from those of the training data for single precision.")
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
    """One known number of each site, float64; 0 if none is known."""
    rows = np.argmin(np.isnan(column), axis=0)
    return np.nan_to_num(column[rows, np.arange(column.shape[1])].astype(np.float64))
