"""Temperature: a machine at another temperature, whose distribution is that of the machine to the power 1 / T."""

from __future__ import annotations

from copy import copy, deepcopy

import torch

from .. import ranges
from .dynamics import Machine
from .network import Network
from .neural.machine import Neural
from .units import Gaussian


def check_temperature(temperature: float) -> None:
    """Raises ValueError for what is no positive number."""
    ranges.real("temperature", temperature, lambda x: x > 0, "must be a positive number")


@torch.no_grad()
def tempered(machine: Machine, temperature: float) -> Machine:
    """A copy of a restricted machine with p_T(s) ∝ p(s)^(1/T), over the states s of all layers: its parameters over T.

    Below 1 rows are more typical and less diverse, above 1 the other way round; the machine itself at 1. The visible
    layer alone is not at p(v)^(1/T), as the hidden layer has this temperature, too. A neural machine keeps its
    parameters, and its energy acts as E / T.

    Raises ValueError for a temperature that is no positive number; for a machine without energy; and for Gaussian
    units, whose own energy s²/2 is no parameter. Cost: a copy of the parameters.
    """
    check_temperature(temperature)
    if temperature == 1:
        return machine
    if isinstance(machine, Neural):
        found = copy(machine)
        found.temperature = machine.temperature * temperature
        return found
    if not isinstance(machine, Network) or not machine.is_reciprocal:
        raise ValueError("a temperature is of machines with an energy: not of chaotic ones, nor of your own kinds")
    if numbers := [k for k, u in machine.units.items() if isinstance(u, Gaussian)]:
        raise ValueError(
            f"{', '.join(numbers)} has numbers of variance 1, whatever the parameters: it has no temperature"
        )
    cooled = deepcopy(machine)
    for parameter in cooled.parameters():
        parameter.div_(temperature)
    return cooled
