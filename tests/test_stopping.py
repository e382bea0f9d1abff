"""Stopping: the best age and when to stop, over a table of logs."""

from __future__ import annotations

from math import nan

import pytest

from spinodal.stopping import SCORES, best, stopped

AGES = (10, 15, 22, 32, 46)
UP, DOWN = "accuracy", "spectrum_error"
TABLE = [  # score, its values by age, the best age, and how many ages came after it
    (UP, (), None, 0),
    (UP, (0.5,), 10, 0),
    (UP, (0.5, 0.75, 1.0), 22, 0),
    (UP, (0.5, 0.75, 0.5, 0.25), 15, 2),
    (UP, (1.0, 1.0, 1.0, 1.0), 10, 3),
    (DOWN, (0.5, 0.75, 1.0), 10, 2),
    (DOWN, (0.5, 0.25, 0.5, 0.125, 0.25), 32, 1),
    (DOWN, (0.0, 0.0), 10, 1),
    (UP, (nan,), None, 1),
    (UP, (nan, nan, nan), None, 3),
    (UP, (nan, 0.25, nan, nan), 15, 2),
    (DOWN, (0.5, nan, nan, 0.25, nan), 32, 1),
]
each = pytest.mark.parametrize(("score", "values", "age", "since"), TABLE, ids=str)


def log(score, values):
    """Rows as log.csv has them: text."""
    return [{"age": str(age), "seconds": "1.0", score: str(x)} for age, x in zip(AGES, values)]


@each
def test_the_best_age_is_the_first_with_the_best_value(score, values, age, since):
    found = best(log(score, values), score)
    assert found == (age and {"score": score, "age": age, "value": values[AGES.index(age)]})


@each
@pytest.mark.parametrize("patience", [1, 2, 3, 4])
def test_a_training_stops_when_nothing_better_came_for_so_long(score, values, age, since, patience):
    assert stopped(log(score, values), score, patience) is (since >= patience)


@pytest.mark.parametrize("score", SCORES)
def test_a_score_or_its_negative_gets_better(score):
    rising = log(score, (0.1, 0.2, 0.3))
    assert best(rising, score)["age"] == (10 if score.endswith("error") else 22)
