"""Laws of scaling: it finds the temperature that labels were drawn at, it is convex, and unseen rows are calibrated."""

import numpy as np
import pytest
import torch
from scipy.optimize import check_grad
from scipy.special import log_softmax

from spinodal import scores
from spinodal.analysis import scaling
from spinodal.analysis.scaling import Scaling, cross_fitted, fit_scaling, fit_temperature, fit_vector

LABELS = 4


def drawn(n, scale, offset=0.0, seed=0, spread=3.0):
    """log p of n rows in single precision, and labels that are drawn with p ∝ exp(scale log p + offset)."""
    random = np.random.default_rng(seed)
    log_p = log_softmax(random.normal(0, spread, (n, LABELS)), 1)
    return log_p.astype(np.float32), (scale * log_p + offset + random.gumbel(size=log_p.shape)).argmax(1)


def loss_of(p, truth):
    return float(scaling.log_losses(p, truth).mean())


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_it_finds_the_temperature_that_labels_were_drawn_at(temperature):
    found = fit_temperature(*drawn(20_000, 1 / temperature))
    assert abs(found.temperature / temperature - 1) < 0.05  # some five standard errors
    assert not found.offset.any()


def test_it_finds_the_scales_and_offsets_that_labels_were_drawn_with():
    scale, offset = np.array([0.3, 0.5, 0.4, 0.6]), np.array([1.0, -1.0, 0.5, -0.5])
    log_p, truth = drawn(40_000, scale, offset)
    found = fit_vector(log_p, truth)
    law = Scaling(scale, offset)(log_p)
    assert found.temperature is None
    assert np.abs(found(log_p) - law).max() < 0.05
    assert loss_of(found(log_p), truth) <= loss_of(law, truth) + 1e-3


@pytest.mark.parametrize("fit", [fit_temperature, fit_vector])
def test_no_other_numbers_are_more_probable(fit):
    """At the minimum of a convex function every step leads up: of the loss with its prior, which is one row strong."""
    (log_p, truth), rng = drawn(300, 0.4), np.random.default_rng(3)
    found = fit(log_p, truth)
    base = fit_temperature(log_p, truth).scale

    def loss(scale, offset):
        own = scaling._cross_entropy(scale, offset, log_p.astype(np.float64), truth)[0]
        if fit is fit_temperature:
            return own + (scale[0] - 1) ** 2 / 2
        return own + (((scale / base - 1) ** 2).sum() + (offset**2).sum()) / 2

    best = loss(found.scale, found.offset)
    for _ in range(50):
        step = rng.normal(0, 0.02, (2, LABELS)) * ([[1], [0]] if fit is fit_temperature else [[1], [1]])
        step = step if fit is fit_vector else np.array([np.full(LABELS, step[0, 0]), np.zeros(LABELS)])
        assert loss(found.scale + step[0], found.offset + step[1]) >= best - 1e-6


def test_the_slopes_are_those_of_the_loss():
    (log_p, truth), rng = drawn(50, 0.4), np.random.default_rng(5)
    z = log_p.astype(np.float64)
    value = lambda x: scaling._cross_entropy(x[:LABELS], x[LABELS:], z, truth)[0]  # noqa: E731
    slope = lambda x: np.concatenate(scaling._cross_entropy(x[:LABELS], x[LABELS:], z, truth)[1:])  # noqa: E731
    assert check_grad(value, slope, rng.uniform(0.2, 1, 2 * LABELS)) < 1e-3


def test_probabilities_are_those_of_the_formula_and_a_temperature_keeps_their_order():
    log_p, truth = drawn(1000, 0.2, spread=30.0)
    found = fit_temperature(log_p, truth)
    law = np.exp(log_softmax(log_p.astype(np.float64) * found.scale, 1))
    np.testing.assert_allclose(found(log_p), law, rtol=1e-5, atol=1e-7)
    assert found(log_p).dtype == np.float32
    np.testing.assert_array_equal(found(log_p).argmax(1), log_p.argmax(1))


def test_what_single_precision_rounds_to_one_is_told_apart():
    log_p = np.array([[0.0, -40.0], [0.0, -20.0]], dtype=np.float32)
    assert (np.exp(log_p) / np.exp(log_p).sum(1, keepdims=True))[:, 0].tolist() == [1, 1]
    p = Scaling(np.full(2, 0.1), np.zeros(2))(log_p)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp([4.0, 2.0])), rtol=1e-5)


def test_what_cannot_be_stays_so():
    p = Scaling(np.full(3, 0.1), np.zeros(3))(np.array([[-0.7, -0.7, -1e30]], dtype=np.float32))
    assert p[0, 2] == 0
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-6)


@pytest.mark.parametrize("fit", [fit_temperature, fit_vector])
@pytest.mark.parametrize("right", [True, False])
def test_rows_that_are_all_right_or_all_wrong_leave_finite_numbers(fit, right):
    log_p = np.log(np.array([[0.9, 0.05, 0.03, 0.02]] * 10))
    found = fit(log_p, np.zeros(10, dtype=int) if right else np.full(10, 3))
    assert np.isfinite([found.scale, found.offset]).all()
    assert (found.scale > 0).all()
    p = found(log_p)
    assert (p[:, 0] > 0.9).all() if right else (p[:, 0] < 0.3).all()


def test_unseen_rows_are_calibrated_where_the_machine_is_too_sure():
    log_p, truth = drawn(2000, 0.2)
    raw, (found, unseen) = np.exp(log_p), fit_scaling(log_p, truth)
    errors = [scores.calibration(torch.from_numpy(p), torch.from_numpy(truth)).error for p in (raw, unseen)]
    chance = 0.4 * (10 / 2000) ** 0.5
    assert errors[0] > 0.2 > 2 * chance > errors[1]
    assert loss_of(found(log_p), truth) <= loss_of(unseen, truth)
    assert loss_of(unseen, truth) < loss_of(raw, truth)


def test_numbers_of_each_label_are_taken_where_unseen_rows_are_clearly_more_probable_by_them():
    plain, shifted = drawn(2000, 0.4), drawn(2000, 0.4, np.array([2.0, -2.0, 1.0, -1.0]))
    found, unseen = fit_scaling(*shifted)
    assert found.temperature is None
    assert loss_of(unseen, shifted[1]) < loss_of(cross_fitted(*shifted), shifted[1]) - 0.05
    few = np.flatnonzero(np.cumsum(shifted[1] == 1) <= scaling.FEWEST - 1)  # a label of too few rows
    assert fit_scaling(shifted[0][few], shifted[1][few])[0].temperature is not None
    found, unseen = fit_scaling(*plain)
    assert found.temperature is not None
    np.testing.assert_array_equal(unseen, cross_fitted(plain[0].astype(np.float64), plain[1], fit_temperature))


def test_a_row_is_scaled_without_its_own_label():
    log_p, truth = drawn(60, 0.3)
    before = cross_fitted(log_p, truth)
    for row in (0, 17):
        other = truth.copy()
        other[row] = (other[row] + 1) % LABELS
        np.testing.assert_array_equal(cross_fitted(log_p, other)[row], before[row])


@pytest.mark.parametrize(("log_p", "truth", "said"), [
    (np.zeros((2, 3)), np.array([0, -1]), "all labels must be known"),
    (np.zeros((2, 3)), np.array([0, 3]), "from 0 to 2"),
    (np.zeros((2, 3)), np.array([0.0, 1.0]), "integers"),
    (np.zeros((0, 3)), np.array([], dtype=int), "log p must be"),
    (np.full((1, 2), np.nan), np.array([0]), "NaN"),
], ids=str)  # fmt: skip
def test_what_does_not_fit_is_refused(log_p, truth, said):
    with pytest.raises(ValueError, match=said):
        fit_temperature(log_p, truth)


def test_one_row_cannot_be_left_out():
    with pytest.raises(ValueError, match="rows with labels"):
        cross_fitted(np.zeros((1, 2)), np.array([0]))
