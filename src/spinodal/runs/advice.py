"""Advice: how long a training takes on this computer, and how many sequences data have in effect."""

from __future__ import annotations

import time
from math import isqrt
from pathlib import Path
from statistics import median
from typing import Any, cast

from ..data.alphabet import BINARY
from ..data.dataset import Dataset
from ..data.neighbors import count_neighbors
from ..evaluation.quick_scores import noise_floor, quick_scores
from ..evaluation.reference import ROWS, cut
from ..learning.fit import Update
from ..machines.network import Network, set_precision
from . import bases, building, guiding, training
from .rules import AUTO
from .settings import Settings

PATIENCE = 1.0
"""Seconds for which updates are timed, after the first one, which compiles and allocates."""

UPDATES = 20
"""The most updates that are timed."""

QUICK = 500
"""The most rows on which a score is timed."""

LETTERS = 2 * 10**10
"""The most letters that are compared for an effective number: some seconds of one thread."""


def cost(train: Dataset, test: Dataset, settings: Settings) -> dict[str, Any]:
    """How long a training with these settings (`Settings.resolve`) takes on this computer, in seconds.

    {"update": of one, "updates": how many, "score": of one saved age, "scores": how many, "choosing": how many more at
    most, by which guidance and age are chosen when the training ends, "seconds": of all, with those of a base that is
    trained before}. Updates of a new machine on the data are timed for a second, and one score on `QUICK` rows. A score
    on n rows is taken to be (n / QUICK) ** 1.5 times as long, between a cost that grows as n and one that grows as n^2.
    Reading the data and compiling kernels for the first time are not included. The machine and its scores are thrown
    away.
    """
    base, below = _base(train, test, settings)
    machine = building.built(settings, train, base)
    set_precision(machine, settings.precision)
    steps = training.updates_after(machine, Update(0), train, settings)
    next(steps)
    update = median(_times(steps))
    rows = min(ROWS, len(test), len(train))
    quick = min(QUICK, rows)
    compared = max(quick, 2)  # one row has labels, but no errors
    floor = noise_floor(test, train, settings.seed, compared)
    some = cut(test, len(test) * quick // rows, settings.seed)
    begin = time.perf_counter()
    quick_scores(machine, some, train, seed=settings.seed, rows=compared, floor=floor)
    score = (time.perf_counter() - begin) * (rows / quick) ** 1.5
    n, scores = settings.updates, len(training.saved_ages(settings))
    choosing = guiding.MOST * guiding.sets_of(rows) if settings.guidance == AUTO else 0
    seconds = n * update + (scores + choosing) * score + below
    counts = {"updates": n, "scores": scores, "choosing": choosing}
    parts = {"update": update, "score": score, **counts, "seconds": seconds}
    return {k: float(f"{x:.3g}") if isinstance(x, float) else x for k, x in parts.items()}


def _base(train: Dataset, test: Dataset, settings: Settings) -> tuple[Network | None, float]:
    """The base of a training, and the seconds of its own: one that is still to be trained is new."""
    if settings.base != AUTO:
        return bases.opened(settings, Path(), train, test), 0.0
    learned, held_out = (bases.rows_of(settings, data) for data in (train, test))
    own = bases.settings_of(settings, len(learned)).resolve(learned)
    base = building.built(own, learned)
    return cast(Network, base), float(cost(learned, held_out, own)["seconds"])


def effective(data: Dataset, identity: float = 0.8, seed: int = 0) -> dict[str, Any]:
    """The effective number of sequences: the sum over rows of 1 / (how many rows are that identical, itself included).

    {"number", "of": rows, "identity"}; {} where the data are not letters, or only 0 and 1. n rows take n^2 / 2
    comparisons. Where these are more than `LETTERS` letters, fewer rows are drawn at random, and "of" is their number.
    """
    if data.alphabets.get("visible") in (None, BINARY):
        return {}
    some = cut(data, isqrt(2 * LETTERS // data["visible"].shape[1]), seed)
    number = (1 / count_neighbors(some["visible"], identity)).sum()
    return {"number": round(float(number), 1), "of": len(some), "identity": identity}


def _times(steps: Any) -> list[float]:
    """How long each of a few updates takes."""
    begin, found = time.perf_counter(), list[float]()
    while len(found) < UPDATES and (not found or time.perf_counter() - begin < PATIENCE):
        before = time.perf_counter()
        next(steps)
        found.append(time.perf_counter() - before)
    return found
