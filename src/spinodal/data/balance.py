"""Balance: the odds with which rows are drawn, such that rows of rare labels are drawn more often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def odds(labels: Sequence[np.ndarray], weights: np.ndarray | None, power: float) -> np.ndarray:
    """weight (1 / share of the label)^power for each row, (n,); the share is of the weights of all labeled rows.

    labels: one or more columns (n,) of integers, -1 unknown. Rows that differ in any of them have different labels.
    weights: (n,), or None for equal ones. power: 0 gives the weights, 1 makes all labels equally probable. Rows of
    which no label is known keep their weights, and together their share of the draws.

    >>> odds([np.array([0, 0, 0, 1, -1])], None, 1.0)
    array([0.66666667, 0.66666667, 0.66666667, 2.        , 1.        ])
    """
    own = np.ones(len(labels[0])) if weights is None else weights.astype(np.float64)
    columns = np.stack(labels, axis=1)
    known = (columns >= 0).any(axis=1)
    if not own[known].sum():
        return own
    label = np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1)
    share = np.bincount(label, weights=own)[label] / own[known].sum()
    raised = own * np.maximum(share, np.finfo(np.float64).tiny) ** -power  # a label without weight keeps none
    return np.where(known, raised * (own[known].sum() / raised[known].sum()), own)
