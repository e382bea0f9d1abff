"""Guiding: the guidance with which a trained machine makes the best rows, among a few, by its held-out rows."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, nan
from typing import Any

from ..data.dataset import Dataset
from ..evaluation.measure import Values
from ..evaluation.preparation import rows_compared
from ..evaluation.quick_scores import QUALITY, even_fidelity, flat, noise_floor, quick_scores, with_fidelity
from ..evaluation.reference import ROWS
from ..machines.dynamics import Machine
from ..machines.guidance import guided

TRIED = (0.0, 0.1, 0.25, 0.5)
"""The guidances that are compared; above these the rows of a label are more and more alike (docs/tuning.md)."""

SAMPLED = 3000
"""Rows that each quality is of. One set of a hundred held-out rows, and even of a thousand, would choose by chance."""

SETS = 10
"""The most sets, each of which is compared with all held-out rows."""


def choose(machine: Machine, test: Dataset, train: Dataset, seed: int) -> dict[str, Any]:
    """The guidance with the best quality, and what it was chosen by.

    "value"; "tried": the quality with each; "scores": those of a row of log.csv with the one chosen, where it isn't 0.

    These qualities are means over as many sets of rows as `sets_of` says, and their label fidelity is of as many rows
    of each label (`even_fidelity`): guidance mends above all the rows of rare labels, of which few are held out.

    Cost: for each of `TRIED`, twice `SAMPLED` rows are generated, and half of them compared with held-out ones. The
    noise is the same for all, by the seed. Where no quality can be measured the guidance is 0.
    """
    sets = sets_of(rows_compared(ROWS, test, train))
    floor = noise_floor(test, train, seed, sets=sets)
    found = {g: _quality(guided(machine, g), test, train, seed, sets, floor) for g in TRIED}
    value = best(found)
    about = {"value": value, "tried": {f"{g:g}": quality for g, quality in found.items() if not isnan(quality)}}
    return about | ({"scores": flat(quick_scores(guided(machine, value), test, train, seed=seed))} if value else {})


def sets_of(rows: int) -> int:
    """How many sets of so many rows make `SAMPLED`, `SETS` at most, and one at least: a smaller one has other errors.

    >>> sets_of(2000), sets_of(116), sets_of(5000)
    (2, 10, 1)
    """
    return min(max(-(-SAMPLED // rows), 1), SETS)


def best(qualities: Mapping[float, float]) -> float:
    """The guidance with the best quality, the least of equal ones; 0 where no quality is a number.

    >>> best({0.0: 0.86, 0.1: 0.865, 0.25: 0.885, 0.5: 0.885}), best({0.0: nan})
    (0.25, 0.0)
    """
    known = {g: quality for g, quality in qualities.items() if not isnan(quality)}
    return max(sorted(known), key=known.__getitem__, default=0.0)


def _quality(machine: Machine, test: Dataset, train: Dataset, seed: int, sets: int, floor: Values) -> float:
    """The mean quality of so many sets, by the even fidelity; nan where none can be measured."""
    row = flat(quick_scores(machine, test, train, seed=seed, sets=sets, floor=floor))
    if "label_fidelity" in row:
        return with_fidelity(row, even_fidelity(machine, train, seed, SAMPLED))
    return row.get(QUALITY, nan)
