"""Column plots: the distribution of each column of a table, in the data and in generated rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .canvas import COLORS, SHADE, add_legend, display_name, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panel = tuple[str, Sequence[str] | ArrayLike, ArrayLike, ArrayLike]
"""A column: name; values as text, or edges of bins for numbers; counts in the data; counts in generated rows."""

PER_ROW = 3
"""Panels in a row."""

LETTERS = 9
"""Characters of a value below its bar."""


def columns(every: Sequence[Panel], title: str | None = None) -> Figure:
    """A panel for each column: shares of its values in the data (filled) and in samples (a line).

    Values are text (bins,) or ascending edges of bins (bins + 1,); counts (bins,) are normalized to sum to 1.
    Raises ValueError if there is no column, and for counts that don't fit their values.

    >>> figure = columns([("age", [20, 40, 60], [5, 3], [4, 4]), ("sick", ["no", "yes"], [6, 2], [5, 3])])
    """
    if not every:
        raise ValueError("there is no column to show: pass one or more")
    title = title or "Distributions of data (filled) and samples (line)"
    figure, grid = panels(1.6, [panel[0] for panel in every], PER_ROW, title)
    for axes, (name, values, data, generated) in zip(grid, every):
        _stairs(axes, name, values, data, generated)
    add_legend(figure, grid[0].get_legend_handles_labels()[0])
    return figure


def _stairs(axes: Axes, name: str, values: Any, data: ArrayLike, generated: ArrayLike) -> None:
    p, q = (np.asarray(counts, dtype=np.float64) for counts in (data, generated))
    words = [str(value) for value in values] if isinstance(values[0], str) else []
    edges = np.arange(len(words) + 1) - 0.5 if words else np.asarray(values, dtype=np.float64)
    if not p.shape == q.shape == (len(edges) - 1,):
        raise ValueError(f'column "{name}" has {len(edges) - 1} bins, and counts of shape {p.shape} and {q.shape}')
    axes.stairs(p / (p.sum() or 1), edges, fill=True, color=SHADE, label="data")
    axes.stairs(q / (q.sum() or 1), edges, color=COLORS[1], linewidth=1.4, label="generated")
    axes.set_ylim(bottom=0)
    if words:
        short = [display_name(word, LETTERS) for word in words]
        turned = sum(map(len, short)) > 24
        axes.set_xticks(range(len(words)), short, rotation=90 if turned else 0)
