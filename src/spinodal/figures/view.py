"""View: all that the figures of a run are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..dataset import Dataset
from ..judge import cut
from ..network import Network
from ..tasks import generate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawn = tuple[str, "Figure", str]
"""The name of a figure, the figure, and in words what it shows."""

ROWS = 2000
"""Rows that clouds and logos are drawn of, at most."""


@dataclass(frozen=True)
class View:
    """A machine, held-out rows, what it generated with their labels, its evidence (`evidence.gather`), its log."""

    machine: Network
    data: Dataset
    made: Dataset
    record: Mapping[str, Any]
    log: Sequence[Mapping[str, str]] = ()
    seed: int = 0

    @staticmethod
    def of(
        machine: Network,
        data: Dataset,
        record: Mapping[str, Any],
        log: Sequence[Mapping[str, str]] = (),
        seed: int = 0,
    ) -> View:
        """The view of a machine: as many rows as held-out ones, 2,000 at most, are generated with their labels."""
        some = cut(data, ROWS, seed)
        return View(machine, some, generate(machine, like=some, seed=seed), record, log, seed)

    @property
    def names(self) -> list[str]:
        """What the first label can be."""
        return next(iter(self.record["labels"].values()), [])

    def labels(self, data: Dataset) -> np.ndarray:
        """The first label of rows, (n,), by its number in `names`, -1 where unknown or where there are no labels."""
        layer = next(iter(self.record["labels"]), None)
        if layer is None or layer not in data.columns:
            return np.full(len(data), -1)
        own = data.alphabets[layer].symbols
        number = np.array([self.names.index(name) if name in self.names else -1 for name in own] + [-1])
        found: np.ndarray = number[data[layer][:, 0]]
        return found

    def floor(self, name: str) -> float | None:
        """What real rows score."""
        found = self.record["scores"].get(name, {}).get("floor")
        return None if found is None else float(found)
