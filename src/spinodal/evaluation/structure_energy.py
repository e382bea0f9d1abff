"""Structure energy: the free energy of the consensus structure in each row of aligned RNA, by ViennaRNA."""

from __future__ import annotations

import numpy as np

from ..data.dataset import Dataset
from .judge import Judge, Numbers
from .reference import Rows
from .structure import consensus, has_structure, letters, own_structure, vienna

GAPS_JUDGED = 300
"""Rows whose lowest energy is computed: a row of 100 letters takes some 10 ms."""


def energies(train: Rows) -> Numbers:
    """Of rows the energy of the consensus structure of training rows, kcal/mol at 37 °C, (n,).

    Gaps are taken out, and pairs that a row can't make (`structure.own_structure`); a row without pairs has 0. Raises
    ValueError as `structure.consensus` does. Cost: .1 ms a row.
    """
    structure, fold = train.once(consensus), vienna()

    def of(data: Dataset) -> np.ndarray:
        own = (own_structure(row, structure) for row in letters(data))
        return np.array([fold.eval_structure_simple(*both) if "(" in both[1] else 0.0 for both in own])

    return of


def gaps(train: Rows) -> Numbers:
    """Of rows how much higher this energy is than the lowest of any structure, kcal/mol, (n,), 0 or more."""
    energy, fold = energies(train), vienna()

    def of(data: Dataset) -> np.ndarray:
        lowest = [fold.fold(text)[1] if (text := row.replace("-", "")) else 0.0 for row in letters(data)]
        return np.maximum(energy(data) - np.array(lowest), 0.0)

    return of


STRUCTURE_ENERGY = Judge("structure_energy", energies, takes=has_structure)
STRUCTURE_GAP = Judge("structure_gap", gaps, GAPS_JUDGED, takes=has_structure)
