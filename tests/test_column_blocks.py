"""ColumnBlocks: sums of a weight's rows don't change a bit when its columns are cut."""

from __future__ import annotations

import pytest
import torch

import spinodal as sp
from spinodal.machines.kernels import ColumnBlocks, column_blocks, gather

from .laws import generator, randomize


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("onto", [None, "a row for all", "a row each"])
@pytest.mark.parametrize(("n", "sites", "colors", "m"), [(1, 1, 2, 1), (5, 7, 3, 128), (40, 53, 21, 300)])
def test_slabs_gather_what_the_weight_does(n, sites, colors, m, onto, dtype):
    source = generator(m)
    w = torch.randn(sites * colors, m, generator=source, dtype=dtype)
    rows = torch.randint(sites * colors, (n, sites), generator=source, dtype=torch.int32)
    shape = {None: None, "a row for all": (m,), "a row each": (n, m)}[onto]
    base = None if shape is None else torch.randn(shape, generator=source, dtype=dtype)
    before = None if base is None else base.clone()
    got = gather(rows, ColumnBlocks.of(w), base)
    assert torch.equal(got, gather(rows, w, base))
    want = w.double()[rows.long()].sum(1) + (0 if base is None else base.double())
    torch.testing.assert_close(got.double(), want, rtol=1e-5, atol=1e-4)
    assert base is None or torch.equal(base, before)


def test_slabs_are_narrow_and_whole():
    w = torch.arange(600.0).reshape(2, 300)
    parts = ColumnBlocks.of(w).parts
    assert all(p.is_contiguous() and p.shape[1] <= column_blocks.WIDTH for p in parts)
    assert torch.equal(torch.cat(parts, 1), w)


def test_drawn_letters_act_through_slabs_and_a_chain_is_the_same(monkeypatch):
    machine = randomize(sp.rbm(sp.Bernoulli(300), visible=sp.Potts(40, 5), label=sp.Potts(1, 3)), 0.1)
    machine.precision = "float32"
    cut = [isinstance(w, ColumnBlocks) for _, w in machine.inputs("hidden", machine.hold({}))[1]]
    assert cut == [True, False]  # a letter alone has one row to send
    whole = sp.run(machine, 300, 4, seed=1)
    monkeypatch.setattr(column_blocks, "WIDTH", 10**9)
    assert torch.equal(whole["visible"], sp.run(machine, 300, 4, seed=1)["visible"])
