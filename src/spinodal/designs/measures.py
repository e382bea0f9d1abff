"""Measures: a number for each row, and between what it must be: identity, copies, p(label), the user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, inf
from typing import Any

import numpy as np
import torch

from .. import functions, ranges
from ..data.dataset import Dataset
from ..data.entries import quoted_names
from ..machines.dynamics import Machine
from ..machines.energies import free_energy
from ..machines.network import Network
from ..scores.sequences import identity
from ..tasks import label_layer, labels_of, predict

Numbers = Callable[[Dataset, Dataset], np.ndarray]
"""Of rows and of what was held in them, row by row: a number each, (n,)."""


@dataclass(frozen=True)
class Measure:
    """What is measured of each row, in words, and the range in which it must be for the row to be kept.

    failed    what a row that is not in the range is: "outside 60-80 % identity"
    show      a number of it, in words
    """

    of: Numbers
    failed: str
    low: float = -inf
    high: float = inf
    show: Callable[[float], str] | None = None

    def passes(self, values: np.ndarray) -> np.ndarray:
        """Which values are in the range."""
        found: np.ndarray = (values >= self.low) & (values <= self.high)
        return found


def letters_of(rows: Dataset) -> np.ndarray:
    """All visible layers side by side, (n, sites). Raises ValueError for numbers, which have no letters."""
    numbers = [k for k in rows.visibles if k not in rows.alphabets]
    if numbers:
        what = quoted_names(c.name for k in numbers for c in rows.schema.layers[k]) if rows.schema else "the rows"
        raise ValueError(f"near, identity and mutations count equal letters, but {what} are numbers: leave them out; "
                         "top and by choose rows by a function of yours")  # fmt: skip
    return np.hstack([rows[k] for k in rows.visibles])


@dataclass(frozen=True)
class Window:
    """At how many of so many sites a row may differ from a template, and at most; `said` is that in words."""

    low: int
    high: int
    sites: int
    said: str
    mutations: bool = False

    @staticmethod
    def of(identity: tuple[float, float] | None, mutations: int | tuple[int, int] | None, sites: int) -> Window:
        """The window of a range of identities, the share of equal sites; or of numbers of mutations, 5 is 1 to 5.

        Raises ValueError for both, for a range that is out of range, and for one that no row can be in.
        """
        if (identity is None) == (mutations is None):
            raise ValueError("say how near: an identity, or a number of mutations, and not both")
        if mutations is not None:
            low, high = (1, mutations) if isinstance(mutations, int) else mutations
            if not (ranges.is_integer(low, 0, sites) and ranges.is_integer(high, max(low, 1), sites)):
                raise ValueError(f"mutations are a number or a range from 1 to {sites}, the sites, not {low}-{high}")
            return Window(low, high, sites, f"{low} to {high} mutations", mutations=True)
        assert identity is not None
        least, most = identity
        if not (ranges.is_real(least) and ranges.is_real(most) and 0 <= least <= most <= 1):
            raise ValueError(f"an identity is a range from 0 to 1, the lower end first, not {least}-{most}")
        low, high = ceil(sites * (1 - most) - 1e-9), floor(sites * (1 - least) + 1e-9)
        if low > high:
            raise ValueError(f"no row of {sites} sites has an identity from {least} to {most}: take a wider range")
        return Window(low, high, sites, f"{least:.4g} to {most:.4g} of the sites identical")

    def show(self, differing: float) -> str:
        """A number of differing sites, in the words of the window."""
        return f"{differing:.0f}" if self.mutations else f"{1 - differing / self.sites:.2f}"


def differing(letters: np.ndarray, template: np.ndarray) -> np.ndarray:
    """At how many sites that a template knows rows differ from it, (n,); unknown letters of rows differ."""
    found: np.ndarray = ((letters != template) & (template >= 0)).sum(1)
    return found


def to_template(template: np.ndarray, window: Window) -> Measure:
    """In the window to a template, letters (sites,)."""
    return Measure(
        lambda rows, _: differing(letters_of(rows), template),
        f"outside {window.said} to the template",
        window.low,
        window.high,
        window.show,
    )


def to_nearest(train: Dataset, window: Window) -> Measure:
    """In the window to the nearest training row: `scores.sequences.identity`."""
    known = letters_of(train)
    return Measure(
        lambda rows, _: np.rint((1 - identity(letters_of(rows), known)) * window.sites),
        f"outside {window.said} to the nearest training row",
        window.low,
        window.high,
        window.show,
    )


def keys(rows: Dataset) -> list[bytes]:
    """The visible entries of each row as bytes: equal for equal rows."""
    parts = [np.ascontiguousarray(rows[k]).view(np.uint8).reshape(len(rows), -1) for k in sorted(rows.visibles)]
    return [row.tobytes() for row in np.hstack(parts)]


def no_copies(train: Dataset) -> Measure:
    """No row of the training data."""
    known = set(keys(train))
    return Measure(
        lambda rows, _: np.array([key in known for key in keys(rows)], dtype=float), "copies of training rows", high=0.5
    )


def sureness(machine: Machine, rows: Dataset, wanted: Dataset) -> np.ndarray:
    """p(label asked for | row), by the machine, (n,): of several labels the lowest, NaN where none was asked for."""
    layers = [k for k in labels_of(machine) if k in wanted.columns and (wanted[k] >= 0).any()]
    found = np.full(len(rows), np.nan)
    p = predict(machine, rows).probability if layers else {}
    for k in layers:
        own = np.take_along_axis(p[k], wanted[k].astype(np.int64).clip(0), 1)[:, 0]
        found = np.fmin(found, np.where(wanted[k][:, 0] >= 0, own, np.nan))
    return found


def recognized(machine: Machine, least: float) -> Measure:
    """Rows of which the machine finds each label that was asked for at least so probable, given the row."""
    said = f"not recognized, p(label asked for | row) below {least:g}"
    return Measure(
        lambda rows, wanted: np.fmin(sureness(machine, rows, wanted), 1.0), said, least, show=lambda p: f"{p:.2g}"
    )


def ranking(machine: Machine, by: str | Callable[[Dataset], Any]) -> Measure:
    """What rows are ranked by, the highest first.

    by    "label:NAME", or "label:COLUMN:NAME" of several label columns: log p(label | row); "likelihood": log p(row)
          up to a constant; "module:function", or a function: of a dataset, a number each, (n,)

    Raises ValueError for a label or a function that isn't there, and for the likelihood of a machine that has none.
    """
    if callable(by):
        return _by_own(by, getattr(by, "__name__", "the score"))
    kind, _, name = by.partition(":")
    if by == "likelihood":
        if not isinstance(machine, Network) or not machine.is_reciprocal:
            raise ValueError(
                "the likelihood is of machines with an energy: rank by label:NAME or by a function of yours"
            )
        return Measure(lambda rows, _: _log_weights(machine, rows), "")
    if kind == "label" and name:
        layer, letter = _label(machine, name)
        return Measure(lambda rows, _: _log_p(machine, rows, layer, letter), "")
    if kind and name:
        return _by_own(functions.imported(by), by)
    raise ValueError(f'rows are ranked by label:NAME, likelihood, or MODULE:FUNCTION, not "{by}"')


def _by_own(function: Callable[[Dataset], Any], name: str) -> Measure:
    return Measure(lambda rows, _: functions.numbers(function, rows, len(rows), name), "")


def _label(machine: Machine, name: str) -> tuple[str, int]:
    """The layer and the number of a label, NAME or COLUMN:NAME."""
    alphabets = labels_of(machine)
    found = [(k, a.symbols.index(name)) for k, a in alphabets.items() if name in a.symbols]
    column, _, rest = name.partition(":")
    if not found and rest:
        layer = label_layer(machine, column)
        found = [(layer, alphabets[layer].symbols.index(rest))] if rest in alphabets[layer].symbols else []
    if len(found) != 1:
        what = "in several columns: name COLUMN:NAME" if found else "not one of this machine"
        there = ", ".join(symbol for a in alphabets.values() for symbol in a.symbols) or "none"
        raise ValueError(f'the label "{name}" is {what}; there are: {there}')
    return found[0]


def _log_p(machine: Machine, rows: Dataset, layer: str, letter: int) -> np.ndarray:
    """log p(label | row), (n,)."""
    found: np.ndarray = predict(machine, rows).log_probability[layer][:, letter]
    return found.astype(np.float64)


@torch.no_grad()
def _log_weights(machine: Network, rows: Dataset) -> np.ndarray:
    """log p(row) up to a constant, (n,), summed over hidden units and labels."""
    known = {k: x for k, x in rows.tensors().items() if k in rows.visibles}
    found: np.ndarray = -free_energy(machine, known).double().cpu().numpy()
    return found
