"""Energies: exact results for reciprocal machines: energy, free energy, p(label | visible), log Z."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from math import inf, log2

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from . import marginals
from .kernels import product
from .network import Network
from .state import Tensors
from .units import NEVER, Units

MOST_LOG2 = 22
"""The largest logarithm, to base 2, of the number of states that `log_partition` sums."""


def energy(machine: Network, state: Mapping[str, Tensor]) -> Float[Tensor, " n"]:
    """E(s) = Σ_layers self_energy(s) - b s - Σ_edges s W s', (n,); `state` has every layer.

    self_energy(s) is s²/2 for Gaussian units and 0 for others.

    Raises ValueError where the machine has one-way couplings: then there is no energy.
    """
    s = _numbers(machine, state)
    return -_direct(machine, s)


def free_energy(machine: Network, seen: Mapping[str, Tensor]) -> Float[Tensor, " n"]:
    """F(seen) = - log Σ_hidden exp(-E), (n,): one layer is left out, and summed over (Gaussian: integrated).

    -F = Σ_seen b s - self_energy(s) + Σ_μ log_partition_μ(b_μ + Σ s W)
    """
    hidden = [k for k in machine.units if k not in seen]
    if len(hidden) != 1:
        raise ValueError(f"the free energy sums one layer over; these are left out: {hidden}")
    if (hidden[0], hidden[0]) in machine.edges:
        raise ValueError(f"{hidden[0]} meets itself, so its units are not independent: its sum has no closed form")
    s = _numbers(machine, seen)
    x = machine.bias[hidden[0]]
    for k, w in machine.sources(hidden[0]):
        x = product(s[k], w, x)
    return -(_direct(machine, s) + machine.units[hidden[0]].log_partition(x))


def _direct(machine: Network, s: Tensors) -> Tensor:
    """Σ b s - self_energy(s) + Σ s W s' over the layers that there are, and the edges between them.

    Sums run along rows, so that a row's energy doesn't depend on the rows beside it.
    """
    total = machine.like.new_zeros(())
    for k, x in s.items():
        total = total + (x * machine.bias[k]).sum(1) - machine.units[k].self_energy(x)
    for a, b in ((a, b) for a, b in machine.edges if a in s and b in s):
        total = total + (product(s[a], machine.between(a, b).weight) * s[b]).sum(1)
    return total


@torch.no_grad()
def posterior(machine: Network, layer: str, known: Mapping[str, Tensor] | Tensor) -> Float[Tensor, "n labels"]:
    """p(label | visible), (n, C), exact: hidden units and other unknown letters are summed over.

        p(l | v) = softmax_l [ c_l + Σ_μ log_partition(b_μ + (v W)_μ + D_lμ) ]

    known: the visible layer's tensor, or layer -> tensor: other letters may be known, too, in all rows or in some
    (-1: not), and all else is whole. Cost: n x labels x hidden. Raises ValueError where the machine has no energy or
    the sum is too long.
    """
    return marginals.probabilities(_log_posterior(machine, layer, known))


@torch.no_grad()
def log_posterior(machine: Network, layer: str, known: Mapping[str, Tensor] | Tensor) -> Float[Tensor, "n labels"]:
    """log p(label | visible), (n, C), of `posterior`, whose arguments, cost and errors it has; -inf of what can't be.

    In single precision `posterior` rounds what is surer than 1 - 3e-8 to 1; the logarithms of the other labels still
    say how sure it is.
    """
    found = _log_posterior(machine, layer, known)
    return found.masked_fill(found <= NEVER / 2, -inf)


def _log_posterior(machine: Network, layer: str, known: Mapping[str, Tensor] | Tensor) -> Tensor:
    clamp = machine.hold({"visible": known} if isinstance(known, Tensor) else known)
    real = {k for k, x in clamp.known.items() if x.is_floating_point()}
    found = machine.closed_form([k for k in _letters(machine) if k not in clamp.whole | real], clamp)
    if layer not in found:
        raise ValueError(
            f"p({layer} | {', '.join(clamp.known)}) has no closed form here: it takes a reciprocal machine with one "
            f"hidden layer, single letters, and all else known"
        )
    return found[layer]


@torch.no_grad()
def log_weight(machine: Network, seen: Mapping[str, Tensor]) -> Float[Tensor, " n"]:
    """log p(seen) + log Z, (n,), exact: one hidden layer, and the labels that are left out, are summed over.

        log p(v) + log Z = log Σ_l exp(-F(v, l))

    So it compares rows under one machine, and not machines. Cost: n x labels x hidden. Raises ValueError where the
    machine has no energy, and where the sum has no closed form.
    """
    letters = [k for k in _letters(machine) if k not in seen]
    if not letters:
        return -free_energy(machine, seen)
    s, clamp = _numbers(machine, seen), machine.hold(seen)
    if not machine.is_countable(letters, clamp):
        raise ValueError(f"p({', '.join(seen)}) has no closed form here: it takes a reciprocal machine with one hidden "
                         "layer, few labels, and all else known")  # fmt: skip
    return _direct(machine, s) + machine.weigh(letters, clamp)[1].double().logsumexp(1).to(machine.like)


@torch.no_grad()
def log_partition(machine: Network) -> Float[Tensor, ""]:
    """log Z, exact, of a small machine: a sum over all states of every layer but one, which has a closed form.

    That one is the layer of the most states that doesn't meet itself.

    Raises ValueError where there are more than 2^22 states to enumerate, such as where two layers are Gaussian.
    """
    apart = [k for k in machine.units if (k, k) not in machine.edges]
    inner = max(apart, key=lambda k: _log2_states(machine.units[k]), default=None)
    seen = [k for k in machine.units if k != inner]
    count = sum(_log2_states(machine.units[k]) for k in seen)
    if count > MOST_LOG2:
        many = "endlessly many" if count == inf else f"2^{count:.0f}"
        raise ValueError(f"log Z would add up {many} states; the most is 2^{MOST_LOG2}")
    lists = [states(machine.units[k]) for k in seen]
    rows = torch.cartesian_prod(*(torch.arange(len(s)) for s in lists)).reshape(-1, len(lists))
    every = {k: s[i] for k, s, i in zip(seen, lists, rows.T)}
    energies = free_energy(machine, every) if inner else energy(machine, every)
    return torch.logsumexp(-energies.double(), 0)


def states(units: Units) -> Shaped[Tensor, "states columns"]:
    """All states that drawn units can show, in the form of data: (states, columns). Raises ValueError for Gaussian."""
    if _log2_states(units) == inf:
        raise ValueError(f"the states of {units} have no end: they can't be listed")
    found = torch.tensor(list(itertools.product(*units.support())))
    return found if found.is_floating_point() else found.int()


def _log2_states(units: Units) -> float:
    """The logarithm of the number of states of a layer: infinite where they can't be listed."""
    return sum(log2(len(values)) if values else inf for values in units.support())


def _letters(machine: Network) -> list[str]:
    """The layers of one letter."""
    return [k for k, u in machine.units.items() if marginals.is_letter(u)]


def _numbers(machine: Network, state: Mapping[str, Tensor]) -> Tensors:
    if not machine.is_reciprocal:
        raise ValueError("a machine with one-way couplings or a rate below 1 has no energy")
    known = machine.hold(state).known
    return {k: machine.units[k].numbers(x, machine.like) for k, x in known.items()}
