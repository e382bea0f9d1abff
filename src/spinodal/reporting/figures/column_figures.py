"""Column figures: the distribution of each column of a mixed table, in held-out and in generated rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...data.dataset import Dataset
from ...data.entries import count_states
from ...data.schema import Choice, Column
from ...scores import number_distances, share_distances
from .. import plots
from ..plots.column_plots import Panel
from .view import MOST, Drawn, View

BINS = 20
"""The most bins of a column of numbers; for few rows, about the root of their number."""

VALUES = 12
"""The most values of a column of words in a figure: the most common ones of the data."""


def columns(view: View) -> Iterator[Drawn]:
    """The distribution of each column, or of those MOST columns that differ most from the data."""
    schema = view.data.schema
    if schema is None:
        return
    distances = _distances(view.data, view.made)
    every = {c.name: (c, layer, i) for layer, own in schema.layers.items() for i, c in enumerate(own)}
    defined = (name for name in every if np.isfinite(distances[name]))
    worst = sorted(defined, key=lambda name: -distances[name])[:MOST]
    panels = [_panel(view, *every[name], f"{name}: {distances[name]:.2f}") for name in worst]
    if panels:
        caption = ("The values of each column in held-out and in generated rows, the column that differs most first. "
                   "The number is the distance between the two distributions, from 0 to 1.")  # fmt: skip
        yield "columns", plots.columns(panels), caption


def _distances(data: Dataset, generated: Dataset) -> dict[str, float]:
    """The distance of each column, as in the scores of the record; NaN if it is unknown in all rows of one side."""
    distances = dict[str, float]()
    for layer, own in data.schema.layers.items() if data.schema else ():
        x, y = data[layer], generated[layer]
        values = number_distances(x, y) if x.dtype.kind == "f" else share_distances(x, y)
        distances |= dict(zip((c.name for c in own), values.tolist()))
    return distances


def _panel(view: View, column: Column, layer: str, index: int, name: str) -> Panel:
    both = [side[layer][:, index] for side in (view.data, view.made)]
    if isinstance(column, Choice):
        data, generated = (count_states(x[:, None], len(column.symbols))[:, 0] for x in both)
        most = np.sort(np.argsort(-data, kind="stable")[:VALUES])
        return name, [column.symbols[i] for i in most], data[most], generated[most]
    numbers = [column.decode(x[~np.isnan(x)]).astype(np.float64) for x in both]
    edges = np.histogram_bin_edges(np.concatenate(numbers), min(BINS, 1 + round(len(numbers[0]) ** 0.5)))
    data, generated = (np.histogram(x, edges)[0] for x in numbers)
    return name, edges, data, generated
