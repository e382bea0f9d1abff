"""Classifier: fitted on real rows, independent of machines, it says which label a row shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from .quick_scores import cut

Referee = Callable[[Dataset], np.ndarray]
"""Says which label each row shows, (n,) numbers of the first label layer, -1 where an entry of the row is unknown."""


def logistic(seed: int) -> tuple[Any, int]:
    """Logistic regression (C = 0.1), for letters and for rows of 0 and 1, and how many rows it is fitted on at most."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.1, tol=1e-3, max_iter=2000, random_state=seed), 10_000


def kernels(seed: int) -> tuple[Any, int]:
    """A support vector machine (C = 10, Gaussian kernel), for images, and how many rows it is fitted on at most."""
    from sklearn.svm import SVC

    return SVC(C=10, random_state=seed), 5_000


def neighbor(seed: int) -> tuple[Any, int]:
    """The nearest training row, for many labels: others fit a model a label or a pair of them, to a few rows each."""
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1, algorithm="brute"), 10_000


MANY = 100
"""Labels above which rows are seen by their nearest neighbor."""

CLASSIFIERS = {"images": kernels}
"""Kinds of rows that logistic regression is not for."""


def referee(train: Dataset, kind: str, seed: int = 0) -> Referee:
    """A classifier of the first label layer, fitted on whole training rows that have a label.

    It never saw the machine, so it can say of generated rows what they show. Rows are read as numbers, letters
    one-hot. kind: as in `measures.kind_of`. Of more than MANY labels the nearest training row says it. A function of
    its arguments. Raises ValueError where there are not two whole rows, or labels to tell apart. Cost: of 5,000 images
    2 s to fit, and 1 ms each to see.
    """
    layer = next(iter(train.labels), None)
    if layer is None:
        raise ValueError("the training rows have no labels")
    if train.whole.sum() < 2:
        raise ValueError("fewer than two training rows have no unknown entry, and a judge learns from whole rows")
    train = train.select(train.whole & (train[layer][:, 0] >= 0))
    if (labels := len(np.unique(train[layer]))) < 2:
        raise ValueError("the training rows have fewer than two labels to tell apart")
    classifier, most = (neighbor if labels > MANY else CLASSIFIERS.get(kind, logistic))(seed)
    train = cut(train, most, seed)
    classifier.fit(train.numbers().numpy(), train[layer][:, 0])
    return lambda data: _seen(classifier, data)


def _seen(classifier: Any, data: Dataset) -> np.ndarray:
    seen, whole = np.full(len(data), -1), data.whole
    if whole.any():
        seen[whole] = classifier.predict(data.select(whole).numbers().numpy())
    return seen
