"""Parts: the worst of the scores of likeness, whatever their scale, and none where nothing can be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.evaluation.parts import LIKENESS, worst
from spinodal.evaluation.scales import SCALES

part = st.floats(0, 1)


def score(gone, width=0.0, ideal=0.0, far=1.0):
    """A score so far on the way from independent sites, at ideal + far, to real rows, at the ideal."""
    value = ideal + far * (1 - gone)
    return {"value": value, "ideal": ideal, "floor": ideal, "baseline": ideal + far,
            "interval": [value - abs(far) * width / 2, value + abs(far) * width / 2]}  # fmt: skip


def test_parts_are_scores():
    assert LIKENESS.keys() <= SCALES.keys()


@given(st.lists(part, min_size=1, max_size=5), part, st.sampled_from([-0.3, 1.0, 40.0]))
def test_the_worst_is_that_which_has_gone_least_of_the_way(gone, ideal, far):
    scores = {name: score(x, ideal=ideal, far=far) for name, x in zip(LIKENESS, gone)}
    assert worst(scores).gone == pytest.approx(min(gone), abs=1e-9)


def test_the_better_end_of_the_interval_counts():
    found = worst({"novelty": score(0.5, width=0.4)})
    assert (found.gone, found.surely) == pytest.approx((0.5, 0.7))
    assert worst({"novelty": score(0.9, width=0.4)}).surely == 1  # its interval has the ideal


@pytest.mark.parametrize("blind", [
    score(0.5) | {"floor": 1.0}, score(0.5, width=1.1), {k: x for k, x in score(0.5).items() if k != "interval"},
    {k: x for k, x in score(0.5).items() if k != "baseline"},
])  # fmt: skip
def test_a_score_that_cannot_tell_is_no_part(blind):
    assert worst({"novelty": blind}) is None
    assert worst({"novelty": blind, "identity": score(0.9)}).what == LIKENESS["identity"]
