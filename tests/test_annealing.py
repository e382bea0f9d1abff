"""Annealing: log weights forth and back, and their bracket of log Z."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.machines import bennett
from spinodal.machines.annealing import anneal, anneal_back, points_between, settle
from spinodal.machines.energies import sum_states
from spinodal.machines.partition import WIDE
from spinodal.machines.paths import Path, independent, rungs

from .laws import SUMMED, small

GROUPS, OWN = 100, 32
"""Estimates, and the chains of each: rows of one run are independent, as runs of so many seeds are."""


def test_points_are_as_dense_as_rungs():
    assert points_between([0.0, 0.1, 1.0], 4) == pytest.approx([0.0, 0.05, 0.1, 0.55, 1.0])


@pytest.mark.parametrize(("visible", "hidden"), [SUMMED[0], SUMMED[4], SUMMED[-1]], ids=str)
def test_log_z_is_inside_the_bracket_in_95_of_100_runs(visible, hidden, wide):
    machine = small(visible, hidden, 1.0)
    path, noise, chains = Path([independent(machine), machine]), sp.Noise.of(5), GROUPS * OWN
    points = points_between(rungs(path, noise), 12)
    forth, value = anneal(path, points, chains, noise.child(1))
    begin = settle(path, value, 30, noise.child(2))
    back = anneal_back(path, points, begin, noise.child(3))
    exact = float(sum_states(machine.double())) - path.log_z_of_independent()
    inside = 0
    for u, v in zip(forth.reshape(GROUPS, OWN, 1), back.reshape(GROUPS, OWN, 1)):
        low, high = bennett.forward(u), bennett.backward(v)
        inside += low.log_ratio - WIDE * low.error <= exact <= high.log_ratio + WIDE * high.error
    assert inside >= 95


def test_rows_do_not_depend_on_threads(threads):
    machine = small(sp.Potts(3, 3), sp.Bernoulli(5))
    path, found = Path([independent(machine), machine]), []
    for count in (1, 3):
        threads(count)
        weight, value = anneal(path, [0.0, 0.5, 1.0], 300, sp.Noise.of(0))
        found.append((weight, value["visible"], anneal_back(path, [0.0, 0.5, 1.0], value, sp.Noise.of(1))))
    assert all(torch.equal(a, b) for a, b in zip(*found))
