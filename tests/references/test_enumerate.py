"""The enumeration against what can be worked out by hand, and its gradient against finite differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from .enumerate import (
    SUMS,
    Machine,
    binary_states,
    gradient,
    law,
    log_likelihood,
    one_hot,
    potts_states,
    spin_states,
)

SPACES = [binary_states(3), spin_states(3), potts_states(2, 3)]


def machine(size, kind="Bernoulli", hidden=2, labels=3):
    rng = np.random.default_rng(size)
    shapes = (size, hidden), (labels, hidden), size, hidden, labels
    return Machine(*(rng.normal(size=shape) for shape in shapes), kind)


def test_state_major_one_hot():
    np.testing.assert_array_equal(one_hot([[0, 2]], 3), [[1, 0, 0, 0, 0, 1]])
    assert len(np.unique(potts_states(3, 4), axis=0)) == 4**3
    assert (potts_states(3, 4).reshape(-1, 4, 3).sum(1) == 1).all()


def test_one_unit_each_by_hand():
    # v, h in 0/1, two labels: Z = sum over v and l of e^(v + c_l) (1 + e^(2 v + D_l)).
    one = Machine(np.array([[2.0]]), np.array([[0.0], [1.0]]), np.ones(1), np.zeros(1), np.array([0.0, 0.5]))
    e = np.exp
    weights = np.array([[2, e(0.5) * (1 + e(1))], [e(1) * (1 + e(2)), e(1.5) * (1 + e(3))]])
    exact = law(one, binary_states(1))
    np.testing.assert_allclose(exact.joint, weights / weights.sum())
    np.testing.assert_allclose(exact.log_partition, np.log(weights.sum()))


@pytest.mark.parametrize("states", SPACES)
def test_conditionals_are_those_of_the_joint(states):
    exact = law(machine(states.shape[1]), states)
    np.testing.assert_allclose(exact.joint.sum(), 1)
    np.testing.assert_allclose(exact.label_given_visible.sum(1), 1)
    np.testing.assert_allclose(exact.visible_given_label.sum(0), 1)
    np.testing.assert_allclose(exact.given(states[1])[1], exact.label_given_visible[1])
    np.testing.assert_allclose(exact.given(label=2)[:, 2], exact.visible_given_label[:, 2])
    np.testing.assert_allclose(exact.given(), exact.joint)


@pytest.mark.parametrize("kind", SUMS)
@pytest.mark.parametrize("states", SPACES)
def test_gradient_is_the_slope_of_the_likelihood(states, kind):
    model, rng, tiny = machine(states.shape[1], kind), np.random.default_rng(0), 1e-6
    v, y = states[rng.integers(0, len(states), 5)], rng.integers(0, 3, 5)
    for name, slope in gradient(model, states, v, y).items():
        for entry in np.ndindex(slope.shape):
            move = np.zeros_like(slope)
            move[entry] = tiny
            up, down = (replace(model, **{name: getattr(model, name) + s * move}) for s in (1, -1))
            rise = log_likelihood(up, states, v, y) - log_likelihood(down, states, v, y)
            assert slope[entry] == pytest.approx(rise / (2 * tiny), abs=1e-8)
