"""Confidence: how far a machine's predictions can be trusted, and which rows are unlike its data, by held-out rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from ..data.dataset import Dataset
from ..data.predicted import Prediction
from ..data.shuffle import permutation
from ..machines.dynamics import Machine
from ..machines.energies import free_energy
from ..machines.network import Network
from ..machines.neural.machine import Neural
from ..tasks import BLOCK, predict, recoded_layers, visible_of
from .scaling import Scaling, fit_scaling

FEWEST = 10
"""Labels of fewer held-out rows don't say how sure the others are to be."""

MOST = 10_000
"""Held-out rows that a confidence is measured on, at most, at random."""

ROUNDING = 0.01
"""Rows whose log p differ by less, in nats, count as equal: computers round them differently."""


@dataclass(frozen=True)
class Trust:
    """The scaling of a label layer, and of each of its held-out rows how sure it is, by a fit without it, and if right.

    confidence (n,) in [0, 1] is the probability of the predicted label, right (n,) whether this is the row's label.
    """

    scaling: Scaling
    confidence: np.ndarray
    right: np.ndarray

    def at_least(self, confidence: float) -> tuple[int, int]:
        """How many of the held-out rows are at least so sure, and how many of these are right."""
        kept = self.confidence >= confidence
        return int(kept.sum()), int(self.right[kept].sum())


@dataclass(frozen=True)
class Confidence:
    """The trust in each label layer that has enough held-out rows, and what the machine thinks of these rows.

    log_p: their log p(visible) + log Z, from the lowest; empty where the machine has no energy.
    """

    layers: dict[str, Trust] = field(default_factory=dict)
    log_p: np.ndarray = field(default_factory=lambda: np.empty(0))

    def of(self, prediction: Prediction) -> Prediction:
        """A prediction of the same machine with calibrated probabilities, where a layer has a scaling."""
        return prediction.scaled({k: trust.scaling for k, trust in self.layers.items()})

    def likeness(self, log_p: np.ndarray) -> np.ndarray:
        """The share of held-out rows that are less probable than rows of this log p + log Z, (n,); NaN stays.

        About uniform from 0 to 1 for rows like the training data, and 0 for rows that are unlike all of them.
        """
        below = np.searchsorted(self.log_p, log_p - ROUNDING) / max(len(self.log_p), 1)
        return np.where(np.isnan(log_p), np.nan, below)


def measure_confidence(machine: Machine, test: Dataset, given: Collection[str] = (), seed: int = 0) -> Confidence:
    """The confidence of a machine in its label layers, by held-out rows.

    given: label columns that are held, as in `predict`. A label layer of fewer than 10 rows with a label has none. Rows
    are 10,000 at most. Cost: that of `predict`, and of some ten fits a layer.
    """
    test = test.select(np.sort(permutation(seed, 0, len(test))[:MOST]))
    found, layers = predict(machine, test, seed, given), {}
    truth = recoded_layers(machine, test, found.probability)
    for layer in (k for k in found.probability if k in truth.columns):
        labels = truth[layer][:, 0].astype(np.int64)
        if (known := labels >= 0).sum() >= FEWEST:
            scaling, unseen = fit_scaling(found.log_probability[layer][known], labels[known], seed)
            layers[layer] = Trust(scaling, unseen.max(1), unseen.argmax(1) == labels[known])
    log_p = log_weights(machine, test)
    return Confidence(layers, np.sort(log_p[~np.isnan(log_p)]))


def log_weights(machine: Machine, data: Dataset) -> np.ndarray:
    """log p(visible) + log Z of each row, (n,), its labels summed over; NaN for rows with unknown entries.

    All are NaN where the machine has no energy in closed form (`energies.free_energy`).
    """
    there, found = recoded_layers(machine, data, visible_of(machine)), np.full(len(data), np.nan)
    rows = np.flatnonzero(there.whole)
    for part in (rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)):
        try:
            found[part] = _log_weights(machine, there.tensors(part))
        except ValueError:  # a deep machine, say
            break
    return found


def _log_weights(machine: Machine, seen: Mapping[str, torch.Tensor]) -> np.ndarray:
    if isinstance(machine, Neural):
        return -machine.free_energy(seen).cpu().numpy()
    if not isinstance(machine, Network):
        raise ValueError("only networks have closed forms")
    with torch.no_grad():
        return -free_energy(machine, seen).cpu().numpy()
