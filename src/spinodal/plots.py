"""Figures: one function each, which returns the figure and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Seven colors that any color vision tells apart (Okabe & Ito 2008), the strongest first."""

MARKERS = "osD^vPX"
"""A shape a color, so that curves are told apart in gray too."""

INK, SHADE, PAPER = "#222222", "#C8C8C8", "#F1F1EE"
WIDTH = 7.0
PER_ROW = 10


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
    rows, columns = _layout(len(images), len(names))
    grid = _mosaic(images, rows, columns)
    height, width = grid.shape
    figure, axes = _canvas(max(0.9 * WIDTH * height / width, 0.2 * rows) + 0.4, title or _promise(names))
    axes.imshow(grid, cmap=_paper_to_ink(), vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([(row + 0.5) * height / rows - 0.5 for row in range(len(names))], names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def scores_over_time(
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    trained: float,
    floor: Mapping[str, float] | None = None,
) -> Figure:
    """Scores against the time a machine ran, on logarithmic scales, with a line at the time it was trained for.

    A machine out of equilibrium is good at what it was run for, for as long as it was run: its errors dip at
    `trained` and rise again. Where they only fall, the machine is near equilibrium.

    times: positive, (t,); curves: name -> errors, (t,); floor: name of a curve -> what real samples score,
    dotted. Raises ValueError for a time on no logarithmic scale and for a curve or a floor without a match.

    >>> figure = scores_over_time([1, 10, 100], {"spectrum error": [0.1, 0.01, 0.03]}, trained=10)
    """
    floor = floor or {}
    _check(times, curves, floor)
    figure, axes = _canvas(4.4, f"Errors should dip at the {trained:g} steps the machine was trained for")
    _mark(axes, trained)
    for (name, values), look in zip(curves.items(), _looks()):
        axes.plot(times, values, label=name, markersize=5, linewidth=1.8, **look)
        if name in floor:
            axes.axhline(floor[name], color=look["color"], linestyle=":", linewidth=1.4)
    _logarithmic(axes)
    axes.set_xlabel("steps run from a random start", color=INK)
    axes.set_ylabel("error (dotted: of real samples)" if floor else "error", color=INK)
    figure.legend(loc="outside lower center", ncols=4, frameon=False, labelcolor=INK)
    return figure


# -- what figures have in common --


def _canvas(height: float, title: str) -> tuple[Figure, Axes]:
    """One pair of axes in a figure that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained", dpi=150)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    return figure, axes


# -- images --


def _promise(names: Sequence[str]) -> str:
    """What one should see in a grid of samples."""
    return "Samples started from noise" + (": each row should show its label" if names else "")


def _paper_to_ink() -> Colormap:
    """Pale to dark gray: images stand out from the white of the page, which shows where a number is NaN."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("paper to ink", [PAPER, "black"])


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


def _layout(n: int, names: int) -> tuple[int, int]:
    """How many rows and columns n images take."""
    if not names:
        return -(-n // PER_ROW), min(n, PER_ROW)
    if n % names:
        raise ValueError(f"{n} images do not fill {names} rows: give as many for each of names")
    return names, n // names


def _mosaic(images: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """One large image: a gap around each, NaN where there is nothing to show."""
    missing = rows * columns - len(images)
    tiles = np.pad(images, ((0, missing), (1, 1), (1, 1)), constant_values=np.nan)
    _, height, width = tiles.shape
    return tiles.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)


# -- curves --


def _check(times: Sequence[float], curves: Mapping[str, Sequence[float]], floor: Mapping[str, float]) -> None:
    if not len(times) or min(times) <= 0:
        raise ValueError(f"times must be positive to lie on a logarithmic scale, not {list(times)}")
    for name, values in curves.items():
        if len(values) != len(times):
            raise ValueError(f'curve "{name}" has {len(values)} values for {len(times)} times')
    if strangers := sorted(floor.keys() - curves.keys()):
        raise ValueError(f"floor has no curve for {strangers}: name it as one of {sorted(curves)}")


def _looks() -> Iterable[dict[str, Any]]:
    """A color and a marker for each curve; past seven, other dashes."""
    return (
        {"color": color, "marker": marker, "linestyle": line}
        for line in ("-", "--", "-.")
        for color, marker in zip(COLORS, MARKERS)
    )


def _mark(axes: Axes, trained: float) -> None:
    """A broad, pale line at the time trained for, behind the curves, with a word beside it."""
    axes.axvline(trained, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
    axes.annotate(
        f"trained: {trained:g}",
        (trained, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(6, -4),
        textcoords="offset points",
        verticalalignment="top",
        color=INK,
        fontsize=9,
    )


def _logarithmic(axes: Axes) -> None:
    """Both scales logarithmic, times written as plain numbers, a faint grid at the powers of ten."""
    axes.set_xscale("log")
    axes.set_yscale("log", nonpositive="clip")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(color=SHADE, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
