"""Trial plots: the objective of the trials of a sweep, one after the other and against each setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from .canvas import COLORS, INK, SHADE, add_legend, clean_axes, display_name, label_sides, logarithmic_x, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES: dict[str, dict[str, Any]] = {
    "complete": {"color": COLORS[0], "marker": "o"},
    "pruned": {"facecolors": "none", "edgecolors": COLORS[4], "marker": "o"},
    "diverged": {"color": COLORS[1], "marker": "x"},
}
"""How the trials of a state are drawn."""

FEW = 5
"""Settings of so many values or fewer, some of which occur again, are drawn at equal distances."""

COLUMNS = 2
"""Panels in a row, at most."""


WIDE = 30
"""Characters that stand beside each other below a panel; of more, names are turned."""

TICKS = 4
"""Steps between the numbers of a scale that isn't logarithmic: panels are narrow."""


def trials(objective: Sequence[float], states: Sequence[str], settings: Mapping[str, Sequence[float | str]]) -> Figure:
    """The objective of each trial with the best so far, and below it a panel for each setting that isn't constant.

    objective: (n,), from 0 to 1, NaN where a trial has none, states: (n,), of the names in `STYLES`; others aren't
    drawn. settings: name -> values, (n,). Only complete trials can be the best. Raises ValueError for lists that differ
    in length, and where no trial has an objective.

    >>> figure = trials([0.5, 0.7], ["pruned", "complete"], {"lr": [0.1, 0.2]})
    """
    if strange := [k for k, x in {"states": states, **settings}.items() if len(x) != len(objective)]:
        raise ValueError(f"{strange[0]} and objective must have equal lengths")
    if not any(map(isfinite, objective)):
        raise ValueError("no trial has an objective")
    varied = {name: values for name, values in settings.items() if len(set(values)) > 1}
    columns, best = max(1, min(COLUMNS, len(varied))), _best(objective, states)
    rows = -(-len(varied) // columns)
    figure = sheet(3.0 + 1.9 * rows, _title(objective, best))
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[1.4, *[1] * rows])
    first = figure.add_subplot(grid[0, :])
    below = [figure.add_subplot(grid[1 + i // columns, i % columns]) for i in range(len(varied))]
    for axes, values in zip([first, *below], [list(range(len(objective))), *varied.values()]):
        _scatter(axes, values, objective, states, best)
    first.locator_params(axis="x", nbins=8, integer=True)
    _best_so_far(first, objective, states)
    for axes, name in zip(below, varied):
        axes.set_xlabel(display_name(name), color=INK, fontsize=9)
    label_sides([first], 1, "trial", "objective")
    for axes in below[::columns]:
        axes.set_ylabel("objective", color=INK, fontsize=9)
    add_legend(figure, first.get_legend_handles_labels()[0])
    return figure


def _best(objective: Sequence[float], states: Sequence[str]) -> int | None:
    """The number of the best of the complete trials."""
    whole = {i: x for i, (x, state) in enumerate(zip(objective, states)) if state == "complete" and isfinite(x)}
    return max(whole, key=lambda i: (whole[i], -i), default=None)


def _title(objective: Sequence[float], best: int | None) -> str:
    if best is None:
        return f"None of {len(objective)} trials was trained to its end"
    return f"The best of {len(objective)} trials is number {best}, with the objective {objective[best]:.3f}"


def _scatter(
    axes: Axes, values: Sequence[float | str], objective: Sequence[float], states: Sequence[str], best: int | None
) -> None:
    """The objective against these values, with a ring around the best; trials without one are drawn at the lowest."""
    x, names = _places(values)
    low = min(filter(isfinite, objective))
    y = np.array([value if isfinite(value) else low for value in objective])
    for state, style in STYLES.items():
        own = np.array([s == state for s in states])
        if own.any():
            axes.scatter(x[own], y[own], s=26, linewidths=1.3, label=state, zorder=3, **style)
    if best is not None:
        axes.scatter(x[best], y[best], s=110, facecolors="none", edgecolors=INK, linewidths=1.3, label="best", zorder=4)
    if names:
        short = [display_name(name, 10) for name in names]
        axes.set_xticks(range(len(names)), short, rotation=90 if len("".join(short)) > WIDE else 0)
        axes.margins(x=0.2)
    elif x.min() > 0 and np.median(x) < x.max() / 3:  # as of numbers that were drawn by their logarithm
        logarithmic_x(axes)
    else:
        axes.locator_params(axis="x", nbins=TICKS, steps=(1, 2, 5, 10))  # few digits
    axes.margins(y=0.13)
    clean_axes(axes)
    axes.tick_params(labelsize=8, which="both")
    axes.grid(color=SHADE, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)


def _places(values: Sequence[float | str]) -> tuple[np.ndarray, list[str]]:
    """Where values are on the x axis, and their names where they are a few or words."""
    words = any(isinstance(x, str) for x in values)
    distinct = sorted(set(values), key=str if words else float)
    if words or (len(distinct) <= FEW and len(distinct) < len(values)):
        return np.array([distinct.index(x) for x in values]), [x if isinstance(x, str) else f"{x:g}" for x in distinct]
    return np.array(values, dtype=float), []


def _best_so_far(axes: Axes, objective: Sequence[float], states: Sequence[str]) -> None:
    whole = [x if state == "complete" and isfinite(x) else -np.inf for x, state in zip(objective, states)]
    best = np.maximum.accumulate(whole)
    if (known := np.isfinite(best)).any():
        axes.step(np.arange(len(best))[known], best[known], where="post", color=INK, linewidth=1.4, label="best so far")
