"""Pictures: rows at one step, weights and trajectories of a run as figures, by the plots that reports have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..data.dataset import Dataset
from ..data.reals import restore
from ..evaluation.reference import kind_of
from ..machines.dynamics import Machine
from ..reporting import plots
from ..reporting.figures.cloud_figures import clouds
from ..reporting.figures.column_figures import columns
from ..reporting.figures.image_figures import limits_of
from ..reporting.figures.row_figures import STRETCH, frequencies, most_informative
from ..reporting.figures.view import View
from ..reporting.plots.logo_plots import GAP, information
from ..tasks import labels_of
from .opened import Opened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Groups = Mapping[str, np.ndarray]
"""Rows that belong together, by the name of what they were asked to be; none where nothing was asked."""

MOST = 12
"""Groups in a picture, at most."""

PER_GROUP = {"images": 10, "music": 6}
"""Rows of a group in a picture, at most."""

LOGOS = 4
"""Groups with a logo, at most."""


def rows(
    made: Dataset,
    machine: Machine,
    groups: Groups,
    title: str,
    like: Dataset | None = None,
    sites: np.ndarray | None = None,
) -> Figure:
    """Images, sequence logos, piano rolls, or the entries of rows as lines of pixels, a part for each group.

    like: rows by which the sites of logos are chosen, so that pictures of several steps show the same sites; by default
    these rows. sites: of these the first ones are shown, in place of those with the most information. A table has no
    such picture: `distributions` is one of it.
    """
    kind, few = kind_of(made), dict(list(groups.items())[:MOST])
    if kind == "images":
        chosen, names = _equal(few, len(made), PER_GROUP[kind], 50)
        images = restore(made)["visible"][chosen].astype(np.float64)
        images[made["visible"][chosen] < 0 if "visible" in made.alphabets else np.isnan(images)] = np.nan
        limits = limits_of(made if like is None else like, machine)
        return plots.samples(images, names, tuple(made.notes["image"]), limits, title)
    if kind == "music":
        chosen, names = windows(made, groups)
        roll, rolls = made.notes["roll"], made["visible"][chosen]
        return plots.piano_roll(np.maximum(rolls, 0), names, roll["pitches"], roll.get("lowest", 0), title)
    if kind == "sequences" and len({*made.alphabets["visible"].symbols} - {GAP}) > 1:
        return _logos(made, few, title, made if like is None else like, sites)
    return _lines(made, title)


def windows(made: Dataset, groups: Groups) -> tuple[np.ndarray, list[str]]:
    """The rows of music that a picture shows, and that are heard; the names of their groups."""
    return _equal(dict(list(groups.items())[:MOST]), len(made), PER_GROUP["music"], 10)


def _equal(groups: Groups, n: int, most: int, without: int) -> tuple[np.ndarray, list[str]]:
    """As many rows of each group, and the names; without groups some of n rows."""
    if not groups:
        return np.arange(min(n, without)), []
    count = min(most, *map(len, groups.values())) if len(groups) > 1 else min(most, len(next(iter(groups.values()))))
    return np.concatenate([own[:count] for own in groups.values()]), list(groups)


def _logos(made: Dataset, groups: Groups, title: str, like: Dataset, filled: np.ndarray | None) -> Figure:
    symbols = made.alphabets["visible"].symbols
    if filled is not None and len(filled):
        sites, which = filled[:STRETCH].tolist(), "filled in"
    else:
        sites, which = most_informative(information(frequencies(like), symbols).sum(1)), "the most information"
    few = dict(list(groups.items())[:LOGOS]) or {"all rows": np.arange(len(made))}
    if len(sites) < len(like.sites("visible")):
        title += f" (sites {sites[0] + 1} to {sites[-1] + 1}: {which})"
    return plots.logo({k: frequencies(made.select(own)) for k, own in few.items()}, symbols, sites, title)


def _lines(made: Dataset, title: str) -> Figure:
    """Each row as a line of pixels."""
    x = made.select(slice(200)).numbers().numpy().astype(np.float64)
    limits = (float(np.nanmin(x)), float(np.nanmax(x)) or 1.0)
    grid = np.repeat(x, max(1, x.shape[1] // (4 * len(x))), 0)  # few rows are drawn higher than a pixel
    return plots.samples(grid[None], (), None, limits, title)


def distributions(opened: Opened, machine: Machine, made: Dataset) -> Figure:
    """The distribution of each column of a table, in held-out rows and in these."""
    return _drawn(columns(_view(opened, machine, made)), "no column has a distribution to compare")


def cloud(opened: Opened, machine: Machine, made: Dataset) -> Figure:
    """Held-out rows and these on the principal axes of the held-out rows. Raises ValueError, OSError without data."""
    return _drawn(clouds(_view(opened, machine, made)), "held-out rows vary along fewer than two directions")


def _view(opened: Opened, machine: Machine, made: Dataset) -> View:
    names = {k: list(a.symbols) for k, a in labels_of(machine).items()}
    return View(machine, opened.held_out(), made, {"labels": names})


def _drawn(figures: object, without: str) -> Figure:
    found = next(figures, None)  # type: ignore[call-overload]
    if found is None:
        raise ValueError(f"there is no such picture: {without}")
    figure: Figure = found[1]
    return figure
