"""Predicted: labels and other entries that a machine has inferred, with their probabilities, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .alphabet import Alphabet
from .dataset import Dataset

Scaled = Callable[[np.ndarray], np.ndarray]
"""A function of log p(label | visible), (n, C), that returns other probabilities of the labels, (n, C)."""

Row = dict[str, str]


@dataclass(frozen=True)
class Prediction:
    """p(label | visible) of every row: `probability[layer]` is (n, C), its columns named by `alphabets[layer]`.

    log_probability    layer -> log p as the machine has it, (n, C), which still tells apart what p rounds to 1
    raw                layer -> p as the machine has it, where `probability` is another one (`scaled`)
    """

    names: np.ndarray
    probability: dict[str, np.ndarray]
    alphabets: dict[str, Alphabet]
    log_probability: dict[str, np.ndarray]
    raw: dict[str, np.ndarray] = field(default_factory=dict)

    def __repr__(self) -> str:
        layers = (f"{layer} {p.shape[1]}" for layer, p in self.probability.items())
        return f"Prediction({len(self.names)} rows: {', '.join(layers)})"

    def letters(self, layer: str = "label") -> np.ndarray:
        """The most probable label of every row, as its number, (n,)."""
        return self.probability[layer].argmax(1)

    def labels(self, layer: str = "label") -> list[str]:
        """The most probable label of every row, as its name."""
        return [self.alphabets[layer].symbols[i] for i in self.letters(layer)]

    def confidence(self, layer: str = "label") -> np.ndarray:
        """The probability of the most probable label of every row, (n,)."""
        return self.probability[layer].max(1)

    def scaled(self, scalings: Mapping[str, Scaled]) -> Prediction:
        """The prediction with probabilities that functions of log p give in place of the machine's own, by layer."""
        own = {k: scaling(self.log_probability[k]) for k, scaling in scalings.items() if k in self.probability}
        return replace(self, probability=self.probability | own, raw={k: self.probability[k] for k in own})

    def table(self, at_least: float = 0.0, beside: Mapping[str, Sequence[str]] | None = None) -> list[Row]:
        """One row for each row of data: its name, the predicted label and its probability, and that of each label.

        at_least: rows whose confidence is lower are left unlabeled, "". beside: columns about the rows, cells of text;
        none replaces a column of the prediction.
        """
        rows: list[Row] = [{"name": str(name)} for name in self.names]
        for layer in self.probability:
            column, sure = self._column(layer), self.confidence(layer)
            for row, label, p in zip(rows, self.labels(layer), sure):
                row |= {f"{column}predicted": label if p >= at_least else "", f"{column}confidence": f"{p:.6g}"}
        for name, cells in (beside or {}).items():
            for row, cell in zip(rows, cells):
                row.setdefault(name, cell)
        for kind, probability in (("", self.probability), ("raw ", self.raw)):
            for layer, p in probability.items():
                heads = [f"{self._column(layer)}{kind}p({symbol})" for symbol in self.alphabets[layer].symbols]
                for row, numbers in zip(rows, p):
                    row |= {head: f"{x:.6g}" for head, x in zip(heads, numbers)}
        return rows

    def _column(self, layer: str) -> str:
        """What the columns of a label layer begin with: its name, where there are several."""
        return "" if len(self.probability) == 1 else layer.removeprefix("label:") + " "


@dataclass(frozen=True)
class Imputation:
    """Rows whose unknown entries are filled with the most probable ones, and their probabilities.

    probability: layer -> (n, sites), p(entry | known entries of the row) of the letters that were filled, NaN where
    they were known. Layers of numbers have none: they are filled with their mean.
    """

    data: Dataset
    probability: dict[str, np.ndarray]

    def __repr__(self) -> str:
        return f"Imputation({self.data!r})"

    def table(self, sites: Mapping[str, Sequence[str]] | None = None) -> dict[str, np.ndarray]:
        """Columns of text, a row a filled letter: name, layer, site, symbol, probability.

        sites: layer -> the names of its sites, such as those of SNPs (`files.aligned.names_of_sites`); by default the
        columns of a table, else numbers from 1.
        """
        found = {k: [np.empty(0, dtype=str)] for k in ("name", "layer", "site", "symbol", "probability")}
        for layer, p in self.probability.items():
            row, site = np.nonzero(~np.isnan(p))
            symbols = self.data.symbols(layer)[row, site]
            told = np.array([f"{x:.6g}" for x in p[row, site]], dtype=str)
            named = np.asarray((sites or {}).get(layer, self.data.sites(layer)), dtype=str)
            columns = (self.data.names[row], np.full(len(row), layer), named[site], symbols, told)
            for column, values in zip(found.values(), columns):
                column.append(values)
        return {k: np.concatenate(x) for k, x in found.items()}
