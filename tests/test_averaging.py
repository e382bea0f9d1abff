"""Averaging: the mean of the parameters over the last updates, by its weights, and through a stop and a resume."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

import spinodal as sp
from spinodal.learning.averaging import tail_mean, with_parameters
from spinodal.runs.archive import Run

from .toys import dataset, trained


@pytest.mark.parametrize("power", [0.0, 1.0, 8.0])
def test_the_mean_weighs_a_value_by_its_age(power):
    values, mean = torch.randn(40, 3, dtype=torch.float64), {}
    for age, x in enumerate(values, 1):
        mean = tail_mean(mean, {"x": x}, age, power)
    ages = torch.arange(1, 41, dtype=torch.float64)
    shares = torch.ones(40, dtype=torch.float64)
    for t in range(2, 41):  # what the recursion says of the values before: each keeps 1 - w_t of its share
        shares[: t - 1] *= 1 - (power + 1) / (power + t)
    shares *= (power + 1) / (power + ages)
    assert shares.sum() == pytest.approx(1.0)
    assert torch.allclose(mean["x"], (shares[:, None] * values).sum(0))
    if power:
        assert (shares.diff() > 0).all()


def test_of_parameters_that_stand_still_the_mean_is_the_same():
    x = torch.full((5,), 0.3)
    mean = {}
    for age in range(1, 30):
        mean = tail_mean(mean, {"x": x}, age, 8.0)
    assert torch.equal(mean["x"], x)


def test_an_update_has_the_mean_and_the_training_does_not_change():
    data = dataset("family")
    machines = [sp.rbm(sp.Bernoulli(5), **data.units) for _ in range(2)]
    plain, mean = machines[0], {}
    for _ in islice(sp.fit(plain, data.batches(20), steps=2, lr=0.1), 12):
        mean = tail_mean(mean, dict(plain.named_parameters()), _.age, 4.0)
    for update in islice(sp.fit(machines[1], data.batches(20), steps=2, lr=0.1, averaging=4.0), 12):
        last = update
    assert all(torch.equal(a, b) for a, b in zip(machines[0].parameters(), machines[1].parameters()))
    assert all(torch.equal(last.mean[k], x) for k, x in mean.items())
    other = with_parameters(plain, last.mean)
    assert all(torch.equal(p, last.mean[k]) for k, p in other.named_parameters())
    assert with_parameters(plain, {}) is plain


def test_a_run_saves_the_mean_and_goes_on_from_the_last(tmp_path):
    whole = trained(tmp_path / "whole", averaging=4.0)
    trained(tmp_path / "parts", averaging=4.0, updates=15)
    parts = trained(tmp_path / "parts", averaging=4.0, resume=True)
    plain = trained(tmp_path / "plain")
    for age in (15, 24):
        one, other, last = (run.machine(age).state_dict() for run in (whole, parts, plain))
        assert all(torch.equal(one[k], other[k]) for k in one)
        assert any(not torch.equal(one[k], last[k]) for k in one)
    resumed, _, _ = Run.open(tmp_path / "whole").resume()
    assert all(torch.equal(x, plain.machine(24).state_dict()[k]) for k, x in resumed.state_dict().items())
