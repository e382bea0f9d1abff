"""Sites that differ: a layer of them is the same law as one layer a site, and what sites lack stays out of all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

import pytest
import torch

import spinodal as sp
from spinodal import Noise
from spinodal.learning.fit import fit, gradient
from spinodal.machines.energies import states
from spinodal.runs.memory import Shapes
from spinodal.runs.settings import Settings

from .laws import assert_close, assert_drawn_from, assert_same, code, drawn_rows, exact, histogram, randomize, small

UNITS = sp.Potts(2, 3, states=(3, 2))
LETTERS = sp.Potts(1, 5, states=(3,))
OFF = torch.tensor([False, False, False, False, False, True])
"""Of UNITS: the second site has no third state."""

each_hidden = pytest.mark.parametrize("hidden", [sp.Bernoulli(3), sp.Spin(2), sp.Gaussian(2)], ids=str)


def twins(hidden):
    """A machine whose visible layer has sites that differ, and one of a layer a site, with the same parameters."""
    one = small(UNITS, hidden)
    other = sp.rbm(hidden, a=sp.Potts(1, 3), b=sp.Potts(1, 2), label=sp.Potts(1, 3))
    with torch.no_grad():
        for layer, rows in (("a", [0, 2, 4]), ("b", [1, 3])):
            other.bias[layer].copy_(one.bias["visible"][rows])
            other.between(layer, "hidden").weight.copy_(one.between("visible", "hidden").weight[rows])
        for layer in ("hidden", "label"):
            other.bias[layer].copy_(one.bias[layer])
        other.between("label", "hidden").weight.copy_(one.between("label", "hidden").weight)
    return one, other


def apart(known):
    """What is known, a layer a site."""
    rest = {k: x for k, x in known.items() if k != "visible"}
    return rest | dict(zip("ab", known["visible"].split(1, 1)))


# -- one layer a site --


@each_hidden
def test_energies_are_those_of_a_layer_a_site(hidden, double):
    one, other = twins(hidden)
    seen = drawn_rows(one, 40)
    every = seen | {"hidden": drawn_rows(sp.rbm(sp.Bernoulli(1), x=hidden), 40)["x"]}
    torch.testing.assert_close(sp.energy(one, every), sp.energy(other, apart(every)))
    torch.testing.assert_close(sp.free_energy(one, seen), sp.free_energy(other, apart(seen)))
    assert sp.log_partition(one).log_z == pytest.approx(sp.log_partition(other).log_z, abs=1e-9)


@each_hidden
def test_posteriors_are_those_of_a_layer_a_site(hidden, double):
    one, other = twins(hidden)
    x = states(UNITS)
    found = sp.posterior(one, "label", x)
    torch.testing.assert_close(found, sp.posterior(other, "label", apart({"visible": x})))
    torch.testing.assert_close(found, torch.from_numpy(exact(one).label_given_visible))


@each_hidden
def test_a_gradient_is_that_of_a_layer_a_site_where_all_is_held(hidden, double):
    one, other = twins(hidden)
    batch = drawn_rows(one, 40)
    held = (sp.Phase(("label", "visible", "a", "b"), weight=0.0),)
    (means, _, _), (wanted, _, _) = (
        gradient(m, b, held, 1, Noise.of(0), averaged=True) for m, b in ((one, batch), (other, apart(batch)))
    )
    assert_close({"a": means["bias.visible"][[0, 2, 4]]}, {"a": wanted["bias.a"]}, 1e-14)
    assert_close({"b": means["bias.visible"][[1, 3]]}, {"b": wanted["bias.b"]}, 1e-14)


def test_two_states_everywhere_are_bernoulli_up_to_gauge(double):
    potts, bernoulli = sp.Potts(4, 3, states=(2,) * 4), sp.Bernoulli(4)
    one, other = small(potts, sp.Bernoulli(3)), small(bernoulli, sp.Bernoulli(3))
    with torch.no_grad():
        zero, first, _ = one.bias["visible"].chunk(3)
        other.bias["visible"].copy_(first - zero)
        weights = one.between("visible", "hidden").weight.chunk(3)
        other.between("visible", "hidden").weight.copy_(weights[1] - weights[0])
        other.bias["hidden"].copy_(one.bias["hidden"] + weights[0].sum(0))
        other.bias["label"].copy_(one.bias["label"])
        other.between("label", "hidden").weight.copy_(one.between("label", "hidden").weight)
    seen = drawn_rows(one, 40)
    binary = seen | {"visible": seen["visible"].double()}
    shift = sp.free_energy(one, seen) - sp.free_energy(other, binary)
    torch.testing.assert_close(shift, (-zero.sum()).expand(40))
    torch.testing.assert_close(
        sp.posterior(one, "label", seen["visible"]), sp.posterior(other, "label", binary["visible"])
    )


@pytest.mark.parametrize("centered", [True, False])
def test_as_many_states_everywhere_train_to_the_same_bits(centered):
    trained = []
    for units in (sp.Potts(6, 4), sp.Potts(6, 4, states=(4,) * 6)):
        machine = sp.rbm(sp.Bernoulli(5), visible=units, label=sp.Potts(1, 3))
        list(fit(machine, repeat(drawn_rows(machine, 50), 3), steps=2, lr=0.3, centered=centered))
        trained.append(machine.state_dict())
    assert_same(*trained)


# -- a letter that lacks states --


@pytest.mark.parametrize("unknown", [False, True])
def test_letters_that_lack_states_are_drawn_from_their_posterior(unknown, wide):
    machine, n = randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), label=LETTERS)), 40_000
    x = states(sp.Bernoulli(4))
    which, law = torch.arange(n) % 16, sp.posterior(machine, "label", x)
    assert (law[:, 3:] == 0).all()
    torch.testing.assert_close(law.sum(1), torch.ones(16))
    clamp = {"visible": x[which]} | ({"label": torch.full((n, 1), -1)} if unknown else {})
    if unknown:  # drawn from what is known exactly
        label = machine.infer(machine.hold(clamp), Noise.of(1)).known["label"]
    else:  # drawn by chains, step by step: the fused loop is for letters that lack none
        label = sp.run(machine, n, 40, clamp, seed=1)["label"]
    assert_drawn_from(histogram(which * 5 + label[:, 0], 80).reshape(16, 5), law)


def test_two_letters_that_lack_states_have_the_posterior_of_those_that_have_no_others(double):
    labels = {"label:x": sp.Potts(1, 4, states=(2,)), "label:y": LETTERS}
    machine = randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), **labels))
    bare = sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), **{"label:x": sp.Potts(1, 2), "label:y": sp.Potts(1, 3)})
    own = dict(machine.named_parameters())
    with torch.no_grad():
        for name, p in bare.named_parameters():
            p.copy_(own[name][: len(p)])
    x = states(sp.Bernoulli(4))
    for layer, count in (("label:x", 2), ("label:y", 3)):
        torch.testing.assert_close(sp.posterior(machine, layer, x)[:, :count], sp.posterior(bare, layer, x))


# -- what a site lacks --


@pytest.mark.parametrize(
    "options", [{}, {"centered": False}, {"l1": 0.01, "l2": 0.01}, {"optimizer": torch.optim.Adam}]
)
@pytest.mark.parametrize("protocol", [sp.FEF, sp.PCD], ids=["FEF", "PCD"])
@pytest.mark.parametrize("make", ["rbm", "chaotic", "itself"])
def test_parameters_of_what_a_site_lacks_stay_0(make, protocol, options):
    machine = {
        "rbm": lambda: sp.rbm(sp.Bernoulli(5), visible=UNITS, label=LETTERS),
        "chaotic": lambda: sp.chaotic(sp.Spin(5), gain=1.5, rate=0.2, std=0.1, visible=UNITS, label=LETTERS),
        "itself": lambda: sp.chaotic(gain=1.5, rate=0.2, std=0.1, visible=UNITS, label=LETTERS),
    }[make]()
    machine.init_biases({"visible": torch.full((6,), 0.3), "label": torch.full((5,), 0.2)})
    batches = [drawn_rows(machine, 40, seed, unknown=0.2) for seed in range(4)]
    for _ in fit(machine, batches, protocol, steps=3, lr=0.2, **options):
        pass
    lacking = {"visible": OFF, "label": torch.arange(5) >= 3}
    for layer, off in lacking.items():
        assert (machine.bias[layer][off] == 0).all()
        assert (machine.bias[layer][~off] != 0).any()
    for a, b in machine.edges:
        weight = machine.between(a, b).weight
        for off, rows in ((lacking.get(a), weight), (lacking.get(b), weight.T)):
            if off is not None:
                assert (rows[off] == 0).all()
                assert (rows[~off] != 0).any()


@pytest.mark.parametrize("rate", [0.2, 1.0])
def test_rates_of_what_a_site_lacks_are_0(rate, precision):
    machine = randomize(sp.chaotic(sp.Spin(5), gain=2.0, rate=rate, visible=UNITS, label=LETTERS))
    for _, state in sp.trajectory(machine, 50, [0, 1, 7], seed=1):
        assert (state["visible"][:, OFF] == 0).all()
        torch.testing.assert_close(state["visible"].view(50, 3, 2).sum(1), torch.ones(50, 2))
    assert sp.stability_radius(machine) > 0
    assert torch.isfinite(sp.lyapunov(machine, steps=10, warm=2).values).all()
    again = sp.run(machine, 50, 7, seed=1)["visible"]  # after derivatives were taken
    assert torch.equal(again, state["visible"])


def test_states_are_listed_in_the_order_of_their_code():
    for units in (UNITS, sp.Potts(3, 4, states=(2, 1, 4)), sp.Potts(2, 3)):
        every = states(units)
        assert torch.equal(code(units, every), torch.arange(len(every)))
        assert torch.equal(every.amax(0) + 1, torch.tensor(units.counts))


# -- memory --


@dataclass(frozen=True)
class Columns:
    """What `Shapes.of` asks of data."""

    units: dict


def test_the_numbers_of_a_machine_of_any_units_are_counted():
    units = {"visible": sp.Potts(6, 4, states=(4, 1, 2) * 2), "numbers": sp.Gaussian(5), "label": LETTERS}
    machine = sp.rbm(sp.Bernoulli(7), **units)
    shapes = Shapes.of(Columns(units), Settings(machine="rbm", hidden=7))
    assert shapes.parameters == sum(x.numel() for x in machine.parameters())
    assert shapes.letters == 6 + 5 + 1
