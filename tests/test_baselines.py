"""Baselines: what can be had without learning, and in what a machine is no better."""

from __future__ import annotations

import numpy as np
import pytest

from spinodal.evaluation import compare
from spinodal.evaluation.comparison_sets import independent
from spinodal.runs.baselines import baselines, no_better

from .toys import dataset, gray


def test_the_errors_of_independent_sites_are_those_of_the_full_record():
    train, test = dataset("family").split(0.5)
    known = baselines(test, train)
    found = compare(test, train, independent(train, test, 0), intervals=0)["scores"]
    for name in ("adversarial_error", "spectrum_error"):
        assert known[name] == pytest.approx(found[name]["value"], abs=1e-6)


@pytest.mark.parametrize("labels", [1, 2, 3])
def test_a_single_guess_is_right_about_one_label(labels):
    train, test = dataset("family").split(0.5)
    some = test.select(test["label"][:, 0] < labels)
    assert baselines(some, train)["balanced_accuracy"] == 1 / labels


def test_what_can_not_be_measured_is_left_out():
    train, test = gray().split(0.5)
    assert set(baselines(test, train)) == {"adversarial_error", "spectrum_error"}
    train, test = dataset("family").hide("visible", [0]).split(0.5)
    assert set(baselines(test, train)) == {"balanced_accuracy"}
    test["label"][:] = -1
    assert baselines(test, train) == {}


@pytest.mark.parametrize(
    ("row", "known", "said"),
    [
        ({"spectrum_error": 0.5}, {"spectrum_error": 0.5}, ["spectrum_error"]),
        ({"spectrum_error": 0.46}, {"spectrum_error": 0.5}, ["spectrum_error"]),
        ({"spectrum_error": 0.44}, {"spectrum_error": 0.5}, []),
        ({"spectrum_error": 0.46, "spectrum_floor": 0.2}, {"spectrum_error": 0.5}, []),
        ({"spectrum_error": np.nan}, {"spectrum_error": 0.5}, ["spectrum_error"]),
        ({"balanced_accuracy": 0.27}, {"balanced_accuracy": 0.2}, ["balanced_accuracy"]),
        ({"balanced_accuracy": 0.29}, {"balanced_accuracy": 0.2}, []),
        ({"adversarial_error": 0.3, "adversarial_floor": 0.25}, {"adversarial_error": 0.26}, []),  # it tells nothing
        ({"adversarial_error": 0.3, "adversarial_floor": 0.2}, {"adversarial_error": 0.26}, ["adversarial_error"]),
        ({}, {"spectrum_error": 0.5}, []),
    ],
)
def test_no_better_is_less_than_a_tenth_of_the_way(row, known, said):
    assert no_better({k: str(x) for k, x in row.items()}, known) == said
