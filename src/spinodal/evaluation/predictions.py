"""Predictions: how often a machine predicts the labels of held-out rows, and how well it knows its own accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from .. import scores
from ..analysis.confidence import FEWEST
from ..analysis.scaling import fit_scaling
from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..scores import Interval
from ..tasks import Prediction, labels_of, predict
from . import confusions
from .comparison_sets import LABELS, SURE
from .measure import OUTCOMES, of_one_outcome
from .results import Results

PREDICTED = ("accuracy", "balanced_accuracy", "calibration_error", "calibrated_error")

SHARES = 20
"""Points of the curve of accuracy over the share of rows that keep their label."""


def accuracies(predicted: Prediction, test: Dataset, layer: str) -> dict[str, float]:
    """The accuracy and the balanced accuracy of a label layer, over the rows whose label is known; {} without any."""
    asked = _asked(test, layer)
    if not (asked >= 0).any():
        return {}
    seen = torch.from_numpy(predicted.letters(layer))
    return {
        "accuracy": scores.accuracy(asked, seen),
        "balanced_accuracy": scores.balanced_accuracy(asked, seen),
    }


def predictions(machine: Machine, test: Dataset, seed: int = 0, intervals: int = 50) -> tuple[Results, dict[str, Any]]:
    """The scores of what a machine predicts of the first label layer of all held-out rows, and what else is known.

        {"by_label": {label: its accuracy}, "confusion": {"predicted": ...}, "mistakes": ...,
         "calibration": ..., "calibrated": ..., "coverage": ...}

    The held-out rows have their labels in the machine's letters. Intervals are of rows drawn again. Calibrated
    probabilities are those of rows that the scaling was fitted without (`scaling.fit_scaling`).
    """
    results, layer = Results(), next(iter(labels_of(machine)), None)
    asked = _asked(test, layer) if layer in test.labels else torch.empty(0)
    if layer is None or not (asked >= 0).any():
        for name in (*PREDICTED, "label_fidelity", "balanced_label_fidelity"):
            results.miss(name, "the machine has no labels" if layer is None else "no held-out row has a label it knows")
        return results, {}
    predicted, rows = predict(machine, test, seed), np.flatnonzero(asked >= 0)
    for name, value in accuracies(predicted, test, layer).items():
        results.add(name, value)
    p, asked = torch.from_numpy(predicted.probability[layer][rows]), asked[rows]
    calibration = scores.calibration(p, asked)
    results.add("calibration_error", calibration.error)
    _add_intervals(results, p, asked, seed, intervals)
    sure = _calibrated(results, predicted.log_probability[layer][rows], asked, seed, intervals)
    for name, guess in zip(PREDICTED, scores.guesses(asked)):
        results.scores[name]["chance"] = guess
    for name in PREDICTED:
        results.count(name, len(rows), len(test))
    names, seen = test.alphabets[layer].symbols, p.argmax(1)
    both = asked.numpy(), seen.numpy(), names
    table, mistakes = confusions.table(*both), confusions.mistakes(*both)
    draws = intervals if len(asked.unique()) <= SURE else 0
    more = {
        "by_label": {names[i]: _of_label(seen[asked == i] == i, seed, draws) for i in _common(asked)},
        "confusion": {"predicted": table} if table else {},
        "mistakes": {"predicted": mistakes} if mistakes else {},
        "calibration": _bins(calibration),
    }
    return results, more | sure


def _calibrated(results: Results, log_p: np.ndarray, asked: Tensor, seed: int, intervals: int) -> dict[str, Any]:
    """Adds the calibration error of calibrated probabilities; their calibration, and accuracy by how sure they are."""
    if len(asked) < FEWEST:
        results.miss("calibrated_error", f"fewer than {FEWEST} held-out rows have a label")
        return {}
    scaling, unseen = fit_scaling(log_p, asked.numpy(), seed)
    p = torch.from_numpy(unseen)
    found = scores.calibration(p, asked)
    results.add("calibrated_error", found.error)
    if intervals > 1:
        error = lambda rows: scores.calibration(p[rows], asked[rows]).error  # noqa: E731
        results.about("calibrated_error", scores.subsample(error, len(p), len(p) // 2, seed, intervals))
    said = {"temperature": scaling.temperature} | _bins(found)
    return {"calibrated": said, "coverage": coverage(unseen.max(1), unseen.argmax(1) == asked.numpy())}


def coverage(confidence: np.ndarray, right: np.ndarray) -> dict[str, list[float]]:
    """The accuracy of the surest rows, at shares of the rows up to all: {"share", "confidence", "accuracy"}.

    confidence, right: (n,) each. The second is the least confidence of the rows that are kept.
    """
    order = np.argsort(-confidence, kind="stable")
    counts = np.unique(np.ceil(np.arange(1, SHARES + 1) / SHARES * len(order)).astype(int))
    accuracy = np.cumsum(right[order])[counts - 1] / counts
    least = confidence[order][counts - 1].astype(np.float64)
    return {"share": (counts / len(order)).tolist(), "confidence": least.tolist(), "accuracy": accuracy.tolist()}


def _asked(test: Dataset, layer: str) -> Tensor:
    """The labels of a layer, (n,), -1 unknown."""
    return torch.from_numpy(test[layer][:, 0].astype(np.int64))


def _common(asked: Tensor) -> list[int]:
    """The commonest labels, at most LABELS, in their own order."""
    return sorted(asked.bincount().argsort(descending=True, stable=True)[: min(LABELS, len(asked.unique()))].tolist())


def _add_intervals(results: Results, p: Tensor, asked: Tensor, seed: int, intervals: int) -> None:
    seen, n = p.argmax(1), len(asked)
    if intervals < 2 or n < 2:
        return
    results.about("accuracy", _share((asked == seen).numpy(), seed))
    if (asked == seen).all():
        results.miss("interval of balanced_accuracy", "every row is right, and so is every draw of rows")
    else:
        of = lambda rows: scores.balanced_accuracy(asked[rows], seen[rows])  # noqa: E731
        results.about("balanced_accuracy", scores.bootstrap(of, n, seed, OUTCOMES))
    error = lambda rows: scores.calibration(p[rows], asked[rows]).error  # noqa: E731
    results.about("calibration_error", scores.subsample(error, n, n // 2, seed, intervals))


def _share(right: np.ndarray, seed: int) -> Interval:
    if (right == right[0]).all():
        return of_one_outcome(bool(right[0]), len(right))
    return scores.bootstrap(lambda rows: float(right[rows].mean()), len(right), seed, OUTCOMES)


def _of_label(right: Tensor, seed: int, intervals: int) -> Results:
    """The accuracy within a label: the share of its rows that are predicted."""
    results = Results()
    results.add("accuracy", float(right.double().mean()))
    if intervals > 1 and len(right) > 1:
        results.about("accuracy", _share(right.numpy(), seed))
    return results


def _bins(found: scores.Calibration) -> dict[str, list[Any]]:
    """Calibration as JSON has it: null where a bin is empty."""
    confidence, accuracy = ([x if x == x else None for x in y.tolist()] for y in (found.confidence, found.accuracy))
    return {"confidence": confidence, "accuracy": accuracy, "count": found.count.tolist()}
