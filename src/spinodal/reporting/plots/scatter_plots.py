"""Scatter plots: data and samples on the principal axes of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, MARKERS, SHADE, WIDTH, add_legend, clean_axes, display_name, label_sides, panels, sheet

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from sklearn.decomposition import PCA

MOST = 2000
"""The most dots of each set: more would cover one another."""

Rows = NDArray[np.float64]
Labels = NDArray[np.int64]


def scatter(
    data: ArrayLike,
    generated: ArrayLike,
    labels: ArrayLike | None = None,
    names: Sequence[str] = (),
    title: str | None = None,
) -> Figure:
    """Data and samples on the first two principal axes of the data, with histograms along both axes.

    data (n, d), generated (m, d): numbers, with letters as one-hot columns. Each set shows 2,000 rows at most, always
    the same ones, and the axes are those of the data rows that are shown. labels (m,): the index in `names` of each
    sample's label, negative where unknown. Data are pale discs; samples are small markers with a color and a shape for
    each label. Raises ValueError for rows that don't fit, that have numbers that aren't finite, or that vary along one
    direction only, and for labels without a name. Cost: the PCA of 2,000 rows. F&F paper (arXiv:2307.06797), Fig. 1 A.

    >>> rows = np.random.default_rng(0).normal(size=(200, 5))
    >>> figure = scatter(rows[:100], rows[100:], labels=np.arange(100) % 2, names=["even", "odd"])
    """
    asked = _labels("labels", labels, len(np.asarray(generated)), names)
    (x, _), (y, asked), axes = _project(data, generated, None, asked)
    figure = sheet(5.2, title or "Principal components of the data: samples over data")
    middle, above, beside = _axes_with_margins(figure)
    dots = [_data_dots(middle, x)]
    for i, (name, rows) in enumerate(_groups(y, asked, names)):
        marker = MARKERS[(i + i // len(COLORS)) % len(MARKERS)]
        dots.append(_dots(middle, rows, name, COLORS[i % len(COLORS)], marker, 20))
    for side, which, sideways in ((above, 0, False), (beside, 1, True)):
        _densities(side, x[:, which], y[:, which], sideways)
    first, second = (f"component {i} ({share:.0%} of the variance)" for i, share in enumerate(axes, 1))
    middle.set_xlabel(first, color=INK)
    middle.set_ylabel(second, color=INK)
    add_legend(figure, dots)
    return figure


def scatter_by_label(
    data: ArrayLike,
    generated: ArrayLike,
    known: ArrayLike,
    asked: ArrayLike,
    names: Sequence[str],
    title: str | None = None,
) -> Figure:
    """Data and samples on the principal axes of all data, with a panel for each label.

    data (n, d), generated (m, d), as in `scatter`; known (n,), asked (m,): the index in `names` of the label that a row
    has, or was generated with, negative where unknown; rows of unknown label are not shown. Errors and cost are those
    of `scatter`.

    >>> rows = np.random.default_rng(0).normal(size=(200, 5))
    >>> figure = scatter_by_label(rows[:100], rows[100:], np.arange(100) % 2, np.arange(100) % 2, ["even", "odd"])
    """
    if not names:
        raise ValueError("names is empty: there is a panel for each label, so pass one or more")
    has = _labels("known", known, len(np.asarray(data)), names)
    wants = _labels("asked", asked, len(np.asarray(generated)), names)
    (x, has), (y, wants), _ = _project(data, generated, has, wants)
    columns = min(4, ceil(sqrt(len(names))))
    title = title or "Samples over data of each label, on the same principal components"
    figure, grid = panels(0.85 * WIDTH / columns, list(names), columns, title)
    both = np.concatenate([x, y])
    reach = np.stack([both.min(0), both.max(0)]) + np.outer([-0.04, 0.04], np.ptp(both, axis=0))
    for label, axes in enumerate(grid):
        dots = [_data_dots(axes, x[has == label]), _dots(axes, y[wants == label], "generated", COLORS[0], "o", 12)]
        axes.set(xlim=reach[:, 0], ylim=reach[:, 1], xticks=[], yticks=[])
    label_sides(grid, columns, "component 1", "component 2")
    add_legend(figure, dots)
    return figure


def scatter_over_time(
    data: ArrayLike, frames: Mapping[int, ArrayLike], trained: int | None = None, title: str | None = None
) -> Figure:
    """Samples of the same chains at several times on the principal axes of the data, with a panel for each time.

    data (n, d); frames: time -> samples after so many steps, (m, d), as in `scatter`; trained: the time of training,
    which its panel says. Each set shows 2,000 rows at most. Raises ValueError as `scatter` does, and without frames.
    F&F paper (arXiv:2307.06797), Fig. 3.

    >>> rows = np.random.default_rng(0).normal(size=(200, 5))
    >>> figure = scatter_over_time(rows[:100], {1: rows[100:] * 3, 10: rows[100:]}, trained=10)
    """
    if not frames:
        raise ValueError("frames is empty: there is a panel for each time, so pass one or more")
    x, times = _subset("data", data, None)[0], sorted(frames)
    pca = _principal(x)
    x, made = pca.transform(x), [pca.transform(_like(x, frames[t], None)[0]) for t in times]
    columns = min(4, ceil(sqrt(len(times))))
    names = [f"{t} step{'s' if t > 1 else ''}{', as trained' if t == trained else ''}" for t in times]
    title = title or "Samples should be like the data after the steps of training"
    figure, grid = panels(0.85 * WIDTH / columns, names, columns, title)
    reach = np.stack([x.min(0), x.max(0)]) + np.outer([-0.2, 0.2], np.ptp(x, axis=0))
    for axes, rows in zip(grid, made):
        dots = [_data_dots(axes, x), _dots(axes, rows.clip(*reach), "generated", COLORS[0], "o", 8)]
        axes.set(xlim=reach[:, 0], ylim=reach[:, 1], xticks=[], yticks=[])
    label_sides(grid, columns, "component 1", "component 2")
    add_legend(figure, dots)
    return figure


def _labels(what: str, labels: ArrayLike | None, n: int, names: Sequence[str]) -> Labels | None:
    """Checked labels; what: the name of the argument."""
    if labels is None:
        return None
    x = np.asarray(labels, dtype=np.int64)
    if x.shape != (n,) or (n and x.max() >= len(names)):
        raise ValueError(f"{what} must be indices of the {len(names)} names, one for each of {n} rows, not {x.shape}"
                         f"{f' up to {x.max()}' if x.size else ''}")  # fmt: skip
    return x


def _project(
    data: ArrayLike, generated: ArrayLike, known: Labels | None, asked: Labels | None
) -> tuple[tuple[Rows, Labels], tuple[Rows, Labels], NDArray[np.float64]]:
    """The coordinates of both on the axes of the data, with their labels, and the explained shares of variance."""
    x, known = _subset("data", data, known)
    y, asked = _like(x, generated, asked)
    pca = _principal(x)
    return (pca.transform(x), known), (pca.transform(y), asked), pca.explained_variance_ratio_


def _like(x: Rows, generated: ArrayLike, asked: Labels | None) -> tuple[Rows, Labels]:
    """A subset of samples, which have the columns of the data x, and their labels."""
    y, asked = _subset("generated", generated, asked)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"data has {x.shape[1]} columns and generated {y.shape[1]}: use the same columns")
    return y, asked


def _subset(what: str, rows: ArrayLike, labels: Labels | None) -> tuple[Rows, Labels]:
    """Up to MOST rows and their labels, a fixed random subset; all labels are -1 if there are none."""
    x = np.asarray(rows)
    if x.ndim != 2 or not x.size:
        raise ValueError(f"{what} must be rows of numbers, (n, d), not {x.shape}")
    chosen = np.sort(np.random.default_rng(0).permutation(len(x))[:MOST])
    subset = x[chosen].astype(np.float64)
    if not np.isfinite(subset).all():
        raise ValueError(f"{what} has numbers that aren't finite: complete them first")
    return subset, np.full(len(chosen), -1) if labels is None else labels[chosen]


def _principal(x: Rows) -> PCA:
    """The first two axes, whose largest component is positive, so that signs in figures are reproducible."""
    from sklearn.decomposition import PCA

    pca = PCA(2, random_state=0).fit(x) if min(x.shape) > 1 and np.ptp(x, axis=0).any() else None
    if pca is None or pca.singular_values_[1] < 1e-6 * pca.singular_values_[0]:
        raise ValueError(f"data of shape {x.shape} vary along fewer than two directions, and a scatter plot needs two")
    return pca


def _groups(rows: Rows, labels: Labels, names: Sequence[str]) -> Iterator[tuple[str, Rows]]:
    """Samples by label, and then those of unknown label; without names, all are of unknown label."""
    for label, name in enumerate(names):
        yield name, rows[labels == label]
    if (labels < 0).any():
        yield "unknown" if names else "generated", rows[labels < 0]


def _axes_with_margins(figure: Figure) -> tuple[Axes, Axes, Axes]:
    """Large axes, and smaller ones above and at the right, which share their scales."""
    grid = figure.add_gridspec(2, 2, width_ratios=(5, 1), height_ratios=(1, 5))
    middle = figure.add_subplot(grid[1, 0])
    above, beside = figure.add_subplot(grid[0, 0], sharex=middle), figure.add_subplot(grid[1, 1], sharey=middle)
    clean_axes(middle)
    for axes in (above, beside):
        axes.set_axis_off()
    return middle, above, beside


def _data_dots(axes: Axes, rows: Rows) -> Artist:
    return _dots(axes, rows, "data", SHADE, "o", 30)


def _dots(axes: Axes, rows: Rows, name: str, color: str, marker: str, area: float) -> Artist:
    return axes.scatter(
        rows[:, 0], rows[:, 1], s=area, color=color, marker=marker, linewidth=0, alpha=0.85, label=display_name(name)
    )


def _densities(axes: Axes, data: Rows, generated: Rows, sideways: bool) -> None:
    """The densities of data (filled) and samples (a line) along an axis, in the same bins."""
    bins = np.histogram_bin_edges(np.concatenate([data, generated]), 40)
    p, q = (np.histogram(rows, bins, density=True)[0] for rows in (data, generated))
    along: Literal["horizontal", "vertical"] = "horizontal" if sideways else "vertical"
    axes.stairs(p, bins, orientation=along, color=SHADE, fill=True)
    axes.stairs(q, bins, orientation=along, color=INK, linewidth=1.3)
