"""Tempering: replicas of chains at many points of a path that exchange places, and what they know of log Z."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from .. import room
from ..progress import Meter
from . import bennett, kernels
from .noise import Noise
from .parallel import BLOCK, map_blocks
from .paths import Path, Walkers
from .state import Tensors

LEAST_EXCHANGES = 0.05
"""The lowest rate of exchanges of neighbors at which a ladder mixes."""

MOVES = 5
"""Gibbs steps at each rung before the first sweep."""

LEAST_TIMES = 10
"""How many autocorrelation times a run has at least."""


@dataclass(frozen=True)
class Tempered:
    """What replica exchange found. A ladder is a replica at each rung; ladders are independent.

    rungs          the points of the path, (K,)
    forth, back    log f(rung k+1) - log f(rung k) of the replicas at k and at k+1: (K - 1, ladders, sweeps)
    exchanges      the rate at which neighbors k and k+1 exchanged, (K - 1,)
    round_trips    how often a replica of a ladder went from the first rung to the last and back, on average
    trace          log f(last rung) of the replica there, (ladders, sweeps)
    value          the values at the last rung after the last sweep, a row a ladder
    """

    rungs: list[float]
    forth: Tensor
    back: Tensor
    exchanges: Tensor
    round_trips: float
    trace: Tensor
    value: Tensors

    def ratios(self) -> list[bennett.Ratio]:
        """log Z(rung k+1) - log Z(rung k), by the samples of both (Bennett)."""
        return [bennett.both(u, v) for u, v in zip(self.forth, self.back)]

    def halves(self) -> tuple[Tempered, Tempered]:
        """The same of the first and of the second half of the sweeps that count."""
        half = self.trace.shape[1] // 2
        first = replace(self, forth=self.forth[..., :half], back=self.back[..., :half], trace=self.trace[:, :half])
        second = replace(self, forth=self.forth[..., half:], back=self.back[..., half:], trace=self.trace[:, half:])
        return first, second

    @property
    def autocorrelation(self) -> float:
        """The integrated autocorrelation time of log f at the last rung, in sweeps: 1 for independent samples."""
        return autocorrelation_time(self.trace)

    @property
    def fault(self) -> str:
        """Why the ladder didn't mix, "" where it did.

        Neighbors must exchange in 5 of 100 attempts, replicas make a round trip a ladder on average, and a run last
        ten autocorrelation times.
        """
        sweeps, time = self.trace.shape[1], self.autocorrelation
        if len(self.exchanges) and float(self.exchanges.min()) < LEAST_EXCHANGES:
            k = int(self.exchanges.argmin())
            rate = float(self.exchanges[k])
            return f"rungs {k + 1} and {k + 2} of {len(self.rungs)} exchange in {rate:.1%} of attempts only"
        if self.round_trips < 1:
            return f"a ladder made {self.round_trips:.2g} round trips in {sweeps} sweeps, fewer than 1"
        if not time * LEAST_TIMES <= sweeps:
            return f"the autocorrelation time is {time:.0f} of {sweeps} sweeps, more than a tenth"
        return ""


@torch.no_grad()
def temper(
    path: Path,
    rungs: Sequence[float],
    ladders: int,
    sweeps: int,
    noise: Noise,
    *,
    burn: int = 0,
    held: Mapping[str, Tensor] | None = None,
) -> Tempered:
    """Replica exchange over the rungs of a path: `burn` sweeps that forget the start, then `sweeps` that count.

    A sweep is a Gibbs step of each replica, and an exchange of every second pair of neighbors, of the even and of the
    odd pairs by turns, accepted with min(1, f_k(v') f_k+1(v) / f_k(v) f_k+1(v')) (Swendsen & Wang 1986; for machines of
    different ages Béreux et al. 2024). held: layers that keep their values, a row a ladder. Cost: a Gibbs step of
    ladders x rungs x sweeps chains, and three free energies each.
    """

    units, many = sum(u.size for u in path.units.values()), f"{ladders} ladders of {len(rungs)} rungs"
    need = len(rungs) * (16 * ladders * sweeps + 12 * min(ladders, BLOCK * torch.get_num_threads()) * units)
    room.check(need, many, "take fewer chains, or fewer steps")

    meter = Meter(f"replica exchange, {len(rungs)} rungs", ladders * (burn + sweeps))

    def work(part: slice) -> tuple[Tensor, ...]:
        own = {k: x[part] for k, x in (held or {}).items()}
        ladder = _Ladders(path, rungs, part.stop - part.start, noise.below(part.start), own)
        return ladder.run(burn, sweeps, meter)

    parts = map_blocks(work, ladders, path.like.device)
    forth, back, exchanges, trips, trace = (torch.cat(x) for x in list(zip(*parts))[:5])
    value = {k: torch.cat(x) for k, x in zip(path.outer, list(zip(*parts))[5:])}
    return Tempered(
        list(rungs),
        forth.movedim(2, 0),
        back.movedim(2, 0),
        exchanges.double().mean(0),
        float(trips.double().mean()),
        trace,
        value,
    )


class _Ladders:
    """Some ladders: the chains at each rung, and which replica is where."""

    def __init__(self, path: Path, rungs: Sequence[float], n: int, noise: Noise, held: Tensors):
        self.path, self.rungs, self.noise = path, list(rungs), noise
        self.walkers = self._annealed(path.start(n, noise.child(0), held))
        self.replica = torch.arange(len(rungs)).repeat(n, 1)  # which replica is at a rung, (n, K)
        self.leg = torch.zeros(n, len(rungs), dtype=torch.int8)  # of each replica: 1 up, 2 back down
        self.trips = torch.zeros(n, dtype=torch.int64)
        self.accepted = torch.zeros(n, len(rungs) - 1, dtype=torch.int64)
        self.attempts = torch.zeros(len(rungs) - 1, dtype=torch.int64)

    def run(self, burn: int, sweeps: int, meter: Meter) -> tuple[Tensor, ...]:
        n, pairs = len(self.replica), len(self.rungs) - 1
        forth, back = torch.zeros(2, n, sweeps, pairs, dtype=torch.float64)
        trace = torch.zeros(n, sweeps, dtype=torch.float64)
        for sweep in range(-burn, sweeps):
            self._move(sweep + burn + 1)
            up, down = self._steps()
            if sweep == 0:  # what came before forgot the start
                self.trips.zero_(), self.accepted.zero_(), self.attempts.zero_()
            if sweep >= 0:
                forth[:, sweep], back[:, sweep] = up, down
                trace[:, sweep] = self.walkers[-1].log_weight(self.rungs[-1]).cpu()
            self._exchange(up, down, sweep + burn + 1)
            meter.add(n)
        rates = self.accepted / self.attempts.clamp(min=1)
        return forth, back, rates, self.trips, trace, *(self.walkers[-1].value[k] for k in self.path.outer)

    def _annealed(self, walkers: Walkers) -> list[Walkers]:
        """The chains of each rung: those of the rung below, some steps on. So they begin in modes that grew."""
        found = [walkers]
        for k, t in enumerate(self.rungs[1:]):
            for time in range(MOVES):
                walkers = self.path.move(walkers, t, self.noise.child(len(self.rungs) + 1, k), time)
            found.append(walkers)
        return found

    def _move(self, time: int) -> None:
        for k, t in enumerate(self.rungs):
            self.walkers[k] = self.path.move(self.walkers[k], t, self.noise.child(k), time)

    def _steps(self) -> tuple[Tensor, Tensor]:
        """log f(rung k+1) - log f(rung k) of the chains at k, and of those at k+1: (n, K - 1) each."""
        pairs = list(zip(self.rungs, self.rungs[1:]))
        up = [w.step(*pair).cpu() for w, pair in zip(self.walkers, pairs)]
        down = [w.step(*pair).cpu() for w, pair in zip(self.walkers[1:], pairs)]
        blank = torch.zeros(len(self.replica), 0, dtype=torch.float64)
        return torch.stack(up, 1) if up else blank, torch.stack(down, 1) if down else blank

    def _exchange(self, up: Tensor, down: Tensor, time: int) -> None:
        place, like = self.noise.child(len(self.rungs)).at(time, 0), torch.empty(0)
        chance = kernels.of(like).uniform(*up.shape, place, like)
        accept = chance.double().log() < up - down
        for k in range(time % 2, len(self.rungs) - 1, 2):
            a, b, yes = self.walkers[k], self.walkers[k + 1], accept[:, k].to(self.path.like.device)
            self.walkers[k], self.walkers[k + 1] = a.swapped(b, yes), b.swapped(a, yes)
            here, there = self.replica[:, k].clone(), self.replica[:, k + 1].clone()
            self.replica[:, k] = torch.where(accept[:, k], there, here)
            self.replica[:, k + 1] = torch.where(accept[:, k], here, there)
            self.accepted[:, k] += accept[:, k]
            self.attempts[k] += 1
        self._count_trips()

    def _count_trips(self) -> None:
        """A replica at the first rung that was at the last one since it was here before has made a round trip."""
        first, last = self.replica[:, :1], self.replica[:, -1:]
        leg = self.leg.gather(1, last)
        self.leg.scatter_(1, last, torch.where(leg == 1, torch.full_like(leg, 2), leg))
        self.trips += (self.leg.gather(1, first) == 2)[:, 0]
        self.leg.scatter_(1, first, 1)


def autocorrelation_time(trace: Tensor) -> float:
    """The integrated autocorrelation time of chains (n, times), in times: 1 + 2 Σ ρ(t), with Sokal's window of 5 times.

    ρ is the mean over chains of the correlation about the mean of all. NaN where nothing varies.
    """
    x = (trace - trace.mean()).numpy()
    power = np.abs(np.fft.rfft(x, 2 * x.shape[1], axis=1)) ** 2
    rho = np.fft.irfft(power.mean(0))[: x.shape[1]] / np.arange(x.shape[1], 0, -1)
    tau = 2 * np.cumsum(rho / rho[0]) - 1 if rho[0] > 0 else np.full(x.shape[1], np.nan)
    inside = np.flatnonzero(np.arange(len(tau)) >= 5 * tau)
    return float(tau[inside[0]] if len(inside) else tau[-1])
