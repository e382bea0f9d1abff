"""Bits: packed rows differ where their letters do, however many there are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spinodal.data import bits
from spinodal.machines import kernels
from spinodal.machines.kernels import cpu, reference

from .laws import generator


def letters(n, sites, colors, dtype=torch.int16, seed=0):
    return torch.randint(colors, (n, sites), generator=generator(seed)).to(dtype)


def slow(x, y):
    return (x[:, None] != y).sum(2)


@pytest.mark.parametrize("backend", [cpu, reference])
@pytest.mark.parametrize("sites", [0, 1, 63, 64, 65, 784])
@pytest.mark.parametrize("colors", [1, 2, 3, 21, 300])
def test_rows_differ_where_their_letters_do(sites, colors, backend, monkeypatch):
    monkeypatch.setattr(kernels, "fused", backend)
    x, y = letters(7, sites, colors), letters(5, sites, colors, seed=1)
    y[2] = x[4]
    words = bits.pack_bits(torch.cat([x, y]))  # as deep as the largest letter of both
    found = bits.differences(words[:7], words[7:])
    assert found.dtype == torch.float32
    assert torch.equal(found.long(), slow(x, y))
    assert words.shape[2] == -(-sites // 64)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int8, torch.int64])
def test_any_kind_of_integer_is_packed(dtype):
    x = letters(9, 70, 2, dtype)
    assert bits.pack_bits(x).shape == (9, 1, 2)
    assert torch.equal(bits.pack_bits(x), bits.pack_bits(x.long()))
    assert torch.equal(bits.pack_bits(x.T.contiguous().T), bits.pack_bits(x))


def test_threads_share_the_rows(threads):
    x = letters(700, 90, 2)
    words = bits.pack_bits(x)
    alone = bits.differences(words, words)
    threads(2)
    assert torch.equal(bits.differences(words, words), alone)


def test_a_word_holds_64_sites():
    x = torch.zeros(1, 65, dtype=torch.uint8)
    x[0, [0, 64]] = 3
    assert np.bitwise_count(bits.pack_bits(x).numpy().view(np.uint64)).tolist() == [[[1, 1], [1, 1]]]
