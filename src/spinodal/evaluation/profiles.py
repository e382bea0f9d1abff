"""Profiles: a profile hidden Markov model of each label's training rows, by HMMER: a judge that knows no machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..files.hmmer import Hmmer, kind_of
from .reference import Rows

JUDGED = 300
"""Rows of a set that are judged, the first ones of a random order: a row takes some 4 ms for each model."""

FEWEST_ROWS, FEWEST_SITES = 10, 30
"""Training rows of a label, and sites of an alignment, below which there is no profile."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """The models by the number of their label; of data without labels one model, that of -1."""

    models: dict[int, Any]
    hmmer: Hmmer

    @staticmethod
    def of(train: Rows) -> Profiles:
        """The models of the labels that have enough training rows.

        Each is built by HMMER's defaults from the aligned rows: sites where most rows have a gap are inserts. Raises
        ValueError where the rows are not of proteins, RNA or DNA, are too few or too short, and if pyhmmer isn't
        installed. Cost: .1 s a label.
        """
        kind = kind_of(train.data.alphabets.get("visible"))
        if kind is None:
            raise ValueError("profiles are of aligned proteins, RNA or DNA")
        if train.every.shape[1] < FEWEST_SITES:
            raise ValueError(f"profiles are of {FEWEST_SITES} sites or more, not {train.every.shape[1]}")
        hmmer = Hmmer.of(kind, "a profile of sequences")
        labels = np.unique(train.labels[train.labels >= 0]) if train.data.labels else [-1]
        of_label = {int(label): train.having(int(label)) for label in labels}
        enough = {label: rows.data for label, rows in of_label.items() if len(rows) >= FEWEST_ROWS}
        if not enough:
            raise ValueError(f"no label has {FEWEST_ROWS} training rows, the fewest that a profile is of")
        return Profiles({label: hmmer.profile(data) for label, data in enough.items()}, hmmer)

    def bits(self, data: Dataset, labels: Iterable[int]) -> np.ndarray:
        """The bit scores of rows under the models of these labels, (n, labels).

        A score is log2 p(row | model) / p(row | random letters), by HMMER's Forward algorithm without its filters. The
        gaps of the rows are taken out first.
        """
        texts = [text.replace("-", "") for text in self.hmmer.texts(data)]
        block = self.hmmer.sequences((str(i), text) for i, text in enumerate(texts) if text)  # HMMER takes no empty one
        found = np.full((len(texts), len(labels := [*labels])), -np.inf)
        for column, label in enumerate(labels):
            pipeline = self.hmmer.library.plan7.Pipeline(self.hmmer.alphabet, bias_filter=False, **NO_FILTERS)
            for hit in pipeline.search_hmm(self.models[label], block):
                found[int(hit.name), column] = hit.score
        return found

    def own_bits(self, rows: Rows) -> dict[int, np.ndarray]:
        """The bit scores of the first `JUDGED` rows under the profile of their own label, by label."""
        labels = (rows.labels if rows.data.labels else np.full(len(rows), -1))[:JUDGED]
        own = {label: np.flatnonzero(labels == label) for label in self.models}
        return {k: self.bits(rows.data.select(chosen), [k])[:, 0] for k, chosen in own.items() if len(chosen)}

    def predict(self, data: Dataset) -> np.ndarray:
        """The label whose model gives each row the highest score, (n,), -1 for the rows after the first `JUDGED`."""
        predicted = np.full(len(data), -1)
        scored = self.bits(data.select(slice(JUDGED)), self.models)
        predicted[: len(scored)] = np.array([*self.models])[scored.argmax(1)]
        return predicted


NO_FILTERS = {"F1": 1.0, "F2": 1.0, "F3": 1.0} | dict.fromkeys(("T", "domT", "incT", "incdomT"), -1e9)
"""HMMER reports every row, however improbable."""
