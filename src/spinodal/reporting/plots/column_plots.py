"""Columns: how often each column of a table has its values, in the data and in what was generated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .canvas import COLORS, SHADE, explain, panels, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panel = tuple[str, Sequence[str] | ArrayLike, ArrayLike, ArrayLike]
"""A column: its name; its values in words, or edges of bins of its numbers; counts of the data, and of samples."""

BESIDE = 3
"""Panels beside one another."""

LETTERS = 9
"""Letters of a value that are written below its bar."""


def columns(every: Sequence[Panel], title: str | None = None) -> Figure:
    """A panel a column: shares of its values in the data, filled, and in samples, a line.

    Values are words (bins,) or edges of bins (bins + 1,), ascending; counts (bins,) are made to sum to 1.
    Raises ValueError where there is no column, and for counts that don't fit their values.

    >>> figure = columns([("age", [20, 40, 60], [5, 3], [4, 4]), ("sick", ["no", "yes"], [6, 2], [5, 3])])
    """
    if not every:
        raise ValueError("there is no column to show: name one or more")
    figure, grid = panels(1.6, [panel[0] for panel in every], BESIDE, title or "The line should follow the shade")
    for axes, (name, values, data, made) in zip(grid, every):
        _stairs(axes, name, values, data, made)
    explain(figure, grid[0].get_legend_handles_labels()[0])
    return figure


def _stairs(axes: Axes, name: str, values: Any, data: ArrayLike, made: ArrayLike) -> None:
    known, drawn = (np.asarray(counts, dtype=np.float64) for counts in (data, made))
    words = [str(value) for value in values] if isinstance(values[0], str) else []
    edges = np.arange(len(words) + 1) - 0.5 if words else np.asarray(values, dtype=np.float64)
    if not known.shape == drawn.shape == (len(edges) - 1,):
        raise ValueError(f'column "{name}" has {len(edges) - 1} bins, and counts of {known.shape} and {drawn.shape}')
    axes.stairs(known / (known.sum() or 1), edges, fill=True, color=SHADE, label="data")
    axes.stairs(drawn / (drawn.sum() or 1), edges, color=COLORS[1], linewidth=1.4, label="generated")
    axes.set_ylim(bottom=0)
    if words:
        short = [shown(word, LETTERS) for word in words]
        turned = sum(map(len, short)) > 24
        axes.set_xticks(range(len(words)), short, rotation=90 if turned else 0)
