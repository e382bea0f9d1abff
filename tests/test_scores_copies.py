"""Diversity, novelty and privacy: laws, exact examples, brute force, and generators that copy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from spinodal.scores import (
    Novelty,
    Privacy,
    adversarial_accuracy,
    by_label,
    distinct,
    diversity,
    matrices,
    mean_distance,
    nearest,
    novelty,
    privacy,
)
from spinodal.scores.membership import _membership

from .draws import generator, reals


def letters(n, sites, seed=0, colors=5):
    return torch.randint(colors, (n, sites), generator=generator(seed))


def bits(n, d, seed=0):
    return letters(n, d, seed, 2).float()


def spins(n, d, seed=0):
    return 2 * bits(n, d, seed) - 1


MAKERS = [reals, letters, bits, spins]
each_kind = pytest.mark.parametrize("make", MAKERS)


def slow_distances(x, y):
    """By differences of all pairs in double precision."""
    if x.is_floating_point() and len({*x.flatten().tolist(), *y.flatten().tolist()}) > 2:
        return (x[:, None].double() - y[None].double()).square().mean(-1).sqrt()
    return (x[:, None] != y[None]).double().mean(-1)


# -- what is compared --


def test_letters_are_integers_and_matrices_of_two_values():
    for x in (letters(4, 3), letters(4, 3).to(torch.uint8), bits(4, 3).bool()):
        assert matrices.alike(x=x)[0] is x
    assert [x.tolist() for x in matrices.alike(a=spins(4, 3), b=spins(2, 3))] == [
        bits(4, 3).bool().tolist(),
        bits(2, 3).bool().tolist(),
    ]
    a, b = matrices.alike(a=letters(4, 3), b=reals(4, 3).double())
    assert (a.dtype, b.dtype) == (torch.float64, torch.float64)
    assert [x.dtype for x in matrices.alike(a=reals(4, 3).half(), b=letters(4, 3))] == [torch.float32] * 2


def test_rows_of_minus_zero_are_rows_of_zero():
    x = torch.tensor([[0.0, 1.0, 2.0], [-0.0, 1.0, 2.0]])
    assert len(set(matrices.row_bytes(x))) == 1
    assert nearest(x[:1].repeat(2, 1), -(-x)[1:].repeat(2, 1)).tolist() == [0, 0]


COMPARE = [mean_distance, nearest, novelty, lambda a, b: privacy(a, a, b)]


@pytest.mark.parametrize("compare", COMPARE)
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (bits(5, 3), bits(5, 4), "has 3 columns and .* 4: use the same columns"),
        (bits(5, 3), bits(5, 3)[0], "must be a matrix of at least two"),
        (bits(1, 3), bits(5, 3), "must be a matrix of at least two"),
        (bits(5, 3), reals(5, 3).index_fill(0, torch.tensor(2), torch.nan), "unknown or infinite entry in row 2"),
        (letters(5, 3), letters(5, 3).index_fill(0, torch.tensor(2), -1), "unknown letter in row 2"),
    ],
)
def test_what_cannot_be_compared_is_refused(compare, a, b, message):
    with pytest.raises(ValueError, match=message):
        compare(a, b)


# -- diversity --


@each_kind
def test_distinct_rows_are_counted_in_any_order(make):
    x = make(30, 40)
    assert distinct(x) == 1
    repeated = torch.cat([x, x[:10], x[:5]])[torch.randperm(45, generator=generator())]
    assert distinct(repeated) == 30 / 45
    assert distinct(x[:1].expand(9, -1)) == 1 / 9


@pytest.mark.parametrize("rows", [1, 7, 1024])
@each_kind
def test_mean_distance_is_the_mean_of_all_pairs(make, rows, monkeypatch):
    monkeypatch.setattr(diversity, "ROWS", rows)
    x, y = make(20, 6, 1), make(15, 6, 2)
    power = 2 if make is reals else 1  # of reals it is the root of the mean square
    other = ~torch.eye(20, dtype=torch.bool)
    within = (slow_distances(x, x)[other] ** power).mean() ** (1 / power)
    between = (slow_distances(x, y) ** power).mean() ** (1 / power)
    assert mean_distance(x) == pytest.approx(float(within), rel=1e-6)
    assert mean_distance(x, y) == pytest.approx(float(between), rel=1e-6)
    assert mean_distance(x, y) == pytest.approx(mean_distance(y, x), rel=1e-12)


@each_kind
def test_distances_scale_with_reals_and_not_with_two_values(make):
    x, y = make(20, 6, 1), make(15, 6, 2)
    factor = 3 if make is reals else 1
    if make is not letters:
        assert mean_distance(3 * x, 3 * y) == pytest.approx(factor * mean_distance(x, y))
        assert nearest(3 * x, 3 * y).numpy() == pytest.approx(factor * nearest(x, y).numpy())
        assert nearest(3 * x + 100, 3 * y + 100).numpy() == pytest.approx(factor * nearest(x, y).numpy(), rel=1e-4)


def test_mean_distances_by_hand():
    assert mean_distance(torch.tensor([[0, 0], [0, 3], [1, 3]])) == pytest.approx((0.5 + 1 + 0.5) / 3)
    assert mean_distance(torch.tensor([[0.0], [3.0], [4.0]])) == pytest.approx(((9 + 16 + 1) / 3) ** 0.5)
    assert mean_distance(torch.tensor([[-1.0], [1.0]])) == 1
    assert mean_distance(torch.ones(4, 3)) == 0


def test_fresh_rows_are_as_far_from_the_data_as_these_from_each_other():
    for make, exact in ((reals, 2**0.5), (letters, 0.8), (bits, 0.5)):
        x, y = make(2000, 50, 1), make(2000, 50, 2)
        # a mean over 2000 rows of 50 columns; one column's distances deviate by no more than 2 around a row's
        tolerance = 4 * 2 / (2000 * 50) ** 0.5
        assert mean_distance(x) == pytest.approx(exact, abs=tolerance)
        assert mean_distance(x, y) == pytest.approx(exact, abs=tolerance)
        assert mean_distance(x[:2].repeat(50, 1)) < 0.85 * exact


@each_kind
def test_by_label_is_mean_distance_of_parts(make):
    x, labels = make(40, 6), letters(40, 1, 3, 4)[:, 0] - 1  # -1 is unknown
    found = by_label(x, labels)
    assert found.shape == (3, 3)
    assert torch.equal(found, found.T)
    for a in range(3):
        assert float(found[a, a]) == pytest.approx(mean_distance(x[labels == a]))
        for b in range(a):
            assert float(found[a, b]) == pytest.approx(mean_distance(x[labels == a], x[labels == b]))


@each_kind
def test_by_label_of_labels_that_have_no_two_rows_is_unknown(make):
    x = make(5, 6)
    found = by_label(x, torch.tensor([0, 0, 0, 2, -1]))
    assert found.isnan().tolist() == [[False, True, False], [True, True, True], [False, True, True]]
    assert float(found[0, 2]) == pytest.approx(float(by_label(x[:4], torch.tensor([0, 0, 0, 1]))[0, 1]))


def test_labels_that_separate_rows_have_a_smaller_diagonal():
    x, labels = bits(200, 30), torch.arange(200) % 2
    x[labels == 1, :15] = 1
    x[labels == 0, :15] = 0
    found = by_label(x, labels)
    assert float(found.diag().max()) < 0.3 < 0.7 < float(found[0, 1])


@pytest.mark.parametrize("labels", [torch.zeros(4).long(), torch.zeros(5), torch.full((5,), -1)])
def test_by_label_needs_a_label_a_row(labels):
    with pytest.raises(ValueError, match="labels must be 5 integers, one for each row"):
        by_label(bits(5, 3), labels)


# -- novelty --


@pytest.mark.parametrize("rows", [1, 7, 1024])
@each_kind
def test_nearest_is_brute_force(make, rows, monkeypatch):
    monkeypatch.setattr("spinodal.machines.closest.ROWS", rows)
    generated, train = make(17, 6, 1), make(23, 6, 2)
    generated[3] = train[22]
    slow = slow_distances(generated, train)
    torch.testing.assert_close(nearest(generated, train), slow.amin(1), rtol=1e-9, atol=0)
    torch.testing.assert_close(nearest(train, generated), slow.amin(0), rtol=1e-9, atol=0)
    assert nearest(generated, train)[3] == 0


@each_kind
def test_nearest_does_not_depend_on_the_order_of_the_training_rows(make):
    generated, train = make(30, 9, 1), make(40, 9, 2)
    assert torch.equal(nearest(generated, train.flip(0)), nearest(generated, train))
    assert torch.equal(nearest(generated.flip(0), train), nearest(generated, train).flip(0))


@pytest.mark.parametrize("kind", [torch.uint8, torch.int16, torch.int64])
def test_letters_of_one_set_may_be_rarer(kind):
    few, many = letters(9, 70, 1, 2).to(kind), letters(9, 70, 2, 30)
    torch.testing.assert_close(nearest(few, many), slow_distances(few, many).amin(1))
    torch.testing.assert_close(nearest(many, few), slow_distances(many, few).amin(1))


def test_one_hot_letters_differ_in_two_columns():
    a, b = letters(9, 7, 1), letters(9, 7, 2)
    hot = [torch.nn.functional.one_hot(x, 5).flatten(1).float() for x in (a, b)]
    torch.testing.assert_close(nearest(*hot), nearest(a, b) * 2 / 5)


def test_copies_are_distinguished_from_rows_within_rounding():
    train = 1000 + reals(50, 300).double().round(decimals=3)
    near = train.clone()
    near[:, 0] += 1e-9
    both = torch.cat([near, train])
    assert nearest(train, both).tolist() == [0] * 50
    found = nearest(train, near)
    assert found.numpy() == pytest.approx(1e-9 / 300**0.5, rel=1e-3)
    single = torch.ones(4, 500).cumsum(0)
    close = single.clone()
    close[:, 0] = close[:, 0].nextafter(torch.tensor(torch.inf))
    assert nearest(single, torch.cat([close, single])).tolist() == [0] * 4
    assert bool((nearest(single, close) > 0).all())


@each_kind
def test_novelty_counts_copies(make):
    train = make(40, 60, 1)
    generated = torch.cat([train[:3], train[2:3], make(16, 60, 2)])
    found = novelty(generated, train)
    assert (found.n, found.copies, found.share) == (20, 4, 0.2)
    far = nearest(generated, train)
    assert [found.low, found.median, found.high] == np.quantile(far.numpy(), [0.05, 0.5, 0.95]).tolist()
    assert found.low == 0 < found.median <= found.high
    assert novelty(train, train) == Novelty(40, 40, 0.0, 0.0, 0.0)
    assert novelty(make(16, 60, 2), train).copies == 0


def test_short_data_hold_copies_by_chance():
    assert novelty(bits(200, 4, 1), bits(200, 4, 2)).share == 1


# -- privacy --


def three(make, n=600, d=30):
    return [make(n, d, seed) for seed in (1, 2, 3)]


@each_kind
def test_fresh_data_reveal_no_membership(make):
    n = 600
    train, held_out, fresh = three(make, n)
    found = privacy(train, held_out, fresh)
    # The shares of n rows deviate by 1/2 / sqrt(n), sqrt(2) times that where two share neighbors; of the loss there are
    # two; four deviations each.
    assert found.n == n
    assert found.loss == pytest.approx(0, abs=4 * 0.5 * (2 * 2 / n) ** 0.5)
    assert found.membership_auc == pytest.approx(0.5, abs=4 * ((2 * n + 1) / 12) ** 0.5 / n)
    # As often above 1 as below: 1 is within the quantiles that four deviations of a share leave.
    ratios = (nearest(fresh, train) / nearest(fresh, held_out)).numpy()
    chance = 4 * 0.5 * (2 / n) ** 0.5
    low, high = np.quantile(ratios, [0.5 - chance, 0.5 + chance])
    assert low <= 1 <= high
    assert low <= found.ratio <= high
    assert not found.copies


@each_kind
def test_copies_of_the_training_set_are_caught(make):
    train, held_out, _ = three(make, 200)
    found = privacy(train, held_out, train[torch.randperm(200, generator=generator())])
    assert (found.membership_auc, found.ratio, found.copies) == (1, 0, True)
    assert found.loss == pytest.approx(0.5, abs=4 * 0.5 * (2 / 200) ** 0.5)  # a fresh set's accuracy less 0


@each_kind
def test_a_generator_that_copies_one_row_in_two_is_caught(make):
    train, held_out, generated = three(make)
    generated[::2] = train[::2]
    found = privacy(train, held_out, generated)
    assert found.copies
    assert found.loss > 0.1
    assert found.membership_auc > 0.7
    assert found.ratio < 1


@each_kind
def test_copies_of_the_held_out_are_the_opposite(make):
    train, held_out, generated = three(make, 100)
    generated[:30] = held_out[:30]
    one, other = privacy(train, held_out, generated), privacy(held_out, train, generated)
    assert one.loss == -other.loss
    assert one.membership_auc == pytest.approx(1 - other.membership_auc)
    assert one.ratio == pytest.approx(1 / other.ratio)
    found = privacy(train, held_out, held_out.flip(0))
    assert (found.membership_auc, found.ratio, found.copies) == (0, math.inf, False)


@each_kind
def test_order_of_rows_does_not_matter(make):
    train, held_out, generated = three(make, 100)
    found = privacy(train.flip(0), held_out.roll(7, 0), generated.flip(0))
    assert vars(found) == pytest.approx(vars(privacy(train, held_out, generated)))


def test_privacy_by_hand():
    train, held_out = torch.tensor([[0, 0, 0, 0], [1, 1, 1, 1]]), torch.tensor([[2, 2, 2, 2], [1, 1, 1, 1]])
    generated = torch.tensor([[0, 0, 0, 2], [1, 1, 1, 1]])
    found = privacy(train, held_out, generated)
    # Training rows are 1/4 and 0 from the generated, held-out ones 3/4 and 0: nearer, tied, farther, nearer
    assert found.membership_auc == (1 + 0 + 1 + 0.5) / 4
    # The generated are 1/4 and 0 from training rows, 3/4 and 0 from held-out ones; the shares 1/4 and 1/2
    assert found.ratio == pytest.approx(0.375 / 0.625)
    # Of two that differ everywhere, each has its own as far as 1: both sides are 0 against train; and against held-out
    assert found.loss == 0


@pytest.mark.parametrize(("n", "steps"), [(1, 1), (7, 3), (40, 5), (200, 1000)])
def test_membership_is_the_area_under_the_roc_curve(n, steps):
    of_train, of_held_out = np.random.default_rng(n).integers(0, steps, (2, n)) / steps
    area = roc_auc_score(np.repeat([1, 0], n), -np.concatenate([of_train, of_held_out]))
    assert _membership(*map(torch.tensor, (of_train, of_held_out))) == pytest.approx(area, abs=1e-12)


def test_privacy_is_0_by_0_where_all_are_one_row():
    same = torch.ones(3, 4)
    assert privacy(same, same, same) == Privacy(3, 0.0, 0.5, 1.0)


def test_privacy_compares_the_first_rows_of_equally_many():
    train, held_out, generated = bits(60, 20, 1), bits(40, 20, 2), bits(50, 20, 3)
    assert privacy(train, held_out, generated) == privacy(train[:40], held_out, generated[:40])
    assert privacy(train, held_out, generated).n == 40


@pytest.mark.parametrize("make", [reals, bits])
def test_the_loss_is_of_adversarial_accuracies(make):
    train, held_out, generated = three(make, 80)
    against = [adversarial_accuracy(x, generated) for x in (held_out, train)]
    means = [(a.truth + a.synthetic) / 2 for a in against]
    assert privacy(train, held_out, generated).loss == means[0] - means[1]


def test_the_loss_of_letters_is_that_of_one_hot_ones():
    sets = three(letters, 80, 12)
    hot = [torch.nn.functional.one_hot(x, 5).flatten(1).float() for x in sets]
    assert vars(privacy(*sets)) == pytest.approx(vars(privacy(*hot)))


def test_the_alarm_is_four_deviations():
    n = 300
    deviation = ((2 * n + 1) / (12 * n**2)) ** 0.5
    assert Privacy(n, 0.0, 0.5 + 4.01 * deviation, 1.0).copies
    assert not Privacy(n, 0.0, 0.5 + 3.99 * deviation, 1.0).copies
    assert not Privacy(11, 0.5, 1.0, 0.0).copies
    assert Privacy(12, 0.5, 1.0, 0.0).copies


def test_the_deviation_of_the_alarm_is_that_of_fresh_data():
    n, found = 20, []
    for seed in range(0, 300, 3):
        sets = [reals(n, 3, seed + s) for s in range(3)]
        found.append(privacy(*sets).membership_auc)
    exact = ((2 * n + 1) / (12 * n**2)) ** 0.5
    assert np.mean(found) == pytest.approx(0.5, abs=4 * exact / 100**0.5)
    assert np.std(found) == pytest.approx(exact, rel=4 / (2 * 100) ** 0.5)  # a deviation's own relative deviation
