"""Splits: which rows to train on, and which to test on, as two masks (n,)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .. import ranges
from .entries import quoted_names
from .shuffle import permutation

Masks = tuple[np.ndarray, np.ndarray]


def split_by_words(words: np.ndarray, name: str) -> Masks:
    """The rows "train" and the rows "test" of a column; ValueError, with its name, where it has none of either.

    >>> [mask.tolist() for mask in split_by_words(np.array(["test", "train", "?"]), "split")]
    [[False, True, False], [True, False, False]]
    """
    train, test = words == "train", words == "test"
    if not (train.any() and test.any()):
        raise ValueError(f'"{name}" has no rows "train" or no rows "test"; it has: {quoted_names(set(words))}')
    return train, test


def split_by_fraction(labels: np.ndarray, fraction: float, seed: int) -> Masks:
    """A fraction of the rows of each label (n, columns) at random, with a row on either side where there are two.

    Each label of each column has a row to train on: what has one row alone is never held out. ValueError where a side
    stays empty.
    """
    train, fits = np.zeros(len(labels), dtype=bool), ranges.is_real(fraction, lambda x: 0 < x < 1)
    every = permutation(seed, 0, len(labels))
    for stratum in _strata(labels) if fits else ():
        mixed = every[stratum[every]]
        fewest, most = sorted((1, len(mixed) - 1))
        train[mixed[: np.clip(round(fraction * len(mixed)), fewest, most)]] = True
    for column in labels.T:
        lacking = every[~train[every] & (column[every] >= 0) & ~np.isin(column[every], column[train])]
        train[lacking[np.unique(column[lacking], return_index=True)[1]]] = True
    if not (fits and train.any() and not train.all()):
        raise ValueError(f"a split of {len(labels)} rows by {fraction} leaves a side empty, where each label has a row "
                         "to train on; pass a fraction between 0 and 1 that doesn't, or more rows")  # fmt: skip
    return train, ~train


def _strata(labels: np.ndarray) -> Iterator[np.ndarray]:
    """Masks of rows with the same labels; the labels of a single row make one stratum together."""
    _, number, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    single = counts[number] == 1
    for stratum in np.flatnonzero(counts > 1):
        yield number == stratum
    if single.any():
        yield single
