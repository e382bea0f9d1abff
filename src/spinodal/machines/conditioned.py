"""Conditioned: the machine of the other layers, where some layers keep one value: it has log p(others | value)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .energies import check_energy, energy_alone
from .network import Network


@torch.no_grad()
def condition(machine: Network, known: Mapping[str, Tensor]) -> tuple[Network, float]:
    """The machine without the layers `known`, which keep the one row they have, and the constant that is lost.

    exp(-E(others)) of the new machine times e^constant is exp(-E(others, known)) of the old one: the biases of the
    neighbors take up what the known layers send. Raises ValueError for a machine without energy, for a row with unknown
    entries, and where nothing is left.
    """
    check_energy(machine)
    clamp = machine.hold(known)
    if clamp.known.keys() != clamp.whole or any(len(x) != 1 for x in clamp.known.values()):
        raise ValueError(f"one row without unknown entries is held: {', '.join(known)}")
    units = {k: u for k, u in machine.units.items() if k not in known}
    if not units:
        raise ValueError("no layer is left: hold fewer layers")
    description = machine.describe()
    blocks = [[k for k in block if k in units] for block in machine.blocks]
    description["edges"] = [(a, b) for a, b in machine.edges if a in units and b in units]
    description["blocks"] = [block for block in blocks if block]
    description["drawn"] = [k for k in description["drawn"] if k in units]
    left = Network.rebuild(units, description)
    left.to(machine.like)
    left.load_state_dict({k: x for k, x in machine.state_dict().items() if k in left.state_dict()})
    numbers = {k: machine.units[k].numbers(x, machine.like) for k, x in clamp.known.items()}
    for a, b in machine.edges:
        for source, target, way in ((a, b, True), (b, a, False)):
            if source in known and target in units:
                left.bias[target] += (numbers[source] @ machine.between(a, b).towards(way))[0]
    left.schedule = machine.schedule
    return left, -float(energy_alone(machine, numbers))
