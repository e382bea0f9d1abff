"""First and third moments and entropies: laws, exact examples, brute force."""

from __future__ import annotations

import gzip
import itertools
import math
import zlib

import numpy as np
import pytest
import torch

from spinodal.scores import (
    entropy,
    entropy_error,
    first_moment_error,
    gzip_entropy,
    moments,
    third_moment_error,
    tree_entropy,
    tree_entropy_error,
)

from .draws import generator, reals


def letters(n, sites, colors=4, seed=0):
    return torch.randint(colors, (n, sites), generator=generator(seed))


def correlated(n, sites, colors=3, seed=0):
    """Letters, each the letter before it half of the time."""
    x, kept = letters(n, sites, colors, seed), torch.rand(n, sites, generator=generator(seed + 1)) < 0.5
    for i in range(1, sites):
        x[:, i] = torch.where(kept[:, i], x[:, i - 1], x[:, i])
    return x


MOMENTS = [first_moment_error, third_moment_error]
ENTROPIES = [entropy_error, tree_entropy_error]
cases = [(score, reals) for score in MOMENTS] + [(score, letters) for score in ENTROPIES]
each_score = pytest.mark.parametrize(("score", "make"), cases)


@each_score
def test_copies_have_no_error_and_others_have_one(score, make):
    data = make(50, 6, seed=1)
    assert score(data, data.clone()) == 0
    assert score(data, make(50, 6, seed=2)) > 0


@pytest.mark.parametrize(("score", "make"), [c for c in cases if c[0] is not entropy_error])
def test_order_of_rows_does_not_matter(score, make):
    data, generated, order = make(90, 7, seed=1), make(80, 7, seed=2), torch.randperm(90, generator=generator())
    assert score(data[order], generated) == pytest.approx(score(data, generated), rel=1e-6)


@pytest.mark.parametrize("score", MOMENTS)
def test_moment_errors_are_symmetric(score):
    data, generated = reals(40, 6, 1), reals(30, 6, 2)
    assert score(data, generated) == score(generated, data)


@each_score
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: (x[:, 1:], x), "data has 4 columns and generated 5"),
        (lambda x: (x[:1], x), "data must be a matrix of at least two"),
        (lambda x: (x, x[0]), "generated must be a matrix"),
    ],
)
def test_what_cannot_be_compared_is_refused(score, make, change, message):
    with pytest.raises(ValueError, match=message):
        score(*change(make(9, 5)))


# -- moments --


@pytest.mark.parametrize(("score", "power"), [(first_moment_error, 2), (third_moment_error, 6)])
@pytest.mark.parametrize("scale", [2, -3])
def test_moment_errors_scale_as_their_power(score, power, scale):
    data, generated = reals(40, 6, 1).double(), reals(30, 6, 2).double()
    assert score(scale * data, scale * generated) == pytest.approx(scale**power * score(data, generated))


def test_only_first_moments_depend_on_a_shift_of_one_set():
    data, generated = reals(40, 6, 1).double(), reals(30, 6, 2).double()
    for score in MOMENTS:
        assert score(data + 5, generated + 5) == pytest.approx(score(data, generated))
    assert first_moment_error(data, data + 5) == pytest.approx(25)
    assert third_moment_error(data, data + 5) == pytest.approx(0, abs=1e-24)


def test_first_moment_error_by_hand():
    assert first_moment_error(torch.tensor([[0, 1], [1, 1]]), torch.tensor([[0, 0], [0, 1]])) == 0.25


def test_third_moment_error_by_hand():
    data = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # the product of three is always 1
    assert third_moment_error(data, -data) == 4
    assert third_moment_error(data, 0 * data) == 1


def slow_third(x, i, j, k):
    x = x.double() - x.double().mean(0)
    return float((x[:, i] * x[:, j] * x[:, k]).mean())


@pytest.mark.parametrize("d", [3, 5, 8])
def test_third_moment_error_of_all_triplets_is_brute_force(d):
    data, generated = reals(20, d, 1), reals(15, d, 2) + 3
    triplets = list(itertools.combinations(range(d), 3))
    slow = sum((slow_third(data, *t) - slow_third(generated, *t)) ** 2 for t in triplets) / len(triplets)
    assert third_moment_error(data, generated) == pytest.approx(slow, rel=1e-6)
    assert third_moment_error(data, generated, len(triplets)) == third_moment_error(data, generated)


@pytest.mark.parametrize(("d", "count"), [(3, 1), (4, 9), (7, 34), (7, 35), (9, 10), (50, 500), (784, 10_000)])
def test_triplets_are_distinct_increasing_and_of_the_seed(d, count):
    found = moments._triplets(d, count, seed=3)
    kept = min(count, math.comb(d, 3))
    assert found.shape == (3, kept)
    assert len({tuple(t) for t in found.T.tolist()}) == kept
    assert bool((found[0] >= 0).all() and (found.diff(dim=0) > 0).all() and (found[2] < d).all())
    assert torch.equal(found, moments._triplets(d, count, seed=3))
    assert torch.equal(found, moments._triplets(d, count, seed=4)) is (kept == math.comb(d, 3))


def test_every_triplet_is_as_likely():
    counts = np.zeros((6, 6, 6))
    for seed in range(2000):
        counts[tuple(moments._triplets(6, 5, seed).numpy())] += 1
    of_each = counts[counts > 0]
    assert len(of_each) == 20
    assert abs(of_each - 500).max() < 5 * (2000 * 0.25 * 0.75) ** 0.5  # five deviations of one count


def test_random_triplets_estimate_all():
    data, generated = reals(50, 20, 1), 1.3 * reals(50, 20, 2)
    full = third_moment_error(data, generated)
    some = [third_moment_error(data, generated, 300, seed) for seed in range(20)]
    assert len(set(some)) == 20
    deviation = np.std(some) / 20**0.5
    assert abs(np.mean(some) - full) < 4 * deviation


def test_third_moment_errors_of_ideal_generators_fall_with_rows():
    def floor(n):  # of independent normal columns each third moment has variance 1 / n
        return third_moment_error(reals(n, 30, 1), reals(n, 30, 2))

    for n in (100, 1600):
        assert floor(n) == pytest.approx(2 / n, rel=0.15)  # 4060 squares, of deviation 2: 5 % and less


def test_third_moments_detect_what_second_ones_do_not():
    data = (2 * letters(4000, 3, 2) - 1).float()
    odd = torch.cat([data[:, :2], data[:, :2].prod(1, keepdim=True)], 1)  # pairs are independent, three are not
    assert moments.second_moment_error(data, odd) < 0.01
    assert third_moment_error(data, odd) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("d", "count"), [(2, 10), (3, 0)])
def test_third_moments_need_three_columns_and_a_triplet(d, count):
    with pytest.raises(ValueError, match=f"not {d} columns and {count} triplets"):
        third_moment_error(reals(5, d), reals(5, d), count)


# -- gzip --


def test_gzip_entropy_is_that_of_int32_letters_row_by_row():
    x = letters(30, 20, 5)
    raw = x.numpy().astype("<i4").tobytes()
    assert gzip_entropy(x) == len(gzip.compress(raw, entropy.LEVEL, mtime=0)) / 30
    assert gzip_entropy(x) == (len(zlib.compress(raw, entropy.LEVEL)) + 12) / 30  # a header of 18 bytes, not of 6


@pytest.mark.parametrize("kind", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_gzip_entropy_is_one_for_all_integers(kind):
    x = letters(30, 20, 5)
    assert gzip_entropy(x.to(kind)) == gzip_entropy(x)
    assert gzip_entropy(x.T.contiguous().to(kind).T) == gzip_entropy(x)  # as rows are, not as memory is


def test_entropies_of_booleans_are_those_of_0_and_1():
    x = letters(30, 20, 2)
    assert gzip_entropy(x.bool()) == gzip_entropy(x)
    assert tree_entropy(x.bool()) == tree_entropy(x)


@pytest.mark.parametrize("measure", [gzip_entropy, tree_entropy])
def test_more_letters_are_more_random(measure):
    found = [measure(letters(500, 30, colors)) for colors in (1, 2, 4, 16)]
    assert found == sorted(found)
    assert measure(correlated(500, 30)) < measure(letters(500, 30, 3))


@pytest.mark.parametrize("score", ENTROPIES)
def test_entropy_errors_are_of_the_ratio(score):
    measure = gzip_entropy if score is entropy_error else tree_entropy
    data, generated = letters(200, 9, 4, 1), letters(150, 9, 2, 2)
    assert score(data, generated) == (measure(generated) / measure(data) - 1) ** 2
    assert score(data, letters(200, 9, 4, 3)) < 0.01 < score(data, generated)


def test_only_gzip_depends_on_the_order_of_rows():
    x = letters(300, 6, 2)
    ordered = x[np.lexsort(x.T.numpy())]
    assert gzip_entropy(ordered) < gzip_entropy(x)
    assert tree_entropy(ordered) == tree_entropy(x)


# -- the tree --


def slow_entropy(x):
    """The empirical entropy of the rows, in nats."""
    counts = np.unique(x.numpy(), axis=0, return_counts=True)[1] / len(x)
    return float(-(counts * np.log(counts)).sum())


def spanning_trees(sites):
    edges = list(itertools.combinations(range(sites), 2))
    for tree in itertools.combinations(edges, sites - 1):
        reached = {0}
        for _ in tree:
            reached |= {b for a, b in tree if a in reached} | {a for a, b in tree if b in reached}
        if len(reached) == sites:
            yield tree


@pytest.mark.parametrize("columns", [1, 6, 256])
@pytest.mark.parametrize("make", [letters, correlated])
@pytest.mark.parametrize("sites", [1, 2, 5])
def test_tree_entropy_is_the_least_of_all_trees(sites, make, columns, monkeypatch):
    monkeypatch.setattr(entropy, "COLUMNS", columns)
    x = make(40, sites, 3)
    alone = sum(slow_entropy(x[:, [i]]) for i in range(sites))

    def shared(i, j):
        return slow_entropy(x[:, [i]]) + slow_entropy(x[:, [j]]) - slow_entropy(x[:, [i, j]])

    trees = list(spanning_trees(sites))
    assert len(trees) == max(1, sites ** (sites - 2))  # Cayley
    assert tree_entropy(x) == pytest.approx(min(alone - sum(shared(*e) for e in t) for t in trees), abs=1e-12)


def test_tree_entropy_is_that_of_scipys_spanning_tree():
    csgraph = pytest.importorskip("scipy.sparse.csgraph")
    x = correlated(300, 40)
    joint = entropy._joint_entropies(x)
    shared = joint.diag()[:, None] + joint.diag() - joint
    heaviest = -csgraph.minimum_spanning_tree(-shared.fill_diagonal_(0).numpy()).sum()
    assert tree_entropy(x) == pytest.approx(float(joint.diag().sum()) - heaviest)


@pytest.mark.parametrize("make", [letters, correlated, lambda n, sites, colors: letters(5, sites, colors).repeat(9, 1)])
def test_tree_entropy_is_between_that_of_the_rows_and_that_of_the_sites(make):
    x = make(45, 6, 3)
    alone = sum(slow_entropy(x[:, [i]]) for i in range(6))
    assert slow_entropy(x) - 1e-12 <= tree_entropy(x) <= alone + 1e-12


def test_tree_entropy_is_exact_where_sites_form_a_tree():
    every = torch.cartesian_prod(*[torch.arange(3)] * 4)
    assert tree_entropy(every) == pytest.approx(4 * math.log(3))
    copied = torch.cat([every[:, :2], every[:, :2], torch.full((81, 2), 2)], 1)
    assert tree_entropy(copied) == pytest.approx(2 * math.log(3)) == slow_entropy(copied)
    two = torch.tensor([[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]])
    assert tree_entropy(two.repeat(50, 1)) == pytest.approx(math.log(2))


def test_tree_entropy_does_not_depend_on_orders_and_names():
    x, sites = correlated(200, 12, 4), torch.randperm(12, generator=generator())
    names = torch.tensor([5, 0, 2, 9])
    for y in (x[:, sites], names[x], x.flip(0)):
        assert tree_entropy(y) == pytest.approx(tree_entropy(x), rel=1e-12)


def test_tree_entropy_of_a_chain_is_its_own_up_to_few_rows():
    n, sites = 20_000, 10
    u = -2 / 3 * math.log(2 / 3) - 2 * (1 / 6) * math.log(1 / 6)  # kept or, half of the time, drawn from three
    exact = math.log(3) + (sites - 1) * u
    # -log p of a row deviates by less than log 3 a site, its mean by 1 / sqrt(n) of that
    assert abs(tree_entropy(correlated(n, sites)) - exact) < 4 * sites * math.log(3) / n**0.5
    assert tree_entropy(correlated(n, sites)) == pytest.approx(exact, rel=0.01)


def test_a_collapse_onto_two_rows_is_detected():
    data = letters(200, 15, 4)
    assert tree_entropy_error(data, data[:2].repeat(100, 1)) > 0.9


@pytest.mark.parametrize("score", ENTROPIES)
def test_entropies_are_of_letters(score):
    x = letters(5, 3)
    with pytest.raises(ValueError, match=r"generated must be letters as integers, .* not torch.float32"):
        score(x, x.float())
    with pytest.raises(ValueError, match="generated has an unknown letter in row 2"):
        score(x, x.index_fill(0, torch.tensor(2), -1))


@pytest.mark.parametrize("n", [2, 3, 7])
def test_data_without_entropy_are_refused(n):
    with pytest.raises(ValueError, match="all rows of data are the same"):
        tree_entropy_error(torch.ones(n, 3, dtype=torch.long), letters(5, 3))
