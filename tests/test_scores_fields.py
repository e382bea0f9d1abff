"""Scores of sequences, genomes and music against brute force, other packages and ideal generators; error messages."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon

from spinodal import scores
from spinodal.scores import genomes, pairs, sequences
from spinodal.scores.matrices import letters
from spinodal.scores.regression import agree

from .references import allel_values


def drawn(n, sites, colors=4, seed=0, unknown=0.0):
    """Letters that vary together: each is the one before it, or else another."""
    rng = np.random.default_rng(seed)
    x = rng.integers(colors, size=(n, sites))
    for site in range(1, sites):
        x[:, site] = np.where(rng.random(n) < 0.5, x[:, site - 1], x[:, site])
    return np.where(rng.random((n, sites)) < unknown, -1, x).astype(np.int8)


def central(x, sites, shown):
    """The mean product of (s - f) over the rows that know all these sites."""
    rows = x[(x[:, sites] >= 0).all(1)]
    product = np.ones(len(rows))
    for site, letter in zip(sites, shown):
        there = (rows[:, site] == letter).astype(float)
        product *= there - (there.mean() if len(rows) else 0)
    return product.mean() if len(rows) else np.nan


def moments(x, colors, order):
    """All of them, by loops."""
    shown = list(np.ndindex(*(colors,) * order))
    if order == 1:
        known = [(column[column >= 0], c) for column in x.T for (c,) in shown]
        return np.array([(column == c).mean() for column, c in known])
    return np.array([central(x, s, c) for s in combinations(range(x.shape[1]), order) for c in shown])


# -- what a line says --


def test_agreement_is_the_correlation_and_the_fitted_line():
    x, y = np.random.default_rng(0).normal(5, 2, size=(2, 90))
    found = agree(zip(np.split(x, 3), np.split(y, 3)))
    assert found.pearson == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.slope == pytest.approx(np.polyfit(x, y, 1)[0])


def test_pairs_with_a_nan_are_left_out():
    nan = np.nan
    blocks = [([nan, 1.0], [2.0, nan]), ([1.0, nan, 2.0], [5.0, 1.0, 7.0]), ([3.0], [9.0])]
    found = agree((np.array(x), np.array(y)) for x, y in blocks)
    assert (found.pearson, found.slope) == (pytest.approx(1), pytest.approx(2))


@pytest.mark.parametrize(
    ("x", "y", "pearson", "slope"),
    [([], [], "nan", "nan"), ([0.1] * 3, [1, 2, 3], "nan", "nan"), ([1, 2, 3], [0.1] * 3, "nan", "0")],
)
def test_what_does_not_vary_has_no_correlation(x, y, pearson, slope):
    found = agree([(np.array(x, dtype=float), np.array(y, dtype=float))])
    assert (f"{found.pearson:g}", f"{found.slope:g}") == (pearson, slope)


# -- pairs --


@pytest.mark.parametrize("columns", [1, 6, 7, 1024])
@pytest.mark.parametrize(("n", "sites", "colors"), [(1, 1, 2), (70, 5, 3), (64, 7, 2)])
def test_pair_counts_are_counted(n, sites, colors, columns, monkeypatch):
    monkeypatch.setattr(pairs, "COLUMNS", columns)
    x, seen = drawn(n, sites, colors, unknown=0.2), []
    for i, j, counts in pairs.pair_counts(x, colors):
        for p, (a, b) in enumerate(zip(i.tolist(), j.tolist())):
            seen.append((a, b))
            there = Counter(zip(x[:, a].tolist(), x[:, b].tolist()))
            assert counts[p].tolist() == [[there[s, t] for t in range(colors)] for s in range(colors)]
    assert sorted(seen) == list(combinations(range(sites), 2))


# -- agreement --


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("unknown", [0, 0.3])
@pytest.mark.parametrize(("n", "m", "sites", "colors"), [(30, 40, 4, 3), (25, 9, 6, 2), (27, 28, 3, 4)])
def test_agreement_is_brute_force(order, unknown, n, m, sites, colors, monkeypatch):
    monkeypatch.setattr(pairs, "COLUMNS", 2 * colors)
    monkeypatch.setattr(sequences, "ENTRIES", 60)
    data, generated = drawn(n, sites, colors, 1, unknown), drawn(m, sites, colors, 2, unknown)
    x, y = (moments(side, colors, order) for side in (data, generated))
    both = np.isfinite(x) & np.isfinite(y)
    found = scores.agreement(data, torch.from_numpy(generated), colors, order)
    assert found.pearson == pytest.approx(np.corrcoef(x[both], y[both])[0, 1])
    assert found.slope == pytest.approx(np.polyfit(x[both], y[both], 1)[0])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_copies_agree_and_order_of_rows_does_not_matter(order):
    data, generated = drawn(50, 6, seed=1), drawn(60, 6, seed=2)
    copied = scores.agreement(data, data[::-1], 4, order)
    assert (copied.pearson, copied.slope) == (pytest.approx(1), pytest.approx(1))
    assert scores.agreement(data, generated[::-1], 4, order) == scores.agreement(data, generated, 4, order)


@pytest.mark.parametrize(("order", "power"), [(2, 2), (3, 3)])
def test_noisy_letters_lower_the_slope_by_the_share_that_is_kept(order, power):
    """Sites that are drawn anew, each by itself, with probability 1 - s keep s of a moment for each site in it."""
    n, sites, kept = 200_000, 4, 0.7
    rng = np.random.default_rng(0)
    data = (rng.random((n, 1)) < 0.2) * (rng.random((n, sites)) < 0.6)  # all moments well above the noise
    noisy = np.where(rng.random((n, sites)) < kept, data, rng.random((n, sites)) < 0.12)
    found = scores.agreement(data, noisy, 2, order)
    assert found.slope == pytest.approx(kept**power, rel=0.05)


def test_sites_that_are_never_both_known_make_no_pair():
    data = np.array([[0, -1, 1], [1, -1, 1], [-1, 0, 0], [-1, 1, 1], [1, -1, 0]])
    assert np.isnan(moments(data, 2, 2)[:4]).all()
    assert scores.agreement(data, data, 2).pearson == pytest.approx(1)
    assert np.isnan(scores.agreement(data, data, 2, 3).pearson)  # no row knows all three


@pytest.mark.parametrize("sites", [5, 20, 43])
def test_triplets_are_of_three_sites_in_order(sites):
    every = sites * (sites - 1) * (sites - 2) // 6
    assert len(sequences._triplets(sites, every, 0)) == every
    found = sequences._triplets(sites, every - 1, seed=3)
    assert found.shape == (every - 1, 3)
    assert (found[:, 0] < found[:, 1]).all()
    assert (found[:, 1] < found[:, 2]).all()


def test_every_triplet_is_as_likely():
    n = 18_000
    drawn = np.concatenate([sequences._triplets(5, 9, seed) for seed in range(n // 9)])
    found, count = np.unique(drawn, axis=0, return_counts=True)
    assert len(found) == 10
    assert np.abs(count / n - 0.1).max() < 5 * (0.09 / n) ** 0.5


def test_triplets_are_a_function_of_the_seed():
    data, generated = drawn(40, 30, 2, 1), drawn(40, 30, 2, 2)
    same = [scores.agreement(data, generated, 2, 3, triplets=50, seed=s) for s in (1, 1, 2)]
    assert same[0] == same[1] != same[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order": 4}, "order is 1, 2 or 3"),
        ({"order": 3}, "order 3 needs 3 or more sites, and there are 2"),
        ({"data": drawn(5, 3, 2)}, "data has 3 sites and generated 2"),
        ({"data": drawn(5, 2, 2) / 1.0}, "data must be letters as integers.* float64"),
        ({"generated": drawn(5, 2, 9, 5)}, "generated has letters from . to [3-8]: they must be from 0 to 1"),
        ({"generated": drawn(5, 2, 2) - 2}, "generated has letters from -2"),
        ({"data": drawn(5, 2, 2)[0]}, "data must be a matrix"),
        ({"data": drawn(0, 2, 2)}, "data must be a matrix of at least one row"),
    ],
)
def test_what_is_no_alignment_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        scores.agreement(**{"data": drawn(5, 2, 2), "generated": drawn(5, 2, 2), "colors": 2, **change})


def test_letters_without_colors_are_only_not_below_the_unknown():
    assert letters("x", torch.tensor([[True, False]])).tolist() == [[1, 0]]
    with pytest.raises(ValueError, match="they must be from 0 up, or -1"):
        letters("x", np.array([[-2, 400]]))


# -- gaps and neighbors --


@pytest.mark.parametrize("gap", [0, 2])
def test_lengths_and_runs_of_gaps_are_those_of_the_texts(gap):
    x = drawn(40, 17, 3, unknown=0.1)
    texts = ["".join("-" if s == gap else "x" for s in row) for row in x]
    assert scores.lengths(x, gap).tolist() == [text.count("x") for text in texts]
    assert scores.gap_runs(x, gap).tolist() == [len(run) for text in texts for run in text.split("x") if run]
    assert scores.lengths(x, gap).sum() + scores.gap_runs(x, gap).sum() == x.size


@pytest.mark.parametrize("rows", [1, 4, 1024])
@pytest.mark.parametrize("colors", [2, 7, 130])
def test_identity_is_brute_force(rows, colors, monkeypatch):
    monkeypatch.setattr(sequences, "ROWS", rows)
    x, y = (np.array(drawn(n, 9, min(colors, 120), n, 0.2), dtype=np.int16) for n in (11, 6))
    x[0, 0] = colors - 1

    def share(a, b):
        return ((a == b) & (a >= 0)).mean()

    assert scores.identity(x, y).tolist() == pytest.approx([max(share(a, b) for b in y) for a in x])
    others = [max(share(a, b) for j, b in enumerate(x) if j != i) for i, a in enumerate(x)]
    assert scores.identity(torch.from_numpy(x)).tolist() == pytest.approx(others)


def test_identity_of_copies_is_one_and_alone_there_is_none():
    x = drawn(9, 70)
    assert scores.identity(x, x).tolist() == [1] * 9
    assert scores.identity(x, x[:1])[0] == 1
    with pytest.raises(ValueError, match="x has one row"):
        scores.identity(x[:1])


# -- genomes --


def test_the_values_of_scikit_allel():
    x, y = allel_values.populations()
    r = np.concatenate([r for *_, r in genomes._correlations(x)])
    assert scores.fst(x, y) == pytest.approx(allel_values.FST, abs=1e-7)
    assert r == pytest.approx(allel_values.R, abs=1e-6)  # which are in single precision
    found, signs = scores.pca(x).coordinates, np.sign(allel_values.COORDINATES[0])
    assert found * np.sign(found[0]) == pytest.approx(allel_values.COORDINATES * signs, abs=1e-6)


def test_scikit_allel_agrees():
    pytest.importorskip("allel", reason="scikit-allel judges these values where it is installed")
    x, y = drawn(60, 40, 2, 1), drawn(45, 40, 2, 2)
    distance, r, coordinates = allel_values.by_allel(x, y)
    assert scores.fst(x, y) == pytest.approx(distance)
    assert scores.ld(x)[np.triu_indices(40, 1)] == pytest.approx(r**2, abs=1e-5)
    assert np.abs(scores.pca(x).coordinates) == pytest.approx(np.abs(coordinates), abs=1e-9)


def test_allele_frequencies_are_of_the_known():
    x = np.array([[1, -1, 0], [1, -1, -1], [0, -1, 1]])
    assert scores.allele_frequencies(x).tolist() == pytest.approx([2 / 3, np.nan, 1 / 2], nan_ok=True)
    assert scores.allele_frequencies(torch.from_numpy(x == 1)).tolist() == pytest.approx([2 / 3, 0, 1 / 3])


@pytest.mark.parametrize("columns", [3, 8, 1024])
@pytest.mark.parametrize("unknown", [0, 0.3])
def test_ld_is_the_square_of_numpys_correlation(unknown, columns, monkeypatch):
    monkeypatch.setattr(pairs, "COLUMNS", columns)
    x = drawn(30, 9, 2, unknown=unknown)
    found = scores.ld(x)
    for i, j in np.ndindex(9, 9):
        both = (x[:, i] >= 0) & (x[:, j] >= 0)
        assert found[i, j] == pytest.approx(np.corrcoef(x[both, i], x[both, j])[0, 1] ** 2)


def test_ld_of_a_constant_snp_is_nan_and_of_copies_one():
    x = np.column_stack([drawn(20, 1, 2), drawn(20, 1, 2), 1 - drawn(20, 1, 2), np.ones(20, int), np.full(20, -1)])
    found = scores.ld(x)
    assert (found[:3, :3] == 1).all()
    assert np.isnan(found[3:]).all()
    assert np.isnan(found[:, 3:]).all()


@pytest.mark.parametrize("positions", [None, [40, 10, 11, 99, 5, 42, 43, 80, 81, 12]])
@pytest.mark.parametrize("bins", [1, 4, [0, 2, 5], [3.5, 50, 60, 500]])
def test_ld_decay_is_the_mean_by_distance(positions, bins):
    x = drawn(40, 10, 2)
    x[:, 6] = 1
    at = np.arange(10) if positions is None else np.array(positions)
    found, r2 = scores.ld_decay(x, positions, bins), scores.ld(x)
    inner = [(abs(int(at[i]) - int(at[j])), r2[i, j]) for i, j in combinations(range(10), 2) if 6 not in (i, j)]
    for b, (low, high) in enumerate(zip(found.edges, found.edges[1:])):
        last = b == len(found.r2) - 1
        there = [r for d, r in inner if low <= d < high or (last and d == high)]
        assert found.pairs[b] == len(there)
        assert found.r2[b] == pytest.approx(np.mean(there) if there else np.nan, nan_ok=True)
    if isinstance(bins, int):
        assert found.pairs.sum() == 36
        assert (found.edges[0], found.edges[-1]) == (0, np.ptp(at))


def test_ld_decay_of_chromosomes_is_that_of_each_and_the_rest_is_unlinked():
    x, at, of = drawn(40, 10, 2), np.arange(10) ** 2, np.array(list("abababaabb"))
    found, r2 = scores.ld_decay(x, at, [0, 10, 30, 100], of), scores.ld(x)
    parts = [scores.ld_decay(x[:, of == name], at[of == name], [0, 10, 30, 100]) for name in "ab"]
    assert (found.pairs == sum(part.pairs for part in parts)).all()
    assert found.r2 == pytest.approx(sum(np.nan_to_num(p.r2) * p.pairs for p in parts) / found.pairs)
    assert found.unlinked == pytest.approx(np.mean([r2[i, j] for i, j in np.argwhere(of[:, None] < of)]))
    assert all(np.isnan(part.unlinked) for part in parts)
    assert scores.ld_decay(x, at, 4, of).edges[-1] == max(np.ptp(at[of == name]) for name in "ab")


def test_ld_decays_as_chains_of_copies_do():
    """Neighbors are the same half of the time: r = 2^-distance."""
    found = scores.ld_decay(drawn(20_000, 12, 2), bins=np.arange(1, 6))
    assert found.r2[:3] == pytest.approx([0.25, 0.0625, 0.015625], abs=0.01)
    assert (np.diff(found.r2[:4]) < 0).all()


@pytest.mark.parametrize(
    ("snps", "change", "message"),
    [
        (1, {}, "x has one SNP"),
        (3, {"positions": [1, 2]}, r"positions must be a finite number for each, not \(2,\)"),
        (3, {"positions": [1, 2, np.nan]}, "a finite number"),
        (3, {"bins": [3, 2, 1]}, "monotonically"),
        (3, {"bins": 0}, "positive"),
        (3, {"chromosomes": ["1", "2"]}, r"chromosomes must be a name for each, not \(2,\)"),
    ],
)
def test_distances_that_do_not_fit_are_refused(snps, change, message):
    with pytest.raises(ValueError, match=message):
        scores.ld_decay(drawn(9, snps, 2), **change)


def test_ld_agreement_is_the_correlation_of_the_defined():
    data, generated = drawn(30, 8, 2, 1), drawn(50, 8, 2, 2)
    data[:, 2], generated[:, 5] = 1, 0
    kept = [0, 1, 3, 4, 6, 7]
    above = np.triu_indices(6, 1)
    r, s = (np.corrcoef(x[:, kept].T)[above] for x in (data, generated))
    assert scores.ld_agreement(data, generated) == pytest.approx(np.corrcoef(r, s)[0, 1])
    assert scores.ld_agreement(data, data) == pytest.approx(1)
    flipped = np.where(np.arange(8) % 2, 1 - data, data)  # r changes its sign, r² does not
    assert scores.ld_agreement(data, flipped) < 0.99
    assert np.isnan(scores.ld_agreement(data[:, :2], generated[:, :2]))


def slow_fst(x, y):
    """By the mean differences of rows, within and between: H_w and H_b of Hudson."""
    within = sum(np.mean([(a != b) for a, b in combinations(side, 2)], axis=0) for side in (x, y)) / 2
    between = np.mean([a != b for a in x for b in y], axis=0)
    return (between - within).sum() / between.sum()


def test_fst_is_hudsons_of_differences_between_rows():
    x, y = drawn(8, 12, 2, 1), drawn(11, 12, 2, 2) * drawn(11, 12, 2, 3)
    assert scores.fst(x, y) == pytest.approx(slow_fst(x, y))
    assert scores.fst(x, y) == pytest.approx(scores.fst(y, x))
    unknown = np.column_stack([x, np.full(8, -1)]), np.column_stack([y, np.ones(11, int)])
    assert scores.fst(*unknown) == pytest.approx(scores.fst(x, y))  # that SNP of x is unknown in all rows


def test_fst_of_one_law_is_zero_and_of_fixed_differences_one():
    many = drawn(2000, 300, 2)
    found = [scores.fst(many[start : start + 50], many[start + 50 : start + 100]) for start in range(0, 2000, 100)]
    assert abs(np.mean(found)) < 5 * np.std(found) / 20**0.5
    assert scores.fst(np.zeros((5, 3), int), np.ones((4, 3), int)) == 1
    assert np.isnan(scores.fst(np.zeros((5, 3), int), np.zeros((4, 3), int)))


@pytest.mark.parametrize(("n", "snps"), [(40, 7), (8, 40), (9, 9)])
def test_pca_is_the_singular_value_decomposition(n, snps):
    x = drawn(n, snps, 2)
    centered = x - x.mean(0)
    _, s, axes = np.linalg.svd(centered, full_matrices=False)
    found = scores.pca(x, 3)
    assert found.variances == pytest.approx(s[:3] ** 2 / n)
    assert np.abs(found.axes) == pytest.approx(np.abs(axes[:3]), abs=1e-8)
    assert found.coordinates == pytest.approx(centered @ found.axes.T)
    assert found.project(x) == pytest.approx(found.coordinates)
    assert found.project(torch.from_numpy(x)[2:4]) == pytest.approx(found.coordinates[2:4])
    assert (found.axes.max(1) >= -found.axes.min(1)).all()


def test_axes_do_not_turn_over_with_the_rows_and_unknown_entries_lie_at_the_mean():
    x = drawn(30, 6, 2, unknown=0.1)
    one, other = scores.pca(x), scores.pca(x[::-1])
    assert one.axes == pytest.approx(other.axes)
    known = np.where(x >= 0, x, scores.allele_frequencies(x)) - scores.allele_frequencies(x)
    assert one.coordinates == pytest.approx(known @ one.axes.T)
    assert one.project(np.full((2, 6), -1)) == pytest.approx(np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("x", "components", "message"),
    [
        (np.array([[0, -1], [1, -1]]), 1, "SNP 1 is unknown in all rows"),
        (np.array([[0, 1], [1, 1]]), 2, "along 1 directions, fewer than the 2"),
        (np.array([[0, 1, 1], [1, 1, 0]]), 2, "along 1 directions, fewer than the 2"),
        (np.array([[1, 1], [1, 1]]), 1, "along 0 directions, fewer than the 1"),
        (np.array([[0, 1], [1, 1]]), 0, "1 or more, not 0"),
    ],
)
def test_data_without_so_many_axes_are_refused(x, components, message):
    with pytest.raises(ValueError, match=message):
        scores.pca(x, components)


def test_other_snps_are_not_projected():
    with pytest.raises(ValueError, match="the axes have 5 SNPs and y has 4"):
        scores.pca(drawn(20, 5, 2)).project(drawn(20, 4, 2))


@pytest.mark.parametrize(
    "score", [scores.allele_frequencies, scores.ld, scores.pca, scores.ld_decay, lambda x: scores.fst(x, x),
              lambda x: scores.ld_agreement(x, x)]
)  # fmt: skip
def test_haplotypes_are_zeros_and_ones(score):
    with pytest.raises(ValueError, match="letters from 0 to 2"):
        score(np.array([[0, 1, 2], [1, 0, 2]]))


# -- music --


def slow_onsets(x, pitches):
    """(window, time, pitch) of each."""
    for w, row in enumerate(x.reshape(len(x), -1, pitches).tolist()):
        for t, column in enumerate(row):
            yield from ((w, t, p) for p, on in enumerate(column) if on and not (t and row[t - 1][p]))


@pytest.mark.parametrize(("n", "time", "pitches"), [(1, 1, 1), (5, 8, 4), (20, 6, 9)])
def test_music_is_counted_note_by_note(n, time, pitches):
    x = drawn(n, time * pitches, 2, seed=pitches)
    onsets = list(slow_onsets(x, pitches))
    assert scores.note_density(x, pitches).tolist() == [sum(w == i for w, *_ in onsets) for i in range(n)]
    assert scores.pitch_histogram(x, pitches).tolist() == [sum(p == i for *_, p in onsets) for i in range(pitches)]
    voice = {}
    for w, t, p in onsets:
        voice[w, t] = max(p, voice.get((w, t), p))
    line = sorted(voice.items())
    steps = Counter(q - p for ((w, _), p), ((v, _), q) in pairwise(line) if v == w)
    expected = [steps[step] for step in range(1 - pitches, pitches)]
    assert scores.interval_histogram(torch.from_numpy(x), pitches).tolist() == expected


def test_held_notes_begin_once_and_the_roll_is_not_changed():
    x = np.ones((2, 12), dtype=bool)
    assert scores.note_density(x, 3).tolist() == [3, 3]
    assert x.all()
    assert scores.interval_histogram(x, 3).tolist() == [0] * 5
    assert scores.pitch_histogram(~x, 3).tolist() == [0] * 3


def test_a_scale_upward_has_steps_of_one():
    scale = np.eye(12, dtype=int).reshape(1, -1)
    assert scores.interval_histogram(scale, 12)[12] == 11
    assert scores.interval_histogram(np.eye(12, dtype=int)[::-1].reshape(1, -1), 12)[10] == 11


@pytest.mark.parametrize("score", [scores.note_density, scores.pitch_histogram, scores.interval_histogram])
def test_what_is_no_roll_is_refused(score):
    with pytest.raises(ValueError, match="x has an unknown entry in row 1"):
        score(np.array([[0, 1], [1, -1]]), 2)
    with pytest.raises(ValueError, match="3 columns, which is not a multiple of 2"):
        score(np.ones((4, 3), int), 2)
    with pytest.raises(ValueError, match="multiple of 0 pitches"):
        score(np.ones((4, 3), int), 0)


def test_histogram_distance_is_scipys():
    for p, q in np.random.default_rng(0).integers(0, 5, size=(30, 2, 7)):
        assert scores.histogram_distance(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-7)
        assert scores.histogram_distance(p, q) == scores.histogram_distance(q, p)
        assert scores.histogram_distance(p, 3 * p) == pytest.approx(0, abs=1e-7)


def test_histogram_distance_at_its_ends_and_of_silence():
    assert scores.histogram_distance([1, 0, 2], [0, 5, 0]) == pytest.approx(1, abs=1e-12)
    assert np.isnan(scores.histogram_distance([0, 0], [1, 0]))


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([1, 2], [1, 2, 3], "equal numbers of bins"),
        ([[1]], [[1]], "equal numbers of bins"),
        ([1, -1], [1, 2], "not negative"),
        ([1, 2], [1, np.nan], "finite"),
    ],
)
def test_what_are_no_histograms_is_refused(p, q, message):
    with pytest.raises(ValueError, match=message):
        scores.histogram_distance(p, q)


# -- labels --


def test_confusion_counts_what_was_asked_and_seen():
    rng = np.random.default_rng(0)
    asked, seen = (torch.from_numpy(rng.integers(-1, 4, 200).astype(np.int8)) for _ in range(2))
    found = scores.confusion(asked, seen, 5)
    both = Counter(zip(asked.tolist(), seen.tolist()))
    assert found.tolist() == [[both[a, b] for b in range(5)] for a in range(5)]
    known = asked[seen >= 0], seen[seen >= 0]
    assert scores.accuracy(*known) == pytest.approx(float(found.diag().sum() / found.sum()))


def test_labels_beyond_the_last_are_refused():
    with pytest.raises(ValueError, match="labels must be from 0 to 2, not 3"):
        scores.confusion(torch.tensor([0, 1]), torch.tensor([0, 3]), 3)
    with pytest.raises(ValueError, match="no label of truth is known"):
        scores.confusion(torch.tensor([-1]), torch.tensor([0]), 3)


@pytest.mark.parametrize("bins", [1, 3, 10])
def test_calibration_is_the_formula(bins):
    generator = torch.Generator().manual_seed(0)
    p = torch.randn(300, 4, generator=generator).softmax(1)
    truth = torch.randint(-1, 4, (300,), generator=generator)
    found, total = scores.calibration(p, truth, bins), 0.0
    kept = [(float(row.max()), int(row.argmax()) == t) for row, t in zip(p.double(), truth.tolist()) if t >= 0]
    for b in range(bins):
        there = [(c, right) for c, right in kept if b / bins < c <= (b + 1) / bins]
        assert int(found.count[b]) == len(there)
        mean = np.mean(there, axis=0) if there else (np.nan, np.nan)
        assert float(found.confidence[b]) == pytest.approx(mean[0], nan_ok=True)
        assert float(found.accuracy[b]) == pytest.approx(mean[1], nan_ok=True)
        total += len(there) / len(kept) * abs(mean[0] - mean[1]) if there else 0
    assert found.error == pytest.approx(total)


def test_labels_drawn_from_their_probabilities_are_calibrated_up_to_chance():
    generator = torch.Generator().manual_seed(0)
    p = torch.randn(20_000, 3, generator=generator).softmax(1)
    truth = p.multinomial(1, generator=generator)[:, 0]
    floor = 0.4 * (10 / 20_000) ** 0.5
    assert scores.calibration(p, truth).error < 2 * floor
    assert scores.calibration((3 * p.log()).softmax(1), truth).error > 10 * floor


def test_certain_and_right_or_wrong():
    sure = torch.eye(3)[[0, 1, 2, 0]]
    assert scores.calibration(sure, torch.tensor([0, 1, 2, -1])).error == 0
    wrong = scores.calibration(sure, torch.tensor([1, 2, 0, -1]))
    assert (wrong.error, wrong.count.tolist()) == (1, [0] * 9 + [3])


@pytest.mark.parametrize(
    ("probability", "truth", "bins", "message"),
    [
        (torch.eye(3), torch.tensor([0, 1]), 10, "probability must be"),
        (torch.eye(3)[0], torch.tensor([0, 1, 2]), 10, "probability must be"),
        (torch.eye(3), torch.tensor([0, 1, 2]), 0, "bins 1 or more"),
        (torch.eye(3) * 2, torch.tensor([0, 1, 2]), 10, "don't sum to 1"),
        (torch.tensor([[1.5, -0.5]]), torch.tensor([0]), 10, "negative"),
        (torch.tensor([[torch.nan, 1]]), torch.tensor([0]), 10, "unknown"),
        (torch.eye(2), torch.tensor([-1, -1]), 10, "no label of truth"),
        (torch.eye(2), torch.tensor([0.0, 1.0]), 10, "labels are integers"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(probability, truth, bins, message):
    with pytest.raises(ValueError, match=message):
        scores.calibration(probability, truth, bins)


# -- intervals --

INTERVALS = [
    lambda statistic, n, **options: scores.bootstrap(statistic, n, **options),
    lambda statistic, n, **options: scores.subsample(statistic, n, n // 2, **options),
]


def mean_of(x):
    return lambda rows: float(x[rows].mean())


@pytest.mark.parametrize("interval", INTERVALS)
def test_an_interval_of_the_mean_covers_it_as_often_as_it_says(interval):
    samples, n, level = 150, 60, 0.9
    x = np.random.default_rng(0).normal(3, 2, size=(samples, n))
    found = [interval(mean_of(row), n, seed=i, times=100, level=level) for i, row in enumerate(x)]
    covered = np.mean([i.low <= 3 <= i.high for i in found])
    # quantiles of 100 draws lie within, and the variance of n rows is smaller by (n - 1) / n: 2 % less at most
    assert level - 0.02 - 4 * (level * (1 - level) / samples) ** 0.5 < covered
    assert covered < level + 4 * (level * (1 - level) / samples) ** 0.5


@pytest.mark.parametrize("m", [5, 20, 50, 90, 99])
def test_subsamples_of_any_size_give_the_mean_the_width_of_theory(m):
    n, times, level = 100, 4000, 0.6827
    x = np.random.default_rng(0).normal(size=n)
    found = scores.subsample(mean_of(x), n, m, times=times, level=level)
    assert found.value == pytest.approx(x.mean())
    # two quantiles at one deviation: sqrt(p (1 - p) / times) / density each, some 2 % of the width together
    rel = 0.08 if m not in (5, 99) else 0.25  # of a single row left out the deviations aren't normal
    assert (found.high - found.low) / 2 == pytest.approx(x.std(ddof=1) / n**0.5, rel=rel)


@pytest.mark.parametrize("interval", INTERVALS)
def test_intervals_are_a_function_of_the_seed(interval):
    x = np.random.default_rng(0).normal(size=50)
    same = [interval(mean_of(x), 50, seed=s) for s in (1, 1, 2)]
    assert same[0] == same[1] != same[2]
    assert same[0].low < same[0].value < same[0].high
    narrow = interval(mean_of(x), 50, seed=1, level=0.5)
    assert same[0].low < narrow.low < narrow.high < same[0].high


def test_rows_are_drawn_with_and_without_replacement():
    seen = []

    def statistic(rows):
        seen.append(rows)
        return 0.0

    scores.bootstrap(statistic, 30, times=9)
    assert all(len(rows) == 30 and rows.min() >= 0 and rows.max() < 30 for rows in seen)
    assert sum(len(np.unique(rows)) == 30 for rows in seen) == 1  # all rows, for the value
    seen.clear()
    scores.subsample(statistic, 30, 12, times=9)
    assert sorted(len(np.unique(rows)) for rows in seen) == [12] * 9 + [30]


def test_the_bootstrap_is_wrong_for_nearest_neighbors_and_subsampling_is_right():
    """Duplicates of the bootstrap make an ideal generator seem to differ from the data."""
    x, y = (torch.from_numpy(np.random.default_rng(s).normal(size=(200, 3))) for s in (1, 2))

    def truth(rows):
        return scores.adversarial_accuracy(x[rows], y[rows]).truth

    assert scores.bootstrap(truth, 200, times=50).low > 0.55
    found = scores.subsample(truth, 200, 100, times=50)
    assert found.low < 0.5 < found.high


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize(
    ("n", "change", "message"),
    [(1, {}, "n=1"), (9, {"times": 1}, "times=1"), (9, {"level": 1}, "not 1"), (9, {"level": 0.0}, "not 0.0")],
)
def test_intervals_without_rows_or_level_are_refused(interval, n, change, message):
    with pytest.raises(ValueError, match=message):
        interval(len, n, **change)


@pytest.mark.parametrize("m", [0, 9, 10])
def test_subsamples_are_smaller_than_the_sample(m):
    with pytest.raises(ValueError, match=f"from 1 to 8, not {m}"):
        scores.subsample(len, 9, m)


# -- baseline --


def test_independent_letters_have_the_frequencies_with_half_a_count_and_no_correlation():
    data, labels = drawn(50, 4, 3, unknown=0.1), np.arange(50) % 2
    like = np.repeat([1, 0], 20_000)
    made = scores.independent(data, labels, like, 3, seed=5)
    assert made.dtype == data.dtype
    for label in (0, 1):
        own, new = data[labels == label], made[like == label]
        known = (own >= 0).sum(0)
        for color in range(3):
            p = ((own == color).sum(0) + 0.5) / (known + 1.5)
            assert np.abs((new == color).mean(0) - p).max() < 5 * (0.25 / 20_000) ** 0.5
        r = np.corrcoef(new.T)[np.triu_indices(4, 1)]
        assert np.abs(r).max() < 5 / 20_000**0.5


def test_a_letter_without_counts_is_sampled_sometimes():
    made = scores.independent(np.zeros((4, 50), dtype=bool), np.zeros(4, int), np.zeros(2000, int), 2)
    assert made.mean() == pytest.approx(0.1, abs=5 * (0.09 / 100_000) ** 0.5)
    assert made.dtype == np.int8


def test_reals_are_shuffled_within_labels():
    data, labels = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32), np.arange(30) % 3
    made = scores.independent(torch.from_numpy(data), torch.from_numpy(labels), labels)
    assert made.dtype == data.dtype
    for label in range(3):
        own, new = data[labels == label], made[labels == label]
        assert (np.sort(own, 0) == np.sort(new, 0)).all()
        assert len(np.unique(np.argsort(new, 0), axis=1).T) > 1
    assert not (made == data).all(1).any()


def test_repeated_reals_are_used_equally_often_and_nan_never():
    data = np.array([[0.0, 5.0], [1.0, np.nan], [2.0, 6.0]])
    made = scores.independent(data, [0, 0, 0], [0] * 300)
    assert Counter(made[:, 0].tolist()) == {0: 100, 1: 100, 2: 100}
    assert Counter(made[:, 1].tolist()) == {5: 150, 6: 150}
    assert len(np.unique(made, axis=0)) == 6
    assert len(scores.independent(data, [0, 0, 0], [0])) == 1


@pytest.mark.parametrize("colors", [None, 3])
def test_the_baseline_is_a_function_of_its_arguments_alone(colors):
    data, labels = drawn(40, 6, 3), np.arange(40) % 2
    data = data if colors else data.astype(float)
    whole = scores.independent(data, labels, [0, 1, -1, 0, 1], colors, seed=1)
    assert (scores.independent(data, labels, [0, 1, -1, 0, 1], colors, seed=1) == whole).all()
    assert (scores.independent(data, labels, [1, 1], colors, seed=1) == whole[[1, 4]]).all()
    other = scores.independent(data, labels, np.zeros(40, int), colors, seed=2)
    assert (other != scores.independent(data, labels, np.zeros(40, int), colors, seed=1)).any()


def test_without_a_label_all_rows_count():
    data = np.array([[0], [0], [1], [1]])
    made = scores.independent(data, [0, 0, 1, -1], np.full(10_000, -1), 2)
    assert made.mean() == pytest.approx(0.5, abs=0.025)
    assert scores.independent(data, [0, 0, 1, -1], np.empty(0, int), 2).shape == (0, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"like": [2]}, "label 2 is asked for, and no row"),
        ({"labels": [0, 1]}, "data has 3 rows and labels 2"),
        ({"labels": [0.0, 1.0, 1.0]}, "labels must be integers"),
        ({"like": [[0]]}, "like must be integers"),
        ({"colors": None}, "data must be real numbers .* pass colors for letters"),
        ({"data": np.zeros((3, 2))}, "data must be letters"),
        ({"data": np.zeros(3), "colors": None}, "data must be real numbers"),
        ({"data": np.array([[1, np.nan]] * 3), "colors": None}, "column 1 is unknown in all rows of a label"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        scores.independent(**{"data": drawn(3, 2, 2), "labels": [0, 1, 1], "like": [0], "colors": 2, **change})
