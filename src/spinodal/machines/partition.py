"""Partition: log Z of a machine, by a sum over all states, by annealing, or by replica exchange, with its error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .. import ranges
from ..progress import Meter
from . import bennett, energies, marginals
from .annealing import anneal, anneal_back, points_between, settle
from .network import Network
from .noise import Noise
from .paths import Path, independent, rungs
from .protocols import labels_of
from .state import Tensors
from .tempering import Tempered, temper
from .units import has_unknown

METHODS = ("exact", "ais", "trajectory-ais", "tempering", "trajectory")
"""How log Z is found: a sum over all states; annealing, and replica exchange, each in temperature or over ages."""

WIDE = 2.58
"""Standard errors by which the ends of a bracket are moved out: 1 of 200 estimates lies beyond each."""

DRIFT, LEAST_DRIFT = 4.0, 0.05
"""Standard errors, and nats, by which log Z by two halves of the sweeps may differ."""

CHAINS = {"ais": 100, "tempering": 64}
STEPS = {"ais": 10_000, "tempering": 1000}
"""By default."""


@dataclass(frozen=True)
class LogPartition:
    """log Z of a machine, in nats.

    log_z          the estimate
    error          its standard error, 0 where it is exact
    lower, upper   a bracket: an estimate that is on average too low and one that is too high, each moved out by 2.58
                   standard errors of its own, so log Z is outside in 1 of 100 runs, if chains reach all modes
    method         one of `METHODS`
    note           why not to trust it: chains that didn't mix, weights that few chains have; "" where nothing was found
    """

    log_z: float
    error: float
    lower: float
    upper: float
    method: str
    note: str = ""

    def __float__(self) -> float:
        return self.log_z

    def plus(self, more: float) -> LogPartition:
        """The same, with a constant added."""
        return replace(self, log_z=self.log_z + more, lower=self.lower + more, upper=self.upper + more)


def log_partition(
    machine: Network,
    method: str = "exact",
    *,
    ages: Sequence[Network] = (),
    near: Mapping[str, Tensor] | None = None,
    chains: int | None = None,
    steps: int | None = None,
    seed: int | Noise = 0,
) -> LogPartition:
    """log Z = log Σ exp(-E) of a machine with an energy, with a standard error and a bracket.

    method  "exact": over all states of all layers but one, up to 2^22. "ais": annealed importance sampling from
            independent units to the machine, forth, and back from samples of the machine. "tempering": replica exchange
            on the same path. "trajectory-ais" and "trajectory": the same two over the ages of the training
    ages    for the trajectory methods: the machine at earlier ages, from the youngest
    near    rows like the machine's samples, such as held-out data, layer -> (n, columns): from there, after steps / 10
            steps, the way back starts; by default from where chains came to on the way forth. Labels that the machine
            lacks are left out
    chains  annealed chains (100), or independent ladders (64)
    steps   steps of annealing (10,000), or sweeps of replica exchange that count (1000), after half as many

    All machines whose couplings meet one hidden layer. Raises ValueError for a machine without energy, for other
    couplings, and where "exact" has too many states. Neal 2001; Burda, Grosse & Salakhutdinov 2015; Bennett 1976;
    Béreux et al., arXiv:2405.15376.

    Cost by default, of 784 x 256 units: "ais" and "tempering" one to two minutes of a core, "trajectory" some ten; the
    logger spinodal.progress says how far it is. "ais" takes 2.1 x chains x steps Gibbs steps, replica exchange 1.5 x
    chains x rungs x steps.
    """
    if method not in METHODS:
        raise ValueError(f'there is no method "{method}"; there are {", ".join(METHODS)}')
    if method == "exact":
        log_z = float(energies.sum_states(machine))
        return LogPartition(log_z, 0.0, log_z, log_z, "exact")
    if near is not None and not method.endswith("ais"):
        raise ValueError(f"near is where annealing back starts, for the methods ais and trajectory-ais, not {method}")
    kind, noise = "ais" if method.endswith("ais") else "tempering", Noise.of(seed)
    chains = ranges.integer("chains", CHAINS[kind] if chains is None else chains, 2)
    steps = ranges.integer("steps", STEPS[kind] if steps is None else steps, 10)
    path = path_to(machine, method, ages, noise)
    if kind == "ais":
        return replace(_annealed(path, near, chains, steps, noise), method=method)
    return replace(along(path, _tempered(path, chains, steps, noise))[-1], method=method)


def log_partitions(
    machines: Sequence[Network], *, chains: int | None = None, steps: int | None = None, seed: int | Noise = 0
) -> list[LogPartition]:
    """log Z of a machine at all of its ages, from the youngest, by one replica exchange over them.

    The last one is what `log_partition(..., "trajectory")` gives.
    """
    chains = ranges.integer("chains", CHAINS["tempering"] if chains is None else chains, 2)
    steps = ranges.integer("steps", STEPS["tempering"] if steps is None else steps, 10)
    noise = Noise.of(seed)
    path = path_to(machines[-1], "trajectory", machines[:-1], noise)
    return along(path, _tempered(path, chains, steps, noise))


def path_to(machine: Network, method: str, ages: Sequence[Network] = (), seed: int | Noise = 0) -> Path:
    """Independent units, then, for a trajectory method, the ages of the machine, then the machine."""
    over_ages = method.startswith("trajectory")
    if over_ages and not ages:
        raise ValueError(f"{method} goes over the ages of a training: pass the machine at earlier ages, ages=[...]")
    if ages and not over_ages:
        raise ValueError(f"ages are for the methods trajectory and trajectory-ais, not for {method}")
    return Path([independent(ages[0] if ages else machine, Noise.of(seed).child(0)), *ages, machine])


def _tempered(path: Path, ladders: int, sweeps: int, noise: Noise) -> Tempered:
    return temper(path, rungs(path, noise.child(1)), ladders, sweeps, noise.child(2), burn=max(sweeps // 2, 1))


def along(path: Path, found: Tempered) -> list[LogPartition]:
    """log Z of each machine of a path but the first, by what replica exchange found."""
    every, (early, late) = _sums(found.ratios()), (_sums(half.ratios()) for half in found.halves())
    low = _sums([bennett.forward(u) for u in found.forth])
    high = _sums([bennett.backward(v) for v in found.back])
    out = []
    for k, t in enumerate(found.rungs[1:]):
        if t == int(t):
            z, error = every[k]
            ends = [x + WIDE * side * max(e, error) for (x, e), side in ((low[k], -1), (high[k], 1), (every[k], -1),
                    (every[k], 1), (early[k], 0), (late[k], 0))]  # fmt: skip
            note = found.fault or _drift(early[k], late[k])
            own = LogPartition(z, error, min(ends), max(ends), "trajectory", note)
            out.append(own.plus(path.log_z_of_independent()))
    return out


def _drift(early: tuple[float, float], late: tuple[float, float]) -> str:
    """Says so where the estimates by the two halves of the sweeps differ by more than chance: chains still settle."""
    change, error = late[0] - early[0], (early[1] ** 2 + late[1] ** 2) ** 0.5
    drifts = abs(change) > DRIFT * error and abs(change) > LEAST_DRIFT
    return f"log Z moved by {change:+.2g} from the first half of the sweeps to the second" if drifts else ""


def _sums(ratios: Sequence[bennett.Ratio]) -> list[tuple[float, float]]:
    """The sums of the first 1, 2, ... ratios of the same ladders, each with its standard error."""
    total = torch.tensor([r.log_ratio for r in ratios], dtype=torch.float64).cumsum(0)
    influences = torch.stack([r.together for r in ratios]).cumsum(0)
    return [(float(z), bennett.error_of(own)) for z, own in zip(total, influences)]


def _annealed(path: Path, near: Mapping[str, Tensor] | None, chains: int, steps: int, noise: Noise) -> LogPartition:
    """log Z of the last machine of a path, by annealing forth and back."""
    points = points_between(rungs(path, noise.child(1)), steps)
    rest = max(steps // 10, 10)
    meter = Meter("log Z by annealing", chains * (2 * steps + rest))
    forth, value = anneal(path, points, chains, noise.child(2), meter)
    begin = _rows_near(path, near, chains, noise.child(3)) if near else _resampled(forth, value, noise.child(3))
    begin = settle(path, begin, rest, noise.child(4), meter)
    back = anneal_back(path, points, begin, noise.child(5), meter)
    low, high = bennett.forward(forth[:, None]), bennett.backward(back[:, None])
    best = bennett.both(forth[:, None], back[:, None])
    ends = low.log_ratio - WIDE * low.error, high.log_ratio + WIDE * high.error
    few = min(bennett.effective(forth[:, None]), bennett.effective(-back[:, None]))
    note = f"{few:.0f} of {chains} chains have nearly all weight: take more steps" if few < 10 else ""
    z = best.log_ratio
    return LogPartition(z, best.error, min(ends[0], z), max(ends[1], z), "", note).plus(path.log_z_of_independent())


def _resampled(weight: Tensor, value: Tensors, noise: Noise) -> Tensors:
    """As many chains, drawn by their weights at evenly spaced quantiles."""
    share = weight.softmax(0).cumsum(0)
    n, offset = len(weight), (noise.key % 2**32 + 0.5) / 2**32
    wanted = (torch.arange(n, dtype=torch.float64, device=weight.device) + offset) / n
    rows = torch.searchsorted(share, wanted).clamp(max=n - 1)
    return {k: x[rows] for k, x in value.items()}


def _rows_near(path: Path, near: Mapping[str, Tensor], chains: int, noise: Noise) -> Tensors:
    """As many rows as chains, each in turn, with their unknown labels drawn; without labels of other machines."""
    machine = path.machines[-1]
    strange = [k for k in labels_of(near) if k not in machine.units]
    near = {k: x for k, x in near.items() if k not in strange}
    rows = torch.arange(chains) % len(next(iter(near.values())))
    labels = [k for k in path.outer if k not in near and marginals.is_letter(machine.units[k])]
    clamp = machine.infer(machine.hold({k: x[rows] for k, x in near.items()}), noise, labels)
    if lacking := [k for k in path.outer if k not in clamp.known or has_unknown(clamp.known[k])]:
        raise ValueError(f"the rows near the machine's samples have unknown entries in {', '.join(lacking)}")
    return dict(clamp.known)
