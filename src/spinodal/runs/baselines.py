"""Baselines: scores of independent sites and of a constant guess on held-out rows, and where a machine is no better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..evaluation.quick_scores import baseline
from ..evaluation.reference import ROWS
from ..evaluation.scales import MARGIN
from .stopping import LEFT

ERRORS = ("adversarial_error", "spectrum_error")
"""Errors of independent sites that a run keeps."""


def baselines(test: Dataset, train: Dataset, seed: int = 0, rows: int = ROWS) -> dict[str, float]:
    """The scores that need no learning, under the names of log.csv, as far as they can be measured.

    adversarial_error, spectrum_error   of rows of independent sites with the labels of the held-out rows, each site
                                        drawn by itself as the training rows with that label have it
    balanced_accuracy                   of the same guess for every row: 1 / (how many labels the held-out rows have)

    On the same rows, and by the same seed, as `quick_scores`. Cost: that of one saved age.
    """
    errors = baseline(test, train, seed, rows)
    found = {name: errors[name] for name in ERRORS if name in errors}
    if test.labels and (known := np.unique(test[test.labels[0]][test[test.labels[0]] >= 0])).size:
        found = {"balanced_accuracy": 1 / len(known)} | found
    return found


def no_better(row: Mapping[str, Any], known: Mapping[str, float]) -> list[str]:
    """The scores in which a row of a log is no better than the baselines: by less than `LEFT` of the way to the ideal.

    An adversarial error that does not tell independent sites from data is not informative, and left out.

    >>> no_better({"balanced_accuracy": 0.25, "spectrum_error": 0.1}, {"balanced_accuracy": 0.2, "spectrum_error": 0.5})
    ['balanced_accuracy']
    """
    there = {k: (float(row[k]), x, _ideal(row, k)) for k, x in known.items() if k in row}
    blind = {k for k, (_, x, ideal) in there.items() if k == "adversarial_error" and x <= ideal + MARGIN}
    return [k for k, (value, x, ideal) in there.items() if k not in blind and not _better(value, x, ideal)]


def _better(value: float, without: float, ideal: float) -> bool:
    """Whether a value has gone `LEFT` of the way from the baseline to the ideal."""
    gone, way = without - value, without - ideal
    return gone >= LEFT * way if way > 0 else -gone >= LEFT * -way


def _ideal(row: Mapping[str, Any], score: str) -> float:
    return float(row.get(score.replace("error", "floor"), 0.0)) if score.endswith("error") else 1.0
