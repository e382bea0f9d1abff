"""Temperature: the law of a machine to the power 1 / T."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.machines.temperature import tempered

from .laws import PAIRS, assert_drawn_from, code, exact, histogram, small
from .test_energies import every_state


@pytest.mark.parametrize("temperature", [0.5, 0.8, 3.0])
@pytest.mark.parametrize(("visible", "hidden"), PAIRS, ids=str)
def test_its_law_is_that_of_the_machine_to_a_power(visible, hidden, temperature, double):
    machine = small(visible, hidden).double()
    state, _ = every_state(machine)
    cold, plain = (
        torch.log_softmax(-sp.energy(m, state).detach(), 0) for m in (tempered(machine, temperature), machine)
    )
    torch.testing.assert_close(cold, torch.log_softmax(plain / temperature, 0))


def test_its_chains_have_its_law():
    machine = tempered(small(sp.Potts(2, 3), sp.Bernoulli(3)), 0.6)
    state = sp.run(machine, 6_000, 30, seed=1)
    p = torch.as_tensor(exact(machine).joint).sum(1)
    assert_drawn_from(histogram(code(machine.units["visible"], state["visible"]), 9), p)


def test_the_machine_itself_stays():
    machine = small(sp.Potts(2, 3), sp.Bernoulli(3))
    before = {k: x.clone() for k, x in machine.state_dict().items()}
    assert tempered(machine, 1.0) is machine
    tempered(machine, 2.0)
    assert all(torch.equal(before[k], x) for k, x in machine.state_dict().items())


@pytest.mark.parametrize("temperature", [0, -1.0, float("inf"), float("nan")])
def test_a_temperature_is_positive(temperature):
    with pytest.raises(ValueError, match="temperature must be a positive number"):
        tempered(small(sp.Potts(2, 3), sp.Bernoulli(3)), temperature)


def test_machines_without_a_temperature_are_refused():
    with pytest.raises(ValueError, match="visible has numbers"):
        tempered(small(sp.Gaussian(2), sp.Bernoulli(3)), 0.5)
    with pytest.raises(ValueError, match="with an energy"):
        tempered(sp.chaotic(sp.Spin(5), visible=sp.Spin(4), gain=1.0, rate=0.2), 0.5)
