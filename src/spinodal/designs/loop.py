"""Loop: rows are drawn until enough of them pass, or a budget is spent; and how many of how many were kept, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import inf

import numpy as np

from ..data.dataset import Dataset, concatenate
from ..errors import first_names
from ..machines.noise import Noise
from .measures import Measure, keys

ROUND = 10_000
"""The most rows of a round, all of which are judged before the next begins. The rows that are kept depend on it."""

REPEATS = "copies of rows that were kept"

FEW = 0.1
"""The share of its rows that pass, below which a label is named."""

NAMED = 10
"""The most labels that a line names."""


@dataclass
class Tally:
    """How many rows of each request are wanted, were drawn, and were kept; and of all that failed, why.

    labels    those that each request asks for, as text, "" where it asks for none
    failed    what they were -> how many
    seen      the same -> the least and the largest number that rows had
    """

    wanted: np.ndarray
    labels: Sequence[str]
    drawn: np.ndarray = field(init=False)
    kept: np.ndarray = field(init=False)
    failed: dict[str, int] = field(default_factory=dict)
    seen: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.drawn, self.kept = np.zeros_like(self.wanted), np.zeros_like(self.wanted)

    @property
    def missing(self) -> np.ndarray:
        """How many rows of each request there are still to find."""
        found: np.ndarray = self.wanted - self.kept
        return found

    def next(self, budget: int) -> np.ndarray:
        """How many rows of each request to draw next: as many as may be needed, and no more than the budget has."""
        rate = np.where(self.drawn > 0, (self.kept + 1) / (self.drawn + 1), 1.0)
        needed = np.ceil(self.missing / rate).astype(np.int64)
        left: np.ndarray = budget * self.wanted - self.drawn
        take = np.minimum(needed, left)
        if take.sum() > ROUND:
            take = np.minimum(take, max(ROUND // int(np.count_nonzero(take)), 1))
            take[np.cumsum(take) > ROUND] = 0
        return take

    def of_labels(self) -> list[tuple[str, int, int, int]]:
        """Of the requests of each label: the label, and how many rows are wanted, were kept and were drawn."""
        names, own = np.unique(np.asarray(self.labels), return_inverse=True)
        sums = (np.bincount(own, x).astype(int).tolist() for x in (self.wanted, self.kept, self.drawn))
        return [*zip(names.tolist(), *sums)]

    def said(self) -> str:
        """How many rows were drawn for those that were kept, what the others were, and of which labels few passed."""
        others = ", ".join(f"{n:,} {what}" for what, n in self.failed.items() if n)
        rare = [f'"{k}" {kept:,} of {drawn:,}' for k, _, kept, drawn in self.of_labels() if k and kept < FEW * drawn]
        few = f"; few pass of {first_names(rare, NAMED)}" if rare else ""
        return f"{self.kept.sum():,} rows kept of {self.drawn.sum():,} drawn{f' ({others})' if others else ''}{few}"


def collect(
    propose: Callable[[np.ndarray, Noise], Dataset],
    requests: Dataset,
    wanted: Sequence[int] | np.ndarray,
    measures: Sequence[Measure],
    distinct: bool,
    budget: int,
    noise: Noise,
) -> tuple[Dataset, np.ndarray, Tally]:
    """The rows that are kept, in the order of the requests; which request each is of, (n,); and the tally.

    propose    rows of the requests of these numbers, by a noise
    wanted     how many rows of each request to keep; budget times as many are drawn at most
    distinct   whether no two rows that are kept are equal

    A row is kept if it passes all measures: they are taken one after the other, of the rows that passed those before.
    Which rows are kept depends on the noise alone. Raises ValueError where the budget is spent: it says how many rows
    were kept, and why the others were not.
    """
    labels = [", ".join(filter(None, row)) for row in zip(*map(requests.texts, requests.labels))]
    tally, seen = Tally(np.asarray(wanted, np.int64), labels or [""] * len(requests)), set[bytes]()
    parts: list[Dataset] = []
    owners: list[np.ndarray] = []
    for number in count():
        take = tally.next(budget)
        if not take.any():
            break
        which = np.repeat(np.arange(len(requests)), take)
        made = propose(which, noise.child(number))
        reasons = _judged(made, requests.select(which), measures, tally)
        kept = _keep(made, which, reasons, tally, seen if distinct else None)
        parts.append(made.select(kept))
        owners.append(which[kept])
    if tally.missing.any():
        raise ValueError(_spent(tally, measures, budget))
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return concatenate(parts).select(order), owner[order], tally


def _judged(made: Dataset, wanted: Dataset, measures: Sequence[Measure], tally: Tally) -> list[str]:
    """Why each row fails, "" where it passes."""
    reasons, left = [""] * len(made), np.arange(len(made))
    for measure in measures:
        if not len(left):
            break
        values = measure.of(made.select(left), wanted.select(left))
        least, largest = tally.seen.get(measure.failed, (inf, -inf))
        tally.seen[measure.failed] = (min(least, values.min()), max(largest, values.max()))
        passes = measure.passes(values)
        for i in left[~passes]:
            reasons[i] = measure.failed
        left = left[passes]
    return reasons


def _keep(made: Dataset, which: np.ndarray, reasons: Sequence[str], tally: Tally, seen: set[bytes] | None) -> list[int]:
    """The rows to keep: those that pass, one after the other, until a request has all; counted in the tally."""
    kept, own = [], keys(made) if seen is not None else []
    for i, (request, reason) in enumerate(zip(which, reasons)):
        if tally.kept[request] == tally.wanted[request]:
            continue
        tally.drawn[request] += 1
        why = reason or (REPEATS if seen is not None and own[i] in seen else "")
        if why:
            tally.failed[why] = tally.failed.get(why, 0) + 1
            continue
        kept.append(i)
        tally.kept[request] += 1
        if seen is not None:
            seen.add(own[i])
    return kept


def _spent(tally: Tally, measures: Sequence[Measure], budget: int) -> str:
    """What is said where the budget is spent: of all labels that lack rows, the most first, and what the rows were."""
    lack = [x for x in tally.of_labels() if x[2] < x[1]]
    (label, wanted, kept, drawn), *others = sorted(lack, key=lambda x: x[2] - x[1])
    said = [f"{kept:,} of {wanted:,} rows{_of(label)} were found in {drawn:,} drawn ones"]
    said += [f"{kept:,} of {wanted:,}{_of(label)} in {drawn:,}" for label, wanted, kept, drawn in others]
    had = {m.failed: _had(m, *tally.seen[m.failed]) for m in measures if m.failed in tally.seen}
    why = "; ".join(f"{n:,} were {what}{had.get(what, '')}" for what, n in tally.failed.items() if n)
    return (
        f"{first_names(said, NAMED)}, and the budget of {budget} for each row is spent; of all rows {why}: ask for "
        "less, or for more draws"
    )


def _of(label: str) -> str:
    return f' of "{label}"' if label else ""


def _had(measure: Measure, least: float, largest: float) -> str:
    """Between what the numbers of all rows were, where they have words."""
    if measure.show is None:
        return ""
    low, high = sorted((measure.show(least), measure.show(largest)))
    return f" (they had {low} to {high})"
