"""Objective: how good a machine is as one number from 0 to 1, from its row of the log."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .. import ranges
from ..evaluation.quick_scores import SHARES, freshness
from . import stopping

TERMS = (*SHARES, "adversarial_error")
"""The scores that an objective can be made of."""

USUAL = {"balanced_accuracy": 1.0, "label_fidelity": 1.0, "adversarial_error": 1.0}
"""The weights that an objective has by default, of those scores that the data have."""

Weights = Mapping[str, float]


def objective(row: Mapping[str, Any], weights: Weights) -> float:
    """The mean of the scores in a row of the log by their weights, from 0 to 1, where 1 is ideal.

        Σ weight quality / Σ weight;   quality = the share,   of the adversarial error E: 1 - sqrt(2 E)

    E = (truth - 1/2)² + (synthetic - 1/2)² is at most 1/2, so the quality is 0 where both sets are told apart without
    a mistake, and 1 where they are one.

    >>> objective({"accuracy": "0.5", "adversarial_error": "0.125"}, {"accuracy": 3.0, "adversarial_error": 1.0})
    0.5
    """
    return sum(w * _quality(name, float(row[name])) for name, w in weights.items()) / sum(weights.values())


def curve(log: stopping.Log, weights: Weights, stop_on: str | None = None) -> dict[int, float]:
    """{saved age: the objective of the age that a run would take then}: the best by `stop_on`, without it the last."""
    rows = {int(row["age"]): row for row in log}
    found = {}
    for number, age in enumerate(rows, start=1):
        best = stopping.best(log[:number], stop_on) if stop_on else None
        found[age] = objective(rows[best["age"] if best else age], weights)
    return found


def weights_of(given: Weights | None, measured: Collection[str]) -> dict[str, float]:
    """The weights that count: those that are given, or `USUAL`, of scores that are `measured` of the data.

    Raises ValueError for a score that isn't measured or can't be a part, for a weight that isn't positive, and where
    nothing is left.
    """
    there = [name for name in TERMS if name in measured]
    for name, weight in (given or {}).items():
        if name not in there:
            raise ValueError(
                f"these held-out data have no {name} for an objective; there are: {', '.join(there) or 'none'}"
            )
        ranges.real(f"the weight of {name}", weight, lambda x: x > 0, "must be a positive number")
    found = dict(given) if given else {name: weight for name, weight in USUAL.items() if name in there}
    if not found:
        raise ValueError("these held-out data have no score for an objective: no known label, and no two whole rows")
    return found


def _quality(name: str, value: float) -> float:
    return value if name in SHARES else freshness(value)
