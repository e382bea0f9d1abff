"""Lattice proteins: the example's folds, energies and probabilities, and the published probabilities of real data."""

from __future__ import annotations

import gzip
import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

PATH = Path(__file__).parents[1] / "examples" / "lattice_proteins.py"


@pytest.fixture(scope="module")
def lattice():
    spec = importlib.util.spec_from_file_location("lattice_proteins", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folds(lattice):
    return lattice.folds()


def test_there_are_as_many_folds_as_published(lattice, folds):
    assert len(folds) == 103_346
    assert (np.sort(folds, 1) == np.arange(27)).all()
    steps = np.abs(np.diff(lattice.COORDINATES[folds], axis=1)).sum(2)
    assert (steps == 1).all()
    assert np.array_equal(np.lexsort(folds.T[::-1]), np.arange(len(folds)))


def test_no_two_folds_are_the_same_cube_turned(lattice, folds):
    symmetries = lattice.symmetries()
    assert len({tuple(x) for x in symmetries}) == 48
    some = folds[::997]
    for moved in (symmetry[some] for symmetry in symmetries[1:]):
        assert all(tuple(a) >= tuple(b) for a, b in zip(moved.tolist(), some.tolist()))
    assert len({row.tobytes() for row in np.sort(lattice.contacts(folds), 1)}) == len(folds)


def test_a_contact_is_a_neighbor_in_the_cube_and_not_in_the_chain(lattice, folds):
    for walk, found in zip(folds[::9973], lattice.contacts(folds[::9973])):
        place = lattice.COORDINATES[walk]
        near = np.abs(place[:, None] - place[None]).sum(2) == 1
        for i, j in pairwise(range(27)):
            near[i, j] = near[j, i] = False
        assert sorted(found.tolist()) == [27 * i + j for i, j in np.argwhere(near) if i < j]


def test_the_table_is_symmetric_and_the_published_one(lattice):
    table, at = lattice.contact_energies(), lattice.AMINO_ACIDS.index
    assert (table == table.T).all()
    known = {"CC": -5.44, "LL": -7.37, "FL": -7.28, "KK": -0.12, "RK": -0.59, "DK": -1.68, "EK": -1.80, "PP": -1.75}
    assert {pair: table[at(pair[0]), at(pair[1])] for pair in known} == known


def test_probabilities_of_all_folds_add_up_to_one(lattice, folds):
    rows = lattice.letters_of(["EKAMPAMDPDMAHEHKKKIRAWMFEGE", "ACDEFGHIKLMNPQRSTVWYACDEFGH"])
    some, table = lattice.contacts(folds[:40]), lattice.contact_energies()
    every = sum(lattice.probabilities(rows, some, table, own[None]) for own in some)
    np.testing.assert_allclose(every, 1, rtol=1e-12)
    pairs = [[table[row[c // 27], row[c % 27]].sum() for c in some] for row in rows]
    weights = np.exp(-np.array(pairs))
    np.testing.assert_allclose(
        lattice.probabilities(rows, some, table, some[:1]), weights[:, 0] / weights.sum(1), rtol=1e-10
    )


def test_a_row_with_a_gap_does_not_fold_and_one_of_another_length_is_refused(lattice):
    found = lattice.folding_probability(["A" * 27, "A" * 26 + "-", "A" * 26 + "?"])
    assert found[0] > 0
    assert found[1:].tolist() == [0, 0]
    with pytest.raises(ValueError, match="27 sites"):
        lattice.folding_probability(["A" * 26])


def test_the_published_probabilities_come_out(lattice, data):
    folder = data / "lattice"
    with gzip.open(folder / "lattice.fasta.gz", "rt") as file:
        sequences = [line.strip() for line in file if line[0] != ">"][::20]
    published = np.loadtxt(folder / "pnat.txt.gz")[::20]
    found = lattice.folding_probability(sequences)
    assert spearmanr(found, published)[0] > 0.998
    assert np.abs(found - published).max() < 0.01
    assert abs(found.mean() - published.mean()) < 1e-4
    assert spearmanr(lattice.probability_among_all(sequences[::50]), published[::50])[0] < 0.5  # other folds compete
