"""Cloud figures: data and samples as dots on the principal axes of the data, of all, by label and over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...evaluation.reference import cut
from ...tasks import sample_over_time
from .. import plots
from ..plots.canvas import COLORS
from .view import Drawn, View

FLAT = 1e-3
"""Rows lie on a line if their distances from it are at most this share of its length."""

CHAINS = 300
"""The most chains that are shown over time."""


def clouds(view: View) -> Iterator[Drawn]:
    """Data and samples on the principal axes of the data, in one figure, by label in another, and over time."""
    whole = view.data.whole
    if whole.sum() < 3:
        return
    x, y = view.data.select(whole).numbers().numpy(), view.made.numbers().numpy()
    if _is_flat(x):
        return
    asked, names = _few(view.asked, view.names)  # of more labels the second figure has a panel each
    caption = "PCA: held-out rows (pale) and generated rows on the first two principal components of the held-out rows."
    yield "cloud", plots.scatter(x, y, asked, names), caption
    if len(labels := view.common()) > 1:
        known, asked = (_renumbered(numbers, labels) for numbers in (view.known[whole], view.asked))
        caption = "Held-out rows (pale) and generated rows of each label, on the same axes."
        yield "cloud-by-label", plots.scatter_by_label(x, y, known, asked, [view.names[i] for i in labels]), caption
    yield from _over_time(view, x)


def _over_time(view: View, x: np.ndarray) -> Iterator[Drawn]:
    """The same chains at several times, on the principal axes of the data (n, d), where there are times."""
    if len(view.moments) < 2:
        return
    chains = sample_over_time(view.machine, cut(view.data, CHAINS, view.seed), view.moments, view.seed)
    frames = {t: made.numbers().numpy() for t, made in chains}
    caption = "The same chains after different numbers of steps from a random start, over held-out rows (pale)."
    yield "cloud-over-time", plots.scatter_over_time(x, frames, view.record["steps"]), caption


def _few(numbers: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray | None, list[str]]:
    """The labels that occur, renumbered, and their names; (None, []) if there are more than colors."""
    labels = np.unique(numbers[numbers >= 0]).tolist()
    return (_renumbered(numbers, labels), [names[i] for i in labels]) if 0 < len(labels) <= len(COLORS) else (None, [])


def _is_flat(x: np.ndarray) -> bool:
    """Whether rows lie on a line, to within FLAT."""
    centered = x.astype(np.float64) - x.mean(0)
    lengths = np.linalg.norm(centered, axis=1)
    axis = centered[lengths.argmax()] / (lengths.max() or 1)
    return bool(np.linalg.norm(centered - np.outer(centered @ axis, axis), axis=1).max() <= FLAT * lengths.max())


def _renumbered(numbers: np.ndarray, labels: Sequence[int]) -> np.ndarray:
    """The index of each number in `labels`, -1 if it is not among them."""
    indices = np.full(len(numbers), -1)
    for index, label in enumerate(labels):
        indices[numbers == label] = index
    return indices
