"""Equilibrium: samples of the Boltzmann distribution of a machine, by replica exchange, and whether chains mixed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .. import ranges
from ..data.alphabet import Alphabet
from ..data.dataset import Dataset, is_label, is_visible, numbered_names
from ..data.reals import snap_to_valid
from ..machines.network import Network
from ..machines.noise import Noise
from ..machines.partition import path_to
from ..machines.paths import rungs
from ..machines.state import Tensors
from ..machines.tempering import Tempered, temper
from ..tasks import known, labels_of

SWEEPS = 400
"""Sweeps of the replicas, by default; the second half of them says whether chains mixed."""

BLOCK = 512
"""Rows whose replicas are in memory at once. Rows don't depend on it."""


def equilibrium(
    machine: Network,
    like: Dataset,
    *,
    ages: Sequence[Network] = (),
    sweeps: int | None = None,
    seed: int | Noise = 0,
    first: int = 0,
) -> Iterator[tuple[Dataset, Tempered]]:
    """Samples of exp(-E) with the labels of `like`, a block of rows at a time, and what replica exchange found for it.

    A row is the end of a ladder of its own: replicas at points between independent units and the machine, over its
    `ages` where there are some, that exchange places for so many sweeps (400). `Tempered.fault` says why the chains of
    a block didn't mix. A label layer is held where all rows know it, and drawn where none does.

    first   how many rows of the same seed come before these, as in `stream`

    For machines trained for the equilibrium (pcd): those trained by F&F or rdm generate in the steps that they were
    trained with, and their equilibrium is another distribution. Cost of a row: sweeps x rungs Gibbs steps. Raises
    ValueError for a machine without energy, and where some rows lack a label that others have.
    """
    sweeps = ranges.integer("sweeps", SWEEPS if sweeps is None else sweeps, 2)
    noise = Noise.of(seed)
    path = path_to(machine, "trajectory" if ages else "tempering", ages, noise.child(0))
    points, held = rungs(path, noise.child(1)), _held(machine, like)
    for start in range(0, len(like), BLOCK):
        part = slice(start, min(start + BLOCK, len(like)))
        own = {k: x[part] for k, x in held.items()}
        below = noise.child(2).below(first + start)
        half = sweeps // 2
        found = temper(path, points, part.stop - start, sweeps - half, below, burn=half, held=own)
        yield _dataset(machine, found.value, like, first + start), found


def _held(machine: Network, like: Dataset) -> Tensors:
    """The label layers that all rows know. Raises ValueError for one that only some of them know."""
    there = known(machine, like, labels_of(machine))
    for layer, x in there.items():
        if 0 < (free := int((x < 0).sum())) < len(x):
            raise ValueError(
                f"{free} of {len(x)} rows have no {layer}: ask for rows with labels and without one by one"
            )
    return dict(machine.hold({k: x for k, x in there.items() if (x >= 0).all()}).known)


def _dataset(machine: Network, value: Tensors, like: Dataset, before: int) -> Dataset:
    """The values of visible and label layers in the form of files."""
    shown = {
        k: machine.units[k].unpack(x, machine.like).cpu() for k, x in value.items() if is_visible(k) or is_label(k)
    }
    alphabets = {k: a for k in shown if (a := Alphabet.of(machine.units[k])).symbols}
    names = numbered_names(len(next(iter(shown.values()))), first=before + 1)
    notes = {k: v for k, v in like.notes.items() if k != "prefix"}
    return snap_to_valid(replace(Dataset.of(shown, alphabets, names), notes=notes))
