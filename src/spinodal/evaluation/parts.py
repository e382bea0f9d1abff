"""Parts: how far each score of generated rows has come from those of independent sites to those of training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIKENESS = {
    "adversarial_error": "the adversarial error",
    "spectrum_error": "the spectrum error",
    "mean_distance": "the distance between two rows",
    "within_distance": "the distance between two rows of a label",
    "novelty": "the distance to the nearest training row",
    "length_distance": "the error of the lengths",
    "gap_distance": "the error of the runs of gaps",
    "identity": "the identity to the nearest training row",
    "ld_decay_error": "the error of the decay of linkage (LD)",
    "column_distance": "the error of single columns",
    "density_distance": "the error of the number of notes",
}
"""Scores that say whether generated rows are like real ones, in words."""

ENOUGH = 0.75
"""The part of the way from independent sites to training rows that a fresh row has gone in every score."""


@dataclass(frozen=True)
class Part:
    """A score of likeness: its value, its aim (of real rows), that of independent sites, and parts of the way between.

    gone    (|baseline - ideal| - |value - ideal|) / (|baseline - ideal| - |floor - ideal|), at most 1
    surely  the same of the better end of its interval
    """

    score: str
    what: str
    value: float
    aim: float
    baseline: float
    gone: float
    surely: float

    def __str__(self) -> str:
        return (f"{self.what}, {_short(self.value)} (of real rows {_short(self.aim)}, of independent sites "
                f"{_short(self.baseline)})")  # fmt: skip


def worst(scores: Mapping[str, Mapping[str, Any]]) -> Part | None:
    """The part of likeness that has gone the least part of the way; None where none can tell.

    A score can tell where it has an interval, and where independent sites are farther from the ideal than training rows
    by more than the width of the interval.

    >>> both = {"ideal": 0.0, "floor": 0.0, "baseline": 1.0}
    >>> spectrum, novelty = {"value": 0.5, "interval": [0.4, 0.6]}, {"value": 0.2, "interval": [0.1, 0.3]}
    >>> print(worst({"spectrum_error": spectrum | both, "novelty": novelty | both}))
    the spectrum error, 0.500 (of real rows 0.000, of independent sites 1.000)
    """
    found = (_part(name, what, scores[name]) for name, what in LIKENESS.items() if name in scores)
    return min((part for part in found if part), key=lambda part: (part.surely, part.gone), default=None)


def _part(name: str, what: str, score: Mapping[str, Any]) -> Part | None:
    if not {"ideal", "floor", "baseline", "interval"} <= score.keys():
        return None
    ideal, (low, high) = score["ideal"], score["interval"]
    value, floor, baseline = (abs(score[k] - ideal) for k in ("value", "floor", "baseline"))
    best = max(low - ideal, ideal - high, 0.0)
    if baseline <= floor + high - low:
        return None
    gone, surely = (min(1.0, (baseline - x) / (baseline - floor)) for x in (value, best))
    aim = score["floor"] if score.get("better") == "lower" else ideal
    return Part(name, what, score["value"], aim, score["baseline"], gone, surely)


def _short(x: float) -> str:
    return f"{x:.3f}" if x == 0 or abs(x) >= 0.01 else f"{x:.1e}"
