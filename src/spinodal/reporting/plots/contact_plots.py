"""Contact plots: predicted pairs of sites above the contacts of a structure, and how many of the first are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, SHADE, add_legend, clean_axes, display_name, logarithmic_x, sheet, styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Booleans = NDArray[np.bool_]


def contact_map(
    pairs: ArrayLike, sites: int, structure: ArrayLike | None = None, precision: Mapping[str, ArrayLike] | None = None
) -> Figure:
    """The pairs that are predicted, above the diagonal, and below it the contacts of a structure; without one they are
    on both sides.

    pairs      (n, 2): sites i < j, counted from 0 (the figure counts from 1)
    structure  (sites, sites): True where two sites are in contact. Pairs that are right are discs, others crosses
    precision  name -> the share of contacts among the first 1, 2, ... pairs: a second panel, on a logarithmic scale

    Raises ValueError for pairs that don't fit.

    >>> figure = contact_map([[0, 5], [1, 7]], 10, np.eye(10, k=5) > 0, {"machine": [1.0, 0.5]})
    """
    x = np.asarray(pairs, dtype=np.int64)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x) or x.min() < 0 or x.max() >= sites or (x[:, 0] >= x[:, 1]).any():
        raise ValueError(f"pairs must be (n, 2), sites i < j of {sites}, not of shape {x.shape}")
    near = None if structure is None else np.asarray(structure, dtype=bool) | np.asarray(structure, dtype=bool).T
    found = "" if near is None else f": {near[x[:, 0], x[:, 1]].sum()} are contacts of the structure"
    figure = sheet(8.0 if precision else 5.8, f"The first {len(x)} pairs{found}")
    grid = figure.add_gridspec(2 if precision else 1, 1, height_ratios=(5.4, 2.2) if precision else (1,))
    axes = figure.add_subplot(grid[0, 0])
    _draw_map(axes, x, sites, near)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    if precision:
        _draw_precision(figure.add_subplot(grid[1, 0]), precision, len(x))
    return figure


def _draw_map(axes: Axes, pairs: NDArray[np.int64], sites: int, near: Booleans | None) -> None:
    size = 5.0 * 72 / sites  # points that a site takes
    if near is None:
        _dots(axes, np.concatenate([pairs, pairs[:, ::-1]]), "predicted", COLORS[0], "o", 1.4 * size)
    else:
        i, j = np.nonzero(np.tril(near))
        _dots(axes, np.stack([j, i], 1)[:, ::-1], "contacts of the structure", SHADE, "s", size)
        right = near[pairs[:, 0], pairs[:, 1]]
        _dots(axes, pairs[right], f"predicted, right ({right.sum()})", COLORS[0], "o", 1.2 * size)
        _dots(axes, pairs[~right], f"predicted, wrong ({(~right).sum()})", COLORS[1], "X", 1.8 * size)
    axes.plot([0.5, sites + 0.5], [0.5, sites + 0.5], color=SHADE, linewidth=0.8, zorder=0)
    axes.set(xlim=(0.5, sites + 0.5), ylim=(sites + 0.5, 0.5), aspect="equal")
    axes.set_xlabel("site", color=INK, fontsize=9)
    axes.set_ylabel("site", color=INK, fontsize=9)
    axes.tick_params(labelsize=8)
    clean_axes(axes)


def _dots(axes: Axes, pairs: NDArray[np.int64], name: str, color: str, marker: str, width: float) -> None:
    """Marks as wide as so many points, at column j and row i."""
    axes.scatter(
        pairs[:, 1] + 1, pairs[:, 0] + 1, s=max(width, 2.0) ** 2, color=color, marker=marker, linewidth=0, label=name
    )


def _draw_precision(axes: Axes, precision: Mapping[str, ArrayLike], first: int) -> None:
    """The precision of the first pairs by their number, with a line at the number that the map shows."""
    axes.axvline(first, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
    for (name, values), style in zip(precision.items(), styles(len(precision))):
        share = np.asarray(values, dtype=np.float64)
        style = {k: x for k, x in style.items() if k != "marker"}
        axes.plot(np.arange(1, len(share) + 1), share, label=display_name(name), linewidth=1.8, **style)
    logarithmic_x(axes)
    axes.set(ylim=(0, 1.03))
    axes.set_xlabel("first pairs", color=INK, fontsize=9)
    axes.set_ylabel("share of contacts", color=INK, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.legend(frameon=False, labelcolor=INK, fontsize=9, loc="lower left")
    clean_axes(axes)
