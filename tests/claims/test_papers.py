"""What the papers claim, shown on their data through the command line. SPINODAL_RUNS keeps the runs, to go on with."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC

import spinodal as sp
from spinodal.runs.archive import Run
from spinodal.runs.sources import prepare

from ..toys import files
from .commands import spinodal

pytestmark = pytest.mark.claim

TIMES = [5, 10, 20, 100]

CLASSIFIERS = {
    "one nearest neighbor": KNeighborsClassifier(1),
    "a support vector machine": SVC(C=10),
    "logistic regression": LogisticRegression(C=0.1, max_iter=2000),
}
"""Who else may name labels, from letters as one-hot vectors."""


def scored(run):
    """The scores of a run, at times too; printed."""
    found = json.loads(spinodal("score", run, "--times", ",".join(map(str, TIMES)), "--json"))
    print(f"\n{run.name}, age {found['age']}, n = {found['n']}")
    for row in found["times"]:
        print(
            f"  t = {row['time']:<4} accuracy {row['accuracy']:.4f} balanced {row['balanced_accuracy']:.4f} "
            f"fidelity {row['label_fidelity']:.4f} adversarial {row['adversarial_accuracy']['error']:.4f} "
            f"(floor {row['adversarial_accuracy']['floor']:.4f}) spectrum {row['spectrum_error']['value']:.2e} "
            f"(floor {row['spectrum_error']['floor']:.2e})"
        )
    return found


def check_dip(found):
    """Both errors are least at the time that the machine was trained for."""
    for name, error in (("adversarial_accuracy", "error"), ("spectrum_error", "value")):
        errors = {row["time"]: row[name][error] for row in found["times"]}
        assert min(errors, key=errors.get) == found["steps"] == 10, errors


def test_human_genomes(trained):
    found = scored(trained("hgd"))
    assert found["accuracy"] >= 0.97
    assert found["label_fidelity"] >= 0.90
    assert found["adversarial_accuracy"]["error"] <= 0.03
    assert found["spectrum_error"]["value"] <= 2 * found["spectrum_error"]["floor"]
    check_dip(found)


def test_handwritten_digits(trained):
    found = scored(trained("mnist"))
    assert found["accuracy"] >= 0.91
    assert found["adversarial_accuracy"]["error"] <= 0.08
    assert found["spectrum_error"]["value"] <= 5e-4
    check_dip(found)


def moments(run, precision, seed, n=20_000):
    """First moments of all sites and second ones of neighbors, with their variances, about the middle of 0 and 1."""
    machine = sp.load(run)
    machine.precision = precision
    x = sp.generate(machine, n=n, seed=seed).numbers("visible").double() - 0.5
    found = torch.cat([x, x[:, 1:] * x[:, :-1]], 1)
    return found.mean(0), found.var(0) / n + 1e-8  # a site that hardly ever varies


def test_weights_of_15_bits_keep_the_law_of_a_trained_machine(trained):
    run = trained("hgd")
    mean, error = moments(run, "float32", 0)
    far = {}
    for precision, seeds in (("float32", (1, 2, 3)), ("exact", (4, 5, 6))):
        others = [moments(run, precision, seed) for seed in seeds]
        far[precision] = max(float(((m - mean).square() / (e + error)).mean()) for m, e in others)
    print(f"\nmean z^2 of moments, at most: of other seeds {far['float32']:.2f}, of 15 bits {far['exact']:.2f}")
    assert far["exact"] < 1.5 * far["float32"]  # sites vary together, so chance has a long arm


def test_a_training_in_single_precision_is_as_good(trained):
    found = scored(trained("hgd", "--precision", "float32"))
    assert found["accuracy"] >= 0.97
    assert found["label_fidelity"] >= 0.90
    assert found["adversarial_accuracy"]["error"] <= 0.03


def test_riboswitches(trained, tmp_path):
    run = trained("sam")
    found = scored(run)
    assert found["balanced_accuracy"] >= 0.80
    assert found["label_fidelity"] >= 0.90
    spinodal("generate", run, "--label", "Chloroflexota=50", "-o", tmp_path / "out.fasta")
    made = sp.read(tmp_path / "out.fasta")
    assert made["visible"].shape == (50, 107)
    assert set(made.texts("label")) == {"Chloroflexota"}
    lines = (tmp_path / "out.fasta").read_text().splitlines()
    assert {len(line) for line in lines if not line.startswith(">")} == {107}


def test_proteins_of_which_most_have_no_label(trained):
    run = trained("s1a")
    train, test = prepare(Run.open(run).source)
    assert (train["label"] < 0).sum() > len(train) / 2
    known, asked = (data.select(data["label"][:, 0] >= 0) for data in (train, test))
    found = scored(run)
    others = {}
    for name, classifier in CLASSIFIERS.items():
        model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), classifier)
        named = model.fit(known["visible"], known["label"][:, 0]).predict(asked["visible"])
        others[name] = balanced_accuracy_score(asked["label"][:, 0], named)
    print(f"\nbalanced accuracy {found['balanced_accuracy']:.3f}; others {others}")
    assert found["balanced_accuracy"] > 1 / 11
    assert found["n"] > 0
    assert found["balanced_accuracy"] >= others["a support vector machine"]
    assert found["balanced_accuracy"] >= others["logistic regression"]


def test_f_and_f_generates_the_label_asked_for_and_pcd_does_not(tmp_path):
    """A family of four classes, 60 sites of 5 letters, each a motif with one letter in ten at random."""
    random = np.random.default_rng(1)
    motifs = {name: "".join(random.choice(list("ACGU-"), 60)) for name in ("alpha", "beta", "gamma", "delta")}
    files(tmp_path, n=1000, motifs=motifs)
    fidelity = {}
    for protocol in ("fef", "pcd"):
        run = tmp_path / protocol
        options = ["--protocol", protocol, "--hidden", 64, "--batch", 200, "--lr", 0.05, "--updates", 1000]
        data = ["--label", "family", "--split", "split", "--out", run]
        spinodal("train", tmp_path / "table.csv", *data, *options)
        fidelity[protocol] = scored(run)["label_fidelity"]
    print(f"\nlabel fidelity at t_G = 10: F&F-10 {fidelity['fef']:.3f}, PCD-10 {fidelity['pcd']:.3f}")
    assert fidelity["fef"] > 0.95
    assert fidelity["fef"] > fidelity["pcd"] + 0.3
