"""Predictions: how often a machine is right about the labels of held-out rows, and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from .. import scores
from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..scores import Interval
from ..tasks import labels_of, predict
from . import confusions
from .comparison_sets import LABELS, SURE
from .measures import OUTCOMES, of_one_outcome
from .results import Found

PREDICTED = ("accuracy", "balanced_accuracy", "calibration_error")


def predictions(machine: Machine, test: Dataset, seed: int = 0, intervals: int = 50) -> tuple[Found, dict[str, Any]]:
    """The scores of what a machine predicts of the first label layer of all held-out rows, and what else is known.

        {"by_label": {label: its accuracy}, "confusion": {"predicted": ...}, "mistakes": ..., "calibration": ...}

    The held-out rows have their labels in the machine's letters. Intervals are of rows drawn again.
    """
    found, layer = Found(), next(iter(labels_of(machine)), None)
    asked = torch.from_numpy(test[layer][:, 0].astype(np.int64)) if layer in test.labels else torch.empty(0)
    if layer is None or not (asked >= 0).any():
        for name in (*PREDICTED, "label_fidelity", "balanced_label_fidelity"):
            found.miss(name, "the machine has no labels" if layer is None else "no held-out row has a label it knows")
        return found, {}
    rows = np.flatnonzero(asked >= 0)
    p, asked = torch.from_numpy(predict(machine, test.select(rows), seed).probability[layer]), asked[rows]
    _overall(found, p, asked, seed, intervals)
    for name, guess in zip(PREDICTED, scores.guesses(asked)):
        found.scores[name]["chance"] = guess
    for name in PREDICTED:
        found.count(name, len(rows), len(test))
    names, seen = test.alphabets[layer].symbols, p.argmax(1)
    both = asked.numpy(), seen.numpy(), names
    found_table, mistakes = confusions.table(*both), confusions.mistakes(*both)
    sure = intervals if len(asked.unique()) <= SURE else 0
    more = {
        "by_label": {names[i]: _of_label(seen[asked == i] == i, seed, sure) for i in _common(asked)},
        "confusion": {"predicted": found_table} if found_table else {},
        "mistakes": {"predicted": mistakes} if mistakes else {},
        "calibration": _bins(scores.calibration(p, asked)),
    }
    return found, more


def _common(asked: Tensor) -> list[int]:
    """The commonest labels, LABELS at most, in their own order."""
    return sorted(asked.bincount().argsort(descending=True, stable=True)[: min(LABELS, len(asked.unique()))].tolist())


def _overall(found: Found, p: Tensor, asked: Tensor, seed: int, intervals: int) -> None:
    seen, n = p.argmax(1), len(asked)
    found.add("accuracy", scores.accuracy(asked, seen))
    found.add("balanced_accuracy", scores.balanced_accuracy(asked, seen))
    found.add("calibration_error", scores.calibration(p, asked).error)
    if intervals < 2 or n < 2:
        return
    found.about("accuracy", _share((asked == seen).numpy(), seed))
    if (asked == seen).all():
        found.miss("interval of balanced_accuracy", "every row is right, and so is every draw of rows")
    else:
        of = lambda rows: scores.balanced_accuracy(asked[rows], seen[rows])  # noqa: E731
        found.about("balanced_accuracy", scores.bootstrap(of, n, seed, OUTCOMES))
    error = lambda rows: scores.calibration(p[rows], asked[rows]).error  # noqa: E731
    found.about("calibration_error", scores.subsample(error, n, n // 2, seed, intervals))


def _share(right: np.ndarray, seed: int) -> Interval:
    if (right == right[0]).all():
        return of_one_outcome(bool(right[0]), len(right))
    return scores.bootstrap(lambda rows: float(right[rows].mean()), len(right), seed, OUTCOMES)


def _of_label(right: Tensor, seed: int, intervals: int) -> Found:
    """The accuracy within a label: which share of its rows are found."""
    found = Found()
    found.add("accuracy", float(right.double().mean()))
    if intervals > 1 and len(right) > 1:
        found.about("accuracy", _share(right.numpy(), seed))
    return found


def _bins(found: scores.Calibration) -> dict[str, list[Any]]:
    """Calibration as JSON has it: null where a bin is empty."""
    confidence, accuracy = ([x if x == x else None for x in y.tolist()] for y in (found.confidence, found.accuracy))
    return {"confidence": confidence, "accuracy": accuracy, "count": found.count.tolist()}
