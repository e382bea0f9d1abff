"""Paths: the machines between two machines, and chains that move along them."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.machines.energies import free_energy, sum_states
from spinodal.machines.network import Network
from spinodal.machines.paths import Path, center_of, independent, rungs

from .laws import MACHINES, assert_drawn_from, drawn_rows, histogram, pairs_of, randomize, small

each_machine = pytest.mark.parametrize(("visible", "hidden"), [MACHINES[1], MACHINES[4], *MACHINES[6:]], ids=str)


def deep():
    """The hidden layer meets a visible and a deep one."""
    units = {"visible": sp.Spin(3), "hidden": sp.Bernoulli(4), "deep": sp.Potts(2, 3)}
    edges, blocks = [("visible", "hidden"), ("hidden", "deep")], [("hidden",), ("visible", "deep")]
    return randomize(Network(units, edges, blocks, sampled=units))


def between(a, b, t):
    """A machine whose parameters are interpolated."""
    found = small(a.units["visible"], a.units["hidden"])
    with torch.no_grad():
        for p, x, y in zip(found.parameters(), a.parameters(), b.parameters()):
            p.copy_(torch.lerp(x, y, t))
    return found


@each_machine
def test_log_weights_are_minus_free_energies_of_interpolated_machines(visible, hidden, double):
    a, b, c = small(visible, hidden), small(visible, hidden, 1.0), small(visible, hidden, 0.3)
    path, rows = Path([a, b, c]), drawn_rows(a, 20)
    walkers = path.start(20, sp.Noise.of(0), held=a.hold(rows).known)
    for t, machine in ((0.0, a), (0.4, between(a, b, 0.4)), (1.0, b), (1.7, between(b, c, 0.7)), (2.0, c)):
        with torch.no_grad():
            torch.testing.assert_close(walkers.log_weight(t), -free_energy(machine, rows))


@each_machine
def test_independent_units_have_no_couplings_and_a_known_log_z(visible, hidden, double):
    machine = small(visible, hidden)
    alone = independent(machine)
    assert not any(alone.between(a, b).weight.any() for a, b in alone.edges)
    if not isinstance(visible, sp.Gaussian):
        assert Path([alone]).log_z_of_independent() == pytest.approx(float(sum_states(alone)), abs=1e-9)


@pytest.mark.parametrize("t", [0.3, 1.0])
def test_moves_keep_the_law_of_a_point(t, wide):
    machine = small(sp.Potts(2, 3), sp.Bernoulli(3), 1.0)
    path, n = Path([independent(machine), machine]), 8_000
    every, noise = pairs_of(machine), sp.Noise.of(1)
    known = path.start(len(every["label"]), noise, held=machine.hold(every).known)
    walkers = path.start(n, noise)
    for time in range(1, 30):
        walkers = path.move(walkers, t, noise, time)
    joint = walkers.value["visible"].long() @ torch.tensor([9, 3]) + walkers.value["label"][:, 0]
    assert_drawn_from(histogram(joint, 27), known.log_weight(t).softmax(0))


def test_held_layers_keep_their_values():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    path, label = Path([independent(machine), machine]), torch.tensor([[0], [1], [2]], dtype=torch.int32)
    walkers = path.start(3, sp.Noise.of(0), held={"label": label})
    walkers = path.move(walkers, 1.0, sp.Noise.of(0), 1)
    assert torch.equal(walkers.value["label"], label)


def test_rungs_are_all_machines_and_dense_where_machines_differ():
    machine = sp.rbm(sp.Spin(8), visible=sp.Spin(8))
    with torch.no_grad():
        machine.between("visible", "hidden").weight.fill_(1.0)
    found = rungs(Path([independent(machine), machine, machine]))
    assert found == sorted(found)
    assert {0.0, 1.0, 2.0} <= set(found)
    assert sum(t < 1 for t in found) > 2
    assert sum(t > 1 for t in found) == 1


def test_parameters_that_are_not_finite_are_named():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    path = Path([independent(machine), machine])
    with torch.no_grad():
        machine.bias["visible"][0] = torch.nan
    with pytest.raises(FloatingPointError, match="log weights are not finite"):
        rungs(path)


def test_the_center_is_the_layer_that_all_couplings_meet():
    assert center_of(deep()) == "hidden"
    assert center_of(small(sp.Bernoulli(4), sp.Bernoulli(3))) == "hidden"
    units = {"visible": sp.Spin(3), "hidden": sp.Bernoulli(2)}
    lateral = Network(
        units, [("visible", "visible"), ("visible", "hidden")], [("hidden",), ("visible",)], sampled=units
    )
    with pytest.raises(ValueError, match="without lateral couplings; the couplings here are visible-visible, "):
        center_of(lateral)
    with pytest.raises(ValueError, match="has no energy"):
        center_of(sp.chaotic(sp.Spin(3), gain=1.0, rate=0.5, visible=sp.Spin(4)))


def test_machines_of_a_path_are_alike():
    with pytest.raises(ValueError, match="have one architecture"):
        Path([small(sp.Bernoulli(4), sp.Bernoulli(3)), small(sp.Bernoulli(4), sp.Bernoulli(2))])


def test_a_deep_layer_is_one_more_layer_around_the_center(double):
    machine = deep()
    walkers = Path([machine]).start(5, sp.Noise.of(0))
    rows = {k: machine.units[k].unpack(x, machine.like) for k, x in walkers.value.items()}
    with torch.no_grad():
        torch.testing.assert_close(walkers.log_weight(0.0), -free_energy(machine, rows))
