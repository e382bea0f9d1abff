"""Network: what layers receive, what is held, and what a machine is made of."""

from __future__ import annotations

from itertools import product

import pytest
import torch

import spinodal as sp
from spinodal import Clamp, Noise
from spinodal.learning.fit import fit
from spinodal.machines.energies import states
from spinodal.machines.network import Network

from .laws import (
    MACHINES,
    SUMMED,
    Z,
    assert_close,
    assert_drawn_from,
    assert_same,
    code,
    drawn_rows,
    exact,
    generator,
    histogram,
    pairs_of,
    randomize,
    small,
)

NAN = float("nan")


def deep(visible, hidden=None, top=None, scale=0.7):
    """A machine of three layers, with an energy."""
    units = {"visible": visible, "hidden": hidden or sp.Bernoulli(3), "deep": top or sp.Spin(2)}
    edges, blocks = [("visible", "hidden"), ("hidden", "deep")], [("hidden",), ("visible", "deep")]
    return randomize(Network(units, edges, blocks, sampled=units), scale)


# -- what it is made of --


def test_parameters_are_named_by_layers_and_edges():
    machine = sp.rbm(sp.Bernoulli(5), visible=sp.Potts(4, 3), label=sp.Potts(1, 2))
    shapes = {k: tuple(p.shape) for k, p in machine.named_parameters()}
    assert shapes == {
        "bias.visible": (12,),
        "bias.label": (2,),
        "bias.hidden": (5,),
        "coupling.visible-hidden.weight": (12, 5),
        "coupling.label-hidden.weight": (2, 5),
    }
    assert not dict(machine.named_buffers())


@pytest.mark.parametrize("make", [sp.rbm, lambda u, **rest: sp.chaotic(u, gain=1.0, rate=0.1, **rest)])
def test_a_seed_makes_the_same_machine_and_another_seed_another(make):
    one, same, other = (make(sp.Spin(5), std=0.1, seed=seed, visible=sp.Spin(4)).state_dict() for seed in (0, 0, 1))
    assert_same(one, same)
    assert all(not torch.equal(one[k], other[k]) for k in one if "coupling" in k)


def test_weights_start_small_in_the_gauge_and_biases_at_zero():
    machine = sp.rbm(sp.Bernoulli(200), visible=sp.Potts(100, 5), label=sp.Potts(1, 3), std=0.03)
    weight = machine.between("visible", "hidden").weight.detach()
    assert weight.unflatten(0, (5, 100)).sum(0).abs().max() < 1e-6
    assert machine.between("label", "hidden").weight.detach().sum(0).abs().max() < 1e-6
    # one of five states is given up to the gauge
    assert weight.std() == pytest.approx(0.03 * 0.8**0.5, rel=0.02)
    assert all((b == 0).all() for b in machine.bias.values())


def test_frozen_couplings_are_scaled_by_fan_in_and_differ_each_way():
    machine = sp.chaotic(sp.Spin(300), gain=1.7, rate=0.1, visible=sp.Spin(500))
    coupling = machine.between("visible", "hidden")
    assert coupling.forth.std() * 500**0.5 == pytest.approx(1.7, rel=0.01)
    assert coupling.back.std() * 300**0.5 == pytest.approx(1.7, rel=0.01)
    overlap = (coupling.forth * coupling.back.T).mean() / coupling.forth.std() / coupling.back.std()
    assert overlap.abs() < 5 / (300 * 500) ** 0.5
    assert (coupling.weight == 0).all()
    assert not machine.is_reciprocal


@pytest.mark.parametrize("gain", [0.8, 1.5])
@pytest.mark.parametrize("hidden", [(), (400,)])
def test_stability_radius_of_silence_is_the_gain(hidden, gain):
    machine = sp.chaotic(*map(sp.Spin, hidden), gain=gain, rate=0.1, visible=sp.Spin(600))
    sizes = [u.size for u in machine.units.values()]
    begin = dict(zip(machine.units, torch.tensor([0, *sizes]).cumsum(0).tolist()))
    jacobian = torch.zeros(sum(sizes), sum(sizes))
    for layer in machine.units:  # at 0 a spin's mean has slope 1, so the couplings are the Jacobian
        for source, weight in machine.sources(layer):
            i, j = begin[source], begin[layer]
            jacobian[i : i + weight.shape[0], j : j + weight.shape[1]] += weight.detach()
    radius = torch.linalg.eigvals(jacobian).abs().max()
    assert float(radius) == pytest.approx(gain, rel=0.03)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": 0.0}, "rate is dt / tau, between 0 and 1, not 0"),
        ({"rate": 1.5}, "not 1.5"),
        ({"blocks": [("visible",)]}, "blocks must name every layer once"),
        ({"blocks": [("visible", "hidden"), ("hidden",)]}, "blocks must name every layer once"),
        ({"edges": [("visible", "hiden")]}, r"there is no layer \['hiden'\]; the layers are \['hidden', 'visible'\]"),
        ({"sampled": ["label"]}, r"there is no layer \['label'\]"),
        (
            {"units": {"visible": sp.Gaussian(3), "hidden": sp.Gaussian(2)}},
            "visible and hidden meet, and the values of both have no bounds",
        ),
    ],
)
def test_what_cannot_be_built_says_why(change, message):
    plan = {
        "units": {"visible": sp.Bernoulli(3), "hidden": sp.Bernoulli(2)},
        "edges": [("visible", "hidden")],
        "blocks": [("hidden",), ("visible",)],
    }
    with pytest.raises(ValueError, match=message):
        Network(**plan | change)


def test_a_chaotic_network_has_at_most_two_hidden_layers():
    with pytest.raises(ValueError, match="at most two hidden layers, not 3"):
        sp.chaotic(*[sp.Spin(2)] * 3, gain=1.0, rate=0.1, visible=sp.Spin(2))


# -- frozen couplings, other readings --

READINGS = {
    "fan-in": lambda source, target: 1 / source,
    "visible": lambda source, target: 1 / 300,
    "both": lambda source, target: 1 / (source + target),
}
SHAPES = {
    "one": ((), sp.Spin(300)),
    "two": ((sp.Spin(180),), sp.Spin(300)),
    "three": ((sp.Spin(180), sp.Spin(240)), sp.Spin(300)),
    "letters": ((sp.Spin(180),), sp.Potts(75, 4)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("variance", READINGS)
def test_the_variance_of_frozen_couplings_is_what_its_reading_says(variance, shape):
    hidden, visible = SHAPES[shape]
    machine = sp.chaotic(*hidden, gain=1.7, rate=0.2, variance=variance, visible=visible)
    for name, x in machine.named_buffers():
        want = 1.7**2 * READINGS[variance](*x.shape)
        error = want * (2 / x.numel()) ** 0.5  # of the variance of so many normal numbers
        assert abs(float(x.double().square().mean()) - want) < Z * error, name
    assert len(dict(machine.named_buffers())) == {"one": 1, "three": 4}.get(shape, 2)


def test_readings_agree_where_layers_are_of_one_size_but_for_both():
    def frozen(variance):
        return dict(sp.chaotic(sp.Spin(8), gain=1.0, rate=0.2, variance=variance, visible=sp.Spin(8)).named_buffers())

    assert_same(frozen("fan-in"), frozen("visible"))
    for k, x in frozen("both").items():
        torch.testing.assert_close(x * 2**0.5, frozen("fan-in")[k])


LOOPS = {"Spin": sp.Spin(12), "Potts": sp.Potts(4, 3), "Bernoulli": sp.Bernoulli(12)}


def of_a_unit_to_itself(units):
    """A mask (size, size) of what a unit sends to itself: of letters, all colors of a site to all of them."""
    sites = getattr(units, "sites", units.size)
    site = torch.arange(units.size) % sites
    return site[:, None] == site


@pytest.mark.parametrize("units", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("optimizer", [None, torch.optim.Adam])
def test_without_self_coupling_no_unit_ever_acts_on_itself(units, optimizer):
    machine = sp.chaotic(gain=1.5, rate=0.2, std=0.3, self_coupling=False, visible=units)
    coupling, own = machine.between("visible", "visible"), of_a_unit_to_itself(units)
    batches = [drawn_rows(machine, 20, seed) for seed in range(3)]
    for update in fit(machine, batches, sp.RDM, steps=4, lr=0.1, optimizer=optimizer):
        assert (update.gradient["coupling.visible-visible.weight"][own] == 0).all()
    assert (coupling.forth[own] == 0).all()
    assert (coupling.weight[own] == 0).all()
    assert (coupling.forth[~own] != 0).all()
    assert (coupling.weight[~own] != 0).all()
    free = sp.chaotic(gain=1.5, rate=0.2, std=0.3, visible=units)
    assert (free.between("visible", "visible").forth[own] != 0).all()


def test_without_frozen_couplings_there_are_learned_ones_to_spare():
    coupling = sp.chaotic(gain=0.0, rate=0.2, std=0.3, self_coupling=False, visible=sp.Spin(5)).coupling
    (own,) = coupling.values()
    assert own.forth is None
    assert (own.weight.diagonal() == 0).all()


def test_layers_that_do_not_meet_themselves_have_nothing_to_spare():
    one, other = (
        sp.chaotic(sp.Spin(5), gain=1.5, rate=0.2, std=0.1, self_coupling=c, visible=sp.Spin(5)) for c in (True, False)
    )
    assert_same(one.state_dict(), other.state_dict())


@pytest.mark.parametrize("std", [0.0, 0.5, 1.0, 3.0])
@torch.no_grad()
def test_runs_start_at_potentials_of_start_std(std):
    machine = sp.chaotic(sp.Spin(60), gain=1.0, rate=0.2, start_std=std, visible=sp.Spin(50))
    start = machine.start(400, Clamp({}), Noise.of(0))
    for x in start.potential.values():
        assert abs(float(x.square().mean()) - std**2) <= Z * std**2 * (2 / x.numel()) ** 0.5
    assert (len(start["visible"].unique(dim=0)) == 1) is (std == 0)
    for k, x in start.potential.items():
        torch.testing.assert_close(start[k], x.tanh())
    ends = sp.run(machine, 3, 5)["visible"]
    assert bool((ends == ends[0]).all()) is (std == 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variance": "fan-out"}, 'variance is fan-in, visible, both, not "fan-out"'),
        ({"gain": -1.0}, "gain and start_std are numbers from 0 up, not -1 and 1"),
        ({"gain": NAN}, "not nan and 1"),
        ({"start_std": -0.5}, "not 1 and -0.5"),
        ({"start_std": float("inf")}, "not 1 and inf"),
        ({"visible": sp.Gaussian(3)}, "visible and visible meet, and the values of both have no bounds"),
    ],
)
def test_a_chaotic_network_that_cannot_be_built_says_why(change, message):
    with pytest.raises(ValueError, match=message):
        sp.chaotic(**{"gain": 1.0, "rate": 0.2, "visible": sp.Spin(3)} | change)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"visibel": torch.ones(2, 4)}, r"there is no layer \['visibel'\] to hold; the layers are \['visible', "),
        ({"visible": torch.ones(2, 4), "label": torch.zeros(3, 1).int()}, "different numbers of rows"),
        ({"visible": torch.ones(2, 5)}, "takes rows of 4"),
    ],
)
def test_what_cannot_be_held_says_why(known, message):
    with pytest.raises(ValueError, match=message):
        small(sp.Bernoulli(4), sp.Bernoulli(3)).hold(known)


@pytest.mark.parametrize(
    "units", [sp.Bernoulli(4), sp.Spin(4), sp.Potts(2, 3), sp.Potts(2, 3, states=(1, 3)), sp.Gaussian(4)], ids=str
)
def test_a_machine_at_rest_shows_the_means_it_was_given(units, double):
    machine = sp.rbm(sp.Bernoulli(3), visible=units, std=0.0)
    mean = units.mean(torch.randn(1, units.size, generator=generator()))[0]
    machine.init_biases({"visible": mean})
    torch.testing.assert_close(units.mean(machine.bias["visible"].detach()[None])[0], mean)


# -- what a layer receives --


@pytest.mark.parametrize(("visible", "hidden"), MACHINES, ids=str)
@pytest.mark.parametrize("held", [(), ("visible",), ("label",), ("visible", "label")])
def test_a_field_is_bias_plus_what_neighbors_send_whoever_is_held(visible, hidden, held, double):
    machine = small(visible, hidden)
    batch = drawn_rows(machine, 5)
    clamp = machine.hold({k: batch[k] for k in held})
    shown = {k: machine.units[k].validate(x, machine.like) for k, x in batch.items()}
    want = machine.bias["hidden"] + sum(
        machine.units[k].numbers(shown[k], machine.like) @ machine.between(k, "hidden").weight for k in shown
    )
    for _ in range(2):  # the second time from memory
        field = machine.field(machine.inputs("hidden", clamp), shown)
        torch.testing.assert_close(field.expand(5, -1), want)


def test_a_field_of_layers_that_move_in_part_is_a_fresh_tensor():
    """It is moved in place; at rate 1 it is the constant itself where no free layer acts."""
    machine = sp.chaotic(sp.Spin(5), gain=1.5, rate=0.1, visible=sp.Spin(6))
    clamp = machine.hold(drawn_rows(machine, 5))
    inputs = machine.inputs("hidden", clamp)
    kept = inputs[0].clone()
    machine.field(inputs, {}).zero_()
    assert torch.equal(inputs[0], kept)


# -- equilibrium --


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize(("visible", "hidden"), SUMMED, ids=str)
@pytest.mark.parametrize("steps", [1, 4, 16])
@torch.no_grad()
def test_chains_at_the_law_stay_there(visible, hidden, steps, precision, wide):
    machine, n = small(visible, hidden, 1.0), 40_000
    p, every = torch.from_numpy(exact(machine).joint.ravel()), pairs_of(machine)
    i = torch.multinomial(p, n, True, generator=generator(steps))
    begin = sp.State({}, {k: x[i] for k, x in every.items()})
    end = machine.advance(begin, Clamp({}), steps, Noise.of(steps))
    codes = code(visible, end["visible"]) * 3 + end["label"][:, 0]
    assert_drawn_from(histogram(codes, len(p))[None], p[None])


@pytest.mark.parametrize("steps", [1, 4, 16])
@torch.no_grad()
def test_three_layers_at_their_law_stay_there(steps, wide):
    machine, n = deep(sp.Potts(2, 3)), 40_000
    lists = {k: states(u) for k, u in machine.units.items()}
    rows = torch.cartesian_prod(*(torch.arange(len(s)) for s in lists.values()))
    every = {k: s[i] for (k, s), i in zip(lists.items(), rows.T)}
    p = (-sp.energy(machine, every)).double().softmax(0)
    i = torch.multinomial(p, n, True, generator=generator(steps))
    end = machine.advance(sp.State({}, {k: x[i] for k, x in every.items()}), Clamp({}), steps, Noise.of(steps))
    outer = p.reshape(len(lists["visible"]), -1, len(lists["deep"])).sum(1).flatten()
    codes = code(machine.units["visible"], end["visible"]) * 4 + code(machine.units["deep"], end["deep"])
    assert_drawn_from(histogram(codes, len(outer))[None], outer[None])


# -- reading --


@torch.no_grad()
def test_a_look_averages_what_nobody_has_answered():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    clamp = machine.hold({"label": torch.zeros(6, 1, dtype=torch.int64)})
    state = machine.advance(machine.start(6, clamp, Noise.of(0)), clamp, 3, Noise.of(0))
    observed = machine.observe(state, clamp)
    assert torch.equal(observed["visible"], machine.units["visible"].mean(state.potential["visible"]))
    assert torch.equal(observed["hidden"], state["hidden"])
    assert machine.observe(state, clamp, Noise.of(0))["visible"] is state["visible"]


ORDERS = {  # which layers move together, and which are averaged: nothing answers them, not even they themselves
    (("a", "b", "c"),): set(),
    (("a",), ("b",), ("c",)): {"c"},
    (("c",), ("b",), ("a",)): set(),
    (("b",), ("a", "c")): {"c"},
    (("a", "c"), ("b",)): {"b"},
    (("c",), ("a", "b")): set(),
}


def meeting(blocks):
    """A machine of three drawn layers, of which the first meets itself: a-a, a-b, b-c."""
    units = {"a": sp.Spin(2), "b": sp.Bernoulli(2), "c": sp.Spin(1)}
    return randomize(Network(units, [("a", "a"), ("a", "b"), ("b", "c")], blocks, sampled=units), 1.0)


def law_of_a_step(machine, begin):
    """Every state after one step from a state, and its probability, block by block."""
    found = [(1.0, begin)]
    for block in machine.blocks:
        after = []
        for p, now in found:
            options = []
            for k in block:
                field = machine.bias[k].clone()
                for a, b in machine.edges:
                    weight = machine.between(a, b).weight
                    field += now[a] @ weight if k == b else 0.0
                    field += now[b] @ weight.T if k == a else 0.0
                every = states(machine.units[k])
                options.append([(k, s, q) for s, q in zip(every, (every @ field).softmax(0))])
            for choice in product(*options):
                q = p * float(torch.stack([q for *_, q in choice]).prod())
                after.append((q, now | {k: s for k, s, _ in choice}))
        found = after
    return found


@pytest.mark.parametrize("blocks", ORDERS, ids=str)
@torch.no_grad()
def test_averages_are_those_of_the_exact_law_in_whatever_order_layers_move(blocks, double, wide):
    machine, n = meeting(blocks), 40_000
    begin = {"a": torch.tensor([1.0, -1.0]), "b": torch.tensor([0.0, 1.0]), "c": torch.tensor([1.0])}
    want = {k: torch.zeros_like(p) for k, p in machine.named_parameters()}
    for p, after in law_of_a_step(machine, begin):
        for k, s in after.items():
            want[f"bias.{k}"] += p * s
        for a, b in machine.edges:
            want[f"coupling.{a}-{b}.weight"] += p * torch.outer(after[a], after[b])
    clamp, noise = Clamp({}), Noise.of(1)
    state = machine.advance(sp.State({}, {k: x.expand(n, -1) for k, x in begin.items()}), clamp, 1, noise)
    seen = machine.observe(state, clamp)
    assert {k for k in seen if seen[k] is not state[k]} == ORDERS[blocks]
    _, found = machine.averages([(1.0, seen)])
    assert_close(found, want, Z / n**0.5)


@torch.no_grad()
def test_a_look_with_noise_draws_what_the_machine_shows_as_a_mean():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3), sampled=("visible", "label"))
    data = machine.hold(drawn_rows(machine, 6))
    state = machine.advance(machine.start(6, data, Noise.of(0)), data, 3, Noise.of(0))
    observed = machine.observe(state, data, Noise.of(0))
    place = Noise.of(0).at(3, machine.place["hidden"])
    assert torch.equal(observed["hidden"], machine.units["hidden"].draw(state.potential["hidden"], place))
    assert torch.equal(machine.observe(state, data)["hidden"], state["hidden"])


@pytest.mark.parametrize("noise", [None, Noise.of(0)])
@pytest.mark.parametrize("drawn", [None, ("hidden", "label")])
@torch.no_grad()
def test_a_look_leaves_what_is_known_of_a_layer(noise, drawn):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3), sampled=drawn)
    known = torch.tensor([[1.0, NAN, 0.0, NAN]]).repeat(6, 1)
    clamp = machine.hold({"visible": known})
    state = machine.advance(machine.start(6, clamp, Noise.of(0)), clamp, 3, Noise.of(0))
    observed = machine.observe(state, clamp, noise)
    assert (observed["visible"][:, [0, 2]] == torch.tensor([1.0, 0.0])).all()


@pytest.mark.parametrize(("visible", "hidden"), MACHINES, ids=str)
def test_averages_of_an_ensemble_are_means_of_products(visible, hidden, double):
    machine = small(visible, hidden)
    observed = drawn_rows(machine, 20) | {"hidden": torch.rand(20, hidden.size)}
    observed = {k: machine.units[k].validate(x, machine.like) for k, x in observed.items()}
    numbers = {k: machine.units[k].numbers(x, machine.like) for k, x in observed.items()}
    for c in (1.0, -0.5):
        _, found = machine.averages([(c, observed)])
        for k in numbers:
            torch.testing.assert_close(found[f"bias.{k}"], c * numbers[k].mean(0))
        for a, b in machine.edges:
            torch.testing.assert_close(found[f"coupling.{a}-{b}.weight"], c * numbers[a].T @ numbers[b] / 20)


def test_layers_without_a_coupling_are_refused_and_couplings_say_their_size():
    machine = sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(3))
    with pytest.raises(
        ValueError, match=r'no coupling between\("visible", "labels"\); there are: between\("visible", '
    ):
        machine.between("visible", "labels")
    assert repr(machine.between("visible", "hidden")) == "Coupling(weight 3 x 2)"


def test_a_number_is_no_list_of_times():
    machine = sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(3))
    rows = sp.generate(machine, n=2, steps=1)
    for asked in (lambda: sp.sample_over_time(machine, rows, 10), lambda: sp.trajectory(machine, 2, 10)):
        with pytest.raises(ValueError, match=r"times are a list of steps that increase from 0, such as .* not 10"):
            list(asked())
