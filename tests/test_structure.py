"""Structure: the consensus structure of a file, and what of it the letters of a row can make."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from spinodal.data.alphabet import DNA, PROTEIN
from spinodal.evaluation import compare
from spinodal.evaluation.known_judges import KNOWN, judges_of
from spinodal.evaluation.reference import Rows
from spinodal.evaluation.structure import LOOP, PAIRS, consensus, has_structure, letters, own_structure, pairs

from .rna import NOTED, STRUCTURE, hairpins

pytestmark = pytest.mark.usefixtures("few_triplets")


def random_structure(random, n):
    """Brackets and dots that match."""
    found, depth = "", 0
    for left in range(n, 0, -1):
        choice = random.choice(list("(.." + ")" * (depth > 0))) if depth < left else ")"
        depth += {"(": 1, ")": -1}.get(choice, 0)
        if depth > left - 1:
            choice, depth = ".", depth - 1
        found += choice
    return found


@pytest.mark.parametrize("seed", range(30))
def test_a_row_keeps_the_pairs_that_its_letters_make(seed):
    random = np.random.default_rng(seed)
    structure = random_structure(random, 40)
    row = "".join(random.choice(list("ACGU-"), 40))
    text, own = own_structure(row, structure)
    assert text == row.replace("-", "")
    assert len(own) == len(text)
    column = [i for i, letter in enumerate(row) if letter != "-"]
    kept = {(column[i], column[j]) for i, j in pairs(own)}
    for i, j in pairs(structure):
        between = sum(letter != "-" for letter in row[i + 1 : j])
        assert ((i, j) in kept) == (row[i] + row[j] in PAIRS and between >= LOOP)
    assert kept <= set(pairs(structure))


def test_letters_pair_both_ways():
    assert {a + b for a, b in product("ACGU", repeat=2) if a + b in PAIRS} == {x[::-1] for x in PAIRS}


@pytest.mark.parametrize("structure", ["(", ")", "())(", "((.)"])
def test_brackets_that_do_not_match_are_an_error(structure):
    with pytest.raises(ValueError, match="without its partner"):
        pairs(structure)


def test_the_structure_of_the_file_goes_first(monkeypatch):
    monkeypatch.setitem(sys.modules, "RNA", None)
    assert consensus(Rows(hairpins(notes=NOTED))) == STRUCTURE
    wuss = {"columns": {"SS_cons": STRUCTURE.replace("(", "<").replace(")", ">").replace(".", "_")}}
    assert consensus(Rows(hairpins(notes=wuss))) == STRUCTURE
    with pytest.raises(ValueError, match=r'pip install "spinodal\[rna\]"'):
        consensus(Rows(hairpins()))
    with pytest.raises(ValueError, match="has no pairs"):
        consensus(Rows(hairpins(notes={"columns": {"SS_cons": "." * len(STRUCTURE)}})))


def test_vienna_finds_the_hairpin():
    pytest.importorskip("RNA", reason="ViennaRNA isn't installed")
    found = set(pairs(consensus(Rows(hairpins()))))
    assert len(found & set(pairs(STRUCTURE))) >= 10


def test_what_has_a_structure():
    data = hairpins()
    assert has_structure(data)
    as_dna = replace(data, alphabets={"visible": DNA})
    assert not has_structure(as_dna)
    assert has_structure(replace(as_dna, notes=NOTED))
    assert letters(as_dna) == letters(data)
    assert not has_structure(replace(data, alphabets={"visible": PROTEIN}))
    assert not has_structure(replace(data, columns={"visible": data["visible"][:, :20]}))


def test_judges_of_rna_are_named_where_they_are_not_asked():
    found = compare(*(hairpins(40, seed=i, notes=NOTED) for i in range(3)), intervals=0)
    why = {gap["what"]: gap["why"] for gap in found["not_measured"]}
    names = {judge.name for judge in KNOWN["rna"]}
    assert names <= why.keys()
    assert not names & found["scores"].keys()
    assert all("--judge rna" in why[name] for name in names)


@pytest.mark.parametrize(
    ("name", "missing"),
    [("rna", "infernal"), ("structure_energy", r"spinodal\[rna\]"), ("structure_gap", r"spinodal\[rna\]")],
)
def test_without_programs_a_judge_that_is_asked_for_says_what_is_missing(monkeypatch, name, missing):
    monkeypatch.setitem(sys.modules, "RNA", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match=missing):
        compare(*(hairpins(40, seed=i, notes=NOTED) for i in range(3)), intervals=0, judges=[name])


def test_judges_of_rna_refuse_other_rows():
    rows = [replace(hairpins(20, seed=i), alphabets={"visible": PROTEIN}) for i in range(3)]
    with pytest.raises(ValueError, match="take aligned RNA of 30 sites or more, and these rows are none"):
        compare(*rows, intervals=0, judges=["structure_energy"])


def test_a_judge_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match='no judge "rnaa": name a function MODULE:FUNCTION, or rna, covariance_bits'):
        judges_of(["rnaa"])
    with pytest.raises(ValueError, match="structure_gap is named twice"):
        judges_of(["rna", "structure_gap"])
