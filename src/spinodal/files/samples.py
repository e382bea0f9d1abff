"""Samples: pairs haplotypes to samples: NAME_A and NAME_B of a diploid sample, NAME of a haploid one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..data.alphabet import UNKNOWN
from ..data.dataset import Dataset

NONE = -2
"""The second allele of a genotype with one allele."""
PLOIDY = "ploidy"
"""The column of the table for the ploidy of the sample of a haplotype."""
HAPLOID, DIPLOID, PARTLY = "1", "2", "1 or 2"
"""Its values: the sample has one allele, two, or one at some sites and two at others."""

_HALF = re.compile(r"(.*)(_[AB])((?:_[0-9]+)?)", re.DOTALL)


def haplotype_names(name: str) -> tuple[str, str]:
    """The names of the two haplotypes of a sample."""
    return f"{name}_A", f"{name}_B"


def sample_of(name: str) -> str:
    """The sample of a haplotype NAME_A or NAME_B; other names are unchanged."""
    return name[:-2] if name[-2:] in haplotype_names("") else name


def note_ploidy(data: Dataset) -> Dataset:
    """The data with notes about the labels that only haploid samples have. Rows generated for these are then haploid.

    notes["haploid"] has "labels", {layer: [names]}, for samples with one allele, and "partly", for samples with one
    allele at the "sites". The data are unchanged if there are no labels, or if the table has no column `PLOIDY`.
    """
    if PLOIDY not in data.table or not data.labels:
        return data
    ploidy, found = data.table[PLOIDY], dict(data.notes.get("haploid", {}))
    for key, words in (("labels", [HAPLOID]), ("partly", [HAPLOID, PARTLY])):
        others = np.isin(ploidy, words, invert=True)
        found[key] = {}
        for layer in data.labels:
            letters = data[layer][:, 0]
            only = np.setdiff1d(letters[~others], [*letters[others], UNKNOWN])
            found[key][layer] = [data.alphabets[layer].symbols[letter] for letter in only]
    return replace(data, notes={**data.notes, "haploid": found})


@dataclass(frozen=True)
class Samples:
    """Names of samples (n,), and the rows of their first and second haplotype (n,); -1 if there is no second.

    partly: (n,), mask of the samples with one allele at some sites. These are the sites in the mask `sites`, and those
    where the second allele is unknown. left: the number of samples that have one haplotype only because no other row
    was left.
    """

    names: list[str]
    first: np.ndarray
    second: np.ndarray
    partly: np.ndarray
    sites: np.ndarray
    left: int = 0

    @property
    def rows(self) -> np.ndarray:
        """The rows of all haplotypes, sample by sample."""
        both = np.stack([self.first, self.second], axis=1).ravel()
        return both[both >= 0]

    @property
    def haplotype_names(self) -> list[str]:
        """The names of these haplotypes when they are read from a file."""
        pairs = (haplotype_names(name) if there >= 0 else (name,) for name, there in zip(self.names, self.second))
        return [name for pair in pairs for name in pair]

    def genotypes(self, letters: np.ndarray) -> Iterator[np.ndarray]:
        """For each site the two alleles of each sample, (n, 2): -1 unknown, the second NONE if there is only one.

        letters: the data, (rows, sites).
        """
        alone = self.second < 0
        for alleles, haploid in zip(np.ascontiguousarray(letters.T), self.sites):
            both = np.stack([alleles[self.first], alleles[self.second]], axis=1)
            one = alone | (self.partly & (haploid | (both[:, 1] == UNKNOWN)))
            both[one, 1] = NONE
            yield both

    @staticmethod
    def of(data: Dataset) -> Samples:
        """The samples of haplotypes, in the order of their first rows.

        NAME_A and NAME_B are one sample; NAME_A_7 and NAME_B_7, the names of completions, are the sample NAME_7. A
        haplotype without partner is a haploid sample. If no names pair, as in generated rows, every two haplotypes with
        the same labels are one sample with the name of the first; of an odd number the last is haploid. Always haploid
        are rows that the table calls haploid, rows with a label that the notes call haploid (`note_ploidy`), and all
        rows if notes["ploidy"] is 1. Raises ValueError if two rows have the same name.
        """
        names, noted = data.names.tolist(), data.notes.get("haploid", {})
        every = data.notes.get("ploidy") == 1
        pairs, left = pair_haplotypes(names, _of(data, {}, [HAPLOID]) | every), 0
        if not every and not any(len(pair) == 2 for pair in pairs):
            haploid = _of(data, noted.get("labels", {}), [HAPLOID])
            pairs = sorted(_in_order(data, haploid))
            left = sum(len(pair) == 1 for pair in pairs) - int(haploid.sum())
            called = [names[pair[0]] for pair in pairs]
        else:
            called = ["".join(_half(names[pair[0]])[::2]) if len(pair) == 2 else names[pair[0]] for pair in pairs]
        if len(set(called)) < len(called) or len(set(names)) < len(names):
            raise ValueError("some haplotypes have the same name, but each sample needs its own: rename them")
        first, second = np.array([[*pair, -1][:2] for pair in pairs], dtype=np.int64).T
        sites = np.isin(np.arange(data["visible"].shape[1]), noted.get("sites", []))
        partly = _of(data, noted.get("partly", {}), [PARTLY])[first] & (second >= 0)
        return Samples(called, first, second, partly, sites, left)


def pair_haplotypes(names: Sequence[str], haploid: np.ndarray) -> list[tuple[int, ...]]:
    """The rows of each sample, by names of haplotypes, A before B. Rows in the mask `haploid` (n,) are not paired."""
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
    """The name of a haplotype split into NAME, _A or _B, and the number of a completion; (name, "", "") for others."""
    found = _HALF.fullmatch(name)
    return (found[1], found[2], found[3]) if found else (name, "", "")


def _of(data: Dataset, labels: dict[str, list[str]], words: Sequence[str]) -> np.ndarray:
    """Mask (n,) of the rows with these words in the column `PLOIDY`, or, without it, with one of these labels."""
    if PLOIDY in data.table:
        return np.isin(data.table[PLOIDY], words)
    found = np.zeros(len(data), dtype=bool)
    for layer, named in labels.items():
        if layer in data.columns:
            symbols = data.alphabets[layer].symbols
            found |= np.isin(data[layer][:, 0], [i for i, name in enumerate(symbols) if name in named])
    return found


def _in_order(data: Dataset, haploid: np.ndarray) -> Iterator[tuple[int, ...]]:
    """Pairs of rows with the same labels, and haploid rows alone."""
    labels = np.hstack([data[layer] for layer in data.labels] or [np.zeros((len(data), 1), dtype=np.int8)])
    _, number = np.unique(labels, axis=0, return_inverse=True)
    yield from ((row,) for row in np.flatnonzero(haploid).tolist())
    for label in range(number.max(initial=-1) + 1):
        rows = np.flatnonzero((number.ravel() == label) & ~haploid).tolist()
        yield from (tuple(rows[i : i + 2]) for i in range(0, len(rows), 2))
