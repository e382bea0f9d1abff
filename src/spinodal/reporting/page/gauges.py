"""Gauges: a score as a place on a line from the score of a guess or of independent sites to the best there can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .numbers import interval, number

WORSE = {"chance": "by chance", "baseline": "independent sites"}
BETTER = {"ceiling": "classifier on real rows", "floor": "training rows", "ideal": "ideal"}
"""The two ends of a line, the first that a score has, and what they are called.

Of a score with a ceiling and an ideal the line goes on to the ideal, with a mark at the ceiling, as a machine can be
above it.
"""


@dataclass(frozen=True)
class Gauge:
    """A value and its interval as text, their places in percent of the line, and what stands at its ends.

    Without ends there is no line. mark: the place of the ceiling, where the line goes on beyond it.
    """

    text: str
    interval: str = ""
    at: float = 0.0
    low: float = 0.0
    high: float = 0.0
    ends: tuple[str, str] | None = None
    mark: float | None = None


def gauge(score: Mapping[str, Any], line: bool = True) -> Gauge:
    """The gauge of a score; without a line where it has no two ends that differ, or none is wanted.

    A score that is best near its ideal counts by its distance from it. What is beyond an end stands at the end.

    >>> gauge({"value": 0.75, "better": "higher", "chance": 0.5, "ceiling": 1.0}).at
    50.0
    """
    ideal = score.get("ideal", 0.0) if score.get("better") == "near" else None
    worse, better = (next((k for k in ends if k in score), None) for ends in (WORSE, BETTER))
    plain = Gauge(number(score["value"]), interval(score["interval"]) if "interval" in score else "")
    if not line or worse is None or better is None:
        return plain
    marked = better == "ceiling" and "ideal" in score
    better = "ideal" if marked else better
    far, near = (_distance(score[k], ideal) for k in (worse, better))
    if far == near:
        return plain
    low, high = score.get("interval", (score["value"], score["value"]))
    ends = [_distance(low, ideal), _distance(high, ideal)]
    if ideal is not None and low <= ideal <= high:
        ends.append(0.0)
    at = [_place(x, far, near) for x in (_distance(score["value"], ideal), *ends)]
    said = [f"{name} {number(score[k])}" for k, name in ((worse, WORSE[worse]), (better, BETTER[better]))]
    mark = _place(_distance(score["ceiling"], ideal), far, near) if marked else None
    if marked:
        said[1] = f"mark: {BETTER['ceiling']} {number(score['ceiling'])}; {said[1]}"
    return replace(plain, at=at[0], low=min(at), high=max(at), ends=(said[0], said[1]), mark=mark)


def _distance(x: float, ideal: float | None) -> float:
    return x if ideal is None else abs(x - ideal)


def _place(x: float, far: float, near: float) -> float:
    return round(100 * min(1.0, max(0.0, (far - x) / (far - near))), 1)
