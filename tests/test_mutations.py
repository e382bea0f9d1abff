"""Mutations: effects are those of the enumerated law, for every unit and for several label layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.analysis import mutations
from spinodal.analysis.mutations import Mutants, mutation_effects, single_mutants
from spinodal.machines.energies import states
from spinodal.machines.network import Network

from .laws import SUMMED, exact, randomize, small
from .skeletons import Ternary

each_pair = pytest.mark.parametrize(
    ("visible", "hidden"), [pair for pair in SUMMED if not isinstance(pair[0], Ternary)], ids=str
)


def mutated(every, row, mutants):
    """The number of each mutant among all states."""
    values = every.unique() if every.is_floating_point() else torch.arange(int(every.max()) + 1)
    rows = every[row].repeat(mutants.count, 1)
    rows[mutants.mutant, mutants.site] = values[torch.from_numpy(mutants.letter)].to(rows.dtype)
    return [int((every == x).all(1).nonzero()) for x in rows]


@each_pair
def test_effects_are_those_of_the_enumeration(visible, hidden, double):
    machine, every = small(visible, hidden), states(visible)
    law = exact(machine)
    p, given, label = law.joint.sum(1), law.visible_given_label, law.label_given_visible
    for row in range(0, len(every), 3):
        wild = every[row : row + 1]
        mutants = single_mutants(machine, wild)
        found, at = mutation_effects(machine, wild, mutants), mutated(every, row, mutants)
        assert mutants.count == sum(len(s) - 1 for s in visible.support())
        np.testing.assert_allclose(found.total, np.log(p[at] / p[row]), atol=1e-9)
        np.testing.assert_allclose(found.given["label"], np.log(given[at] / given[row]), atol=1e-9)
        np.testing.assert_allclose(found.log_label["label"], np.log(label[at]), atol=1e-9)
        np.testing.assert_allclose(found.label_change("label"), np.log(label[at] / label[row]), atol=1e-9)


@pytest.mark.parametrize("block", [1, 2**22])
def test_mutants_of_several_changes_in_any_block(double, block, monkeypatch):
    monkeypatch.setattr(mutations, "BLOCK", block)
    machine = small(sp.Potts(4, 3), sp.Bernoulli(3))
    every, p = states(machine.units["visible"]), exact(machine).joint.sum(1)
    changes = [[(0, 2), (3, 1)], [], [(1, 1)], [(0, 2), (1, 1), (2, 1), (3, 2)]]
    mutants = Mutants.of(changes)
    found = mutation_effects(machine, every[:1], mutants)
    np.testing.assert_allclose(found.total, np.log(p[mutated(every, 0, mutants)] / p[0]), atol=1e-9)
    assert abs(found.total[1]) < 1e-12
    assert mutation_effects(machine, every[:1], Mutants.of([])).given["label"].shape == (0, 3)


def test_several_label_layers_are_summed_over(double):
    units = {"visible": sp.Bernoulli(4), "label:a": sp.Potts(1, 3), "label:b": sp.Potts(1, 4)}
    machine = randomize(sp.rbm(sp.Spin(3), **units))
    every = states(units["visible"])
    pairs = torch.cartesian_prod(torch.arange(3), torch.arange(4))
    seen = {"visible": every.repeat_interleave(12, 0)} | {
        f"label:{k}": pairs[:, i : i + 1].repeat(len(every), 1) for i, k in enumerate("ab")
    }
    joint = (-sp.free_energy(machine, seen)).detach().exp().reshape(len(every), 3, 4).numpy()
    wild, mutants = every[5:6], single_mutants(machine, every[5:6])
    at, found = mutated(every, 5, mutants), mutation_effects(machine, wild, mutants)
    np.testing.assert_allclose(found.total, np.log(joint.sum((1, 2))[at] / joint[5].sum()), atol=1e-9)
    for layer, axis in (("label:a", 2), ("label:b", 1)):
        own = joint.sum(axis)
        np.testing.assert_allclose(found.given[layer], np.log(own[at] / own[5]), atol=1e-9)
        np.testing.assert_allclose(found.log_label[layer], np.log(own[at] / own[at].sum(1, keepdims=True)), atol=1e-9)


def test_without_labels_it_is_the_difference_of_free_energies(double):
    machine = randomize(sp.rbm(sp.Bernoulli(5), visible=sp.Potts(6, 4)))
    wild = torch.tensor([[0, 1, 2, 3, 0, 1]])
    found = mutation_effects(machine, wild, Mutants.of([[(2, 0), (5, 3)]]))
    other = torch.tensor([[0, 1, 0, 3, 0, 3]])
    change = sp.free_energy(machine, {"visible": wild}) - sp.free_energy(machine, {"visible": other})
    np.testing.assert_allclose(found.total, change.detach().numpy(), atol=1e-9)
    assert found.given == found.log_label == {}


def test_a_machine_in_single_precision_has_effects_in_double():
    """Parameters are rounded to float32, sums are not: effects of the same parameters in double agree."""
    machine = randomize(sp.rbm(sp.Bernoulli(200), visible=sp.Potts(30, 21), label=sp.Potts(1, 5)), 0.3)
    wild = torch.arange(30)[None] % 21
    mutants = single_mutants(machine, wild)
    single = mutation_effects(machine, wild, mutants)
    double = mutation_effects(machine.double(), wild, mutants)
    np.testing.assert_array_equal(single.total, double.total)
    np.testing.assert_array_equal(single.given["label"], double.given["label"])


def test_what_is_known_for_sure_has_a_change_in_logs(double):
    machine = small(sp.Bernoulli(6), sp.Bernoulli(4), scale=400.0)
    wild = torch.zeros(1, 6)
    found = mutation_effects(machine, wild, single_mutants(machine, wild))
    assert np.exp(found.log_label["label"]).min() == 0
    assert np.isfinite(found.label_change("label")).all()


# -- what has no effects --


def deep():
    units = {"visible": sp.Spin(3), "hidden": sp.Bernoulli(4), "deep": sp.Potts(2, 3)}
    return Network(units, [("visible", "hidden"), ("hidden", "deep")], [("hidden",), ("visible", "deep")])


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (sp.chaotic(sp.Spin(5), visible=sp.Spin(3), gain=2.0, rate=0.4), "not of chaotic or neural ones"),
        (sp.rbm(sp.Bernoulli(2), visible=sp.Gaussian(3)), "binary sites"),
        (deep(), "no closed form"),
    ],
)
def test_machines_without_effects(machine, said):
    with pytest.raises(ValueError, match=said):
        single_mutants(machine, torch.ones(1, 3))


@pytest.mark.parametrize(
    ("units", "wild", "said"),
    [
        (sp.Bernoulli(3), torch.tensor([[0.0, 1.0, torch.nan]]), "1 sites .* first is site 3"),
        (sp.Potts(3, 2), torch.tensor([[0, -1, -1]]), "2 sites .* first is site 2"),
        (sp.Spin(3), torch.tensor([[-1.0, 0.5, 1.0]]), "must be letters"),
        (sp.Potts(3, 2), torch.tensor([[0, 1, 1]] * 2), "one row, not of 2"),
    ],
)
def test_rows_without_effects(units, wild, said):
    with pytest.raises(ValueError, match=said):
        single_mutants(small(units, sp.Bernoulli(2)), wild)


@pytest.mark.parametrize(
    ("changes", "said"),
    [([[(3, 0)]], "from 0 to 2, not 3"), ([[(1, 2)]], "from 0 to 1, not 2"), ([[(1, 0), (1, 1)]], "twice")],
)
def test_changes_that_there_are_not(changes, said):
    machine = small(sp.Potts(3, 3, states=(3, 2, 3)), sp.Bernoulli(2))
    with pytest.raises(ValueError, match=said):
        mutation_effects(machine, torch.zeros(1, 3, dtype=torch.int32), Mutants.of(changes))
