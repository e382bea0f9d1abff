"""Soundness: whether a training has diverged, and whether 15-bit integers are enough for its weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..machines.kernels import Quantized, QuantizedRows
from ..machines.network import Network
from ..tasks import generate

LARGEST = 1e4
"""What no parameter of a machine reaches that learns: data are letters, or numbers of a few standard deviations."""

WIDER = 10
"""How many times as large as the largest of the data a number may be that a machine generates."""

ROWS = 100
"""Rows that are generated to see."""

UNEVEN = 1e4
"""How many times its median the largest weight of a column may be: half of the column is then 1.6 steps or less."""


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


def uneven(weight: Tensor) -> Tensor:
    """In which columns of a weight (k, m) the largest |w| is at least `UNEVEN` times the median, (m,).

    The median is that of the |w| that are not 0, of an even number the lower one of the middle two. Nothing is sorted.
    """
    size = weight.abs()
    some, small = (size > 0).sum(0), (size <= size.amax(0) / UNEVEN).sum(0) - (size == 0).sum(0)
    return (some > 0) & (2 * small >= some)


@torch.no_grad()
def warn_of_uneven(machine: Machine) -> bool:
    """Whether 15-bit integers lose weights of this machine, as others of their column are so much larger.

    One warning then names the first coupling with such a column (`uneven`), and how to mend it. Layers that act through
    numbers of single precision lose none.
    """
    for source, layer, weight in _rounded(machine):
        found = uneven(weight)
        if columns := int(found.sum()):
            warnings.warn(
                f"{columns} of {len(found)} units of {layer} have a weight from {source} that is {UNEVEN:,.0f} times "
                f"the median of theirs or more, and 15-bit integers lose the small ones: train with precision float32, "
                f"or with decay (l2)",
                stacklevel=2,
            )
            return True
    return False


def _rounded(machine: Machine) -> Iterator[tuple[str, str, Tensor]]:
    """The weights that act through integers: the source, the layer that receives, and the weight (k, m)."""
    if not (isinstance(machine, Network) and machine.is_exact):
        return
    for layer in machine.units:
        for source, weight in machine.sources(layer):
            acting = machine.units[source].acting(weight.detach()[:, :1], exact=True)
            if source in machine.sampled and isinstance(acting, Quantized | QuantizedRows):
                yield source, layer, weight
