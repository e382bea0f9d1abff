"""Whole rows: rows of the data without unknown entries, as a training draws them; unknown labels are drawn."""

from __future__ import annotations

import torch

from .. import ranges, tasks
from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..machines.noise import Noise
from ..machines.state import Tensors
from .site_letters import is_pairwise, restricted


def whole_rows(machine: Machine, data: Dataset | None, n: int, seed: int = 0) -> Tensors:
    """n rows of the data, or as many as there are, with all of their layers: layer -> (n, sites).

    They are drawn as for a batch, so by the weights of the data; rows with an unknown visible entry are left out.
    Labels that a row lacks are drawn from their exact posterior given the row, so that rows have the joint law of both.
    Without data it is the row of the first states, which does as well as any where couplings are exact (`is_pairwise`).
    Raises ValueError for machines that aren't restricted, where no row is left, and without data for other machines.
    """
    network, hidden = restricted(machine)
    ranges.integer("n", n)
    if data is None:
        if not is_pairwise(machine):
            raise ValueError("couplings of this machine are means over rows of its data: name them")
        seen = {k: units for k, units in network.units.items() if k != hidden}
        return {k: torch.tensor([[values[0] for values in units.support()]]) for k, units in seen.items()}
    whole = data.select(data.whole)
    if not len(whole):
        raise ValueError(f"all {len(data)} rows have an unknown entry: complete them first")
    layers = [k for k in network.units if k in whole.columns]
    batch = next(tasks.recoded_layers(network, whole, layers).batches(min(n, len(whole)), seed))
    labels = list(tasks.labels_of(network))
    known = network.infer(network.hold(batch), Noise.of(seed), labels).known
    return {k: network.units[k].unpack(x, network.like) for k, x in known.items()}
