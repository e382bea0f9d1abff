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
from .archive import Run
from .settings import Settings


def build(settings: Settings, units: Mapping[str, Units]) -> Network | Neural:
    """The machine of resolved settings, for layers of data with these units."""
    if settings.machine == "neural":
        return _neural(settings, units)
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


def _neural(settings: Settings, units: Mapping[str, Units]) -> Neural:
    """The neural machine of resolved settings: its network, and above a base the base and the moves."""
    (width,) = settings.layers
    options = {WIDTH_OF[settings.energy]: width}
    if not settings.base:
        return Neural(units, named_energy(settings.energy, units, seed=settings.seed, options=options))
    base = Run.open(settings.base).machine()
    if not isinstance(base, Network):
        raise ValueError(f"{settings.base} is no RBM, and the base of a neural machine is one")
    visible = {k: u for k, u in units.items() if not is_label(k)}
    if (there := {k: u for k, u in base.units.items() if k != "hidden"}) not in (dict(units), visible):
        raise ValueError(f"{settings.base} is of other data: it has the layers {there}, not {dict(units)}")
    moves = {k: informed_gibbs(settings.share, ahead=True) for k in visible}
    return Neural(units, named_energy(settings.energy, units, False, settings.seed, options), base, moves=moves)


def _move(units: Units, rows: Tensor, settings: Settings) -> Move:
    """How a layer of a neural machine without a base moves: numbers by Langevin steps, within the range of the data."""
    if isinstance(units, Potts) or units.is_drawable(rows):
        return informed_gibbs(settings.share)
    bound = float(rows[~rows.isnan()].abs().max()) if units.high == inf else inf
    return replace(LANGEVIN, step=settings.step_size, noise=settings.noise, bound=bound)


def built(settings: Settings, data: Dataset) -> Network | Neural:
    """The machine of resolved settings, with its biases at the data's means where these ask for that."""
    if settings.base:
        _check_threshold(settings.base, data)
    machine = build(settings, data.units)
    if isinstance(machine, Neural) and not settings.base:
        rows = data.tensors()
        for layer in machine.visibles:
            machine.move(layer, _move(machine.units[layer], rows[layer], settings))
    if settings.init_biases and not settings.base:
        machine.init_biases(with_hidden_entries(data, settings).frequencies())
    return machine


def _check_threshold(base: str, data: Dataset) -> None:
    """Raises ValueError where a base learned images that are black and white by another threshold."""
    learned, now = (notes.get("threshold") for notes in (Run.open(base).record["data"]["notes"], data.notes))
    if None not in (learned, now) and learned != now:
        raise ValueError(f"{base} learned images whose pixels are 1 above {learned}, and here they are 1 above {now}: "
                         f"pass --threshold {learned}, or train the base anew")  # fmt: skip


def with_hidden_entries(data: Dataset, settings: Settings) -> Dataset:
    """The training rows, with a share of their visible entries hidden (`hide`)."""
    for layer in (k for k in data.columns if settings.hide and not is_label(k)):
        data = data.hide(layer, fraction=settings.hide, seed=settings.seed)
    return data
