"""Matching: finds the sites of one dataset in another, by position and alleles or by name."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .row_blocks import blocks, concatenate_blocks

NO_ALLELE = ("", "0", ".")
"""How an unobserved allele is written. PLINK does so if all individuals have the other allele."""

_COMPLEMENT = str.maketrans("ACGT", "TGCA")


class Key(NamedTuple):
    """What identifies a site: its place (None if unknown) and, for a SNP, its two alleles.

    Letters count the second allele.
    """

    place: Hashable
    alleles: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteMap:
    """How the columns of one dataset map to the sites of another.

    source: (sites,), the column of each site, -1 if there is none. flipped: (sites,), where the two alleles are
    exchanged. Counts of sites without column: `absent` sites have no column at their place; those in `other_alleles`
    have one with other alleles, `complementary` of them with the alleles of the other strand; `ambiguous` sites match
    several columns. left_out: the number of columns that match no site.
    """

    source: np.ndarray
    flipped: np.ndarray
    absent: int = 0
    other_alleles: int = 0
    complementary: int = 0
    ambiguous: int = 0
    left_out: int = 0

    @property
    def found(self) -> int:
        """The number of sites that have a column."""
        return int((self.source >= 0).sum())

    @property
    def is_in_order(self) -> bool:
        """Whether the columns that match are in the order of the sites."""
        there = self.source[self.source >= 0]
        return bool((np.diff(there) > 0).all())

    @property
    def is_identity(self) -> bool:
        """Whether the columns are the sites, in the same order and with the same alleles."""
        return bool(not (self.left_out or self.flipped.any()) and (self.source == np.arange(len(self.source))).all())

    def apply(self, column: np.ndarray, letters: int = 0) -> np.ndarray:
        """A matrix (n, columns) as (n, sites). A site without column is unknown: -1 for letters, NaN for numbers.

        letters: the number of letters of the alphabet, 0 for numbers. A flipped letter k becomes letters - 1 - k.
        Raises ValueError if numbers would have to be flipped.

        >>> site_map = SiteMap(np.array([1, -1, 0]), np.array([True, False, False]))
        >>> site_map.apply(np.array([[0, 2], [1, -1]], np.int8), 3).tolist()
        [[0, -1, 0], [-1, -1, 1]]
        """
        if self.flipped.any() and not letters:
            raise ValueError("alleles are exchanged, but only letters can be flipped, not numbers")
        return concatenate_blocks(self._apply_block(x, letters) for x in blocks(column))

    def _apply_block(self, rows: np.ndarray, letters: int) -> np.ndarray:
        absent = self.source < 0
        found = rows[:, np.where(absent, 0, self.source)]
        if not letters and absent.any() and found.dtype.kind != "f":
            found = found.astype(np.float64)
        turned = self.flipped & (found >= 0)
        found = np.where(turned, letters - 1 - found, found).astype(found.dtype)
        found[:, absent] = -1 if letters else np.nan
        return found


def match_keys(ours: Sequence[Key], theirs: Sequence[Key]) -> SiteMap:
    """The map from columns with the keys `theirs` to sites with the keys `ours`.

    If the keys are equal and in the same order, the columns are the sites. Otherwise a site matches the column at its
    place that has the same alleles, in either order; an unobserved allele (NO_ALLELE) matches any. A site that matches
    several columns is ambiguous. Alleles are never converted to the other strand. If some alleles are complementary,
    the strands differ, and then sites with alleles A/T or C/G are ambiguous.

    >>> site_map = match_keys([Key(1, ("A", "G")), Key(2, ("C", "T"))], [Key(2, ("T", "C")), Key(3, ("A", "C"))])
    >>> site_map.source.tolist(), site_map.flipped.tolist(), site_map.absent, site_map.left_out
    ([-1, 0], [False, True], 1, 1)
    """
    n = len(ours)
    if list(ours) == list(theirs):
        return SiteMap(np.arange(n), np.zeros(n, dtype=bool))
    source, flipped = np.full(n, -1), np.zeros(n, dtype=bool)
    here, there, several, other, complementary = _by_place(ours), _by_place(theirs), set[int](), 0, 0
    for place, mine in here.items():
        found = _Place.of(mine, there.get(place, []), ours, theirs)
        for i, j, turned in found.pairs:
            source[i], flipped[i] = j, turned
        several |= found.several
        other += len(found.left) if found.free else 0
        complementary += sum(any(_is_complement(ours[i], theirs[j]) for j in found.free) for i in found.left)
    if complementary:
        vague = np.array([is_palindromic(key.alleles) for key in ours]) & (source >= 0)
        source[vague], flipped[vague] = -1, False
        several |= set(np.flatnonzero(vague).tolist())
    known = int((source >= 0).sum())
    return SiteMap(source, flipped, n - known - other - len(several), other, complementary, len(several),
                len(theirs) - known)  # fmt: skip


def _by_place(keys: Sequence[Key]) -> dict[Hashable, list[int]]:
    """The numbers of the sites at each place."""
    found: dict[Hashable, list[int]] = {}
    for i, key in enumerate(keys):
        if key.place is not None:
            found.setdefault(key.place, []).append(i)
    return found


@dataclass(frozen=True)
class _Place:
    """The matches at one place: pairs (ours, theirs, flipped), and the sites of ours that match `several` of theirs.

    `left` are the sites of ours, and `free` the sites of theirs, that match nothing.
    """

    pairs: list[tuple[int, int, bool]]
    several: set[int]
    left: list[int]
    free: list[int]

    @staticmethod
    def of(mine: Sequence[int], there: Sequence[int], ours: Sequence[Key], theirs: Sequence[Key]) -> _Place:
        """Matches in the same order of alleles come first, since a place may have both orders."""
        found = _Place([], set(), list(mine), list(there))
        for turned in (False, True):
            fits = {i: [j for j in found.free if _fit(ours[i].alleles, theirs[j].alleles, turned)] for i in found.left}
            taken = [j for own in fits.values() for j in own]
            sure = {i for i, own in fits.items() if len(own) == 1 == taken.count(own[0])}
            pairs = found.pairs + [(i, fits[i][0], turned) for i in sorted(sure)]
            several = found.several | {i for i, own in fits.items() if own and i not in sure}
            found = _Place(pairs, several, [i for i in found.left if not fits[i]],
                           [j for j in found.free if j not in taken])  # fmt: skip
        return found


def _fit(ours: tuple[str, ...], theirs: tuple[str, ...], turned: bool) -> bool:
    """Whether alleles are equal, with at least one allele observed in both."""
    pairs = list(zip(ours, theirs[::-1] if turned else theirs))
    if not pairs:
        return not turned and ours == theirs
    seen = [(a, b) for a, b in pairs if a not in NO_ALLELE and b not in NO_ALLELE]
    return bool(seen) and all(a == b for a, b in seen)


def _is_complement(ours: Key, theirs: Key) -> bool:
    """Whether the alleles are complementary, in either order."""
    other = tuple(allele.translate(_COMPLEMENT)[::-1] for allele in theirs.alleles)
    return bool(other) and any(_fit(ours.alleles, other, turned) for turned in (False, True))


def is_palindromic(alleles: tuple[str, ...]) -> bool:
    """Whether the alleles are the same on both strands: A and T, or C and G.

    >>> is_palindromic(("T", "A")), is_palindromic(("T", "C"))
    (True, False)
    """
    return len(alleles) == 2 and alleles[0].translate(_COMPLEMENT)[::-1] == alleles[1]
