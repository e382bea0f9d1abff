"""Gradients: the difference of two averages is the slope of the likelihood, centered or not, in any gauge."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal import Noise, Phase
from spinodal.learning.fit import gradient
from spinodal.learning.gradients import center, decay, gauge
from spinodal.machines import averages, network

from .laws import (
    MACHINES,
    SUMMED,
    Z,
    assert_close,
    assert_same,
    drawn_rows,
    generator,
    log_likelihood,
    randomize,
    small,
)

each_summed = pytest.mark.parametrize(("visible", "hidden"), SUMMED, ids=str)
each_machine = pytest.mark.parametrize(("visible", "hidden"), MACHINES, ids=str)
each_letters = pytest.mark.parametrize("visible", [sp.Potts(4, 3), sp.Potts(4, 3, states=(3, 1, 2, 2))], ids=str)
PROTOCOLS = {
    "FEF": sp.FEF,
    "RDM": sp.RDM,
    "CD": sp.CD,
    "PCD": sp.PCD,
    "weighted": (Phase(weight=0.3), Phase(("label",))),
}
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


def slope(machine, batch, protocol=sp.FEF, steps=3, seed=5, **options):
    return gradient(machine, batch, protocol, steps, Noise.of(seed), **options)[:2]


def unknown_at(batch, what):
    """The batch with holes: labels, entries of the visible layer, or both."""
    out = dict(batch)
    for layer in ("visible", "label"):
        if layer in what:
            x = out[layer]
            hole = torch.rand(x.shape, generator=generator(len(layer))) < 0.4
            out[layer] = x.masked_fill(hole, float("nan") if x.is_floating_point() else -1)
    return out


# -- the slope of the likelihood --


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("unknown", [(), ("label",), ("visible",), ("visible", "label")], ids=str)
@each_summed
def test_after_long_runs_it_is_the_slope_of_the_exact_likelihood(visible, hidden, unknown, precision, wide):
    machine, copies, rows = small(visible, hidden), 2000 if precision == torch.float32 else 500, 20
    batch = unknown_at(drawn_rows(machine, rows), unknown)
    log_likelihood(machine, batch).backward()
    many = {k: x.repeat(copies, 1) for k, x in batch.items()}
    _, found = slope(machine, many, sp.RDM, steps=25, centered=False)
    # An entry is the difference of two averages over the chains of numbers of standard deviation 1/2 or, spins, 1;
    # that of Gaussian units also depends on what they meet.
    deviation = 2.0 if isinstance(hidden, sp.Gaussian) else 1.0 if -1 in (visible.low, hidden.low) else 0.5
    assert_close(found, {k: p.grad for k, p in machine.named_parameters()}, Z * deviation * (2 / rows / copies) ** 0.5)


EXACT = (Phase(("visible",), start="posterior"),)
CHAIN = (Phase(("visible",)),)


def label_part(machine, batch):
    """The slope of the mean log p(labels | visible) of what is known in a row, by enumeration."""
    blank = {k: x if k == "visible" else torch.full_like(x, -1) for k, x in batch.items()}
    (log_likelihood(machine, batch) - log_likelihood(machine, blank)).backward()
    return {k: p.grad for k, p in machine.named_parameters()}


def repeated(batch, copies):
    return {k: x.repeat(copies, 1) for k, x in batch.items()}


@pytest.mark.parametrize("unknown", [(), ("label",), ("visible", "label")], ids=str)
@each_summed
def test_the_exact_label_phase_is_the_slope_of_the_label_given_the_data(visible, hidden, unknown, wide):
    machine, copies, rows = small(visible, hidden), 1500, 20
    full, half = drawn_rows(machine, rows), torch.arange(rows)[:, None] < rows // 2
    batch = {k: torch.where(half, x, full[k]) for k, x in unknown_at(full, unknown).items()}
    _, found = slope(machine, repeated(batch, copies), EXACT, steps=25, centered=False)
    deviation = 2.0 if isinstance(hidden, sp.Gaussian) else 1.0 if -1 in (visible.low, hidden.low) else 0.5
    assert_close(found, label_part(machine, batch), Z * deviation * (2 / rows / copies) ** 0.5)


def test_two_labels_of_which_some_are_unknown_have_the_exact_slope(wide):
    units = {"visible": sp.Bernoulli(4), "label:a": sp.Potts(1, 3), "label:b": sp.Potts(1, 4)}
    machine, copies, rows = randomize(sp.rbm(sp.Bernoulli(3), **units), 1.0), 2500, 20
    batch = drawn_rows(machine, rows, unknown=0.3)
    batch["visible"] = drawn_rows(machine, rows)["visible"]
    want, reach = label_part(machine, batch), Z * 0.5 * (2 / rows / copies) ** 0.5
    _, found = slope(machine, repeated(batch, copies), EXACT, steps=1, centered=False)
    assert_close(found, want, reach)
    _, stuck = slope(machine, repeated(batch, copies), CHAIN, steps=1, centered=False)
    assert max(float((stuck[k] - want[k]).abs().max()) for k in want) > 3 * reach


def test_after_the_draw_of_labels_there_is_no_chain():
    machine, steps = small(sp.Bernoulli(4), sp.Bernoulli(3), 2.0), [1, 7]
    batch = drawn_rows(machine, 200)
    short, long = (gradient(machine, batch, EXACT, k, Noise.of(1))[1] for k in steps)
    assert_close(short, long, 0)


def test_what_the_data_send_is_computed_once(monkeypatch):
    machine, sent, send = small(sp.Potts(2, 3), sp.Bernoulli(3)), [], sp.Potts.send
    batch = drawn_rows(machine, 50)
    monkeypatch.setattr(sp.Potts, "send", lambda self, x, *rest: sent.append(self.sites) or send(self, x, *rest))
    slope(machine, batch, EXACT)
    assert sent.count(2) == 1


MANY = {"visible": sp.Bernoulli(4), "label": sp.Potts(2, 3)}
NO_CLOSED_FORM = {
    "chaotic": sp.chaotic(sp.Spin(3), gain=1.0, rate=0.2, visible=sp.Spin(4), label=sp.Potts(1, 3)),
    "a word": randomize(sp.rbm(sp.Bernoulli(3), **MANY)),
    "many labels": small(sp.Bernoulli(4), sp.Bernoulli(3), labels=5000),
    "holes in every row": small(sp.Bernoulli(4), sp.Bernoulli(3)),
    "no label": randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4))),
}


@pytest.mark.parametrize("name", NO_CLOSED_FORM)
def test_without_a_closed_form_it_is_the_chain_to_the_bit(name):
    machine = NO_CLOSED_FORM[name]
    batch = drawn_rows(machine, 40)
    if name == "holes in every row":
        batch["visible"][:, 1] = float("nan")
    exact, chain = (gradient(machine, batch, protocol, 4, Noise.of(3)) for protocol in (EXACT, CHAIN))
    assert_same(exact[1], chain[1])


def test_a_phase_that_holds_nothing_has_no_posterior():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    batch = drawn_rows(machine, 40)
    assert_same(slope(machine, batch, (Phase(start="posterior"),))[1], slope(machine, batch, sp.RDM)[1])


@pytest.mark.usefixtures("untraced")
@each_protocol
@each_machine
def test_averaging_what_nobody_answered_changes_no_expectation(visible, hidden, protocol, wide):
    machine, n, repeats = small(visible, hidden), 2000, 20
    batch = drawn_rows(machine, n)
    samples = {}
    for averaged in (True, False):
        many = [slope(machine, batch, protocol, seed=s + 100 * averaged, averaged=averaged)[1] for s in range(repeats)]
        samples[averaged] = {k: torch.stack([g[k] for g in many]).double() for k in many[0]}
    spreads = {True: 0.0, False: 0.0}
    for k in samples[True]:
        a, b = samples[True][k], samples[False][k]
        error = ((a.var(0) + b.var(0)) / repeats).sqrt().clamp(min=1e-7)
        assert ((a.mean(0) - b.mean(0)).abs() / error).max() < 8  # Student's t with some 38 degrees: 1e-6 of many
        for averaged, x in ((True, a), (False, b)):
            spreads[averaged] += float(x.var(0).sum())
    assert spreads[True] < spreads[False]


# -- centering --


@each_protocol
@each_machine
def test_centered_by_products_is_the_formula_of_rank_two(visible, hidden, protocol, double):
    machine = small(visible, hidden)
    batch = unknown_at(drawn_rows(machine, 50), ("label",))
    means, plain = slope(machine, batch, protocol, centered=False)
    again, found = slope(machine, batch, protocol, centered=True)
    assert_close(means, again, 0)
    want = dict(plain)
    for a, b in machine.edges:
        i, j, w = f"bias.{a}", f"bias.{b}", f"coupling.{a}-{b}.weight"
        want[w] = plain[w] - torch.outer(means[i], plain[j]) - torch.outer(plain[i], means[j])
    assert_close(found, want, 1e-13)


@pytest.mark.parametrize(
    ("uncentered", "kept"),
    [
        ([], set()),
        ([("label", "hidden")], {"hidden"}),
        ([("hidden", "label"), ("hidden", "visible")], {"label", "visible"}),
    ],
)
def test_center_takes_from_biases_what_weights_explain(uncentered, kept, double):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    means, step = slope(machine, drawn_rows(machine, 50))
    v, y, h = (means[f"bias.{k}"] for k in ("visible", "label", "hidden"))
    w, d = (step[f"coupling.{k}-hidden.weight"] for k in ("visible", "label"))
    want = dict(step)
    want["bias.visible"] = step["bias.visible"] - (0 if "visible" in kept else w @ h)
    want["bias.label"] = step["bias.label"] - (0 if "label" in kept else d @ h)
    want["bias.hidden"] = step["bias.hidden"] - v @ w - (0 if "hidden" in kept else y @ d)
    assert_close(center(step, means, machine.edges, uncentered), want, 1e-14)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_a_centered_step_does_not_depend_on_which_number_is_zero(shift, double):
    """Flipping 0 and 1 of the data, with the parameters that give the same law, flips the step."""
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3), 0.0)
    batch = drawn_rows(machine, 30)
    flipped = batch | {"visible": 1 - batch["visible"]}
    steps = []
    for b in (batch, flipped):
        x = {k: machine.units[k].numbers(machine.hold(b).known[k], machine.like) for k in b}
        chains = {"visible": torch.full((30, 4), 0.5), "label": x["label"], "hidden": torch.full((30, 3), 0.2)}
        data = {**x, "hidden": chains["hidden"] + torch.linspace(0, 0.5, 30)[:, None]}
        means, gradient = machine.averages([(1, data), (-1, chains)], centered=True)
        steps.append(center(gradient, means, machine.edges))
    name = "coupling.visible-hidden.weight"
    torch.testing.assert_close(steps[0][name], -steps[1][name])
    torch.testing.assert_close(steps[0]["bias.visible"], -steps[1]["bias.visible"])


# -- gauge and decay --


@each_protocol
@each_letters
def test_centered_steps_keep_the_gauge(visible, protocol, double):
    machine = small(visible, sp.Bernoulli(5))
    _, step = slope(machine, drawn_rows(machine, 50), protocol)
    for layer in ("visible", "label"):
        weight = step[f"coupling.{layer}-hidden.weight"]
        torch.testing.assert_close(machine.units[layer].gauge(weight), weight, rtol=0, atol=1e-14)


def test_gauge_takes_uncentered_steps_into_it_from_both_ends(double):
    units = {"visible": sp.Potts(4, 3), "label": sp.Potts(1, 5)}
    weight = torch.randn(12, 5, generator=generator())
    step = gauge({"coupling.visible-label.weight": weight}, units, [("visible", "label")])
    found = step["coupling.visible-label.weight"]
    assert found.unflatten(0, (3, 4)).sum(0).abs().max() < 1e-14
    assert found.sum(1).abs().max() < 1e-14
    torch.testing.assert_close(gauge(step, units, [("visible", "label")])["coupling.visible-label.weight"], found)


@pytest.mark.parametrize("centered", [True, False])
@each_letters
def test_training_stays_in_the_gauge(visible, centered, double):
    machine = sp.rbm(sp.Bernoulli(5), visible=visible, label=sp.Potts(1, 3), std=0.1)
    list(sp.fit(machine, [drawn_rows(machine, 40)] * 5, steps=2, lr=0.5, centered=centered))
    for layer in ("visible", "label"):
        weight = machine.between(layer, "hidden").weight.detach()
        torch.testing.assert_close(machine.units[layer].gauge(weight), weight, rtol=0, atol=1e-14)


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.2), (0.1, 0.2)])
def test_decay_is_the_slope_of_the_penalty_and_spares_biases(l1, l2, double):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    parameters = dict(machine.named_parameters())
    weights = [p for k, p in parameters.items() if k.startswith("coupling")]
    (-sum(l1 * w.abs().sum() + l2 / 2 * (w**2).sum() for w in weights)).backward()
    zero = {k: torch.zeros_like(p) for k, p in parameters.items()}
    want = {k: zero[k] if p.grad is None else p.grad for k, p in parameters.items()}
    found = decay(zero, {k: p.detach() for k, p in parameters.items()}, l1, l2)
    assert_close(found, want, 1e-15)


# -- one product for all --


def a_product_a_phase(a, b, pairs, about, like):
    """What `correlate` means, term by term."""
    o, p = about or (0, 0)
    return sum(c / len(s) * (a.numbers(s, like) - o).T @ (b.numbers(t, like) - p) for c, s, t in pairs)


@each_protocol
@each_machine
@pytest.mark.parametrize("centered", [True, False])
def test_one_shared_product_is_a_product_a_phase(visible, hidden, protocol, centered, double, monkeypatch):
    machine = small(visible, hidden)
    batch = drawn_rows(machine, 50)
    _, shared = slope(machine, batch, protocol, centered=centered)
    monkeypatch.setattr(averages, "correlate", a_product_a_phase)
    _, apart = slope(machine, batch, protocol, centered=centered)
    assert_close(shared, apart, 1e-13)


def test_letters_at_both_ends_of_an_edge(double, monkeypatch):
    units = {"visible": sp.Potts(4, 3, states=(3, 1, 2, 3)), "label": sp.Potts(1, 5), "hidden": sp.Bernoulli(2)}
    edges, blocks = [("visible", "label"), ("label", "hidden")], [("label",), ("visible", "hidden")]
    machine = randomize(network.Network(units, edges, blocks, sampled=units))
    _, shared = slope(machine, drawn_rows(machine, 30))
    monkeypatch.setattr(averages, "correlate", a_product_a_phase)
    assert_close(shared, slope(machine, drawn_rows(machine, 30))[1], 1e-13)


def test_phases_add_up_with_their_weights(double):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    batch = drawn_rows(machine, 40)
    both = slope(machine, batch, (Phase(("label",), weight=0.5), Phase(("label",), weight=2.0)), centered=False)[1]
    first = slope(machine, batch, (Phase(("label",)),), centered=False)[1]
    nothing = slope(machine, batch, (Phase(("label",), weight=0.0), Phase(("label",))), centered=False)[1]
    assert_close(both, {k: 0.5 * first[k] + 2.0 * nothing[k] for k in both}, 1e-14)


@pytest.mark.parametrize("held", [(), ("label",), ("visible",), ("visible", "label", "label:host")])
def test_a_phase_holds_layers_and_their_kin(held):
    layers = ["visible", "label", "label:host"]
    want = [k for k in layers if k in held or ("label" in held and k.startswith("label"))]
    assert Phase(held).holds(layers) == want


def test_a_phase_starts_somewhere():
    with pytest.raises(ValueError, match='a phase starts at random, data, last, posterior, not at "there"'):
        Phase(start="there")
