"""Balance: labels are drawn as often as is asked for, and rows without a label as often as they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.balance import odds

from .toys import dataset

labels = st.lists(st.integers(-1, 3), min_size=1, max_size=30).map(np.array)
powers = st.floats(0, 1)


def shares(label, weights):
    """{label: its share of the draws}."""
    return {k: weights[label == k].sum() / weights.sum() for k in set(label.tolist())}


@given(labels, powers, st.randoms())
def test_the_draws_of_labels_are_their_shares_to_the_power(label, power, random):
    """p(label) ∝ share^(1 - power), whatever weights the rows have; rows without label keep theirs."""
    own = np.array([random.uniform(0.1, 3) for _ in label])
    found, before = shares(label, odds([label], own, power)), shares(label, own)
    known = [k for k in before if k >= 0]
    raised = {k: before[k] ** (1 - power) for k in known}
    left = 1 - before.get(-1, 0.0)
    for k in known:
        assert found[k] == pytest.approx(left * raised[k] / sum(raised.values()))
    assert found.get(-1) == pytest.approx(before.get(-1))


@given(labels, powers)
def test_rows_of_one_label_keep_their_odds_among_each_other(label, power):
    own = np.arange(1.0, len(label) + 1)
    ratio = odds([label], own, power) / own
    for k in set(label.tolist()):
        assert ratio[label == k] == pytest.approx(ratio[label == k][0])


def test_several_labels_are_balanced_together_and_a_row_is_labeled_that_has_one():
    first, second = np.array([0, 0, 0, 1, -1, -1]), np.array([0, 0, 1, 1, 0, -1])
    found = odds([first, second], None, 1.0)
    assert found[:5] == pytest.approx([0.625, 0.625, 1.25, 1.25, 1.25])
    assert found[5] == 1


def test_a_label_without_weight_is_not_drawn():
    assert odds([np.array([0, 0, 1])], np.array([0.0, 0.0, 2.0]), 1.0).tolist() == [0, 0, 2]


def test_balanced_data_are_drawn_so():
    data = dataset("family").select([*range(0, 60, 3), 1, 2])  # twenty of one label, one of each other
    drawn = np.concatenate([b["label"].numpy()[:, 0] for b, _ in zip(data.balanced(1.0).batches(22), range(300))])
    assert np.bincount(drawn) / len(drawn) == pytest.approx([1 / 3] * 3, abs=0.025)  # 4 standard errors
    assert data.balanced(0.0) is data
    assert dataset().balanced(1.0).weights is None  # without labels there is nothing to balance
    with pytest.raises(ValueError, match="power must be from 0, as they are, to 1, all labels alike"):
        data.balanced(1.5)
