"""Fit: updates by averages with the data held minus averages after a short run from random."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .. import ranges
from ..machines.averages import Ensemble, Observed
from ..machines.dynamics import Machine, work
from ..machines.guidance import guidance_of
from ..machines.noise import Noise
from ..machines.parallel import threads_for
from ..machines.protocols import FEF, Protocol, Schedule, check_held, check_protocol, labels_of
from ..machines.state import Clamp, Edge, State, Tensors, check_tensors, rows_of, shapes
from ..ranks import ALONE, Ranks, Share
from .ascent import Ascent, Optimizer
from .averaging import tail_mean
from .curvature import Curvature
from .gradients import center, decay, gauge


@dataclass(frozen=True)
class Update:
    """One update: the number of updates so far (age), the data's averages, the step, and where persistent chains are.

    `memory` is the state of an optimizer, `momentum_buffer` and the like under the parameters' names. `mean` is the
    mean of the parameters over the last part of the training, where `fit` has an `averaging`.
    Training that continues after an update, `fit(..., after=update)`, gives the same bits as one without a stop.
    """

    age: int
    averages: Tensors = field(default_factory=dict)
    gradient: Tensors = field(default_factory=dict)
    last: dict[int, State] = field(default_factory=dict)
    memory: Tensors = field(default_factory=dict)
    mean: Tensors = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Update(age {self.age:,}{f': {shapes(self.gradient)}' if self.gradient else ''})"


@torch.no_grad()
def gradient(
    machine: Machine,
    batch: Mapping[str, Tensor],
    protocol: Protocol,
    steps: int,
    noise: Noise,
    last: Mapping[int, State] | None = None,
    centered: bool = True,
    averaged: bool = True,
    ranks: Ranks = ALONE,
) -> tuple[Tensors, Tensors, dict[int, State]]:
    """The data's means; the gradient, data minus each phase, summed; and where phases that start at "last" ended.

        g = Σ_phases weight (⟨.⟩_data held - ⟨.⟩_phase held, after `steps` steps)

    centered: weights are averaged about the data's means. averaged: the layers updated last enter by their
    conditional mean and not by a draw: the same gradient with less noise. ranks: each takes its share of the rows, and
    of the chains of `last`; the averages are over all rows. Raises ValueError where the batch doesn't fit the machine.
    """
    share, ends = ranks.share(rows_of(batch)), dict[int, State]()
    mixture = _ensembles(machine, batch, share, protocol, steps, noise, last or {}, averaged, ends)
    return *machine.averages(mixture, centered, share), ends


def _ensembles(
    machine: Machine,
    batch: Mapping[str, Tensor],
    share: Share,
    protocol: Protocol,
    steps: int,
    noise: Noise,
    last: Mapping[int, State],
    averaged: bool,
    ends: dict[int, State],
) -> Iterator[Ensemble]:
    """The values of the data, and then of each phase, with their weights; `ends` gets where persistent chains end.

    One after the other, and nothing of an ensemble is kept but `ends`, so that its memory is free for the next.
    """
    noise = noise.below(share.part.start)
    clamp = machine.hold(batch).rows(share.part)  # held whole: what is known, and what is a draw, is decided for all
    n = rows_of(clamp.known)

    @torch.no_grad()
    def run(held: Clamp, own: Noise, begin: State | None = None) -> tuple[State, Observed]:
        end = machine.advance(begin or machine.start(n, held, own), held, steps, own)
        return end, machine.observe(end, held, None if averaged else own)

    seen, observed = run(machine.infer(clamp, noise), noise)
    begins = {"data": seen} if any(phase.start == "data" for phase in protocol) else {}
    yield sum(phase.weight for phase in protocol), observed
    del seen, observed
    for i, phase in enumerate(protocol):
        held, own = clamp.only(phase.holds(clamp.known)), noise.child(i)
        if phase.start == "posterior":
            held = machine.infer(held, own, labels_of(machine.units))
        end, observed = run(held, own, last.get(i) if phase.start == "last" else begins.get(phase.start))
        if phase.start == "last":
            ends[i] = end
        yield -phase.weight, observed
        del end, observed


def fit(
    machine: Machine,
    batches: Iterable[Mapping[str, Tensor]],
    protocol: Protocol = FEF,
    steps: int = 10,
    lr: float | Callable[[int], float] = 0.01,
    *,
    centered: bool = True,
    uncentered: Collection[Edge] = (),
    averaged: bool = True,
    l1: float = 0.0,
    l2: float = 0.0,
    curvature: Curvature | None = None,
    optimizer: Optimizer | None = None,
    averaging: float | None = None,
    seed: int | Noise = 0,
    after: Update | None = None,
    ranks: Ranks = ALONE,
) -> Iterator[Update]:
    """Train: one update a batch; each is yielded, so that the caller can watch, save or stop.

        θ <- θ + lr g,   g = averages with the data held - averages after a short run from random

    batches      partly known states (`Dataset.batches`); what is unknown is free
    protocol     FEF (the default), FEF_CHAIN, RDM, CD, PCD, or phases of your own
    steps        k, of every run
    lr           the learning rate; a function of the age, of an update that is 1 for the first, makes it a schedule
    centered     the centered gradient (on by default); `uncentered` leaves terms of it out (`gradients.center`)
    averaged     the layers updated last enter by their conditional mean, not by a draw
    l1, l2       decay of the weights
    curvature    the data's principal directions, along which steps are shortened (`curvature.principal`)
    optimizer    a class of `torch.optim`, or what makes one: partial(torch.optim.SGD, momentum=0.9); it is called with
                 the parameters, lr and maximize=True, and gets g as the gradient
    averaging    the power of the mean of the parameters that `Update.mean` has (`tail_mean`): of about the last
                 1 / (averaging + 1) of the updates. The training itself goes on from the last parameters
    after        the update after which to continue; the batches must continue, too
    ranks        the processes that train together, each by this function with the same arguments: each takes its share
                 of a batch's rows, and all take the same step. `Update.last` has the chains of a rank's share.
                 The parameters have the bits that one process gives them, where all averages are sums of integers

    Raises ValueError where steps or lr are out of range, where a batch doesn't fit, and FloatingPointError where
    a gradient is not finite: it names the parameter, and the machine is as before that update.
    F&F paper (arXiv:2307.06797), training by two gradients; chaos paper (arXiv:2405.10822), eqs. 3 and 6.

    >>> import itertools, torch, spinodal as sp
    >>> machine = sp.rbm(sp.Bernoulli(8), visible=sp.Bernoulli(6), label=sp.Potts(1, 2))
    >>> batch = {"visible": torch.ones(50, 6), "label": torch.zeros(50, 1, dtype=torch.int64)}
    >>> [update.age for update in sp.fit(machine, itertools.repeat(batch, 3))]
    [1, 2, 3]
    """
    rate = lr if callable(lr) else lambda age: lr
    check(steps, rate(1), l1, l2)
    check_protocol(protocol)
    if hasattr(batches, "batches"):  # a Dataset
        raise ValueError("fit takes batches: pass data.batches(100), not the data themselves")
    machine.schedule = Schedule(protocol, steps, guidance_of(machine))
    parameters, noise = dict(machine.named_parameters()), Noise.of(seed)
    age, last, mean = (after.age, after.last, after.mean) if after else (0, {}, {})
    ascent = Ascent(parameters, float(rate(age + 1)), optimizer, after.memory if after else {})
    for age, batch in enumerate(batches, age + 1):  # noqa: B020
        check_tensors(batch)
        check_held(protocol, batch)
        with threads_for(work(machine, rows_of(batch))):
            how = steps, noise.child(age), last, centered, averaged, ranks
            means, step, last = gradient(machine, batch, protocol, *how)
        speed = float(rate(age))
        step = curvature.damp(step, machine.edges, speed) if curvature else step
        step = center(step, means, machine.edges, uncentered) if centered else gauge(step, machine.units, machine.edges)
        step = decay(step, parameters, l1, l2) if l1 or l2 else step
        ascent.ascend(step, speed)
        mean = mean if averaging is None else tail_mean(mean, parameters, age, averaging)
        yield Update(age, means, step, last, ascent.memory(), mean)


def check(steps: int, lr: float, l1: float = 0.0, l2: float = 0.0) -> None:
    """Raises ValueError where one of these is out of range."""
    ranges.integer("steps", steps)
    ranges.real("lr", lr, lambda x: x > 0, "must be a positive number")
    if not all(ranges.is_real(x, lambda x: x >= 0) for x in (l1, l2)):
        raise ValueError(f"l1 and l2 must be 0 or more, not {ranges.format_value(l1)} and {ranges.format_value(l2)}")
