"""Comparison: runs side by side, from their records and logs at the chosen age of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..evaluation.quick_scores import ERRORS, SHARES
from ..runs.archive import Run

FLOORS = tuple(name.replace("error", "floor") for name in ERRORS)

Row = Mapping[str, Any]


def row(path: str | Path, age: int | None = None) -> dict[str, Any]:
    """A run as plain values: settings, training rows, scores at an age (by default the chosen one), held-out rows.

    Unknown values are None: a machine that was saved by hand has no log, and older runs don't record their held-out
    rows.
    """
    run = Run.open(path)
    age, how, held_out = run.chosen(age), run.training, run.record["data"].get("held_out", {})
    best = run.record.get("best") or {}
    log = run.row(age)
    settings = {k: how.get(k) for k in ("machine", "protocol", "steps", "hidden", "updates")}
    scores = {k: float(log[k]) if log.get(k) else None for k in (*SHARES, *ERRORS, *FLOORS)}
    minutes = float(log["seconds"]) / 60 if log else None
    about = {"n": held_out.get("n"), "held_out": held_out.get("sha256"), "chosen_by": best.get("score")}
    settings["rows"] = run.record["data"].get("rows")
    return {"name": str(path), **settings, "age": age, "minutes": minutes, **scores, **about}


def notes(rows: Sequence[Row]) -> list[str]:
    """Warnings about a comparison of these rows: chosen ages, and differences in the held-out rows or their number."""
    found = [f"{r['name']}: age chosen by {r['chosen_by']} on these held-out rows" for r in rows if r["chosen_by"]]
    if unknown := [r["name"] for r in rows if r["held_out"] is None]:
        found += [f"held-out rows not recorded: {', '.join(unknown)}"]
    if len({r["held_out"] for r in rows} - {None}) > 1:
        found += ["scored on different held-out rows: score all runs on the same data by `spinodal score RUN DATA`"]
    if len({r["n"] for r in rows} - {None}) > 1:
        each = ", ".join(f"{r['n'] or '?'} of {r['name']}" for r in rows)
        found += [f"adversarial error depends on the number of rows, n, which differs: {each}"]
    return found
