"""Preparation: data in one form before they are compared: the same layers, letters and labels, and how many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite

import numpy as np

from .. import ranges
from ..data.alphabet import UNKNOWN, Alphabet
from ..data.dataset import Dataset, is_visible
from ..machines.dynamics import Machine
from ..ranks import ALONE, Ranks
from ..tasks import labels_of, visible_of
from .classifier import Classifier
from .reference import SETS
from .row_shares import predicted


def check(rows: int, sets: int = 1, intervals: int = 0) -> None:
    """Raises ValueError for numbers of rows, sets and draws that are out of range."""
    if not ranges.is_integer(rows, 2):
        raise ValueError(f"rows: a score takes two rows of each or more, not {ranges.format_value(rows)}")
    if not ranges.is_integer(sets, 1, SETS):
        raise ValueError(
            f"sets: scores are of one set of rows or more, {SETS} at most, not {ranges.format_value(sets)}"
        )
    ranges.integer("intervals", intervals, 0)


def check_alike(test: Dataset, train: Dataset, *made: Dataset) -> None:
    """Raises ValueError where the data have other layers, sites or letters than the held-out ones."""
    for name, other in zip(("train", "made"), (train, *made)):
        if test.visibles != other.visibles:
            raise ValueError(f"test has the layers {test.visibles} and {name} {other.visibles}: read both alike")
        for k in test.visibles:
            ours, theirs = test[k].shape[1], other[k].shape[1]
            if ours != theirs:
                raise ValueError(f"test has {ours} sites and {name} {theirs}: align them alike")
        layers = [k for k in (*test.visibles, *test.labels) if other.alphabets.get(k) != test.alphabets.get(k)]
        if layers:
            raise ValueError(f'"{layers[0]}" has other letters in {name} than in test: read both alike')


def rows_compared(rows: int, test: Dataset, train: Dataset, *made: Dataset) -> int:
    """How many rows are compared: `rows`, or as many as the shortest has. Training rows count as in `compared`."""
    whole = int(train.whole.sum())
    return min(rows, len(test), whole if whole > 1 else len(train), *map(len, made))


def recoded(machine: Machine, data: Dataset) -> Dataset:
    """The data in the machine's letters, with its label layers; labels that it doesn't know are unknown."""
    alphabets = {k: Alphabet.of(units) for k, units in machine.units.items() if getattr(units, "symbols", ())}
    labels = {k: a for k, a in alphabets.items() if k in data.labels}
    data = data.recoded(labels, unknown="?").recoded({k: a for k, a in alphabets.items() if is_visible(k)})
    return with_labels(data, labels_of(machine))


def with_labels(data: Dataset, alphabets: Mapping[str, Alphabet]) -> Dataset:
    """The data with these label layers alone, in this order; one that they lack is unknown."""
    columns = {k: data[k] for k in data.visibles} | {
        k: data.columns.get(k, np.full((len(data), 1), UNKNOWN, a.dtype)) for k, a in alphabets.items()
    }
    every = {**alphabets, **data.alphabets}
    return replace(data, columns=columns, alphabets={k: every[k] for k in columns if k in every})


def repeated(data: Dataset, sets: int) -> Dataset:
    """The rows again and again, for as many sets of generated rows."""
    return data.select(np.tile(np.arange(len(data)), sets)) if sets > 1 else data


def split_sets(made: Dataset, like: Dataset, sets: int) -> list[Dataset]:
    """The sets of generated rows, with the labels that were asked for.

    A label layer of which nothing was asked for keeps the labels that the machine generated.
    """
    asked = {k: like[k] for k in like.labels if (like[k] >= 0).any()}
    made = replace(made, columns={**made.columns, **asked})
    return [made.select(rows) for rows in np.split(np.arange(len(made)), sets)] if sets > 1 else [made]


def label_predictor(machine: Machine, layer: str, seed: int, ranks: Ranks = ALONE) -> Classifier:
    """The machine as a classifier of one of its label layers, which all ranks call together."""
    return lambda data: predicted(machine, data, seed, ranks).letters(layer)


def scale(machine: Machine) -> list[float | None]:
    """The range of the entries of all visible layers; None where it has no bound.

    >>> from spinodal import Bernoulli, rbm
    >>> scale(rbm(Bernoulli(2), visible=Bernoulli(3)))
    [0.0, 1.0]
    """
    visible = [machine.units[k] for k in visible_of(machine)]
    return [x if isfinite(x) else None for x in (min(u.low for u in visible), max(u.high for u in visible))]
