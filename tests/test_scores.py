"""Scores against brute force, their values for ideal, copying and failing generators, and their error messages."""

from __future__ import annotations

import json

import pytest
import torch

from spinodal.data import bits as package_bits
from spinodal.scores import (
    AdversarialAccuracy,
    accuracy,
    adversarial_accuracy,
    balanced_accuracy,
    distances,
    matrices,
    reconstruction_error,
    score,
    second_moment_error,
    spectrum_error,
)
from spinodal.scores.adversarial import HALF, OTHER
from spinodal.scores.spectrum import spectrum

from .draws import generator, reals


def bits(n, d, seed=0, p=0.5):
    return torch.bernoulli(torch.full((n, d), p), generator=generator(seed))


def letters(n, sites, colors=4, seed=0):
    x = torch.randint(colors, (n, sites), generator=generator(seed))
    return torch.nn.functional.one_hot(x, colors).flatten(1).float()


class Columns:
    """The smallest class that `score` accepts."""

    def __init__(self, visible):
        self.visible = visible

    def __len__(self):
        return len(self.visible)

    def numbers(self, layer):
        return getattr(self, layer)


# -- adversarial accuracy --


def slow_share(own, other):
    """Nearest neighbors by loops over Python integers."""

    def distance(x, y):
        return sum((int(a) - int(b)) ** 2 for a, b in zip(x, y))

    wins = 0.0
    for i, x in enumerate(own):
        near = min(distance(x, y) for j, y in enumerate(own) if j != i)
        far = min(distance(x, y) for y in other)
        wins += 1.0 if near < far else 0.5 if near == far else 0.0
    return wins / len(own)


@pytest.mark.parametrize("rows", [1, 3, 7, 1024])
@pytest.mark.parametrize("make", [lambda seed: bits(17, 4, seed), lambda seed: letters(17, 3, 3, seed)])
def test_adversarial_accuracy_is_brute_force_with_ties(make, rows, monkeypatch):
    monkeypatch.setattr("spinodal.machines.closest.ROWS", rows)
    data, generated = make(1), make(2)
    data[3] = data[4]  # a repeat
    generated[5] = data[3]  # that is copied: distance 0 on both sides
    found = adversarial_accuracy(data, generated)
    assert found.truth == slow_share(data.tolist(), generated.tolist())
    assert found.synthetic == slow_share(generated.tolist(), data.tolist())


@pytest.mark.parametrize(
    "make", [bits, lambda n, d, seed: 2 * bits(n, d, seed) - 1, letters, lambda n, d, seed: bits(n, d)]
)
@pytest.mark.parametrize(("n", "d"), [(2, 1), (37, 1), (101, 7), (130, 65), (1031, 16)])
def test_bits_and_products_agree_to_the_last_tie(make, n, d, monkeypatch):
    data, generated = make(n, d, seed=1), make(n, d, seed=2)
    data[n // 2], generated[0] = data[0], data[1]
    found = adversarial_accuracy(data, generated)
    monkeypatch.setattr(distances, "two_valued", lambda *_: None)
    assert found == adversarial_accuracy(data, generated)


@pytest.mark.parametrize(("seen", "kind"), [((0.1, 0.7), "bits"), ((5, 5), "bits"), ((0, 1, 2), "numbers")])
def test_two_values_are_bits(seen, kind):
    x = torch.tensor(seen).float()[torch.randint(len(seen), (40, 30), generator=generator())]
    distance, *_ = distances.with_distance(x, x.flip(0))
    assert distance is (package_bits.differences if kind == "bits" else distances.squares)


def test_two_sets_of_two_values_each_are_not_bits_unless_they_are_the_same():
    zero, one = torch.zeros(3, 2), torch.ones(3, 2)
    assert matrices.two_valued(zero, one)[0] == 1
    assert matrices.two_valued(zero, 2 * one, one) is None
    assert matrices.two_valued(bits(9, 9), 2 * bits(9, 9)) is None
    step, higher = matrices.two_valued(-one, one)
    assert (step, [bool(x.all()) for x in higher]) == (2, [False, True])


def test_a_tie_counts_one_half():
    data, generated = torch.tensor([[0], [2]]), torch.tensor([[0], [2]])
    assert adversarial_accuracy(data, generated) == AdversarialAccuracy(0.0, 0.0)
    same = torch.zeros(2, 3, dtype=torch.bool)
    assert adversarial_accuracy(same, same) == AdversarialAccuracy(0.5, 0.5)


@pytest.mark.parametrize("tie", [HALF, OTHER, 0.25, 1.0])
def test_a_tie_counts_by_its_value(tie):
    same, ours = torch.zeros(2, 3, dtype=torch.bool), torch.tensor([[0], [0], [9]])
    assert adversarial_accuracy(same, same, tie) == AdversarialAccuracy(tie, tie)
    theirs = torch.tensor([[1], [5], [9]])  # of ours two are nearer to ours, of theirs none; 9 and 5 tie with nobody
    plain = adversarial_accuracy(ours, theirs)
    assert adversarial_accuracy(ours, theirs, tie).truth == plain.truth == pytest.approx(2 / 3)


def test_the_authors_rule_punishes_repeated_data():
    x, y = (torch.randint(0, 2, (400, 4), generator=generator(seed)) for seed in (1, 2))
    half, other = (adversarial_accuracy(x, y, tie) for tie in (HALF, OTHER))
    assert half.error < 0.01 < 0.2 < other.error


@pytest.mark.parametrize("tie", [-0.1, 1.1, float("nan")])
def test_a_tie_is_worth_a_share(tie):
    with pytest.raises(ValueError, match="tie must be from 0"):
        adversarial_accuracy(torch.zeros(2, 1), torch.ones(2, 1), tie)


@pytest.mark.parametrize("make", [lambda seed: bits(1500, 60, seed), lambda seed: reals(1500, 8, seed)])
def test_fresh_data_score_one_half_up_to_chance(make):
    found = adversarial_accuracy(make(1), make(2))
    floor = 4 * (0.25 / 1500) ** 0.5 * 2**0.5  # four deviations; two samples of a kind share neighbors
    assert found.truth == pytest.approx(0.5, abs=floor)
    assert found.synthetic == pytest.approx(0.5, abs=floor)
    assert found.error < 2 * floor**2


def test_copies_score_0_and_strangers_1():
    data = reals(300, 5)
    assert adversarial_accuracy(data, data[torch.randperm(300)]) == AdversarialAccuracy(0, 0)
    assert adversarial_accuracy(data, data + 100) == AdversarialAccuracy(1, 1)
    assert adversarial_accuracy(data, data + 100).error == 0.5


def test_a_collapsed_generator_differs_from_the_data():
    collapsed = adversarial_accuracy(bits(200, 50), bits(1, 50, 1).expand(200, -1))
    assert collapsed.synthetic == 1


def test_single_and_double_precision_agree_on_integers():
    data, generated = bits(200, 30, 1), bits(200, 30, 2)
    assert adversarial_accuracy(data, generated) == adversarial_accuracy(data.double(), generated.double())
    assert adversarial_accuracy(data, generated) == adversarial_accuracy(data.long(), generated.long())


# -- spectrum --


@pytest.mark.parametrize(("n", "d"), [(40, 7), (7, 40), (9, 9)])
def test_spectrum_is_the_singular_values(n, d):
    x = reals(n, d)
    exact = torch.linalg.svdvals((x.double() - x.double().mean(0)) / n**0.5)
    torch.testing.assert_close(spectrum(x), exact, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("make", [bits, lambda n, d: 2 * bits(n, d) - 1, lambda n, d: letters(n, d // 4)])
@pytest.mark.parametrize(("n", "d"), [(200, 72), (72, 200), (64, 64)])
def test_spectrum_of_two_values_is_the_singular_values(make, n, d):
    x = make(n, d)
    exact = torch.linalg.svdvals((x.double() - x.double().mean(0)) / n**0.5)
    torch.testing.assert_close(spectrum(x), exact, rtol=1e-9, atol=1e-7)
    torch.testing.assert_close(spectrum(x + 0.25), exact, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize(("n", "d"), [(1000, 20), (20, 1000)])
def test_spectrum_of_bits_that_are_nearly_all_one_loses_nothing(n, d):
    x = torch.ones(n, d).flatten().index_fill(0, torch.tensor([17, 4003, 9999]), 0).view(n, d)
    few, many = spectrum(1 - x), spectrum(x)
    torch.testing.assert_close(few, many, rtol=1e-13, atol=1e-8 * float(few[0]))


def test_spectrum_of_one_value_is_zero():
    assert spectrum(torch.full((9, 4), 3.0)).tolist() == [0] * 4


def test_spectrum_error_by_hand():
    line = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    assert spectrum_error(line, 3 * line) == pytest.approx((3 - 1) ** 2 / 2)
    assert spectrum_error(line, line + 5) == 0


def test_spectrum_error_of_unequal_lengths_compares_the_first_values():
    data, generated = reals(30, 10, 1), reals(6, 10, 2)
    expected = (spectrum(data)[:6] - spectrum(generated)).square().mean()
    assert spectrum_error(data, generated) == pytest.approx(float(expected))


# -- second moments --


def covariance_formula(data, generated):
    """1 / d² Σ (C - C')² by loops."""

    def covariances(x):
        x = x.double()
        return [[(a * b).mean() - a.mean() * b.mean() for b in x.T] for a in x.T]

    pairs = zip(covariances(data), covariances(generated))
    return float(sum((x - y) ** 2 for one, other in pairs for x, y in zip(one, other))) / data.shape[1] ** 2


@pytest.mark.parametrize(("n", "m"), [(9, 9), (9, 6), (4, 9)])
@pytest.mark.parametrize("d", [1, 5, 9, 12])  # the last is more than there are rows: the other route
def test_second_moment_error_is_the_formula_of_covariances(n, m, d):
    data, generated = reals(n, d, 1), 2 * reals(m, d, 2) + 3
    assert second_moment_error(data, generated) == pytest.approx(covariance_formula(data, generated), rel=1e-5)


def test_second_moment_error_by_hand():
    data = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])  # all covariances are 1
    generated = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])  # between the two it is -1
    assert second_moment_error(data, generated) == pytest.approx((0 + 4 + 4 + 0) / 4)
    wide = torch.cat([data, data], 1), torch.cat([data, -data], 1)  # two columns agree with neither of two others
    assert second_moment_error(*wide) == pytest.approx(8 * 4 / 16)


@pytest.mark.parametrize("d", [5, 40])
@pytest.mark.parametrize(("scale", "shift", "factor"), [(1, 7.5, 1), (2, 0, 16), (2, -1, 16), (-3, 0, 81)])
def test_second_moment_error_has_the_scale_to_the_fourth(d, scale, shift, factor):
    data, generated = bits(30, d, 1), bits(25, d, 2, 0.3)
    found = second_moment_error(scale * data + shift, scale * generated + shift)
    assert found == pytest.approx(factor * second_moment_error(data, generated))


@pytest.mark.parametrize("d", [5, 40])
def test_second_moment_error_of_copies_is_zero_and_never_less(d):
    data = reals(20, d)
    assert 0 <= second_moment_error(data, data.clone()) < 1e-15
    assert 0 <= second_moment_error(data, data.flip(0) + 3) < 1e-12  # single precision of the shift


@pytest.mark.parametrize("d", [4, 300])
def test_the_error_of_an_ideal_generator_is_the_floor_and_falls_with_rows(d):
    def floor(n):  # of independent columns each covariance is off by 2 / n, those with themselves twice that
        found = [second_moment_error(reals(n, d, 2 * s), reals(n, d, 2 * s + 1)) for s in range(100 if d == 4 else 2)]
        return sum(found) / len(found)

    for n in (50, 400):
        assert floor(n) == pytest.approx(2 / n * (1 + 1 / d), rel=0.2)  # 1600 and more squares: 5 deviations at most
    assert second_moment_error(reals(400, d), 1.5 * reals(400, d, 1)) > 2 * floor(400)


# -- reconstruction --


def test_reconstruction_error_by_hand():
    data = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    assert reconstruction_error(data, torch.tensor([[0.0, 0.0], [0.0, 1.0]])) == 0.5
    assert reconstruction_error(2 * data - 1, 2 * torch.tensor([[0.0, 0.0], [0.0, 1.0]]) - 1) == 2.0
    assert reconstruction_error(data, data) == 0


def test_the_error_of_reconstructing_the_mean_is_the_variance():
    data = reals(40, 7).double()
    found = reconstruction_error(data, data.mean(0).expand(40, 7))
    assert found == pytest.approx(float(data.var(0, correction=0).mean()))


def test_reconstruction_compares_in_pairs():
    with pytest.raises(ValueError, match="data has 5 rows and reconstructed 6: they must have the same rows"):
        reconstruction_error(bits(5, 3), bits(6, 3))


# -- all --


@pytest.mark.parametrize("compare", [adversarial_accuracy, spectrum_error, second_moment_error])
def test_order_of_rows_does_not_matter(compare):
    data, generated, order = bits(90, 20, 1), bits(90, 20, 2, 0.3), torch.randperm(90, generator=generator())
    shuffled, plain = compare(data[order], generated), compare(data, generated)
    assert vars(shuffled) == vars(plain) if compare is adversarial_accuracy else shuffled == pytest.approx(plain)


@pytest.mark.parametrize("compare", [adversarial_accuracy, spectrum_error, second_moment_error, reconstruction_error])
@pytest.mark.parametrize(
    ("data", "generated", "message"),
    [
        (bits(5, 3), bits(5, 4), "data has 3 columns and generated 4"),
        (bits(5, 3), bits(5, 3)[0], "generated must be a matrix"),
        (bits(1, 3), bits(5, 3), "data must be a matrix of at least two"),
        (bits(5, 3), bits(5, 3).index_fill(0, torch.tensor(2), torch.nan), "generated has an unknown .* row 2"),
    ],
)
def test_what_cannot_be_compared_is_refused(compare, data, generated, message):
    with pytest.raises(ValueError, match=message):
        compare(data, generated)


def test_adversarial_accuracy_refuses_unequal_lengths():
    with pytest.raises(ValueError, match="data has 5 rows and generated 6"):
        adversarial_accuracy(bits(5, 3), bits(6, 3))


# -- labels --


def test_accuracies_by_hand():
    truth, predicted = torch.tensor([0, 0, 0, 2, 2, -1]), torch.tensor([0, 0, 1, 2, -1, 0])
    assert accuracy(truth, predicted) == pytest.approx(3 / 5)
    assert balanced_accuracy(truth, predicted) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_accuracies_agree_on_balanced_classes():
    truth = torch.arange(5).repeat(20)
    predicted = torch.randint(5, (100,), generator=generator())
    assert accuracy(truth, predicted) == pytest.approx(balanced_accuracy(truth, predicted))


@pytest.mark.parametrize("measure", [accuracy, balanced_accuracy])
@pytest.mark.parametrize(
    ("truth", "predicted", "message"),
    [
        (torch.tensor([-1, -1]), torch.tensor([0, 1]), "no label of truth is known"),
        (torch.tensor([], dtype=torch.long), torch.tensor([], dtype=torch.long), "no label of truth"),
        (torch.tensor([0, 1]), torch.tensor([0]), "labels of the same samples"),
        (torch.tensor([[0], [1]]), torch.tensor([[0], [1]]), "labels of the same samples"),
        (torch.tensor([0, 1]), torch.tensor([0.9, 0.1]), "labels are integers"),
    ],
)
def test_labels_that_cannot_be_scored_are_refused(measure, truth, predicted, message):
    with pytest.raises(ValueError, match=message):
        measure(truth, predicted)


# -- two datasets --


def test_score_cuts_to_the_shorter_and_is_plain():
    data, generated = bits(40, 6, 1), bits(30, 6, 2)
    scores = score(Columns(data), Columns(generated))
    assert scores["n"] == 30
    assert list(scores) == ["n", "adversarial_accuracy", "spectrum_error", "second_moment_error"]
    assert scores["spectrum_error"] == spectrum_error(data[:30], generated)
    assert scores["second_moment_error"] == second_moment_error(data[:30], generated)
    assert scores["adversarial_accuracy"]["truth"] == adversarial_accuracy(data[:30], generated).truth
    assert json.loads(json.dumps(scores)) == scores
