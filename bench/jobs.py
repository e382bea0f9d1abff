"""Jobs: what is timed, by which packages, and the goals of spinodal; all through public functions."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch

import spinodal as sp

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
    """`who` takes at most `most` times as long as `of`, or `of` at least `least` times as long as `who`."""

    of: str
    most: float = float("inf")
    least: float = 0.0
    who: str = "spinodal"
    route: str | None = None


@dataclass(frozen=True)
class Job:
    """A job: its title, the functions that do it, and the goals, on one core or on all."""

    title: str
    contestants: Callable[[Place], dict[str, Work]]
    goals: tuple[Goal, ...] = ()
    cores: str = "one"


FLOOR = "products"
"""The faster of the two routes of bare products."""


def gibbs(place: Place, n: int = 1000, visible: int = 784, hidden: int = 1000, count: int = 10) -> dict[str, Work]:
    machine = sp.rbm(sp.Bernoulli(hidden), visible=sp.Bernoulli(visible)).to(place.device)
    single = sp.rbm(sp.Bernoulli(hidden), visible=sp.Bernoulli(visible)).to(place.device)
    single.precision = "float32"

    ours = {"spinodal": lambda: sp.run(machine, n, count, seed=1)}
    ours |= {"spinodal float32": lambda: sp.run(single, n, count, seed=1)}
    others = place.beside(lambda: {"plain PyTorch": peers.plain_gibbs(n, visible, hidden, count)})
    return ours | floors.steps(n, visible, hidden, count, place.device) | others


def cores(place: Place) -> dict[str, Work]:
    every, works = torch.get_num_threads(), gibbs(Place(place.device, peers=False))

    def on(threads: int, work: Work) -> Work:
        def alone() -> None:
            torch.set_num_threads(threads)
            work()

        return alone

    found = {name: on(every, work) for name, work in works.items() if name != "spinodal int8x2"}
    return found | {"spinodal on one core": on(1, works["spinodal"])}


def update(
    place: Place, n: int, sites: int, labels: int, hidden: int, colors: int | None = None, count: int = 10
) -> dict[str, Work]:
    units = sp.Potts(sites, colors) if colors else sp.Bernoulli(sites)
    x = torch.randint(0, colors, (n, sites)) if colors else (torch.rand(n, sites) < 0.2).float()
    y = torch.randint(0, labels, (n, 1))
    batch = {"visible": x.to(place.device), "label": y.to(place.device)}
    machine = sp.rbm(sp.Bernoulli(hidden), visible=units, label=sp.Potts(1, labels)).to(place.device)
    training = sp.fit(machine, itertools.repeat(batch), sp.FEF, steps=count)
    published = sp.fit(copy.deepcopy(machine), itertools.repeat(batch), sp.FEF_CHAIN, steps=count)
    like = torch.zeros((), device=place.device)
    visible = units.numbers(batch["visible"].int() if colors else batch["visible"], like)
    rows = batch["visible"] * sites + torch.arange(sites, device=place.device) if colors else None

    def others() -> dict[str, Work]:
        found = {"rbms": peers.rbms_update(x, hidden, count, colors)}
        found |= {"annaDCA": peers.annadca_update(x, y, hidden, count, colors)}
        found |= {"plain PyTorch": peers.plain_update(x, y, hidden, count, colors)}
        return found if colors else found | {"scikit-learn": peers.sklearn_update(x, hidden)}

    ours = {"spinodal": lambda: next(training), "spinodal, label chain": lambda: next(published)}
    return ours | floors.update(visible, hidden, count, rows) | place.beside(others)


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


def _update(**shape: int) -> Callable[[Place], dict[str, Work]]:
    return lambda place: update(place, **shape)


def _beside(rbms: float, shared: float) -> tuple[Goal, ...]:
    """The speedup over other packages: with the fastest route of each, and with torch's products for all."""
    peers = ("rbms", "annaDCA")
    return tuple(Goal(k, least=x, route=r) for k in peers for x, r in ((rbms, "onednn"), (shared, "torch")))


JOBS = {
    "gibbs": Job(
        "Gibbs steps, 784 x 1000, 1,000 chains, 10 steps",
        gibbs,
        (
            Goal(FLOOR, most=1.10),
            Goal(FLOOR, most=0.67, who="spinodal int8x2"),
            Goal("plain PyTorch", least=3.0, route="onednn"),
        ),
    ),
    "cores": Job(
        "Gibbs steps, 784 x 1000, 1,000 chains, 10 steps, on two cores and on one",
        cores,
        (Goal("spinodal on one core", least=1.8),),
        cores="all",
    ),
    "mnist": Job(
        "F&F-10 update, MNIST 784 + 10 labels, 1024 hidden, batch 500",
        _update(n=500, sites=784, labels=10, hidden=1024),
        (Goal(FLOOR, most=1.22), *_beside(2.7, 1.4)),
    ),
    "rna": Job(
        "F&F-10 update, 108 sites x 5 + 5 labels, 1000 hidden, batch 500",
        _update(n=500, sites=108, labels=5, hidden=1000, colors=5),
        (Goal(FLOOR, most=1.30), *_beside(4.0, 2.5)),
    ),
    "protein": Job(
        "F&F-10 update, 430 sites x 21 + 10 labels, 1000 hidden, batch 128",
        _update(n=128, sites=430, labels=10, hidden=1000, colors=21),
        (Goal(FLOOR, most=1.18), *_beside(4.0, 2.2)),
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
