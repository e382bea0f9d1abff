"""Couplings are the second differences of log p: of all states, by brute force; of Gaussian hidden units, W Wᵀ."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch

import spinodal as sp
from spinodal.analysis.couplings import first_order_couplings, pair_couplings, site_fields, variances, zero_sum
from spinodal.machines.energies import free_energy, states

from .laws import assert_close, drawn_rows, pairs_of, randomize, small

LETTERS = [
    (sp.Bernoulli(4), sp.Bernoulli(3)),
    (sp.Spin(4), sp.Spin(3)),
    (sp.Potts(3, 3), sp.Bernoulli(3)),
    (sp.Potts(3, 3, states=(3, 1, 2)), sp.Spin(2)),
    (sp.Potts(3, 2), sp.Potts(2, 3)),
]
pytestmark = pytest.mark.usefixtures("double")


def by_pair(found):
    return {f"{i} {j}": x for i, j, x in found}


def by_brute_force(machine):
    """Means of -F over all states in which two sites have two letters, zero-summed."""
    every = pairs_of(machine)
    log_p, seen = -free_energy(machine, every).detach(), every["visible"]
    for i, j in combinations(range(seen.shape[1]), 2):
        a, b = (seen[:, k].unique() for k in (i, j))
        means = [[log_p[(seen[:, i] == x) & (seen[:, j] == y)].mean() for y in b] for x in a]
        yield i, j, zero_sum(torch.tensor(means))


@pytest.mark.parametrize(("visible", "hidden"), LETTERS, ids=str)
def test_over_all_states_they_are_the_two_body_terms_of_log_p(visible, hidden):
    machine = small(visible, hidden)
    found = by_pair(pair_couplings(machine, pairs_of(machine)))
    assert_close(found, by_pair(by_brute_force(machine)), 1e-10)


@pytest.mark.parametrize(("visible", "hidden"), LETTERS, ids=str)
def test_rows_and_columns_sum_to_zero(visible, hidden):
    machine = small(visible, hidden)
    for _, _, coupling in pair_couplings(machine, drawn_rows(machine, 5)):
        assert coupling.sum(0).abs().max() < 1e-10
        assert coupling.sum(1).abs().max() < 1e-10


@pytest.mark.parametrize("visible", [visible for visible, _ in LETTERS], ids=str)
@pytest.mark.parametrize("of", [pair_couplings, first_order_couplings])
def test_gaussian_hidden_units_leave_products_of_weights_whatever_the_rows_are(visible, of):
    machine = small(visible, sp.Gaussian(2))
    weight = machine.between("visible", "hidden").weight.detach()
    found = by_pair(of(machine, drawn_rows(machine, 4)))
    sites = range(visible.columns)
    if isinstance(visible, sp.Potts):
        own = [torch.stack([weight[a * visible.sites + i] for a in range(visible.counts[i])]) for i in sites]
    else:
        own = [torch.tensor(visible.values)[:, None] * weight[i] for i in sites]
    own = [x - x.mean(0) for x in own]
    assert_close(found, {f"{i} {j}": own[i] @ own[j].T for i, j in combinations(sites, 2)}, 1e-10)


@pytest.mark.parametrize("hidden", [sp.Bernoulli(3), sp.Spin(3)], ids=str)
def test_first_order_is_right_up_to_higher_powers_of_weights(hidden):
    def error(scale):
        machine = randomize(sp.rbm(hidden, visible=sp.Potts(4, 3)), scale)
        rows = drawn_rows(machine, 10)
        exact, first = by_pair(pair_couplings(machine, rows)), by_pair(first_order_couplings(machine, rows))
        return sum(float((exact[k] - first[k]).square().sum()) for k in exact) ** 0.5

    assert 0 < error(0.01) < error(0.1) / 500  # three powers of ten or more, of third powers; second ones are exact


def test_labels_are_held_at_their_values():
    machine = small(sp.Potts(3, 3), sp.Bernoulli(4), scale=1.0)
    rows = drawn_rows(machine, 6)
    alone = sp.rbm(sp.Bernoulli(4), visible=sp.Potts(3, 3))
    told = machine.between("label", "hidden").weight.detach()
    with torch.no_grad():
        alone.bias["hidden"].copy_(machine.bias["hidden"] + told[1])
        alone.between("visible", "hidden").weight.copy_(machine.between("visible", "hidden").weight)
    held = rows | {"label": torch.ones_like(rows["label"])}
    found = by_pair(pair_couplings(machine, held))
    assert_close(found, by_pair(pair_couplings(alone, {"visible": rows["visible"]})), 1e-10)


@pytest.mark.parametrize("units", [sp.Bernoulli(2), sp.Spin(2), sp.Gaussian(2)], ids=str)
def test_variances_are_those_of_draws(units):
    x = torch.tensor([[-1.5, 0.3]])
    if isinstance(units, sp.Gaussian):
        assert torch.equal(variances(units, x), torch.ones(1, 2))
        return
    every = states(units)
    p = (every @ x[0]).softmax(0)
    mean = p @ every
    torch.testing.assert_close(variances(units, x)[0], p @ every.square() - mean.square())


def test_what_has_no_couplings_says_so():
    machine = small(sp.Potts(3, 3), sp.Potts(2, 2))
    rows = drawn_rows(machine, 4)
    with pytest.raises(ValueError, match="hidden units of letters"):
        first_order_couplings(machine, rows)
    with pytest.raises(ValueError, match="real numbers"):
        list(pair_couplings(small(sp.Gaussian(3), sp.Bernoulli(2)), {"visible": torch.randn(4, 3)}))
    rows["visible"][0, 0] = -1
    with pytest.raises(ValueError, match="unknown entry"):
        list(pair_couplings(machine, rows))
    with pytest.raises(ValueError, match="restricted"):
        list(pair_couplings(sp.chaotic(sp.Spin(3), gain=1.5, rate=0.2, visible=sp.Potts(3, 3)), rows))


def pairwise_energy(seen, couplings, own):
    """- Σ h - Σ J of rows, (n,); number-valued sites have their states in order."""
    states_of = [x.unique(return_inverse=True)[1] for x in seen.T]
    total = sum(field[a] for field, a in zip(own, states_of))
    return -total - sum(x[states_of[i], states_of[j]] for i, j, x in couplings)


@pytest.mark.parametrize("visible", [sp.Bernoulli(4), sp.Spin(4), sp.Potts(3, 3)], ids=str)
@pytest.mark.parametrize("of", [pair_couplings, first_order_couplings])
def test_with_gaussian_hidden_units_fields_and_couplings_are_log_p(visible, of):
    machine = randomize(sp.rbm(sp.Gaussian(2), visible=visible))
    rows = drawn_rows(machine, 4)
    every = {"visible": states(visible)}
    couplings = list(of(machine, rows))
    difference = pairwise_energy(every["visible"], couplings, site_fields(machine, rows, couplings)) - free_energy(
        machine, every
    )
    assert (difference - difference[0]).abs().max() < 1e-10


def test_a_change_of_one_site_changes_them_by_as_much_as_log_p_in_the_mean():
    machine = randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Potts(4, 3)))
    seen = states(sp.Potts(4, 3))
    rows = {"visible": torch.cat([seen, seen[::7]])}  # so that not all rows are equally probable
    couplings = list(pair_couplings(machine, rows))
    own = site_fields(machine, rows, couplings)
    for site in range(4):
        changes = []
        for letter in range(3):
            other = rows["visible"].clone()
            other[:, site] = letter
            mean = pairwise_energy(torch.cat([other, seen]), couplings, own)[: len(other)].mean()
            changes.append(mean - free_energy(machine, {"visible": other}).mean())
        assert torch.stack(changes).std() < 1e-10
