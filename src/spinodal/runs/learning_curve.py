"""Learning curve: scores of machines that learned growing parts of the training rows, and how many rows are enough."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from ..data.dataset import Dataset
from ..evaluation.quick_scores import ERRORS, QUALITY, SHARES
from ..evaluation.reference import cut
from . import advice, training
from .archive import Run
from .settings import NO_SETTINGS, Settings

PARTS = (1 / 8, 1 / 4, 1 / 2, 1.0)
"""The parts of the training rows that are learned; each contains the one before."""

LEAST = 0.01
"""A difference of qualities that doesn't matter, however many rows are held out."""

Point = Mapping[str, Any]


def parts(train: Dataset) -> list[Dataset]:
    """The rows of each of PARTS, drawn within each label. Raises ValueError where the smallest part would be empty."""
    return [train if part == 1 else train.split(part)[0] for part in PARTS]


def estimate(train: Dataset, test: Dataset, settings: Settings = NO_SETTINGS) -> float:
    """How many seconds the trainings of `learning_curve` take at most: they may stop early. Cost: some seconds."""
    every = ((part, settings.resolved(part)[0]) for part in parts(train))
    return sum(float(advice.cost(part, test, full)["seconds"]) for part, full in every)


def learning_curve(
    train: Dataset, test: Dataset, settings: Settings = NO_SETTINGS, device: str = "cpu"
) -> Iterator[dict[str, Any]]:
    """{"rows", "updates", "age", "minutes", "n", score: number} of a training on each part of the rows, in order.

    The scores are those of the log at the age that the training chose, else the last, on the same held-out rows for all
    parts: at most as many as the smallest part has rows, since errors depend on their number. Settings that aren't
    given follow from each part by rules. Raises ValueError and FloatingPointError as `training.train` does. The runs
    are thrown away.
    """
    every = parts(train)
    test = cut(test, len(every[0]), 0)
    for part in every:
        with tempfile.TemporaryDirectory(prefix="spinodal-") as folder:
            deque(training.train(part, test, Path(folder, "run"), settings, device=device), maxlen=0)
            yield _point(Run.open(Path(folder, "run")), len(part), len(test))


def _point(run: Run, rows: int, n: int) -> dict[str, Any]:
    age, log = run.chosen(), run.row()
    scores = {k: float(log[k]) for k in (QUALITY, *SHARES, *ERRORS) if log.get(k)}
    minutes = float(run.log()[-1]["seconds"]) / 60
    return {"rows": rows, "updates": run.ages[-1], "age": age, "minutes": minutes, "n": n, **scores}


def conclusion(points: Sequence[Point]) -> dict[str, Any]:
    """{"enough": how many rows are, or None, "why": a sentence} by the quality of each part of the rows.

    So many rows are enough if with them and with all larger parts the quality q is at most one standard error of a
    difference, sqrt(2 q (1 - q) / n) on n held-out rows, below that of all rows; two parts at least must agree.

    >>> points = [{"rows": m, "n": 200, "quality": q} for m, q in ((100, 0.6), (200, 0.9), (400, 0.91), (800, 0.9))]
    >>> conclusion(points)["enough"]
    200
    """
    last = points[-1]
    if any(QUALITY not in point for point in points):
        return {"enough": None, "why": "these rows have no quality to compare: no label, and no two whole rows"}
    q, n = last[QUALITY], last["n"]
    noise = max(LEAST, sqrt(2 * q * (1 - q) / n))
    first = len(points)
    while first > 0 and points[first - 1][QUALITY] >= q - noise:
        first -= 1
    of_all = f"{q:.3f} with all {last['rows']:,}"
    if first < len(points) - 1:
        found = points[first]
        return {
            "enough": found["rows"],
            "why": f"{found['rows']:,} rows are enough, as far as {n:,} held-out rows can tell: their quality is "
            f"{found[QUALITY]:.3f}, {of_all}, and a difference below {noise:.3f} is noise",
        }
    half = points[-2]
    return {
        "enough": None,
        "why": f"more rows would help: the quality still rises from {half[QUALITY]:.3f} with {half['rows']:,} rows to "
        f"{of_all}, by more than the noise of {n:,} held-out rows, {noise:.3f}",
    }
