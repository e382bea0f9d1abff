"""Trajectory plots: units of a machine without noise over time, and how fast nearly equal starts diverge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .canvas import COLORS, INK, SHADE, label_sides, mark_value, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def trajectories(
    times: Sequence[float], values: Mapping[str, ArrayLike], distance: ArrayLike, trained: float | None = None
) -> Figure:
    """The values of a few units of each layer over time, above the distance of two starts that are nearly equal.

    times: in steps, ascending, (t,); values: the name of a layer -> (t, units); distance: (t,), on a logarithmic
    scale: a line that rises straight is chaos, one that falls is a fixed point; trained: the steps of training, marked.
    Raises ValueError for values and distances of other times.

    >>> figure = trajectories([0, 1, 2], {"hidden": [[0.1, 0.2], [0.3, 0.1], [0.5, 0.0]]}, [0.1, 0.2, 0.4], trained=2)
    """
    curves = {name: np.asarray(x, dtype=np.float64) for name, x in values.items()}
    apart = np.asarray(distance, dtype=np.float64)
    if wrong := [x.shape for x in (*curves.values(), apart) if len(x) != len(times)]:
        raise ValueError(f"values and distances must have {len(times)} times, not the shape {wrong[0]}")
    names = [f"{name}: {x.shape[1]} units of one run" for name, x in curves.items()]
    last = "distance of two near starts"
    marked = "" if trained is None else f"; a pale line: step {trained:g}, as in training"
    figure, grid = panels(1.7, [*names, last], 1, f"Without noise a run is a function of its start{marked}")
    for axes, x in zip(grid, curves.values()):
        for unit, line in enumerate(x.T):
            axes.plot(times, line, linewidth=1.1, color=COLORS[unit % (len(COLORS) - 1)])
        axes.axhline(0, color=SHADE, linewidth=0.6, zorder=0)
    grid[-1].plot(times, np.where(apart > 0, apart, np.nan), linewidth=1.6, color=COLORS[0])
    grid[-1].set_yscale("log")
    if trained is not None:
        for axes in grid:
            mark_value(axes, trained, "")  # a word would lie on the curves
    grid[-1].tick_params(colors=INK)
    label_sides(grid, 1, "steps", "value")
    grid[-1].set_ylabel("distance", color=INK, fontsize=9)
    return figure
