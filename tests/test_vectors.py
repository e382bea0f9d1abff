"""Vectors: what LLVM is told about rows of integers is what numpy computes, wherever the rows begin."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from spinodal.machines.kernels import vectors
from spinodal.machines.kernels.quantized import LANES

from . import routes

RANDOM = np.random.default_rng(0)


def flat(rows, dtype, most=16256):
    return RANDOM.integers(-most, most + 1, rows * LANES).astype(dtype)


@njit
def added(out, at, x, numbers, first, last):
    vectors.add_rows(out, at, x, numbers, first, last)


@njit
def table_of_three(out, at, x, first, last):
    vectors.put_table(out, at, 3, x, first, last)


@njit
def copied(out, at, x, i):
    vectors.read(x, i)
    vectors.prefetch(x, at)
    vectors.put(out, at, x, i)


@njit
def transposed(out, at, width, x, begin, step):
    vectors.transpose(out, at, width, x, begin, step)


@njit
def added_at_bits(out, at, step, words, first, count, x, begin, subsets):
    vectors.add_permuted(out, at, step, words, first, count, x, begin, subsets)


@njit
def eight_bytes(x, at):
    return vectors.word(x, at)


@njit
def spread(sums, n, out, m, start):
    vectors.spread(sums, n, out, m, start)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("dtype", [np.int16, np.int32])
def test_rows_are_added(dtype, kind):
    """As many as a word has numbers, fewer, more, and none."""
    x, out, numbers = flat(200, dtype), flat(3, np.int32), RANDOM.integers(0, 200, 40).astype(kind)
    for first, last in ((0, 0), (3, 4), (5, 13), (1, 40)):
        before = out.copy()
        added(out, 7, x, numbers, first, last)
        before[7 : 7 + LANES] += x.reshape(200, LANES)[numbers[first:last]].sum(0, dtype=np.int32)
        assert np.array_equal(out, before)


@pytest.mark.parametrize(("first", "last"), [(0, 9), (7, 9), (9, 9), (20, 9)])
def test_a_table_has_the_sum_at_each_place(first, last):
    """Rows that aren't there are zeros."""
    x, out = flat(9, np.int16), flat(12, np.int32)
    before = out.copy()
    table_of_three(out, 40, x, first, last)
    rows = [
        x[r * LANES : (r + 1) * LANES].astype(np.int32) if r < last else 0 * x[:LANES] for r in range(first, first + 3)
    ]
    before[40 : 40 + 8 * LANES] = np.concatenate([sum(rows[b] * (p >> b & 1) for b in range(3)) for p in range(8)])
    assert np.array_equal(out, before)


@pytest.mark.parametrize(("dtype", "wider"), [(np.int16, np.int16), (np.int32, np.int32), (np.int16, np.int32)])
def test_a_row_is_copied(dtype, wider):
    x, out = flat(3, dtype), flat(3, wider)
    before = out.copy()
    copied(out, 5, x, 11)
    before[5 : 5 + LANES] = x[11 : 11 + LANES]
    assert np.array_equal(out, before)


def test_a_word_has_its_first_byte_lowest():
    x = np.arange(1, 20, dtype=np.uint8)
    assert eight_bytes(x, 3) == sum(int(x[3 + i]) << 8 * i for i in range(8))


@pytest.mark.parametrize("start", [0, 32, 64])
def test_sums_of_a_strip_go_to_their_columns(start):
    """The last strip has less than a row."""
    n, m, sums = 5, 70, flat(5, np.int32)
    out = flat(11, np.int32)[: n * m]
    before = out.copy().reshape(n, m)
    spread(sums, n, out, m, start)
    before[:, start : start + LANES] = sums.reshape(n, LANES)[:, : m - start]
    assert np.array_equal(out, before.reshape(-1))


@pytest.mark.parametrize(("width", "step"), [(16, 16), (37, 20)])
def test_a_square_is_transposed(width, step):
    size, x, out = vectors.WIDE, flat(12, np.int32), flat(20, np.int32)
    before = out.copy()
    transposed(out, 5, width, x, 3, step)
    for i in range(size):
        before[5 + i * width : 5 + i * width + size] = x[3 + i :: step][:size]
    assert np.array_equal(out, before)


@pytest.mark.skipif(not routes.HAS_AVX512, reason="needs AVX-512")
@pytest.mark.parametrize("count", [16, 48])
def test_rows_are_added_at_the_bits_of_a_word(count):
    """The two bits that are not used may be anything, and so may the columns beside those that are added."""
    x, words = flat(vectors.WORD, np.int32), RANDOM.integers(0, 2**32, 60).astype(np.uint32)
    words[3:6] = 0, 2**32 - 1, 2**vectors.WORD - 1
    out, step, begin = flat(6, np.int32), count + 7, 6
    wanted = out.copy()
    bits = words[3 : 3 + count, None] >> np.arange(vectors.WORD) & 1
    for c in range(vectors.COLUMNS):
        wanted[9 + c * step :][:count] += (bits @ x[begin + c :: LANES]).astype(np.int32)
    added_at_bits(out, 9, step, words, 3, count, x, begin, np.uint64(vectors.SUBSETS))
    assert np.array_equal(out, wanted)


def test_each_subset_has_the_numbers_whose_bit_is_1():
    assert vectors.SUBSETS == 0xFF00F0F0CCCCAAAA
