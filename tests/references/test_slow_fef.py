"""The slow reference against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from .slow_fef import EDGE, update


class Fixed:
    """Draws that are told in advance, the same at every step; keeps what it was asked with."""

    def __init__(self, h, v, y):
        self.h, self.v, self.y, self.asked = np.array(h, float), np.array(v), np.array(y), []

    def data_hidden(self, p):
        self.asked.append(("hidden", p))
        return self.h

    def visible_start(self):
        return self.v

    def visible(self, step, logits):
        self.asked.append((f"visible {step}", logits))
        return self.v

    def label_start(self):
        return self.y

    def label(self, step, logits):
        self.asked.append((f"label {step}", logits))
        return self.y


def blank(*visible):
    """No weight, no bias: 2 hidden units at 1/2, 2 labels."""
    return {
        "W": np.zeros((*visible, 2)),
        "D": np.zeros((2, 2)),
        "a": np.zeros(visible),
        "b": np.zeros(2),
        "c": np.zeros(2),
    }


def random_parameters(rng, *visible):
    return {name: rng.normal(size=np.shape(value)) for name, value in blank(*visible).items()}


@pytest.mark.parametrize("centered", [True, False])
@pytest.mark.parametrize("q", [None, 3])
def test_nothing_moves_where_chains_show_the_data(centered, q):
    # One configuration in all rows and fields of 0: with h+ at its magnetization both phases are the data.
    v, y = np.array([[1, 0, 1]] * 4), np.array([0, 1, 0, 1])
    before = blank(3) if q is None else blank(q, 3)
    after = update(before, v, y, Fixed(np.full((4, 2), 0.5), v, y), k=3, lr=0.7, q=q, centered=centered)
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_plain_update_by_hand():
    # One datum v = 1, l = 0, h+ = (1, 0); the chains end at v = 0 and at l = 1 with magnetizations of 1/2.
    after = update(blank(1), [[1]], [0], Fixed([[1, 0]], [[0]], [1]), k=1, lr=0.1, centered=False)
    np.testing.assert_allclose(after["W"], [[0.1 * (1 + 0.5), 0.1 * (0 - 0.5)]])
    np.testing.assert_allclose(after["a"], [0.1])
    np.testing.assert_allclose(after["b"], [0.1, -0.1])
    np.testing.assert_allclose(after["c"], [0.1, -0.1], atol=EDGE)
    rows = np.array([[0.5 + 1, -0.5 + 0], [-0.5, -0.5]])  # summed over the two chains
    np.testing.assert_allclose(after["D"], 0.1 * (rows - rows.mean(0)))


def test_centered_update_by_hand():
    # Two data v = 0, 1 with h+ = v: means 1/2. The chains' h is 1/2, so their (v - 1/2)(h - 1/2) is 0.
    parameters = {
        "W": np.zeros((1, 1)),
        "D": np.zeros((2, 1)),
        "a": np.zeros(1),
        "b": np.zeros(1),
        "c": np.zeros(2),
    }
    y = [0, 1]
    after = update(parameters, [[0], [1]], y, Fixed([[0], [1]], [[1], [1]], y), k=2, lr=1.0)
    np.testing.assert_allclose(after["W"], [[0.25 + 0.25]])
    np.testing.assert_allclose(after["a"], [(0.5 - 1 - 0.25 * 0.5) + (0 - 0.25 * 0.5)])
    np.testing.assert_allclose(after["b"], [2 * (0 - 0.25 * 0.5)])
    np.testing.assert_allclose(after["D"], [[-0.5], [0.5]])
    np.testing.assert_allclose(after["c"], [0.25, -0.25])


@pytest.mark.parametrize("q", [None, 3])
def test_two_chains_ask_for_their_draws_in_turn(q):
    rng = np.random.default_rng(0)
    draws = Fixed(np.ones((4, 2)), rng.integers(0, q or 2, (4, 5)), [0, 1, 1, 0])
    parameters = random_parameters(rng, 5) if q is None else random_parameters(rng, q, 5)
    update(parameters, rng.integers(0, q or 2, (4, 5)), [0, 1, 0, 1], draws, k=2, lr=0.1, q=q)
    names, values = zip(*draws.asked)
    assert names == ("hidden", "visible 0", "visible 1", "label 0", "label 1")
    assert values[1].shape == ((4, 5) if q is None else (4, q, 5))
    assert values[3].shape == (4, 2)


def test_potts_logits_by_hand():
    # One site, q = 2, letter 1 everywhere: h = sigmoid(W[1]), and letter A has the logit a[A] + W[A] h.
    parameters = {
        "W": [[[1.0]], [[-2.0]]],
        "D": [[0.0], [0.0]],
        "a": [[3.0], [5.0]],
        "b": [0.0],
        "c": [0.0, 1.0],
    }
    draws = Fixed([[1]], [[1]], [0])
    update(parameters, [[1]], [0], draws, k=1, lr=0.1, q=2)
    h = 1 / (1 + np.exp(2.0))
    np.testing.assert_allclose(dict(draws.asked)["hidden"], [[h]])
    np.testing.assert_allclose(dict(draws.asked)["visible 0"], [[[3 + h], [5 - 2 * h]]])


@pytest.mark.parametrize("centered", [True, False])
def test_gauges_sum_to_zero_and_inputs_stay(centered):
    rng = np.random.default_rng(1)
    before = random_parameters(rng, 3, 5)
    kept = {name: value.copy() for name, value in before.items()}
    v, y = rng.integers(0, 3, (6, 5)), rng.integers(0, 2, 6)
    draws = Fixed(rng.integers(0, 2, (6, 2)), rng.integers(0, 3, (6, 5)), rng.integers(0, 2, 6))
    after = update(before, v, y, draws, k=2, lr=0.3, q=3, centered=centered)
    np.testing.assert_allclose(after["W"].sum(0), 0, atol=1e-14)
    np.testing.assert_allclose(after["D"].sum(0), 0, atol=1e-14)
    assert all(np.array_equal(before[name], kept[name]) for name in before)
    assert all(not np.array_equal(after[name], before[name]) for name in ("W", "D"))


def test_no_steps_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        update(blank(1), [[1]], [0], Fixed([[1, 0]], [[0]], [1]), k=0, lr=0.1)
