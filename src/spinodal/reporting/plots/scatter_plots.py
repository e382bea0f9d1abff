"""Clouds: data and samples as dots on the data's own principal axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, MARKERS, SHADE, WIDTH, explain, name_sides, panels, sheet, shown, tidy

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from sklearn.decomposition import PCA

MOST = 2000
"""Dots of either kind: more cover one another."""

Rows = NDArray[np.float64]
Labels = NDArray[np.int64]


def scatter(
    data: ArrayLike,
    generated: ArrayLike,
    labels: ArrayLike | None = None,
    names: Sequence[str] = (),
    title: str | None = None,
) -> Figure:
    """Data and samples on the first two principal axes of the data, with histograms along both.

    data (n, d), generated (m, d): numbers, letters as indicators; of either, up to 2,000 rows are taken, the same
    ones every time, and the axes are those of the data that are shown. labels (m,): which of `names` each sample was
    asked to have, negative where unknown. Data are pale discs, samples small marks, a color and a shape a label.
    Raises ValueError for rows that don't fit, have numbers that aren't finite, or vary along one direction, and for
    labels without a name. Cost: the PCA of 2,000 rows. F&F paper (arXiv:2307.06797), Fig. 1 A.

    >>> rows = np.random.default_rng(0).normal(size=(200, 5))
    >>> figure = scatter(rows[:100], rows[100:], labels=np.arange(100) % 2, names=["even", "odd"])
    """
    asked = _labels("labels", labels, len(np.asarray(generated)), names)
    (known, _), (made, asked), axes = _project(data, generated, None, asked)
    figure = sheet(5.2, title or "Samples should lie where the data lie, and as densely")
    middle, above, beside = _cross(figure)
    dots = [_pale(middle, known)]
    for i, (name, rows) in enumerate(_groups(made, asked, names)):
        marker = MARKERS[(i + i // len(COLORS)) % len(MARKERS)]
        dots.append(_dots(middle, rows, name, COLORS[i % len(COLORS)], marker, 11))
    for side, which, sideways in ((above, 0, False), (beside, 1, True)):
        _densities(side, known[:, which], made[:, which], sideways)
    first, second = (f"{place} axis ({share:.0%} of the variance)" for place, share in zip(("first", "second"), axes))
    middle.set_xlabel(first, color=INK)
    middle.set_ylabel(second, color=INK)
    explain(figure, dots)
    return figure


def scatter_by_label(
    data: ArrayLike,
    generated: ArrayLike,
    known: ArrayLike,
    asked: ArrayLike,
    names: Sequence[str],
    title: str | None = None,
) -> Figure:
    """Data and samples of each label in a panel of its own, all on the same principal axes of all data.

    data (n, d), generated (m, d), as in `scatter`; known (n,), asked (m,): which of `names` a row has or was asked to
    have, negative where unknown, which is shown nowhere. Errors and cost are those of `scatter`.

    >>> rows = np.random.default_rng(0).normal(size=(200, 5))
    >>> figure = scatter_by_label(rows[:100], rows[100:], np.arange(100) % 2, np.arange(100) % 2, ["even", "odd"])
    """
    if not names:
        raise ValueError("names is empty: a panel is a label, so name one or more")
    has = _labels("known", known, len(np.asarray(data)), names)
    wants = _labels("asked", asked, len(np.asarray(generated)), names)
    (x, has), (y, wants), _ = _project(data, generated, has, wants)
    columns = min(4, ceil(sqrt(len(names))))
    title = title or "Samples of each label should lie where its data lie"
    figure, grid = panels(0.85 * WIDTH / columns, list(names), columns, title)
    both = np.concatenate([x, y])
    reach = np.stack([both.min(0), both.max(0)]) + np.outer([-0.04, 0.04], np.ptp(both, axis=0))
    for label, axes in enumerate(grid):
        dots = [_pale(axes, x[has == label]), _dots(axes, y[wants == label], "generated", COLORS[0], "o", 8)]
        axes.set(xlim=reach[:, 0], ylim=reach[:, 1], xticks=[], yticks=[])
    name_sides(grid, columns, "first axis", "second axis")
    explain(figure, dots)
    return figure


def _labels(what: str, labels: ArrayLike | None, n: int, names: Sequence[str]) -> Labels | None:
    """what: the name that the caller knows them by."""
    if labels is None:
        return None
    x = np.asarray(labels, dtype=np.int64)
    if x.shape != (n,) or (n and x.max() >= len(names)):
        raise ValueError(f"{what} are numbers of the {len(names)} names, one for each of {n} rows, not {x.shape}"
                         f"{f' up to {x.max()}' if x.size else ''}")  # fmt: skip
    return x


def _project(
    data: ArrayLike, generated: ArrayLike, known: Labels | None, asked: Labels | None
) -> tuple[tuple[Rows, Labels], tuple[Rows, Labels], NDArray[np.float64]]:
    """Where both lie on the axes of the data, with their labels, and the shares of variance along the axes."""
    (x, known), (y, asked) = _some("data", data, known), _some("generated", generated, asked)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"data have {x.shape[1]} columns and generated {y.shape[1]}: compare rows of the same ones")
    found = _principal(x)
    return (found.transform(x), known), (found.transform(y), asked), found.explained_variance_ratio_


def _some(what: str, rows: ArrayLike, labels: Labels | None) -> tuple[Rows, Labels]:
    """Up to MOST rows and their labels, at random but always the same; labels are unknown where there are none."""
    x = np.asarray(rows)
    if x.ndim != 2 or not x.size:
        raise ValueError(f"{what} are rows of numbers, (n, d), not {x.shape}")
    chosen = np.sort(np.random.default_rng(0).permutation(len(x))[:MOST])
    some = x[chosen].astype(np.float64)
    if not np.isfinite(some).all():
        raise ValueError(f"{what} have numbers that aren't finite: complete them first")
    return some, np.full(len(chosen), -1) if labels is None else labels[chosen]


def _principal(x: Rows) -> PCA:
    """The first two axes, which point where their largest number is positive, so that figures don't turn over."""
    from sklearn.decomposition import PCA

    found = PCA(2, random_state=0).fit(x) if min(x.shape) > 1 and np.ptp(x, axis=0).any() else None
    if found is None or found.singular_values_[1] < 1e-6 * found.singular_values_[0]:
        raise ValueError(f"data of {x.shape} vary along fewer than two directions, and a plane has two")
    return found


def _groups(rows: Rows, labels: Labels, names: Sequence[str]) -> Iterator[tuple[str, Rows]]:
    """Samples by label; those without one last, which are all where there are no names."""
    for label, name in enumerate(names):
        yield name, rows[labels == label]
    if (labels < 0).any():
        yield "unknown" if names else "generated", rows[labels < 0]


def _cross(figure: Figure) -> tuple[Axes, Axes, Axes]:
    """Large axes, small ones above them and small ones at their right, which share their scales."""
    grid = figure.add_gridspec(2, 2, width_ratios=(5, 1), height_ratios=(1, 5))
    middle = figure.add_subplot(grid[1, 0])
    above, beside = figure.add_subplot(grid[0, 0], sharex=middle), figure.add_subplot(grid[1, 1], sharey=middle)
    tidy(middle)
    for axes in (above, beside):
        axes.set_axis_off()
    return middle, above, beside


def _pale(axes: Axes, rows: Rows) -> Artist:
    return _dots(axes, rows, "data", SHADE, "o", 22)


def _dots(axes: Axes, rows: Rows, name: str, color: str, marker: str, area: float) -> Artist:
    return axes.scatter(
        rows[:, 0], rows[:, 1], s=area, color=color, marker=marker, linewidth=0, alpha=0.85, label=shown(name)
    )


def _densities(axes: Axes, known: Rows, made: Rows, sideways: bool) -> None:
    """How densely data (filled) and samples (a line) lie along an axis, in the same bins."""
    bins = np.histogram_bin_edges(np.concatenate([known, made]), 40)
    dense, of_samples = (np.histogram(rows, bins, density=True)[0] for rows in (known, made))
    along: Literal["horizontal", "vertical"] = "horizontal" if sideways else "vertical"
    axes.stairs(dense, bins, orientation=along, color=SHADE, fill=True)
    axes.stairs(of_samples, bins, orientation=along, color=INK, linewidth=1.3)
