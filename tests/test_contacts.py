"""Contacts: norms leave gaps out, the background is taken off, pairs are ranked, and precision counts known pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spinodal.analysis.contacts import ranked, strengths, without_background

RANDOM = np.random.default_rng(0)
SCORE = RANDOM.normal(size=(9, 9))


def test_the_norm_leaves_the_gap_out():
    coupling = torch.arange(9.0, dtype=torch.double).reshape(3, 3)
    found = strengths([(0, 1, coupling)], ["-AB", "ABC"])
    assert found[0, 1] == found[1, 0] == pytest.approx(float(coupling[1:].norm()))
    assert found[0, 0] == 0
    assert strengths([(0, 1, coupling)], ["AB-", "AB-"])[0, 1] == pytest.approx(float(coupling[:2, :2].norm()))


def test_a_background_that_is_a_product_is_taken_off_up_to_the_diagonal():
    own = RANDOM.uniform(1, 2, size=400)
    corrected = without_background(np.outer(own, own))
    assert np.isnan(np.diag(corrected)).all()
    assert np.nanmax(np.abs(corrected)) < 4 * 4 / 400  # the means of a row lack the site itself


def test_rows_of_corrected_strengths_sum_to_what_the_means_leave():
    strength = np.abs(SCORE + SCORE.T)
    np.fill_diagonal(strength, 0)
    corrected = without_background(strength)
    mean = strength.sum() / (9 * 8)
    own = strength.sum(0) / 8
    np.testing.assert_allclose(corrected[0, 1], strength[0, 1] - own[0] * own[1] / mean)
    assert not np.nan_to_num(without_background(np.zeros((3, 3)))).any()


def test_pairs_are_in_falling_order_and_apart():
    pairs = ranked(SCORE, separation=3)
    assert (np.diff(pairs.score) <= 0).all()
    assert (pairs.j - pairs.i >= 3).all()
    assert len(pairs.i) == 6 * 7 // 2
    np.testing.assert_array_equal(pairs.score, SCORE[pairs.i, pairs.j])


def test_pairs_without_a_score_are_none_and_equal_ones_keep_their_order():
    score = np.zeros((4, 4))
    score[0, 2] = np.nan
    pairs = ranked(score, separation=1)
    assert list(zip(pairs.i.tolist(), pairs.j.tolist())) == [(0, 1), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_precision_is_the_share_of_contacts_so_far_among_known_pairs():
    score = np.triu(np.arange(16.0).reshape(4, 4)[::-1, ::-1], 1)
    distance = np.full((4, 4), 9.0)
    distance[0, 1], distance[0, 2], distance[1, 2] = np.nan, 3.0, 7.5
    pairs = ranked(score, separation=1, distance=distance)
    contact = [np.nan, 1, 0, 0, 0, 0]
    np.testing.assert_array_equal(pairs.in_contact(7.5), contact)
    np.testing.assert_allclose(pairs.precision(7.5), [np.nan, 1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    np.testing.assert_allclose(pairs.precision(10.0)[1:], 1)


def test_what_can_not_be_ranked_says_so():
    with pytest.raises(ValueError, match="smaller separation"):
        ranked(SCORE, separation=9)
    with pytest.raises(ValueError, match="separation"):
        ranked(SCORE, separation=0)
    with pytest.raises(ValueError, match="two sites"):
        without_background(np.zeros((1, 1)))
    with pytest.raises(ValueError, match="structure"):
        ranked(SCORE).precision(8.0)
