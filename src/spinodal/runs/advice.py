"""Advice: which settings suit data, and how long a training with them takes on this computer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from math import isqrt
from statistics import median
from typing import Any

from ..data.alphabet import BINARY
from ..data.dataset import Dataset, is_label
from ..data.neighbors import count_neighbors
from ..evaluation.quick_scores import noise_floor, quick_scores
from ..evaluation.reference import ROWS, cut
from ..learning.fit import Update
from . import training
from .settings import Settings

MOST = 512
"""The most hidden units that are suggested."""

PATIENCE = 1.0
"""Seconds for which updates are timed, after the first one, which compiles and allocates."""

UPDATES = 20
"""The most updates that are timed."""

QUICK = 500
"""The most rows on which a score is timed."""

LETTERS = 2 * 10**10
"""The most letters that are compared for an effective number: some seconds of one thread."""


def suggested(train: Dataset, settings: Settings) -> dict[str, dict[str, Any]]:
    """Rows of a batch, hidden units, the learning rate and the number of updates, each {"value", "why"}.

    batch    500 from 3,000 rows on, 250 from 500 rows on, below half of the rows
    hidden   the power of two at or above the number of sites, from 16 to 512; of a chaotic machine 500
    lr       0.05; of a chaotic machine, and of real numbers that were standardized, 0.01
    updates  10,000 from 10,000 rows on, else 5,000

    Settings that are given stay. These are rules of thumb: the values that worked in the recipes of this package.
    """
    rows, sites = len(train), sum(x.shape[1] for k, x in train.columns.items() if not is_label(k))
    chaotic = settings.machine == "chaotic"
    rate = _rate(chaotic, train.standard is not None)
    rules = {"batch": _batch(rows), "hidden": _hidden(sites, chaotic), "lr": rate, "updates": _updates(rows)}
    given = {k: (x, "as given") for k, x in settings.given().items() if k in rules}
    return {k: {"value": value, "why": why} for k, (value, why) in (rules | given).items()}


def with_advice(settings: Settings, advice: Mapping[str, Mapping[str, Any]]) -> Settings:
    """The settings with the suggested values."""
    return settings.over(Settings(**{k: said["value"] for k, said in advice.items()}))


def cost(train: Dataset, test: Dataset, settings: Settings) -> dict[str, Any]:
    """How long a training with these settings (`Settings.resolve`) takes on this computer, in seconds.

    {"update": of one, "updates": how many, "score": of one saved age, "scores": how many, "seconds": of all}. Updates
    of a new machine on the data are timed for a second, and one score on `QUICK` rows. A score on n rows is taken to be
    (n / QUICK) ** 1.5 times as long, between a cost that grows as n and one that grows as n^2. Reading the data and
    compiling kernels for the first time are not included. The machine and its scores are thrown away.
    """
    machine = training.build(settings, train.units)
    machine.precision = settings.precision
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
    parts = {"update": update, "updates": n, "score": score, "scores": scores, "seconds": n * update + scores * score}
    return {k: float(f"{x:.3g}") if isinstance(x, float) else x for k, x in parts.items()}


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


def _batch(rows: int) -> tuple[int, str]:
    if rows >= 3000:
        return 500, f"{rows // 500} updates see all rows once"
    if rows >= 500:
        return 250, f"of {rows} rows; with larger batches there would be fewer updates for each pass over the rows"
    return max(rows // 2, 1), f"half of {rows} rows"


def _hidden(sites: int, chaotic: bool) -> tuple[int, str]:
    if chaotic:
        return 500, "as in the recipes of chaotic networks"
    fitting = min(max(1 << (sites - 1).bit_length(), 16), MOST)
    return fitting, f"about one for each of {sites} sites" if sites <= MOST else f"{sites} sites; more take longer"


def _rate(chaotic: bool, real: bool) -> tuple[float, str]:
    if chaotic or real:
        return 0.01, "larger rates can diverge with chaotic networks and with real numbers"
    return 0.05, "as in the recipes; 0.1 is often as good"


def _updates(rows: int) -> tuple[int, str]:
    more = "; with --stop-on spectrum_error the best age is chosen"
    return (10_000, f"for 10,000 rows or more{more}") if rows >= 10_000 else (5000, f"for fewer than 10,000 rows{more}")


def _times(steps: Any) -> list[float]:
    """How long each of a few updates takes."""
    begin, found = time.perf_counter(), list[float]()
    while len(found) < UPDATES and (not found or time.perf_counter() - begin < PATIENCE):
        before = time.perf_counter()
        next(steps)
        found.append(time.perf_counter() - before)
    return found
