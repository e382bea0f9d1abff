"""Histogram plots: the distribution of a number in the data and in generated rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, SHADE, add_legend, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def histogram(
    places: ArrayLike, data: ArrayLike, generated: ArrayLike, xlabel: str, title: str | None = None
) -> Figure:
    """Two histograms with the same bins: data (filled) and samples (a line).

    places: the edges of the bins, (bins + 1,), or the values that they count, (bins,), ascending. data, generated
    (bins,): counts or shares, which are normalized to sum to 1; if all are 0, they stay 0. Raises ValueError for places
    that don't ascend or don't fit, and for counts that are negative or not finite.

    >>> figure = histogram([60, 61, 62], [5, 3, 2], [50, 35, 15], "pitch")
    """
    x, p, q = (np.asarray(numbers, dtype=np.float64) for numbers in (places, data, generated))
    _check(x, p, q)
    edges = x if len(x) > len(p) else _edges_around(x)
    figure, axes = canvas(3.2, title or "Distributions of data (filled) and samples (line)")
    axes.stairs(p / (p.sum() or 1), edges, fill=True, color=SHADE, label="data")
    axes.stairs(q / (q.sum() or 1), edges, color=COLORS[1], linewidth=1.6, label="generated")
    axes.set_ylim(bottom=0)
    if len(x) == len(p):
        _tick_values(axes, x)
    axes.set_xlabel(xlabel, color=INK)
    axes.set_ylabel("share", color=INK)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return figure


def _check(x: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64]) -> None:
    if p.ndim != 1 or p.shape != q.shape or not p.size or len(x) - len(p) not in (0, 1):
        raise ValueError(
            f"data and generated must be (bins,) each, and places (bins,) or (bins + 1,), "
            f"not {p.shape}, {q.shape} and {x.shape}"
        )
    if not (np.diff(x) > 0).all() or not np.isfinite(x).all():
        raise ValueError("places must ascend, and be finite")
    for name, counts in (("data", p), ("generated", q)):
        if not np.isfinite(counts).all() or (counts < 0).any():
            raise ValueError(f"{name} must be counts or shares: finite, and not negative")


def _tick_values(axes: Axes, values: NDArray[np.float64]) -> None:
    """Ticks at round numbers, at integers if all values are integers."""
    from matplotlib.ticker import MaxNLocator

    integer = bool((values % 1 == 0).all())
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=integer))


def _edges_around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges halfway between values; the outer bins are symmetric about their values, or of width 1 for one value."""
    half = np.diff(values) / 2 if len(values) > 1 else np.array([0.5])
    return np.concatenate([[values[0] - half[0]], values[:-1] + half[: len(values) - 1], [values[-1] + half[-1]]])
