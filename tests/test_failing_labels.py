"""Failing labels: too few right rows for chance, and no label by chance alone."""

from __future__ import annotations

import numpy as np
import pytest

from spinodal.evaluation.failing_labels import failing, said

NAMES = [f"l{i}" for i in range(10)]


def record(right, n):
    """A table of so many right rows of n for each label; the others are taken for the next label."""
    counts = np.diag(right) + np.roll(np.diag(np.subtract(n, right)), 1, axis=1)
    return {"labels": {"label": NAMES[: len(n)]}, "confusion": {"predicted": counts.tolist()}}


@pytest.mark.parametrize(("right", "n", "want"), [
    ([37, 18, 0], [40, 20, 4], ["l2 (0 of 4 right)"]),
    ([37, 18, 1], [40, 20, 2], []),  # half of two rows are no evidence
    ([370, 180, 168], [400, 200, 200], []),  # less than the others, but nearer to them than to chance
    ([400, 10, 0], [400, 100, 50], ["l2 (0 of 50 right)", "l1 (10 of 100 right)"]),
    ([5], [50], []),
    ([0, 0, 0], [9, 9, 9], []),  # all alike
])  # fmt: skip
def test_a_label_fails_where_few_are_right(right, n, want):
    assert failing(record(right, n), "predicted") == want


def test_without_a_table_none_fails():
    assert failing({"labels": {"label": NAMES}}, "predicted") == []


def test_labels_that_are_alike_seldom_fail():
    random = np.random.default_rng(0)
    n = random.integers(1, 30, (400, 10))
    found = [bool(failing(record(random.binomial(own, 0.8), own), "predicted")) for own in n]
    assert np.mean(found) < 0.05


def test_a_few_are_named():
    assert [said(NAMES[:k]) for k in (1, 3, 6)] == ["l0", "l0, l1 and l2", "l0, l1, l2 and 3 more"]
