"""Improbable: which share of the letters of data a machine finds nearly impossible, each given the rest of its row."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..machines.dynamics import Machine, trajectory
from ..machines.noise import Noise
from ..machines.potts import Potts
from ..machines.state import rows_of
from ..machines.units import Bernoulli
from ..tasks import hidden_of, known

NEARLY = 0.01
"""The probability below which a letter is nearly impossible."""

LEAST = 100
"""How many letters are needed to say something."""


@torch.no_grad()
def improbable(machine: Machine, data: Dataset, seed: int = 0) -> float:
    """The share of the known letters of "visible" whose probability is below NEARLY, in [0, 1]; 0 of few letters.

    The probability is that of the letter given what hidden layers show while the row is held, after as many steps as
    the machine was trained for. Of rows like the training data some 1 to 3 % are so; of another alignment, in which
    sites stand elsewhere, a fifth and more. 0 for a machine that has no hidden layer, or was not trained.
    """
    hidden, steps = hidden_of(machine), machine.schedule.steps if machine.schedule else 0
    units = machine.units.get("visible")
    if not (hidden and steps and "visible" in data.alphabets and isinstance(units, Potts | Bernoulli)):
        return 0.0
    seen = known(machine, data, ["visible"])
    there = seen["visible"] >= 0  # nor NaN
    if there.sum() < LEAST:
        return 0.0
    ((_, state),) = trajectory(machine, rows_of(seen), [steps], seen, Noise.of(seed))
    held = {k: state[k] for k in hidden}
    ((_, back),) = trajectory(machine, rows_of(held), [steps], held, Noise.of(seed).child(1))
    p = _probability(units, units.mean(back.potential["visible"]), seen["visible"]).cpu()
    return float((p[there] < NEARLY).double().mean())


def _probability(units: Potts | Bernoulli, mean: Tensor, letters: Tensor) -> Tensor:
    """How probable each letter (n, sites) is where units show a mean."""
    here = letters.to(mean.device)
    if isinstance(units, Bernoulli):
        return torch.where(here > 0, mean, 1 - mean)
    every = mean.unflatten(1, (units.colors, units.sites))
    return every.gather(1, here.long().clamp(min=0)[:, None])[:, 0]
