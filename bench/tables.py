"""Tables: measured times and goals as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .jobs import FLOOR, JOBS, MEMORY, Goal
from .peers import PEERS

Session = dict[str, Any]
Contestants = dict[str, dict[str, Any]]

SLACK = 1.05
"""The noise of the clock, as a factor: a goal that is missed by less may be reached."""

MISSED = "missed"

SLOW = 1.5
"""Torch's products count as slow if they take this many times as long as those of oneDNN."""


def times(contestants: Contestants, who: str, of: str) -> float:
    """The time of `who` divided by the time of `of`; the median over rounds if `of` is the floor."""
    if of == FLOOR:
        return float(contestants[who]["ratio"]["median"])
    return float(contestants[who]["ms"] / contestants[of]["ms"])


def applies(goal: Goal, contestants: Contestants, session: Session) -> bool:
    """Whether a goal counts in a session: some are for one route, for slow products of torch, or an instruction set.

    Where a processor plays an older one, only the goals of that instruction set count, and on a GPU those of its name.
    """
    if goal.gpu or session["gpu"]:
        return bool(goal.gpu and session["gpu"] and goal.gpu in session["gpu"] and goal.who in contestants)
    present = goal.who in contestants and (goal.of == FLOOR or goal.of in contestants)
    present &= goal.isa in ((None,) * (not session["played"]) + (session["isa"],))
    if not present or goal.route is None:
        return present and not session["everybody"]
    if session["everybody"]:
        return goal.route == "torch"
    slow = contestants["products by torch"]["ms"] > SLOW * contestants["products by oneDNN"]["ms"]
    return goal.route == "onednn" and slow


def verdict(goal: Goal, contestants: Contestants) -> tuple[str, str, str]:
    """The goal, the measured value, and whether the goal is reached."""
    if goal.gpu:
        taken = float(contestants[goal.who]["ms"])
        return f"{goal.who} in {goal.ms:g} ms", f"{taken:.3f} ms", judged(taken / goal.ms)
    if goal.least:
        seen = times(contestants, goal.of, goal.who)
        return f"{goal.who} {goal.least:g} x as fast as {goal.of}", f"{seen:.2f} x", judged(goal.least / seen)
    seen = times(contestants, goal.who, goal.of)
    return f"{goal.who} in {goal.most:g} x its products", f"{seen:.3f} x", judged(seen / goal.most)


def judged(excess: float) -> str:
    """The verdict on a goal; excess: measured time / time allowed."""
    if excess <= 1:
        return "reached"
    return "missed by less than the clock's noise" if excess <= SLACK else MISSED


def verdicts(session: Session) -> list[tuple[str, str, str, str]]:
    """The goals that count in a session: the job, the goal, the measured value, and whether the goal is reached."""
    return [
        (JOBS[name].title, *verdict(goal, contestants))
        for name, contestants in session["jobs"].items()
        for goal in JOBS[name].goals
        if (session["gpu"] or session["cores"] == JOBS[name].cores) and applies(goal, contestants, session)
    ]


def measured(session: Session) -> str:
    """A session as a table: milliseconds, and the ratio to the fastest products with its quartiles."""
    lines = ["| job | package | ms | ratio to the products | speedup of spinodal |", "|---|---|---|---|---|"]
    for name, contestants in session["jobs"].items():
        for i, (who, x) in enumerate(contestants.items()):
            r = x["ratio"]
            gain = "" if who == "spinodal" or who.startswith(FLOOR) else f"{times(contestants, who, 'spinodal'):.1f}"
            ratio = f"{r['median']:.3f} [{r['low']:.3f}, {r['high']:.3f}]"
            lines.append(f"| {'' if i else JOBS[name].title} | {who} | {x['ms']:.1f} | {ratio} | {gain} |")
    return "\n".join(lines)


def goals(session: Session) -> str:
    """The goals as a table."""
    lines = ["| job | goal | measured | |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in verdicts(session)]
    return "\n".join(lines)


def memory(jobs: Mapping[str, Mapping[str, int]]) -> str:
    """The working memory of an update, by job and precision, as a table."""
    lines = ["| update | exact, MB | float32, MB | exact / float32 | |", "|---|---|---|---|---|"]
    for name, own in jobs.items():
        verdict = f"goal {MEMORY[name]:g} MB: {judged(_share_of_goal(name, own))}" if name in MEMORY else ""
        sizes = " | ".join(f"{own[precision] / 1e6:.1f}" for precision in ("exact", "float32"))
        lines.append(f"| {JOBS[name].title} | {sizes} | {own['exact'] / own['float32']:.2f} | {verdict} |")
    return "\n".join(lines)


def heavy(jobs: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The jobs that miss their goal of memory."""
    return [name for name, own in jobs.items() if name in MEMORY and judged(_share_of_goal(name, own)) == MISSED]


def _share_of_goal(name: str, own: Mapping[str, int]) -> float:
    return own["exact"] / 1e6 / MEMORY[name]


def less(steps: int = 10) -> str:
    """The work of an update in other packages, as a table."""
    lines = [f"| package | negative phases | labels | products for k = {steps} | |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {p.phases} | {'yes' if p.labels else 'no'} | {p.products(steps)} | {p.note} |"
        for name, p in PEERS.items()
    ]
    return "\n".join(lines)
