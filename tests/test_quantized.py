"""Quantized: weights of 15 bits are near, sums of integers exact by every route, and the law of a machine the same."""

from __future__ import annotations

from functools import partial

import pytest
import torch

import spinodal as sp
from spinodal import Clamp, Noise
from spinodal.machines import counted, digits, kernels, parallel
from spinodal.machines.averages import correlate
from spinodal.machines.counted import Counted, Taken
from spinodal.machines.digits import Digits
from spinodal.machines.kernels import Quantized, QuantizedRows, Sums, integer_cpu, integer_products, integer_reference
from spinodal.machines.units import KINDS
from spinodal.ranks import ALONE

from . import routes
from .laws import assert_drawn_from, assert_same, code, exact, generator, histogram, pairs_of, randomize, small
from .strict import life, sampled

SIZES = [(1, 1, 1), (3, 5, 2), (17, 65, 33), (300, 784, 200), (2, 2500, 5)]
PLACE = Noise.of(9).below(12_345).at(7, 2)
BACKENDS = [integer_cpu, integer_reference]


def weight(k, m, seed=0):
    return torch.randn(k, m, generator=generator(seed)) * torch.logspace(-3, 3, m)  # a column, a scale


def bits(n, k, low=0, seed=1):
    return torch.where(torch.rand(n, k, generator=generator(seed)) < 0.5, 1, low).to(torch.int8)


def letters(n, sites, colors, seed=1):
    return torch.randint(0, colors, (n, sites), generator=generator(seed)).to(torch.uint8)


def field(n, m, rows=1, size=3e5):
    """A field that is not summed up yet."""
    sums = (size * torch.randn(n, m, generator=generator(2))).to(torch.int32)
    return Sums(torch.randn(rows, m, generator=generator(3)), sums, 1e-5 * torch.rand(m, generator=generator(4)))


# -- the integers of a weight --


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_integers_are_the_nearest_of_15_bits(n, k, m, backend, turned):
    w = weight(m, k).t() if turned else weight(k, m)
    for q in (backend.quantize(w), backend.quantize_rows(w)):
        assert ((q.dense() - w).abs() <= 0.501 * q.scale).all()  # and a rounding of w / scale
        assert (q.scale <= w.abs().amax(0) / 16256 * 1.001).all()
    assert torch.equal(backend.quantize(w).dense(), backend.quantize_rows(w).dense())


def test_a_column_of_zeros_stays_zero():
    assert not kernels.sums(bits(3, 4), integer_cpu.quantize(torch.zeros(4, 2))).any()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_not_hidden(bad, backend):
    w = weight(6, 3)
    w[2, 1] = bad
    q, rows = backend.quantize(w), backend.quantize_rows(w)
    zero = torch.zeros(1, 3)
    for sent in (kernels.sums(bits(9, 6), q), backend.gather(letters(9, 2, 3), rows)):
        found = kernels.dense(Sums(zero, sent, q.scale))
        assert not found[:, 1].isfinite().any()
        assert found[:, [0, 2]].isfinite().all()


# -- what is sent, by every route --


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("n", "sites", "colors", "m"), [(1, 1, 1, 1), (5, 1, 10, 33), (9, 13, 4, 1500), (4, 40, 21, 7)]
)
def test_letters_send_the_sum_of_their_rows(n, sites, colors, m, backend):
    x, q = letters(n, sites, colors), backend.quantize_rows(weight(sites * colors, m))
    rows = x.long() * sites + torch.arange(sites)
    assert torch.equal(backend.gather(x, q), q.rows[rows].sum(1, dtype=torch.int32))
    assert torch.equal(backend.gather(x.int(), q), backend.gather(x, q))


# -- draws at a field that is not summed up yet --


@pytest.mark.parametrize("rows", [1, 40])
def test_one_pass_draws_what_two_passes_draw(rows):
    """Numba and torch have the same field to the bit; draws at it may differ where a number is at its threshold."""
    x, three = field(40, 63, rows), field(40, 21 * 3, rows)
    assert torch.equal(integer_cpu.dense(x), integer_reference.dense(x))
    for slope, low in ((1.0, 0), (2.0, -1)):
        drawn = kernels.binary(x, slope, low, PLACE)
        assert drawn.dtype == torch.int8
        assert torch.equal(drawn, kernels.binary(kernels.dense(x), slope, low, PLACE))
        assert (drawn != integer_reference.binary(x, slope, low, PLACE)).float().mean() < 1e-3
    drawn = kernels.letters(three, 21, 3, PLACE)
    assert drawn.dtype == torch.uint8
    assert torch.equal(drawn, kernels.letters(kernels.dense(three), 21, 3, PLACE))
    assert (drawn != integer_reference.letters(three, 21, 3, PLACE)).float().mean() < 1e-3


def test_more_letters_than_a_byte_has_are_wider():
    for x in (field(3, 2 * 300), kernels.dense(field(3, 2 * 300))):
        assert kernels.letters(x, 2, 300, PLACE).dtype == torch.int32


# -- averages --


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_both_backends_have_the_same_digits_and_sums(low):
    x = low + (1 - low) * torch.rand(70, 33, generator=generator(0))
    x[0], x[1] = low, 1.0
    ours, plain = (b.digits(x, low, 16256 / (1 - low)) for b in BACKENDS)
    assert all(torch.equal(a, b) for a, b in zip(ours, plain))
    assert (low + (128.0 * ours[0] + ours[1]) * (1 - low) / 16256 - x).abs().max() <= 0.51 * (1 - low) / 16256
    assert torch.equal(*(b.column_sums(ours[0]) for b in BACKENDS))
    assert torch.equal(*(b.activation(bits(7, 9)) for b in BACKENDS))
    products = torch.randint(-(2**30), 2**30, (3, 5, 4), dtype=torch.int32, generator=generator(1))
    borders = tuple(torch.randn(k, dtype=torch.float64, generator=generator(k)) for k in (5, 4, 5, 4, 5, 4))
    found = [torch.empty(5, 4) for _ in BACKENDS]
    for backend, out in zip(BACKENDS, found):
        backend.combine(products, torch.tensor([1e-9, -3e-9, 2e-9], dtype=torch.float64), borders, out)
    assert torch.equal(*found)


UNITS = [sp.Bernoulli(6), sp.Spin(6), sp.Potts(2, 3), sp.Bernoulli(1), sp.Potts(1, 1)]


def values(units, n, mean, seed=0):
    x = 2 * torch.randn(n, units.size, generator=generator(seed))
    return units.mean(x) if mean else units.draw(x, Noise.of(seed).at(0, 0))


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("means", [(False, True), (True, False), (True, True), (False, False)], ids=str)
@pytest.mark.parametrize("a", UNITS, ids=str)
@pytest.mark.parametrize("b", UNITS, ids=str)
def test_averages_of_integers_are_those_of_the_numbers(a, b, means, centered):
    """Draws without an error; means with that of 15 bits, 3e-5 of their span."""
    terms = [(c, values(a, n, means[0], n), values(b, n, means[1], n + 1)) for c, n in ((2.0, 50), (-1.0, 31))]
    about = tuple(torch.rand(u.size, generator=generator(5)) for u in (a, b)) if centered else None
    like, wide = torch.empty(0), torch.empty(0, dtype=torch.float64)
    numbers = [(c, a.numbers(s, wide), b.numbers(t, wide)) for c, s, t in terms]
    want = correlate(
        sp.Gaussian(a.size), sp.Gaussian(b.size), numbers, about and tuple(x.double() for x in about), wide
    )
    taken = [Taken(c, len(s), {"a": Digits.of(a, s, like), "b": Digits.of(b, t, like)}, {}) for c, s, t in terms]
    found = Counted.of([("a", "b")], taken, ALONE.share(0), like).correlate(("a", "b"), about)
    torch.testing.assert_close(found, want.float(), rtol=0, atol=3e-4 if any(means) else 5e-7)


# -- of machines --


def large(precision="exact"):
    units = {"visible": sp.Bernoulli(200), "label": sp.Potts(1, 4)}
    machine = randomize(sp.rbm(sp.Bernoulli(300), **units), 0.1)
    machine.precision = precision
    return machine


def test_there_are_two_precisions():
    with pytest.raises(ValueError, match='precision is exact or float32, not "int8"'):
        sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4)).precision = "int8"


@pytest.mark.parametrize("hidden", [sp.Bernoulli(3), sp.Spin(3)], ids=str)
@pytest.mark.parametrize("visible", [sp.Bernoulli(4), sp.Spin(4), sp.Potts(2, 3)], ids=str)
@pytest.mark.parametrize("steps", [1, 16])
@torch.no_grad()
def test_chains_at_the_law_stay_there(visible, hidden, steps):
    machine, n = small(visible, hidden, 1.0), 40_000
    assert machine.is_exact
    p, every = torch.from_numpy(exact(machine).joint.ravel()), pairs_of(machine)
    i = torch.multinomial(p, n, True, generator=generator(steps))
    end = machine.advance(sp.State({}, {k: x[i] for k, x in every.items()}), Clamp({}), steps, Noise.of(steps))
    codes = code(visible, visible.unpack(end["visible"], machine.like)) * 3 + end["label"][:, 0]
    assert_drawn_from(histogram(codes, len(p))[None], p[None])


def test_the_same_noise_draws_the_same_units_but_at_thresholds():
    a, b = sp.run(large("float32"), 500, 1, seed=3), sp.run(large(), 500, 1, seed=3)
    assert 0 < (a["visible"] != b["visible"]).float().mean() < 0.01
    assert torch.equal(a["label"], b["label"]) or (a["label"] != b["label"]).float().mean() < 0.01


@pytest.mark.parametrize("change", ["threads", *(route.name for route in routes.CPU), "blocks", "rows"])
@torch.no_grad()
def test_training_generation_and_posteriors_have_the_same_bits(change, threads, monkeypatch):
    """For any number of threads, any route of products, and any size of blocks."""
    before = [life(machine, sp.FEF) for machine in sampled()]
    take = partial(monkeypatch.setattr, integer_products, "fastest")
    {
        "threads": lambda: threads(2),
        **{route.name: partial(take, lambda device, own=route: own) for route in routes.CPU},
        "blocks": lambda: monkeypatch.setattr(parallel, "BLOCK", parallel.TILE),
        "rows": lambda: monkeypatch.setattr(counted, "ROWS", 2 * parallel.TILE),
    }[change]()
    after = [life(machine, sp.FEF) for machine in sampled()]
    assert all(torch.equal(x, y) for a, b in zip(before, after, strict=True) for x, y in zip(a, b, strict=True))


def test_a_layer_that_is_known_in_part_or_shows_its_mean_acts_as_it_is():
    machine = sp.rbm(sp.Bernoulli(30), visible=sp.Bernoulli(20), label=sp.Potts(1, 3), sampled=("visible", "label"))
    grey = torch.full((5, 20), 0.3)
    grey[:, :4] = float("nan")
    for clamp, kinds in (
        (machine.hold({}), [Quantized, QuantizedRows, torch.Tensor, torch.Tensor]),
        (machine.hold({"visible": grey}), [torch.Tensor, QuantizedRows, torch.Tensor, torch.Tensor]),
    ):
        found = [w for k in ("hidden", "visible", "label") for _, w in machine.inputs(k, clamp)[1]]
        assert all(isinstance(w, kind) for w, kind in zip(found, kinds, strict=True))


def test_draws_are_bytes_within_a_chain_and_numbers_outside():
    machine, batch = large(), {"label": torch.zeros(20, 1, dtype=torch.int64)}
    clamp = machine.hold(batch)
    inside = machine.advance(machine.start(20, clamp, Noise.of(0)), clamp, 2, Noise.of(0))
    assert {k: inside[k].dtype for k in ("visible", "hidden")} == dict.fromkeys(("visible", "hidden"), torch.int8)
    outside = sp.run(machine, 20, 2, batch, seed=0)
    assert {k: x.dtype for k, x in outside.value.items()} == {
        "visible": torch.float32, "hidden": torch.float32, "label": torch.int32}  # fmt: skip
    assert_same({k: inside[k].float() for k in ("visible", "hidden")}, {k: outside[k] for k in ("visible", "hidden")})


def test_a_machine_in_double_precision_computes_in_double_precision():
    assert not large().double().is_exact


def test_draws_of_other_units_are_averaged_as_numbers():
    """Units of one's own may draw whole numbers of any dtype."""

    class ThreeValued(sp.Spin):
        values = (-1.0, 0.0, 1.0)

    units, value = ThreeValued(2), torch.tensor([[-1, 0], [0, 1], [1, 1]], dtype=torch.int8)
    digits, like = Digits.of(units, value, torch.empty(0)), torch.empty(0)
    found = digits.mean(digits.total(like), len(value)).float()
    torch.testing.assert_close(found, torch.tensor([0.0, 2 / 3]), rtol=0, atol=1e-4)
    del KINDS["ThreeValued"]


def test_averages_of_more_chains_than_a_product_sums_are_the_same(monkeypatch):
    before = life(large(), sp.FEF)
    monkeypatch.setattr(digits, "CHAINS", 40)
    after = life(large(), sp.FEF)
    assert all(torch.equal(x, y) for x, y in zip(before, after, strict=True))
