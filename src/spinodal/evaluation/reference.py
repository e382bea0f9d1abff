"""Reference: rows as scores read them, and the rows that generated ones are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from .. import scores
from ..data.dataset import Dataset
from ..data.shuffle import permutation
from ..random_streams import Stream

KINDS = ("images", "sequences", "genomes", "music", "tables", "rows")
"""What rows can be."""

ROWS = 2000
"""Rows that generated ones are compared with: the cost of adversarial accuracy grows as their square."""

SETS = 10_000
"""Sets of generated rows that scores are averaged over, at most."""


def cut(data: Dataset, n: int, seed: int) -> Dataset:
    """n rows at random, in order, or all where there are fewer."""
    return data if len(data) <= n else data.select(subset(np.arange(len(data)), n, seed))


def subset(rows: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n of the rows at random, in order, or all where there are fewer."""
    return rows if len(rows) <= n else rows[np.sort(permutation(seed, Stream.SUBSET, len(rows))[:n])]


def compared(train: Dataset) -> Dataset:
    """The training rows that others are compared with: those without unknown entries, or all if fewer than two are.

    In the second case scores of whole rows are not measured; other scores take rows as they are.
    """
    whole = train.whole
    return train if whole.all() or whole.sum() < 2 else train.select(whole)


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of data as scores read them, and what was computed of them once.

    predicted: the label of each row, (n,), -1 unknown, by who predicts it, the "machine" or the "classifier".
    """

    data: Dataset
    predicted: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.data)

    def take(self, rows: np.ndarray) -> Rows:
        """The rows of an index array or a mask."""
        return Rows(self.data.select(rows), {who: labels[rows] for who, labels in self.predicted.items()})

    def having(self, label: int) -> Rows:
        """The rows of a label, selected once."""
        if label not in self._by_label:
            self._by_label[label] = self.take(np.flatnonzero(self.labels == label))
        return self._by_label[label]

    def first(self, n: int) -> Rows:
        """The first n rows."""
        return self if len(self) == n else self.take(np.arange(n))

    def once(self, of: Callable[[Rows], T]) -> T:
        """A statistic of these rows, computed once: data are compared with many sets of generated rows."""
        if of not in self._known:
            self._known[of] = of(self)
        found: T = self._known[of]
        return found

    def nearest(self, train: Rows) -> np.ndarray:
        """How far each whole row is from the nearest whole training row (`scores.nearest`), (n,), computed once."""
        if train not in self._known:
            self._known[train] = scores.nearest(self.plain, train.plain).numpy()
        found: np.ndarray = self._known[train]
        return found

    @cached_property
    def _known(self) -> dict[object, Any]:
        return {}

    @cached_property
    def _by_label(self) -> dict[int, Rows]:
        return {}

    @cached_property
    def whole(self) -> Dataset:
        """The rows without unknown entries. Raises ValueError where there are fewer than two."""
        whole = self.data.whole
        if whole.sum() < 2:
            raise ValueError(
                f"{whole.sum()} of {len(self)} rows have no unknown entry, and this score is of whole rows"
            )
        return self.data.select(whole)

    @cached_property
    def numbers(self) -> Tensor:
        """The whole rows as numbers, letters one-hot, (n, d)."""
        return self.whole.numbers()

    @property
    def width(self) -> int:
        """How many numbers a row has, d."""
        if "visible" not in self.data.columns:
            return int(self.data.select(slice(1)).numbers().shape[1])
        return int(self.data["visible"].shape[1] * (self.colors if self.colors > 2 else 1))

    @property
    def every(self) -> np.ndarray:
        """The letters of all rows, (n, sites), -1 unknown. Raises ValueError for numbers without an alphabet."""
        if "visible" not in self.data.alphabets:
            raise ValueError("the rows are numbers, and this score is of letters")
        return self.data["visible"]

    @property
    def letters(self) -> Tensor:
        """The letters of the whole rows, (n, sites). Raises ValueError as `every` and `whole` do."""
        return torch.from_numpy(Rows(self.whole).every)

    @property
    def plain(self) -> Tensor:
        """The whole rows as they are: letters, or numbers where there are none or not only letters."""
        whole = self.whole
        return torch.from_numpy(whole["visible"]) if "visible" in whole.columns else self.numbers

    @property
    def colors(self) -> int:
        """How many letters there are, 0 of numbers."""
        return len(self.data.alphabets["visible"].symbols) if "visible" in self.data.alphabets else 0

    @property
    def gap(self) -> int:
        """The number of the gap. Raises ValueError for letters without one."""
        symbols = self.data.alphabets["visible"].symbols
        if "-" not in symbols:
            raise ValueError("the alphabet has no gap")
        return symbols.index("-")

    @property
    def labels(self) -> np.ndarray:
        """The first label of all rows, (n,), -1 where unknown, or where the data have no labels."""
        first = next(iter(self.data.labels), None)
        return np.full(len(self), -1) if first is None else self.data[first][:, 0].astype(np.int64)

    @property
    def pitches(self) -> int:
        """How many pitches a time step has. Raises ValueError where the notes don't say."""
        if "roll" not in self.data.notes:
            raise ValueError('the notes of these rows have no "roll" that says how many pitches a step has')
        return int(self.data.notes["roll"]["pitches"])


@dataclass(frozen=True)
class Reference:
    """What generated rows are compared with.

    test      held-out rows
    matched   as many training rows, with the same labels
    train     all training rows
    """

    test: Rows
    matched: Rows
    train: Rows

    def take(self, rows: np.ndarray) -> Reference:
        """The same of some of the held-out rows, and of as many matched ones."""
        return Reference(self.test.take(rows), self.matched.take(rows), self.train)


def kind_of(data: Dataset) -> str:
    """What rows are, by their notes and letters: music, images, genomes, tables, sequences, or rows of anything.

    The notes say "roll" of music, "image" of images and "schema" of tables; haplotypes are what was read as hapt, hap,
    haps or VCF; sequences have letters in their alphabet, and not digits alone.
    """
    notes, alphabet = data.notes, data.alphabets.get("visible")
    if "roll" in notes:
        return "music"
    if len(notes.get("image", ())) == 2:
        return "images"
    if "schema" in notes:
        return "tables"
    if notes.get("format") in ("hapt", "hap", "haps", "vcf"):
        return "genomes"
    return "sequences" if alphabet and any(symbol.isalpha() for symbol in alphabet.symbols) else "rows"
