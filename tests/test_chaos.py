"""Chaos: the radius of stability, exponents and fixed points, where they are known exactly."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.chaos import same

from .laws import generator

LAYERS = {"one": (), "two": (sp.Spin(15),), "three": (sp.Spin(15), sp.Spin(10))}


def network(layers="two", gain=0.5, rate=0.2, seed=0, **more):
    return sp.chaotic(*LAYERS[layers], gain=gain, rate=rate, seed=seed, visible=sp.Spin(20), **more)


def jacobian(machine, slope=None):
    """The couplings of all units with all, source to target, by hand."""
    names, sizes = list(machine.units), [u.size for u in machine.units.values()]
    blocks = {k: torch.zeros(sum(sizes), u.size, dtype=torch.float64) for k, u in machine.units.items()}
    starts = {k: sum(sizes[:i]) for i, k in enumerate(names)}
    for target in names:
        for source, w in machine.sources(target):
            here = slice(starts[source], starts[source] + machine.units[source].size)
            blocks[target][here] += (slope or {}).get(source, 1.0) * w.detach().double()
    return torch.cat([blocks[k] for k in names], 1)


# -- the radius --


@pytest.mark.parametrize("layers", LAYERS)
def test_the_radius_is_the_largest_eigenvalue_of_all_couplings(layers):
    machine = network(layers, gain=1.3)
    want = torch.linalg.eigvals(jacobian(machine)).abs().max()
    assert sp.stability_radius(machine) == pytest.approx(float(want), rel=1e-6)


def test_what_a_unit_sends_counts_by_its_slope():
    machine = sp.chaotic(sp.Bernoulli(9), gain=1.0, rate=0.2, visible=sp.Spin(7))
    want = torch.linalg.eigvals(jacobian(machine, {"hidden": 0.25})).abs().max()
    assert sp.stability_radius(machine) == pytest.approx(float(want), rel=1e-6)


@pytest.mark.parametrize(("hidden", "factor"), [((), 1.0), ((sp.Spin(100),), 1.0), ((sp.Spin(200),) * 2, 2**0.25)])
def test_before_training_the_radius_is_the_gain(hidden, factor):
    radii = [
        sp.stability_radius(sp.chaotic(*hidden, gain=1.5, rate=0.2, seed=seed, visible=sp.Spin(400)))
        for seed in range(4)
    ]
    assert sum(radii) / len(radii) == pytest.approx(1.5 * factor, rel=0.04)  # the edge of so few eigenvalues is rough


# -- exponents --


@pytest.mark.parametrize("layers", LAYERS)
def test_exponents_of_silence_are_those_of_its_eigenvalues(layers):
    machine = network(layers, gain=0.4)
    growth = (1 - machine.rate + machine.rate * torch.linalg.eigvals(jacobian(machine))).abs()
    want = (growth.log() / machine.rate).sort(descending=True).values
    found = sp.lyapunov(machine, count=3, steps=2000, warm=500)
    assert found.largest == float(found.values[0])
    torch.testing.assert_close(found.values, want[:3], rtol=0, atol=0.01)


def test_strong_couplings_are_chaos_and_weak_ones_are_not():
    def largest(gain):
        machine = sp.chaotic(sp.Spin(150), gain=gain, rate=0.2, visible=sp.Spin(200))
        found = sp.lyapunov(machine, steps=600, warm=200)
        assert found.errors[0] < 0.05
        return found.largest

    assert largest(3.0) > 0.1 > -0.1 > largest(0.5)


def test_two_starts_part_at_the_rate_of_the_exponent():
    machine = sp.chaotic(sp.Spin(150), gain=4.0, rate=0.2, visible=sp.Spin(200)).double()
    exponent = sp.lyapunov(machine, steps=1500, warm=300).largest
    state = sp.run(machine, 8, 300)
    nudge = 1e-9 * torch.randn(8, 200, generator=generator(1), dtype=torch.float64)
    other = sp.State({**state.potential, "visible": state.potential["visible"] + nudge}, state.shown, state.time)
    other = sp.State(other.potential, {**state.shown, "visible": other.potential["visible"].tanh()}, state.time)

    def apart(steps):
        ends = [machine.advance(s, sp.Clamp({}), steps, sp.Noise.of(0)).potential["visible"] for s in (state, other)]
        return (ends[0] - ends[1]).norm(dim=1).log().mean()

    with torch.no_grad():
        rate = float(apart(150) - apart(30)) / (120 * machine.rate)
    assert rate == pytest.approx(exponent, rel=0.25)


def test_a_clamp_holds_while_exponents_are_taken():
    machine = network(gain=0.4, label=sp.Potts(1, 3))
    held = {"label": torch.tensor([[2]]), "visible": torch.full((1, 20), float("nan"))}
    assert sp.lyapunov(machine, steps=50, warm=50, clamp=held).largest < 0
    whole = {"visible": torch.ones(1, 20), "label": torch.tensor([[0]])}  # the hidden field is constant
    assert sp.lyapunov(machine, steps=50, warm=0, clamp=whole).largest == pytest.approx(
        torch.log(torch.tensor(0.8)) / 0.2
    )


@pytest.mark.parametrize(("count", "steps"), [(0, 100), (1, 9)])
def test_exponents_need_steps(count, steps):
    with pytest.raises(ValueError, match="one exponent and 10 steps or more"):
        sp.lyapunov(network(), count, steps)


def test_noise_has_no_exponents():
    with pytest.raises(ValueError, match=r"this one draws \['hidden', 'visible'\]"):
        sp.lyapunov(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4)))


# -- fixed points --


def test_all_runs_of_a_quiet_machine_end_in_silence():
    found = sp.fixed_points(network(gain=0.4), n=10, steps=500)
    assert (found.distinct, found.still()) == (1, 1.0)
    assert found.shown.abs().max() < 1e-3


def planted(gain=0.0):
    """A machine that remembers one pattern, and so its negative."""
    machine, pattern = network(gain=gain), torch.ones(20).index_fill(0, torch.arange(7), -1.0)
    with torch.no_grad():
        machine.between("visible", "hidden").weight.copy_(pattern[:, None] * torch.ones(15) / 5)
    return machine, pattern


def test_a_planted_pattern_and_its_negative_are_where_runs_end():
    machine, pattern = planted()
    found = sp.fixed_points(machine, n=30, steps=500)
    assert (found.distinct, found.still()) == (2, 1.0)
    assert (found.shown.sign() == pattern).all(1).logical_or((found.shown.sign() == -pattern).all(1)).all()


def test_chaos_comes_to_no_rest():
    found = sp.fixed_points(sp.chaotic(sp.Spin(150), gain=3.0, rate=0.2, visible=sp.Spin(200)), n=6, steps=300)
    assert found.still() == 0.0
    assert found.distinct == 6


def test_what_is_held_is_held():
    machine = network(gain=0.4, label=sp.Potts(1, 3))
    found = sp.fixed_points(machine, 4, 100, {"label": torch.tensor([[0], [1], [2], [0]])}, layer="label")
    assert found.shown.argmax(1).tolist() == [0, 1, 2, 0]
    assert found.members.tolist() == [0, 1, 2, 0]


def test_rows_are_the_same_as_the_first_that_is_near():
    rows = torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.1, 0.0], [1.0, 0.95], [5.0, 5.0]])
    assert same(rows, 0.1).tolist() == [0, 1, 0, 1, 4]
