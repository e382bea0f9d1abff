"""Variants: names become the changes they say, and each that can't be scored has its reason."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from spinodal.analysis.numbering import Numbering, by_matches
from spinodal.analysis.variants import agreement, match, parse, unmatched
from spinodal.data.alphabet import PROTEIN, RNA
from spinodal.errors import FormatError
from spinodal.files import variants as lists

WILD = by_matches("mKV-LID").from_first(24)  # m is an insert, K is 25 in column 1


def changes(found):
    own = zip(found.mutants.mutant, found.mutants.site, found.mutants.letter)
    return [(int(m), int(s), PROTEIN.symbols[a]) for m, s, a in own]


def test_names_are_changes_of_columns():
    found = match(["K25G", "V26A:d29e", "L27L"], WILD, PROTEIN)
    assert changes(found) == [(0, 0, "G"), (1, 1, "A"), (1, 5, "E"), (2, 3, "L")]
    assert not found.reasons
    assert unmatched(found, [1, 2, 3], WILD) == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("A25G", "the wild type has K at 25, not A"),
        ("M24G", "24 is an insert"),
        ("K30G", "30 is outside of the wild type, 24 to 29"),
        ("K-3G", "-3 is outside"),
        ("K25B", "the letter B is not in PROTEIN"),
        ("K25del", "K25del is no substitution"),
        ("K25*", "no substitution"),
        ("K25-", "no substitution"),
        ("K25_V26insG", "no substitution"),
        ("K25G:K25A", "changes a position twice"),
        ("K25G:", '"" is not of the form A24G'),
        ("", "not of the form"),
        ("K25GG", "not of the form"),
    ],
)
def test_other_names_have_a_reason(name, reason):
    found = match(["V26A", name, "L27A"], WILD, PROTEIN)
    assert changes(found) == [(0, 1, "A"), (1, 3, "A")]
    assert found.rows == [0, 2]
    assert list(found.reasons) == [1]
    assert reason in found.reasons[1]
    assert "1 of 3" in unmatched(found, [5, 7, 9], WILD)
    assert "in line 7" in unmatched(found, [5, 7, 9], WILD)


def test_t_and_u_are_one_letter():
    assert not match(["T1G", "U1T"], by_matches("UGCA"), RNA).reasons


@pytest.mark.parametrize("off", [-20, -1, 3, 170])
def test_a_wrong_numbering_is_said(off):
    random = np.random.default_rng(1)
    letters = "".join(random.choice(list("ACDEFGHIKL"), 40))
    right = Numbering(letters, np.arange(40), 30 + off)
    names = [f"{letters[i]}{right.first + i}W" for i in random.permutation(40)[:25]]
    wrong = right.from_first(30)
    assert agreement(names, wrong).most_common(1) == [(30 + off, 25)]
    said = unmatched(match(names, wrong, PROTEIN), range(1, 26), wrong)
    assert f"off by {off:+d}" in said
    assert f"--first {30 + off}" in said


def test_parsed_and_written_again():
    for name in ("A24G", "A24G:T56S", "K-3G"):
        assert ":".join(f"{one.old}{one.position}{one.new}" for one in parse(name)) == name


# -- files of names --


def written(tmp_path, text, name="names.txt"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "A1G\n\n# K2L is not measured\n  V3A \n",
        "mutant,y\nA1G,1\n\nV3A,2\n",
        "# a comment; with a semicolon\ny;Variant;dE\n0.5; A1G;\n;V3A;1\n",
        "y\tmutation\n\tA1G\n2\tV3A\n",
        "mutant\nA1G\nV3A",
    ],
)
@pytest.mark.parametrize("name", ["names.txt", "names.csv.gz"])
def test_names_of_lines_and_of_tables(tmp_path, text, name):
    found = lists.read(written(tmp_path, text, name))
    assert [name for _, name in found] == ["A1G", "V3A"]
    lines = text.splitlines()
    assert all(name in lines[number - 1] for number, name in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# none\n", "no mutant"),
        ("mutant,y\n", "no mutant"),
        ("A1G,K2L\n", "no column of mutants .* joins"),
        ("y,mutant\n1\n", "line 2 has 1 fields"),
    ],
)
def test_files_without_names(tmp_path, text, said):
    with pytest.raises(FormatError, match=said):
        lists.read(written(tmp_path, text))
