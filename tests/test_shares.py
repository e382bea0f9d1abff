"""Shares: ranks that train together, here as threads of one process, give the bits of one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import torch

import spinodal as sp
from spinodal.machines import counted
from spinodal.ranks import ALONE, Ranks

from .langevin import Langevin
from .laws import assert_same, drawn_rows, randomize, small
from .strict import numbers, sampled


@dataclass(frozen=True)
class Together(Ranks):
    """Ranks that are threads, and meet at a barrier."""

    table: dict = field(default_factory=dict)
    barrier: threading.Barrier = None

    def gather(self, x):
        self.table[self.rank] = x
        self.barrier.wait(20)
        found = [self.table[i].clone() for i in range(self.count)]
        self.barrier.wait(20)
        return found

    def add(self, x):
        x.copy_(sum(self.gather(x.clone())))


def together(count, work):
    """What each of so many ranks returns."""
    table, barrier = {}, threading.Barrier(count)
    ranks = [Together(i, count, table, barrier) for i in range(count)]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, ranks))


def data(machine, n=150):
    """Rows of known entries."""
    seen = {k: u for k, u in machine.units.items() if k != "hidden"}
    places = {k: sp.Noise.of(1).at(0, i) for i, k in enumerate(seen)}
    return {k: u.draw(numbers(n, u.size, 2.0), places[k]) for k, u in seen.items()}


def trained(make, batch, protocol, ranks, **options):
    """Parameters after three updates, and the last of them."""
    machine = make()
    *_, last = sp.fit(machine, [batch] * 3, protocol, steps=3, lr=0.1, ranks=ranks, **options)
    return {k: p.detach() for k, p in machine.named_parameters()}, last


def joined(updates):
    """The persistent chains of all ranks."""
    states = [list(update.last.values()) for update in updates]
    return [sp.State.join(list(own)) for own in zip(*states)]


@pytest.mark.parametrize("count", [2, 3, 7])
@pytest.mark.parametrize("protocol", [sp.FEF, sp.FEF_CHAIN, sp.PCD, sp.CD], ids=["fef", "chain", "pcd", "cd"])
@pytest.mark.parametrize("i", range(3))
def test_ranks_give_the_bits_of_one_process(i, protocol, count):
    def make():
        return list(sampled())[i]

    batch = data(make())
    want, alone = trained(make, batch, protocol, ALONE)
    found = together(count, lambda ranks: trained(make, batch, protocol, ranks))
    for parameters, update in found:
        assert_same(want, parameters)
        assert_same(alone.averages | alone.gradient, update.averages | update.gradient)
    for ours, theirs in zip(joined([alone]), joined([update for _, update in found]), strict=True):
        assert_same(ours.value, theirs.value)


@pytest.mark.parametrize(
    ("weights", "options"), [((1.0, 1.0), {"centered": False}), ((1.0, 4.0), {}), ((1.0, 0.3), {"averaged": False})]
)
def test_weights_of_phases_and_options_leave_the_bits(weights, options):
    protocol = tuple(sp.Phase(p.held, p.start, w) for p, w in zip(sp.FEF, weights))

    def make():
        return next(sampled())

    batch = data(make())
    want, _ = trained(make, batch, protocol, ALONE, **options)
    for parameters, _ in together(3, lambda ranks: trained(make, batch, protocol, ranks, **options)):
        assert_same(want, parameters)


STRANGE = {
    "gray": lambda batch: batch["visible"][:20].fill_(0.3),
    "unknown": lambda batch: batch["visible"][:20].fill_(torch.nan),
    "label": lambda batch: batch["label:a"][:20].fill_(-1),
    "labels": lambda batch: (batch["label:a"][:20].fill_(-1), batch["label:b"][100:].fill_(-1)),
    "all": lambda batch: (batch["visible"][:20].fill_(torch.nan), batch["label:b"][10:70].fill_(-1)),
    "no labels": lambda batch: [batch.pop(f"label:{k}") for k in "ab"],
}


@pytest.mark.parametrize("protocol", [sp.FEF, sp.FEF_CHAIN, sp.RDM], ids=["fef", "chain", "rdm"])
@pytest.mark.parametrize("strange", STRANGE)
def test_what_some_rows_show_does_not_change_the_arithmetic_of_others(strange, protocol):
    """Gray values and holes are in the rows of one rank alone."""

    def make():
        labels = {"label:a": sp.Potts(1, 3), "label:b": sp.Potts(1, 4)}
        return randomize(sp.rbm(sp.Bernoulli(40), visible=sp.Bernoulli(60), **labels))

    batch = {k: x.to(torch.float32 if k == "visible" else torch.int64) for k, x in data(make()).items()}
    STRANGE[strange](batch)
    want, _ = trained(make, batch, protocol, ALONE)
    for parameters, _ in together(4, lambda ranks: trained(make, batch, protocol, ranks)):
        assert_same(want, parameters)


def test_sums_of_many_chains_are_of_64_bits(monkeypatch):
    def make():
        return next(sampled())

    batch = data(make())
    want, _ = trained(make, batch, sp.FEF, ALONE)
    monkeypatch.setattr(counted, "BASE", 2**15)
    assert_same(want, trained(make, batch, sp.FEF, ALONE)[0])
    for parameters, _ in together(2, lambda ranks: trained(make, batch, sp.FEF, ranks)):
        assert_same(want, parameters)


def in_single_precision():
    machine = small(sp.Bernoulli(6), sp.Bernoulli(4))
    machine.precision = "float32"
    return machine


SEEN = {"visible": sp.Potts(7, 3), "label": sp.Potts(1, 3)}
MAKE = {
    "gaussian": lambda: small(sp.Gaussian(5), sp.Bernoulli(4)),
    "chaotic": lambda: sp.chaotic(sp.Spin(20), gain=1.5, rate=0.3, std=0.1, **SEEN),
    "float32": in_single_precision,
    "langevin": lambda: Langevin({"visible": sp.Gaussian(3), "label": sp.Potts(1, 3)}),
}


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("count", [2, 3])
def test_layers_of_real_numbers_have_the_same_bits_for_the_same_number_of_ranks(kind, count):
    make = MAKE[kind]
    batch = drawn_rows(make(), 60)
    want, _ = trained(make, batch, sp.FEF, ALONE)
    (first, _), *others = together(count, lambda ranks: trained(make, batch, sp.FEF, ranks))
    for parameters, _ in others:
        assert_same(first, parameters)
    for name, x in want.items():
        torch.testing.assert_close(first[name], x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("n", [0, 1, 5, 12])
@pytest.mark.parametrize("count", [1, 3, 7])
def test_shares_are_all_rows_in_order_and_nearly_equal(n, count):
    parts = [Ranks(i, count).share(n).part for i in range(count)]
    assert [i for part in parts for i in range(n)[part]] == list(range(n))
    assert max(p.stop - p.start for p in parts) - min(p.stop - p.start for p in parts) <= 1


def test_averages_over_ranks_are_those_of_all_rows():
    x = numbers(10, 4, 3.0)

    def work(ranks):
        share = ranks.share(10)
        return share.average([x[share.part].mean(0), x[share.part, :1].mean()[None]])

    for mean, first in together(3, work):
        torch.testing.assert_close(mean, x.mean(0))
        torch.testing.assert_close(first, x[:, :1].mean()[None])
