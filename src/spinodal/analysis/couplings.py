"""Couplings: the effective couplings of each two sites of a restricted machine, its hidden units summed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import torch
from torch import Tensor

from ..machines.dynamics import Machine
from ..machines.marginals import Letter, log_weights
from ..machines.potts import Potts
from ..machines.units import Units
from .site_letters import fields, letter, restricted, sent, states

Pair = tuple[int, int, Tensor]
"""Sites i < j, counted from 0, and their coupling J_ij, (states of i, states of j), double precision."""


@torch.no_grad()
def pair_couplings(machine: Machine, rows: Mapping[str, Tensor], layer: str = "visible") -> Iterator[Pair]:
    """The effective coupling of each two sites of a layer, exact, as the mean over rows:

        J_ij(a, b) = < Σ_μ log_partition_μ(x_μ - w_iμ(v_i) - w_jμ(v_j) + w_iμ(a) + w_jμ(b)) >_rows

    in the zero-sum gauge, Σ_a J_ij(a, b) = Σ_b J_ij(a, b) = 0, so that only the second difference in a and b is left.
    x are the fields that a row sends. All other layers, such as labels, are held at the values of the row.

    rows    layer -> (n, sites): whole rows of all layers, drawn from the data; all equally probable states give the
            two-body term of the expansion of log p(v) about a uniform law
    layer   of letters, or of numbers that can have two or a few values

    Source: Decelle, Navas Gómez & Seoane, arXiv:2501.06108 (average over uniform states, in the limit of many sites);
    the average over rows of the data is ours. Cost: sites² / 2 x n x states² x hidden multiplications.
    Raises ValueError for machines that aren't restricted, for real numbers, and for unknown entries.
    """
    network, hidden = restricted(machine)
    letters, x = _letters(network, layer), fields(network, _whole(rows))
    parts = [sent(network, layer, i, rows) for i in range(len(letters))]
    for i, j in combinations(range(len(letters)), 2):
        joint = log_weights([letters[i], letters[j]], network.units[hidden], x - parts[i] - parts[j])
        yield i, j, zero_sum(joint.double().mean(0).unflatten(0, (letters[i].units.colors, -1)))


@torch.no_grad()
def first_order_couplings(machine: Machine, rows: Mapping[str, Tensor], layer: str = "visible") -> Iterator[Pair]:
    """The same couplings to first order in products of weights:

        J_ij(a, b) = Σ_μ κ_μ w_iμ(a) w_jμ(b),   κ_μ = < Var(h_μ | row) >_rows

    with the weights in the zero-sum gauge. Exact where hidden units are Gaussian: then κ = 1. Arguments and errors are
    those of `pair_couplings`; hidden units of letters have no such formula. Cost: sites² / 2 x states² x hidden.
    """
    network, hidden = restricted(machine)
    letters, x = _letters(network, layer), fields(network, _whole(rows))
    spread = variances(network.units[hidden], x).double().mean(0)
    weights = [x.weight.double() - x.weight.double().mean(0) for x in letters]
    return ((i, j, weights[i] * spread @ weights[j].T) for i, j in combinations(range(len(weights)), 2))


@torch.no_grad()
def site_fields(
    machine: Machine, rows: Mapping[str, Tensor], couplings: Iterable[Pair], layer: str = "visible"
) -> list[Tensor]:
    """The field of each site that goes with such couplings, (states,) each, double precision, zero-summed:

        h_i(a) = < log p(v with a at i) - Σ_j J_ij(a, v_j) >_rows

    So a change of one site changes Σ h + Σ J by as much as log p, in the mean over rows. Where hidden units are
    Gaussian, the two differ by a constant for all rows. Cost: sites x n x states x hidden.
    """
    network, hidden = restricted(machine)
    letters, x, count = _letters(network, layer), fields(network, _whole(rows)), range(network.units[layer].columns)
    values = [states(network, layer, i, rows) for i in count]
    found = [
        log_weights([letters[i]], network.units[hidden], x - sent(network, layer, i, rows)).double().mean(0)
        for i in count
    ]
    for i, j, coupling in couplings:
        found[i] -= coupling[:, values[j]].mean(1)
        found[j] -= coupling[values[i]].mean(0)
    return [field - field.mean() for field in found]


def variances(units: Units, x: Tensor) -> Tensor:
    """Var(s | x) of units at their fields, (n, size): the second derivative of `log_partition`.

    Raises ValueError for letters, whose states are not independent.
    """
    if isinstance(units, Potts):
        raise ValueError("hidden units of letters have no couplings to first order: take the exact ones")
    with torch.enable_grad():
        at = x.detach().requires_grad_()
        (mean,) = torch.autograd.grad(units.log_partition(at).sum(), at, create_graph=True)
        return torch.autograd.grad(mean.sum(), at)[0]


def zero_sum(coupling: Tensor) -> Tensor:
    """A coupling (q, r) without what depends on one of the two letters alone: all its rows and columns sum to 0."""
    return coupling - coupling.mean(0) - coupling.mean(1, keepdim=True) + coupling.mean()


def _letters(machine: Machine, layer: str) -> list[Letter]:
    return [letter(machine, layer, i) for i in range(machine.units[layer].columns)]


def _whole(rows: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    for layer, x in rows.items():
        if bool((x.isnan() if x.is_floating_point() else x < 0).any()):
            raise ValueError(f"{layer} has an unknown entry: complete the rows first, or leave them out")
    return rows
