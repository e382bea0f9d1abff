"""Search: ranges as people write them, and what can't be one."""

from __future__ import annotations

import pytest

from spinodal.runs import search
from spinodal.runs.search import Choices, Span
from spinodal.runs.settings import Settings

from .toys import QUICK, dataset


def test_ranges_have_the_types_of_their_settings():
    written = {"lr": "0.01:0.5", "steps": "1:9", "balance": "0:1", "hidden": "8, 16", "centered": "true,false"}
    assert search.parse(written) == {
        "lr": Span(0.01, 0.5, whole=False),
        "steps": Span(1, 9, whole=True),
        "balance": Span(0.0, 1.0, whole=False),  # not 0 or 1
        "hidden": Choices((8, 16)),
        "centered": Choices((True, False)),
    }
    assert [span.logarithmic for key, span in search.parse(written).items() if isinstance(span, Span)] == [
        True,
        True,
        False,
    ]
    assert search.parse({"l2": "0,1e-3"}) == {"l2": Choices((0.0, 0.001))}


WRONG = {
    "no setting": ({"learning": "1:2"}, '"learning" is no setting that is searched; there are: machine, energy'),
    "updates": ({"updates": "10:20"}, '"updates" is no setting that is searched'),
    "one end": ({"lr": "0.1:"}, "lr must be a number"),
    "three ends": ({"lr": "0.1:0.2:0.3"}, "lr takes LOW:HIGH with two numbers, the lower first, or choices"),
    "turned": ({"lr": "0.2:0.1"}, "lr takes LOW:HIGH with two numbers, the lower first"),
    "empty range": ({"lr": "0.2:0.2"}, "lr takes LOW:HIGH"),
    "words": ({"protocol": "fef:pcd"}, "protocol takes LOW:HIGH"),
    "out of range": ({"lr": "0:0.1"}, "lr must be more than 0, not 0"),
    "no integer": ({"steps": "1.5:3"}, "steps must be an integer, not 1.5"),
    "nan": ({"l1": "0,NaN"}, "l1 must be 0 or more, not nan"),
    "nothing": ({"lr": ""}, "lr must be a number"),
    "null": ({"stop": "1"}, "no setting"),
    "none": ({"protocol": "null"}, 'protocol can\'t be "null"'),
    "twice": ({"hidden": "8,8"}, "hidden takes"),
    "no search": ({}, "a sweep searches one setting or more, such as lr=0.005:0.2"),
}


@pytest.mark.parametrize(("written", "why"), WRONG.values(), ids=WRONG)
def test_what_is_no_range(written, why):
    with pytest.raises(ValueError) as error:
        search.parse(written)
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_values_that_these_data_cannot_have_are_refused_before_a_trial():
    data = dataset("family")
    with pytest.raises(ValueError, match="batch=61: batch 61 is more than the 60 rows"):
        search.check(search.parse({"batch": "10:61"}), Settings(), data)
    with pytest.raises(ValueError, match=r"balance=0.1: balance needs labels"):
        search.check(search.parse({"balance": "0.1,0.5"}), Settings(), dataset())
    with pytest.raises(ValueError, match=r"label_weight=2.0: label_weight is of protocols with a label gradient"):
        search.check(search.parse({"label_weight": "1,2"}), Settings(protocol="pcd"), data)


def test_by_default_what_is_given_and_what_the_data_lack_is_not_searched():
    every = list(search.USUAL)
    assert list(search.usual(Settings(), [], dataset("family"))) == every
    assert list(search.usual(Settings(), ["lr", "steps"], dataset("family"))) == [
        k for k in every if k not in ("lr", "steps")
    ]
    one_phase = search.usual(Settings(protocol="fef1"), [], dataset("family"))
    assert list(one_phase) == [k for k in every if k != "label_weight"]
    assert list(search.usual(Settings(), [], dataset())) == [k for k in every if k not in ("label_weight", "balance")]
    search.check(search.parse(search.USUAL), Settings(), dataset("family"))


def test_a_trial_has_the_settings_of_the_sweep_and_its_own():
    base = Settings(**QUICK)
    space = search.parse({"lr": "0.1:0.2"})
    fixed = search.fixed(base, space)
    assert (fixed.lr, fixed.hidden) == (None, 5)
    assert search.chosen(fixed, {"lr": 0.15}) == Settings(**QUICK | {"lr": 0.15})
