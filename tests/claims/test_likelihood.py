"""Likelihoods of real data through the command line: ages chosen on validation rows, measured on test rows."""

from __future__ import annotations

import csv
import time

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.machines.annealing import anneal, points_between
from spinodal.machines.paths import Path, independent

from .commands import DATA, spinodal

pytestmark = pytest.mark.claim

PCD = ["--alphabet", "binary", "--protocol", "pcd", "--steps", 5]
SETS = {
    "nltcs": ([*PCD, "--hidden", 60, "--lr", 0.05, "--batch", 500, "--updates", 12_000], -6.05),
    "plants": ([*PCD, "--hidden", 150, "--lr", 0.1, "--batch", 300, "--updates", 20_000], -13.5),
    "jester": ([*PCD, "--hidden", 60, "--lr", 0.05, "--batch", 300, "--updates", 10_000], -53.5),
    "mushrooms": ([*PCD, "--hidden", 100, "--lr", 0.05, "--batch", 200, "--updates", 15_000], -20.97),
}
"""How each is trained, in some minutes, and the mean log-likelihood of test rows to reach, in nats."""

MINUTES = 10


def arrays(name, folder):
    """The rows of a set of the density estimation benchmark as .npy: training, validation and test."""
    found = {}
    for part in ("train", "valid", "test"):
        source, found[part] = DATA / "debd" / f"{name}.{part}.data.gz", folder / f"{name}.{part}.npy"
        if not source.exists():
            pytest.skip(f"{source} is not there; SPINODAL_DATA says where the data are")
        if not found[part].exists():
            np.save(found[part], np.loadtxt(source, delimiter=",", dtype=np.int8))
    return found


def table(path):
    with path.open() as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", SETS)
def test_test_rows_are_more_probable_than_under_a_tree(name, folder):
    parts, run = arrays(name, folder), folder / f"debd-{name}"
    options, goal = SETS[name]
    start = time.perf_counter()
    spinodal("train", parts["train"], "--test", parts["valid"], *options, "--out", run, "--resume")
    assert time.perf_counter() - start < 60 * MINUTES
    ages, rows = folder / f"{name}-ages.csv", folder / f"{name}-test.csv"
    spinodal("likelihood", run, parts["valid"], "--ages", "all", "-o", ages)
    best = max(table(ages), key=lambda row: float(row["log_p"]))["age"]
    spinodal("likelihood", run, parts["test"], "--age", best, "-o", rows)
    means = {k: np.mean([float(row[k]) for row in table(rows)]) for k in ("log_p", "chow_liu", "independent_sites")}
    print(name, best, means)
    assert means["log_p"] > means["chow_liu"]
    assert means["log_p"] >= goal


def test_ten_thousand_temperatures_of_a_thousand_chains_take_less_than_ten_minutes(threads):
    threads(2)
    machine = sp.rbm(sp.Bernoulli(500), visible=sp.Bernoulli(784), std=0.05)
    path = Path([independent(machine), machine])
    start = time.perf_counter()
    weight, _ = anneal(path, points_between([0.0, 1.0], 10_000), 1000, sp.Noise.of(0))
    assert torch.isfinite(weight).all()
    assert time.perf_counter() - start < 600
