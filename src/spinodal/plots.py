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
    from matplotlib.transforms import Transform

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
    figure, axes = _gallery(grid, rows, title or _promise(names), _paper_to_ink(), limits)
    axes.set_yticks(_centers(len(grid), len(names)), names)
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
    grid = _mosaic(images.reshape(-1, *size), chains, columns)
    title = f"Each row is one run: best at the {trained} steps it was trained for"
    figure, axes = _gallery(grid, chains, title, _paper_to_ink(), limits)
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
    rows, columns = _layout(len(weights), 0)
    limit = _scale(np.abs(weights))
    title = title or "What a picture sends each hidden unit: half structure, half noise"
    figure, axes = _gallery(_mosaic(weights, rows, columns), rows, title, _blue_to_red(), (-limit, limit))
    _explain_colors(figure, axes, limit)
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
    _check("times", times, curves, floor or {})
    figure, axes = _canvas(4.4, f"Errors should dip at the {trained:g} steps the machine was trained for")
    _mark(axes, trained, f"trained: {trained:g}")
    _errors(figure, axes, times, curves, floor or {})
    axes.set_xlabel("steps run from a random start", color=INK)
    return figure


def scores_over_training(
    ages: Sequence[float], curves: Mapping[str, Sequence[float]], floor: Mapping[str, float] | None = None
) -> Figure:
    """Scores against the updates a machine has had, on logarithmic scales.

    ages: positive, (t,); curves: name -> errors, (t,), with a gap where one is NaN; floor: name of a curve -> what
    real samples score, dotted: a machine that is there has no more to learn.
    Raises ValueError for an age on no logarithmic scale and for a curve or a floor without a match.

    >>> figure = scores_over_training([1, 10, 100], {"spectrum error": [0.3, float("nan"), 0.01]})
    """
    _check("ages", ages, curves, floor or {})
    figure, axes = _canvas(4.4, "Errors fall steeply, then flatten")
    _errors(figure, axes, ages, curves, floor or {})
    axes.set_xlabel("updates", color=INK)
    return figure


def gain_sweep(
    gains: Sequence[float], exponents: Sequence[float], errors: Sequence[float], own: float | None = None
) -> Figure:
    """The largest Lyapunov exponent, with bars of one error, against the gain of the frozen random couplings.

    gains, exponents (in 1/tau), errors: (g,) each; own: the gain that the machine was trained at.
    Raises ValueError where their lengths differ or nothing is given.

    >>> figure = gain_sweep([0.5, 1.0, 1.5], [-0.4, 0.0, 0.2], [0.01, 0.01, 0.02], own=1.5)
    """
    if not len(gains) == len(exponents) == len(errors) > 0:
        raise ValueError(
            "gains, exponents and errors are as many each, and one or more, "
            f"not {len(gains)}, {len(exponents)} and {len(errors)}"
        )
    figure, axes = _canvas(4.0, "Chaos sets in where the largest exponent crosses zero")
    if own is not None:
        _mark(axes, own, f"own gain: {own:g}")
    axes.errorbar(gains, exponents, errors, color=COLORS[0], marker=MARKERS[0], markersize=5, linewidth=1.8, capsize=3)
    _name_sides(axes)
    axes.set_xlabel("gain g of the random couplings", color=INK)
    axes.set_ylabel("largest Lyapunov exponent (1/τ)", color=INK)
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


def _gallery(
    grid: NDArray[np.float64], rows: int, title: str, colors: Colormap, limits: tuple[float, float]
) -> tuple[Figure, Axes]:
    """Axes that show a mosaic and nothing around it."""
    height, width = grid.shape
    figure, axes = _canvas(max(0.9 * WIDTH * height / width, 0.2 * rows) + 0.4, title)
    axes.imshow(grid, cmap=colors, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure, axes


def _centers(extent: int, n: int) -> list[float]:
    """Where the middles of n tiles lie along a side of a mosaic."""
    return [(tile + 0.5) * extent / n - 0.5 for tile in range(n)]


def _promise(names: Sequence[str]) -> str:
    """What one should see in a grid of samples."""
    return "Samples started from noise" + (": each row should show its label" if names else "")


def _paper_to_ink() -> Colormap:
    """Pale to dark gray: images stand out from the white of the page, which shows where a number is NaN."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("paper to ink", [PAPER, "black"])


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
    size = min(9, 650 / (len(times) * max(map(len, names))))  # points; bold letters are 0.7 as wide as high
    axes.set_xticks(_centers(width, len(times)), names, fontsize=size)
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


def _check(
    what: str, times: Sequence[float], curves: Mapping[str, Sequence[float]], floor: Mapping[str, float]
) -> None:
    """what: the name that the caller knows the times by."""
    if not len(times) or min(times) <= 0:
        raise ValueError(f"{what} must be positive to lie on a logarithmic scale, not {list(times)}")
    for name, values in curves.items():
        if len(values) != len(times):
            raise ValueError(f'curve "{name}" has {len(values)} values for {len(times)} {what}')
    if strangers := sorted(floor.keys() - curves.keys()):
        raise ValueError(f"floor has no curve for {strangers}: name it as one of {sorted(curves)}")


def _errors(
    figure: Figure,
    axes: Axes,
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    floor: Mapping[str, float],
) -> None:
    """A line a curve, a dotted one for its floor, and a legend below the axes."""
    for (name, values), look in zip(curves.items(), _looks()):
        axes.plot(times, values, label=name, markersize=5, linewidth=1.8, **look)
        if name in floor:
            axes.axhline(floor[name], color=look["color"], linestyle=":", linewidth=1.4)
    _logarithmic(axes)
    axes.set_ylabel("error (dotted: of real samples)" if floor else "error", color=INK)
    figure.legend(loc="outside lower center", ncols=4, frameon=False, labelcolor=INK)


def _looks() -> Iterable[dict[str, Any]]:
    """A color and a marker for each curve; past seven, other dashes."""
    return (
        {"color": color, "marker": marker, "linestyle": line}
        for line in ("-", "--", "-.")
        for color, marker in zip(COLORS, MARKERS)
    )


def _mark(axes: Axes, at: float, word: str) -> None:
    """A broad, pale line behind the curves, with a word beside its top."""
    axes.axvline(at, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
    _write(axes, word, (at, 1), axes.get_xaxis_transform(), (6, -4))


def _name_sides(axes: Axes) -> None:
    """A line at 0 and what lies on either side of it, written where no curve is: beyond the line's end."""
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.margins(y=0.2)  # room for all words where the exponents are on one side
    _write(axes, "chaos", (1, 0), axes.get_yaxis_transform(), (4, 14))
    _write(axes, "fixed points", (1, 0), axes.get_yaxis_transform(), (4, -4))


def _write(axes: Axes, word: str, at: tuple[float, float], of: Transform, away: tuple[float, float]) -> None:
    """A small word whose top is some points away from a place on a line."""
    axes.annotate(
        word,
        at,
        xycoords=of,
        xytext=away,
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
