"""Build: a neural machine from an energy and the units of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from ... import ranges
from ..network import Network
from ..noise import Noise
from ..protocols import labels_of
from ..units import Units, check_units
from .energies import Heads
from .machine import Neural
from .moves import Move


def neural(
    energy: str | nn.Module = "mlp",
    *,
    base: Network | None = None,
    dynamics: Move | Mapping[str, Move] | None = None,
    metropolis: bool = False,
    temperature: float = 1.0,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    **seen: Units,
) -> Neural:
    """A machine whose energy is a neural network: p(visible, label) ∝ exp(-E(visible, label)).

    energy       "conv" (square images), "mlp" (letters, bits, numbers and tables), or a module of your own,
                 E(visible, label) -> (n,), of rows as numbers (n, size), letters as 0 and 1, visible layers side by
                 side and labels side by side, or None
    base         a trained restricted machine, such as `rbm` makes: E is its free energy plus the network. A network of
                 a name starts at 0, so the machine starts as good as its base
    dynamics     how a step moves a visible layer, for all of them or by layer: `Langevin` for numbers,
                 `discrete_langevin` and `informed_gibbs` for bits and letters. By default informed_gibbs(0.5) of
                 bits and letters, Langevin(0.05, noise=0.1, limit=0.3) of numbers, and above a base
                 informed_gibbs(ahead=True) of all
    metropolis   corrects each step, so that long chains sample exp(-E)
    temperature  T of exp(-E / T)
    seed         of the weights
    options      arguments of a named energy: channels of conv (default 32), width and blocks of mlp (256, 1)
    seen         the units of the layers: visible, label, ...; with a base labels alone, which it lacks

    `sp.fit` trains it with the two gradients of F&F: p(label | visible) is exact, as labels can be counted. Adam suits
    it: fit(..., lr=1e-3, optimizer=partial(torch.optim.Adam, betas=(0.0, 0.999))). Raises ValueError for a name that
    isn't there, for a layer that can't move so, and for a base with other layers.

    >>> import spinodal as sp
    >>> machine = sp.neural("mlp", visible=sp.Bernoulli(6), label=sp.Potts(1, 3), options={"width": 16})
    >>> state = sp.run(machine, n=5, steps=10)
    >>> tuple(state["visible"].shape), tuple(state["label"].shape)
    ((5, 6), (5, 1))
    """
    there = {} if base is None else {k: u for k, u in base.units.items() if k != "hidden"}
    if base is not None and (seen.keys() & there.keys() or seen.keys() - set(labels_of(seen))):
        raise ValueError("a neural machine with a base has its layers: pass no others than labels that it lacks")
    units = there | seen
    check_units(units)
    visibles = [k for k in units if k not in labels_of(units)]
    if not visibles:
        raise ValueError("a neural machine has a visible layer: pass visible=...")
    if isinstance(energy, str):
        energy = named_energy(energy, units, base is None, seed, options or {})
    elif options:
        raise ValueError("options are of energies with names")
    moves = dynamics if isinstance(dynamics, Mapping) or dynamics is None else dict.fromkeys(visibles, dynamics)
    return Neural(units, energy, base, moves=moves, metropolis=metropolis, temperature=temperature)


def named_energy(
    name: str, units: Mapping[str, Units], alone: bool = True, seed: int = 0, options: Mapping[str, Any] | None = None
) -> Heads:
    """The energy of a name (`Heads`) with random weights of a seed; torch's own random numbers stay as they are."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(Noise.of(ranges.integer("seed", seed, *ranges.SEEDS)).key % 2**63)
        return Heads.of(name, units, alone, **(options or {}))
