"""Verification: reads every file of a run or a model and checks its checksum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..errors import FormatError
from .archive import Run


def verify(run: Run) -> tuple[list[str], list[str]]:
    """The names of the files of a run that are whole, and a line for each that is damaged or missing.

    The record was checked when the run was opened. Cost: each file is read once, and machines are rebuilt.
    """
    whole, damaged = [run.layout.record], []
    if not run.ages:
        damaged.append(f"{run.path} has no parameters: {run.layout.parameters.format(age=0)} or another age is missing")
    for name, read in ((name, read) for name, read in _files(run) if (run.path / name).exists()):
        try:
            read()
            whole.append(name)
        except FormatError as error:
            damaged.append(str(error))
    return whole, damaged


def _files(run: Run) -> Iterator[tuple[str, Callable[[], object]]]:
    """The names of the files of a run but its record, and how each is read."""
    for age in run.ages:
        yield run.layout.parameters.format(age=age), partial(run.machine, age)
    for age in run.ages:
        yield run.layout.confidence.format(age=age), partial(run.confidence, age)
    yield "log.csv", run.log
    yield "rows.safetensors", run.rows
    yield "resume.safetensors", run.resume
