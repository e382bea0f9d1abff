"""Converted: a machine of ours in the file of another program, and its labels held where that has none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ... import ranges
from ...analysis.site_letters import restricted
from ...data.alphabet import Alphabet
from ...data.dataset import Dataset, is_label
from ...files.atomic import atomic_file
from ...files.hdf5_extras import new_file
from ...machines.conditioned import condition
from ...machines.dynamics import Machine
from ...machines.network import Network
from . import annadca, rbms
from .model import model_of

PROGRAMS = {"rbms": rbms, "annadca": annadca}
"""The programs for whose HDF5 files models are written."""


def write_model(machine: Machine, path: str | Path, program: str, *, labels: Sequence[str] = (), age: int = 0) -> None:
    """Write a restricted machine as an HDF5 file that another program can read and train further.

    program  "rbms", of machines without labels, or "annadca", of machines with one label
    labels   names of labels that are held: the file has p(visible | labels), exactly (`held`)
    age      the number of updates that the file says

    Visible units are of 0 and 1, or letters, hidden ones of 0 and 1. Raises ValueError for other machines and labels.
    """
    if program not in PROGRAMS:
        raise ValueError(f'program is {" or ".join(PROGRAMS)}, not "{program}"')
    ranges.integer("age", age, 0)
    format, path, packed = PROGRAMS[program], Path(path), io.BytesIO()
    model = model_of(held(machine, labels), format.NAME, age)
    with new_file(packed) as file:
        format.write(model, file, path)
    with atomic_file(path) as handle:
        handle.write(packed.getbuffer())


def held(machine: Machine, labels: Sequence[str]) -> Network:
    """The machine of p(others | labels), whose hidden biases have taken up what these labels send: b + D_l.

    Raises ValueError for a name that no label layer has, or several have.
    """
    network, _ = restricted(machine)
    known: dict[str, torch.Tensor] = {}
    names = {k: Alphabet.of(units).symbols for k, units in network.units.items() if is_label(k)}
    for name in labels:
        layers = [k for k, own in names.items() if name in own]
        if len(layers) != 1 or layers[0] in known:
            there = ", ".join(symbol for own in names.values() for symbol in own) or "none"
            raise ValueError(f'the label "{name}" is not that of one layer; there are: {there}')
        known[layers[0]] = torch.tensor([[names[layers[0]].index(name)]])
    return condition(network, known)[0] if known else network


def with_labels(data: Dataset, labels: Sequence[str]) -> Dataset:
    """The rows that have all of these labels. Raises ValueError where there is none."""
    has = np.ones(len(data), dtype=bool)
    for name in labels:
        has &= np.any([data.texts(layer) == name for layer in data.labels], axis=0)
    if not has.any():
        raise ValueError(f"no training row has the label {', '.join(labels)}")
    return data.select(has) if labels else data
