"""What is unknown, on real data: one label given another, any of them held, entries hidden, and filled again."""

from __future__ import annotations

import numpy as np
import pytest

import spinodal as sp
from spinodal.runs.archive import Run
from spinodal.runs.sources import prepare

pytestmark = pytest.mark.claim

TWO = ("--label", "function", "--label", "host", "--updates", "3000")
SHORT = ("--updates", "1000")
HIDE = (*SHORT, "--hide", "0.2")


@pytest.fixture(scope="module")
def proteases(trained):
    """A machine of both labels of S1A, three in five functions unknown, and the held-out rows."""
    return loaded(trained("s1a", *TWO))


def loaded(path):
    run = Run.open(path)
    return run.machine(), *prepare(run.source)


def right(guess, data, layer):
    """The share of the labels that are known of which the guess is right."""
    asked = data[layer][:, 0]
    return float((guess.letters(layer) == asked)[asked >= 0].mean())


def told(what, found):
    print(f"\n{what}: " + ", ".join(f"{k} {x:.4f}" for k, x in found.items()))
    return found


def test_each_label_is_known_from_the_sequence_with_the_other_held_or_not(proteases):
    machine, _, test = proteases
    alone = sp.predict(machine, test)
    found = told("accuracy", {
        "function": right(alone, test, "label:function"),
        "host": right(alone, test, "label:host"),
        "function given host": right(sp.predict(machine, test, given=["host"]), test, "label:function"),
        "host given function": right(sp.predict(machine, test, given=["function"]), test, "label:host"),
    })  # fmt: skip
    assert found["function"] >= 0.82
    assert found["host"] >= 0.95
    assert found["function given host"] >= found["function"] - 0.02
    assert found["host given function"] >= found["host"] - 0.02


@pytest.mark.parametrize(
    ("held", "least"), [(("function", "host"), 0.65), (("function",), 0.60), (("host",), 0.85), ((), 0.85)], ids=str
)
def test_any_labels_that_are_held_are_seen_in_what_is_generated(proteases, held, least):
    machine, _, test = proteases
    asked = test.select(np.tile(np.flatnonzero(test["label:function"][:, 0] >= 0), 5))
    for free in {"function", "host"} - set(held):
        asked = asked.hide(f"label:{free}")
    made = sp.generate(machine, asked)
    guess = sp.predict(machine, made)
    found = told(f"held {held}", {k: right(guess, made, f"label:{k}") for k in ("function", "host")})
    assert all((made[f"label:{k}"] == asked[f"label:{k}"]).all() for k in held)
    assert min(found.values()) >= least


def test_a_motif_comes_back_in_every_scaffold_of_the_label_asked_for(proteases):
    machine, _, test = proteases
    sites, template = range(40, 80), test.select(np.flatnonzero(test.texts("label:function") == "trypsin")[:1])
    asked = sp.tasks.labeled(machine, template.keep("visible", sites), "function:trypsin").hide("label:host")
    made = sp.complete(machine, asked, n=200)
    shares = {
        "distinct": len(np.unique(made["visible"], axis=0)) / 200,
        "recognized": right(sp.predict(machine, made), made, "label:function"),
        "as the template": float((made["visible"] == template["visible"])[:, 80:].mean()),
    }
    told("scaffolds", shares)
    assert (made["visible"][:, 40:80] == template["visible"][:, 40:80]).all()
    assert shares["distinct"] >= 0.95
    assert shares["recognized"] >= 0.8


def by_neighbor(test, gap, train):
    """Rows filled by the training row that agrees most where they are known."""
    known = np.where(gap, -1, test)
    letters = range(int(train.max()) + 1)
    agree = sum((known == s).astype(np.float32) @ (train == s).astype(np.float32).T for s in letters)
    return np.where(gap, train[agree.argmax(1)], test)


def test_hidden_entries_cost_little_and_are_filled_better_than_by_neighbors(trained):
    machine, train, test = loaded(trained("hgd", *HIDE))
    whole, _, _ = loaded(trained("hgd", *SHORT))
    accuracy = {k: right(sp.predict(m, test), test, "label") for k, m in (("hidden", machine), ("whole", whole))}
    told("accuracy, trained on 20 % hidden and on whole rows", accuracy)
    assert accuracy["hidden"] > accuracy["whole"] - 0.01
    holes = test.hide("visible", fraction=0.2, seed=1).hide("label")
    truth, gap = test["visible"], holes["visible"] < 0
    filled = sp.impute(machine, holes)
    ways = {
        "imputed": filled.data["visible"],
        "drawn": sp.complete(machine, holes)["visible"],
        "by the column's mode": np.broadcast_to(train["visible"].mean(0) > 0.5, truth.shape),
        "by the nearest neighbor": by_neighbor(truth, gap, train["visible"]),
    }
    found = told("right of what was hidden", {k: float((x == truth)[gap].mean()) for k, x in ways.items()})
    assert found["imputed"] >= max(found["by the column's mode"], found["by the nearest neighbor"]) + 0.05
    sure = float(filled.probability["visible"][gap].mean())
    print(f"mean probability {sure:.4f}")
    assert sure == pytest.approx(found["imputed"], abs=0.02)
