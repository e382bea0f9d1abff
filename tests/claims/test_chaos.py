"""What chaotic networks do on real images and letters, through the command line. SPINODAL_RUNS keeps the runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.svm import SVC

import spinodal as sp
from spinodal.machines.chaos import same

from .commands import DATA, spinodal

pytestmark = pytest.mark.claim

MNIST = ["mnist/train-images-idx3-ubyte.gz", "--test", "mnist/t10k-images-idx3-ubyte.gz"]
SAM = ["sam/sam.fasta.gz", "--labels", "sam/sam_labels.csv"]
ERRORS = {"adversarial_accuracy": "error", "spectrum_error": "value", "second_moment_error": "value"}


@pytest.fixture(scope="module")
def trained(folder):
    """Train by a recipe, once: the run."""

    def run(data, recipe, *more):
        tokens = [token if token.startswith("--") else DATA / token for token in data]
        if missing := [path for path in tokens if isinstance(path, Path) and not path.exists()]:
            pytest.skip(f"{missing[0]} is not there; SPINODAL_DATA says where the data are")
        out = folder / "".join([recipe, *more])
        spinodal("train", *tokens, "--recipe", recipe, *more, "--out", out, "--resume")
        return out

    return run


def scored(run, *times):
    """The scores of a run, printed; those at times are checked to be least at the time trained for."""
    asked = ["--times", ",".join(map(str, times))] if times else []
    found = json.loads(spinodal("score", run, *asked, "--sets", 1, "--json"))
    print(json.dumps(found, indent=1))
    for name, error in ERRORS.items() if times else ():
        errors = {row["time"]: row[name][error] for row in found["times"]}
        assert min(errors, key=errors.get) == found["steps"], (name, errors)
    return found


def digits(machine, n, time, seed=0):
    """What n free runs show after a time."""
    ((_, state),) = sp.trajectory(machine, n, [time], seed=seed)
    return state["visible"]


def test_digits_are_best_at_the_time_trained_for_and_then_collapse(trained):
    run = trained(MNIST, "chaos-mnist-2layer")
    assert scored(run, 7, 15, 30, 150)["adversarial_accuracy"]["error"] <= 0.17
    machine = sp.load(run)
    ends = {t: len(same(digits(machine, 500, t), 0.2).unique()) for t in (15, 150, 1500)}
    print("distinct of 500:", ends)
    assert ends[15] > ends[150] >= ends[1500]


def test_twice_the_time_is_as_good_as_real_for_many(trained):
    run = trained(MNIST, "chaos-mnist-2layer", "--rate", "0.4", "--updates", "3162")
    assert scored(run, 7, 15, 30, 150)["adversarial_accuracy"]["error"] <= 0.10


def test_three_layers_are_like_two(trained):
    two = trained(MNIST, "chaos-mnist-2layer")
    three = trained(MNIST, "chaos-mnist-3layer", "--updates", "1000")
    scored(three, 7, 15, 30, 150)
    cards = [
        json.loads(spinodal("score", run, "--age", 1000, "--sets", 1, "--json", "--quick")) for run in (two, three)
    ]
    errors = [card["adversarial_accuracy"]["error"] for card in cards]
    print(f"\nE(AAI) of two and of three layers: {errors}")
    assert abs(errors[0] - errors[1]) <= 0.02


def test_training_turns_chaos_into_fixed_points(trained):
    run = trained(MNIST, "chaos-mnist-2layer")
    before, after = (sp.lyapunov(sp.load(run, age), steps=1000) for age in (0, None))
    print(f"\nlargest exponent {before.largest:.3f} +- {before.errors[0]:.3f}, then {after.largest:.3f}")
    assert before.largest > 3 * before.errors[0]
    assert after.largest < -3 * after.errors[0]


def gray(name):
    return sp.read(DATA / name, alphabet="gray")


def test_digits_are_what_was_asked_for(trained):
    run = trained(MNIST, "chaos-mnist-labels")
    found, machine = scored(run), sp.load(run)
    train, test = gray(MNIST[0]).select(slice(10_000)), gray(MNIST[2])
    judge = SVC(C=10).fit(train["visible"], train["label"][:, 0])
    sure = judge.score(test["visible"], test["label"][:, 0])
    made = sp.generate(machine, like=test.select(slice(2000)))
    fidelity = judge.score(made["visible"], made["label"][:, 0])
    print(f"\njudge {sure:.4f}, fidelity {fidelity:.4f}, prediction {found['accuracy']:.4f}")
    assert sure >= 0.95
    assert fidelity >= 0.75
    assert found["accuracy"] >= 0.88


def test_letters_by_chaos(trained):
    found = scored(trained(SAM, "chaos-sam"))
    assert found["balanced_accuracy"] >= 0.8
    assert found["label_fidelity"] >= 0.8


def test_the_same_start_is_the_same_digit(trained):
    machine = sp.load(trained(MNIST, "chaos-mnist-2layer"))
    assert torch.equal(digits(machine, 50, 150), digits(machine, 50, 150))
    assert not np.array_equal(digits(machine, 50, 15, seed=1), digits(machine, 50, 15))
