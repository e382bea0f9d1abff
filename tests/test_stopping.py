"""Stopping: the best age and when to stop, over a table of logs."""

from __future__ import annotations

from math import nan

import pytest

from spinodal.runs.stopping import FIRST, LEFT, SCORES, best, has_left, stopped

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


GRID = (10, 32, 100, 147, 316, 464, 681, 1000)
CURVES = [  # score, its values by age, the ages at which it has left where it began, its best age
    (UP, (0.5, 0.5, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8), 100, 100),
    (UP, (0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5), None, 10),  # it never moved
    (UP, (0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.54), None, 1000),  # it got worse first
    (UP, (0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.56), 1000, 1000),
    (DOWN, (0.5, 0.44, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4), 32, 100),
    (DOWN, (0.5, 0.46, 0.47, 0.5, 0.5, 0.3, 0.3, 0.3), 464, 464),
    (DOWN, (nan, nan, 0.5, 0.1, 0.2, nan, 0.2, 0.2), 147, 147),
    (DOWN, (nan,) * 8, None, None),
]


@pytest.mark.parametrize("patience", [1, 2, 2.5, 3, 4, 100])
@pytest.mark.parametrize(("score", "values", "left", "age"), CURVES, ids=str)
def test_a_training_stops_after_it_has_left_where_it_began_and_is_so_many_times_as_old(
    score, values, left, age, patience
):
    rows = [{"age": str(a), score: str(x)} for a, x in zip(GRID, values)]
    for n in range(1, len(rows) + 1):
        now, found = GRID[n - 1], best(rows[:n], score)
        assert has_left(rows[:n], score) is (left is not None and now >= left)
        late = now >= max(FIRST, patience * (found or {"age": 0})["age"]) and found is not None and now > found["age"]
        assert stopped(rows[:n], score, patience) is (late and left is not None and now >= left)
    assert (best(rows, score) or {"age": None})["age"] == age


def test_where_nothing_moves_for_the_first_updates_nothing_stops():
    """Saved ages of S1A and of SAM, as they were logged with what `spinodal inspect` suggests."""
    s1a = {10: 0.41, 15: 0.41, 22: 0.411, 32: 0.404, 46: 0.423, 68: 0.338, 316: 0.228, 1000: 0.088, 3162: 0.02}
    sam = {10: 0.0213, 15: 0.0213, 22: 0.0213, 32: 0.0213, 68: 0.0212, 100: 0.0211, 316: 0.0116, 1000: 0.0058}
    for score, curve in (("adversarial_error", s1a), ("spectrum_error", sam)):
        rows = [{"age": age, score: x} for age, x in curve.items()]
        assert not any(stopped(rows[:n], score, 1) for n in range(1, len(rows) + 1))


@pytest.mark.parametrize(("value", "left"), [(0.3, False), (0.281, False), (0.279, True), (0.1, True)])
def test_the_ideal_of_an_error_is_its_floor(value, left):
    floor = {"adversarial_floor": "0.1"}
    rows = [{"age": a, "adversarial_error": x} | floor for a, x in ((10, 0.3), (1000, value))]
    assert has_left(rows, "adversarial_error") is left
    assert LEFT == 0.1


def test_what_begins_at_its_ideal_has_nothing_to_leave():
    assert has_left([{"age": 10, "spectrum_error": 0.1, "spectrum_floor": 0.2}], "spectrum_error")
    assert has_left([{"age": 10, "accuracy": 1.0}], "accuracy")


def test_a_log_without_rows_stops_nothing():
    assert not stopped([], UP, 3)


@pytest.mark.parametrize("score", SCORES)
def test_a_score_or_its_negative_gets_better(score):
    rising = log(score, (0.1, 0.2, 0.3))
    assert best(rising, score)["age"] == (10 if score.endswith("error") else 22)
