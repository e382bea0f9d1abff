"""Bennett: ratios of sums of states, where both are known: u = log f1/f0 of two normal laws."""

from __future__ import annotations

import pytest
import torch

from spinodal.machines import bennett

from .laws import Z, generator

SHIFT = 1.5
"""f0 = N(0, 1), f1 = e^SHIFT N(1, 1): log f1/f0 at x is x - 1/2 + SHIFT."""


def samples(chains, times, seed=0):
    source = generator(seed)
    x, y = torch.randn(2, chains, times, dtype=torch.float64, generator=source)
    return x - 0.5 + SHIFT, y + 0.5 + SHIFT


@pytest.mark.parametrize("both", [False, True])
def test_ratios_are_right_within_their_errors(both):
    u, v = samples(500, 4)
    for found in [bennett.both(u, v)] if both else [bennett.forward(u), bennett.backward(v)]:
        assert abs(found.log_ratio - SHIFT) < Z * found.error


def test_errors_are_the_spread_of_many_estimates():
    runs = [bennett.both(*samples(50, 2, seed)) for seed in range(250)]
    spread = torch.tensor([r.log_ratio for r in runs]).std()
    said = torch.tensor([r.error for r in runs]).mean()
    assert abs(said / spread - 1) < Z / (2 * len(runs)) ** 0.5  # the error of a standard deviation


def test_both_is_the_best_of_the_three():
    u, v = samples(500, 4)
    assert bennett.both(u, v).error < min(bennett.forward(u).error, bennett.backward(v).error)


def test_sides_of_a_bracket_are_too_low_and_too_high_on_average():
    """Jensen's inequality, at two samples each."""
    found = [samples(2, 1, seed) for seed in range(500)]
    low = torch.tensor([bennett.forward(u).log_ratio for u, _ in found])
    high = torch.tensor([bennett.backward(v).log_ratio for _, v in found])
    assert low.mean() + Z * low.std() / 500**0.5 < SHIFT < high.mean() - Z * high.std() / 500**0.5


def test_chains_of_both_sides_may_belong_together():
    """The same chains on both sides, u = v: their influences cancel, as the two errors do not."""
    u, _ = samples(300, 3)
    found = bennett.both(u, u)
    assert bennett.error_of(found.together) != pytest.approx(found.error)
    assert found.log_ratio == pytest.approx(float(u.mean()), abs=0.2)


def test_effective_samples():
    same, one = torch.zeros(10, 1), torch.tensor([[0.0], [-900.0], [-900.0]])
    assert bennett.effective(same) == pytest.approx(10)
    assert bennett.effective(one) == pytest.approx(1)
