"""Trials: the trials of a sweep as a figure, a table and lines for a terminal, from its trials.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..files.atomic import atomic_file
from ..runs import sweep
from ..runs.sweep import TOLD, best, read, settings_of
from . import plots
from .page import Trials
from .page.numbers import number
from .page.tables import Cell, Row, Table
from .plots.saved import content

if TYPE_CHECKING:
    from matplotlib.figure import Figure


STATES = ("complete", "pruned", "running", "diverged", "failed")
"""The states of trials, in the order of a table."""


def draw(out: Path) -> Iterator[str]:
    """Draw the trials of a sweep as trials.png in its folder. Yields lines about them.

    Raises ValueError where trials have ended and none is complete.
    """
    rows = read(out)
    if any(row["objective"] for row in rows):
        with atomic_file(out / "trials.png") as file:
            file.write(content(figure(rows), "png"))
    counts = Counter(row["state"] for row in rows)
    said = f"{len(rows)} trials: {', '.join(f'{n} {state}' for state, n in counts.items())}"
    if (first := best(rows)) is None and not counts["running"]:
        raise ValueError(
            f"none of the {said}: search elsewhere, lower learning rates say; {out / 'trials.csv'} says why"
        )
    yield said
    if first is not None:
        yield f"best: {out / 'trials' / first['trial']}, objective {float(first['objective']):.4f}"
        yield f"to train it again: spinodal train --recipe {out / 'best.toml'} --out RUN"


def of_run(path: Path) -> Trials | None:
    """The table and the figure of the sweep that a run is a trial of, if it is one."""
    folder = path.resolve().parent
    if folder.name != "trials" or not (folder.parent / "trials.csv").exists():
        return None
    rows = read(folder.parent)
    return Trials(folder.parent.name, table(rows), figure(rows))


def table(rows: Sequence[sweep.Row]) -> Table:
    """The trials with their settings and scores, by their objective, those that are complete first."""
    heads = [name for name in (rows[0] if rows else TOLD) if name not in ("trial", "state", "why")]
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: -float(row["objective"] or "-inf")):
        head = Cell(row["trial"], (row["why"],) if row["why"] else ())
        groups.setdefault(row["state"], []).append(Row(head, tuple(Cell(_short(row[name])) for name in heads)))
    names = ("Trial", *(name.replace("_", " ") for name in heads))
    caption = "Trials, the best first. The objective is of held-out rows, and of the best trials optimistic."
    return Table(caption, names, {state: groups[state] for state in sorted(groups, key=_order)})


def figure(rows: Sequence[sweep.Row]) -> Figure:
    """The objective of the trials, one after the other and against each setting."""
    settings = {name: [_plain(row[name]) for row in rows] for name in settings_of(rows)}
    return plots.trials([float(row["objective"] or "nan") for row in rows], [row["state"] for row in rows], settings)


def _order(state: str) -> int:
    return STATES.index(state)


def _short(cell: str) -> str:
    """A cell for a table: numbers with two or three digits."""
    value = _plain(cell)
    return value if isinstance(value, str) else number(int(value) if value.is_integer() else value)


def _plain(cell: str) -> float | str:
    """A cell as a number, where it is one."""
    try:
        return float(cell)
    except ValueError:
        return cell
