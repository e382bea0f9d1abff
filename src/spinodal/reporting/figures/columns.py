"""Columns: the values of each column of a mixed table, of held-out rows and of generated ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...data.dataset import Dataset
from ...data.entries import count_states
from ...data.schema import Choice, Column
from ...scores import number_distances, share_distances
from .. import plots
from ..plots.columns import Panel
from .view import MOST, Drawn, View

BINS = 20
"""Bins of a column of numbers, from the least to the largest of both sides; of few rows about the root of these."""

VALUES = 12
"""Values of a column of words that are shown, the commonest of the data."""


def columns(view: View) -> Iterator[Drawn]:
    """How often values come in each column; of many columns in those that are farthest apart."""
    schema = view.data.schema
    if schema is None:
        return
    apart = _apart(view.data, view.made)
    every = {c.name: (c, layer, i) for layer, own in schema.layers.items() for i, c in enumerate(own)}
    shown = sorted((name for name in every if np.isfinite(apart[name])), key=lambda name: -apart[name])[:MOST]
    panels = [_panel(view, *every[name], f"{name}: {apart[name]:.2f}") for name in shown]
    if panels:
        said = ("Values of each column in held-out rows and in generated ones, the column that is farthest off first. "
                "Beside its name: how far its two distributions are apart, from 0 to 1.")  # fmt: skip
        yield "columns", plots.columns(panels, "Columns should have their values as often as in the data"), said


def _apart(data: Dataset, made: Dataset) -> dict[str, float]:
    """How far each column is off, as the record's scores of columns measure it; NaN where one is never known."""
    found = dict[str, float]()
    for layer, own in data.schema.layers.items() if data.schema else ():
        x, y = data[layer], made[layer]
        far = number_distances(x, y) if x.dtype.kind == "f" else share_distances(x, y)
        found |= dict(zip((c.name for c in own), far.tolist()))
    return found


def _panel(view: View, column: Column, layer: str, place: int, name: str) -> Panel:
    both = [side[layer][:, place] for side in (view.data, view.made)]
    if isinstance(column, Choice):
        data, made = (count_states(x[:, None], len(column.symbols))[:, 0] for x in both)
        most = np.sort(np.argsort(-data, kind="stable")[:VALUES])
        return name, [column.symbols[i] for i in most], data[most], made[most]
    numbers = [column.decode(x[~np.isnan(x)]).astype(np.float64) for x in both]
    edges = np.histogram_bin_edges(np.concatenate(numbers), min(BINS, 1 + round(len(numbers[0]) ** 0.5)))
    data, made = (np.histogram(x, edges)[0] for x in numbers)
    return name, edges, data, made
