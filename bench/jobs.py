"""Jobs: what is timed, by which packages, and the goals of spinodal; all through public functions."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

import spinodal as sp
from spinodal.machines.network import Network
from spinodal.machines.protocols import Protocol
from spinodal.machines.units import Units

from . import floors, peers
from .clock import Work


@dataclass(frozen=True)
class Place:
    """The device of a session, and whether other packages take part."""

    device: str = "cpu"
    peers: bool = True

    def beside(self, make: Callable[[], dict[str, Work]]) -> dict[str, Work]:
        """The other packages, if they take part; they run on the CPU only."""
        return make() if self.peers and self.device == "cpu" else {}


@dataclass(frozen=True)
class Goal:
    """`who` takes at most `most` times as long as `of`, or `of` at least `least` times as long as `who`.

    A goal with a route is judged where products take it; one with `isa`, where bytes are multiplied by that set. With
    `gpu`, `who` takes at most `ms` milliseconds on a GPU of this name.
    """

    of: str = ""
    most: float = float("inf")
    least: float = 0.0
    who: str = "spinodal"
    route: str | None = None
    isa: str | None = None
    gpu: str | None = None
    ms: float = float("inf")


@dataclass(frozen=True)
class Job:
    """A job: its title, the functions that do it, and the goals, on one core or on all."""

    title: str
    contestants: Callable[[Place], dict[str, Work]]
    goals: tuple[Goal, ...] = ()
    cores: str = "one"


FLOOR = "products"
"""The faster of the two routes of bare products."""

SINGLE = "spinodal float32"
"""The build in single precision; `spinodal` is the exact one, the default."""


def single(machine: Network) -> Network:
    """A copy that computes in single precision."""
    twin = copy.deepcopy(machine)
    twin.precision = "float32"
    return twin


def gibbs(place: Place, n: int = 1000, visible: int = 784, hidden: int = 1000, count: int = 10) -> dict[str, Work]:
    machine = sp.rbm(sp.Bernoulli(hidden), visible=sp.Bernoulli(visible)).to(place.device)
    rounded = single(machine)
    ours = {"spinodal": lambda: sp.run(machine, n, count, seed=1)}
    ours |= {SINGLE: lambda: sp.run(rounded, n, count, seed=1)}
    others = place.beside(lambda: {"plain PyTorch": peers.plain_gibbs(n, visible, hidden, count)})
    return ours | floors.steps(n, visible, hidden, count, place.device) | others


def cores(place: Place) -> dict[str, Work]:
    every, works = torch.get_num_threads(), gibbs(Place(place.device, peers=False))

    def on(threads: int, work: Work) -> Work:
        def alone() -> None:
            torch.set_num_threads(threads)
            work()

        return alone

    found = {name: on(every, work) for name, work in works.items()}
    return found | {"spinodal on one core": on(1, works["spinodal"])}


@dataclass(frozen=True)
class Training:
    """The shapes of a training with labels: binary data, or letters of so many colors."""

    n: int
    sites: int
    labels: int
    hidden: int
    colors: int | None = None

    @property
    def units(self) -> Units:
        return sp.Potts(self.sites, self.colors) if self.colors else sp.Bernoulli(self.sites)

    def batch(self, device: str) -> dict[str, Tensor]:
        """Random rows."""
        shape = self.n, self.sites
        x = torch.randint(0, self.colors, shape) if self.colors else (torch.rand(shape) < 0.2).float()
        return {"visible": x.to(device), "label": torch.randint(0, self.labels, (self.n, 1)).to(device)}

    def machine(self, device: str) -> Network:
        """A machine at its start."""
        label = sp.Potts(1, self.labels)
        return sp.rbm(sp.Bernoulli(self.hidden), visible=self.units, label=label).to(device)


TRAININGS = {
    "mnist": Training(n=500, sites=784, labels=10, hidden=1024),
    "rna": Training(n=500, sites=108, labels=5, hidden=1000, colors=5),
    "protein": Training(n=128, sites=430, labels=10, hidden=1000, colors=21),
}


MEMORY = {"mnist": 15.75}
"""Goals of the working memory of an update, in MB: half of what the build before exact arithmetic took."""


def update(place: Place, shape: Training, count: int = 10) -> dict[str, Work]:
    batch, machine = shape.batch(place.device), shape.machine(place.device)
    x, y, sites, colors = batch["visible"], batch["label"], shape.sites, shape.colors

    def ours(machine: Network, protocol: Protocol) -> Work:
        training = sp.fit(machine, itertools.repeat(batch), protocol, steps=count)
        return lambda: next(training)

    def others() -> dict[str, Work]:
        found = {"rbms": peers.rbms_update(x, shape.hidden, count, colors)}
        found |= {"annaDCA": peers.annadca_update(x, y, shape.hidden, count, colors)}
        found |= {"plain PyTorch": peers.plain_update(x, y, shape.hidden, count, colors)}
        return found if colors else found | {"scikit-learn": peers.sklearn_update(x, shape.hidden)}

    works = {SINGLE: ours(single(machine), sp.FEF), "spinodal, label chain": ours(copy.deepcopy(machine), sp.FEF_CHAIN)}
    visible = shape.units.numbers(x.int() if colors else x, torch.zeros((), device=place.device))
    rows = x * sites + torch.arange(sites, device=place.device) if colors else None
    products = floors.update(visible, shape.hidden, count, rows)
    return {"spinodal": ours(machine, sp.FEF)} | works | products | place.beside(others)


def rates(place: Place, n: int = 1000, visible: int = 784, hidden: int = 500, count: int = 20) -> dict[str, Work]:
    machine = sp.chaotic(sp.Spin(hidden), gain=2.0, rate=0.2, visible=sp.Spin(visible)).to(place.device)
    ours = {"spinodal": lambda: sp.run(machine, n, count, seed=1)}
    others = place.beside(lambda: {"plain PyTorch": peers.plain_rates(n, visible, hidden, count, 2.0, 0.2)})
    return ours | floors.steps(n, visible, hidden, count, place.device) | others


def hebbian(place: Place, n: int = 500, visible: int = 784, hidden: int = 500, count: int = 15) -> dict[str, Work]:
    machine = sp.chaotic(sp.Spin(hidden), gain=2.0, rate=0.2, visible=sp.Spin(visible)).to(place.device)
    x = 2 * torch.rand(n, visible, device=place.device) - 1
    training = sp.fit(machine, itertools.repeat({"visible": x}), sp.RDM, steps=count)
    return {"spinodal": lambda: next(training)} | floors.update(x, hidden, count)


def neural(place: Place, energy: str, units: Units, n: int = 128, count: int = 10) -> dict[str, Work]:
    size = {"channels": 24} if energy == "conv" else {"width": 256}
    machine = sp.neural(energy, visible=units, label=sp.Potts(1, 10), options=size).to(place.device)
    label = torch.randint(0, 10, (n, 1), device=place.device)
    shown = units.numbers(sp.run(machine, n, 1, {"label": label})["visible"], machine.like)
    states = torch.nn.functional.one_hot(label[:, 0], 10).to(machine.like)
    ours = {"spinodal": lambda: sp.run(machine, n, count, {"label": label}, seed=1)}
    return ours | floors.passes(machine.energy, shown, states, count)


def adversarial(place: Place, n: int = 10_000, sites: int = 784) -> dict[str, Work]:
    from spinodal.scores import adversarial_accuracy

    a, b = ((torch.rand(n, sites) < 0.2).float().to(place.device) for _ in range(2))
    both = torch.cat([a, b])
    others = place.beside(lambda: {"rbms": peers.rbms_adversarial(a, b)})
    return {"spinodal": lambda: adversarial_accuracy(a, b)} | floors.square(both, both) | others


def spectrum(place: Place, n: int = 5000, sites: int = 784) -> dict[str, Work]:
    from spinodal.scores.spectrum import spectrum as ours

    x = (torch.rand(n, sites) < 0.2).float().to(place.device)
    others = place.beside(lambda: {"svdvals": peers.svd_spectrum(x)})
    return {"spinodal": lambda: ours(x)} | floors.square(x.t().contiguous(), x.t(), sites) | others


def _update(name: str) -> Callable[[Place], dict[str, Work]]:
    return lambda place: update(place, TRAININGS[name])


def _ratio(single: float, **most: float) -> tuple[Goal, ...]:
    """Times the bare products: of the float32 build, and of the exact one by the instruction set."""
    return Goal(FLOOR, most=single, who=SINGLE), *(Goal(FLOOR, most=x, isa=isa) for isa, x in most.items())


def _beside(rbms: float, shared: float, **least: float) -> tuple[Goal, ...]:
    """The speedup over other packages, of the float32 build with the fastest route of each, and with torch's products
    for all; of the exact build by the instruction set."""
    routes = (("onednn", rbms), ("torch", shared))
    return tuple(
        goal
        for peer in ("rbms", "annaDCA")
        for goal in (
            *(Goal(peer, least=x, who=SINGLE, route=route) for route, x in routes),
            *(Goal(peer, least=x, isa=isa) for isa, x in least.items()),
        )
    )


JOBS = {
    "gibbs": Job(
        "Gibbs steps, 784 x 1000, 1,000 chains, 10 steps",
        gibbs,
        (*_ratio(1.10, AMX=0.25, VNNI=0.50), Goal("plain PyTorch", least=3.0, who=SINGLE, route="onednn")),
    ),
    "cores": Job(
        "Gibbs steps, 784 x 1000, 1,000 chains, 10 steps, on two cores and on one",
        cores,
        (Goal("spinodal on one core", least=1.8),),
        cores="all",
    ),
    "mnist": Job(
        "F&F-10 update, MNIST 784 + 10 labels, 1024 hidden, batch 500",
        _update("mnist"),
        (*_ratio(1.22, AMX=0.45, VNNI=0.75), *_beside(2.7, 1.4, AMX=3.5, VNNI=2.2), Goal(gpu="H100", ms=0.2)),
    ),
    "rna": Job(
        "F&F-10 update, 108 sites x 5 + 5 labels, 1000 hidden, batch 500",
        _update("rna"),
        (*_ratio(1.30, AMX=0.50, VNNI=0.80), *_beside(4.0, 2.5, AMX=6.0, VNNI=4.0)),
    ),
    "protein": Job(
        "F&F-10 update, 430 sites x 21 + 10 labels, 1000 hidden, batch 128",
        _update("protein"),
        (*_ratio(1.18, AMX=0.50, VNNI=0.70), *_beside(4.0, 2.2, AMX=6.0, VNNI=4.5), Goal(gpu="H100", ms=0.9)),
    ),
    "rates": Job(
        "Rate network, 784 + 500, 1,000 copies, 20 steps",
        rates,
        (Goal(FLOOR, most=1.08), Goal("plain PyTorch", least=2.0, route="onednn")),
    ),
    "hebbian": Job(
        "Update of a chaotic network, 784 + 500, batch 500, 15 steps",
        hebbian,
        (Goal(FLOOR, most=1.10),),
    ),
    "conv": Job(
        "Steps of a neural energy, conv of 24 channels, 28 x 28, 128 chains, 10 steps",
        lambda place: neural(place, "conv", sp.Bernoulli(784)),
        (Goal(FLOOR, most=1.15),),
    ),
    "mlp": Job(
        "Steps of a neural energy, mlp of width 256, 218 sites x 21, 128 chains, 10 steps",
        lambda place: neural(place, "mlp", sp.Potts(218, 21)),
        (Goal(FLOOR, most=1.15),),
    ),
    "adversarial": Job(
        "Adversarial accuracy, 10,000 + 10,000 binary rows of 784; the product is 20,000 x 20,000",
        adversarial,
        (Goal(FLOOR, most=0.25), Goal("rbms", least=10.0)),
    ),
    "spectrum": Job(
        "Spectrum, 5,000 x 784; the product is 784 x 784",
        spectrum,
        (Goal("svdvals", least=1.8),),
    ),
}
