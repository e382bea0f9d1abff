"""Tempering: replica exchange has the law of every rung, and says when it doesn't mix."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.machines.energies import free_energy
from spinodal.machines.paths import Path, independent, rungs
from spinodal.machines.tempering import autocorrelation_time, temper

from .laws import assert_drawn_from, code, generator, histogram, pairs_of, small


def law_of_visible(machine):
    """p(visible), exact, over all states."""
    with torch.no_grad():
        return (-free_energy(machine, pairs_of(machine))).unflatten(0, (-1, machine.units["label"].size)).logsumexp(1)


@pytest.mark.parametrize("ages", [False, True])
def test_samples_of_the_last_rung_have_the_law_of_the_machine(ages, wide):
    machine, younger = small(sp.Bernoulli(4), sp.Bernoulli(3), 3.0), small(sp.Bernoulli(4), sp.Bernoulli(3), 1.5)
    path = Path([independent(machine), *([younger] if ages else []), machine])
    found = temper(path, rungs(path, 1, spacing=0.5), 5_000, 2, sp.Noise.of(2), burn=28)
    codes = code(machine.units["visible"], machine.units["visible"].unpack(found.value["visible"], machine.like))
    assert_drawn_from(histogram(codes, 16), law_of_visible(machine).softmax(0))
    assert (found.exchanges > 0.3).all()


def test_held_labels_give_the_law_of_the_label(wide):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3), 1.5)
    path, label = Path([independent(machine), machine]), torch.tensor([[0], [2]], dtype=torch.int32).repeat(3000, 1)
    found = temper(path, rungs(path, 1), 6_000, 1, sp.Noise.of(2), burn=15, held={"label": label})
    assert torch.equal(found.value["label"], label)
    codes = code(machine.units["visible"], machine.units["visible"].unpack(found.value["visible"], machine.like))
    with torch.no_grad():
        law = (-free_energy(machine, pairs_of(machine))).unflatten(0, (-1, 3))
    for k in (0, 2):
        assert_drawn_from(histogram(codes[label[:, 0] == k], 16), law[:, k].softmax(0))


def test_ladders_do_not_depend_on_threads(threads):
    machine = small(sp.Potts(3, 3), sp.Bernoulli(5))
    path, found = Path([independent(machine), machine]), []
    for count in (1, 3):
        threads(count)
        found.append(temper(path, [0.0, 0.5, 1.0], 200, 5, sp.Noise.of(0)))
    assert torch.equal(found[0].forth, found[1].forth)
    assert torch.equal(found[0].trace, found[1].trace)
    assert torch.equal(found[0].value["visible"], found[1].value["visible"])
    assert found[0].round_trips == found[1].round_trips


# -- the test of mixing --


def valleys(depth=14.0):
    """Two states that a chain can't leave: eight units that agree."""
    machine = sp.rbm(sp.Spin(8), visible=sp.Spin(8))
    with torch.no_grad():
        machine.between("visible", "hidden").weight.fill_(depth / 8)
    return machine


def test_a_ladder_that_mixes_has_no_fault():
    path = Path([independent(small(sp.Bernoulli(6), sp.Bernoulli(5))), small(sp.Bernoulli(6), sp.Bernoulli(5))])
    found = temper(path, rungs(path), 50, 100, sp.Noise.of(0), burn=10)
    assert found.fault == ""
    assert found.round_trips >= 1
    assert 0.5 < found.autocorrelation < 5


def test_too_few_rungs_are_named():
    machine = valleys()
    path = Path([independent(machine), machine])
    found = temper(path, [0.0, 1.0], 50, 100, sp.Noise.of(0))
    assert found.fault.startswith("rungs 1 and 2 of 2 exchange in ")


def test_too_few_sweeps_are_named():
    path = Path([independent(valleys()), valleys()])
    found = temper(path, rungs(path, spacing=0.5), 50, 10, sp.Noise.of(0))
    assert "round trips in 10 sweeps, fewer than 1" in found.fault


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_autocorrelation_time_is_that_of_an_autoregression(rho):
    source = generator()
    x = torch.zeros(200, 2000, dtype=torch.float64)
    noise = torch.randn(x.shape, dtype=torch.float64, generator=source)
    for t in range(1, x.shape[1]):
        x[:, t] = rho * x[:, t - 1] + (1 - rho**2) ** 0.5 * noise[:, t]
    assert autocorrelation_time(x[:, 100:]) == pytest.approx((1 + rho) / (1 - rho), rel=0.05)


def test_a_trace_that_does_not_vary_has_no_autocorrelation_time():
    assert np.isnan(autocorrelation_time(torch.zeros(3, 10)))
