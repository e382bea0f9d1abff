"""Label plots: confusion matrices, reliability diagrams and coverage of predicted labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, PAPER, SHADE, WIDTH, add_legend, canvas, clean_axes, display_name, sheet, styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure


Bins = Sequence[ArrayLike]
"""Confidence, accuracy and count of bins of labels, (bins,) each."""


def confusion(
    counts: ArrayLike, names: Sequence[str], title: str | None = None, row: str = "true", column: str = "predicted"
) -> Figure:
    """A confusion matrix: colors are shares of a row, numbers are counts, and 0 has no number.

    counts (labels, labels): rows are true labels, or labels asked for, and columns predicted labels; a row without
    counts is white. names: the labels. row, column: the titles of the two axes. Raises ValueError if counts aren't a
    square matrix with a row for each name, or are negative or not finite.

    >>> figure = confusion([[9, 1], [2, 8]], ["African", "European"])
    """
    x = np.asarray(counts, dtype=np.float64)
    if x.shape != (len(names), len(names)) or not x.size or not np.isfinite(x).all() or x.min() < 0:
        raise ValueError(
            f"counts must be (labels, labels), finite and not negative, for {len(names)} names, not {x.shape}"
        )
    names = list(map(display_name, names))
    height = 1.3 + max(0.21 * len(x), 0.42 * min(len(x), 8)) + 0.06 * max(map(len, names))
    figure, axes = canvas(height, title or f'Rows by their label, "{row}" and "{column}"', names)
    with np.errstate(invalid="ignore"):
        shares = x / x.sum(1, keepdims=True)
    axes.imshow(shares, cmap=_blue_map(), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    _write_counts(axes, x, shares, (WIDTH - 1 - 0.08 * max(map(len, names))) * 72 / len(x))
    _name_cells(axes, names)
    axes.set_ylabel(row, color=INK)
    axes.set_xlabel(column, color=INK)
    _explain_shares(figure, axes)
    return figure


def calibration(curves: Mapping[str, Bins]) -> Figure:
    """A reliability diagram: the accuracy of labels by their confidence, above the number of labels in each bin.

    curves: by name confidence, accuracy and count, (bins,) each, as `scores.calibration` returns them: the first two in
    [0, 1], NaN or None in an empty bin, which is a gap. Bars are 95 % intervals (Wilson 1927). On the dashed line
    accuracy equals confidence; below it the machine is overconfident. Raises ValueError if the three differ in length
    or are empty, or have numbers that are no shares or no counts.

    >>> figure = calibration({"raw": ([0.55, None, 0.95], [0.5, None, 0.97], [20, 0, 80])})
    """
    read = {}
    for name, bins in curves.items():
        x, y, n = read[name] = tuple(np.asarray(numbers, dtype=np.float64) for numbers in bins)
        if not x.shape == y.shape == n.shape or x.ndim != 1 or not x.size:
            shapes = f"{x.shape}, {y.shape} and {n.shape}"
            raise ValueError(f"confidence, accuracy and count must be (bins,) each, not {shapes}")
        for what, shares in (("confidence", x), ("accuracy", y)):
            if (wrong := (shares < 0) | (shares > 1)).any():
                raise ValueError(f"{what} has a number outside [0, 1] in bin {wrong.argmax()}")
        if (wrong := ~((n >= 0) & (n < np.inf))).any():
            raise ValueError(f"count must be 0 or more, not {n[wrong][0]:g} in bin {wrong.argmax()}")
    return _reliability_diagram(read)


def coverage(share: ArrayLike, accuracy: ArrayLike, confidence: ArrayLike, n: int) -> Figure:
    """The accuracy of the surest labels over the share of rows that keep their label.

    share, accuracy, confidence: (points,) each, all in [0, 1]: the accuracy of the surest rows, and the least
    confidence among them, which is written beside some points. n: the number of all rows, for the band of 95 %.
    Raises ValueError if the three differ in length or are empty.

    >>> figure = coverage([0.5, 1.0], [1.0, 0.9], [0.8, 0.4], n=100)
    """
    x, y, sure = (np.asarray(numbers, dtype=np.float64) for numbers in (share, accuracy, confidence))
    if not x.shape == y.shape == sure.shape or x.ndim != 1 or not x.size:
        raise ValueError(f"the three must be (points,) each, not {x.shape}, {y.shape} and {sure.shape}")
    figure, axes = canvas(3.4, "Accuracy of the surest labels")
    low, high = _wilson(y, x * n)
    axes.fill_between(x, low, high, color=SHADE, alpha=0.6, linewidth=0)
    axes.plot(x, y, color=COLORS[0], marker="o", markersize=4, linewidth=1.2)
    for i in np.unique(np.linspace(0, len(x) - 1, 6).astype(int)):
        axes.annotate(f"{sure[i]:.2f}", (x[i], y[i]), xytext=(0, 6), textcoords="offset points", ha="center",
                      color=INK, fontsize=8)  # fmt: skip
    axes.set(xlim=(0, 1.03), ylim=(min(0.9, float(low.min()) - 0.02), 1.04))
    axes.set_xlabel("share of rows that keep their label; numbers: the least confidence", color=INK)
    axes.set_ylabel("accuracy", color=INK)
    return figure


def _reliability_diagram(curves: Mapping[str, tuple[NDArray[np.float64], ...]]) -> Figure:
    figure = sheet(4.8, "Accuracy by confidence: equal on the dashed line")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1, zorder=0)
    for i, ((name, (x, y, n)), style) in enumerate(zip(curves.items(), styles(len(curves)))):
        low, high = _wilson(y, n)
        above.plot(x, y, markersize=6, linewidth=1, clip_on=False, zorder=3, label=name, **style)
        above.vlines(x, low, high, color=style["color"], linewidth=1)
        width = 0.9 / len(n) / len(curves)
        at = (np.arange(len(n)) + 0.5) / len(n) + (i - (len(curves) - 1) / 2) * width
        bars = below.bar(at, n, width, color=style["color"], alpha=0.6)
        below.bar_label(bars, [f"{k:.0f}" if k else "" for k in n], color=INK, fontsize=7, padding=1)
    below.margins(y=0.2)
    for axes in (above, below):
        clean_axes(axes)
    above.set(xlim=(0, 1), ylim=(0, 1.03))
    above.set_ylabel("accuracy", color=INK)
    below.set_ylabel("labels", color=INK)
    below.set_xlabel("confidence", color=INK)
    if len(curves) > 1:
        add_legend(figure, [line for line in above.lines if not line.get_label().startswith("_")])
    return figure


def _wilson(share: NDArray[np.float64], n: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95 % interval of a share of n; NaN where n is 0."""
    z = 1.96
    with np.errstate(invalid="ignore", divide="ignore"):
        center = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return center - half, center + half


def _blue_map() -> Colormap:
    """Pale to dark blue; NaN is white."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue", [PAPER, COLORS[0], "#00304D"])


def _write_counts(axes: Axes, counts: NDArray[np.float64], shares: NDArray[np.float64], width: float) -> None:
    """Counts in cells of `width` points, in a font size that fits the longest one, and white on dark cells."""
    size = min(10.0, width / (0.75 * len(f"{counts.max():.0f}")))
    for i, j in zip(*np.nonzero(counts)):
        color = "white" if shares[i, j] > 0.4 else INK
        axes.text(j, i, f"{counts[i, j]:.0f}", color=color, fontsize=size, ha="center", va="center")


def _name_cells(axes: Axes, names: Sequence[str]) -> None:
    """The names of labels along both axes; below they are vertical if they would overlap."""
    size = 9 if len(names) <= 12 else 7
    room = (WIDTH - 2) * 72 / len(names)
    upright = max(map(len, names)) * 0.62 * size > room
    axes.set_xticks(range(len(names)), names, rotation=90 if upright else 0, fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _explain_shares(figure: Figure, axes: Axes) -> None:
    bar = figure.colorbar(axes.images[0], ax=axes, fraction=0.03, pad=0.02, ticks=[0, 0.5, 1])
    bar.set_label("share of the row", color=INK, fontsize=9)
    bar.ax.tick_params(colors=INK, labelsize=8)
    bar.outline.set_visible(False)
