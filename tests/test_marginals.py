"""Marginals: chains and closed forms know the same law, for what is unknown of labels, data and both."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch

import spinodal as sp
from spinodal import Noise
from spinodal.machines.energies import free_energy, states
from spinodal.machines.marginals import MOST, countable
from spinodal.machines.network import Network
from spinodal.machines.state import Clamp

from .laws import (
    SUMMED,
    assert_drawn_from,
    code,
    drawn_rows,
    exact,
    generator,
    histogram,
    randomize,
    small,
)

pytestmark = pytest.mark.usefixtures("wide")
each_pair = pytest.mark.parametrize(("visible", "hidden"), SUMMED, ids=str)
N, STEPS = 40_000, 50
NAN = float("nan")
A, B = "label:a", "label:b"


def two_labels(hidden=None, scale=0.8):
    units = {"visible": sp.Bernoulli(4), A: sp.Potts(1, 3), B: sp.Potts(1, 4)}
    return randomize(sp.rbm(hidden or sp.Bernoulli(3), **units), scale)


def joint_of_labels(machine, x):
    """p(a, b | visible), (n, 3, 4), by enumeration."""
    return log_weights(machine, x).softmax(1).reshape(len(x), 3, 4)


def log_weights(machine, x):
    """log p(visible, a, b) + log Z, (n, 12)."""
    every = torch.cartesian_prod(torch.arange(3), torch.arange(4))
    seen = {"visible": x.repeat_interleave(12, 0), A: every[:, :1].repeat(len(x), 1), B: every[:, 1:].repeat(len(x), 1)}
    return (-free_energy(machine, seen)).detach().reshape(len(x), 12)


# -- chains --


def chains(precision):
    """How many; plain torch, in double precision, is slower."""
    return N if precision == torch.float32 else N // 4


@each_pair
def test_chains_draw_the_label_given_the_visible(visible, hidden, precision):
    machine, x, n = small(visible, hidden), states(visible), chains(precision)
    which = torch.arange(n) % len(x)
    state = sp.run(machine, n, STEPS, {"visible": x[which]}, seed=3)
    counts = histogram(which * 3 + state["label"][:, 0], 3 * len(x))
    assert_drawn_from(counts.reshape(-1, 3), exact(machine).label_given_visible)


@each_pair
def test_chains_draw_the_visible_given_the_label(visible, hidden, precision):
    machine, n = small(visible, hidden), chains(precision)
    y = torch.arange(n)[:, None] % 3
    state = sp.run(machine, n, STEPS, {"label": y}, seed=2)
    size = len(states(visible))
    counts = histogram(y[:, 0] * size + code(visible, state["visible"]), 3 * size)
    assert_drawn_from(counts.reshape(3, -1), exact(machine).visible_given_label.T)


@pytest.mark.usefixtures("untraced")
@each_pair
@pytest.mark.parametrize("label", [-1, 2])
def test_chains_complete_what_is_unknown(visible, hidden, label, precision):
    machine, x, n = small(visible, hidden), states(visible), chains(precision)
    potts = isinstance(visible, sp.Potts)
    known = x[-2:-1].clone()
    known[:, 1:] = -1 if potts else NAN
    clamp = {"visible": known.repeat(n, 1), "label": torch.full((n, 1), label)}
    state = sp.run(machine, n, STEPS, clamp, seed=4)
    numbers = torch.full((visible.size,), NAN)
    if potts:
        numbers[:: visible.sites] = 0.0
        numbers[known[0, 0] * visible.sites] = 1.0
    else:
        numbers[0] = known[0, 0]
    law = torch.from_numpy(exact(machine).given(numbers.double().numpy(), label).ravel())
    counts = histogram(code(visible, state["visible"]) * 3 + state["label"][:, 0], len(law))
    assert_drawn_from(counts[None], law[None])


# -- two label columns --


@pytest.mark.parametrize("hidden", [sp.Bernoulli(3), sp.Spin(3)], ids=str)
def test_posterior_of_one_label_with_the_other_known_and_unknown(hidden, double):
    machine, x = two_labels(hidden), states(sp.Bernoulli(4))
    joint = joint_of_labels(machine, x)
    torch.testing.assert_close(sp.posterior(machine, A, x), joint.sum(2))
    torch.testing.assert_close(sp.posterior(machine, B, x), joint.sum(1))
    torch.testing.assert_close(sp.log_posterior(machine, A, x), joint.sum(2).log())
    torch.testing.assert_close(-sp.free_energy(machine, {"visible": x}), log_weights(machine, x).logsumexp(1))
    for b in range(4):
        known = {B: torch.full((16, 1), b), "visible": x}
        torch.testing.assert_close(sp.posterior(machine, A, known), joint[:, :, b] / joint[:, :, b].sum(1, True))
    for a in range(3):
        known = {"visible": x, A: torch.full((16, 1), a)}
        torch.testing.assert_close(sp.posterior(machine, B, known), joint[:, a] / joint[:, a].sum(1, True))


def test_chains_draw_two_labels_given_the_visible():
    machine, x = two_labels(), states(sp.Bernoulli(4))
    which = torch.arange(N) % 16
    state = sp.run(machine, N, STEPS, {"visible": x[which]}, seed=1)
    counts = histogram(which * 12 + state[A][:, 0] * 4 + state[B][:, 0], 16 * 12)
    assert_drawn_from(counts.reshape(16, 12), joint_of_labels(machine, x).flatten(1))


# -- inference of unknown labels --


@each_pair
def test_unknown_labels_are_drawn_from_their_posterior(visible, hidden, precision):
    machine, x = small(visible, hidden), states(visible)
    which, y = torch.arange(N) % len(x), torch.randint(3, (N, 1), generator=generator())
    unknown = torch.arange(N)[:, None] // len(x) % 2 == 0
    clamp = machine.hold({"visible": x[which], "label": y.masked_fill(unknown, -1)})
    inferred = machine.infer(clamp, Noise.of(1))
    label = inferred.known["label"]
    assert inferred.whole == {"visible", "label"}
    assert label.dtype == torch.int32
    assert torch.equal(label[~unknown], y[~unknown].int())
    counts = histogram((which * 3 + label[:, 0])[unknown[:, 0]], 3 * len(x))
    assert_drawn_from(counts.reshape(-1, 3), exact(machine).label_given_visible)
    assert torch.equal(clamp.known["label"] < 0, unknown)


@pytest.mark.parametrize("order", list(permutations(["visible", A, B])), ids=lambda order: " ".join(order))
def test_two_unknown_labels_are_drawn_together_in_any_order_of_columns(order):
    machine, x = two_labels(), states(sp.Bernoulli(4))
    which = torch.arange(N) % 16
    case = torch.arange(N) // 16 % 4  # which of the two are unknown
    y = {A: torch.full((N,), 2).masked_fill(case % 2 == 1, -1), B: torch.full((N,), 3).masked_fill(case > 1, -1)}
    known = {"visible": x[which], A: y[A][:, None], B: y[B][:, None]}
    inferred = machine.infer(machine.hold({k: known[k] for k in order}), Noise.of(5)).known
    a, b = inferred[A][:, 0].long(), inferred[B][:, 0].long()
    joint = joint_of_labels(machine, x)
    assert (a[case % 2 == 0] == 2).all()
    assert (b[case < 2] == 3).all()
    p = joint[:, :, 3] / joint[:, :, 3].sum(1, True)
    assert_drawn_from(histogram((which * 3 + a)[case == 1], 48).reshape(16, 3), p)
    p = joint[:, 2] / joint[:, 2].sum(1, True)
    assert_drawn_from(histogram((which * 4 + b)[case == 2], 64).reshape(16, 4), p)
    assert_drawn_from(histogram((which * 12 + a * 4 + b)[case == 3], 192).reshape(16, 12), joint.flatten(1))


def test_a_letter_that_is_known_meets_hidden_units_from_either_end_of_an_edge(double):
    units = {"visible": sp.Bernoulli(4), "label": sp.Potts(1, 3), "hidden": sp.Bernoulli(3)}
    edges, blocks = [("hidden", "label"), ("visible", "hidden")], [("hidden",), ("visible", "label")]
    machine, twin = randomize(Network(units, edges, blocks, sampled=units)), small(sp.Bernoulli(4), sp.Bernoulli(3))
    with torch.no_grad():
        for k in units:
            twin.bias[k].copy_(machine.bias[k])
        twin.between("visible", "hidden").weight.copy_(machine.between("visible", "hidden").weight)
        twin.between("label", "hidden").weight.copy_(machine.between("hidden", "label").weight.T)
    x = states(sp.Bernoulli(4))
    torch.testing.assert_close(sp.posterior(machine, "label", x), sp.posterior(twin, "label", x))


@torch.no_grad()
def test_what_was_sent_before_inference_is_right_after_it():
    machine = small(sp.Potts(2, 3), sp.Bernoulli(3))
    batch = drawn_rows(machine, 30)
    hidden_labels = batch | {"label": torch.where(torch.arange(30)[:, None] % 2 == 0, batch["label"], -1)}
    clamp = machine.hold(hidden_labels)
    inferred = machine.infer(clamp, Noise.of(0))
    edge = ("visible", "hidden")
    assert inferred.sent(edge, lambda: None) is clamp.sent(edge, lambda: None)
    again, _ = machine.inputs("hidden", inferred)
    afresh, _ = machine.inputs("hidden", Clamp(inferred.known))
    assert torch.equal(again, afresh)


def test_rows_with_holes_in_the_data_keep_their_labels_unknown_and_the_others_draw_as_before():
    machine, n = two_labels(), 200
    batch = drawn_rows(machine, n)
    batch[B] = torch.where(torch.arange(n)[:, None] % 3 == 0, -1, batch[B])
    holes = torch.arange(n) % 2 == 1
    torn = batch | {"visible": batch["visible"].masked_fill(holes[:, None], NAN)}
    whole, some = (machine.infer(machine.hold({k: x[k] for k in ("visible", B)}), Noise.of(2), [A, B]).known
                   for x in (batch, torn))  # fmt: skip
    assert (some[A][holes] == -1).all()
    assert torch.equal(some[B][holes], batch[B][holes].int())
    for k in (A, B):
        assert torch.equal(some[k][~holes], whole[k][~holes])
        assert (whole[k] >= 0).all()


RESTRICTED = small(sp.Bernoulli(4), sp.Bernoulli(3))
Y = torch.tensor([[0], [-1]], dtype=torch.int64)


@pytest.mark.parametrize(
    ("machine", "known"),
    [
        (RESTRICTED, {"visible": torch.ones(2, 4), "label": Y.abs()}),  # all known
        (RESTRICTED, {"visible": torch.ones(2, 4)}),
        (RESTRICTED, {"label": Y}),  # the visible layer is free
        (RESTRICTED, {"visible": torch.tensor([[1, 0, 1, NAN]] * 2), "label": Y}),
        (RESTRICTED, {"visible": torch.ones(2, 4), "label": torch.tensor([[1.0, 0.0, 0.0], [NAN] * 3])}),
        (sp.chaotic(sp.Spin(3), gain=1.0, rate=0.1, visible=sp.Spin(4), label=sp.Potts(1, 3)),
         {"visible": torch.ones(2, 4), "label": Y}),
        (two_labels(), {"visible": torch.ones(2, 4), A: Y}),
        (small(sp.Bernoulli(4), sp.Bernoulli(3), labels=MOST + 1), {"visible": torch.ones(2, 4), "label": Y}),
        (randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), label=sp.Potts(2, 3))),
         {"visible": torch.ones(2, 4), "label": torch.tensor([[0, -1], [1, 1]])}),
    ],
    ids="known absent free-data unknown-data soft-labels chaotic another-label many words".split(),  # noqa: SIM905
)  # fmt: skip
def test_where_nothing_has_a_closed_form_a_clamp_stays_what_it_is(machine, known):
    clamp = machine.hold(known)
    assert machine.infer(clamp, Noise.of(0)) is clamp


def test_soft_labels_send_their_mean(double):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    soft = torch.tensor([[0.2, 0.3, 0.5]])
    inputs, _ = machine.inputs("hidden", machine.hold({"visible": torch.ones(1, 4), "label": soft}))
    hard = [machine.inputs("hidden", machine.hold({"visible": torch.ones(1, 4), "label": torch.tensor([[i]])}))[0]
            for i in range(3)]  # fmt: skip
    torch.testing.assert_close(inputs, sum(p * x for p, x in zip(soft[0], hard)))


@pytest.mark.parametrize(
    ("layers", "answer"),
    [
        ([], False),
        ([sp.Potts(1, 9)], True),
        ([sp.Potts(1, 64), sp.Potts(1, 64)], True),
        ([sp.Potts(1, 64), sp.Potts(1, 65)], False),
        ([sp.Potts(2, 3)], False),
        ([sp.Bernoulli(1)], False),
    ],
)
def test_countable_are_single_letters_with_few_joint_states(layers, answer):
    assert countable(layers) is answer


def test_inference_gives_the_same_bits_on_one_and_two_threads(threads, monkeypatch):
    machine = small(sp.Bernoulli(50), sp.Bernoulli(37), 0.3)
    x = drawn_rows(machine, 333)["visible"]
    one = sp.posterior(machine, "label", x)
    threads(2)
    assert torch.equal(sp.posterior(machine, "label", x), one)
