"""Gauges: the better of two values is never farther to the left, whatever the scale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.reporting.page.gauges import gauge

ENDS = {
    "higher": {"better": "higher", "chance": 0.2, "ceiling": 0.9},
    "lower": {"better": "lower", "baseline": 0.5, "floor": 0.01},
    "near": {"better": "near", "ideal": 0.5, "baseline": 0.8, "floor": 0.5},
}
value = st.floats(0, 1)


@given(st.sampled_from(sorted(ENDS)), value, value)
def test_the_better_value_is_to_the_right(kind, one, other):
    better = {"higher": lambda x: x, "lower": lambda x: -x, "near": lambda x: -abs(x - 0.5)}[kind]
    places = [gauge(ENDS[kind] | {"value": x}).at for x in sorted((one, other), key=better)]
    assert 0 <= places[0] <= places[1] <= 100


@given(st.sampled_from(sorted(ENDS)), value, st.floats(0, 0.3))
def test_the_value_is_within_its_interval(kind, x, width):
    found = gauge(ENDS[kind] | {"value": x, "interval": [x - width, x + width]})
    assert 0 <= found.low <= found.at <= found.high <= 100


@pytest.mark.parametrize("kind", ENDS)
def test_the_ends_are_at_the_ends(kind):
    ends = {k: x for k, x in ENDS[kind].items() if k not in ("better", "ideal")}
    assert [gauge(ENDS[kind] | {"value": x}).at for x in ends.values()] == [0, 100]


def test_a_machine_above_the_ceiling_stands_beyond_its_mark():
    """The line goes on to the ideal, as a machine may predict better than the classifier."""
    score = {"better": "higher", "chance": 0.2, "ceiling": 0.9, "ideal": 1.0}
    found = [gauge(score | {"value": x}) for x in (0.85, 0.95)]
    assert found[0].at < found[0].mark == found[1].mark < found[1].at < 100
    assert found[0].ends == ("by chance 0.200", "mark: classifier on real rows 0.900; ideal 1.000")


def test_without_two_ends_there_is_no_line():
    for score in ({}, {"baseline": 0.3}, {"baseline": 0.3, "floor": 0.3}):
        found = gauge({"value": 0.4, "better": "lower"} | score)
        assert (found.text, found.ends) == ("0.400", None)
    assert gauge({"value": 0.4} | ENDS["lower"], line=False).ends is None
