"""Samples: which two haplotypes are a person's, and who has one alone: NAME_A and NAME_B, or NAME."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..data.alphabet import UNKNOWN
from ..data.dataset import Dataset

NONE = -2
"""In place of the second allele of a genotype that has one."""
PLOIDY = "ploidy"
"""The column of a table that says of haplotypes whether their sample is haploid."""
HAPLOID, DIPLOID, PARTLY = "1", "2", "1 or 2"
"""What that column says of a sample that has one allele, two, or one at some sites and two at others."""

_HALF = re.compile(r"(.*)(_[AB])((?:_[0-9]+)?)", re.DOTALL)


def haplotype_names(name: str) -> tuple[str, str]:
    """What the two haplotypes of a sample are called."""
    return f"{name}_A", f"{name}_B"


def sample_of(name: str) -> str:
    """The sample of a haplotype that is called as one of its `haplotype_names`; any other name as it is."""
    return name[:-2] if name[-2:] in haplotype_names("") else name


def note_ploidy(data: Dataset) -> Dataset:
    """The data whose notes say which labels are of haploid samples alone, so that rows made of these are, too.

    notes["haploid"] has "labels", {layer: [names]}, of samples that have one allele, and "partly", of those that have
    one at its "sites". The same data where there are no labels, or the table doesn't say which
    samples are haploid.
    """
    if PLOIDY not in data.table or not data.labels:
        return data
    told, found = data.table[PLOIDY], dict(data.notes.get("haploid", {}))
    for key, words in (("labels", [HAPLOID]), ("partly", [HAPLOID, PARTLY])):
        others = np.isin(told, words, invert=True)
        found[key] = {}
        for layer in data.labels:
            letters = data[layer][:, 0]
            only = np.setdiff1d(letters[~others], [*letters[others], UNKNOWN])
            found[key][layer] = [data.alphabets[layer].symbols[letter] for letter in only]
    return replace(data, notes={**data.notes, "haploid": found})


@dataclass(frozen=True)
class Samples:
    """Names (n,), and the rows of the first and the second haplotype of each (n,); -1 where there is no second.

    partly: (n,), which of them have one allele at some sites: at `sites`, (number of sites,), and where their second
    is unknown. left: how many stand alone because no other row was left to be their second.
    """

    names: list[str]
    first: np.ndarray
    second: np.ndarray
    partly: np.ndarray
    sites: np.ndarray
    left: int = 0

    @property
    def rows(self) -> np.ndarray:
        """All haplotypes, sample by sample."""
        both = np.stack([self.first, self.second], axis=1).ravel()
        return both[both >= 0]

    @property
    def haplotype_names(self) -> list[str]:
        """What these haplotypes are called when they are read again."""
        pairs = (haplotype_names(name) if there >= 0 else (name,) for name, there in zip(self.names, self.second))
        return [name for pair in pairs for name in pair]

    def genotypes(self, letters: np.ndarray) -> Iterator[np.ndarray]:
        """The two alleles of each sample at each site, (n, 2): -1 unknown, the second NONE where there is one.

        letters: those of the rows, (rows, sites).
        """
        alone = self.second < 0
        for alleles, haploid in zip(np.ascontiguousarray(letters.T), self.sites):
            both = np.stack([alleles[self.first], alleles[self.second]], axis=1)
            one = alone | (self.partly & (haploid | (both[:, 1] == UNKNOWN)))
            both[one, 1] = NONE
            yield both

    @staticmethod
    def of(data: Dataset) -> Samples:
        """The samples of haplotypes, each where its first row is.

        NAME_A and NAME_B are one, and a haplotype without the other is a sample alone. So are NAME_A_7 and NAME_B_7,
        as completions are called: they are NAME_7. Where no two names are a pair, as in generated rows, every two
        haplotypes of the same labels are one, called as the first; the last of an odd number is alone. So are rows that
        the table calls haploid, whatever their names, rows of a label that the notes do (`note_ploidy`), and all where
        the notes say "ploidy": 1. Raises ValueError where a name comes twice.
        """
        names, told = data.names.tolist(), data.notes.get("haploid", {})
        every = data.notes.get("ploidy") == 1
        pairs, left = pair_haplotypes(names, _of(data, {}, [HAPLOID]) | every), 0
        if not every and not any(len(pair) == 2 for pair in pairs):
            haploid = _of(data, told.get("labels", {}), [HAPLOID])
            pairs = sorted(_in_order(data, haploid))
            left = sum(len(pair) == 1 for pair in pairs) - int(haploid.sum())
            called = [names[pair[0]] for pair in pairs]
        else:
            called = ["".join(_half(names[pair[0]])[::2]) if len(pair) == 2 else names[pair[0]] for pair in pairs]
        if len(set(called)) < len(called) or len(set(names)) < len(names):
            raise ValueError("some haplotypes have the same name, and each sample needs one of its own: rename them")
        first, second = np.array([[*pair, -1][:2] for pair in pairs], dtype=np.int64).T
        sites = np.isin(np.arange(data["visible"].shape[1]), told.get("sites", []))
        partly = _of(data, told.get("partly", {}), [PARTLY])[first] & (second >= 0)
        return Samples(called, first, second, partly, sites, left)


def pair_haplotypes(names: Sequence[str], haploid: np.ndarray) -> list[tuple[int, ...]]:
    """The rows of each sample by the haplotypes' names, A before B; those that are haploid alone, (n,)."""
    row_of = {_half(name): row for row, name in enumerate(names) if not haploid[row]}
    pairs: list[tuple[int, ...]] = []
    for row, name in enumerate(names):
        start, side, number = _half(name)
        a, b = (row_of.get((start, half, number), -1) for half in haplotype_names(""))
        if not side or haploid[row] or a < 0 or b < 0:
            pairs.append((row,))
        elif row == min(a, b):
            pairs.append((a, b))
    return pairs


def _half(name: str) -> tuple[str, str, str]:
    """NAME, _A or _B, and the number of a completion, of the name of a haplotype; of any other the name."""
    found = _HALF.fullmatch(name)
    return (found[1], found[2], found[3]) if found else (name, "", "")


def _of(data: Dataset, labels: dict[str, list[str]], words: Sequence[str]) -> np.ndarray:
    """The rows that the table calls by these words, or else those that have one of these labels, (n,)."""
    if PLOIDY in data.table:
        return np.isin(data.table[PLOIDY], words)
    found = np.zeros(len(data), dtype=bool)
    for layer, named in labels.items():
        if layer in data.columns:
            symbols = data.alphabets[layer].symbols
            found |= np.isin(data[layer][:, 0], [i for i, name in enumerate(symbols) if name in named])
    return found


def _in_order(data: Dataset, haploid: np.ndarray) -> Iterator[tuple[int, ...]]:
    """Every two rows that have the same labels, and every haploid one."""
    labels = np.hstack([data[layer] for layer in data.labels] or [np.zeros((len(data), 1), dtype=np.int8)])
    _, number = np.unique(labels, axis=0, return_inverse=True)
    yield from ((row,) for row in np.flatnonzero(haploid).tolist())
    for label in range(number.max(initial=-1) + 1):
        rows = np.flatnonzero((number.ravel() == label) & ~haploid).tolist()
        yield from (tuple(rows[i : i + 2]) for i in range(0, len(rows), 2))
