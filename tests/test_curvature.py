"""Curvature: the principal directions of data, and a gradient that is shortened along the steep ones."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

import spinodal as sp
from spinodal.learning.curvature import Curvature, principal
from spinodal.machines.parallel import threads_for
from spinodal.runs.rules import principal_directions

from .toys import dataset, gray

EDGES = (("visible", "hidden"), ("label", "hidden"))


def rows(n=60, size=20, seed=0):
    """Rows of 0 and 1 whose entries go along with two that are hidden."""
    source = torch.Generator().manual_seed(seed)
    ways = torch.rand(n, 2, generator=source).round() @ torch.randn(2, size, generator=source) * 3
    return (torch.rand(n, size, generator=source) < (ways - ways.mean(0)).sigmoid()).float()


@pytest.mark.parametrize("size", [3, 20, 100])
def test_directions_are_those_of_the_covariance(size):
    x = rows(size=size)
    found = principal({"visible": x}, most=4)
    centered = (x - x.mean(0)).double()
    values, vectors = torch.linalg.eigh(centered.T @ centered / len(x))
    kept = [k for k, v in enumerate(found.variances) if v > 1e-9]
    for k in kept[:2]:
        assert found.variances[k] == pytest.approx(values[-1 - k].item(), rel=0.02)
    u = found.directions["visible"][kept].double()
    assert torch.allclose(u @ u.T, torch.eye(len(kept), dtype=torch.float64), atol=1e-5)
    assert abs(u[0] @ vectors[:, -1]) == pytest.approx(1.0, abs=0.02)
    assert list(found.variances) == sorted(found.variances, reverse=True)


def test_directions_of_several_layers_are_those_of_all_side_by_side():
    x = rows()
    whole, parts = principal({"a": x}), principal({"a": x[:, :7], "b": x[:, 7:]})
    assert parts.variances == whole.variances
    assert torch.equal(torch.cat([parts.directions["a"], parts.directions["b"]], 1), whole.directions["a"])


def test_rows_that_are_all_alike_have_no_steep_direction():
    assert max(principal({"visible": torch.ones(10, 5)}).variances) == pytest.approx(0.0, abs=1e-12)
    assert max(principal({"visible": torch.ones(1, 5)}).variances) == pytest.approx(0.0, abs=1e-12)


def test_what_is_unknown_counts_as_nothing():
    x = rows()
    holes = x.clone()
    holes[::3, 4] = torch.nan
    assert principal({"visible": holes}).variances == principal({"visible": holes.nan_to_num(0.0)}).variances


@pytest.mark.parametrize("lr", [0.01, 0.2, 1.0])
@pytest.mark.parametrize("limit", [0.5, 1.0])
def test_a_step_goes_no_further_along_a_direction_than_the_limit(lr, limit):
    found = principal({"visible": rows()}, limit)
    gradient = {f"coupling.{a}-{b}.weight": torch.randn(n, 6) for (a, b), n in zip(EDGES, (20, 3))}
    damped = found.damp(gradient, EDGES, lr)
    u, name = found.directions["visible"], "coupling.visible-hidden.weight"
    for k, variance in enumerate(found.variances):
        factor = min(1.0, limit / (lr * variance)) if variance else 1.0
        assert torch.allclose(u[k] @ damped[name], factor * (u[k] @ gradient[name]), atol=1e-4)
    rest = torch.eye(20) - u.T @ u
    assert torch.allclose(rest @ damped[name], rest @ gradient[name], atol=1e-4)
    assert torch.equal(damped["coupling.label-hidden.weight"], gradient["coupling.label-hidden.weight"])


def test_a_small_step_is_as_it_was():
    gradient = {"coupling.visible-hidden.weight": torch.randn(20, 6)}
    damped = principal({"visible": rows()}).damp(gradient, EDGES[:1], lr=1e-6)
    assert torch.equal(damped["coupling.visible-hidden.weight"], gradient["coupling.visible-hidden.weight"])


@pytest.mark.parametrize("data", [dataset("family"), dataset("family", known=0.5), gray("label")], ids=str)
def test_a_training_with_it_learns_and_has_the_same_bits_for_any_threads(data):
    ends = []
    for threads in (1, 2):
        with threads_for(0 if threads == 1 else 10**12):
            machine = sp.rbm(sp.Bernoulli(6), **data.units)
            curvature = principal_directions(data, 0.2)
            for _ in islice(sp.fit(machine, data.batches(20), steps=3, lr=0.5, curvature=curvature), 10):
                pass
        ends.append(machine.state_dict())
    assert all(torch.equal(ends[0][k], ends[1][k]) for k in ends[0])
    assert any((x.abs() > 0.05).any() for k, x in ends[0].items() if k.startswith("coupling"))


def test_layers_that_are_not_of_the_data_are_left():
    curvature = Curvature({"other": torch.ones(1, 4)}, (9.0,))
    gradient = {"coupling.visible-hidden.weight": torch.ones(20, 6)}
    assert curvature.damp(gradient, EDGES[:1], 1.0) == gradient
