"""Comparison sets: generated rows, and the rows that take their place for floors and baselines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from .. import scores
from ..data.alphabet import Categories
from ..data.dataset import Dataset
from ..data.shuffle import permutation
from ..random_streams import Stream, layer_seed
from .classifier import Classifier
from .judge import Judge
from .known_judges import unasked
from .measure import Measure, Outcomes
from .measures import BALANCED, FIDELITIES, OVERALL, measures_of
from .reference import Reference, Rows, compared

LABELS = 30
"""Labels that have scores of their own, at most: more make a table nobody reads, and thousands take hours."""

SURE = 12
"""Labels up to which scores of each have intervals, which are most of the work."""

Predictors = dict[str, Classifier]
"""Who predicts labels of rows: the judges "classifier" and "profiles", and the "machine"."""


@dataclass(frozen=True)
class Comparison:
    """Sets of generated rows, what they are compared with, and `others`, rows that take their place, by name:

    matched       as many training rows, with the same labels: for the floor
    independent   rows of independent sites, with the same labels: for the baseline
    test          the held-out rows themselves: for what is ideal, and for the floor of copies

    judges: what judges measure, of all rows together.
    """

    reference: Reference
    sets: list[Rows]
    others: dict[str, list[Rows]]
    measures: tuple[Measure, ...]
    judges: tuple[Outcomes, ...] = ()

    @staticmethod
    def of(
        test: Dataset,
        train: Dataset,
        sets: Sequence[Dataset],
        predictors: Predictors,
        kind: str,
        seed: int,
        asked: Sequence[Judge] = (),
    ) -> Comparison:
        """The comparison of some rows, all in random orders: gzip depends on the order, and files are sorted.

        asked: judges of all rows together. Raises ValueError where one that was asked for can't judge.
        """
        judges = {who: x for who, x in predictors.items() if who != "machine"}
        own = held_out_rows(test, seed, judges)
        matched = matched_sets(train, test, len(sets), seed, {k: x for k, x in predictors.items() if k not in judges})
        others = {"matched": matched, "test": [own]}
        with suppress(ValueError):  # a site that no row knows can't be drawn
            others["independent"] = [independent_rows(train, test, seed, predictors)]
        reference = Reference(own, matched[0], Rows(compared(train)))
        measures = tuple(of[who] for who in predictors for of in (FIDELITIES, BALANCED)) + measures_of(kind)
        generated, given = generated_sets(sets, seed, predictors), tuple(judge.measure for judge in asked)
        for measure in given:  # what measures can't measure is left out; what was asked for is an error
            for rows in (generated, *(others[who] for who in measure.beside if who in others)):
                measure.values(reference, rows)
        return Comparison(reference, generated, others, measures, given)

    def of_label(self, label: int) -> Comparison:
        """The comparison of the rows of one label, as many of each."""
        test, train = self.reference.test.having(label), self.reference.train.having(label)
        sets = [rows.having(label) for rows in self.sets]
        others = {who: [rows.having(label) for rows in own] for who, own in self.others.items()}
        n = min(map(len, (test, *sets, *others["matched"])))
        others = {who: [rows.first(n) for rows in own] for who, own in others.items()}
        reference = Reference(test.first(n), others["matched"][0], train)
        measures = tuple(measure for measure in self.measures if measure not in OVERALL)
        return Comparison(reference, [rows.first(n) for rows in sets], others, measures)

    def labels(self) -> Iterator[tuple[str, Comparison]]:
        """The comparison of each label of the first layer that some held-out row has, by name: the LABELS commonest."""
        for label in self._common():
            yield self._names[label], self.of_label(label)

    def left_out(self) -> list[dict[str, str]]:
        """What is not measured: known judges that were not asked, and labels if there are more than LABELS."""
        judges = unasked(self.reference.train.data, (name for measure in self.judges for name in measure.names))
        there, measured = len(np.unique(self._known_labels)), len(self._common())
        why = f"of {there:,} labels that held-out rows have, the {measured} commonest have scores of their own"
        labels = [{"what": f"{there - measured:,} labels by themselves", "why": why}] if there > measured else []
        return [*judges, *labels]

    @property
    def _names(self) -> Sequence[str]:
        data = self.reference.test.data
        return data.alphabets[data.labels[0]].symbols if data.labels else ()

    @property
    def _known_labels(self) -> np.ndarray:
        labels = self.reference.test.labels
        return labels[labels >= 0]

    def _common(self) -> list[int]:
        """The commonest labels in their own order."""
        there, counts = np.unique(self._known_labels, return_counts=True)
        return sorted(there[np.argsort(-counts, kind="stable")[:LABELS]].tolist())


def held_out_rows(test: Dataset, seed: int, predictors: Predictors | None = None) -> Rows:
    """The held-out rows that others are compared with, in a random order."""
    return _rows(test, predictors, seed, Stream.COMPARISON)


def matched_sets(
    train: Dataset, test: Dataset, sets: int, seed: int, predictors: Predictors | None = None
) -> list[Rows]:
    """Sets of training rows with the labels of the held-out rows: they take the place of generated ones for a floor."""
    return [_rows(matched(train, test, seed + i), predictors, seed, Stream.COMPARISON + 1) for i in range(sets)]


def independent_rows(train: Dataset, test: Dataset, seed: int, predictors: Predictors | None = None) -> Rows:
    """Rows of independent sites: they take the place of generated ones for a baseline. Raises as `independent`."""
    return _rows(independent(train, test, seed), predictors, seed, Stream.COMPARISON + 2)


def generated_sets(sets: Sequence[Dataset], seed: int, predictors: Predictors | None = None) -> list[Rows]:
    """Sets of generated rows, with the labels that are predicted of them."""
    return [_rows(data, predictors, seed, Stream.COMPARISON + 3 + i) for i, data in enumerate(sets)]


def _rows(data: Dataset, predictors: Predictors | None, seed: int, stream: int) -> Rows:
    """The rows in a random order."""
    data = data.select(permutation(seed, stream, len(data)))
    return Rows(data, {who: predict(data) for who, predict in (predictors or {}).items()})


def matched(train: Dataset, test: Dataset, seed: int) -> Dataset:
    """As many training rows (`compared`) as held-out rows, with the same labels if there are enough of each.

    The rows of a label are drawn at random; what is missing is drawn from the other rows.
    """
    left, whole = permutation(seed, Stream.TRAINING_ROWS, len(train)), train.whole
    left = left[whole[left]] if whole.sum() > 1 else left
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
