"""Soundness: whether a training has diverged, by how large parameters are, and what the machine generates."""

from __future__ import annotations

import numpy as np

from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..tasks import generate

LARGEST = 1e4
"""What no parameter of a machine reaches that learns: data are letters, or numbers of a few standard deviations."""

WIDER = 10
"""How many times as large as the largest of the data a number may be that a machine generates."""

ROWS = 100
"""Rows that are generated to see."""


def check_sound(machine: Machine, data: Dataset, seed: int = 0) -> None:
    """Raises FloatingPointError where a machine of such data has diverged, or is about to.

    It has where a parameter is not finite or beyond `LARGEST`, and where numbers without ends, of `ROWS` rows that it
    generates with the labels of data, go beyond `WIDER` times the largest of the data.
    """
    for name, parameter in machine.named_parameters():
        size = float(parameter.detach().abs().max())
        if not size <= LARGEST:
            raise FloatingPointError(f"the training diverged, {name} is as large as {size:.0e}: lower lr")
    endless = [k for k in data.visibles if k not in data.alphabets and machine.units[k].high == np.inf]
    if not endless:
        return
    made = generate(machine, data.select(slice(ROWS)), seed=seed)
    for layer in endless:
        ours, theirs = float(np.abs(made[layer]).max()), float(np.nan_to_num(np.abs(data[layer])).max())
        if not ours <= WIDER * max(theirs, 1.0):
            raise FloatingPointError(
                f"the training diverged, it generates numbers of {ours:.0e} in {layer} where the data have "
                f"{theirs:.0e} at most: lower lr"
            )
