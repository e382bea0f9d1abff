"""Bases: the RBM below a neural machine, and the one that a training makes by itself where none is named."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.dataset import Dataset, is_label
from ..data.row_checksums import checksums
from ..files.labels import without_labels
from ..machines.network import Network
from .archive import Run
from .rules import AUTO, batch_of
from .settings import Settings

UPDATES, PASSES = 2000, 120
"""The most updates of a base, and how often it sees a row at most.

Its parameters go on learning above, so it need not be at its best; and above a base that knows its rows by heart rows
are worse (docs/neural.md).
"""


def place(out: Path) -> Path:
    """The run directory of the base that a training makes for the run `out`: beside it.

    >>> place(Path("runs/digits")).as_posix()
    'runs/digits-base'
    """
    out = out if out.name else out.resolve()
    return out.with_name(f"{out.name}-base")


def settings_of(above: Settings, rows: int) -> Settings:
    """The settings of that base of so many training rows: an RBM by rule, of as many steps and the same seed.

    Nobody asks for its guidance.
    """
    updates = min(UPDATES, PASSES * rows // batch_of(rows).value)
    return Settings(updates=updates, steps=above.steps, seed=above.seed, hide=above.hide, guidance=0.0)


def rows_of(above: Settings, data: Dataset) -> Dataset:
    """Rows as that base learns them: with their labels, unless the network knows these better than any RBM.

    Convolutions do, so the base is to make rows, and no more. Blocks of an mlp don't: above a base without labels they
    know fewer of the held-out ones (docs/neural.md).
    """
    return _unlabeled(data) if above.energy == "conv" else data


def _unlabeled(data: Dataset) -> Dataset:
    found = without_labels(data)
    return found if found.origin is None else replace(found, origin={**found.origin, "label": []})


def opened(settings: Settings, out: Path, train: Dataset, test: Dataset) -> Network | None:
    """The trained base of a run with resolved settings; None where it has none.

    Raises ValueError where it is no RBM, or of other data. A warning says how many held-out rows it has learned from.
    """
    if not settings.base:
        return None
    run = Run.open(place(out) if settings.base == AUTO else settings.base)
    _check_threshold(run, train.notes)
    machine = run.machine()
    if not isinstance(machine, Network):
        raise ValueError(f"{run.path} is no RBM, and the base of a neural machine is one")
    visible = {k: u for k, u in train.units.items() if not is_label(k)}
    if (there := {k: u for k, u in machine.units.items() if k != "hidden"}) not in (train.units, visible):
        raise ValueError(f"{run.path} is of other data: it has the layers {there}, not {train.units}")
    if n := _seen(run, train, test):
        why = f"{run.path} has learned from {n:,} of the {len(test):,} held-out rows, so scores on them say too much"
        warnings.warn(f"{why}: train it with the same --split or --test, or pass --base auto", stacklevel=2)
    return machine


def _check_threshold(base: Run, notes: Mapping[str, Any]) -> None:
    """Raises ValueError where a base learned images that are black and white by another threshold."""
    learned, now = base.record["data"]["notes"].get("threshold"), notes.get("threshold")
    if None not in (learned, now) and learned != now:
        raise ValueError(f"{base.path} learned images whose pixels are 1 above {learned}, and here they are 1 above "
                         f"{now}: pass --threshold {learned}, or train the base anew")  # fmt: skip


def _seen(base: Run, train: Dataset, test: Dataset) -> int:
    """How many held-out rows a base has learned from, but for those that training rows are equal to."""
    learned = base.rows().get("train")
    if learned is None:  # a run of an older version
        return 0
    labeled = any(map(is_label, base.record["machine"]["units"]))
    own, held_out = (checksums(data if labeled else _unlabeled(data)) for data in (train, test))
    return int((np.isin(held_out, learned) & ~np.isin(held_out, own)).sum())
