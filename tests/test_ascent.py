"""Ascent: plain steps, a torch optimizer's, and what it remembers when training stops and goes on."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.learning.ascent import Ascent
from spinodal.learning.fit import fit

from .laws import assert_close, assert_same, drawn_rows, generator, small

OPTIMIZERS = {
    "plain": None,
    "SGD": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "Nesterov": partial(torch.optim.SGD, momentum=0.9, nesterov=True),
    "Adam": torch.optim.Adam,
}
each_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
MACHINES = {
    "rbm": lambda: small(sp.Bernoulli(5), sp.Bernoulli(6)),
    "chaotic": lambda: sp.chaotic(sp.Spin(6), gain=1.5, rate=0.2, visible=sp.Spin(5), label=sp.Potts(1, 3)),
}
each_machine = pytest.mark.parametrize("machine_of", MACHINES.values(), ids=MACHINES)


def weights():
    return {k: torch.nn.Parameter(torch.randn(shape, generator=generator(1))) for k, shape in SHAPES.items()}


SHAPES = {"bias.x": (5,), "coupling.x-y.weight": (5, 3)}


def gradients(count):
    return [{k: torch.randn(s, generator=generator(10 + i)) for k, s in SHAPES.items()} for i in range(count)]


def climbed(steps, make=None, lr=0.1):
    """The parameters after these gradients."""
    ascent = Ascent(weights(), lr, make)
    for g in steps:
        ascent.ascend(g)
    return {k: p.detach() for k, p in ascent.parameters.items()}


def parameters(machine):
    return {k: p.detach().clone() for k, p in machine.named_parameters()}


def batches(machine, count, start=0):
    return [drawn_rows(machine, 30, seed) for seed in range(start, start + count)]


# -- what a step is --


def test_sgd_without_momentum_is_the_plain_ascent(double):
    steps = gradients(20)
    assert_close(climbed(steps, torch.optim.SGD), climbed(steps), atol=20 * 8 * 2.0**-53)  # half an ulp of 8 a step


def test_the_plain_ascent_is_lr_times_the_sum_of_gradients(double):
    steps, start = gradients(20), weights()
    want = {k: start[k].detach() + 0.1 * sum(g[k] for g in steps) for k in SHAPES}
    assert_close(climbed(steps), want, atol=1e-13)


def test_a_step_is_rounded_as_two_operations():
    (g,), start = gradients(1), weights()
    for k, found in climbed([g]).items():
        want = start[k].detach().numpy() + np.float32(0.1) * g[k].numpy()
        assert found.numpy().tobytes() == want.tobytes()


@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_momentum_is_the_recurrence(double, momentum):
    steps, want = gradients(20), {k: p.detach() for k, p in weights().items()}
    velocity = {k: torch.zeros(s) for k, s in SHAPES.items()}
    for g in steps:
        velocity = {k: momentum * velocity[k] + g[k] for k in SHAPES}
        want = {k: want[k] + 0.1 * velocity[k] for k in SHAPES}
    found = climbed(steps, partial(torch.optim.SGD, momentum=momentum))
    assert_close(found, want, atol=1e-12)
    assert not torch.allclose(found["bias.x"], climbed(steps)["bias.x"])


def in_groups(parameters, lr, maximize):
    """Two parameters, the second first, and the first with a tenth of the rate."""
    first, second = parameters
    groups = [{"params": [second]}, {"params": [first], "lr": lr / 10}]
    return torch.optim.SGD(groups, lr=lr, maximize=maximize, momentum=0.5)


def test_groups_of_parameters_keep_the_ratio_of_their_rates():
    slow, fast = SHAPES
    g, start = gradients(1), weights()
    ascent = Ascent(weights(), 0.1, in_groups)
    ascent.ascend(g[0], 0.4)
    want = {k: start[k].detach() + rate * g[0][k] for k, rate in ((slow, 0.04), (fast, 0.4))}
    assert_close({k: p.detach() for k, p in ascent.parameters.items()}, want, atol=1e-6)


def test_groups_of_parameters_remember_each_their_own():
    steps = gradients(6)
    ascent = Ascent(weights(), 0.1, in_groups)
    for g in steps[:3]:
        ascent.ascend(g)
    own = {k: torch.nn.Parameter(p.detach().clone()) for k, p in ascent.parameters.items()}
    again = Ascent(own, 0.1, in_groups, ascent.memory())
    for g in steps[3:]:
        again.ascend(g)
    assert_same({k: p.detach() for k, p in own.items()}, climbed(steps, in_groups))


@each_machine
@each_optimizer
def test_an_update_reports_the_gradient_that_the_optimizer_had(machine_of, make):
    machine = machine_of()
    own = {k: torch.nn.Parameter(p) for k, p in parameters(machine).items()}
    alone = Ascent(own, 0.1, make)
    for update in fit(machine, batches(machine, 4), steps=3, lr=0.1, optimizer=make):
        alone.ascend(update.gradient)
    assert_same({k: p.detach() for k, p in own.items()}, parameters(machine))


@each_optimizer
def test_nothing_is_left_on_the_parameters(make):
    machine = MACHINES["rbm"]()
    list(fit(machine, batches(machine, 2), optimizer=make))
    assert all(p.grad is None for p in machine.parameters())


# -- what is remembered --


@each_machine
@each_optimizer
@pytest.mark.parametrize("age", [1, 4])
def test_to_stop_and_go_on_gives_the_same_bits(machine_of, make, age):
    straight, stopped = machine_of(), machine_of()
    stream, how = batches(straight, 7), {"steps": 3, "lr": 0.1, "optimizer": make}
    *_, last = fit(straight, stream, **how)
    *_, pause = fit(stopped, stream[:age], **how)
    *_, end = fit(stopped, stream[age:], **how, after=pause)
    assert end.age == last.age == 7
    assert_same(parameters(stopped), parameters(straight))
    assert_same(end.memory, last.memory)


def test_without_its_memory_momentum_goes_elsewhere():
    straight, forgetful = (MACHINES["rbm"]() for _ in range(2))
    stream, how = batches(straight, 6), {"lr": 0.1, "optimizer": OPTIMIZERS["momentum"]}
    *_, last = fit(straight, stream, **how)
    *_, pause = fit(forgetful, stream[:3], **how)
    assert last.memory
    list(fit(forgetful, stream[3:], **how, after=sp.Update(pause.age, last=pause.last)))
    assert not torch.equal(forgetful.bias["visible"], straight.bias["visible"])


@pytest.mark.parametrize(
    ("name", "parts"),
    [("plain", set()), ("SGD", set()), ("momentum", {"momentum_buffer"}), ("Adam", {"step", "exp_avg", "exp_avg_sq"})],
)
def test_memory_is_named_by_the_parameters(name, parts):
    machine = MACHINES["rbm"]()
    *_, update = fit(machine, batches(machine, 2), optimizer=OPTIMIZERS[name])
    assert update.memory.keys() == {f"{k}/{part}" for k, _ in machine.named_parameters() for part in parts}


@pytest.mark.parametrize("name", ["momentum", "Adam"])
def test_an_updates_memory_is_its_own(name):
    machine = MACHINES["rbm"]()
    stream, how = batches(machine, 5), {"lr": 0.1, "optimizer": OPTIMIZERS[name]}
    training = fit(machine, stream, **how)
    first = next(training)
    kept = {k: x.clone() for k, x in first.memory.items()}
    next(training)
    assert_same(first.memory, kept)
    next(fit(machine, stream, **how, after=first))  # nor does going on after it change it
    assert_same(first.memory, kept)


# -- what stops it --


@each_optimizer
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_does_no_harm(make, value):
    ascent = Ascent(weights(), 0.1, make)
    ascent.ascend(gradients(1)[0])
    before, memory = {k: p.detach().clone() for k, p in ascent.parameters.items()}, ascent.memory()
    bad = gradients(1)[0]
    bad["coupling.x-y.weight"][2, 1] = value
    with pytest.raises(FloatingPointError, match=r"^the gradient of coupling.x-y.weight is not finite: lower lr"):
        ascent.ascend(bad)
    assert_same({k: p.detach() for k, p in ascent.parameters.items()}, before)
    assert_same(ascent.memory(), memory)


@each_optimizer
def test_a_parameter_that_is_not_a_number_is_named(make):
    ascent = Ascent(weights(), 0.1, make)
    ascent.parameters["bias.x"].data[0] = torch.nan
    with pytest.raises(FloatingPointError, match=r"^bias.x is not a number: go back"):
        ascent.ascend(gradients(1)[0])
