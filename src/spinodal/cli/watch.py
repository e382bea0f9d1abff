"""Watch: a progress bar of a training with a line at every saved age, and a clock while runs are measured."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..progress import span
from ..reporting import text
from ..terminal import escape_controls, fitted

if TYPE_CHECKING:
    from ..runs.archive import Run
    from ..runs.sweep import Step
    from ..runs.training import Progress


SECONDS = 6.0
"""An evaluation takes about so many seconds of a core times √(numbers of a row): by genomes, images and proteins."""


def watch(progress: Iterable[Progress], out: Path) -> None:
    """Run a training into a run directory to its end, and show on stderr what the rules chose, and its progress.

    A base that is trained before is a run beside it, and is shown in the same way.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from ..runs.archive import Run

    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
    columns = (TextColumn("update {task.completed:.0f} of at most {task.total:.0f}"), BarColumn())
    columns += (TextColumn("{task.fields[speed]}"), TimeRemainingColumn())  # type: ignore[assignment]
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task, first = bar.add_task("", total=0, speed=""), None
        for now in progress:
            if first is None or now.path != first.path:
                if now.path != out or first is not None:
                    console.print(fitted(text.in_turn(now.path, out), sys.stderr))
                first = now
                bar.update(task, total=now.updates)
                for line in text.chosen_by_rule(Run.open(now.path).record):
                    console.print(fitted(line, sys.stderr))
            passed = now.seconds - first.seconds
            speed = (now.age - first.age) / passed if passed else 0.0
            bar.update(task, completed=now.age, speed=f"{speed:.1f} updates/s")
            if now.quality is not None:
                left = (now.updates - now.age) / speed if speed else 0.0
                console.print(fitted(text.progress(now.age, now.quality, speed, left), sys.stderr))


def trials(steps: Iterable[Step]) -> None:
    """Run a sweep to its end, with a bar for the trial that is trained, and a line at the end of each."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
    columns = (TextColumn("trial {task.description}, update {task.completed:.0f} of {task.total:.0f}"), BarColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=0)
        for step in steps:
            if step.progress is not None:
                now = step.progress
                bar.update(task, description=f"{step.trial.number:04d}", completed=now.age, total=now.updates)
            else:
                t = step.trial
                console.print(fitted(text.trial(t.number, t.state, t.age, t.value, t.point), sys.stderr))


def each(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs in turn; on stderr a clock while each is measured (in a terminal), and a line before and after it.

    The first line says what to expect: an evaluation takes seconds of binary rows, and minutes of long sequences.
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
    columns = (SpinnerColumn(), TextColumn("measuring {task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as clock:
        for number, run in enumerate(runs, start=1):
            began = time.monotonic()
            console.print(fitted(f"measuring {run.path.name}, {number} of {len(runs)}: {estimate(run)}", sys.stderr))
            task = clock.add_task(escape_controls(run.path.name), total=None)
            yield run
            clock.remove_task(task)
            spent = span(time.monotonic() - began)
            console.print(fitted(f"{run.path.name} is measured, {number} of {len(runs)}, in {spent}", sys.stderr))


def estimate(run: Run) -> str:
    """How long it takes to measure a run, roughly, by the numbers of a row: unless its record is kept already."""
    numbers = sum(int(units.get("sites", units.get("size", 0))) * int(units.get("colors", 1))
                  for name, units in run.record["machine"]["units"].items() if name.startswith("visible"))  # fmt: skip
    return f"about {span(SECONDS * numbers**0.5)} of a core, or seconds where it was measured before"
