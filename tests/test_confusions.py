"""Confusions: of few labels all counts, of many the commonest mistakes, and of thousands a page all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinodal.data.alphabet import Alphabet
from spinodal.evaluation import compare
from spinodal.evaluation.classifier import MANY, train_classifier
from spinodal.evaluation.comparison_sets import LABELS, SURE
from spinodal.evaluation.confusions import MISTAKES, READ, mistakes, table
from spinodal.reporting.page import RunReport, page

from . import tables


def rows(n, labels, seed):
    """Rows of four blocks, whose letters are a label's but for one in ten."""
    random, motifs = np.random.default_rng(seed), np.random.default_rng(99).integers(4, size=(labels, 12))
    own = np.arange(n) % labels
    visible = np.where(random.random((n, 12)) < 0.1, random.integers(4, size=(n, 12)), motifs[own])
    data = tables.table("rows", n, seed)
    names = Alphabet(tuple(f"l{i}" for i in range(labels)), "label")
    columns = {"visible": visible.astype(data["visible"].dtype), "label": own[:, None].astype(names.dtype)}
    return replace(data, columns=columns, alphabets={**data.alphabets, "label": names})


@pytest.mark.parametrize("labels", [2, READ, READ + 1, 500])
def test_of_few_labels_all_counts_and_of_many_the_commonest_mistakes(labels):
    random, names = np.random.default_rng(0), [f"l{i}" for i in range(labels)]
    asked, seen = random.integers(-1, labels, (2, 3000))
    every, worst = table(asked, seen, names), mistakes(asked, seen, names)
    assert bool(every) is (labels <= READ)
    assert len(worst) == (0 if labels <= READ else MISTAKES)
    if every:
        assert np.array(every).sum() == ((asked >= 0) & (seen >= 0)).sum()
    for one in worst:
        a, b = names.index(one["label"]), names.index(one["seen"])
        assert a != b
        assert one["n"] == ((asked == a) & (seen == b)).sum() <= one["of"] == ((asked == a) & (seen >= 0)).sum()
    assert [one["n"] for one in worst] == sorted((one["n"] for one in worst), reverse=True)


def test_of_many_labels_the_commonest_are_measured_and_the_record_says_so():
    labels = LABELS + 11
    test, train, made = (rows(2 * labels + 7, labels, seed) for seed in range(3))
    found = compare(test, train, made, intervals=2, rows=10_000)
    assert len(found["by_label"]) == LABELS
    assert {f"l{i}" for i in range(7)} <= found["by_label"].keys()  # which have a row more
    assert list(found["by_label"]) == sorted(found["by_label"], key=lambda name: int(name[1:]))
    said = {gap["what"]: gap["why"] for gap in found["not_measured"]}
    assert f"of {labels} labels" in said[f"{labels - LABELS} labels by themselves"]
    assert f"for {SURE} labels or fewer" in said["intervals of single labels"]
    assert not any("interval" in score for own in found["by_label"].values() for score in own["scores"].values())
    assert found["confusion"] == {}
    assert found["mistakes"]["judged"]
    html = page([RunReport(found | {"name": "many", "labels": {"label": [f"l{i}" for i in range(labels)]}})])
    assert f"Of {labels} labels that held-out rows have, the {LABELS} commonest have scores of their own." in html
    assert "the most frequent errors" in html


def test_up_to_some_labels_all_are_measured_with_intervals():
    test, train, made = (rows(40, 4, seed) for seed in range(3))
    found = compare(test, train, made, intervals=2)
    assert len(found["by_label"]) == 4
    assert all(any("interval" in score for score in own["scores"].values()) for own in found["by_label"].values())
    assert not [gap for gap in found["not_measured"] if "labels" in gap["what"]]


@pytest.mark.parametrize("labels", [2, MANY, MANY + 1, 400])
def test_a_classifier_of_many_labels_knows_them_too(labels):
    train, test = rows(4 * max(labels, 30), labels, 0), rows(2 * labels, labels, 1)
    right = (train_classifier(train, "rows")(test) == test["label"][:, 0]).mean()
    assert right > 0.75
