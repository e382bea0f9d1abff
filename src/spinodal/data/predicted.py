"""Predicted: labels and other entries that a machine has inferred, with their probabilities, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .alphabet import Alphabet
from .dataset import Dataset


@dataclass(frozen=True)
class Prediction:
    """p(label | visible) of every row: `probability[layer]` is (n, C), its columns named by `alphabets[layer]`."""

    names: np.ndarray
    probability: dict[str, np.ndarray]
    alphabets: dict[str, Alphabet]

    def letters(self, layer: str = "label") -> np.ndarray:
        """The most probable label of every row, as its number, (n,)."""
        return self.probability[layer].argmax(1)

    def labels(self, layer: str = "label") -> list[str]:
        """The most probable label of every row, as its name."""
        return [self.alphabets[layer].symbols[i] for i in self.letters(layer)]

    def table(self) -> list[dict[str, str]]:
        """One row for each row of data: its name, the predicted label, and a column of probabilities for each label."""
        rows: list[dict[str, str]] = [{"name": str(name)} for name in self.names]
        for layer, p in self.probability.items():
            column = "" if len(self.probability) == 1 else layer.removeprefix("label:") + " "
            for row, best, numbers in zip(rows, self.labels(layer), p):
                row[f"{column}predicted"] = best
                row |= {f"{column}p({s})": f"{x:.6g}" for s, x in zip(self.alphabets[layer].symbols, numbers)}
        return rows


@dataclass(frozen=True)
class Imputation:
    """Rows whose unknown entries are filled with the most probable ones, and their probabilities.

    probability: layer -> (n, sites), p(entry | known entries of the row) of the letters that were filled, NaN where
    they were known. Layers of numbers have none: they are filled with their mean.
    """

    data: Dataset
    probability: dict[str, np.ndarray]

    def table(self) -> dict[str, np.ndarray]:
        """Columns of text, a row a filled letter: name, layer, site (from 1), symbol, probability."""
        found = {k: [np.empty(0, dtype=str)] for k in ("name", "layer", "site", "symbol", "probability")}
        for layer, p in self.probability.items():
            row, site = np.nonzero(~np.isnan(p))
            symbols = self.data.symbols(layer)[row, site]
            told = np.array([f"{x:.6g}" for x in p[row, site]], dtype=str)
            columns = (self.data.names[row], np.full(len(row), layer), self.data.sites(layer)[site], symbols, told)
            for column, values in zip(found.values(), columns):
                column.append(values)
        return {k: np.concatenate(x) for k, x in found.items()}
