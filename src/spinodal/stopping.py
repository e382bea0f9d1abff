"""Stopping: which saved age is the best by a score, and whether a training has waited long enough for a better one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from .judge import ERRORS, SHARES

SCORES = (*SHARES, *ERRORS)
"""What a training can stop on."""

Log = Sequence[Mapping[str, Any]]


def best(log: Log, score: str) -> dict[str, Any] | None:
    """The first age with the best value of a score; None where no age has a number.

    >>> best([{"age": 10, "accuracy": 0.5}, {"age": 15, "accuracy": 0.75}, {"age": 22, "accuracy": 0.75}], "accuracy")
    {'score': 'accuracy', 'age': 15, 'value': 0.75}
    """
    sign = -1 if score in SHARES else 1
    values = {int(row["age"]): float(row[score]) for row in log}
    known = [age for age, value in values.items() if not isnan(value)]
    age = min(known, key=lambda a: (sign * values[a], a), default=None)
    return None if age is None else {"score": score, "age": age, "value": values[age]}


def stopped(log: Log, score: str, patience: int) -> bool:
    """Whether as many ages in a row as `patience` brought nothing better; what is not a number is no better.

    >>> stopped([{"age": 10, "accuracy": 0.5}, {"age": 15, "accuracy": 0.5}], "accuracy", patience=1)
    True
    """
    first = best(log, score) or {"age": -1}
    return sum(int(row["age"]) > first["age"] for row in log) >= patience
