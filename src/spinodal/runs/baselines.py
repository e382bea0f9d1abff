"""Baselines: what independent sites and a single guess reach on held-out rows, and in what a machine is no better."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from .. import scores
from ..data.dataset import Dataset
from ..evaluation.comparison_sets import independent
from ..evaluation.quick_scores import ROWS, cut
from .stopping import LEFT

MARGIN = 0.02
"""What an adversarial error of independent sites must be above its floor, so that it tells anything."""


def baselines(test: Dataset, train: Dataset, seed: int = 0, rows: int = ROWS) -> dict[str, float]:
    """What can be had without learning anything, under the names of log.csv, as far as it can be measured.

    adversarial_error, spectrum_error   of rows of independent sites with the labels of the held-out rows, each site
                                        drawn by itself as the training rows with that label have it
    balanced_accuracy                   of the same guess for every row: 1 / (how many labels the held-out rows have)

    On the rows, and by the seed, that `judge` takes for the log. Cost: that of one saved age.
    """
    found = {}
    if test.labels and (known := np.unique(test[test.labels[0]][test[test.labels[0]] >= 0])).size:
        found["balanced_accuracy"] = 1 / len(known)
    some = cut(test, min(rows, len(train)), seed)
    some = some.select(some.whole)
    with suppress(ValueError):  # fewer than two whole rows, or a site that no row knows
        made = scores.score(some, independent(train, some, seed))
        accuracy = made["adversarial_accuracy"]
        error = scores.AdversarialAccuracy(accuracy["truth"], accuracy["synthetic"]).error
        found |= {"adversarial_error": error, "spectrum_error": made["spectrum_error"]}
    return {k: float(x) for k, x in found.items()}


def no_better(row: Mapping[str, Any], known: Mapping[str, float]) -> list[str]:
    """In which scores a row of a log is no better than the baselines: by less than `LEFT` of the way to the ideal.

    An adversarial error by which independent sites can't be told from the data says nothing, and is left out.

    >>> no_better({"balanced_accuracy": 0.25, "spectrum_error": 0.1}, {"balanced_accuracy": 0.2, "spectrum_error": 0.5})
    ['balanced_accuracy']
    """
    there = {k: (float(row[k]), x, _ideal(row, k)) for k, x in known.items() if k in row}
    blind = {k for k, (_, x, ideal) in there.items() if k == "adversarial_error" and x <= ideal + MARGIN}
    return [k for k, (value, x, ideal) in there.items() if k not in blind and not _better(value, x, ideal)]


def _better(value: float, baseline: float, ideal: float) -> bool:
    """Whether a value has gone `LEFT` of the way from the baseline to the ideal."""
    gone, way = baseline - value, baseline - ideal
    return gone >= LEFT * way if way > 0 else -gone >= LEFT * -way


def _ideal(row: Mapping[str, Any], score: str) -> float:
    return float(row.get(score.replace("error", "floor"), 0.0)) if score.endswith("error") else 1.0
