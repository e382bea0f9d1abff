"""Losses: log p(label) with another letter at a site is the posterior of the row in which it stands."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.analysis.losses import log_posteriors, losses
from spinodal.machines.energies import posterior

from .laws import SUMMED, drawn_rows, randomize, small

pytestmark = pytest.mark.usefixtures("double")
each = pytest.mark.parametrize(("visible", "hidden"), [*SUMMED, (sp.Gaussian(4), sp.Bernoulli(3))], ids=str)


def values_of(units):
    """Two values for each site of real numbers; None for others, which have their own."""
    return {"visible": [torch.tensor([-1.0, 0.5])] * units.size} if isinstance(units, sp.Gaussian) else None


def alternatives(units, i):
    if isinstance(units, sp.Potts):
        return list(range(units.counts[i]))
    return [-1.0, 0.5] if isinstance(units, sp.Gaussian) else list(units.values)


@each
def test_they_are_posteriors_of_changed_rows(visible, hidden):
    machine = small(visible, hidden)
    rows = drawn_rows(machine, 5)
    for i, log_p in enumerate(log_posteriors(machine, rows, "label", values_of(visible))):
        for state, value in enumerate(alternatives(visible, i)):
            changed = rows["visible"].clone()
            changed[:, i] = value
            torch.testing.assert_close(log_p[:, state].exp(), posterior(machine, "label", changed))


@each
def test_a_loss_is_the_mean_over_the_letters_of_all_rows(visible, hidden):
    machine = small(visible, hidden)
    rows = drawn_rows(machine, 7)
    if isinstance(visible, sp.Gaussian):
        rows["visible"] = torch.where(rows["visible"] > 0, 0.5, -1.0)
    found, own = losses(machine, rows, "label", values_of(visible)), rows["label"].long()
    before = posterior(machine, "label", rows["visible"]).gather(1, own)
    for i in range(visible.columns):
        changed = rows["visible"].repeat(7, 1)
        changed[:, i] = rows["visible"][:, i].repeat_interleave(7)
        after = posterior(machine, "label", changed).gather(1, own.repeat(7, 1)).reshape(7, 7)
        torch.testing.assert_close(found.log_p[:, i], before.log()[:, 0] - after.log().mean(0))
        odds = (before / (1 - before)).log()[:, 0] - (after / (1 - after)).log().mean(0)
        torch.testing.assert_close(found.log_odds[:, i], odds)


def test_other_labels_are_summed_over():
    units = {"visible": sp.Potts(3, 3), "label:a": sp.Potts(1, 2), "label:b": sp.Potts(1, 3)}
    machine = randomize(sp.rbm(sp.Bernoulli(3), **units))
    rows = drawn_rows(machine, 4)
    for label in ("label:a", "label:b"):
        (log_p, *_) = log_posteriors(machine, rows, label)
        changed = rows["visible"].clone()
        changed[:, 0] = 2
        torch.testing.assert_close(log_p[:, 2].exp(), posterior(machine, label, changed))


def test_a_site_that_the_machine_does_not_use_loses_nothing():
    machine = small(sp.Potts(3, 3), sp.Bernoulli(4))
    with torch.no_grad():
        machine.between("visible", "hidden").weight.view(3, 3, 4)[:, 1] = 0
    found = losses(machine, drawn_rows(machine, 8), "label")
    assert found.log_odds[:, 1].abs().max() < 1e-12
    assert found.log_odds[:, [0, 2]].abs().min() > 0


def test_too_many_labels_say_so():
    machine = sp.rbm(sp.Bernoulli(2), visible=sp.Potts(2, 3), label=sp.Potts(1, 5000))
    with pytest.raises(ValueError, match="too many"):
        next(log_posteriors(machine, {"visible": torch.zeros(1, 2, dtype=torch.int32)}, "label"))
