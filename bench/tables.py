"""Tables: what was measured, for people and for programs."""

from __future__ import annotations

from typing import Any

from .peers import PEERS
from .works import FLOOR, JOBS, Goal

Sitting = dict[str, Any]
Contestants = dict[str, dict[str, Any]]

SLACK = 1.05
"""The noise of the clock: by less than this a goal is not surely missed."""

MISSED = "missed"

SLOW = 1.5
"""Torch's own products are slow on a machine where they take so many times as long as oneDNN's."""


def times(found: Contestants, who: str, of: str) -> float:
    """How many times as long `who` takes as `of`: by medians of ratios where `of` is the floor."""
    if of == FLOOR:
        return float(found[who]["ratio"]["median"])
    return float(found[who]["ms"] / found[of]["ms"])


def applies(goal: Goal, found: Contestants, sitting: Sitting) -> bool:
    """Whether a goal counts in a sitting: some are for one route of products only, or where torch's are slow."""
    present = goal.who in found and (goal.of == FLOOR or goal.of in found)
    present &= sitting["device"] == "cpu"
    if not present or goal.route is None:
        return present and not sitting["everybody"]
    if sitting["everybody"]:
        return goal.route == "torch"
    slow = found["products by torch"]["ms"] > SLOW * found["products by oneDNN"]["ms"]
    return goal.route == "onednn" and slow


def verdict(goal: Goal, found: Contestants) -> tuple[str, str, str]:
    """What was asked, what was seen, and whether that is enough."""
    if goal.least:
        seen = times(found, goal.of, goal.who)
        return f"{goal.who} {goal.least:g} x as fast as {goal.of}", f"{seen:.2f} x", judged(goal.least / seen)
    seen = times(found, goal.who, goal.of)
    return f"{goal.who} in {goal.most:g} x its products", f"{seen:.3f} x", judged(seen / goal.most)


def judged(excess: float) -> str:
    """What is said of a goal that takes so many times as long as was asked."""
    if excess <= 1:
        return "reached"
    return "missed by less than the clock's noise" if excess <= SLACK else MISSED


def verdicts(sitting: Sitting) -> list[tuple[str, str, str, str]]:
    """Each goal that counts in a sitting: the work, what was asked, seen, and whether that is enough."""
    return [
        (JOBS[name].title, *verdict(goal, found))
        for name, found in sitting["works"].items()
        for goal in JOBS[name].goals
        if sitting["cores"] == JOBS[name].cores and applies(goal, found, sitting)
    ]


def measured(sitting: Sitting) -> str:
    """A sitting as a table: milliseconds, and the ratio to the fastest products with its quartiles."""
    lines = ["| work | who | ms | ratio to the products | spinodal is faster by |", "|---|---|---|---|---|"]
    for name, found in sitting["works"].items():
        for i, (who, x) in enumerate(found.items()):
            r = x["ratio"]
            gain = "" if who.startswith(("spinodal", FLOOR)) else f"{times(found, who, 'spinodal'):.1f}"
            ratio = f"{r['median']:.3f} [{r['low']:.3f}, {r['high']:.3f}]"
            lines.append(f"| {'' if i else JOBS[name].title} | {who} | {x['ms']:.1f} | {ratio} | {gain} |")
    return "\n".join(lines)


def goals(sitting: Sitting) -> str:
    """The goals as a table."""
    lines = ["| work | goal | measured | |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in verdicts(sitting)]
    return "\n".join(lines)


def less(steps: int = 10) -> str:
    """What the peers' updates do less, as a table."""
    lines = [f"| peer | negative phases | labels | products for k = {steps} | |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {p.phases} | {'yes' if p.labels else 'no'} | {p.products(steps)} | {p.note} |"
        for name, p in PEERS.items()
    ]
    return "\n".join(lines)
