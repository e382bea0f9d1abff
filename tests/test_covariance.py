"""Covariance: Infernal's model knows which letters pair, and a profile of single sites doesn't."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from spinodal.evaluation import compare, covariance
from spinodal.evaluation.covariance import bits
from spinodal.evaluation.reference import Rows

from .rna import NOTED, hairpins

pytestmark = [
    pytest.mark.usefixtures("few_triplets"),
    pytest.mark.skipif(shutil.which("cmalign") is None, reason="Infernal isn't installed"),
]


@pytest.fixture(scope="module")
def judged():
    return bits(Rows(hairpins(notes=NOTED)))


def test_rows_whose_strands_fit_score_higher(judged):
    paired, unpaired = (judged(hairpins(20, seed=1, paired=x)) for x in (True, False))
    assert np.median(paired) > np.median(unpaired) + 10


def test_a_score_is_of_the_row_alone(judged):
    data = hairpins(6, seed=1)
    order = np.array([3, 0, 5, 1, 2, 4])
    np.testing.assert_array_equal(judged(data)[order], judged(data.select(order)))


def test_a_row_without_letters_has_no_score(judged):
    data = hairpins(3)
    x = data["visible"].copy()
    x[1] = 0
    found = judged(replace(data, columns={"visible": x}))
    assert (found == -np.inf).tolist() == [False, True, False]


def test_what_infernal_says_is_the_error(monkeypatch):
    monkeypatch.setattr(covariance, "MEMORY", -1)
    with pytest.raises(ValueError, match=r"cmalign fails: .*mxsize"):
        bits(Rows(hairpins(notes=NOTED)))(hairpins(3))


def test_generated_rows_stand_beside_real_ones():
    test, train = (hairpins(30, seed=seed, notes=NOTED) for seed in (1, 0))
    made = hairpins(30, seed=2, paired=False, notes=NOTED)
    scores = compare(test, train, made, intervals=0, judges=["covariance_bits"])["scores"]
    found = scores["covariance_bits"]
    assert found["ideal"] > found["value"] + 10
    assert "floor" not in found
    assert [*found["spread"]] == ["generated", "held-out", "independent"]
