"""Weight plots: the weights from the sites of a row to hidden units, a panel for each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .canvas import INK, NAME, display_name, sheet
from .image_plots import blue_to_red, color_limit

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def weight_map(weights: Mapping[str, ArrayLike], symbols: Sequence[str] = (), title: str | None = None) -> Figure:
    """Heat maps of weights, one below the other: sites to the right, letters downward, negative blue, positive red.

    weights: the name of a unit -> (sites, letters), or (sites, 1) of sites that are a number each; symbols: of the
    letters. All share a scale that is symmetric about 0; the largest 0.5 % are beyond its ends. Raises ValueError if
    there is no unit, and for weights of different shapes or other letters.

    >>> figure = weight_map({"unit 1": [[0.1, -0.1], [0.5, -0.5]]}, "AC")
    """
    grids = {name: np.asarray(x, dtype=np.float64) for name, x in weights.items()}
    shapes = {x.shape for x in grids.values()}
    letters = len(symbols) or 1
    if len(shapes) != 1 or (shape := shapes.pop())[1:] != (letters,) or not shape[0]:
        raise ValueError(f"weights must be (sites, {letters}) for one unit or more, all alike")
    height = 0.35 + 0.075 * letters
    figure = sheet(
        height * len(grids) + 0.9, title or "Weights to hidden units: red favors a letter, blue disfavors it"
    )
    limit = color_limit(np.abs(np.stack(list(grids.values()))))
    rows = figure.subplots(len(grids), 1, squeeze=False)[:, 0]
    for axes, (name, x) in zip(rows, grids.items()):
        image = axes.imshow(x.T, cmap=blue_to_red(), vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest",
                            extent=(0.5, shape[0] + 0.5, letters - 0.5, -0.5))  # fmt: skip
        axes.set_title(display_name(name, 2 * NAME), loc="left", fontsize=8, color=INK, pad=2)
        axes.set_yticks(range(len(symbols)), list(symbols), fontsize=5.5 if letters > 8 else 7)
        axes.tick_params(colors=INK, length=2, labelsize=None, axis="x", labelbottom=axes is rows[-1])
        axes.spines[:].set_visible(False)
    rows[-1].set_xlabel("site", color=INK, fontsize=9)
    bar = figure.colorbar(image, ax=list(rows), fraction=0.02, pad=0.01, aspect=25 * len(grids), extend="both")
    bar.set_ticks([-limit, 0, limit])
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
    bar.ax.tick_params(colors=INK, labelsize=8)
    bar.outline.set_visible(False)
    return figure
