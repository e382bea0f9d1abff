"""Image plots: samples, the same chains at several times, and receptive fields of hidden units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, PAPER, WIDTH
from .mosaics import centers, gray_map, layout, mosaic, mosaic_figure, sample_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

FEW = 4
"""Columns of snapshots, at least, in the width of a figure."""


def samples(
    images: ArrayLike,
    names: Sequence[str] = (),
    shape: tuple[int, int] | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
    title: str | None = None,
) -> Figure:
    """A grid of gray images with one row for each label, and the names of the labels at the left.

    images: numbers (n, height, width), or (n, height * width) with `shape` = (height, width), in the order of rows of
    the grid, with an equal number for each of `names`; without names, rows have ten images. limits: the numbers that
    are pale and dark. Raises ValueError if the images don't fit this form.

    >>> figure = samples(np.zeros((6, 64)), names=["zero", "one"], shape=(8, 8))
    >>> figure.savefig("samples.png")  # doctest: +SKIP
    """
    images = _as_images(images, shape)
    rows, columns = layout(len(images), len(names))
    grid = mosaic(images, rows, columns)
    figure, _ = mosaic_figure(grid, rows, title or sample_title(names), gray_map(), limits, names)
    return figure


def snapshots(
    frames: Mapping[int, ArrayLike],
    trained: int,
    shape: tuple[int, int] | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """The same chains at several times: a row for each chain, a column for each time, and a box around the time of
    training.

    In a generative chain the image keeps changing along the row; in an associative memory it would stay fixed.

    frames: time -> images of the same n chains, (n, height, width), or (n, height * width) with `shape`; columns are in
    the order of time. trained: one of the times. limits: the numbers that are pale and dark. Raises ValueError if there
    are no frames, if frames differ in number or size, and if `trained` is not one of the times.

    >>> figure = snapshots({15: np.ones((4, 64)), 60: np.zeros((4, 64))}, trained=15, shape=(8, 8))
    """
    images, times = _side_by_side(frames, shape), sorted(frames)
    if trained not in frames:
        raise ValueError(f"trained must be one of the times of frames, {times}, not {trained}")
    chains, columns, *size = images.shape
    grid = mosaic(images.reshape(-1, *size), chains, columns)
    title = f"Each row is one chain: trained for {trained} steps"
    figure, axes = mosaic_figure(grid, chains, title, gray_map(), limits)
    _write_times(axes, times, grid.shape[1])
    _box(axes, times.index(trained), grid.shape[1] / columns)
    if columns < FEW:  # images of a few times are as large as those of FEW, with nothing beside them
        width = FEW * grid.shape[1] / columns
        axes.set_xlim(-0.5, width - 0.5)
        figure.set_figheight(0.9 * WIDTH * grid.shape[0] / width + 0.4)
    return figure


def receptive_fields(weights: ArrayLike, shape: tuple[int, int] | None = None, title: str | None = None) -> Figure:
    """A grid of weights in rows of ten: negative weights are blue, 0 is pale, positive weights are red.

    weights: the weights to each of n hidden units, (n, height, width), or (n, height * width) with `shape`. All share a
    scale that is symmetric about 0; the largest 0.5 % are beyond its ends. Raises ValueError if the weights don't fit
    this form.

    >>> figure = receptive_fields(np.eye(64), shape=(8, 8), title="A unit a pixel")
    """
    weights = _as_images(weights, shape)
    rows, columns = layout(len(weights), 0)
    limit = color_limit(np.abs(weights))
    title = title or "Weights from the image to each hidden unit"
    figure, axes = mosaic_figure(mosaic(weights, rows, columns), rows, title, blue_to_red(), (-limit, limit))
    _explain_colors(figure, axes, limit)
    return figure


def blue_to_red() -> Colormap:
    """Blue over pale to vermillion, which readers with any color vision can distinguish."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue to red", [COLORS[0], PAPER, COLORS[1]])


def color_limit(sizes: NDArray[np.float64]) -> float:
    """The 99.5 % quantile, so that a few large numbers don't make all others pale; never 0, the width of a scale."""
    return float(np.nanquantile(sizes, 0.995) or np.nanmax(sizes) or 1.0)


def _explain_colors(figure: Figure, axes: Axes, limit: float) -> None:
    """A color bar at the right, of equal width for any number of rows, with three numbers."""
    image = axes.images[0]
    height, width = image.get_size()
    bar = figure.colorbar(image, ax=axes, fraction=0.02, pad=0.01, aspect=70 * height / width, extend="both")
    bar.set_ticks([-limit, 0, limit])
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
    bar.set_label("weight", color=INK)
    bar.ax.tick_params(colors=INK)
    bar.outline.set_visible(False)


def _write_times(axes: Axes, times: Sequence[int], width: int) -> None:
    """The time above each column, in a font size that fits the width of a column."""
    names = [f"t = {time}" for time in times]
    size = min(9, 93 * WIDTH / (len(times) * max(map(len, names))))  # points; bold letters are 0.7 as wide as high
    axes.set_xticks(centers(width, len(times)), names, fontsize=size)
    axes.tick_params(labeltop=True, labelbottom=False)


def _box(axes: Axes, column: int, width: float) -> None:
    """A frame around a column; its name is bold too, for readers who don't see the color."""
    left = column * width - 0.5
    axes.axvspan(left, left + width, fill=False, edgecolor=COLORS[1], linewidth=2, clip_on=False)
    axes.get_xticklabels()[column].set(color=COLORS[1], fontweight="bold")


def _as_images(images: ArrayLike, shape: tuple[int, int] | None) -> NDArray[np.float64]:
    """Images as (n, height, width), from either of the two forms."""
    x = np.asarray(images, dtype=np.float64)
    if x.ndim == 2 and shape is not None and x.shape[1] == shape[0] * shape[1]:
        x = x.reshape(-1, *shape)
    if x.ndim != 3 or not x.size:
        raise ValueError(
            f"images must be (n, height, width), or (n, height * width) with shape=, not {x.shape} with shape={shape}"
        )
    return x


def _side_by_side(frames: Mapping[int, ArrayLike], shape: tuple[int, int] | None) -> NDArray[np.float64]:
    """(chains, times, height, width), in the order of time."""
    images = {time: _as_images(frames[time], shape) for time in sorted(frames)}
    if len({x.shape for x in images.values()}) != 1:
        shapes = {time: x.shape for time, x in images.items()}
        raise ValueError(f"frames must be images of the same chains at one time or more, not of shapes {shapes}")
    return np.stack(list(images.values()), axis=1)
