"""Kernels: every backend gives the same bits, and is as accurate as it says."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from numba import njit

import spinodal as sp
from spinodal import Noise
from spinodal.machines import kernels
from spinodal.machines.kernels import cpu, elementary, integer_products, products, reference
from spinodal.machines.kernels import cpu_elementary as fast

from .laws import Z, assert_drawn_from, drawn_rows, generator, histogram, small
from .strict import KERNELS, PLACE, SHAPES, arguments, numbers

SHAPES = [*SHAPES, (400, 784)]


def fields(n, m, scale=3.0, seed=0):
    return scale * torch.randn(n, m, generator=generator(seed))


# -- numba = reference, bit by bit --


@pytest.mark.parametrize(("n", "m"), [*SHAPES, (5, 2), (5, 5), (2, 9000)])
@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize("most", [0.1, 8.0, 300.0])
@torch.no_grad()
def test_backends_give_the_same_bits(kernel, n, m, most):
    ours, theirs = (kernel(backend, *arguments(n, m, most)) for backend in (cpu, reference))
    for a, b in zip(*((x,) if isinstance(x, torch.Tensor) else x for x in (ours, theirs)), strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)
        assert a.isfinite().all()


def test_no_compiler_may_reorder_or_fuse():
    compiled = [x for module in (cpu, fast) for x in vars(module).values() if hasattr(x, "targetoptions")]
    assert {cpu._binary, fast.exp} <= set(compiled)
    assert not any(x.targetoptions.get("fastmath") for x in compiled)
    assert njit(fastmath=True)(lambda: 0).targetoptions["fastmath"]


# -- the random numbers --


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [  # Random123's kat_vectors, philox4x32 with 10 rounds
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_known_answers(counter, key, answer):
    words = reference.philox([torch.tensor([c]) for c in counter], *key)
    assert tuple(int(w) for w in words) == answer
    assert tuple(int(w) for w in fast.philox(*map(np.uint32, counter + key))) == answer


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_uniform_numbers_are_the_same_in_double_precision(n, m):
    like = torch.empty(0)
    assert torch.equal(cpu.uniform(n, m, PLACE, like).double(), reference.uniform(n, m, PLACE, like.double()))


def test_uniform_never_reaches_its_ends(monkeypatch):
    assert 0 < fast.unit(np.uint32(0)) < fast.unit(np.uint32(2**32 - 1)) < 1
    for word in (0, 2**32 - 1):
        monkeypatch.setattr(reference, "philox", lambda counter, *key, word=word: [torch.full((1, 1), word)] * 4)
        assert reference.uniform(1, 4, PLACE, torch.empty(0)).min() > 0
        assert reference.uniform(1, 4, PLACE, torch.empty(0)).max() < 1


def test_uniform_is_flat():
    counts = histogram((reference.uniform(1000, 100, PLACE, torch.empty(0)) * 64).long().flatten(), 64)
    assert_drawn_from(counts[None], torch.full((1, 64), 1 / 64))


@pytest.mark.parametrize(("n", "m"), [*SHAPES, (5, 2), (5, 5)])
def test_normal_numbers_are_those_of_double_precision_but_for_rounding(n, m):
    ours, like = cpu.normal(n, m, PLACE, torch.empty(0)), torch.empty(0, dtype=torch.float64)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours.double(), reference.normal(n, m, PLACE, like), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("n", "m"), [*SHAPES, (5, 2), (5, 5)])
def test_gaussian_numbers_are_normal_ones_about_a_field(n, m):
    x = fields(n, m, 30.0)
    ours = cpu.gaussian(x, PLACE)
    assert torch.equal(ours, x + cpu.normal(n, m, PLACE, x))
    torch.testing.assert_close(ours.double(), reference.gaussian(x.double(), PLACE), rtol=1e-7, atol=2e-6)


@pytest.mark.parametrize("word", [0, 2**32 - 1, 2**29, 2**30, 2**31, 3 * 2**30, 12_345_678])
def test_what_normal_numbers_are_made_of(word):
    u = np.float32(fast.unit(np.uint32(word)))
    exact, turn = np.float64(u), 2 * np.pi * np.float64(u)
    assert abs(fast.log(u) - np.log(exact)) <= 1e-7 * abs(np.log(exact))
    np.testing.assert_allclose(fast.cos_sin(u), (np.cos(turn), np.sin(turn)), rtol=0, atol=3e-7)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_moments_of_normal(dtype):
    n, m = 1000, 1001
    like = torch.empty(0, dtype=dtype)
    x = kernels.of(like).normal(n, m, PLACE, like)
    assert (x.shape, x.dtype) == ((n, m), dtype)
    x = x.double()
    for power, moment in enumerate([0, 1, 0, 3], 1):
        spread = {1: 1, 2: 2, 3: 15, 4: 96}[power] ** 0.5  # the moments' own standard deviations
        assert abs(float((x**power).mean()) - moment) < Z * spread / (n * m) ** 0.5


# -- draws and means --


@pytest.mark.parametrize("backend", [cpu, reference])
def test_what_has_no_probability_is_never_drawn(backend):
    n, colors = 2000, 6
    x = torch.full((n, 2 * colors), -1e30)
    x[:, 4:8] = 0.0  # two sites; only colors 2 and 3 are possible
    assert set(backend.letters(x, 2, colors, PLACE).unique().tolist()) == {2, 3}
    assert (backend.binary(torch.full((n, 3), 87.0), 1.0, 0.0, PLACE) == 1).all()
    assert (backend.binary(torch.full((n, 3), -87.0), 1.0, 0.0, PLACE) == 0).all()


def test_the_largest_number_draws_a_letter_that_exists(monkeypatch):
    words = [torch.full((1, 1), 2**32 - 1)] * 4
    monkeypatch.setattr(reference, "philox", lambda *_: words)
    x = torch.tensor([[0.0, 1.0, 2.0, -1e30]])
    assert reference.letters(x, 1, 4, PLACE).item() == 2
    sums = np.empty(4, np.float32)
    assert cpu._choose(x[0].numpy(), fast.unit(np.uint32(2**32 - 1)), sums) == 2


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_means_to_5e_7(name):
    x = torch.cat([fields(100, 1001), torch.linspace(-100, 100, 1001)[None], torch.zeros(1, 1001)])
    before = x.clone()
    for backend in (cpu, reference):
        mean = getattr(backend, name)(x)
        assert float((mean.double() - getattr(x.double(), name)()).abs().max()) <= 5e-7
    assert torch.equal(x, before)


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_follow_tanh_moves_the_potential_and_shows_its_tanh(rate):
    x, field = fields(30, 101), fields(30, 101, seed=1)
    moved = x + rate * (field - x)
    for backend in (cpu, reference):
        potential, shown = x.clone(), field.clone()
        assert backend.relax_tanh(potential, shown, rate) is shown
        torch.testing.assert_close(potential, moved, rtol=0, atol=2e-6)
        torch.testing.assert_close(shown, moved.tanh(), rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    "kernel",
    ["uniform", "binary", "letters", "softmax", "tanh", "sigmoid", "follow", "normal", "gaussian", "fused_label_chain"],
)
def test_rows_dont_know_how_they_are_cut(kernel):
    n, m = 37, 3 * 67
    noise, x = Noise.of(3), fields(37, m)
    weight, bias = fields(5, m, seed=1), fields(1, 5)[0]

    def work(i, j):
        place, part = noise.below(i).at(2, 1), x[i:j]
        return {
            "uniform": lambda: cpu.uniform(j - i, m, place, x),
            "binary": lambda: cpu.binary(part, 1.0, 0.0, place),
            "letters": lambda: cpu.letters(part, 67, 3, place),
            "tanh": lambda: cpu.tanh(part),
            "softmax": lambda: cpu.softmax(part, 67, 3),
            "sigmoid": lambda: cpu.sigmoid(part),
            "follow": lambda: cpu.relax_tanh(part.clone(), part.flip(1), 0.3),
            "normal": lambda: cpu.normal(j - i, m, place, x),
            "gaussian": lambda: cpu.gaussian(part, place),
            "fused_label_chain": lambda: cpu.fused_label_chain(
                part, bias, weight, weight.t(), 4, (place, place), torch.zeros(j - i, 1, dtype=torch.int32)
            )[2],
        }[kernel]()

    parts = [work(i, j) for i, j in [(0, 1), (1, 2), (2, 19), (19, n)]]
    assert torch.equal(torch.cat(parts), work(0, n))


@pytest.mark.parametrize(("sites", "colors"), [(1, 2), (1, 10), (53, 21)])
def test_softmax_to_5e_7(sites, colors):
    x = fields(40, sites * colors, 4.0)
    x[:, :sites] = -1e30
    want = x.double().unflatten(1, (colors, sites)).softmax(1).flatten(1)
    for backend in (cpu, reference):
        assert float((backend.softmax(x, sites, colors).double() - want).abs().max()) <= 5e-7


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 255), (2, 256), (7, 600)])
@pytest.mark.parametrize(("planes", "words"), [(1, 1), (1, 13), (3, 2), (5, 7)])
def test_differences_are_equal(n, m, planes, words):
    x, y = (torch.randint(-(2**63), 2**63 - 1, (k, planes, words), generator=generator(k)) for k in (n, m))
    y[-1] = ~x[0]  # every bit differs
    found, want = torch.empty(n, m), torch.empty(n, m)
    cpu.differences(x, y, found)
    reference.differences(x, y, want)
    assert torch.equal(found, want)
    assert found[0, -1] == 64 * words


def test_kernels_leave_what_they_read_alone():
    x, letters = fields(9, 12), torch.zeros(9, 1, dtype=torch.int32)
    before = x.clone()
    cpu.binary(x.T, 1.0, 0.0, PLACE)  # not contiguous
    cpu.letters(x, 4, 3, PLACE)
    cpu.gaussian(x.T, PLACE)
    reference.gaussian(x, PLACE)
    cpu.tanh(x)
    cpu.fused_label_chain(x, torch.zeros(3), fields(3, 12), fields(12, 3), 5, (PLACE, PLACE), letters)
    assert torch.equal(x, before)
    assert (letters == 0).all()


def test_single_precision_on_a_cpu_is_fused():
    assert kernels.of(torch.empty(0)) is cpu
    assert kernels.of(torch.empty(0, dtype=torch.float64)) is reference
    assert kernels.of(torch.empty(0, device="meta")) is reference


# -- sums --

BACKENDS = pytest.mark.parametrize("backend", [cpu, reference])


@BACKENDS
@pytest.mark.parametrize("most", [1e-3, 5.0, 54.0, 1e4])
@pytest.mark.parametrize(("low", "field"), [(0.0, 32.0), (0.0, 1.0), (-1.0, 16.0)])
@pytest.mark.parametrize("m", [1, 7, 100, 1024, 20_000])
def test_log_partitions_to_1e_7(backend, most, low, field, m):
    x, fields = numbers(3, m, most), numbers(4, m, field, seed=1)
    x[0] = most  # all factors are as large as they get
    fields[0] = field
    want = reference.log_partitions(x.double(), fields.double(), low)
    found = backend.log_partitions(x, fields, low).double()
    assert ((found - want).abs() <= 1e-7 * want.abs() + 3e-10 * m).all()


@pytest.mark.parametrize("low", [0.0, -1.0])
@torch.no_grad()
def test_log_partitions_at_fields_of_any_size(low):
    x, fields = numbers(20, 50, 300.0), numbers(3, 50, 300.0, seed=1)
    want = reference.log_partitions(x.double(), fields.double(), low)
    torch.testing.assert_close(kernels.log_partitions(x, fields, low).double(), want, rtol=1e-7, atol=1e-7)
    for bad in (torch.nan, torch.inf):
        fields[1, 3], x[2, 4] = bad, torch.nan
        found = kernels.log_partitions(x, fields, low).isfinite()
        assert not found[:, 1].any()
        assert not found[2].any()
        assert found[:2, [0, 2]].all()


@BACKENDS
@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 100), (300, 41)])
def test_weighted_sums_are_exact_in_any_order(backend, n, m):
    w, left, right = numbers(n, m, 3.0), numbers(1, n, 1.0)[0], numbers(1, m, 1e-4)[0]
    rows, columns = backend.weighted_sums(w, left, right)
    torch.testing.assert_close(rows.double(), w.double() @ right.double(), rtol=1e-7, atol=3e-4 * m * 2**-40)
    torch.testing.assert_close(columns.double(), left.double() @ w.double(), rtol=1e-7, atol=3 * n * 2**-40)
    i, j = torch.randperm(n, generator=generator()), torch.randperm(m, generator=generator())
    again = backend.weighted_sums(w[i][:, j], left[i], right[j])
    assert torch.equal(again[0], rows[i])
    assert torch.equal(again[1], columns[j])


@BACKENDS
@pytest.mark.parametrize(("n", "m", "k"), [(1, 1, 1), (7, 100, 0), (300, 41, 5)])
def test_combinations_are_weighted_sums_and_their_products_are_subtracted(backend, n, m, k):
    w, left = numbers(n, m, 3.0), numbers(k, n, 1.0, seed=1)
    found = backend.combinations(w, left)
    assert found.shape == (k, m)
    assert all(torch.equal(own, backend.weighted_sums(w, row, torch.zeros(m))[1]) for own, row in zip(found, left))
    rest = backend.subtract_products(w, left, found)
    torch.testing.assert_close(rest.double(), w.double() - left.double().T @ found.double(), rtol=1e-5, atol=1e-3)
    assert torch.equal(rest, reference.subtract_products(w, left, found))


@BACKENDS
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
@pytest.mark.parametrize("where", range(3))
def test_weighted_sums_hide_nothing(backend, bad, where):
    arguments = [numbers(3, 5, 1.0), torch.ones(3), torch.ones(5)]
    arguments[where].view(-1)[1] = bad
    rows, columns = backend.weighted_sums(*arguments)
    assert not (rows.isfinite().all() and columns.isfinite().all())


def test_weighted_sums_of_nothing_are_0():
    for backend in (cpu, reference):
        for x in backend.weighted_sums(torch.zeros(3, 5), torch.zeros(3), torch.zeros(5)):
            assert (x == 0).all()


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softmax"])
@BACKENDS
def test_means_hide_no_nan(backend, name):
    x = numbers(4, 9, 3.0)
    x[1, 2] = torch.nan
    found = getattr(backend, name)(x, *((1, 9) if name == "softmax" else ())).isnan()
    assert found[1, 2]
    assert not found[[0, 2, 3]].any()


@pytest.mark.parametrize("most", [0.5, 86.0])
def test_functions_of_double_precision(most):
    x = numbers(100, 100, most).double()
    torch.testing.assert_close(elementary.exp_double(x), x.exp(), rtol=6e-11, atol=0)
    torch.testing.assert_close(elementary.log_double(x.exp()), x.exp().log(), rtol=1e-15, atol=1e-16)
    ends = torch.tensor([0.0, -1.0, torch.nan, torch.inf], dtype=torch.float64)
    torch.testing.assert_close(elementary.log_double(ends), ends.log(), equal_nan=True)


# -- products --


each_route = pytest.mark.parametrize("way", products.ROUTES)


@each_route
@pytest.mark.parametrize("n", [1, 2, 7, 64, 100])
@pytest.mark.parametrize("onto", [None, "a row for all", "a row each"])
@pytest.mark.parametrize("wide", [products.WIDE, 4])
def test_a_product_adds_onto(way, n, onto, wide, monkeypatch):
    monkeypatch.setattr(products, "WIDE", wide)
    x, w = fields(n, 30, 1.0), fields(30, 11, 1.0, seed=1)
    add = {None: None, "a row for all": fields(1, 11)[0], "a row each": fields(n, 11)}[onto]
    want = (x.double() @ w.double() + (0 if add is None else add.double())).float()
    before = None if add is None else add.clone()
    for grad in (False, True):
        with torch.set_grad_enabled(grad), products.taking(way):
            torch.testing.assert_close(products.product(x, w, add), want, rtol=0, atol=1e-4)
            torch.testing.assert_close(products.product(x, w.T.contiguous().T, add), want, rtol=0, atol=1e-4)
    assert add is None or torch.equal(add, before)


@each_route
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("k", "m"), [(784, 1024), (540, 1000), (10, 300), (2000, 17), (5, 6)])
@torch.no_grad()
def test_a_row_has_the_same_bits_among_any_rows_on_any_threads(way, turned, k, m, threads):
    x, w = fields(333, k, 1.0), fields(m, k, 1.0, seed=1).T if turned else fields(k, m, 1.0, seed=1)
    with products.taking(way):
        whole = products.product(x, w)
        for start, stop in ((0, 1), (0, 2), (0, 63), (0, 200), (64, 65), (64, 333), (256, 333), (320, 333)):
            assert torch.equal(products.product(x[start:stop], w), whole[start:stop])
        threads(2)
        assert torch.equal(products.product(x, w), whole)
        assert torch.get_num_threads() == 2


def test_the_route_can_be_chosen(monkeypatch):
    monkeypatch.setattr(products, "_is_sound", lambda: True)
    for wish, chosen in {"torch": "torch", "onednn": "onednn", "": "onednn"}.items():
        monkeypatch.setenv("SPINODAL_PRODUCTS", wish)
        assert products.route() == chosen
        for asked in products.ROUTES:
            with products.taking(asked):
                assert products.route() == asked
        assert products.route() == chosen
    monkeypatch.setenv("SPINODAL_PRODUCTS", "fastest")
    with pytest.raises(ValueError, match='SPINODAL_PRODUCTS is "fastest": it takes "onednn", "torch", or nothing'):
        products.route()


def broken(*_):
    raise RuntimeError("no such operator")


@pytest.mark.parametrize("bad", [broken, lambda x, w, bias: x @ w + 0.01])
@pytest.mark.parametrize("wish", ["", "onednn"])
def test_a_missing_or_inaccurate_onednn_is_not_taken(bad, wish, monkeypatch):
    monkeypatch.setenv("SPINODAL_PRODUCTS", wish)
    monkeypatch.setattr(products, "_onednn", bad)
    monkeypatch.setattr(products, "_is_sound", products._is_sound.__wrapped__)
    assert products.route() == "torch"


def test_probes_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    products._is_sound.__wrapped__()
    integer_products.fastest.__wrapped__(torch.device("cpu"))
    assert torch.equal(torch.get_rng_state(), before)


# -- without numba --


def sample():
    machine = small(sp.Potts(5, 3), sp.Bernoulli(6))
    state = sp.run(machine, 200, 10, {"label": drawn_rows(machine, 200)["label"]}, seed=1)
    guess = sp.run(machine, 200, 10, {"visible": state["visible"]}, seed=1)
    return state["visible"].numpy().tobytes() + guess["label"].numpy().tobytes()


def test_without_numba_the_kernels_are_the_reference(monkeypatch):
    monkeypatch.setitem(sys.modules, "spinodal.machines.kernels.cpu", None)
    monkeypatch.delattr(kernels, "cpu")
    spec = importlib.util.find_spec("spinodal.machines.kernels")
    bare = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bare)
    assert bare.fused is reference


def test_without_numba_the_sample_is_the_same(monkeypatch):
    fused = sample()
    monkeypatch.setattr(kernels, "fused", reference)
    assert sample() == fused


FIRST = """
import sys
import numpy
import torch
import spinodal.machines.kernels
torch.set_num_threads(2)
x = torch.from_numpy(numpy.random.default_rng(0).random((4578, 40), dtype="float32")).chunk(2, 1)[0]
sys.exit(not torch.equal(torch.cos(x), torch.cos(x)))
"""


@pytest.mark.platform
def test_the_first_operation_of_a_process_gives_the_same_bits_by_two_threads():
    """Without the operation that the kernels start with, half of the processes differ whose idle threads spin."""
    spinning = {k: x for k, x in os.environ.items() if k != "OMP_WAIT_POLICY"}
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", FIRST], env=spinning).returncode == 0


BLOCKED = """
import hashlib, sys
sys.modules["numba"] = None
import tests.conftest
from spinodal import Noise, run, rbm, Bernoulli
from spinodal.machines import kernels
assert kernels.fused is kernels.reference
shown = run(rbm(Bernoulli(5), std=0.5, visible=Bernoulli(7)), 90, 9)["visible"]
print(hashlib.sha256(shown.numpy().tobytes()).hexdigest())
"""


@pytest.mark.platform
def test_an_installation_without_numba_draws_the_same():
    here = sp.run(sp.rbm(sp.Bernoulli(5), std=0.5, visible=sp.Bernoulli(7)), 90, 9)["visible"]
    root = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
    there = subprocess.run([sys.executable, "-c", BLOCKED], cwd=root, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == hashlib.sha256(here.numpy().tobytes()).hexdigest()
