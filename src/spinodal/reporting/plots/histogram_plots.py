"""Histograms: how often each number comes in the data, and in what was generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, SHADE, canvas, explain

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def histogram(
    places: ArrayLike, data: ArrayLike, generated: ArrayLike, xlabel: str, title: str | None = None
) -> Figure:
    """Two histograms in the same bins: of data, filled, and of samples, a line.

    places: the edges of the bins, (bins + 1,), or the values that they count, (bins,), ascending. data, generated
    (bins,): counts or shares, which are made to sum to 1; one without any, as a silent generator has, lies at 0.
    Raises ValueError for places that don't ascend or don't fit, and for counts that are negative or not finite.

    >>> figure = histogram([60, 61, 62], [5, 3, 2], [50, 35, 15], "pitch")
    """
    from matplotlib.ticker import MaxNLocator

    x, known, made = (np.asarray(numbers, dtype=np.float64) for numbers in (places, data, generated))
    if known.ndim != 1 or known.shape != made.shape or not known.size or len(x) - len(known) not in (0, 1):
        raise ValueError(
            f"data and generated are (bins,) each, of places (bins,) or (bins + 1,), "
            f"not {known.shape}, {made.shape} and {x.shape}"
        )
    if not (np.diff(x) > 0).all() or not np.isfinite(x).all():
        raise ValueError("places must ascend, and be finite")
    for name, counts in (("data", known), ("generated", made)):
        if not np.isfinite(counts).all() or (counts < 0).any():
            raise ValueError(f"{name} are counts or shares: finite, and not negative")
    edges = x if len(x) > len(known) else _between(x)
    figure, axes = canvas(3.2, title or "Samples should follow the data: the line the shade")
    axes.stairs(known / (known.sum() or 1), edges, fill=True, color=SHADE, label="data")
    axes.stairs(made / (made.sum() or 1), edges, color=COLORS[1], linewidth=1.6, label="generated")
    axes.set_ylim(bottom=0)
    if len(x) == len(known):
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=bool((x % 1 == 0).all())))
    axes.set_xlabel(xlabel, color=INK)
    axes.set_ylabel("share", color=INK)
    explain(figure, axes.get_legend_handles_labels()[0])
    return figure


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges halfway between values; the outer ones as far out as the next ones are in, or 1/2."""
    half = np.diff(values) / 2 if len(values) > 1 else np.array([0.5])
    return np.concatenate([[values[0] - half[0]], values[:-1] + half[: len(values) - 1], [values[-1] + half[-1]]])
