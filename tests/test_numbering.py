"""Numbering: letters have the columns that the alignment has them in, however the sequence is written."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from spinodal.analysis.numbering import INSERT, Numbering, align, aligned, first_number, nearest_identity
from spinodal.data.alphabet import PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, numbered_names

ROWS = ["MKVLIDEWRSTAG", "MKVLIDDWRSTAG", "MRVLVDEWKSTAG", "MKILIDEW-STSG", "MKVLIEEWRTTAG"]


def dataset(rows=ROWS, alphabet=PROTEIN):
    return Dataset({"visible": alphabet.encode(rows)}, {"visible": alphabet}, numbered_names(len(rows)))


def spelled(random, sites):
    """A row of A2M: matches, gaps, inserts and dots at random; its letters and their columns."""
    text, letters, columns = "", "", []
    for column in range(sites):
        for symbol in random.choice(list("acd."), random.integers(3)):
            text += symbol
            letters, columns = (letters, columns) if symbol == "." else (letters + symbol.upper(), [*columns, INSERT])
        symbol = random.choice(list("EFG-"))
        text += symbol
        letters, columns = (letters, columns) if symbol == "-" else (letters + symbol, [*columns, column])
    return text, letters, columns


@pytest.mark.parametrize("seed", range(20))
def test_a_row_of_a2m_has_its_columns(seed):
    text, letters, columns = spelled(np.random.default_rng(seed), 12)
    found = aligned(text, 12)
    assert (found.sequence, found.columns.tolist()) == (letters, columns)
    assert found.row(12) == "".join(c for c in text if c.isupper() or c == "-")
    there = found.from_first(24)
    assert [there.letter(24 + i) for i in range(len(letters))] == list(letters)
    assert [there.column(24 + i) for i in range(len(letters))] == columns
    assert there.letter(23) is there.letter(there.last + 1) is None
    positions = there.positions(12)
    assert [i + 24 for i, c in enumerate(columns) if c != INSERT] == positions[positions >= 24].tolist()


def test_a_row_of_as_many_symbols_is_aligned():
    for text in ("MK.vL-", "MK-VL~", "mkvl--"):
        found = aligned(text, 6)
        assert found.row(6) == text.upper().replace(".", "-").replace("~", "-")
    assert aligned("MKVLI", 6) is None


@pytest.mark.parametrize("row", range(len(ROWS)))
def test_a_sequence_is_aligned_as_it_was(row):
    own = ROWS[row]
    found = align(f"PP-{own.replace('-', '')}GG", dataset())
    assert found.sequence == f"PP{own.replace('-', '')}GG"
    assert found.row(len(own)) == own


def test_sequences_of_bases_are_aligned():
    rows = ["ACGUACGUAC", "ACGUACGGAC", "ACGUA-GUAC", "AC?UACGUAC"]
    assert align("UUACGUACGUACUU", dataset(rows, RNA)).row(10) == "ACGUACGUAC"


def test_what_is_not_aligned(monkeypatch):
    with pytest.raises(ValueError, match="3 letters, the alignment 2 columns"):
        align("ABC", dataset(["AB", "BA"], Alphabet(tuple("AB"))))
    monkeypatch.setitem(sys.modules, "pyhmmer", None)
    with pytest.raises(ValueError, match="spinodal\\[bio\\]"):
        align("MKV", dataset())


def test_the_nearest_row_is_the_one_of_most_equal_letters():
    data = dataset()
    for row in range(len(ROWS)):
        own = ROWS[row].replace("-", "")
        found = Numbering(own, np.arange(len(own)))
        assert nearest_identity(found, data["visible"][row], data["visible"], 0) == 1
    other = np.full(13, PROTEIN.symbols.index("W"))
    assert nearest_identity(Numbering("W" * 40, np.arange(40)), other, data["visible"], 0) == 1 / 13
    assert nearest_identity(Numbering("WW", np.arange(2)), np.full(13, -1), data["visible"], None) == 0


def test_names_have_the_first_number():
    assert [first_number(name, 3) for name in ("A/4-6", "A/4-7", "A/B/10-12", "A", "4-6")] == [4, 1, 10, 1, 1]
