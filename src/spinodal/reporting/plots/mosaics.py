"""Mosaics: many small images as one image, in rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .canvas import PAPER, WIDTH, canvas, display_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

PER_ROW = 10


def layout(n: int, names: int) -> tuple[int, int]:
    """The numbers of rows and columns of n images."""
    if not names:
        return -(-n // PER_ROW), min(n, PER_ROW)
    if n % names:
        raise ValueError(f"{n} images do not fill {names} rows: pass an equal number for each of names")
    return names, n // names


def mosaic(images: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """One large image with a margin around each small one; margins and empty places are NaN."""
    missing = rows * columns - len(images)
    tiles = np.pad(images, ((0, missing), (1, 1), (1, 1)), constant_values=np.nan)
    _, height, width = tiles.shape
    return tiles.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)


def mosaic_figure(
    grid: NDArray[np.float64],
    rows: int,
    title: str,
    colors: Colormap,
    limits: tuple[float, float],
    names: Sequence[str] = (),
) -> tuple[Figure, Axes]:
    """A figure of a mosaic without a frame, with the names of its rows."""
    height, width = grid.shape
    figure, axes = canvas(max(0.9 * WIDTH * height / width, 0.2 * rows) + 0.4, title, names)
    axes.imshow(grid, cmap=colors, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks(centers(height, len(names)), list(map(display_name, names)))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure, axes


def centers(extent: int, n: int) -> list[float]:
    """The centers of n tiles along a side of a mosaic."""
    return [(tile + 0.5) * extent / n - 0.5 for tile in range(n)]


def gray_map() -> Colormap:
    """Pale to dark gray; NaN is white like the page, so images stand out from it."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("gray", [PAPER, "black"])


def sample_title(names: Sequence[str]) -> str:
    """The title of a grid of samples."""
    return "Samples from random starts" + (": a row for each label" if names else "")
