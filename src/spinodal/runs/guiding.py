"""Guiding: the guidance with which a trained machine makes the best rows, among a few, by its held-out rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..data.dataset import Dataset
from ..evaluation.quick_scores import QUALITY, flat, noise_floor, quick_scores
from ..machines.dynamics import Machine
from ..machines.guidance import guided

TRIED = (0.0, 0.1, 0.25, 0.5)
"""The guidances that are compared; above these the rows of a label are more and more alike (docs/tuning.md)."""

NOISE = 0.005
"""Qualities that differ by less are equal: another seed changes them by as much."""


def choose(machine: Machine, test: Dataset, train: Dataset, seed: int) -> dict[str, Any]:
    """The guidance with the best quality, the least of those that are equal to it, and what it was chosen by.

    "value"; "tried": the quality with each; "scores": those of a row of log.csv with the one chosen, where it isn't 0.

    Cost: that of the scores of a saved age, for each of `TRIED`. The noise is the same for all of them, by the seed.
    Where no quality can be measured it is 0.
    """
    floor = noise_floor(test, train, seed)
    scored = {g: flat(quick_scores(guided(machine, g), test, train, seed=seed, floor=floor)) for g in TRIED}
    found = {g: own[QUALITY] for g, own in scored.items() if QUALITY in own}
    value = least(found)
    about = {"value": value, "tried": {f"{g:g}": quality for g, quality in found.items()}}
    return about | ({"scores": scored[value]} if value else {})


def least(qualities: Mapping[float, float]) -> float:
    """The least guidance whose quality is that of the best, or less by `NOISE` at most; 0 where there is none.

    >>> least({0.0: 0.86, 0.1: 0.865, 0.25: 0.883, 0.5: 0.885}), least({})
    (0.25, 0.0)
    """
    enough = max(qualities.values(), default=0.0) - NOISE
    return min((g for g, quality in qualities.items() if quality >= enough), default=0.0)
