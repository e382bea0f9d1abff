"""Judging: the scores of a run at an age, and whether it was they that chose the age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..archive import Run
    from ..dataset import Dataset
    from ..network import Network


def judged(
    run: Run, age: int, machine: Network, test: Dataset, training: Dataset, rows: int | None, **how: Any
) -> dict[str, Any]:
    """What `judge` says of a run's machine, after its age; `chosen_by`: the score that chose it on these very rows."""
    from ..judge import ROWS, judge

    best, learned = run.record.get("best") or {}, run.record["data"].get("held_out", {})
    ours = age == best.get("age") and test.sha256 == learned.get("sha256")
    about = {"age": age} | ({"chosen_by": best["score"]} if ours else {})
    return about | judge(machine, test, training, rows=ROWS if rows is None else rows, **how)
