"""Stopping: which saved age is the best by a score, and whether a training has waited long enough for a better one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from ..evaluation.quick_scores import ERRORS, QUALITY, SHARES

SCORES = (QUALITY, *SHARES, *ERRORS)
"""The scores that a training can stop on."""

FIRST = 300
"""The fewest updates of a training: at first scores hardly change, and some get worse before they get better."""

LEFT = 0.1
"""The part of the way from its first value to the ideal that a score must have gone before it may stop a training."""

Log = Sequence[Mapping[str, Any]]


def best(log: Log, score: str) -> dict[str, Any] | None:
    """The first age with the best value of a score; None where no age has a number.

    >>> best([{"age": 10, "accuracy": 0.5}, {"age": 15, "accuracy": 0.75}, {"age": 22, "accuracy": 0.75}], "accuracy")
    {'score': 'accuracy', 'age': 15, 'value': 0.75}
    """
    sign, values = _sign(score), _known(log, score)
    age = min(values, key=lambda a: (sign * values[a], a), default=None)
    return None if age is None else {"score": score, "age": age, "value": values[age]}


def stopped(log: Log, score: str, patience: float) -> bool:
    """Whether a training has learned something and is `patience` times as old as at its best age.

    Not before `FIRST` updates, and not before the score `has_left` its first value.

    >>> log = [{"age": 10, "accuracy": 0.5}, {"age": 100, "accuracy": 0.9}, {"age": 316, "accuracy": 0.8}]
    >>> stopped(log, "accuracy", patience=3), stopped(log, "accuracy", patience=4)
    (True, False)
    """
    found, age = best(log, score), max((int(row["age"]) for row in log), default=0)
    late = found is not None and age > found["age"] and age >= patience * found["age"]
    return late and age >= FIRST and has_left(log, score)


def has_left(log: Log, score: str) -> bool:
    """Whether a score is better than at the first age by `LEFT` of the way to the ideal: of shares 1, else its floor.

    >>> has_left([{"age": 10, "accuracy": 0.5}, {"age": 15, "accuracy": 0.54}], "accuracy")
    False
    """
    sign, values = _sign(score), _known(log, score)
    if not values:
        return False
    first, found = values[min(values)], best(log, score)
    floors = [float(row.get(score.replace("error", "floor"), 0.0)) for row in log]
    way = sign * (first - (1.0 if sign < 0 else floors[0]))
    return found is not None and sign * (first - found["value"]) >= LEFT * max(way, 0.0)


def _sign(score: str) -> int:
    """1 where less is better, -1 where more is."""
    return 1 if score in ERRORS else -1


def _known(log: Log, score: str) -> dict[int, float]:
    """The values of a score that are numbers, by age."""
    values = {int(row["age"]): float(row[score]) for row in log}
    return {age: value for age, value in values.items() if not isnan(value)}
