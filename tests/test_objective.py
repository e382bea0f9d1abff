"""Objective: one number of a row of the log, and of each age of a log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.evaluation.quick_scores import SHARES
from spinodal.runs.objective import TERMS, USUAL, curve, objective, weights_of
from spinodal.scores.adversarial import AdversarialAccuracy

shares, weights = st.floats(0, 1), st.floats(0.01, 100)


@given(st.fixed_dictionaries(dict.fromkeys(TERMS, st.tuples(weights, shares))), shares)
def test_it_lies_between_its_parts(parts, synthetic):
    row = {name: value for name, (_, value) in parts.items()}
    row["adversarial_error"] = AdversarialAccuracy(parts["adversarial_error"][1], synthetic).error
    found = objective(row, {name: weight for name, (weight, _) in parts.items()})
    every = [objective(row, {name: 1.0}) for name in TERMS]
    assert -1e-12 <= min(every) <= found + 1e-12
    assert found - 1e-12 <= max(every) <= 1


@given(shares, shares)
def test_the_adversarial_part_is_the_mean_distance_from_one_half(truth, synthetic):
    error = AdversarialAccuracy(truth, synthetic).error
    distance = (((2 * truth - 1) ** 2 + (2 * synthetic - 1) ** 2) / 2) ** 0.5
    assert objective({"adversarial_error": error}, {"adversarial_error": 3.0}) == pytest.approx(1 - distance, abs=1e-7)


@pytest.mark.parametrize("name", SHARES)
def test_a_share_counts_as_it_is(name):
    assert objective({name: "0.7"}, {name: 2.0}) == pytest.approx(0.7)


LOG = [
    {"age": age, "accuracy": a, "label_fidelity": f} for age, a, f in ((10, 0.5, 0.2), (15, 0.9, 0.4), (22, 0.8, 0.6))
]


def test_a_curve_is_of_the_ages_that_a_run_would_take():
    of = {"label_fidelity": 1.0}
    assert curve(LOG, of) == {10: 0.2, 15: 0.4, 22: 0.6}
    assert curve(LOG, of, "accuracy") == {10: 0.2, 15: 0.4, 22: 0.4}


def test_weights_are_of_what_is_measured():
    assert weights_of(None, TERMS) == USUAL
    assert weights_of({}, ["adversarial_error", "spectrum_error"]) == {"adversarial_error": 1.0}
    assert weights_of({"accuracy": 2}, TERMS) == {"accuracy": 2}
    with pytest.raises(ValueError, match="have no accuracy for an objective; there are: adversarial_error"):
        weights_of({"accuracy": 1.0}, ["adversarial_error"])
    with pytest.raises(ValueError, match="have no spectrum_error for an objective"):
        weights_of({"spectrum_error": 1.0}, ["adversarial_error", "spectrum_error"])
    with pytest.raises(ValueError, match="no score for an objective: no known label"):
        weights_of(None, ["spectrum_error"])
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="the weight of accuracy must be a positive number"):
            weights_of({"accuracy": wrong}, TERMS)
