"""Standing: how good a run is by its log, how far its training is, and two ages or runs side by side."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..evaluation.quick_scores import ERRORS, SHARES
from ..reporting import comparison
from ..reporting.figures.curve_figures import of_log
from .opened import Opened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = {"images": "images", "sequences": "sequences", "genomes": "haplotypes", "music": "windows of music",
         "tables": "rows of a table", "rows": "rows"}  # fmt: skip


CURVES = ("scores-over-training", "accuracy-over-training")
"""The figures of a log, by their names."""


def what(opened: Opened) -> str:
    """What a run learned, in a sentence."""
    record, row = opened.run.record, opened.blank()
    sites = sum(row[k].shape[1] for k in row.visibles)
    if opened.kind == "images":
        size = "{} × {} pixels".format(*row.notes["image"])
    elif opened.kind == "music":
        pitches = row.notes["roll"]["pitches"]
        size = f"{sites // pitches} time steps × {pitches} pitches"
    else:
        size = f"{sites} sites"
    n, labels = record["data"].get("rows"), sum(len(a.symbols) for a in opened.labels.values())
    learned = f"learned {n:,} {KINDS[opened.kind]}" if n else f"generates {KINDS[opened.kind]}"
    with_labels = f" with {labels} labels" if labels else ""
    return f"It {learned} of {size}{with_labels}, and generates in {opened.steps} steps."


def verdict(opened: Opened, age: int | None = None) -> list[str]:
    """How good it is at an age, as lines; each score beside what real rows have."""
    run = opened.run
    row, chosen = comparison.row(opened.path, age), run.chosen(age)
    found = []
    if row["label_fidelity"] is not None:
        found.append(f"{row['label_fidelity']:.0%} of generated rows have the label that they were asked to have.")
    if row["balanced_accuracy"] is not None:
        found.append(
            f"{row['balanced_accuracy']:.0%} of the labels of held-out rows are predicted right (the mean over labels)."
        )
    if row["adversarial_error"] is not None:
        floor = row["adversarial_floor"]
        beside = "" if floor is None else f" Real rows among themselves have {floor:.3f}."
        what = "0 where nearest neighbors can't tell generated rows from real ones, 0.5 where they always can"
        found.append(f"The adversarial error is {row['adversarial_error']:.3f}: {what}.{beside}")
    if lacking := run.record.get("no_better") if chosen == run.chosen() else None:
        found.append(f"No better than without learning: {', '.join(name.replace('_', ' ') for name in lacking)}.")
    if diverged := run.record.get("diverged"):
        found.append(f"The training diverged at age {diverged['age']}: {diverged['why']}.")
    return found or ["Nothing is known yet of how good it is: the log has no scores of this age."]


def progress(opened: Opened) -> str:
    """How far the training is, in a sentence."""
    run = opened.run
    last, planned, log = run.ages[-1], run.record["training"].get("updates"), run.path / "log.csv"
    if not planned:
        return f"The machine has the age {last:,}."
    best = run.record.get("best")
    end = f" The age {best['age']:,} is chosen, by {best['score'].replace('_', ' ')}." if best else ""
    ago = f", {_ago(time.time() - log.stat().st_mtime)} ago" if log.exists() else ""
    return f"Update {last:,} of {planned:,} was saved last{ago}.{end}"


def _ago(seconds: float) -> str:
    """A duration in words.

    >>> _ago(42), _ago(600), _ago(90000)
    ('42 seconds', '10 minutes', '25 hours')
    """
    for unit, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(seconds, 0):.0f} seconds"


def curves(opened: Opened) -> list[tuple[str, Figure]]:
    """The scores of the saved ages, as figures by name; none while there are fewer than two."""
    majority = opened.run.record.get("baselines", {}).get("accuracy")
    return [(name, figure) for name, figure, _ in of_log(opened.run.log(), majority)]


def table(sides: Mapping[str, tuple[Opened, int | None]]) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a table of scores, a column for each run at an age."""
    found = {name: comparison.row(opened.path, age) for name, (opened, age) in sides.items()}
    head = ["", *found]
    lines = [["age", *(f"{row['age']:,}" for row in found.values())]]
    for name in (*SHARES, *ERRORS):
        cells = [_cell(row, name) for row in found.values()]
        lines += [[name.replace("_", " "), *cells]] if any(cells) else []
    return head, lines


def _cell(row: Mapping[str, Any], name: str) -> str:
    value, floor = row[name], row.get(name.replace("error", "floor")) if name in ERRORS else None
    return "" if value is None else f"{value:.3g}" + ("" if floor is None else f" (real rows {floor:.3g})")
