"""Failing labels: those of which so few rows are right that this is no chance, by a table of confusion."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb
from typing import Any

SURE = 0.05
"""The probability that any label is named by chance."""

NAMED = 3
"""Labels that are named, at most; of more it is said how many."""


def failing(record: Mapping[str, Any], table: str) -> list[str]:
    """The labels that fail, "thrombin (0 of 4 right)", the worst first; [] without a table of counts.

    A label fails where its share of right rows is nearer to chance, 1 / labels, than to the share of all rows, and if
    the probability of so few is less than SURE / labels, were it as easy as the others: of Binomial(rows, share).

    >>> record = {"labels": {"label": ["a", "b"]}, "confusion": {"predicted": [[90, 10], [8, 0]]}}
    >>> failing(record, "predicted")
    ['b (0 of 8 right)']
    """
    names: list[str] = next(iter(record.get("labels", {}).values()), [])
    counts = [(sum(row), row[i]) for i, row in enumerate(record.get("confusion", {}).get(table, []))]
    there = [(name, n, right) for name, (n, right) in zip(names, counts) if n]
    if len(there) < 2:
        return []
    share, chance = sum(right for *_, right in there) / sum(n for _, n, _ in there), 1 / len(there)
    few = [x for x in there if x[2] / x[1] < (share + chance) / 2 and _below(x[2], x[1], share) < SURE / len(there)]
    few.sort(key=lambda x: x[2] / x[1])
    return [f"{name} ({right:,} of {n:,} right)" for name, n, right in few]


def said(labels: list[str]) -> str:
    """The labels in a phrase, at most NAMED of them.

    >>> said(["a (0 of 4 right)", "b (1 of 9 right)"]), said(list("abcde"))
    ('a (0 of 4 right) and b (1 of 9 right)', 'a, b, c and 2 more')
    """
    named, more = labels[:NAMED], len(labels) - NAMED
    parts = [*named, f"{more} more"] if more > 0 else named
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _below(right: int, n: int, share: float) -> float:
    """The probability of at most so many of n."""
    return sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(right + 1))
