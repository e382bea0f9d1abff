"""Tracking: a training as TensorBoard shows it: the columns of log.csv as curves, and generated rows as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from ..files.extras import import_extra
from ..runs.archive import Run
from ..runs.training import Progress
from . import figures, report
from .report import Data

PICTURES = ("samples", "logo", "piano-rolls-generated", "cloud")
"""The figures of a saved age that need no scores; those of other kinds of rows are left out."""

NO_CURVES = ("age", "crc32")
"""Columns of log.csv that are no scores."""


def writer(folder: Path) -> Any:
    """What writes a folder that TensorBoard reads. Raises ValueError without the package tensorboard."""
    module = import_extra("torch.utils.tensorboard", "tensorboard", "tracking", "--tensorboard")
    return module.SummaryWriter(str(folder))


def tracked(progress: Iterable[Progress], folder: Path, out: Path, data: Data) -> Iterator[Progress]:
    """The updates of a training into the run `out`; at each saved age its scores and pictures go into the folder.

    data: training and held-out rows. The curves are the columns of log.csv, by their names; the step is the age. A base
    that is trained before has none. Cost of a saved age: `PICTURES`, a second or two.
    """
    with closing(writer(folder)) as into:
        for now in progress:
            if now.quality is not None and now.path == out:
                _write(into, Run.open(out), now.age, data)
            yield now


def _write(into: Any, run: Run, age: int, data: Data) -> None:
    row = next(row for row in run.log() if int(row["age"]) == age)
    for name, value in row.items():
        if name not in NO_CURVES and value != "":  # a score that these rows don't have
            into.add_scalar(name, float(value), age)
    view = report.view(run, data, age, only=PICTURES)
    for name, figure, _ in figures.figures(view, PICTURES):
        into.add_figure(name, figure, age)
    into.flush()
