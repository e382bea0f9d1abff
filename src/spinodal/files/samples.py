"""Samples: which two haplotypes are a person's: NAME_A and NAME_B, or two that stand alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..dataset import Dataset


def halves(name: str) -> tuple[str, str]:
    """What the two haplotypes of a sample are called."""
    return f"{name}_A", f"{name}_B"


def whose(name: str) -> str:
    """The sample of a haplotype that is called as one of its `halves`; any other name as it is."""
    return name[:-2] if name[-2:] in halves("") else name


@dataclass(frozen=True)
class Samples:
    """Names (n,), and the rows of the first and the second haplotype of each (n,); -1 where there is no second."""

    names: list[str]
    first: np.ndarray
    second: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """All haplotypes, sample by sample."""
        both = np.stack([self.first, self.second], axis=1).ravel()
        return both[both >= 0]

    @property
    def halves(self) -> list[str]:
        """What these haplotypes are called when they are read again."""
        pairs = (halves(name) if there >= 0 else (name,) for name, there in zip(self.names, self.second))
        return [name for pair in pairs for name in pair]

    @staticmethod
    def of(data: Dataset) -> Samples:
        """The samples of haplotypes, each where its first row is.

        NAME_A and NAME_B are one, and a haplotype without the other is a sample alone. Where no two names are a pair,
        as in generated rows, every two haplotypes of the same labels are one, called as the first; the last of an odd
        number is alone; so are all where the notes say "ploidy": 1. Raises ValueError where a name comes twice.
        """
        names = data.names.tolist()
        pairs = _named(names)
        if not any(len(pair) == 2 for pair in pairs) and data.notes.get("ploidy") != 1:
            pairs = sorted(_in_order(data))
            called = [names[pair[0]] for pair in pairs]
        else:
            called = [names[pair[0]][: -2 if len(pair) == 2 else None] for pair in pairs]
        if len(set(called)) < len(called) or len(set(names)) < len(names):
            raise ValueError("some haplotypes have the same name, and each sample needs one of its own: rename them")
        first, second = np.array([[*pair, -1][:2] for pair in pairs], dtype=np.int64).T
        return Samples(called, first, second)


def _named(names: Sequence[str]) -> list[tuple[int, ...]]:
    """The rows of each sample by the haplotypes' names, A before B."""
    row_of = {name: row for row, name in enumerate(names)}
    pairs: list[tuple[int, ...]] = []
    for row, name in enumerate(names):
        a, b = (row_of.get(half, -1) for half in halves(name[:-2]))
        if name[-2:] not in ("_A", "_B") or a < 0 or b < 0:
            pairs.append((row,))
        elif row == min(a, b):
            pairs.append((a, b))
    return pairs


def _in_order(data: Dataset) -> Iterator[tuple[int, ...]]:
    """Every two rows that have the same labels."""
    labels = np.hstack([data[layer] for layer in data.labels] or [np.zeros((len(data), 1), dtype=np.int8)])
    _, number = np.unique(labels, axis=0, return_inverse=True)
    for label in range(number.max(initial=-1) + 1):
        rows = np.flatnonzero(number.ravel() == label).tolist()
        yield from (tuple(rows[i : i + 2]) for i in range(0, len(rows), 2))
