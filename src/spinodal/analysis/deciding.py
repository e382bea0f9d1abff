"""Deciding: which sites decide a label, in the data, in what a machine generates, and in what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import ranges, tasks
from ..data.dataset import Dataset
from ..data.shuffle import permutation
from ..machines.dynamics import Machine
from ..random_streams import Stream
from . import levels
from .information import Information, information
from .losses import losses
from .site_letters import is_restricted

ROWS = 2000
"""Rows of which substitutions are predicted, unless it is said."""

OF_MODEL = 100
"""Permutations by which the information of generated rows is corrected for their number."""


@dataclass(frozen=True, eq=False)
class Deciding:
    """What each site of a machine's data has to do with a label, (sites,) each.

    data       its information in the data, with the test by permutations
    generated  its information beyond chance in as many generated rows of the same labels, in bits
    log_p      the mean loss of log p(label | row) where the site has the letter of another row, in nats (`losses`)
    log_odds   the same of the log odds of the label
    by_label   log_odds over the rows of each label, (labels, sites), NaN for labels without rows
    names      of the labels

    The three losses are None for machines whose p(label | row) has no closed form.
    """

    data: Information
    generated: NDArray[np.float64]
    names: Sequence[str]
    log_p: NDArray[np.float64] | None = None
    log_odds: NDArray[np.float64] | None = None
    by_label: NDArray[np.float64] | None = None

    @property
    def score(self) -> NDArray[np.float64]:
        """By which sites are ranked: the loss of log odds, or where there is none the information beyond chance."""
        return self.data.excess if self.log_odds is None else self.log_odds

    @property
    def order(self) -> NDArray[np.int64]:
        """The sites, counted from 0, from the highest score to the lowest."""
        return np.argsort(-self.score, kind="stable")

    def found(self, false_discovery: float = 0.05) -> list[int]:
        """The sites with q up to a false discovery rate, in `order`."""
        return [int(i) for i in self.order if self.data.q[i] <= false_discovery]

    def table(self, sites: Sequence[str], false_discovery: float = 0.05) -> list[dict[str, Any]]:
        """A row for each site, in `order`: columns of a table. sites: their names."""
        return [self._row(rank, int(site), sites, false_discovery) for rank, site in enumerate(self.order, 1)]

    def _row(self, rank: int, at: int, sites: Sequence[str], false_discovery: float) -> dict[str, Any]:
        found, named = self.data, {} if sites[at] == str(at + 1) else {"name": sites[at]}
        row: dict[str, Any] = {"rank": rank, "site": at + 1, **named}
        row |= {"information": found.bits[at], "by_chance": found.expected[at], "p": found.p[at], "q": found.q[at]}
        row |= {"found": "yes" if found.q[at] <= false_discovery else "no", "generated": self.generated[at]}
        if self.log_p is not None and self.log_odds is not None and self.by_label is not None:
            row |= {"log_p": self.log_p[at], "log_odds": self.log_odds[at]}
            row |= {f"log_odds:{name}": x for name, x in zip(self.names, self.by_label[:, at])}
        return {k: f"{x:.6g}" if isinstance(x, float) else x for k, x in row.items()}


def deciding(
    machines: Sequence[Machine], data: Dataset, label: str, permutations: int = 1000, rows: int = ROWS, seed: int = 0
) -> Deciding:
    """Which sites decide a label of the data, by three measures.

    machines      one, or several of a training, over which what they generate and predict is averaged
    data          rows like those that the machine learned from; those whose label is known count
    label         a label layer
    permutations  of the labels of the data, for the test
    rows          how many rows are taken for the losses, at random, of those without unknown entries

    Cost: that of `information`, and for each machine that of `losses`, and of generating as many rows as have a label.
    Raises ValueError where no two labels are known, and where all rows have unknown entries.
    """
    ranges.integer("rows", rows)
    known = data.select(data[label][:, 0] >= 0)
    values, told = levels.values(known), known[label][:, 0]
    found = information(levels.states(known, values), told, permutations, seed)
    generated = np.mean([_generated(machine, known, label, values, seed) for machine in machines], 0)
    whole = Deciding(found, generated, data.alphabets[label].symbols)
    if not all(map(is_restricted, machines)):
        return whole
    some = _whole_rows(known, rows, seed)
    each = [_losses(machine, some, label, values, len(whole.names)) for machine in machines]
    log_p, log_odds, by_label = (np.mean(x, 0) for x in zip(*each))
    return replace(whole, log_p=log_p, log_odds=log_odds, by_label=by_label)


def _generated(machine: Machine, data: Dataset, label: str, values: levels.Values, seed: int) -> NDArray[np.float64]:
    """The information beyond chance in rows that a machine generates with the labels of the data, (sites,)."""
    made = tasks.generate(machine, data, seed=seed)
    return information(levels.states(made, values), made[label][:, 0], OF_MODEL, seed).excess


def _whole_rows(data: Dataset, rows: int, seed: int) -> Dataset:
    """So many rows without unknown entries, at random. Raises ValueError where there are none."""
    whole = np.flatnonzero(data.whole)
    if not len(whole):
        raise ValueError("every row has an unknown entry: complete the rows first")
    return data.select(np.sort(whole[permutation(seed, Stream.SUBSET, len(whole))[:rows]]))


def _losses(
    machine: Machine, rows: Dataset, label: str, values: levels.Values, labels: int
) -> tuple[NDArray[np.float64], ...]:
    """The mean losses of log p and of the log odds, (sites,) each, and those of log odds by label, (labels, sites)."""
    lost = losses(machine, tasks.known(machine, rows, [*rows.visibles, label]), label, values)
    log_p, log_odds, told = lost.log_p.double().numpy(), lost.log_odds.double().numpy(), rows[label][:, 0]
    each = [log_odds[told == i] for i in range(labels)]
    means = [x.mean(0) if len(x) else np.full(x.shape[1], np.nan) for x in each]
    return log_p.mean(0), log_odds.mean(0), np.stack(means)
