"""Comparison sets: generated rows, and the rows that take their place for floors and baselines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from .. import scores
from ..data.alphabet import Categories
from ..data.dataset import Dataset
from ..data.shuffle import permutation
from ..random_streams import Stream, layer_seed
from .classifier import Referee
from .measures import BALANCED, FIDELITIES, OVERALL, Measure, measures_of
from .reference import Known, Rows

LABELS = 30
"""Labels that are measured by themselves: of more a table is not read, and takes hours of thousands."""

SURE = 12
"""Labels up to which scores of each have intervals, which are most of the work."""

Sees = Mapping[str, Referee]
"""Who sees labels in rows: the "judge", the "machine"."""


@dataclass(frozen=True)
class Bench:
    """Sets of generated rows, what is known, and the `others` that take the place of the generated rows by name:

    some          as many training rows, with the same labels: for the floor
    independent   rows of independent sites, with the same labels: for the baseline
    test          the held-out rows themselves: for what is ideal, and for the floor of copies
    """

    known: Known
    mades: list[Rows]
    others: dict[str, list[Rows]]
    measures: tuple[Measure, ...]

    @staticmethod
    def of(test: Dataset, train: Dataset, mades: Sequence[Dataset], sees: Sees, kind: str, seed: int) -> Bench:
        """The bench of some rows, all of which are brought into random orders: gzip minds, and files are sorted."""
        judge, machine = ({who: see for who, see in sees.items() if who == one} for one in ("judge", "machine"))
        own = _rows(test, judge, seed, Stream.COMPARISON)
        some = [
            _rows(some_like(train, test, seed + i), machine, seed, Stream.COMPARISON + 1) for i in range(len(mades))
        ]
        others = {"some": some, "test": [own]}
        with suppress(ValueError):  # a site that no row knows can't be drawn
            others["independent"] = [_rows(independent(train, test, seed), sees, seed, Stream.COMPARISON + 2)]
        known = Known(own, some[0], Rows(compared(train)))
        measures = tuple(of[who] for who in sees for of in (FIDELITIES, BALANCED)) + measures_of(kind)
        return Bench(known, sets_of(mades, sees, seed), others, measures)

    def of_label(self, label: int) -> Bench:
        """The bench of the rows of one label, as many of each."""
        test, train = (_having(rows, label) for rows in (self.known.test, self.known.train))
        mades = [_having(rows, label) for rows in self.mades]
        others = {who: [_having(rows, label) for rows in sets] for who, sets in self.others.items()}
        first = np.arange(min(map(len, (test, *mades, *others["some"]))))
        others = {who: [rows.take(first) for rows in sets] for who, sets in others.items()}
        known = Known(test.take(first), others["some"][0], train)
        measures = tuple(measure for measure in self.measures if measure not in OVERALL)
        return Bench(known, [rows.take(first) for rows in mades], others, measures)

    def labels(self) -> Iterator[tuple[str, Bench]]:
        """The bench of each label of the first layer that some held-out row has, by its name: LABELS, the commonest."""
        for label in self._common():
            yield self._names[label], self.of_label(label)

    def left(self) -> list[dict[str, str]]:
        """What is not measured because labels are more than LABELS."""
        there, measured = len(np.unique(self._known_labels)), len(self._common())
        why = f"of {there:,} labels that held-out rows have, the {measured} commonest have scores of their own"
        return [{"what": f"{there - measured:,} labels by themselves", "why": why}] if there > measured else []

    @property
    def _names(self) -> Sequence[str]:
        data = self.known.test.data
        return data.alphabets[data.labels[0]].symbols if data.labels else ()

    @property
    def _known_labels(self) -> np.ndarray:
        return self.known.test.labels[self.known.test.labels >= 0]

    def _common(self) -> list[int]:
        """The commonest labels in their own order."""
        there, counts = np.unique(self._known_labels, return_counts=True)
        return sorted(there[np.argsort(-counts, kind="stable")[:LABELS]].tolist())


def sets_of(mades: Sequence[Dataset], sees: Sees, seed: int) -> list[Rows]:
    """Sets of generated rows in random orders, as those who can see them do."""
    return [_rows(made, sees, seed, Stream.COMPARISON + 3 + i) for i, made in enumerate(mades)]


def _rows(data: Dataset, sees: Sees, seed: int, stream: int) -> Rows:
    data = data.select(permutation(seed, stream, len(data)))
    return Rows(data, {who: see(data) for who, see in sees.items()})


def _having(rows: Rows, label: int) -> Rows:
    return rows.take(np.flatnonzero(rows.labels == label))


def compared(train: Dataset) -> Dataset:
    """The training rows that others are compared with: those in which all is known, or all where fewer than two are.

    Scores of whole rows can't be had then, and the others take rows as they are.
    """
    return train.select(train.whole) if train.whole.sum() > 1 else train


def some_like(train: Dataset, test: Dataset, seed: int) -> Dataset:
    """As many training rows (`compared`) as there are held-out rows, with the same labels if there are enough of each.

    Those of a label are drawn at random; what is missing is drawn from the other rows.
    """
    left = permutation(seed, Stream.TRAINING_ROWS, len(train))
    left = left[train.whole[left]] if train.whole.sum() > 1 else left
    own, wanted = Rows(train).labels[left], zip(*np.unique(Rows(test).labels, return_counts=True))
    found = np.concatenate([left[own == label][:count] for label, count in wanted])
    rest = left[~np.isin(left, found)][: len(test) - len(found)]
    return train.select(np.sort(np.concatenate([found, rest])))


def independent(train: Dataset, test: Dataset, seed: int) -> Dataset:
    """Rows of independent sites with the labels of the held-out rows (`scores.independent`).

    A label that no training row has is drawn from all of them. Raises ValueError where a site is never known.
    """
    own, asked = Rows(train).labels, Rows(test).labels
    asked = np.where(np.isin(asked, own), asked, -1)
    made = {k: _independent(train, k, own, asked, seed) for k in train.visibles}
    return replace(test, columns={**test.columns, **made})


def _independent(train: Dataset, layer: str, own: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Independent sites of one layer; each layer has random numbers of its own."""
    x, alphabet = train[layer], train.alphabets.get(layer)
    seed = layer_seed(seed, layer)
    sites: list[tuple[np.ndarray, int | None, int]]
    if isinstance(alphabet, Categories):
        sites = [(x[:, [i]], len(symbols), seed + i) for i, symbols in enumerate(alphabet.own)]
    else:
        sites = [(x, None if alphabet is None else len(alphabet.symbols), seed)]
    made = [scores.independent(part, own, asked, colors, seed) for part, colors, seed in sites]
    return np.hstack(made).astype(x.dtype)
