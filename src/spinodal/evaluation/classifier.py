"""Classifier: fitted on training rows, independent of machines, it predicts the label of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from .reference import subset

Classifier = Callable[[Dataset], np.ndarray]
"""Predicts the label of each row, (n,) numbers of the first label layer, -1 where an entry of the row is unknown."""


def logistic(seed: int) -> tuple[Any, int]:
    """Logistic regression (C = 0.1), for letters and for rows of 0 and 1, and how many rows it is fitted on at most."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.1, tol=1e-3, max_iter=2000, random_state=seed), 10_000


def support_vectors(seed: int) -> tuple[Any, int]:
    """A support vector machine (C = 10, Gaussian kernel), for images, and how many rows it is fitted on at most."""
    return SupportVectors(seed), 5_000


class SupportVectors:
    """scikit-learn's SVC(C=10) with kernels by matrix products, which predicts several times as fast."""

    def __init__(self, seed: int) -> None:
        from sklearn.svm import SVC

        self.machine = SVC(C=10, kernel="precomputed", random_state=seed)

    def fit(self, x: np.ndarray, labels: np.ndarray) -> None:
        self.gamma = 1 / (x.shape[1] * (x.var(dtype=np.float64) or 1.0))
        self.machine.fit(self._kernel(x, x), labels)
        self.vectors, self.rows = x[self.machine.support_], len(x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The label of each row, (n,)."""
        return np.concatenate([self._predict(block) for block in np.split(x, range(BLOCK, len(x), BLOCK))])

    def _predict(self, x: np.ndarray) -> np.ndarray:
        kernel = np.zeros((len(x), self.rows))  # of the support vectors alone: others don't count
        kernel[:, self.machine.support_] = self._kernel(x, self.vectors)
        found: np.ndarray = self.machine.predict(kernel)
        return found

    def _kernel(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """exp(-gamma |x - y|²) of each two rows."""
        from sklearn.metrics.pairwise import rbf_kernel

        found: np.ndarray = rbf_kernel(x, y, self.gamma)
        return found


def neighbor(seed: int) -> tuple[Any, int]:
    """The nearest training row, for many labels: others fit a model a label or a pair of them, to a few rows each."""
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1, algorithm="brute"), 10_000


BLOCK = 2000
"""Rows that are predicted at once by kernels."""

MANY = 100
"""Labels above which the nearest training row is taken."""

CLASSIFIERS = {"images": support_vectors}
"""Kinds of rows that are not classified by logistic regression."""


def train_classifier(train: Dataset, kind: str, seed: int = 0) -> Classifier:
    """A classifier of the first label layer, fitted on the training rows that have a label and no unknown entry.

    It is independent of the machine, so it measures whether generated rows show the label that was asked for. Rows are
    read as numbers, letters one-hot. kind: as in `reference.kind_of`. Of more than MANY labels it is the nearest
    training row. A function of its arguments. Raises ValueError where there are not two such rows, or fewer than two
    labels. Cost: of 5,000 images 2 s to fit, and 1 ms for each prediction.
    """
    layer = next(iter(train.labels), None)
    if layer is None:
        raise ValueError("the training rows have no labels")
    whole = train.whole
    if whole.sum() < 2:
        raise ValueError(
            "fewer than two training rows have no unknown entry, and the classifier is fitted on whole rows"
        )
    labeled = np.flatnonzero(whole & (train[layer][:, 0] >= 0))
    if (labels := len(np.unique(train[layer][labeled]))) < 2:
        raise ValueError("the training rows have fewer than two labels to tell apart")
    classifier, most = (neighbor if labels > MANY else CLASSIFIERS.get(kind, logistic))(seed)
    train = train.select(subset(labeled, most, seed))
    classifier.fit(train.numbers().numpy(), train[layer][:, 0])
    return lambda data: _predicted(classifier, data)


def _predicted(classifier: Any, data: Dataset) -> np.ndarray:
    predicted, whole = np.full(len(data), -1), data.whole
    if whole.any():
        predicted[whole] = classifier.predict(data.select(whole).numbers().numpy())
    return predicted
