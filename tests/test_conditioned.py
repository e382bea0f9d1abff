"""Conditioned: a machine in which some layers keep a value, against the energies of the machine that it was."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.machines.conditioned import condition
from spinodal.machines.energies import free_energy

from .laws import MACHINES, drawn_rows, randomize, small


@pytest.mark.parametrize(("visible", "hidden"), [MACHINES[1], MACHINES[4], *MACHINES[6:]], ids=str)
def test_free_energies_are_those_with_the_label_held(visible, hidden, double):
    machine, rows = small(visible, hidden), drawn_rows(small(visible, hidden), 8)
    for label in range(3):
        left, constant = condition(machine, {"label": torch.tensor([[label]])})
        assert list(left.units) == ["visible", "hidden"]
        held = {"visible": rows["visible"], "label": torch.full((8, 1), label)}
        with torch.no_grad():
            own = free_energy(left, {"visible": rows["visible"]}) - constant
            torch.testing.assert_close(own, free_energy(machine, held))


def test_several_layers_are_held_at_once(double):
    machine = randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), a=sp.Potts(1, 2), b=sp.Potts(1, 3)))
    rows = drawn_rows(machine, 5)
    left, constant = condition(machine, {"a": torch.tensor([[1]]), "b": torch.tensor([[2]])})
    held = rows | {"a": torch.full((5, 1), 1), "b": torch.full((5, 1), 2)}
    with torch.no_grad():
        torch.testing.assert_close(
            free_energy(left, {"visible": rows["visible"]}) - constant, free_energy(machine, held)
        )


def test_what_cannot_be_held():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    for known in ({"label": torch.tensor([[-1]])}, {"label": torch.tensor([[0], [1]])}):
        with pytest.raises(ValueError, match="one row without unknown entries is held: label"):
            condition(machine, known)
    every = {"visible": torch.ones(1, 4), "hidden": torch.ones(1, 3), "label": torch.tensor([[0]])}
    with pytest.raises(ValueError, match="no layer is left"):
        condition(machine, every)
    with pytest.raises(ValueError, match="has no energy"):
        condition(sp.chaotic(sp.Spin(3), gain=1.0, rate=0.5, visible=sp.Spin(4)), {"hidden": torch.ones(1, 3)})
