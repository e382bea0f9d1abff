"""Imported: the run of one age that a model of another program becomes, with the data that it learned from."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ... import ranges
from ...data.dataset import Dataset
from ...data.entries import quoted_names
from ...data.row_checksums import checksums
from ...evaluation.reference import ROWS
from ...machines.protocols import Schedule
from ..archive import Run, check_free
from ..settings import NO_SOURCE, Source
from ..sources import prepare
from ..training import provenance
from . import load_model
from .model import Model, network_of


def import_run(
    path: str | Path,
    out: str | Path,
    *,
    source: Source = NO_SOURCE,
    labels: Sequence[str] | None = None,
    age: int | None = None,
    steps: int | None = None,
    overwrite: bool = False,
) -> Run:
    """The model in a file (`read_model`) as a run of its age.

    source  where its data are, which `score`, `report`, `contacts` and more compare with: its training rows, and the
            held-out ones; without a file they ask for it. `alphabet` is that of the model, too
    steps   of a run, where the file doesn't say them, or in their place

    Raises FormatError as `read_model`, ValueError where the data have other sites or labels, and FileExistsError where
    something is there, unless it is a run and `overwrite` is set.
    """
    out = Path(out)
    if steps is not None:
        ranges.integer("steps", steps)
    check_free(out, overwrite)
    model = load_model(path, alphabet=source.alphabet, labels=labels, age=age)
    if steps is not None:
        model = replace(model, schedule=Schedule(model.schedule.protocol if model.schedule else (), steps))
    if not source.data:
        return _created(out, model, overwrite, {})
    source = replace(source, alphabet="".join(model.symbols) if model.symbols else "binary").absolute()
    train, test = prepare(source)
    _check_fit(train, model, str(source.data))
    held_out = {"rows": len(test), "n": min(ROWS, len(train), len(test)), "sha256": test.sha256}
    known = {"rows": len(train), "sha256": train.sha256, "notes": train.notes, "held_out": held_out}
    known["labels"] = {layer: train.label_counts(layer) for layer in train.labels}
    marks = {name: torch.from_numpy(checksums(rows)) for name, rows in (("train", train), ("held_out", test))}
    return _created(out, model, overwrite, {"source": source.given(), "data": known}, rows=marks)


def _created(out: Path, model: Model, overwrite: bool, more: Mapping[str, Any], **rows: Any) -> Run:
    return Run.create(out, network_of(model), {**more, "provenance": provenance("cpu")}, overwrite, model.age, **rows)


def _check_fit(data: Dataset, model: Model, path: str) -> None:
    """Raises ValueError where data have other sites or labels than a model; warns of labels that it doesn't know."""
    sites = data["visible"].shape[1] if "visible" in data.columns else 0
    if sites != len(model.bias):
        raise ValueError(f"{path} has {sites} sites, the model {len(model.bias)}: these are not its data")
    if len(data.labels) != (1 if model.labels else 0):
        wanted = "one column of labels: name it by --label COLUMN" if model.labels else 'no labels: take --label ""'
        raise ValueError(f"{path} has the labels {', '.join(data.labels) or '(none)'}, but the model has {wanted}")
    there, known = {name for layer in data.labels for name in data.alphabets[layer].symbols}, model.names or ()
    if there and not there & {*known}:
        raise ValueError(f"{path} has the labels {quoted_names(sorted(there))}, the model {quoted_names(known)}: name "
                         "those of the model by --label-name, in their order")  # fmt: skip
    if strange := sorted(there - {*known}):
        warnings.warn(f"labels that the model doesn't know are unknown: {quoted_names(strange)}", stacklevel=3)
