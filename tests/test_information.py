"""Information of sites and labels: by its definition, beside chance, with p-values that are uniform without any."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from spinodal.analysis import information as module
from spinodal.analysis.information import information

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(3, size=80)
STATES = np.stack([LABELS, RANDOM.integers(4, size=80), np.zeros(80, dtype=int), (LABELS == 1) * 1], 1)


def test_it_is_mutual_information_in_bits():
    found = information(STATES, LABELS, permutations=10)
    expected = [mutual_info_score(LABELS, column) / np.log(2) for column in STATES.T]
    np.testing.assert_allclose(found.bits, expected, atol=1e-9)


def test_rows_count_where_both_are_known():
    holes, some = STATES.copy(), LABELS.copy()
    holes[:20, 0], some[60:] = -1, -1
    found = information(holes, some, permutations=5)
    for i, rows in ((0, slice(20, 60)), (1, slice(0, 60))):
        expected = mutual_info_score(LABELS[rows], STATES[rows, i]) / np.log(2)
        assert found.bits[i] == pytest.approx(expected, abs=1e-9)


def test_a_site_that_is_the_label_is_found_and_one_of_chance_or_without_variation_is_not():
    found = information(STATES, LABELS, permutations=199)
    assert found.p[0] == found.p[3] == 1 / 200
    assert found.p[2] == 1
    assert found.q[0] == pytest.approx(2 / 200)
    assert (found.q >= found.p).all()
    assert found.excess[0] == pytest.approx(found.bits[0] - found.expected[0])
    assert abs(found.excess[1]) < 0.1 < found.excess[3]


def test_p_values_of_chance_are_uniform():
    states = np.random.default_rng(1).integers(2, size=(60, 400))
    found = information(states, LABELS[:60], permutations=99)
    for level in (0.05, 0.25, 0.5, 0.75):
        assert abs((found.p <= level).mean() - level) < 4.9 * (level * (1 - level) / 400) ** 0.5 + 0.01  # ties
    assert found.q.min() > 0.05


def test_blocks_of_sites_and_of_permutations_change_nothing(monkeypatch):
    whole = information(STATES, LABELS, permutations=30)
    monkeypatch.setattr(module, "ENTRIES", 500)
    parts = information(STATES, LABELS, permutations=30)
    for name in ("bits", "expected", "p", "q"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name))


def test_two_labels_are_needed():
    with pytest.raises(ValueError, match="two are needed"):
        information(STATES, np.where(LABELS == 1, 1, -1))
    with pytest.raises(ValueError, match="permutations"):
        information(STATES, LABELS, permutations=0)
