"""View: all that the figures of a run are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.dataset import Dataset
from ...evaluation.preparation import recoded
from ...evaluation.reference import Rows, cut
from ...machines.dynamics import Machine
from ...tasks import generate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawn = tuple[str, "Figure", str]
"""The name of a figure, the figure, and in words what it shows."""

ROWS = 2000
"""Rows that clouds, logos and piano rolls are drawn of, at most."""

MOST = 12
"""Labels that a figure tells apart: of more the commonest are shown."""


@dataclass(frozen=True)
class View:
    """A machine, held-out rows, rows generated with their labels, its record (`evaluation.evaluate`), its log.

    Rows are in the machine's letters, and have its label layers. sites: those of a logo, from 0; by default the most
    informative ones. times: those of chains that are shown at several times; by default those of the record.
    """

    machine: Machine
    data: Dataset
    made: Dataset
    record: Mapping[str, Any]
    log: Sequence[Mapping[str, str]] = ()
    seed: int = 0
    sites: Sequence[int] = ()
    times: Sequence[int] = ()

    @staticmethod
    def of(
        machine: Machine,
        data: Dataset,
        record: Mapping[str, Any],
        log: Sequence[Mapping[str, str]] = (),
        seed: int = 0,
        rows: tuple[Dataset, Dataset] | None = None,
    ) -> View:
        """The view of a machine: held-out rows, 2,000 at most, and as many that are generated with their labels.

        rows: held-out and generated rows of an evaluation by this seed, which are taken where they are as many. Labels
        that the machine doesn't know are unknown. Raises ValueError for letters that it doesn't know.
        """
        if rows and len(rows[0]) == min(ROWS, len(data)):
            return View(machine, *rows, record, log, seed)
        some = cut(recoded(machine, data), ROWS, seed)
        return View(machine, some, generate(machine, like=some, seed=seed), record, log, seed)

    @property
    def moments(self) -> list[int]:
        """The times of chains that are shown at several times."""
        others = self.times or [row["time"] for row in self.record.get("times", [])]
        return sorted({*others, self.record["steps"]})

    @property
    def names(self) -> list[str]:
        """What the first label can be, nothing where there are no labels."""
        return next(iter(self.record["labels"].values()), [])

    @property
    def known(self) -> np.ndarray:
        """The first label of the held-out rows, (n,), by its number in `names`, -1 where unknown."""
        return Rows(self.data).labels

    @property
    def asked(self) -> np.ndarray:
        """The first label that generated rows were asked to have, or generated themselves, (n,), as in `known`."""
        return Rows(self.made).labels

    def common(self, most: int = MOST, least: int = 1) -> list[int]:
        """The commonest labels, in their own order, that have at least so many held-out rows and generated ones."""
        n, m = (np.bincount(x[x >= 0], minlength=len(self.names)) for x in (self.known, self.asked))
        every = [i for i in np.argsort(-n, kind="stable").tolist() if min(n[i], m[i]) >= least]
        return sorted(every[:most])

    def floor(self, name: str) -> float | None:
        """What real rows score."""
        return self.record["scores"].get(name, {}).get("floor")
