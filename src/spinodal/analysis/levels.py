"""Levels: the sites of a dataset as few states each: letters as they are, numbers by their values or their quarters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.alphabet import UNKNOWN
from ..data.dataset import Dataset

FEW = 4
"""The most values of a site of numbers that are states themselves; more are divided into so many quantiles."""

Values = Mapping[str, list[Tensor]]
"""Layer of numbers -> for each site the values (q,) that are its states, increasing."""


def values(data: Dataset) -> Values:
    """The values that are the states of each site of numbers: all, where they are four or fewer, else the medians of
    its quarters. Layers of letters have none.
    """
    numbers = [k for k in data.visibles if k not in data.alphabets]
    return {k: [torch.from_numpy(_values(x)) for x in data[k].T] for k in numbers}


def states(data: Dataset, of: Values) -> NDArray[np.int64]:
    """The state of each row at each visible site, (n, sites), -1 unknown: its letter, or the nearest of the values."""
    return np.hstack([_states(data[k], of[k]) if k in of else data[k].astype(np.int64) for k in data.visibles])


def _values(numbers: np.ndarray) -> np.ndarray:
    known = numbers[~np.isnan(numbers)]
    distinct = np.unique(known)
    if len(distinct) <= FEW:
        return distinct if len(distinct) else np.zeros(1, dtype=numbers.dtype)
    return np.unique(np.quantile(known, (np.arange(FEW) + 0.5) / FEW).astype(numbers.dtype))


def _states(numbers: np.ndarray, of: list[Tensor]) -> NDArray[np.int64]:
    nearest = np.stack([np.abs(x[:, None] - own.numpy()).argmin(1) for x, own in zip(numbers.T, of)], 1)
    return np.where(np.isnan(numbers), UNKNOWN, nearest)
