"""Scaling: probabilities of labels that are as sure as they are right, by a temperature or by numbers of each label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .. import ranges
from ..data.shuffle import permutation
from ..machines import marginals
from ..machines.units import NEVER

FEWEST = 20
"""Vector scaling takes so many rows of every label: it has two numbers a label."""

FOLDS = 5
"""Parts of the rows, each of which is scaled by what the others say."""

LEAST = 1e-3
"""The smallest scale: probabilities are nearly equal then, and keep their order."""

DIGITS = 6
"""Numbers are rounded to so many digits, so that computers that fit them with other last bits say the same."""


@dataclass(frozen=True)
class Scaling:
    """p(label | visible) ∝ exp(scale log p + offset), with a scale and an offset for each label, (C,) each.

    Below a scale of 1 labels become less sure. Temperature scaling has one scale, 1 / T, and no offsets, so the most
    probable label stays; by vector scaling another label may become the most probable one. Guo et al. 2017.
    """

    scale: np.ndarray
    offset: np.ndarray

    def __call__(self, log_p: np.ndarray) -> np.ndarray:
        """The scaled probabilities, (n, C), of log p, (n, C), in its precision; 0 for what can't be."""
        logs = torch.from_numpy(log_p * self.scale.astype(log_p.dtype) + self.offset.astype(log_p.dtype))
        return np.where(log_p <= NEVER / 2, 0, marginals.probabilities(logs).numpy())

    @property
    def temperature(self) -> float | None:
        """T, if it is the same for all labels and there are no offsets."""
        alike = (self.scale == self.scale[0]).all() and not self.offset.any()
        return float(1 / self.scale[0]) if alike else None


Fit = Callable[[np.ndarray, np.ndarray], Scaling]
"""A function of log p (n, C) and true labels (n,)."""


def fit_temperature(log_p: np.ndarray, truth: np.ndarray) -> Scaling:
    """The temperature at which these rows have their labels with the highest probability.

        minimize over b = 1 / T:   - Σ_rows log softmax(b log p)[truth] + (b - 1)² / 2

    The last term counts like a row, and keeps T above 0 where all rows are right. log_p (n, C), truth integers (n,),
    all known. The problem is convex. Raises ValueError where the two don't fit together. Cost: some ten passes over
    log_p.
    """
    log_p, truth = _checked(log_p, truth)

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope, _ = _cross_entropy(np.full(log_p.shape[1], x[0]), np.zeros(log_p.shape[1]), log_p, truth)
        return value + (x[0] - 1) ** 2 / 2, np.array([slope.sum() + x[0] - 1])

    (scale,) = _minimum(loss, np.ones(1), [LEAST])
    return Scaling(np.full(log_p.shape[1], scale), np.zeros(log_p.shape[1]))


def fit_vector(log_p: np.ndarray, truth: np.ndarray) -> Scaling:
    """A scale and an offset of each label, after a temperature, of the highest probability of these labels.

        minimize over a, c:   - Σ_rows log softmax(a log p / T + c)[truth] + Σ_labels ((a - 1)² + c²) / 2

    T is that of `fit_temperature`, whose arguments and errors it has. Convex, too.
    """
    log_p, truth = _checked(log_p, truth)
    labels, scale = log_p.shape[1], fit_temperature(log_p, truth).scale
    warm = log_p * scale

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        a, c = x[:labels], x[labels:]
        value, of_a, of_c = _cross_entropy(a, c, warm, truth)
        return value + float(((a - 1) ** 2).sum() + (c**2).sum()) / 2, np.concatenate([of_a + a - 1, of_c + c])

    start, lowest = np.repeat([1.0, 0.0], labels), [LEAST] * labels + [None] * labels
    found = _minimum(loss, start, lowest)
    return Scaling(_rounded(found[:labels] * scale), found[labels:])


def fit_scaling(log_p: np.ndarray, truth: np.ndarray, seed: int = 0) -> tuple[Scaling, np.ndarray]:
    """The scaling of these rows, and what the same kind makes of each row if it is fitted without it, (n, C).

    The second says how good it is on rows that it hasn't seen (`cross_fitted`). The kind is a temperature, or numbers
    of each label where every label has `FEWEST` rows and the labels of unseen rows are more probable then, by more
    than the standard error of that. Arguments and errors are those of `fit_temperature`.
    """
    log_p, truth = _checked(log_p, truth)
    plain = cross_fitted(log_p, truth, fit_temperature, seed)
    if np.bincount(truth, minlength=log_p.shape[1]).min() >= FEWEST:
        finer = cross_fitted(log_p, truth, fit_vector, seed)
        gain = log_losses(plain, truth) - log_losses(finer, truth)
        if gain.mean() > gain.std() / len(gain) ** 0.5:
            return fit_vector(log_p, truth), finer
    return fit_temperature(log_p, truth), plain


def cross_fitted(log_p: np.ndarray, truth: np.ndarray, fit: Fit = fit_temperature, seed: int = 0) -> np.ndarray:
    """Scaled probabilities of each row, (n, C), by a fit on the rows of the other `FOLDS` - 1 parts of all.

    A row by itself has nothing to be fitted on: raises ValueError for fewer than two.
    """
    n = ranges.integer("rows with labels", len(truth), 2)
    fold = np.empty(n, dtype=np.int64)
    fold[permutation(seed, 0, n)] = np.arange(n) % FOLDS
    found = np.empty_like(log_p)
    for part in (fold == i for i in range(min(n, FOLDS))):
        found[part] = fit(log_p[~part], truth[~part])(log_p[part])
    return found


def log_losses(p: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """-log p[truth] of each row, (n,), in nats; a p that rounds to 0 counts as the least normal number."""
    found: np.ndarray = -np.log(np.maximum(p[np.arange(len(p)), truth], np.finfo(p.dtype).tiny))
    return found


def _checked(log_p: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in double precision and as integers; log p below -1e4, which nothing reaches that can be, is cut."""
    if log_p.ndim != 2 or truth.shape != log_p.shape[:1] or not len(truth) or truth.dtype.kind not in "iu":
        raise ValueError(f"log p must be (n, labels) and labels integers (n,), not {log_p.shape} and {truth.shape}")
    if truth.min() < 0 or truth.max() >= log_p.shape[1]:
        raise ValueError(f"all labels must be known, from 0 to {log_p.shape[1] - 1}: take out the other rows")
    if np.isnan(log_p).any():
        raise ValueError("log p has NaN")
    return np.maximum(log_p.astype(np.float64), -1e4), truth


def _cross_entropy(
    scale: np.ndarray, offset: np.ndarray, log_p: np.ndarray, truth: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """- Σ_rows log softmax(scale log p + offset)[truth], and its slopes by scale and offset, (C,) each."""
    x, rows = log_p * scale + offset, np.arange(len(truth))
    x -= x.max(1, keepdims=True)
    p = np.exp(x)
    total = p.sum(1, keepdims=True)
    value = float(np.log(total).sum() - x[rows, truth].sum())
    p /= total
    p[rows, truth] -= 1
    return value, (p * log_p).sum(0), p.sum(0)


def _minimum(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, lowest: Sequence[float | None]
) -> np.ndarray:
    """Where a convex function, which returns its slope, too, is lowest, by numbers of at least `lowest` each."""
    from scipy.optimize import minimize  # imported here because it loads slowly

    bounds, exact = [(low, None) for low in lowest], {"ftol": 1e-14, "gtol": 1e-7}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=exact)
    return _rounded(found.x)


def _rounded(x: np.ndarray) -> np.ndarray:
    return np.array([float(f"{number:.{DIGITS}g}") for number in x.tolist()])
