"""Int8x2: weights of 15 bits are near, their sums exact, and the law of a machine the same."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal import Clamp, Noise
from spinodal.machines import kernels
from spinodal.machines.kernels import Int8x2, cpu, int8x2, reference

from .laws import assert_drawn_from, assert_same, code, exact, generator, histogram, pairs_of, randomize, small

SIZES = [(1, 1, 1), (3, 5, 2), (17, 65, 33), (300, 784, 200)]


def weight(k, m, seed=0):
    return torch.randn(k, m, generator=generator(seed)) * torch.logspace(-3, 3, m)  # a column, a scale


def draws(n, k, low=0.0, seed=1):
    return torch.where(torch.rand(n, k, generator=generator(seed)) < 0.5, 1.0, low)


def whole(p):
    """The weight that planes stand for."""
    high, low = p.both.double().chunk(2, 1)
    return (128 * high + low) * p.scale.double()


@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_planes_are_the_nearest_of_15_bits(n, k, m):
    w = weight(k, m)
    p = Int8x2.of(w)
    assert p.both.dtype == torch.int8
    assert ((whole(p) - w).abs() <= 0.501 * p.scale).all()  # and a rounding of w / scale
    assert (p.scale <= w.abs().amax(0) / 16256 * 1.001).all()


def test_a_column_of_zeros_stays_zero():
    assert not kernels.product(draws(3, 4), Int8x2.of(torch.zeros(4, 2))).any()


@pytest.mark.parametrize("low", [0.0, -1.0])
@pytest.mark.parametrize("onto", [None, "a row for all", "a row each"])
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_a_product_is_exact_but_for_the_last_rounding(n, k, m, onto, low):
    p, s = Int8x2.of(weight(k, m)), draws(n, k, low)
    base = {None: None, "a row for all": torch.randn(m), "a row each": torch.randn(n, m)}[onto]
    before = None if base is None else base.clone()
    want = s.double() @ whole(p) + (0 if base is None else base.double())
    got = kernels.product(s, p, base)
    size = (s.double() @ whole(p)).abs() + 1 + (0 if base is None else base.abs())
    assert ((got - want).abs() <= 4e-7 * size).all()
    assert base is None or torch.equal(base, before)


def test_a_product_doesnt_know_how_its_rows_are_cut():
    p, s = Int8x2.of(weight(300, 70)), draws(100, 300)
    parts = [kernels.product(s[i:j], p, torch.ones(70)) for i, j in [(0, 1), (1, 18), (18, 100)]]
    assert torch.equal(torch.cat(parts), kernels.product(s, p, torch.ones(70)))


def test_both_backends_unite_alike():
    p = Int8x2.of(weight(300, 70))
    sums, row = p.sums(draws(50, 300)), torch.randn(70)
    torch.testing.assert_close(cpu.unite(sums, p.scale, row), reference.unite(sums, p.scale, row), rtol=4e-7, atol=1e-6)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_not_hidden(bad):
    w = weight(6, 3)
    w[2, 1] = bad
    field = kernels.product(draws(9, 6), Int8x2.of(w))
    assert not field[:, 1].isfinite().any()
    assert field[:, [0, 2]].isfinite().all()


def wrong(x, w):
    return int8x2._slow(x, w) + 1


def missing(x, w):
    raise RuntimeError("there is none")


@pytest.mark.parametrize("product", [wrong, missing])
def test_a_machine_without_a_sound_integer_product_gets_the_same(product, monkeypatch):
    p, s = Int8x2.of(weight(300, 70)), draws(50, 300)
    want = p.sums(s)
    monkeypatch.setattr(torch, "_int_mm", product)
    monkeypatch.setattr(int8x2, "_product", int8x2._product.__wrapped__)
    assert torch.equal(p.sums(s), want)


def test_planes_stay_on_the_cpu():
    class OnGpu:
        is_cuda = True

    with pytest.raises(ValueError, match="int8x2 is for the CPU"):
        Int8x2.of(OnGpu())


# -- of machines --


def coarse(machine):
    machine.precision = "int8x2"
    return machine


def test_there_are_two_precisions():
    with pytest.raises(ValueError, match='precision is float32 or int8x2, not "int8"'):
        sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4)).precision = "int8"


@pytest.mark.parametrize("hidden", [sp.Bernoulli(3), sp.Spin(3)], ids=str)
@pytest.mark.parametrize("visible", [sp.Bernoulli(4), sp.Spin(4), sp.Potts(2, 3)], ids=str)
@pytest.mark.parametrize("steps", [1, 16])
@torch.no_grad()
def test_chains_at_the_law_stay_there(visible, hidden, steps, precision, wide):
    machine, n = coarse(small(visible, hidden, 1.0)), 40_000
    p, every = torch.from_numpy(exact(machine).joint.ravel()), pairs_of(machine)
    i = torch.multinomial(p, n, True, generator=generator(steps))
    end = machine.advance(sp.State({}, {k: x[i] for k, x in every.items()}), Clamp({}), steps, Noise.of(steps))
    codes = code(visible, end["visible"]) * 3 + end["label"][:, 0]
    assert_drawn_from(histogram(codes, len(p))[None], p[None])


def large():
    return randomize(sp.rbm(sp.Bernoulli(300), visible=sp.Bernoulli(200), label=sp.Potts(1, 4)), 0.1)


def test_the_same_noise_draws_the_same_units_but_at_thresholds():
    a, b = sp.run(large(), 500, 1, seed=3), sp.run(coarse(large()), 500, 1, seed=3)
    assert 0 < (a["visible"] != b["visible"]).float().mean() < 0.01
    assert torch.equal(a["label"], b["label"]) or (a["label"] != b["label"]).float().mean() < 0.01


def test_any_number_of_threads_draws_the_same_bits(threads):
    one = sp.run(coarse(large()), 600, 5, seed=3)
    threads(2)
    assert_same(sp.run(coarse(large()), 600, 5, seed=3).value, one.value)


def test_a_layer_that_is_known_in_part_or_shows_its_mean_acts_as_it_is():
    machine = coarse(sp.rbm(sp.Bernoulli(30), visible=sp.Bernoulli(20), sampled=("visible",)))
    grey = torch.full((5, 20), 0.3)
    grey[:, :4] = float("nan")
    for clamp, matrices in (
        (machine.hold({}), [Int8x2, torch.Tensor]),
        (machine.hold({"visible": grey}), 2 * [torch.Tensor]),
    ):
        found = [w for k in ("hidden", "visible") for _, w in machine.inputs(k, clamp)[1]]
        assert all(isinstance(w, kind) for w, kind in zip(found, matrices, strict=True))
