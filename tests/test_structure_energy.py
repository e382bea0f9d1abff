"""Structure energy: rows that make the pairs of the consensus structure have a low one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinodal.evaluation import compare
from spinodal.evaluation.reference import Rows
from spinodal.evaluation.structure_energy import energies, gaps

from .rna import NOTED, hairpins

RNA = pytest.importorskip("RNA", reason="ViennaRNA isn't installed")
pytestmark = pytest.mark.usefixtures("few_triplets")
TRAIN = Rows(hairpins(notes=NOTED))


def test_rows_whose_strands_fit_have_a_lower_energy():
    paired, unpaired = (energies(TRAIN)(hairpins(seed=1, paired=x)) for x in (True, False))
    assert paired.max() < -8
    assert np.median(unpaired) > np.median(paired) + 8


def test_the_energy_is_never_below_the_lowest():
    for paired in (True, False):
        data = hairpins(seed=2, paired=paired)
        found, lowest = energies(TRAIN)(data), np.array([RNA.fold(str(row))[1] for row in data.texts("visible")])
        np.testing.assert_allclose(gaps(TRAIN)(data), np.maximum(found - lowest, 0))
        assert (found >= lowest - 1e-4).all()


def test_a_row_of_gaps_or_of_unknown_letters_has_no_pairs():
    data = hairpins(3)
    x = data["visible"].copy()
    x[0], x[1] = 0, -1
    data = replace(data, columns={"visible": x})
    assert energies(TRAIN)(data)[:2].tolist() == [0, 0]
    assert gaps(TRAIN)(data)[:2].tolist() == [0, 0]


def test_generated_rows_stand_beside_real_ones():
    test, made = hairpins(40, seed=1, notes=NOTED), hairpins(40, seed=2, paired=False, notes=NOTED)
    scores = compare(test, TRAIN.data, made, intervals=0, judges=["structure_energy", "structure_gap"])["scores"]
    energy = scores["structure_energy"]
    assert energy["ideal"] < energy["value"] - 8
    assert energy["floor"] < energy["value"] - 8
    assert [*energy["spread"]] == ["generated", "held-out", "training", "independent"]
    assert scores["structure_gap"]["value"] > scores["structure_gap"]["ideal"]
