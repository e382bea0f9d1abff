"""Profiles: what HMMER says of rows, whatever their gaps, and what it can't judge."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from spinodal.data.alphabet import BINARY, PROTEIN, RNA
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.evaluation import compare
from spinodal.evaluation.measures import _share_below
from spinodal.evaluation.profiles import JUDGED, Profiles
from spinodal.evaluation.reference import Rows

pytestmark = pytest.mark.usefixtures("few_triplets")
SITES = 40


def families(n=60, seed=0, alphabet=PROTEIN, labels=True, noise=0.3):
    """Rows of two families, each with a consensus of its own; some letters are gaps."""
    rng, letters = np.random.default_rng(seed), len(alphabet.symbols)
    consensus = np.random.default_rng(9).integers(1, letters, (2, SITES))
    own = np.arange(n) % 2
    other = rng.integers(0, letters, (n, SITES))
    visible = np.where(rng.random((n, SITES)) < noise, other, consensus[own]).astype(np.int8)
    columns, alphabets = {"visible": visible}, {"visible": alphabet}
    if labels:
        columns["label"] = own[:, None].astype(np.int8)
        alphabets["label"] = replace(alphabet, symbols=("a", "b"), name="family")
    return Dataset(columns, alphabets, numbered_names(n))


@pytest.mark.parametrize("alphabet", [PROTEIN, RNA], ids=["protein", "rna"])
def test_a_row_scores_highest_under_the_profile_of_its_family(alphabet):
    profiles, data = Profiles.of(Rows(families(alphabet=alphabet))), families(seed=1, alphabet=alphabet)
    assert (profiles.predict(data) == data["label"][:, 0]).mean() > 0.9
    own = profiles.own_bits(Rows(data))
    every = profiles.bits(data, [0, 1])
    for label in (0, 1):
        np.testing.assert_array_equal(own[label], every[data["label"][:, 0] == label, label])


def test_where_the_gaps_are_does_not_matter():
    profiles, data = Profiles.of(Rows(families())), families(seed=1)
    x = data["visible"]
    moved = np.take_along_axis(x, np.argsort(x == 0, axis=1, kind="stable"), 1)
    assert not np.array_equal(moved, x)
    found = profiles.bits(replace(data, columns=data.columns | {"visible": moved}), [0, 1])
    np.testing.assert_array_equal(found, profiles.bits(data, [0, 1]))


def test_an_unknown_letter_is_any_letter_and_no_letter_scores_nothing():
    profiles, data = Profiles.of(Rows(families().hide("visible", fraction=0.1))), families(seed=1)
    x = data["visible"].copy()
    x[0], x[1, :5] = 0, -1
    found = profiles.bits(replace(data, columns=data.columns | {"visible": x}), [0])[:, 0]
    assert found[0] == -np.inf
    assert np.isfinite(found[1:]).all()
    assert found[1] < profiles.bits(data, [0])[1, 0] or data["label"][1, 0] == 1


def test_data_without_labels_have_one_profile():
    data = families(labels=False)
    profiles = Profiles.of(Rows(data))
    assert [*profiles.models] == [-1]
    assert len(profiles.own_bits(Rows(data))[-1]) == len(data)


def test_the_first_rows_alone_are_judged():
    profiles, data = Profiles.of(Rows(families())), families(JUDGED + 5, seed=1)
    assert ((profiles.predict(data) < 0) == (np.arange(len(data)) >= JUDGED)).all()


@pytest.mark.parametrize(("data", "why"), [
    (families(alphabet=BINARY), "proteins, RNA or DNA"),
    (replace(families(), columns={k: x[:, :20] for k, x in families().columns.items()}), "30 sites or more, not 20"),
    (families(18), "no label has 10 training rows"),
], ids=["letters", "sites", "rows"])  # fmt: skip
def test_what_has_no_profile(data, why):
    with pytest.raises(ValueError, match=why):
        Profiles.of(Rows(data))


def test_without_hmmer_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyhmmer", None)
    with pytest.raises(ValueError, match=r"pip install \"spinodal\[bio\]\""):
        Profiles.of(Rows(families()))
    found = compare(*(families(seed=i, alphabet=RNA) for i in (1, 0, 2)), intervals=0)
    missed = {gap["what"] for gap in found["not_measured"]}
    assert {"profile_fidelity", "balanced_profile_fidelity", "profile_bits", "profile_rank"} <= missed


def test_a_share_is_of_rows_below_and_half_of_equal_ones():
    assert _share_below(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 2.0, 2.5, 9.0])).tolist() == [0, 0.5, 0.75, 1]


def test_generated_rows_are_judged_beside_held_out_and_independent_ones():
    test, train, made = (families(80, seed=i, alphabet=RNA, noise=x) for i, x in ((1, 0.3), (0, 0.3), (2, 0.7)))
    found = compare(test, train, made, intervals=0)
    scores = found["scores"]
    assert scores["profile_bits"]["value"] < scores["profile_bits"]["ideal"]
    assert scores["profile_rank"]["value"] < 0.05
    assert scores["profile_fidelity"]["value"] + 0.1 < scores["profile_fidelity"]["ceiling"] > 0.95
    assert "floor" not in scores["profile_fidelity"]
    assert found["by_label"]["a"]["scores"]["profile_rank"]["value"] < 0.05
    asked = np.array(found["confusion"]["profiles"])
    assert scores["profile_fidelity"]["value"] == pytest.approx(asked.trace() / asked.sum())
    alike = compare(test, train, test, intervals=0)["scores"]
    assert alike["profile_rank"]["value"] == 0.5
    assert alike["profile_bits"]["value"] == alike["profile_bits"]["ideal"]
