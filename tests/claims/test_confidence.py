"""Confidence on real data: calibrated probabilities of proteases keep their promise, and shuffled rows are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import scores
from spinodal.analysis.scaling import fit_scaling
from spinodal.runs.archive import Run
from spinodal.runs.confidence import Judge
from spinodal.runs.sources import prepare

pytestmark = pytest.mark.claim


@pytest.fixture(scope="module")
def run(trained):
    return Run.open(trained("s1a", "--updates", "1000"))


def test_wrong_labels_are_no_longer_sure_and_unseen_rows_are_calibrated(run):
    machine, (_, test) = run.machine(), prepare(run.source)
    known = test["label"][:, 0] >= 0
    guess, truth = sp.predict(machine, test.select(known)), test["label"][known, 0].astype(np.int64)
    _, unseen = fit_scaling(guess.log_probability["label"], truth)
    errors, sure = [], []
    for p in (guess.probability["label"], unseen):
        errors.append(scores.calibration(torch.from_numpy(p), torch.from_numpy(truth)).error)
        sure.append(int(((p.argmax(1) != truth) & (p.max(1) > 0.99)).sum()))
    print(f"\ncalibration error {errors[0]:.3f} -> {errors[1]:.3f}, wrong with p > .99: {sure[0]} -> {sure[1]}")
    assert sure[0] >= 5
    assert sure[1] <= 1
    assert errors[1] < errors[0]
    assert errors[1] < 0.4 * (10 / len(truth)) ** 0.5  # chance


def test_shuffled_rows_are_unlike_the_data_and_not_sure(run):
    machine, (_, test) = run.machine(), prepare(run.source)
    order = np.random.default_rng(0).permuted(np.tile(np.arange(218), (len(test), 1)), axis=1)
    odd = replace(test, columns={"visible": np.take_along_axis(test["visible"], order, 1)})
    judge = Judge.of(run, machine, run.chosen())
    beside = {name: np.array(cells, dtype=float) for name, cells in judge.beside(odd).items()}
    assert beside["likeness"].max() == 0
    assert beside["nearest_identity"].max() < 0.25
    raw = sp.predict(machine, odd)
    shares = [float((guess.confidence() > 0.9).mean()) for guess in (raw, judge.confidence.of(raw))]
    print(f"\nshuffled rows with p > .9: {shares[0]:.3f} -> {shares[1]:.3f}")
    assert shares[0] > 0.05
    assert shares[1] < 0.02
