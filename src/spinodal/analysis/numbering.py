"""Numbering: the column of an alignment at which each letter of a sequence is, and the letters' own numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import ranges
from ..data.dataset import Dataset
from ..data.row_blocks import blocks
from ..files.hmmer import Hmmer, kind_of

INSERT = -1
"""The column of a letter that is between two columns of the alignment."""

PROFILE = 2000
"""Rows of an alignment, at most, from which a profile is built."""

Letters = NDArray[np.integer[Any]]

_RANGE = re.compile(r"/(\d{1,9})-(\d{1,9})$")


@dataclass(frozen=True)
class Numbering:
    """The letters of one sequence, and the columns of an alignment that they are in.

    sequence  its letters in upper case, without gaps
    columns   (letters,) the column of each letter, from 0; INSERT for a letter that is in no column
    first     the number of the first letter
    """

    sequence: str
    columns: NDArray[np.int64]
    first: int = 1

    def __post_init__(self) -> None:
        ranges.integer("first", self.first, -ranges.LARGEST)

    @property
    def last(self) -> int:
        """The number of the last letter."""
        return self.first + len(self.sequence) - 1

    @property
    def matched(self) -> int:
        """How many letters are in a column."""
        return int((self.columns != INSERT).sum())

    def from_first(self, first: int | None) -> Numbering:
        """The same letters, counted from another number; None: as they are."""
        return self if first is None else replace(self, first=first)

    def letter(self, position: int) -> str | None:
        """The letter of this number; None if the sequence has none."""
        return self.sequence[position - self.first] if self.first <= position <= self.last else None

    def column(self, position: int) -> int:
        """The column of the letter of this number, or INSERT."""
        return int(self.columns[position - self.first])

    def positions(self, sites: int) -> NDArray[np.int64]:
        """The number of the letter in each column, (sites,); where a column has none, a number below `first`."""
        found = np.full(sites, self.first - 1)
        known = self.columns != INSERT
        found[self.columns[known]] = np.flatnonzero(known) + self.first
        return found

    def row(self, sites: int) -> str:
        """The row of the alignment: the letter of each column, and gaps."""
        letters = ["-"] * sites
        for letter, column in zip(self.sequence, self.columns.tolist()):
            if column != INSERT:
                letters[column] = letter
        return "".join(letters)


def by_matches(text: str) -> Numbering:
    """The numbering of a row of A2M: upper case and "-" are columns, lower case is an insert, "." is nothing.

    >>> found = by_matches("..mkV-Lq")
    >>> found.sequence, found.columns.tolist(), found.row(3)
    ('MKVLQ', [-1, -1, 0, 2, -1], 'V-L')
    """
    column, columns, letters = 0, [], []
    for symbol in text:
        if symbol.isalpha():
            letters.append(symbol.upper())
            columns.append(column if symbol.isupper() else INSERT)
        column += symbol.isupper() or symbol == "-"
    return Numbering("".join(letters), np.array(columns, dtype=np.int64))


def by_columns(text: str) -> Numbering:
    """The numbering of a row in which every symbol is a column; "-", "." and "~" are gaps.

    >>> by_columns("MK.v").columns.tolist()
    [0, 1, 3]
    """
    return by_matches(re.sub(r"[.~]", "-", text.upper()))


def aligned(text: str, sites: int) -> Numbering | None:
    """The numbering of a row that is aligned to so many columns already; None if it isn't.

    It is a row of A2M if upper case and "-" are as many as the columns, and else a row of as many symbols.
    """
    if sum(symbol.isupper() or symbol == "-" for symbol in text) == sites:
        return by_matches(text)
    return by_columns(text) if len(text) == sites else None


def align(text: str, data: Dataset) -> Numbering:
    """The numbering of one sequence, as of `align_all`."""
    return align_all([text], data)[0]


def align_all(texts: Sequence[str], data: Dataset) -> list[Numbering]:
    """The numberings of sequences that pyhmmer aligns to a profile of aligned rows, each by itself.

    Every column of the rows is a match column of the profile; of many rows it takes one in so many (PROFILE). Gaps in
    the texts are left out. Raises ValueError without pyhmmer (the extra `bio`), and for an alphabet that HMMER doesn't
    know.
    """
    kind, letters = kind_of(data.alphabets["visible"]), [re.sub(r"[^A-Z]", "", text.upper()) for text in texts]
    if kind is None:
        sites = data["visible"].shape[1]
        raise ValueError(f"a sequence has {len(letters[0])} letters, the alignment {sites} columns, and HMMER aligns "
                         "only proteins, RNA and DNA: give it as a row of the alignment")  # fmt: skip
    hmmer, few = Hmmer.of(kind, "aligning sequences to the training data"), -(-len(data) // PROFILE)
    model = hmmer.profile(data.select(slice(None, None, few)), every_column=True)
    named = [(str(i), text) for i, text in enumerate(letters)]
    return [by_matches(row) for row in hmmer.library.hmmer.hmmalign(model, hmmer.sequences(named)).alignment]


def first_number(name: str, letters: int) -> int:
    """The number of the first letter by a name such as BLAT_ECOLX/24-286, if its range has so many letters; else 1.

    >>> first_number("BLAT_ECOLX/24-286", 263), first_number("BLAT_ECOLX/24-286", 250), first_number("mine", 263)
    (24, 1, 1)
    """
    found = _RANGE.search(name)
    return int(found[1]) if found and int(found[2]) - int(found[1]) + 1 == letters else 1


def nearest_identity(numbering: Numbering, row: Letters, rows: Letters, gap: int | None) -> float:
    """The largest share of a sequence's letters that a row of the alignment has in the same column, in [0, 1].

    Of a sequence that is longer than the alignment it is the share of the columns. row (sites,), rows (n, sites): the
    numbers of letters; gap: that of the gap, which is no letter.
    """
    own = row >= 0 if gap is None else (row >= 0) & (row != gap)
    most = max(int((block[:, own] == row[own]).sum(1).max()) for block in blocks(rows))
    return most / min(len(numbering.sequence), len(row))
