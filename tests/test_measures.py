"""Measures and what they stand on: rows as scores read them, classifiers, comparison sets, intervals, curves."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import spinodal as sp
from spinodal import scores
from spinodal.data.alphabet import BINARY, Alphabet
from spinodal.data.dataset import Dataset, concatenate, numbered_names
from spinodal.evaluation.classifier import train_classifier
from spinodal.evaluation.comparison_sets import Comparison, independent, matched
from spinodal.evaluation.curves import curves_of
from spinodal.evaluation.known_judges import RNA
from spinodal.evaluation.linkage import decay, decay_error
from spinodal.evaluation.measure import BUDGET, Outcomes, Statistics, of_one_outcome
from spinodal.evaluation.measures import BALANCED, COMMON, FIDELITIES, OWN, QUICK, SWEPT, measures_of
from spinodal.evaluation.predictions import PREDICTED
from spinodal.evaluation.reference import KINDS, Reference, Rows, kind_of
from spinodal.evaluation.results import Results, all_scores, duplicates
from spinodal.evaluation.scales import SCALES
from spinodal.files.sites import Sites

from . import tables
from .tables import holed, table


def reference(kind="sequences", n=40):
    test, matched, train = (Rows(table(kind, m, seed)) for seed, m in enumerate((n, n, 2 * n)))
    return Reference(test, matched, train)


# -- the list -----------------------------------------------------------------------------------


def test_every_score_is_measured_once():
    every = [*FIDELITIES.values(), *BALANCED.values(), *COMMON, *(measure for own in OWN.values() for measure in own)]
    every += [judge.measure for judge in RNA]
    names = [name for measure in every for name in measure.names] + [*PREDICTED, "reconstruction_error", "plddt"]
    assert sorted(names) == sorted(SCALES)
    assert all(measure in SWEPT for measure in QUICK)
    assert all(measure in (*COMMON, FIDELITIES["machine"]) for measure in SWEPT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_what_all_have_and_its_own(kind):
    assert measures_of(kind) == COMMON + OWN.get(kind, ())


@pytest.mark.parametrize("name", SCALES)
def test_the_ideal_of_a_score_is_in_its_range(name):
    scale = SCALES[name]
    assert scale.low < scale.high
    assert scale.better in ("lower", "higher", "near")
    if scale.ideal is not None:
        assert scale.low <= scale.ideal <= scale.high
        assert scale.ideal == {"lower": 0, "higher": scale.high}.get(scale.better, scale.ideal)


# -- rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", tables.KINDS)
def test_a_kind_is_found_from_the_notes_and_letters(kind):
    assert kind_of(table(kind, 4)) == {"gray": "images"}.get(kind, kind)


@pytest.mark.parametrize(("kind", "notes", "alphabet"), [
    ("music", {"roll": {"pitches": 3}, "image": [2, 3], "format": "hap"}, BINARY),
    ("images", {"image": (2, 3), "format": "hap"}, BINARY),
    ("rows", {"image": [6]}, BINARY),
    ("genomes", {"format": "haps"}, BINARY),
    ("rows", {"format": "fasta"}, BINARY),
    ("sequences", {"format": "csv"}, Alphabet(("0", "x"))),
])  # fmt: skip
def test_the_first_note_decides(kind, notes, alphabet):
    data = Dataset({"visible": np.zeros((2, 6), np.int8)}, {"visible": alphabet}, np.arange(2).astype(str), notes=notes)
    assert kind_of(data) == kind


def test_rows_are_read_as_a_score_needs_them():
    data = holed(table("sequences", 10), [2])
    rows = Rows(data, {"classifier": np.arange(10)})
    assert rows.every is data["visible"]
    assert len(rows) == 10
    assert len(rows.whole) == len(rows.letters) == len(rows.numbers) == 9
    assert rows.plain.equal(rows.letters)
    assert rows.width == rows.numbers.shape[1] == 24 * 5
    assert (rows.gap, rows.colors) == (0, 5)
    some = rows.take(np.array([4, 2]))
    assert some.predicted["classifier"].tolist() == [4, 2]
    assert some.data.names.tolist() == data.names[[4, 2]].tolist()


@pytest.mark.parametrize(("part", "kind", "why"), [
    ("every", "gray", "numbers, and this score is of letters"),
    ("letters", "gray", "numbers, and this score is of letters"),
    ("gap", "rows", "no gap"),
    ("pitches", "rows", 'no "roll"'),
])  # fmt: skip
def test_what_rows_lack_is_said(part, kind, why):
    with pytest.raises(ValueError, match=why):
        getattr(Rows(table(kind, 4)), part)


def test_a_row_alone_is_not_whole():
    with pytest.raises(ValueError, match="1 of 3 rows have no unknown entry"):
        _ = Rows(holed(table("rows", 3), [0, 1])).numbers


def test_rows_without_labels_have_unknown_ones():
    assert Rows(table("rows", 3, labels=())).labels.tolist() == [-1, -1, -1]


@pytest.mark.parametrize("kind", ["gray", "genomes"])
def test_numbers_and_bits_are_as_wide_as_they_are(kind):
    rows = Rows(table(kind, 5))
    assert rows.width == rows.numbers.shape[1]


# -- intervals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 30, 1000])
@pytest.mark.parametrize("outcome", [False, True])
def test_the_interval_of_one_outcome_is_exact(n, outcome):
    found = of_one_outcome(outcome, n)
    beyond = found.high if not outcome else 1 - found.low
    assert (1 - beyond) ** n == pytest.approx(0.025)
    assert found.value in (found.low, found.high)


def outcomes(x, **how):
    return Outcomes(lambda reference, generated: {"x": x}, ("x",), **how)


def test_outcomes_are_averaged_and_drawn_again():
    x, there = np.arange(100) % 4 == 0, reference(n=4)
    found = outcomes(x).intervals(there, [there.test], 0, 50, 0)["x"]
    theory = 1.96 * (0.25 * 0.75 / 100) ** 0.5
    assert outcomes(x).values(there, [there.test]) == {"x": 0.25}
    assert (found.high - found.low) / 2 == pytest.approx(theory, rel=0.25)
    assert outcomes(x.astype(float), by={"x": np.max}).values(there, [there.test]) == {"x": 1}


def test_outcomes_of_all_rows_alike_have_an_interval():
    there = reference(n=4)
    found = outcomes(np.zeros(50, bool)).intervals(there, [there.test] * 2, 0, 50, 0)["x"]
    assert found == of_one_outcome(False, 100)


def test_without_outcomes_there_is_no_score():
    there = reference(n=4)
    with pytest.raises(ValueError, match="no row is known"):
        outcomes(np.zeros(0)).values(there, [there.test])


def mean_of(cost):
    """A score whose interval theory knows: the mean of a column."""
    return Statistics(
        lambda reference, generated: {"x": float(generated.data["visible"][:, 0].mean())}, ("x",), lambda n, d: cost
    )


def test_statistics_vary_as_theory_says():
    there, made = reference("gray", 400), Rows(table("gray", 400, 9))
    found = mean_of(1).intervals(there, [made], 0, 400, BUDGET)["x"]
    assert found.value == mean_of(1).values(there, [made])["x"]
    theory = 1.96 * made.data["visible"][:, 0].std() / 20
    assert (found.high - found.low) / 2 == pytest.approx(theory, rel=0.15)


@pytest.mark.parametrize(("cost", "why"), [(math.inf, "don't say how much"), (6.0, "20 draws of halves of the rows")])
def test_what_is_too_dear_has_no_interval(cost, why):
    there = reference()
    with pytest.raises(ValueError, match=why):
        mean_of(cost).intervals(there, [there.test], 0, 50, 100)


def test_a_budget_makes_fewer_draws():
    there, asked = reference(), []

    def counted(reference, generated):
        asked.append(len(generated))
        return {"x": 1.0}

    Statistics(counted, ("x",), lambda n, d: 4.0).intervals(there, [there.test], 0, 50, 100)
    assert asked == [40] + [20] * 25


# -- results --------------------------------------------------------------------------------------


def test_what_is_not_finite_is_named_and_left_out():
    found = Results()
    found.add("novelty", math.nan)
    found.add("copies", 0.1, floor=math.nan, baseline=0.2)
    found.about("copies", scores.Interval(0.1, -0.3, 1.3))
    found.add("distinct", 1.0)
    found.about("distinct", scores.Interval(1.0, 1.0, 1.0))
    found.add("nearest_ratio", 1.0)
    found.about("nearest_ratio", scores.Interval(1.0, math.nan, 1.0))
    assert found.not_measured == [
        {"what": "novelty", "why": "it is not finite on these rows"},
        {"what": "interval of distinct", "why": "every draw of rows gives the same score"},
        {"what": "interval of nearest_ratio", "why": "some draws of rows give no finite score"},
    ]
    assert found.scores == {
        "copies": {"value": 0.1, "ideal": 0, "better": "lower", "baseline": 0.2, "interval": [0, 1]},
        "distinct": {"value": 1.0, "better": "near"},
        "nearest_ratio": {"value": 1.0, "ideal": 1, "better": "near"},
    }
    assert list(found.ordered()) == ["distinct", "copies", "nearest_ratio"]


@pytest.mark.parametrize(("rows", "share"), [([0, 1, 2, 3], 0.0), ([0, 1, 0, 2], 0.5), ([1, 1, 1], 1.0)])
def test_duplicates_are_rows_that_occur_again(rows, share):
    assert duplicates(Rows(table("sequences", 10).select(rows))) == share


# -- comparison sets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_training_rows_have_the_labels_of_the_held_out_rows(seed):
    test, train = table("sequences", 50, 3), table("sequences", 300, 4)
    some = matched(train, test, seed)
    assert sorted(some["label"][:, 0]) == sorted(test["label"][:, 0])
    assert len(set(some.names)) == 50
    assert matched(train, test, seed).names.tolist() == some.names.tolist()
    assert matched(train, test, seed + 5).names.tolist() != some.names.tolist()


def test_what_training_rows_lack_of_a_label_others_make_up():
    test, train = table("sequences", 60, 3), table("sequences", 90, 4)
    few = np.flatnonzero(train["label"][:, 0] == 0)[2:]
    train = holed(train.select(np.setdiff1d(np.arange(90), few)), [0])
    some = matched(train, test, 0)
    assert len(some) == len(set(some.names)) == min(60, train.whole.sum())
    assert some.whole.all()
    assert (some["label"] == 0).sum() <= 2


def test_independent_rows_have_the_labels_and_letters_of_the_data():
    test, train = table("sequences", 2000, 3), table("sequences", 2000, 4)
    made = independent(train, test, 0)
    assert made["label"] is test["label"]
    assert made["visible"].dtype == train["visible"].dtype
    for label in range(3):
        ours, theirs = (x["visible"][x["label"][:, 0] == label, 0] for x in (made, train))
        apart = np.bincount(ours, minlength=5) / len(ours) - np.bincount(theirs, minlength=5) / len(theirs)
        assert np.abs(apart).max() < 6 * (0.25 * 2 / 600) ** 0.5


def test_a_label_that_was_never_learned_has_the_sites_of_all():
    test, train = table("gray", 40, 3), table("gray", 40, 4)
    train["label"][train["label"] == 2] = 1
    assert np.isfinite(independent(train, test, 0)["visible"]).all()


def test_the_comparison_of_a_label_has_as_many_rows_of_each():
    test, train, made = (table("genomes", 100, i) for i in range(3))
    comparison = Comparison.of(test, train, [made, made], {}, "genomes", 0)
    for label, (name, own) in enumerate(comparison.labels()):
        assert name == "abc"[label]
        assert len(own.sets) == 2
        assert {len(own.reference.test), len(own.reference.matched), *map(len, own.sets)} == {len(own.reference.test)}
        assert all((rows.labels == label).all() for rows in (own.reference.test, own.reference.train, *own.sets))


def test_a_silent_measure_leaves_out_what_it_is_compared_with():
    """A floor or baseline that can't be had is no reason not to score."""
    test, train, made = (table("music", 40, i) for i in range(3))
    silent = replace(train, columns={**train.columns, "visible": np.zeros_like(train["visible"])})
    found = all_scores(Comparison.of(test, silent, [made], {}, "music", 0), intervals=0)
    assert "pitch_distance" in found.scores
    assert "floor" not in found.scores["pitch_distance"]


def test_generated_rows_with_holes_are_scored_as_far_as_they_can_be():
    test, train, made = (table("sequences", 40, i) for i in range(3))
    comparison = Comparison.of(test, train, [holed(made, slice(None))], {}, "sequences", 0)
    found = all_scores(comparison, intervals=0)
    assert "copies" not in found.scores
    assert {"identity", "sites_pearson"} <= found.scores.keys()


# -- classifiers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sequences", "gray", "images"])
def test_a_classifier_knows_labels_of_rows_it_never_saw(kind):
    train, test = table(kind, 300, 1), table(kind, 200, 2)
    classify = train_classifier(train, kind_of(train))
    assert (classify(test) == test["label"][:, 0]).mean() > 0.6  # chance is 1/3
    assert classify(holed(test, [3]))[3] == -1
    assert (classify(holed(test, slice(None))) == -1).all()
    assert (train_classifier(train, kind_of(train))(test) == classify(test)).all()


def test_a_classifier_learns_from_whole_rows_with_a_label():
    train, test = table("sequences", 300, 1), table("sequences", 100, 2)
    lost = train.hide("label")
    classify = train_classifier(concatenate([train, lost, holed(lost, slice(None))]), "sequences")
    assert (classify(test) == train_classifier(train, "sequences")(test)).all()


# -- curves -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "names"), [
    ("genomes", ["ld_decay"]), ("sequences", ["length", "gap"]), ("music", ["density", "pitch", "interval"]),
    ("images", []), ("rows", []),
])  # fmt: skip
def test_curves_of_a_kind(kind, names):
    data, made = (Rows(table(kind, 60, i)) for i in range(2))
    found = curves_of(kind, data, made)
    assert list(found) == names
    for name, curve in found.items():
        assert len(curve["x"]) == len(curve["data"]) == len(curve["generated"]) > 0
        assert sorted(curve["x"]) == curve["x"]
        if name != "ld_decay":
            assert sum(curve["data"]) == pytest.approx(1) == sum(curve["generated"])


def test_curves_are_the_statistics_of_the_scores():
    data, made = (Rows(table("music", 60, i)) for i in range(2))
    steps = scores.interval_histogram(data.letters, 6)
    curve = curves_of("music", data, made)["interval"]
    assert curve["x"] == list(range(-5, 6))
    assert curve["data"] == pytest.approx(steps / steps.sum())
    far, near = (curves_of("genomes", rows, rows)["ld_decay"]["data"] for rows in (Rows(table("genomes", 60, 5)), made))
    assert far != near


@pytest.mark.parametrize("chromosomes", [1, 3])
def test_linkage_decays_by_base_pairs_within_chromosomes(chromosomes):
    """Rows copy blocks of two SNPs 100 base pairs apart; blocks are 100,000 base pairs apart, and independent."""
    halves = np.random.default_rng(0).integers(0, 2, (400, 36)).astype(np.int8)
    position = [int(1e5 * (b % (36 // chromosomes)) + 100 * i + 1) for b in range(36) for i in range(2)]
    chromosome = [str(b * chromosomes // 36) for b in range(36) for i in range(2)]
    notes = Sites(chromosome, position, ["."] * 72, ["A"] * 72, ["C"] * 72).notes | {"format": "vcf"}
    placed = Dataset({"visible": halves.repeat(2, 1)}, {"visible": BINARY}, numbered_names(400), notes=notes)
    curve = curves_of("genomes", Rows(placed), Rows(placed))["ld_decay"]
    assert curve["unit"] == "base pairs"
    assert (curve["x"][0] < 1000, curve["data"][0]) == (True, 1)
    assert curve["data"][1:] == pytest.approx([1 / 399] * len(curve["data"][1:]), abs=1 / 399)
    assert curve["level"]["data"] == pytest.approx(1 / 399, rel=1e-9 if chromosomes == 1 else 0.2)
    bare = replace(placed, notes={"format": "vcf"})
    assert curves_of("genomes", Rows(bare), Rows(bare))["ld_decay"]["unit"] == "SNPs"


def test_linkage_that_is_lost_is_an_error_of_its_decay():
    """In the data two SNPs 100 base pairs apart are copies; among independent SNPs r² is about 1 / n everywhere."""
    random = np.random.default_rng(0)
    notes = Sites(["1"] * 72, [int(1e5 * (i // 2) + 100 * (i % 2) + 1) for i in range(72)], ["."] * 72, ["A"] * 72,
                  ["C"] * 72).notes | {"format": "vcf"}  # fmt: skip
    linked, other = (random.integers(0, 2, (400, 36)).repeat(2, 1).astype(np.int8) for _ in range(2))
    each, names = (linked, other, random.integers(0, 2, (400, 72)).astype(np.int8)), numbered_names(400)
    data, fresh, lost = (Rows(Dataset({"visible": x}, {"visible": BINARY}, names, notes=notes)) for x in each)
    points = len(decay(data, data)["x"])
    assert decay_error(data, data) == 0
    assert decay_error(data, fresh) < 0.01
    assert decay_error(data, lost) == pytest.approx(1 / points, abs=0.01)
    one = Rows(Dataset({"visible": linked[:, :1]}, {"visible": BINARY}, names))
    constant = Rows(Dataset({"visible": np.zeros((9, 4), np.int8)}, {"visible": BINARY}, numbered_names(9)))
    assert np.isnan([decay_error(one, one), decay_error(constant, constant)]).all()


def test_a_curve_of_nothing_is_left_out():
    data = table("music", 20)
    silent = replace(data, columns={**data.columns, "visible": np.zeros_like(data["visible"])})
    assert list(curves_of("music", Rows(data), Rows(silent))) == ["density"]
    without = Dataset(data.columns, {**data.alphabets, "visible": Alphabet(("A", "C"))}, data.names)
    assert curves_of("sequences", Rows(without), Rows(without)) == {}


def test_the_gap_is_where_the_alphabet_has_it():
    data = table("sequences", 4)
    other = data.recoded({"visible": Alphabet(tuple("ACGU-"))})
    assert Rows(other).gap == 4
    assert curves_of("sequences", Rows(data), Rows(data)) == curves_of("sequences", Rows(other), Rows(other))
    assert sp.RNA.symbols[0] == "-"
