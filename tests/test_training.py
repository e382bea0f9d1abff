"""Training: the likelihood rises, what stopped goes on with the same bits, and nothing broken gets in."""

from __future__ import annotations

import hashlib
from itertools import repeat

import pytest
import torch

import spinodal as sp
from spinodal import Noise
from spinodal.learning import fit as training
from spinodal.learning.fit import Update, fit, gradient
from spinodal.machines import parallel
from spinodal.machines.kernels import products

from .laws import (
    assert_same,
    drawn_rows,
    generator,
    log_likelihood,
    pairs_of,
    small,
)

PROTOCOLS = {"FEF": sp.FEF, "RDM": sp.RDM, "CD": sp.CD, "PCD": sp.PCD}
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


def parameters(machine):
    return {k: p.detach().clone() for k, p in machine.named_parameters()}


def batches(machine, count, n=30, unknown=0.0):
    return [drawn_rows(machine, n, seed, unknown) for seed in range(count)]


def chaotic_twin():
    return sp.chaotic(sp.Spin(6), gain=1.5, rate=0.2, visible=sp.Spin(5), label=sp.Potts(1, 3))


MACHINES = {
    "Bernoulli": lambda: small(sp.Bernoulli(5), sp.Bernoulli(6)),
    "Potts": lambda: small(sp.Potts(3, 4), sp.Bernoulli(6)),
    "Spin": lambda: small(sp.Spin(5), sp.Spin(6)),
    "Gaussian": lambda: small(sp.Gaussian(5), sp.Bernoulli(6), 0.3),
    "sites that differ": lambda: small(sp.Potts(3, 4, states=(4, 1, 2)), sp.Gaussian(3), 0.3),
    "mean-field": lambda: small(sp.Bernoulli(5), sp.Bernoulli(6), sampled=("visible", "label")),
    "chaotic": chaotic_twin,
}
each_machine = pytest.mark.parametrize("make", MACHINES.values(), ids=MACHINES)


# -- it learns --


def score(machine, data):
    return log_likelihood(machine, data).item()


def target(visible):
    """Rows to learn: two patterns and their labels, a little noise."""
    teacher = small(visible, sp.Bernoulli(3), 2.0)
    every = pairs_of(teacher)
    p = (-sp.free_energy(teacher, every)).detach().softmax(0)
    i = torch.multinomial(p, 2000, True, generator=generator())
    return {k: x[i] for k, x in every.items()}


WAYS = [  # all of binary units, one of each other kind
    *((sp.Bernoulli(4), centered, averaged) for centered in (True, False) for averaged in (True, False)),
    (sp.Spin(4), True, True),
    (sp.Potts(2, 3), False, True),
]


@pytest.mark.usefixtures("untraced")
@each_protocol
@pytest.mark.parametrize(("visible", "centered", "averaged"), WAYS, ids=str)
def test_the_likelihood_rises(visible, protocol, centered, averaged, wide):
    data = target(visible)
    machine = sp.rbm(sp.Bernoulli(6), visible=visible, label=sp.Potts(1, 3), std=0.1)
    before = score(machine, data)
    picks = (torch.randint(2000, (200,), generator=generator(i)) for i in range(70))
    run = fit(machine, ({k: x[i] for k, x in data.items()} for i in picks), protocol, 5, 0.2,
              centered=centered, averaged=averaged)  # fmt: skip
    assert [update.age for update in run] == list(range(1, 71))
    gained = (score(machine, data) - before) / (most(data, visible) - before)
    assert gained > 0.4


def most(data, visible):
    """The mean log-likelihood that no model exceeds: minus the entropy of the rows."""
    x = data["visible"].long() @ 7 ** torch.arange(visible.columns) * 3 + data["label"][:, 0]
    p = x.unique(return_counts=True)[1] / len(x)
    return float((p * p.log()).sum())


def test_a_chaotic_machine_learns_what_labels_mean():
    machine = chaotic_twin()
    y = torch.arange(200)[:, None] % 3
    v = torch.tensor([[1, 1, 1, -1, -1], [-1, 1, -1, 1, -1], [1, -1, -1, -1, 1.0]])[y[:, 0]]
    list(fit(machine, repeat({"visible": v, "label": y}, 100), sp.FEF, steps=15, lr=0.4))
    made = sp.run(machine, 200, 15, {"label": y}, seed=1)["visible"]
    assert ((made * v) > 0).float().mean() > 0.9


def test_missing_labels_teach(wide):
    data = target(sp.Bernoulli(4))
    some = data | {"label": data["label"].masked_fill(torch.arange(2000)[:, None] % 2 == 0, -1)}
    machine = sp.rbm(sp.Bernoulli(6), visible=sp.Bernoulli(4), label=sp.Potts(1, 3), std=0.1)
    before = score(machine, data)
    list(fit(machine, repeat(some, 70), steps=5, lr=0.2))
    assert score(machine, data) > before + 0.5


@each_machine
@each_protocol
def test_holes_in_a_batch_leave_gradients_finite(make, protocol):
    machine = make()
    for update in fit(machine, batches(machine, 3, unknown=0.3), protocol, steps=3):
        assert all(g.isfinite().all() for g in update.gradient.values())
    machine = make()
    empty = [drawn_rows(machine, 20, unknown=1.0)]
    list(fit(machine, empty, protocol, steps=3))
    assert all(p.isfinite().all() for p in machine.parameters())


# -- what an update is --


@each_machine
def test_an_update_is_lr_times_the_gradient_it_reports(make):
    machine = make()
    before = parameters(machine)
    update = next(fit(machine, batches(machine, 1), steps=2, lr=0.25))
    after = parameters(machine)
    for k in before:
        torch.testing.assert_close(after[k], before[k] + 0.25 * update.gradient[k])
    assert update.averages.keys() == {f"bias.{k}" for k in machine.units}
    assert update.gradient.keys() == before.keys()


def test_the_machine_knows_its_schedule():
    machine = small(sp.Bernoulli(5), sp.Bernoulli(6))
    assert machine.schedule is None
    next(fit(machine, batches(machine, 1), sp.CD, steps=7))
    assert (machine.schedule.protocol, machine.schedule.steps) == (sp.CD, 7)


@pytest.mark.parametrize(("l1", "l2"), [(0.5, 0.0), (0.0, 0.5)])
def test_decay_makes_weights_smaller(l1, l2):
    free, decayed = (small(sp.Bernoulli(5), sp.Bernoulli(6)) for _ in range(2))
    list(fit(free, batches(free, 20), lr=0.1))
    list(fit(decayed, batches(free, 20), lr=0.1, l1=l1, l2=l2))
    norms = [sum(float(e.weight.detach().norm()) for e in m.coupling.values()) for m in (free, decayed)]
    assert norms[1] < 0.8 * norms[0]


def test_every_age_and_seed_has_its_own_noise():
    machine = small(sp.Bernoulli(5), sp.Bernoulli(6))
    batch = drawn_rows(machine, 30)
    runs = [gradient(machine, batch, sp.PCD, 3, Noise.of(seed).child(age)) for seed in range(3) for age in range(3)]
    shown = torch.stack([ends[0]["visible"].flatten() for *_, ends in runs])
    assert len(shown.unique(dim=0)) == 9


# -- the same bits --


@each_protocol
@each_machine
@pytest.mark.parametrize("age", [1, 3])
def test_training_that_goes_on_is_training_that_never_stopped(make, protocol, age):
    straight, stopped = make(), make()
    stream = batches(straight, 6)
    *_, last = fit(straight, stream, protocol, steps=3, lr=0.1, seed=4)
    *_, pause = fit(stopped, stream[:age], protocol, steps=3, lr=0.1, seed=4)
    *_, end = fit(stopped, stream[age:], protocol, steps=3, lr=0.1, seed=4, after=pause)
    assert end.age == last.age == 6
    assert_same(parameters(stopped), parameters(straight))
    for i in last.last:
        assert_same(end.last[i].value, last.last[i].value)


def test_persistent_chains_go_on():
    machine = small(sp.Bernoulli(5), sp.Bernoulli(6))
    first, second = fit(machine, batches(machine, 2), sp.PCD, steps=3, lr=1e-9)
    assert (first.last[0].time, second.last[0].time) == (3, 6)
    with torch.no_grad():
        on = machine.advance(first.last[0], sp.Clamp({}), 3, Noise.of(0).child(2, 0))
    assert torch.equal(on["visible"], second.last[0]["visible"])


LARGE = {
    "Bernoulli": lambda: sp.rbm(sp.Bernoulli(203), visible=sp.Bernoulli(391), label=sp.Potts(1, 10)),
    "Potts": lambda: sp.rbm(sp.Bernoulli(150), visible=sp.Potts(51, 5), label=sp.Potts(1, 7)),
    "mean-field": lambda: sp.rbm(
        sp.Bernoulli(203), visible=sp.Bernoulli(391), label=sp.Potts(1, 10), sampled=("visible", "label")
    ),
    "chaotic": lambda: sp.chaotic(sp.Spin(203), gain=2.0, rate=0.2, visible=sp.Spin(391), label=sp.Potts(1, 10)),
}


def trained_on(count, make, protocol, unknown, threads):
    """Parameters after three updates on so many threads."""
    threads(count)
    machine = make()
    list(fit(machine, batches(machine, 3, 333, unknown), protocol, steps=3, lr=0.1))
    return parameters(machine)


@each_protocol
@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("unknown", [0.0, 0.2])
def test_training_gives_the_same_bits_on_one_and_two_threads(make, protocol, unknown, threads, monkeypatch):
    monkeypatch.setattr(parallel, "WORTH", 0)
    assert_same(*(trained_on(count, make, protocol, unknown, threads) for count in (1, 2)))


@pytest.mark.parametrize("route", products.ROUTES)
@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_so_it_does_by_each_route_of_products(make, route, threads, monkeypatch):
    monkeypatch.setattr(parallel, "WORTH", 0)
    with products.taking(route):
        assert_same(*(trained_on(count, make, sp.FEF, 0.2, threads) for count in (1, 2)))


@each_protocol
def test_a_seed_is_a_training(protocol):
    prints = []
    for seed in (0, 0, 1):
        machine = small(sp.Bernoulli(5), sp.Bernoulli(6))
        list(fit(machine, batches(machine, 3), protocol, seed=seed))
        prints.append(hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in machine.parameters())).hexdigest())
    assert prints[0] == prints[1] != prints[2]


# -- what must not get in --


@pytest.mark.parametrize("averaged", [True, False])
@pytest.mark.parametrize("name", [k for k, _ in small(sp.Bernoulli(4), sp.Bernoulli(3)).named_parameters()])
def test_a_parameter_that_is_not_a_number_stops_training_and_is_named(name, averaged):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    dict(machine.named_parameters())[name].data.view(-1)[0] = float("nan")
    before = parameters(machine)
    with pytest.raises(FloatingPointError, match=rf"^{name} is not a number"):
        next(fit(machine, batches(machine, 1), averaged=averaged))
    assert all(torch.equal(a.nan_to_num(9), b.nan_to_num(9)) for a, b in zip(before.values(), machine.parameters()))


@pytest.mark.parametrize("name", ["bias.hidden", "coupling.label-hidden.weight"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_stops_training_and_is_named(name, value, monkeypatch):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))

    def broken(*args):
        means, step, last = gradient(*args)
        step[name].view(-1)[0] = value
        return means, step, last

    monkeypatch.setattr(training, "gradient", broken)
    before = parameters(machine)
    with pytest.raises(FloatingPointError, match=rf"^the gradient of {name} is not finite: lower lr"):
        next(fit(machine, batches(machine, 1), centered=False))
    assert_same(parameters(machine), before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be 1 or more, not 0"),
        ({"lr": 0.0}, "lr must be a positive number, not 0.0"),
        ({"lr": -1.0}, "not -1.0"),
        ({"lr": float("inf")}, "not inf"),
        ({"lr": float("nan")}, "not nan"),
        ({"l1": -0.1}, "l1 and l2 must be 0 or more, not -0.1 and 0.0"),
        ({"l2": -0.1}, "l1 and l2 must be 0 or more, not 0.0 and -0.1"),
    ],
)
def test_options_out_of_range_are_refused_before_anything_moves(options, message):
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    with pytest.raises(ValueError, match=message):
        next(fit(machine, batches(machine, 1), **options))
    assert machine.schedule is None


def test_a_batch_that_does_not_fit_is_refused():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    with pytest.raises(ValueError, match="takes rows of 4"):
        next(fit(machine, [{"visible": torch.ones(3, 5)}]))


def test_no_batches_no_updates():
    machine = small(sp.Bernoulli(4), sp.Bernoulli(3))
    assert list(fit(machine, [])) == []
    assert Update(0).last == {}
