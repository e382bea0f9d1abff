"""Site letters: what rows send is the sum of what their sites send, and a site's letter sends what the site does."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.analysis.site_letters import fields, is_restricted, letter, restricted, sent, states

from .laws import MACHINES, drawn_rows, small

pytestmark = pytest.mark.usefixtures("double")
each = pytest.mark.parametrize(("visible", "hidden"), MACHINES, ids=str)


@each
def test_fields_are_the_bias_and_what_all_sites_send(visible, hidden):
    machine = small(visible, hidden)
    rows = drawn_rows(machine, 6)
    total = machine.bias["hidden"].detach() + sent(machine, "label", 0, rows)
    for i in range(visible.columns):
        total = total + sent(machine, "visible", i, rows)
    torch.testing.assert_close(fields(machine, rows), total)


@each
def test_a_letter_sends_what_its_site_sends(visible, hidden):
    machine = small(visible, hidden)
    rows = drawn_rows(machine, 6)
    for i in range(visible.columns):
        values = rows["visible"][:, i].unique() if isinstance(visible, sp.Gaussian) else None
        own = letter(machine, "visible", i, values)
        of_rows = states(machine, "visible", i, rows, values)
        torch.testing.assert_close(own.weight[of_rows], sent(machine, "visible", i, rows))


def test_the_biases_are_those_of_the_site():
    machine = small(sp.Potts(2, 3, states=(3, 2)), sp.Bernoulli(2))
    bias = machine.bias["visible"].detach()
    torch.testing.assert_close(letter(machine, "visible", 1).bias, bias[[1, 3]])
    spins = small(sp.Spin(2), sp.Bernoulli(2))
    torch.testing.assert_close(
        letter(spins, "visible", 1).bias, spins.bias["visible"].detach()[1] * torch.tensor([-1, 1])
    )


def test_a_number_has_the_state_of_the_nearest_value():
    machine = small(sp.Gaussian(1), sp.Bernoulli(2))
    rows, values = {"visible": torch.tensor([[-9.0], [0.4], [0.6]])}, torch.tensor([-1.0, 0.0, 1.0])
    assert states(machine, "visible", 0, rows, values).tolist() == [0, 1, 2]


def test_machines_that_are_not_restricted_are_told_apart():
    assert restricted(small(sp.Potts(2, 3), sp.Bernoulli(2)))[1] == "hidden"
    chaotic = sp.chaotic(sp.Spin(3), gain=1.5, rate=0.2, visible=sp.Spin(4))
    alone = sp.chaotic(gain=0.0, rate=1.0, visible=sp.Spin(4))
    deep = sp.Network(
        {"visible": sp.Spin(2), "hidden": sp.Spin(2), "deep": sp.Spin(2)},
        [("visible", "hidden"), ("hidden", "deep")],
        [["hidden"], ["visible", "deep"]],
    )
    assert not any(map(is_restricted, (chaotic, alone, deep)))


def test_real_numbers_are_letters_of_named_values_only():
    machine = small(sp.Gaussian(2), sp.Bernoulli(2))
    with pytest.raises(ValueError, match="name the values"):
        letter(machine, "visible", 0)
