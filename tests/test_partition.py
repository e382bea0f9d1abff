"""Partition: every method finds log Z, with an error and a bracket that hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import spinodal as sp
from spinodal.machines.partition import METHODS, along, path_to
from spinodal.machines.tempering import temper

from .laws import MACHINES, drawn_rows, small

AIS = {"chains": 50, "steps": 20}
LADDERS = {"chains": 20, "steps": 40}


def older(visible, hidden):
    """A machine and two ages before it."""
    return [small(visible, hidden, scale) for scale in (0.2, 0.6, 1.0)]


@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize(("visible", "hidden"), [MACHINES[4], MACHINES[-1]], ids=str)
def test_log_z_is_that_of_the_sum_over_states(visible, hidden, method):
    *ages, machine = older(visible, hidden)
    exact = sp.log_partition(machine)
    how = (AIS if method.endswith("ais") else LADDERS) | ({"ages": ages} if "trajectory" in method else {})
    found = sp.log_partition(machine, method, seed=3, **how)
    assert found.lower <= exact.log_z <= found.upper
    assert abs(float(found) - exact.log_z) < 5 * found.error < 0.5
    assert (found.method, exact.method, exact.error) == (method, "exact", 0.0)


def test_all_ages_at_once():
    machines = older(sp.Bernoulli(4), sp.Bernoulli(3))
    found = sp.log_partitions(machines, seed=1, **LADDERS)
    assert len(found) == 3
    assert found[-1] == sp.log_partition(machines[-1], "trajectory", ages=machines[:-1], seed=1, **LADDERS)
    for z, machine in zip(found, machines):
        assert z.lower <= sp.log_partition(machine).log_z <= z.upper


def test_the_way_back_may_start_near_data():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3), 1.0)
    rows = drawn_rows(machine, 10)
    exact = sp.log_partition(machine).log_z
    for near in (rows, {"visible": rows["visible"]}, rows | {"label:host": rows["label"]}):
        found = sp.log_partition(machine, "ais", near=near, **AIS)
        assert found.lower <= exact <= found.upper
    with pytest.raises(ValueError, match="rows near the machine's samples have unknown entries in visible"):
        sp.log_partition(machine, "ais", near=drawn_rows(machine, 10, unknown=0.5), **AIS)


def test_the_same_seed_gives_the_same_number():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    first, again, other = (sp.log_partition(machine, "ais", seed=seed, **AIS) for seed in (1, 1, 2))
    assert first == again != other


def test_what_didnt_mix_is_said():
    machine = sp.rbm(sp.Spin(20), visible=sp.Spin(20))
    with torch.no_grad():
        machine.between("visible", "hidden").weight.fill_(1.0)
    assert "round trips" in sp.log_partition(machine, "tempering", chains=4, steps=10).note
    assert "have nearly all weight" in sp.log_partition(machine, "ais", chains=12, steps=10).note


def test_an_estimate_that_still_moves_is_noted():
    """Ladders whose steps change by 0.5 nats between the halves of the sweeps."""
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    path = path_to(machine, "tempering")
    found = temper(path, [0.0, 1.0], 50, 40, sp.Noise.of(0))
    assert along(path, found)[-1].note == ""
    later = torch.arange(40) >= 20
    moved = replace(found, forth=found.forth + 0.5 * later, back=found.back + 0.5 * later)
    (z,) = along(path, moved)
    assert z.note == "log Z moved by +0.5 from the first half of the sweeps to the second"
    assert z.upper - z.lower > 0.5  # the bracket has both halves in it


def test_what_has_no_answer():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    with pytest.raises(ValueError, match='no method "bridge"; there are exact, ais, '):
        sp.log_partition(machine, "bridge")
    with pytest.raises(ValueError, match="trajectory goes over the ages of a training: pass"):
        sp.log_partition(machine, "trajectory")
    with pytest.raises(ValueError, match="ages are for the methods trajectory and trajectory-ais, not for ais"):
        sp.log_partition(machine, "ais", ages=[machine])
    with pytest.raises(ValueError, match="near is where annealing back starts, for the methods ais and trajectory-ais"):
        sp.log_partition(machine, "tempering", near=drawn_rows(machine, 3))
    with pytest.raises(ValueError, match="chains must be 2 or more, not 1"):
        sp.log_partition(machine, "ais", chains=1)
    for method in METHODS[:2]:
        with pytest.raises(ValueError, match="has no energy"):
            sp.log_partition(sp.chaotic(sp.Spin(3), gain=1.0, rate=0.5, visible=sp.Spin(4)), method)
