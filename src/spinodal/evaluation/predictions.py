"""Predictions: how often a machine predicts the labels of held-out rows, and how well it knows its own accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from .. import scores
from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..scores import Interval
from ..tasks import Prediction, labels_of, predict
from . import confusions
from .comparison_sets import LABELS, SURE
from .measure import OUTCOMES, of_one_outcome
from .results import Results

PREDICTED = ("accuracy", "balanced_accuracy", "calibration_error")


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

        {"by_label": {label: its accuracy}, "confusion": {"predicted": ...}, "mistakes": ..., "calibration": ...}

    The held-out rows have their labels in the machine's letters. Intervals are of rows drawn again.
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
    for name, guess in zip(PREDICTED, scores.guesses(asked)):
        results.scores[name]["chance"] = guess
    for name in PREDICTED:
        results.count(name, len(rows), len(test))
    names, seen = test.alphabets[layer].symbols, p.argmax(1)
    both = asked.numpy(), seen.numpy(), names
    table, mistakes = confusions.table(*both), confusions.mistakes(*both)
    sure = intervals if len(asked.unique()) <= SURE else 0
    more = {
        "by_label": {names[i]: _of_label(seen[asked == i] == i, seed, sure) for i in _common(asked)},
        "confusion": {"predicted": table} if table else {},
        "mistakes": {"predicted": mistakes} if mistakes else {},
        "calibration": _bins(calibration),
    }
    return results, more


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
