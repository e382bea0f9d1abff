"""State and Clamp: rows, layers, what is known, and what a held layer has sent."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from spinodal import Clamp, State
from spinodal.machines.units import has_unknown

X = torch.rand(6, 3)
Y = torch.tensor([[0], [1], [-1], [2], [0], [1]])
NAN = float("nan")


def state():
    return State({"visible": X}, {"visible": X.round(), "label": Y}, time=4)


@pytest.mark.parametrize("cuts", [(0, 6), (0, 3, 6), (0, 1, 2, 6)])
def test_parts_join_to_the_whole(cuts):
    whole = state()
    joined = State.join([whole.rows(slice(i, j)) for i, j in pairwise(cuts)])
    assert joined.time == 4
    assert torch.equal(joined["visible"], whole["visible"])
    assert torch.equal(joined["label"], whole["label"])
    assert torch.equal(joined.potential["visible"], X)


def test_only_keeps_the_layers_that_there_are():
    assert state().only(["label", "deep"]).value.keys() == {"label"}
    assert state().only(["label"]).potential == {}


@pytest.mark.parametrize(
    ("x", "unknown"),
    [
        (torch.tensor([[0.0, 1.0]]), False),
        (torch.tensor([[0.0, NAN]]), True),
        (torch.tensor([[0, 1]]), False),
        (torch.tensor([[0, -1]]), True),
        (torch.tensor([[-1.0, 1.0]]), False),
    ],
)
def test_unknown_is_nan_or_a_letter_below_zero(x, unknown):
    assert has_unknown(x) is unknown
    assert Clamp({"visible": x}).whole == (set() if unknown else {"visible"})


def test_what_is_sent_is_computed_once():
    clamp, calls = Clamp({"visible": X}), []

    def compute():
        calls.append(1)
        return X

    for seen in (clamp, clamp.only(["visible"]), clamp):
        assert seen.sent(("visible", "hidden"), compute) is X
    assert len(calls) == 1


def test_weights_are_computed_once_for_all_that_comes_of_a_clamp():
    clamp = Clamp({"visible": X, "label": Y})
    kin = [clamp.only(["label"]), clamp.knowing({"label": Y}), clamp.rows(slice(2)), clamp.without_whole()]
    assert clamp.weight(("visible", "hidden", True), lambda: X) is X
    for other in kin:
        assert other.weight(("visible", "hidden", True), lambda: X + 1) is X
        assert torch.equal(other.weight(("visible", "visible", False), lambda: 2 * X), 2 * X)


def test_potentials_of_its_own_leave_the_others_alone():
    state = State({"visible": X.clone()}, {"visible": X}, 3)
    own = state.copy()
    own.potential["visible"].zero_()
    assert torch.equal(state.potential["visible"], X)
    assert own.time == 3


def test_what_a_layer_sent_before_it_was_known_better_is_forgotten():
    clamp = Clamp({"visible": X, "label": Y})
    for k in clamp.known:
        clamp.sent((k, "hidden"), lambda: X)
    better = clamp.knowing({"label": Y.clamp(min=0)})
    assert better.whole == {"visible", "label"}
    assert better.sent(("visible", "hidden"), lambda: X + 1) is X
    assert torch.equal(better.sent(("label", "hidden"), lambda: X + 1), X + 1)
    assert clamp.whole == {"visible"}


def test_rows_of_a_clamp_are_known_and_sent_rows():
    clamp = Clamp({"visible": X, "label": Y})
    clamp.sent(("visible", "hidden"), lambda: 2 * X)
    part = clamp.rows(slice(2, 5))
    assert torch.equal(part.known["label"], Y[2:5])
    assert torch.equal(part.sent(("visible", "hidden"), lambda: X), 2 * X[2:5])
    assert part.whole == {"visible"}


def test_without_whole_are_the_layers_with_a_free_part():
    assert Clamp({"visible": X, "label": Y}).without_whole().known.keys() == {"label"}
