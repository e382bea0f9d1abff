"""Integer products: every route of every device gives the same integers, and a clock chooses among those that do."""

from __future__ import annotations

import dataclasses
from functools import cache
from itertools import islice, pairwise, product

import pytest
import torch

import spinodal as sp
from spinodal.machines.kernels import bit_tables, integer_cpu, integer_products, register_tables
from spinodal.machines.kernels.bit_tables import InCache
from spinodal.machines.kernels.integer_products import (
    BFLOAT16,
    BYTES,
    CPU,
    DEVICE,
    DOUBLE,
    REGISTERS,
    SIGNED,
    SINGLE,
    TABLES,
    Route,
    fastest,
)
from spinodal.machines.kernels.quantized import LANES, MOST, Form, Quantized, Strips
from spinodal.machines.kernels.register_tables import InRegisters
from spinodal.machines.kernels.sparse_bits import Ones

from . import routes
from .elsewhere import Elsewhere
from .laws import generator
from .strict import life, sampled

HERE = torch.device("cpu")
NAMES = {sp.FEF: "fef", sp.FEF_CHAIN: "fef-chain", sp.PCD: "pcd"}
SIZES = [(1, 1, 1), (1, 40, 24), (3, 5, 2), (16, 8, 8), (17, 65, 33), (300, 784, 200), (2, 2500, 5), (3, 130_000, 2)]
each_route = pytest.mark.parametrize("route", [*routes.CPU, *DEVICE], ids=lambda route: route.name)


@pytest.fixture(autouse=True)
def _as_on_cuda(monkeypatch):
    """Products of torch that only CUDA has, and of signed bytes what CUDA takes of them, in torch 2.13.0.

    `_int_mm_out_cuda` in its ATen/native/cuda/Blas.cpp takes int8, more than 16 rows, and sizes of multiples of 8.
    """
    ours, mm = torch._int_mm, torch.mm

    def bytes_of_cuda(x, w, out=None):
        if x.dtype == torch.int8:
            assert len(x) > 16
            assert all(size > 0 and size % 8 == 0 for size in (*x.shape[1:], *w.shape))
            assert x.is_contiguous()
            assert w.t().is_contiguous()
        return ours(x, w) if out is None else ours(x, w, out=out)

    def widened(x, w, out_dtype=None):
        return mm(x, w) if out_dtype is None else mm(x.to(out_dtype), w.to(out_dtype))

    monkeypatch.setattr(torch, "_int_mm", bytes_of_cuda)
    monkeypatch.setattr(torch, "mm", widened)


def whole(x, w):
    return (x.double() @ w.double()).to(torch.int32)


def weight(k, m, low=0):
    """Integers as `quantize` has them, with both ends."""
    integers = torch.randint(-16256, 16257, (k, m), generator=generator(0))
    integers[:, 0], integers[::2, -1] = 16256, -16256
    return Quantized(Strips.of(integers), torch.ones(m), low)


@each_route
@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_sums_are_those_of_the_integers(n, k, m, low, route):
    q, s = weight(k, m, low), torch.where(torch.rand(n, k, generator=generator(1)) < 0.5, 1, low).to(torch.int8)
    s[0] = 1
    for activation in (integer_products.activation, integer_cpu.activation):
        for own in (s, s.float()):
            found = route.sums(own, q, activation)
            assert found.dtype == torch.int32
            assert torch.equal(found, whole(s, q.integers))
    assert torch.equal(q.totals, whole(torch.ones(1, k), q.integers)[0])


@each_route
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_products_of_bytes_are_exact_for_any_strides(n, k, m, route):
    """A matrix of one row or column is contiguous, and its strides are anything."""
    x = torch.randint(0, 129, (n, k), generator=generator(0)).to(torch.uint8)
    w = torch.randint(-128, 128, (k, m), generator=generator(1)).to(torch.int8)
    x[0], w[:, 0] = 128, -128
    out = torch.empty(3, n, m, dtype=torch.int32)
    for left in (x, x.t().contiguous().t()):
        for right in (w, w.t().contiguous().t()):
            assert torch.equal(route.product(left, right), whole(x, w))
            assert torch.equal(route.product(left, right, out[1]), whole(x, w))
            assert torch.equal(out[1], whole(x, w))


@pytest.mark.parametrize("route", [SINGLE, DOUBLE], ids=lambda route: route.name)
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_routes_of_numbers_take_15_bits(n, k, m, route):
    assert route.form is Form.WHOLE
    bits = (torch.rand(n, k, generator=generator(0)) < 0.6).to(torch.int8)
    numbers = torch.randint(-16256, 16257, (k, m), generator=generator(1)).to(route.dtype)
    bits[0], numbers[:, 0] = 1, 16256
    out = torch.empty(3, n, m, dtype=torch.int32)
    for left in (bits, bits.t().contiguous().t()):
        for right in (numbers, numbers.t().contiguous().t()):
            assert torch.equal(route.product(left, right), whole(bits, numbers))
            assert torch.equal(route.product(left, right, out[1]), whole(bits, numbers))
            assert torch.equal(route.product(right.t(), left.t(), out[2].view(m, n)), whole(numbers.t(), bits.t()))
            assert torch.equal(out[1].t(), out[2].view(m, n))


@each_route
def test_as_many_units_may_send_as_32_bits_have_room_for(route):
    q = Quantized(Strips.of(torch.full((MOST, 1), 16256)), torch.ones(1))
    assert route.sums(torch.ones(2, MOST, dtype=torch.int8), q).tolist() == [[MOST * 16256]] * 2


# -- integers in strips --


@pytest.mark.parametrize(("k", "m"), [(1, 1), (3, 31), (5, 32), (7, 33), (2, 100)])
def test_strips_have_the_matrix_and_zeros_beside_it(k, m):
    matrix = torch.randint(-16256, 16257, (k, m), generator=generator(0)).to(torch.int16)
    for own in (matrix, matrix.t().contiguous().t()):
        strips = Strips.of(own)
        assert torch.equal(strips.matrix, matrix)
        assert strips.shape == (k, m)
        assert strips.data.sum() == matrix.sum()
        for start in range(0, m, LANES):
            assert torch.equal(strips[start : start + 40].matrix, matrix[:, start : start + 40])


@pytest.mark.parametrize("size", [4, 5])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_tables_of_any_size_have_the_sums_of_a_product(n, k, m, share, size, monkeypatch):
    monkeypatch.setattr(bit_tables, "SIZE", size)
    bits = (torch.rand(n, k, generator=generator(0)) < share).to(torch.int8)
    numbers = torch.randint(-16256, 16257, (k, m), generator=generator(1)).to(torch.int16)
    numbers[:, 0] = 16256
    strips, out = Strips.of(numbers), torch.empty(3, n, m, dtype=torch.int32)
    kinds = [InCache] + [InRegisters] * (routes.HAS_AVX512 and size == 5)
    for own, kind in product((bits, bits.t().contiguous().t(), bits == 1), kinds):
        looked_up = kind.of(own)
        assert torch.equal(looked_up.sums(strips), whole(bits, numbers))
        assert torch.equal(looked_up.sums(strips, out[1]), whole(bits, numbers))
        assert torch.equal(out[1], whole(bits, numbers))
        for rows in (slice(1, 3), slice(n - 1, n), slice(n // 2, n)):
            assert torch.equal(integer_products.product(looked_up[rows], strips), whole(bits, numbers)[rows])
        turned = integer_products.product(strips, looked_up, torch.empty(m, n, dtype=torch.int32))
        assert torch.equal(turned, whole(bits, numbers).t())


def test_five_bits_look_up_a_sum_where_their_tables_fit_the_cache(monkeypatch):
    for size, bits in ((32768, 4), (49152, 5), (0, 4)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda size=size: {"l1d_cache_size": size}, raising=False)
        assert bit_tables.bits_of_cache() == bits
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert bit_tables.bits_of_cache() == 4


# -- lists of ones --


@pytest.mark.parametrize("share", [0.0, 0.05, 0.6, 1.0])
@pytest.mark.parametrize(("n", "k", "m"), SIZES)
def test_the_integers_at_ones_are_summed_as_by_a_product(n, k, m, share):
    bits = (torch.rand(n, k, generator=generator(0)) < share).to(torch.int8)
    numbers = torch.randint(-16256, 16257, (k, m), generator=generator(1)).to(torch.int16)
    numbers[:, 0] = 16256
    strips, out = Strips.of(numbers), torch.empty(3, n, m, dtype=torch.int32)
    for own in (bits, bits.t().contiguous().t(), bits.t().contiguous().t().repeat(2, 1)[::2][:n]):
        wanted = whole(own, numbers)
        ones = Ones.of(own, 1.0)
        assert torch.equal(ones.sums(strips), wanted)
        assert torch.equal(ones.sums(strips, out[1]), wanted)
        assert torch.equal(out[1], wanted)
        assert torch.equal(integer_products.product(ones[1:3], strips), wanted[1:3])
    assert torch.equal(Ones.of(2 * bits - 1, 1.0).sums(strips), whole(bits, numbers))


@pytest.mark.parametrize("turned", [False, True])
def test_only_few_ones_are_listed(turned):
    bits = torch.zeros(20, 50, dtype=torch.int8)
    bits[3, :30], bits[19, :20] = 1, 1
    own = bits.t() if turned else bits
    assert Ones.of(own, 0.049) is None
    ones = Ones.of(own, 0.05)
    listed = [(row, int(place)) for row, (a, b) in enumerate(pairwise(ones.begins)) for place in ones.places[a:b]]
    assert listed == [tuple(x) for x in own.nonzero().tolist()]


@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize("share", [0.04, 0.5])
def test_what_few_units_send_is_what_a_route_says(share, low, monkeypatch):
    q, s = weight(70, 20, low), torch.where(torch.rand(90, 70, generator=generator(1)) < share, 1, low).to(torch.int8)
    monkeypatch.setattr(integer_products, "_costs_of_ones", lambda device: (100.0, 5.0))  # 20 columns: a tenth
    assert (integer_products.few_ones(s, 20) is None) is (share == 0.5)
    assert torch.equal(integer_products.sums(s, q), SINGLE.sums(s, q))


@torch.no_grad()
@pytest.mark.parametrize("protocol", [sp.FEF, sp.PCD], ids=NAMES.get)
@pytest.mark.parametrize("costs", [None, (0.0, 1.0)])
def test_a_training_has_the_same_bits_with_lists_and_without(costs, protocol, monkeypatch):
    before = lives(protocol)
    monkeypatch.setattr(integer_products, "_costs_of_ones", lambda device: costs)
    assert all(torch.equal(x, y) for x, y in zip(before, lives.__wrapped__(protocol), strict=True))


def test_a_clock_says_how_few_ones_are_listed(monkeypatch):
    seconds = iter([1.0, 2.0])
    monkeypatch.setattr(integer_products, "_shortest", lambda work: next(seconds) if len(work()) else 0.0)
    monkeypatch.setattr(integer_products, "_seconds", lambda route, device: 64.0)
    listing, adding = integer_products._costs_of_ones.__wrapped__(HERE)
    assert listing == integer_products.PROBE[2] / 2 * adding  # 1 s for all ones, and 2 s for all columns of them
    assert 0.4 < adding < 0.6  # one bit in sixteen takes 1/32 of the time of the product of all


def test_other_devices_and_real_numbers_have_no_list():
    assert integer_products._costs_of_ones(torch.device("meta")) is None
    assert integer_products.few_ones(torch.zeros(3, 4), 5) is None
    assert integer_products.few_ones(torch.zeros(3, 4, dtype=torch.int8, device="meta"), 5) is None


# -- the choice --


@each_route
def test_a_probe_finds_every_route_right(route):
    assert integer_products.is_right(route, HERE)
    assert integer_products._seconds(route, HERE) > 0


def wrong(x, w, largest, out):
    found = SINGLE.multiply(x, w, largest, out)
    found[-1, -1] += 1
    return found


def rounded(x, w, largest, out):
    """Sums that are kept in 16 bits."""
    return (x.float() @ w.float()).bfloat16().to(torch.int32)


def missing(x, w, largest, out):
    raise RuntimeError("there is none")


@pytest.mark.parametrize("form", Form, ids=lambda form: form.name)
@pytest.mark.parametrize("multiply", [wrong, rounded, missing])
def test_a_route_that_is_wrong_or_missing_is_not_taken(multiply, form, monkeypatch):
    broken = dataclasses.replace(SINGLE, name="broken", multiply=multiply, form=form)
    monkeypatch.setattr(integer_products, "CPU", (broken, SINGLE))
    monkeypatch.setattr(integer_products, "_seconds", lambda route, device: 0 if route is broken else 1)
    assert not integer_products.is_right(broken, HERE)
    assert fastest.__wrapped__(HERE) is SINGLE


@pytest.mark.parametrize("name", ["_int_mm", "mm"])
def test_a_torch_without_a_product_has_the_others(name, monkeypatch):
    """Older ones have no product of bytes, or none of bfloat16 with a wider result."""
    monkeypatch.delattr(torch, name)
    assert not integer_products.is_right({"_int_mm": SIGNED, "mm": BFLOAT16}[name], HERE)
    assert fastest.__wrapped__(HERE) in ((TABLES, REGISTERS, SINGLE) if name == "_int_mm" else CPU)


def test_a_processor_without_avx_512_has_no_tables_in_registers(monkeypatch):
    monkeypatch.setattr(register_tables, "is_here", lambda: False)
    with pytest.raises(NotImplementedError, match="AVX-512"):
        InRegisters.of(torch.ones(3, 4, dtype=torch.int8))
    assert not integer_products.is_right(REGISTERS, HERE)
    assert fastest.__wrapped__(HERE) in (BYTES, TABLES, SINGLE)


@pytest.mark.parametrize("first", [0, 1])
def test_a_clock_chooses_among_the_right_ones(first, monkeypatch):
    monkeypatch.setattr(integer_products, "_seconds", lambda route, device: CPU.index(route) != first)
    assert fastest.__wrapped__(HERE) is CPU[first]


def test_a_device_without_numbers_takes_the_route_that_is_right_everywhere():
    assert fastest(torch.device("meta")) is DOUBLE


# -- a machine on a device --


@cache
def lives(protocol, device="cpu"):
    return [x for machine in islice(sampled(), 2) for x in life(machine, protocol, device)]  # the third is large


@pytest.mark.parametrize(
    ("route", "protocol"),
    [*((route, sp.FEF) for route in DEVICE), (SIGNED, sp.FEF_CHAIN), (SIGNED, sp.PCD)],
    ids=lambda x: x.name if isinstance(x, Route) else NAMES[x],
)
@torch.no_grad()
def test_a_machine_on_a_device_has_the_bits_of_the_cpu(route, protocol, monkeypatch):
    """Training, generation and posteriors, by each route; no tensor of the CPU meets one of the device."""
    before = lives(protocol)
    monkeypatch.setattr(integer_products, "fastest", lambda device: route)
    with Elsewhere():
        after = lives.__wrapped__(protocol, "meta")
    assert all(torch.equal(x, y) for x, y in zip(before, after, strict=True))


def test_a_probe_chooses_among_the_routes_of_a_device():
    with Elsewhere() as there:
        assert fastest.__wrapped__(torch.device("meta")) in DEVICE
    assert there.read["_local_scalar_dense"] in range(
        2 * len(DEVICE), 7 * len(DEVICE) + 1
    )  # it waits for each time that it takes


@torch.no_grad()
def test_an_update_reads_few_numbers_back(monkeypatch):
    """What is not known, what can't be, and what is not finite: a number each, and none for a step of a chain."""
    monkeypatch.setattr(integer_products, "fastest", lambda device: DOUBLE)
    read = []
    for steps in (1, 7):
        machine = sp.rbm(sp.Bernoulli(33), visible=sp.Bernoulli(17), label=sp.Potts(1, 3))
        batch = {"visible": torch.ones(40, 17), "label": torch.zeros(40, 1, dtype=torch.int32)}
        with Elsewhere() as there:
            training = sp.fit(machine.to("meta"), [batch, batch], steps=steps)
            next(training)
            there.read.clear()
            next(training)
        read.append(there.read.total())
    assert read[0] == read[1] < 30
