"""Energies: what a reciprocal machine knows exactly, against an enumeration that shares no line with it."""

from __future__ import annotations

from itertools import product

import pytest
import torch

import spinodal as sp
from spinodal.machines.energies import states, sum_states
from spinodal.machines.network import Network

from .laws import MACHINES, PAIRS, SUMMED, drawn_rows, exact, pairs_of, randomize, small

each_pair = pytest.mark.parametrize(("visible", "hidden"), PAIRS, ids=str)
each_summed = pytest.mark.parametrize(("visible", "hidden"), SUMMED, ids=str)
each_machine = pytest.mark.parametrize(("visible", "hidden"), MACHINES, ids=str)


def every_state(machine):
    """All states of all layers, and how many each layer has."""
    lists = {k: states(u) for k, u in machine.units.items()}
    rows = torch.cartesian_prod(*(torch.arange(len(s)) for s in lists.values())).reshape(-1, len(lists))
    return {k: s[i] for (k, s), i in zip(lists.items(), rows.T)}, [len(s) for s in lists.values()]


def deep():
    units = {"visible": sp.Spin(3), "hidden": sp.Bernoulli(4), "deep": sp.Potts(2, 3)}
    edges, blocks = [("visible", "hidden"), ("hidden", "deep")], [("hidden",), ("visible", "deep")]
    return randomize(Network(units, edges, blocks, sampled=units))


def meeting_itself():
    """A machine whose visible layer meets itself, and a hidden one."""
    units = {"visible": sp.Spin(3), "hidden": sp.Bernoulli(2)}
    edges = [("visible", "visible"), ("visible", "hidden")]
    return randomize(Network(units, edges, [("hidden",), ("visible",)], sampled=units))


# -- energies --


def test_an_energy_by_hand(double):
    machine = sp.rbm(sp.Bernoulli(1), visible=sp.Bernoulli(2), label=sp.Potts(1, 2))
    with torch.no_grad():
        for name, value in {
            "bias.visible": [0.5, -1.0],
            "bias.hidden": [0.25],
            "bias.label": [0.1, 0.2],
            "coupling.visible-hidden.weight": [[2.0], [3.0]],
            "coupling.label-hidden.weight": [[-4.0], [5.0]],
        }.items():
            dict(machine.named_parameters())[name].copy_(torch.tensor(value))
    state = {"visible": [[1, 1], [1, 0]], "hidden": [[1], [0]], "label": [[0], [1]]}
    found = sp.energy(machine, {k: torch.tensor(x) for k, x in state.items()})
    torch.testing.assert_close(found.detach(), -torch.tensor([0.5 - 1.0 + 0.25 + 0.1 + 2.0 + 3.0 - 4.0, 0.5 + 0.2]))


@each_pair
def test_free_energy_sums_the_hidden_states(visible, hidden, double):
    machine = small(visible, hidden)
    every, _ = every_state(machine)
    minus = -sp.energy(machine, every).reshape(-1, len(states(hidden)))
    seen = {k: x[:: len(states(hidden))] for k, x in every.items() if k != "hidden"}
    torch.testing.assert_close(sp.free_energy(machine, seen), -minus.logsumexp(1))


@each_summed
def test_free_energy_is_that_of_the_enumeration(visible, hidden, double):
    machine = small(visible, hidden)
    law = exact(machine)
    minus = torch.from_numpy(law.joint).log().flatten() + law.log_partition
    torch.testing.assert_close(-sp.free_energy(machine, pairs_of(machine)), minus)


@pytest.mark.parametrize("layer", ["visible", "hidden", "label"])
def test_any_one_layer_can_be_summed_over(layer, double):
    machine = small(sp.Spin(3), sp.Bernoulli(2))
    every, sizes = every_state(machine)
    axis = list(machine.units).index(layer)
    minus = (-sp.energy(machine, every)).reshape(sizes).logsumexp(axis).flatten()
    rest = {k: x.unflatten(0, sizes).select(axis, 0).flatten(0, 1) for k, x in every.items() if k != layer}
    torch.testing.assert_close(sp.free_energy(machine, rest), -minus)


def alone():
    """One layer that meets itself."""
    units = {"visible": sp.Potts(3, 2)}
    return randomize(Network(units, [("visible", "visible")], [("visible",)], sampled=units))


@pytest.mark.parametrize("machine", [small(*pair) for pair in PAIRS] + [deep(), meeting_itself(), alone()])
def test_log_partition_sums_all_states(machine):
    machine = machine.double()
    torch.testing.assert_close(
        sum_states(machine), torch.logsumexp(-sp.energy(machine, every_state(machine)[0]), 0).detach()
    )


LISTS = {"Bernoulli": (0, 1), "Spin": (-1, 1), "Ternary": (-1, 0, 1)}
"""What units show, in the words of this test."""


def words(units):
    """All words of a layer as numbers, without asking it for its states."""
    if isinstance(units, sp.Potts):
        letters = product(*map(range, units.states or [units.colors] * units.sites))
        return [[float(c == x) for c in range(units.colors) for x in word] for word in letters]
    return list(product(LISTS[type(units).__name__], repeat=units.size))


@each_pair
def test_log_partition_is_the_sum_over_all_words_of_all_layers(visible, hidden, double):
    machine = small(visible, hidden)
    v, h, y = (torch.tensor(words(machine.units[k]), dtype=torch.float64) for k in ("visible", "hidden", "label"))
    b, w = machine.bias, {k: machine.between(k, "hidden").weight for k in ("visible", "label")}
    field = (v @ w["visible"])[:, None] + (y @ w["label"])[None] + b["hidden"]
    minus = field @ h.T + (v @ b["visible"])[:, None, None] + (y @ b["label"])[:, None]
    torch.testing.assert_close(sum_states(machine), minus.flatten().logsumexp(0))


@each_summed
def test_log_partition_is_that_of_the_enumeration(visible, hidden):
    machine = small(visible, hidden)
    assert float(sp.log_partition(machine)) == pytest.approx(exact(machine).log_partition, abs=1e-5)


@each_machine
def test_the_slope_of_the_free_energy_is_minus_the_averages(visible, hidden, double):
    machine = small(visible, hidden)
    seen = drawn_rows(machine, 10)
    sp.free_energy(machine, seen).mean().backward()
    observed = machine.hold(seen).known
    field = machine.field(machine.inputs("hidden", machine.hold(seen)), {})
    observed = observed | {"hidden": hidden.mean(field.detach())}
    _, averages = machine.averages([(1.0, observed)])
    for name, p in machine.named_parameters():
        torch.testing.assert_close(p.grad, -averages[name].detach())


def test_a_layer_may_be_given_by_its_probabilities(double):
    machine = small(sp.Potts(2, 3), sp.Bernoulli(3))
    seen = drawn_rows(machine, 4)
    soft = seen | {"visible": machine.units["visible"].numbers(seen["visible"], machine.like)}
    torch.testing.assert_close(sp.free_energy(machine, soft), sp.free_energy(machine, seen))


# -- posteriors --


@each_summed
def test_posterior_is_bayes_rule(visible, hidden, double):
    machine = small(visible, hidden)
    law = torch.from_numpy(exact(machine).label_given_visible)
    x = states(visible)
    torch.testing.assert_close(sp.posterior(machine, "label", x), law)
    torch.testing.assert_close(sp.posterior(machine, "label", {"visible": x}), law)


@each_summed
def test_the_logarithm_of_the_posterior_and_the_weight_of_rows_are_those_of_the_enumeration(visible, hidden, double):
    machine, x = small(visible, hidden), states(visible)
    law = exact(machine)
    torch.testing.assert_close(sp.log_posterior(machine, "label", x), torch.from_numpy(law.label_given_visible).log())
    joint = torch.from_numpy(law.joint)
    torch.testing.assert_close(-sp.free_energy(machine, {"visible": x}), joint.sum(1).log() + law.log_partition)
    label = torch.ones(len(x), 1, dtype=torch.int64)
    seen = -sp.free_energy(machine, {"visible": x, "label": label})
    torch.testing.assert_close(seen, joint[:, 1].log() + law.log_partition)


def test_logarithms_keep_what_single_precision_rounds_to_one():
    machine, x = small(sp.Bernoulli(4), sp.Bernoulli(8), 20.0), states(sp.Bernoulli(4))
    machine.precision = "float32"
    law = torch.from_numpy(exact(machine).label_given_visible)
    sure = sp.posterior(machine, "label", x).max(1).values == 1
    found, wanted = sp.log_posterior(machine, "label", x).double(), law.log()
    assert sure.any()
    torch.testing.assert_close(found[sure], wanted[sure], rtol=1e-4, atol=1e-3)


def test_a_label_that_cannot_be_has_no_logarithm():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    known = {"visible": torch.zeros(1, 4), "label": torch.tensor([[-1]])}
    assert sp.log_posterior(machine, "label", known).isfinite().all()
    lacking = randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), label=sp.Potts(1, 3, states=(2,))))
    found = sp.log_posterior(lacking, "label", torch.zeros(2, 4))
    assert found[:, 2].eq(-torch.inf).all()
    assert found[:, :2].isfinite().all()


def test_posterior_is_exact_in_single_precision_too():
    machine = small(sp.Bernoulli(6), sp.Bernoulli(8), 1.0)
    law = torch.from_numpy(exact(machine).label_given_visible).float()
    for name, error in (("float32", 1e-5), ("exact", 1e-4)):  # weights of 15 bits
        machine.precision = name
        found = sp.posterior(machine, "label", states(machine.units["visible"]))
        torch.testing.assert_close(found, law, rtol=0, atol=error)


# -- what has no answer --

ONE_WAY = sp.chaotic(sp.Spin(3), gain=1.0, rate=1.0, visible=sp.Spin(4), label=sp.Potts(1, 3))
SLOW = sp.chaotic(sp.Spin(3), gain=0.0, rate=0.5, visible=sp.Spin(4), label=sp.Potts(1, 3))


@pytest.mark.parametrize("machine", [ONE_WAY, SLOW])
def test_one_way_or_slow_machines_have_no_energy(machine):
    seen = {"visible": torch.ones(2, 4), "label": torch.zeros(2, 1, dtype=torch.int64)}
    for ask in (
        lambda: sp.energy(machine, seen | {"hidden": torch.ones(2, 3)}),
        lambda: sp.free_energy(machine, seen),
        lambda: sp.log_partition(machine),
    ):
        with pytest.raises(ValueError, match="one-way couplings or a rate below 1 has no energy"):
            ask()
    with pytest.raises(
        ValueError, match=r"p\(label \| visible\) has no closed form here: it takes a reciprocal machine"
    ):
        sp.posterior(machine, "label", seen["visible"])


@pytest.mark.parametrize("left_out", [(), ("visible", "hidden")])
def test_free_energy_sums_exactly_one_layer(left_out):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    seen = {k: x[:1] for k, x in every_state(machine)[0].items() if k not in left_out}
    with pytest.raises(ValueError, match="sums one layer over; these are left out"):
        sp.free_energy(machine, seen)


def test_free_energy_cannot_sum_a_layer_that_meets_itself():
    with pytest.raises(ValueError, match="visible meets itself, so its units are not independent"):
        sp.free_energy(meeting_itself(), {"hidden": torch.ones(1, 2)})


@pytest.mark.parametrize(
    ("machine", "layer", "known"),
    [
        (small(sp.Bernoulli(4), sp.Bernoulli(3)), "label", {"label": torch.zeros(1, 1, dtype=torch.int64)}),
        (small(sp.Bernoulli(4), sp.Bernoulli(3)), "hidden", {"visible": torch.ones(1, 4)}),
        (small(sp.Bernoulli(4), sp.Bernoulli(3)), "label", {"visible": torch.tensor([[1, 0, 1, float("nan")]])}),
        (small(sp.Bernoulli(4), sp.Bernoulli(3), labels=5000), "label", {"visible": torch.ones(1, 4)}),
        (deep(), "visible", {"deep": torch.zeros(1, 2, dtype=torch.int64)}),
    ],
)
def test_posterior_says_where_there_is_no_closed_form(machine, layer, known):
    with pytest.raises(ValueError, match=f"p\\({layer} .* has no closed form here"):
        sp.posterior(machine, layer, known)


def test_the_weight_of_rows_says_where_it_has_no_closed_form():
    with pytest.raises(ValueError, match="has no closed form, or too many terms"):
        -sp.free_energy(small(sp.Bernoulli(4), sp.Bernoulli(3), labels=5000), {"visible": torch.ones(1, 4)})
    with pytest.raises(ValueError, match="has no energy"):
        -sp.free_energy(ONE_WAY, {"visible": torch.ones(1, 4)})


@pytest.mark.parametrize(
    ("machine", "power"),
    [
        (sp.rbm(sp.Bernoulli(200), visible=sp.Bernoulli(784)), 200),
        (sp.rbm(sp.Bernoulli(100), visible=sp.Potts(20, 4)), 40),
        (sp.rbm(sp.Bernoulli(100), visible=sp.Potts(25, 4, states=(4,) * 20 + (1,) * 5)), 40),
        (sp.rbm(sp.Bernoulli(30), visible=sp.Gaussian(2)), 30),
    ],
)
def test_log_partition_refuses_too_many_states_at_once(machine, power):
    with pytest.raises(ValueError, match=rf"log Z would add up 2\^{power} states; the most is 2\^22"):
        sp.log_partition(machine)


def test_log_partition_integrates_one_layer_of_real_numbers():
    units = {"a": sp.Gaussian(2), "hidden": sp.Bernoulli(3), "b": sp.Gaussian(2)}
    machine = Network(units, [("a", "hidden"), ("hidden", "b")], [("hidden",), ("a", "b")], sampled=units)
    with pytest.raises(ValueError, match=r"log Z would add up endlessly many states; the most is 2\^22"):
        sp.log_partition(machine)
    with pytest.raises(ValueError, match=r"the states of Gaussian\(size=2\) have no end: they can't be listed"):
        states(units["a"])
