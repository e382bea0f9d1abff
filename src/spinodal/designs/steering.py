"""Steering: letters of a template are held, and labels act more strongly, so that rows come out near the template.

The rows of a machine are either like the label or like the template: as all sites are pulled to a template of another
label, rows turn from one to the other at once. So some letters of the template are held, rather those that are usual
with the label asked for and don't speak for another one, and this label acts several times as strongly. How many
letters, and how strongly, is searched by short runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..data.dataset import Dataset
from ..machines import kernels
from ..machines.dynamics import Machine
from ..machines.noise import Noise
from .measures import Window

PILOTS = 64
"""Rows of a trial of the search."""

ENOUGH = 0.9
"""The share of the rows of a trial that is enough."""

STRENGTHS = (0.0, 3.0, 7.0, 15.0)
"""How many times more strongly labels act, in the order of trials."""

HALVINGS = 6
"""Trials of a strength: each halves the range of numbers of letters that are held."""

EDGE = 0.1
"""Where in the window, from its end that is far from the template, rows should be."""

CONTRAST = 5.0
"""How much less suitable letters are that are rarer with the label than with any (`suitable`)."""


@dataclass(frozen=True)
class Pull:
    """How many of a template's letters are held, and how many times more strongly labels act."""

    held: int = 0
    strength: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How the rows of a trial come out.

    labeled   the share that passes, and is recognized as labeled as asked for
    passing   the share that passes
    inside    the share that is in the window, whatever else it should be
    far       at how many sites their median differs from the template
    """

    labeled: float
    passing: float
    inside: float
    far: float

    def rank(self, aim: float) -> tuple[float, ...]:
        """What pulls are compared by: of shares that are enough, more is no better, but to be near the aim is."""
        shares = (min(share, ENOUGH) for share in (self.labeled, self.passing, self.inside))
        return *shares, -abs(self.far - aim)


Trial = Callable[[Pull], Outcome]
"""The outcome of short runs with a pull."""


def search(trial: Trial, window: Window, holdable: int, labeled: bool) -> Pull:
    """The best pull by `Outcome.rank`: none where enough rows pass without, else the first that is good enough.

    It aims at the part of the window that is far from the template, where labels are clearer. holdable: how many
    letters can be held; labeled: whether a label is asked for. Cost: 25 trials at most.
    """
    aim, tolerance = window.high - (window.high - window.low) * EDGE, max((window.high - window.low) * EDGE, 1)
    found = {Pull(): trial(Pull())}
    if found[Pull()].labeled >= ENOUGH:
        return Pull()
    for strength in STRENGTHS if labeled else STRENGTHS[:1]:
        for pull, outcome in _halvings(trial, strength, window.sites - aim, holdable, aim, tolerance):
            found[pull] = outcome
        if found[pull].labeled >= ENOUGH and abs(found[pull].far - aim) <= tolerance:
            break
    return max(found, key=lambda pull: found[pull].rank(aim))


def _halvings(
    trial: Trial, strength: float, held: float, holdable: int, aim: float, tolerance: float
) -> Iterator[tuple[Pull, Outcome]]:
    """Pulls of a strength and their outcomes, until rows are as far away as they should be."""
    low, high, middle = 0, holdable, min(round(held), holdable)
    for _ in range(HALVINGS):
        outcome = trial(Pull(middle, strength))
        yield Pull(middle, strength), outcome
        low, high = (low, middle) if outcome.far < aim else (middle, high)
        if abs(outcome.far - aim) <= tolerance or high - low < 2:
            return
        middle = (low + high) // 2


def hold(
    rows: Dataset, template: np.ndarray, held: np.ndarray, odds: np.ndarray, machine: Machine, noise: Noise
) -> Dataset:
    """The rows with some of a template's letters known, chosen at random: (n,) of them, by odds, (n, sites).

    template (n, sites): letters over all visible layers, -1 unknown. What is known of the rows stays; odds of 0 are
    never chosen. A row's choice is a function of the noise and of its number.
    """
    place = noise.at(0, 0)
    u = kernels.of(machine.like).uniform(*template.shape, place, machine.like).double().cpu().numpy()
    with np.errstate(divide="ignore"):
        keys = np.log(odds) - np.log(-np.log(u))  # the largest are draws without replacement
    rank = np.argsort(np.argsort(-keys, axis=1, kind="stable"), axis=1, kind="stable")
    chosen = (rank < held[:, None]) & (odds > 0)
    columns, first = dict(rows.columns), 0
    for k in rows.visibles:
        part = slice(first, first + rows[k].shape[1])
        free = chosen[:, part] & (rows[k] < 0)
        columns[k], first = np.where(free, template[:, part], rows[k]).astype(rows[k].dtype), part.stop
    return replace(rows, columns=columns)


def suitable(labeled: np.ndarray, free: np.ndarray, template: np.ndarray) -> np.ndarray:
    """How well each letter of templates, (n, sites), goes with a label: f min(f / g, 1)^CONTRAST, between 0 and 1.

    f and g are its frequencies at its site among rows of the label, (m, sites), and among rows of any label. A letter
    with f < g speaks for another label: with many of those even a rare label that acts strongly comes out as another.
    """
    f, g = (_frequency(letters, template) for letters in (labeled, free))
    found: np.ndarray = f * np.minimum(f / g, 1.0) ** CONTRAST
    return found


def _frequency(letters: np.ndarray, template: np.ndarray) -> np.ndarray:
    """How frequent each letter of templates, (n, sites), is at its site among rows, (m, sites): between 0 and 1."""
    states = int(max(letters.max(), template.max())) + 1
    counts = np.stack([(letters == state).sum(0) for state in range(states)])
    found: np.ndarray = (counts[template.clip(0), np.arange(letters.shape[1])] + 0.5) / (len(letters) + 0.5 * states)
    return found
