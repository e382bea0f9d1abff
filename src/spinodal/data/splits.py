"""Splits: divides rows into training rows and test rows, as two masks (n,)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .. import ranges
from ..random_streams import Stream
from .entries import quoted_names
from .shuffle import permutation

Masks = tuple[np.ndarray, np.ndarray]


def split_by_words(words: np.ndarray, name: str) -> Masks:
    """Masks of the rows "train" and the rows "test" of a column. Raises ValueError if it lacks one of them.

    >>> [mask.tolist() for mask in split_by_words(np.array(["test", "train", "?"]), "split")]
    [[False, True, False], [True, False, False]]
    """
    train, test = words == "train", words == "test"
    if not (train.any() and test.any()):
        raise ValueError(f'"{name}" has no rows "train" or no rows "test"; it has: {quoted_names(set(words))}')
    return train, test


def split_by_fraction(labels: np.ndarray, fraction: float, seed: int) -> Masks:
    """Masks of a random fraction of the rows of each label, and of the others. labels: (n, columns).

    Both parts get a row of a label with two rows. Each label of each column has at least one training row, so a label
    with a single row is never in the test part. Raises ValueError if a part would be empty.
    """
    train, fits = np.zeros(len(labels), dtype=bool), ranges.is_real(fraction, lambda x: 0 < x < 1)
    every = permutation(seed, Stream.COUNTED, len(labels))
    for stratum in _strata(labels) if fits else ():
        mixed = every[stratum[every]]
        fewest, most = sorted((1, len(mixed) - 1))
        train[mixed[: np.clip(round(fraction * len(mixed)), fewest, most)]] = True
    for column in labels.T:
        lacking = every[~train[every] & (column[every] >= 0) & ~np.isin(column[every], column[train])]
        train[lacking[np.unique(column[lacking], return_index=True)[1]]] = True
    if not (fits and train.any() and not train.all()):
        raise ValueError(f"a split of {len(labels)} rows by {fraction} leaves a part empty, since each label needs a "
                         "training row; pass another fraction between 0 and 1, or more rows")  # fmt: skip
    return train, ~train


def _strata(labels: np.ndarray) -> Iterator[np.ndarray]:
    """Masks of the rows with the same labels. All labels with a single row are one stratum."""
    _, number, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    single = counts[number] == 1
    for stratum in np.flatnonzero(counts > 1):
        yield number == stratum
    if single.any():
        yield single
