"""Building: the machine that settings describe, for data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from torch import Tensor

from ..data.dataset import Dataset, is_label
from ..machines.architectures import chaotic, rbm
from ..machines.network import Network
from ..machines.neural.build import named_energy
from ..machines.neural.energies import WIDTH_OF
from ..machines.neural.informed import informed_gibbs
from ..machines.neural.kinds import LANGEVIN
from ..machines.neural.machine import Neural
from ..machines.neural.moves import Move
from ..machines.potts import Potts
from ..machines.units import Bernoulli, Spin, Units
from .settings import Settings


def build(settings: Settings, units: Mapping[str, Units], base: Network | None = None) -> Network | Neural:
    """The machine of resolved settings, for layers of data with these units; base: what a neural one stands above."""
    if settings.machine == "neural":
        return _neural(settings, units, base)
    if settings.machine == "rbm":
        (hidden,) = settings.layers
        return rbm(Bernoulli(hidden), sampled=settings.sampled, std=settings.std, seed=settings.seed, **units)
    return chaotic(
        *map(Spin, settings.layers),
        gain=settings.gain,
        rate=settings.rate,
        std=settings.std,
        seed=settings.seed,
        variance=settings.variance,
        start_std=settings.start_std,
        self_coupling=settings.self_coupling,
        **units,
    )


def _neural(settings: Settings, units: Mapping[str, Units], base: Network | None) -> Neural:
    """The neural machine of resolved settings: its network, and above a base the moves."""
    (width,) = settings.layers
    options = {WIDTH_OF[settings.energy]: width}
    energy = named_energy(settings.energy, units, base is None, settings.seed, options)
    if base is None:
        return Neural(units, energy)
    moves = {k: informed_gibbs(settings.share, ahead=True) for k in units if not is_label(k)}
    return Neural(units, energy, base, moves=moves)


def _move(units: Units, rows: Tensor, settings: Settings) -> Move:
    """How a layer of a neural machine without a base moves: numbers by Langevin steps, within the range of the data."""
    if isinstance(units, Potts) or units.is_drawable(rows):
        return informed_gibbs(settings.share)
    bound = float(rows[~rows.isnan()].abs().max()) if units.high == inf else inf
    return replace(LANGEVIN, step=settings.step_size, noise=settings.noise, bound=bound)


def built(settings: Settings, data: Dataset, base: Network | None = None) -> Network | Neural:
    """The machine of resolved settings, with its biases at the data's means where these ask for that.

    base: what a neural machine stands above (`bases.opened`); its biases are not moved.
    """
    machine = build(settings, data.units, base)
    if base is not None:
        return machine
    if isinstance(machine, Neural):
        rows = data.tensors()
        for layer in machine.visibles:
            machine.move(layer, _move(machine.units[layer], rows[layer], settings))
    if settings.init_biases:
        machine.init_biases(with_hidden_entries(data, settings).frequencies())
    return machine


def with_hidden_entries(data: Dataset, settings: Settings) -> Dataset:
    """The training rows, with a share of their visible entries hidden (`hide`)."""
    for layer in (k for k in data.columns if settings.hide and not is_label(k)):
        data = data.hide(layer, fraction=settings.hide, seed=settings.seed)
    return data
