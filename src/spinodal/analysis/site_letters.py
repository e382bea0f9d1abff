"""Site letters: each site of a restricted machine as a letter by itself, so that others can take its place in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import torch
from torch import Tensor

from ..data.dataset import is_label, is_visible
from ..machines.dynamics import Machine
from ..machines.kernels import product
from ..machines.marginals import Letter
from ..machines.network import Network
from ..machines.potts import Potts
from ..machines.state import Edge
from ..machines.units import Gaussian


def restricted(machine: Machine) -> tuple[Network, str]:
    """The machine, and the name of its one hidden layer, which all of its couplings meet.

    Then log p(row) is a sum over hidden units: Σ b s + Σ_μ log_partition_μ(x_μ), of the fields x that the row sends.
    Raises ValueError for other machines: of several hidden layers or none, or without an energy.
    """
    hidden = [k for k in machine.units if not is_visible(k) and not is_label(k)]
    if hidden and isinstance(machine, Network) and machine.is_reciprocal and _meet_only(hidden, machine.edges):
        return machine, hidden[0]
    raise ValueError(
        "this takes a restricted machine: reciprocal couplings, and one hidden layer that all of them meet"
    )


def _meet_only(hidden: list[str], edges: Sequence[Edge]) -> bool:
    """Whether there is one hidden layer, and every edge is one of it and another layer."""
    return len(hidden) == 1 and all(hidden[0] in edge and edge[0] != edge[1] for edge in edges)


def is_restricted(machine: Machine) -> bool:
    """Whether all couplings of a machine are reciprocal, and meet its one hidden layer."""
    with suppress(ValueError):
        return bool(restricted(machine))
    return False


def is_pairwise(machine: Machine) -> bool:
    """Whether log p(row) is exactly a sum over sites and pairs of sites: effective couplings are those of any row then.

    Hidden units are Gaussian, and all else is letters, or numbers of few values, without labels.
    """
    if not is_restricted(machine):
        return False
    network, hidden = restricted(machine)
    seen = [k for k in network.units if k != hidden]
    finite = all(all(network.units[k].support()) and not is_label(k) for k in seen)
    return finite and isinstance(network.units[hidden], Gaussian)


@torch.no_grad()
def fields(machine: Machine, rows: Mapping[str, Tensor]) -> Tensor:
    """x = b + Σ s W, (n, hidden): the fields of the hidden units of rows, layer -> (n, sites), whole in each layer.

    Layers that the rows lack send nothing. Cost: n x size x hidden. Raises ValueError as `restricted` does.
    """
    network, hidden = restricted(machine)
    known, x = network.hold(rows).known, network.bias[hidden].detach()
    for layer, weight in network.sources(hidden):
        if layer in known:
            x = product(network.units[layer].numbers(known[layer], network.like), weight.detach(), x)
    return x


@torch.no_grad()
def sent(machine: Machine, layer: str, number: int, rows: Mapping[str, Tensor]) -> Tensor:
    """What one site, counted from 0, adds to the `fields` of rows, (n, hidden)."""
    network, hidden = restricted(machine)
    units, weight = network.units[layer], dict(network.sources(hidden))[layer].detach()
    column = rows[layer][:, number]
    if isinstance(units, Potts):
        return weight[column.long() * units.sites + number]
    return column.to(weight)[:, None] * weight[number]


@torch.no_grad()
def letter(machine: Machine, layer: str, number: int, values: Tensor | None = None) -> Letter:
    """A site, counted from 0, as a letter: its states, their biases (q,) and weights (q, hidden).

    values  (q,): of a site of numbers, those that its states stand for; by default all that its draws can have

    Raises ValueError for numbers without bounds, of which no values are named.
    """
    network, hidden = restricted(machine)
    units, weight = network.units[layer], dict(network.sources(hidden))[layer].detach()
    bias = network.bias[layer].detach()
    if isinstance(units, Potts):
        rows = torch.arange(units.counts[number], device=bias.device) * units.sites + number
        return Letter(Potts(1, len(rows)), bias[rows], weight[rows])
    if values is None and not units.values:
        raise ValueError(f"{layer} has real numbers, which are no letters: name the values that a site can have")
    numbers = torch.tensor(units.values).to(weight) if values is None else values.to(weight)
    return Letter(Potts(1, len(numbers)), numbers * bias[number], numbers[:, None] * weight[number])


def states(
    machine: Machine, layer: str, number: int, rows: Mapping[str, Tensor], values: Tensor | None = None
) -> Tensor:
    """Which state of a site's `letter` each row has, (n,): its letter, or the nearest of the values."""
    units, column = machine.units[layer], rows[layer][:, number]
    if isinstance(units, Potts):
        return column.long()
    numbers = torch.tensor(units.values) if values is None else values
    return (column[:, None] - numbers.to(column)).abs().argmin(1)
