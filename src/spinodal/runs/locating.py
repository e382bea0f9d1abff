"""Locating: what a run says of its rows, and how it is told in which file they are."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import torch

from ..data.dataset import Dataset
from ..data.row_checksums import checksums
from ..evaluation.reference import ROWS
from ..machines.state import Tensors
from .archive import Run
from .layout import RUN
from .settings import NO_SOURCE, Source
from .sources import alphabets_of, prepare, relabeled, reload, sites_of


def about(train: Dataset, test: Dataset) -> dict[str, Any]:
    """What a run's record says of its training rows, and of its held-out rows."""
    labels = {layer: train.label_counts(layer) for layer in train.labels}
    own = {"rows": len(train), "sha256": train.sha256, "notes": train.notes}
    return own | {"held_out": about_held_out(train, test), "labels": labels}


def about_held_out(train: Dataset, test: Dataset) -> dict[str, Any]:
    """The rows on which the log's scores are measured; n: with how many of them generated rows are compared."""
    return {"rows": len(test), "n": min(ROWS, len(train), len(test)), "sha256": test.sha256}


def marks(train: Dataset, test: Dataset) -> Tensors:
    """Checksums, by which the rows are found again."""
    return {"train": torch.from_numpy(checksums(train)), "held_out": torch.from_numpy(checksums(test))}


def origin(train: Dataset, test: Dataset) -> Source:
    """The files that these rows were read from (`Dataset.origin`), as a source; NO_SOURCE where that isn't known."""
    if train.origin is None or test.origin is None:
        return NO_SOURCE
    source = Source.read({k: v for k, v in train.origin.items() if v is not None})
    other = test.origin["data"]
    return (source if other == source.data else replace(source, test=other)).absolute()


def locate(run: Run, source: Source) -> Run:
    """Tell a run in which file its rows are: the run, whose record names the file from now on.

    The rows are found by their checksums, wherever they are in the file. source: how the file is read; what it lacks is
    as in the source that the run named before. A run of `saved.save` has no checksums: it gets those of the training
    and held-out rows of the source, and a warning says that nobody can check them.

    Raises ValueError where rows are missing, where the file has other sites than the machine, and for an exported
    model, and as `sources.prepare` does.
    """
    if run.layout is not RUN:
        raise ValueError(f"{run.path} is an exported model, which has no place for its data: locate those of the run")
    source = source.over(run.source).absolute()
    if not run.rows():
        return _taken(run, source)
    data = run.record["data"] | {"by_checksum": True}
    found = replace(run, record=run.record | {"source": source.given(), "data": data})
    reload(found)  # raises where rows are missing
    return run.revise(source=source.given(), data=data)


def _taken(run: Run, source: Source) -> Run:
    """The run with the rows of a source as its own."""
    machine = run.machine()
    train, test = prepare(source)
    if sites := sites_of(machine):
        there = train["visible"].shape[1] if "visible" in train.columns else 0
        if there != sites:
            raise ValueError(f"{source.data} has {there} sites, the machine's data {sites}: align them alike")
    train, test = (relabeled(x, alphabets_of(machine)) for x in (train, test))
    warnings.warn(f"{run.path} was saved by itself and doesn't know its rows: that it learned from {len(train)} of "
                  f"these and never saw the other {len(test)} is taken on trust", stacklevel=2)  # fmt: skip
    run.write_rows(marks(train, test))
    return run.revise(source=source.given(), data=about(train, test) | {"by_checksum": True})
