"""Trivial generators: what takes no learning gets no yes where it isn't due, whatever the rows and the labels are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinodal.evaluation import evaluate
from spinodal.evaluation.classifier import train_classifier
from spinodal.evaluation.comparison_sets import Comparison, independent
from spinodal.evaluation.measures import ADVERSARIAL, BALANCED, FIDELITIES, NEAREST, PRIVACY
from spinodal.evaluation.results import all_scores
from spinodal.evaluation.verdicts import verdicts
from spinodal.runs import training
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings

from .tables import KINDS, table
from .toys import QUICK, dataset

N = 100
STARTS = {"labels": "Does it know", "asked": "Does it generate", "fresh": "Is it as good", "copies": "Does it copy"}


def compare(test, train, made):
    """The scores that verdicts ask for, as `evaluation.compare` has them."""
    kind = "rows"
    sees = {"classifier": train_classifier(train, kind)} if len(np.unique(train["label"])) > 1 else {}
    comparison = Comparison.of(test, train, [made], sees, kind, seed=0)
    labels = (FIDELITIES["classifier"], BALANCED["classifier"]) if sees else ()
    found = all_scores(replace(comparison, measures=(*labels, ADVERSARIAL, NEAREST, PRIVACY)), intervals=20)
    return {"n": len(test), "scores": found.scores, "labels": {"label": ["a", "b", "c"]}}


def answers(record):
    return {k: next(v["answer"] for v in verdicts(record) if v["question"].startswith(s)) for k, s in STARTS.items()}


def because(record, start):
    return next(v["because"] for v in verdicts(record) if v["question"].startswith(start))


def labeled(data, labels):
    return replace(data, columns={**data.columns, "label": np.asarray(labels)[:, None].astype(np.int8)})


def permuted(data, seed=0):
    """The same with labels of other rows."""
    return labeled(data, np.random.default_rng(seed).permutation(data["label"][:, 0]))


def of_training(test, train, fresh):
    return train.select(slice(len(test)))


def independent_sites(test, train, fresh):
    return independent(train, test, seed=7)


def independent_of_labels(test, train, fresh):
    return permuted(independent(train, test, seed=7))


def one_row(test, train, fresh):
    return replace(fresh, columns={**fresh.columns, "visible": fresh["visible"][[0] * len(fresh)]})


def shuffled_labels(test, train, fresh):
    return permuted(fresh)


# a generator, and the answers of which it never has one: whether it has the label, is fresh, and copies
TRIVIAL = {
    of_training: {"fresh": {"yes", "partly", "unknown"}, "copies": {"no", "partly", "unknown"}},
    independent_sites: {"fresh": {"yes", "partly"}, "copies": {"yes"}},
    independent_of_labels: {"asked": {"yes", "partly", "unknown"}, "fresh": {"yes", "partly"}, "copies": {"yes"}},
    one_row: {"asked": {"yes", "partly", "unknown"}, "fresh": {"yes", "partly", "unknown"}, "copies": {"yes"}},
    shuffled_labels: {"asked": {"yes", "partly", "unknown"}, "copies": {"yes"}},
}


@pytest.mark.parametrize("make", TRIVIAL, ids=lambda make: make.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_what_takes_no_learning_gets_no_yes(kind, make):
    rows = [table(kind, n, i) for i, n in enumerate((N, 4 * N, N))]
    found = answers(compare(*rows[:2], make(*rows)))
    for question, never in TRIVIAL[make].items():
        assert found[question] not in never, (question, found)


@pytest.mark.parametrize("kind", KINDS)
def test_fresh_rows_get_what_they_deserve(kind):
    found = answers(compare(*(table(kind, n, i) for i, n in enumerate((N, 4 * N, N)))))
    assert {k: found[k] for k in ("asked", "fresh", "copies")} == {"asked": "yes", "fresh": "yes", "copies": "no"}


# -- labels that tell nothing, or that are unequal ----------------------------------------------


def fresh_rows(test, train, fresh):
    return fresh


@pytest.mark.parametrize("make", [of_training, independent_sites, fresh_rows], ids=lambda make: make.__name__)
def test_labels_at_random_are_known_to_nobody(make):
    for seed in range(2):
        rows = [permuted(table("rows", N, 10 * seed + i), seed=i) for i in range(3)]
        assert answers(compare(*rows[:2], make(*rows)))["asked"] in ("no", "unknown")


@pytest.mark.parametrize("make", [of_training, one_row, fresh_rows], ids=lambda make: make.__name__)
def test_one_label_tells_nothing(make):
    rows = [labeled(table("rows", N, i), np.zeros(N)) for i in range(3)]
    found = compare(*rows[:2], make(*rows))
    assert answers(found)["asked"] == "unknown"


def rare(n, seed, shown=True):
    """One row in twenty has another label, which is shown by its rows or by nothing."""
    data = table("rows", 40 * n, seed)
    first = np.flatnonzero(data["label"][:, 0] == 0)[: n - n // 20]
    other = np.flatnonzero(data["label"][:, 0] == (1 if shown else 0))[-(n // 20) :]
    labels = np.repeat([0, 1], [len(first), len(other)])
    return labeled(data.select(np.concatenate([first, other])), labels)


def test_rows_of_the_common_label_alone_do_not_have_the_label_asked_for():
    rows = [rare(400, i) for i in range(3)]
    common = rows[2].select(rows[2]["label"][:, 0] == 0)
    always = replace(rows[2], columns={**rows[2].columns, "visible": common["visible"][np.arange(400) % len(common)]})
    found = compare(*rows[:2], always)
    assert found["scores"]["judged_fidelity"]["value"] > 0.9
    assert answers(found)["asked"] == "no"
    assert "by chance 0.500" in because(found, "Does it generate")
    assert answers(compare(*rows))["asked"] == "yes"


def test_a_rare_label_that_nothing_shows_is_known_to_nobody():
    rows = [rare(400, i, shown=False) for i in range(3)]
    assert answers(compare(*rows))["asked"] in ("no", "unknown")


# -- machines -----------------------------------------------------------------------------------


def relabeled(data, change):
    column = data["label"][:, 0]
    return labeled(data, change(column))


def halves(change, n=400):
    return [relabeled(data, change) for data in dataset("family", n=n, seed=3).split(0.5)]


@pytest.mark.parametrize(("change", "answer", "word"), [
    (lambda own: np.random.default_rng(0).permutation(own), {"no"}, "no better than chance"),
    (lambda own: np.arange(len(own)) % 20 == 0, {"no"}, "no better than chance"),
    (lambda own: 0 * own, {"unknown"}, "one label"),
], ids=["random", "95 to 5", "one"])  # fmt: skip
def test_a_machine_does_not_know_labels_that_nothing_shows(tmp_path, change, answer, word):
    train, test = halves(change)
    for _ in training.train(train, test, tmp_path / "run", Settings(**QUICK | {"updates": 60})):
        pass
    found = evaluate(Run.open(tmp_path / "run").machine(), test, train, intervals=8)
    assert answers(found)["labels"] in answer, because(found, "Does it know")
    assert word in because(found, "Does it know")
    assert answers(found)["asked"] in ("no", "unknown")
