"""Images: samples, the same chains at several times, and what hidden units see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, PAPER, WIDTH
from .mosaics import centers, gallery, layout, mosaic, paper_to_ink, promise

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure


def samples(
    images: ArrayLike,
    names: Sequence[str] = (),
    shape: tuple[int, int] | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
    title: str | None = None,
) -> Figure:
    """A grid of gray images, one row a label, with the names of the labels at the left.

    images: numbers (n, height, width), or (n, height * width) with `shape` = (height, width): row after row,
    as many for each of `names`; without names, rows of ten. limits: the numbers shown pale and dark.
    Raises ValueError if the images can't be laid out so.

    >>> figure = samples(np.zeros((6, 64)), names=["zero", "one"], shape=(8, 8))
    >>> figure.savefig("samples.png")  # doctest: +SKIP
    """
    images = _as_images(images, shape)
    rows, columns = layout(len(images), len(names))
    grid = mosaic(images, rows, columns)
    figure, _ = gallery(grid, rows, title or promise(names), paper_to_ink(), limits, names)
    return figure


def snapshots(
    frames: Mapping[int, ArrayLike],
    trained: int,
    shape: tuple[int, int] | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """The same chains at several times: a row a chain, a column a time, a box around the time trained for.

    A chain that generates goes on: along a row one picture turns into another, where a memory would stand still.

    frames: time -> images of the same n chains, (n, height, width), or (n, height * width) with `shape`; they are
    shown in the order of time. trained: one of the times. limits: the numbers shown pale and dark.
    Raises ValueError for no frames, for frames that differ in number or size, and for `trained` at another time.

    >>> figure = snapshots({15: np.ones((4, 64)), 60: np.zeros((4, 64))}, trained=15, shape=(8, 8))
    """
    images, times = _side_by_side(frames, shape), sorted(frames)
    if trained not in frames:
        raise ValueError(f"trained is one of the times of frames, {times}, not {trained}")
    chains, columns, *size = images.shape
    grid = mosaic(images.reshape(-1, *size), chains, columns)
    title = f"Each row is one run: best at the {trained} steps it was trained for"
    figure, axes = gallery(grid, chains, title, paper_to_ink(), limits)
    _write_times(axes, times, grid.shape[1])
    _box(axes, times.index(trained), grid.shape[1] / columns)
    return figure


def receptive_fields(weights: ArrayLike, shape: tuple[int, int] | None = None, title: str | None = None) -> Figure:
    """A grid of weights, rows of ten: blue where they inhibit, pale at 0, red where they excite.

    weights: what each of n hidden units is sent, (n, height, width), or (n, height * width) with `shape`. One scale
    holds for all, alike on both sides of 0; the 0.5 % that are largest lie beyond it.
    Raises ValueError if the weights can't be laid out so.

    >>> figure = receptive_fields(np.eye(64), shape=(8, 8), title="A unit a pixel")
    """
    weights = _as_images(weights, shape)
    rows, columns = layout(len(weights), 0)
    limit = _scale(np.abs(weights))
    title = title or "What a picture sends each hidden unit: half structure, half noise"
    figure, axes = gallery(mosaic(weights, rows, columns), rows, title, _blue_to_red(), (-limit, limit))
    _explain_colors(figure, axes, limit)
    return figure


def _blue_to_red() -> Colormap:
    """Blue over pale to vermillion, which no color vision takes for one another."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue to red", [COLORS[0], PAPER, COLORS[1]])


def _scale(sizes: NDArray[np.float64]) -> float:
    """What nearly all are below, so that a few don't make the rest pale; not 0, since a scale needs two ends."""
    return float(np.nanquantile(sizes, 0.995) or np.nanmax(sizes) or 1.0)


def _explain_colors(figure: Figure, axes: Axes, limit: float) -> None:
    """A bar at the right, as broad for a row as for ten, with three numbers, which fit beside a single row too."""
    image = axes.images[0]
    height, width = image.get_size()
    bar = figure.colorbar(image, ax=axes, fraction=0.02, pad=0.01, aspect=70 * height / width, extend="both")
    bar.set_ticks([-limit, 0, limit])
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
    bar.set_label("weight", color=INK)
    bar.ax.tick_params(colors=INK)
    bar.outline.set_visible(False)


def _write_times(axes: Axes, times: Sequence[int], width: int) -> None:
    """Above each column its time, small enough for its neighbors."""
    names = [f"t = {time}" for time in times]
    size = min(9, 93 * WIDTH / (len(times) * max(map(len, names))))  # points; bold letters are 0.7 as wide as high
    axes.set_xticks(centers(width, len(times)), names, fontsize=size)
    axes.tick_params(labeltop=True, labelbottom=False)


def _box(axes: Axes, column: int, width: float) -> None:
    """A frame around a column, whose name is bold: told by more than its color."""
    left = column * width - 0.5
    axes.axvspan(left, left + width, fill=False, edgecolor=COLORS[1], linewidth=2, clip_on=False)
    axes.get_xticklabels()[column].set(color=COLORS[1], fontweight="bold")


def _as_images(images: ArrayLike, shape: tuple[int, int] | None) -> NDArray[np.float64]:
    """(n, height, width), whatever of the two forms they come in."""
    x = np.asarray(images, dtype=np.float64)
    if x.ndim == 2 and shape is not None and x.shape[1] == shape[0] * shape[1]:
        x = x.reshape(-1, *shape)
    if x.ndim != 3 or not x.size:
        raise ValueError(
            f"images are (n, height, width), or (n, height * width) with shape=, not {x.shape} with shape={shape}"
        )
    return x


def _side_by_side(frames: Mapping[int, ArrayLike], shape: tuple[int, int] | None) -> NDArray[np.float64]:
    """(chains, times, height, width), in the order of time."""
    images = {time: _as_images(frames[time], shape) for time in sorted(frames)}
    if len({x.shape for x in images.values()}) != 1:
        found = {time: x.shape for time, x in images.items()}
        raise ValueError(f"frames are images of the same chains at one time or more, not of {found}")
    return np.stack(list(images.values()), axis=1)
