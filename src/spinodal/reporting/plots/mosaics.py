"""Mosaics: many small pictures as one, in rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .canvas import PAPER, WIDTH, canvas, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

PER_ROW = 10


def layout(n: int, names: int) -> tuple[int, int]:
    """How many rows and columns n images take."""
    if not names:
        return -(-n // PER_ROW), min(n, PER_ROW)
    if n % names:
        raise ValueError(f"{n} images do not fill {names} rows: give as many for each of names")
    return names, n // names


def mosaic(images: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """One large image: a gap around each, NaN where there is nothing to show."""
    missing = rows * columns - len(images)
    tiles = np.pad(images, ((0, missing), (1, 1), (1, 1)), constant_values=np.nan)
    _, height, width = tiles.shape
    return tiles.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)


def gallery(
    grid: NDArray[np.float64],
    rows: int,
    title: str,
    colors: Colormap,
    limits: tuple[float, float],
    names: Sequence[str] = (),
) -> tuple[Figure, Axes]:
    """Axes that show a mosaic and nothing around it but names of its rows."""
    height, width = grid.shape
    figure, axes = canvas(max(0.9 * WIDTH * height / width, 0.2 * rows) + 0.4, title, names)
    axes.imshow(grid, cmap=colors, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks(centers(height, len(names)), list(map(shown, names)))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure, axes


def centers(extent: int, n: int) -> list[float]:
    """Where the middles of n tiles lie along a side of a mosaic."""
    return [(tile + 0.5) * extent / n - 0.5 for tile in range(n)]


def paper_to_ink() -> Colormap:
    """Pale to dark gray: images stand out from the white of the page, which shows where a number is NaN."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("paper to ink", [PAPER, "black"])


def promise(names: Sequence[str]) -> str:
    """What one should see in a grid of samples."""
    return "Samples started from noise" + (": each row should show its label" if names else "")
