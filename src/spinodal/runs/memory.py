"""Memory: what a training needs at its peak, from the shapes of what is alive then.

No short training is measured in its place: the allocator keeps freed memory, so the peak is not linear in the rows. A
training on 300 sites with 800 hidden units takes 566 MB with a batch of 40, 556 with 80, and 628 with 400 (here: 623).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from .. import scores
from ..data.dataset import Dataset
from ..evaluation.reference import ROWS
from ..learning.curvature import MOST
from ..learning.fit import fit
from ..machines import counted, parallel
from ..machines.architectures import rbm
from ..machines.kernels.column_blocks import WIDTH
from ..machines.neural.energies import WIDTH_OF, Heads
from ..machines.protocols import BY_NAME, Protocol
from ..machines.units import Bernoulli
from ..tasks import BLOCK
from .guiding import sets_of
from .rules import AUTO
from .settings import Settings

REAL = 4
"""Bytes of a number, and of a letter, in a tensor."""

LARGE = 32 * 2**20
"""Bytes from which on glibc returns freed memory to the system; it keeps what is smaller.

It also returns the largest tensor that is ever freed.
"""

ROWS_AT_ONCE = counted.ROWS
"""Rows of a weight's gradient of which the products are alive."""

Pieces = list[int]
"""How many numbers each tensor has, of tensors that are alive at the same time."""


def needed(train: Dataset, test: Dataset, settings: Settings, process: int) -> dict[str, Any]:
    """What a training with these settings (`Settings.resolve`) is, and the most memory it takes on a CPU, in MB.

    `process` is what `resident` gave before the data were read. The code is measured, and so is reading, by the most
    that this process ever had; the rest is added up from `stages`. On Linux it is within a fifth of what is measured.
    """
    known = {"protocol": settings.protocol, "steps": settings.steps, "batch": settings.batch, "hidden": settings.hidden}
    protocol, shapes, reading = BY_NAME[settings.protocol], Shapes.of(train, settings), resident()[1]
    code, data = process + loading(train, protocol), kept(train) + kept(test)
    sets = sets_of(min(ROWS, len(test), len(train))) if settings.guidance == AUTO else 1
    between, passing = stages(shapes, protocol, settings.batch, len(test), len(train), sets)
    parts = {"between": _bytes(between), **{k: _bytes(x) for k, x in passing.items()}}
    largest = min(LARGE, REAL * max(x for pieces in passing.values() for x in pieces))
    freed = sum(_kept_of(pieces, largest) for pieces in passing.values())
    freed += max(_kept_in_threads(shapes, n) for n in (settings.batch, min(ROWS, len(test))))
    peak = max(reading, code + data + parts["between"] + max(map(_bytes, passing.values())) + freed)
    memory = {"code": code, "data": data, **parts, "freed": freed, "peak": peak}
    about = {"rows": len(train), "held_out": len(test), **known, "parameters": shapes.parameters}
    return {**about, "memory_mb": {k: round(x / 1e6) for k, x in memory.items()}}


def resident() -> tuple[int, int]:
    """Bytes of memory that this process has now, and the most it ever had."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(lines["VmRSS"].split()[0]) * 1024, int(lines["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError):  # not Linux: only the most it ever had is known
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return most, most


def loading(data: Dataset, protocol: Protocol) -> int:
    """Bytes of the code that only runs in a training: what an update and a score of two rows leave behind."""
    before, few = resident()[0], data.select(slice(2))
    machine = rbm(Bernoulli(1), sampled=None, std=0.0, seed=0, **data.units)
    next(fit(machine, [few.tensors()], protocol, steps=1))
    if few.whole.sum() == 2:
        scores.score(few, few)
    return resident()[0] - before


def kept(data: Dataset) -> int:
    """Bytes of a dataset."""
    arrays = [*data.columns.values(), data.names, *data.table.values()]
    return sum(x.nbytes for x in arrays) + (0 if data.weights is None else data.weights.nbytes)


KEPT = 4
"""Matrices of real numbers, of a set of rows, that are kept while other sets are compared: 2 to 7 as measured."""


@dataclass(frozen=True)
class Shapes:
    """Sizes of a machine.

    letters, seen, hidden  numbers a row: of the data's layers as letters, of these as one-hot, and of hidden layers
    couplings, frozen      weights that are learned, and weights that are not
    draws, exact           whether layers show draws, which are bytes, and whether averages are sums of integers
    averaged, damped       whether saved ages have the mean of the parameters, and steps are damped along directions
    """

    letters: int
    seen: int
    hidden: int
    couplings: int
    frozen: int = 0
    draws: bool = True
    exact: bool = True
    averaged: bool = False
    damped: bool = False

    @staticmethod
    def of(data: Dataset, settings: Settings) -> Shapes:
        units, sizes = data.units, settings.layers
        columns, seen = (sum(getattr(u, name) for u in units.values()) for name in ("columns", "size"))
        met = sizes[0] if sizes else units["visible"].size
        couplings = seen * met + sum(a * b for a, b in pairwise(sizes))
        more = {"averaged": bool(settings.averaging), "damped": bool(settings.curvature_limit)}
        if settings.machine == "rbm":
            return Shapes(columns, seen, sum(sizes), couplings, exact=settings.precision == "exact", **more)
        if settings.machine == "neural":
            between, weights = _network(data, settings)
            return Shapes(columns, seen, between, weights, exact=False, **more)
        frozen = 2 * couplings - (0 if sizes else met**2)  # both ways, but one way from a layer to itself
        return Shapes(
            seen, seen, sum(sizes), couplings, frozen, draws=False, exact=False, **more
        )  # its layers show means, not letters

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.couplings + self.seen + self.hidden

    def chains(self, n: int, held: bool = False) -> Pieces:
        """The potential of each layer that moves, and what it shows, of n chains that hold the data or are free."""
        hidden = [n * self.hidden, self._shown(n * self.hidden)]
        return hidden if held else [n * self.seen, self._shown(n * self.letters), *hidden]

    def _shown(self, values: int) -> int:
        """Values as so many numbers."""
        return -(-values // REAL) if self.draws else values


def _network(data: Dataset, settings: Settings) -> tuple[int, int]:
    """Of a neural machine, the numbers between the layers of its network for a row, and its weights."""
    name, (width,) = settings.energy, settings.layers
    with torch.device("meta"):
        options: dict[str, Any] = {WIDTH_OF[name]: width}
        energy = Heads.of(name, data.units, **options)
    return energy.trunk.between, sum(p.numel() for p in energy.parameters())


def stages(
    shapes: Shapes, protocol: Protocol, batch: int, test: int, train: int, sets: int = 1
) -> tuple[Pieces, dict[str, Pieces]]:
    """What is alive between updates, and what each stage of a training needs beside it.

    between  the parameters, the last gradient, and where its chains ended; the mean of the parameters, and directions
    start    a machine is made: parameters are read; random numbers, their logarithms and cosines, and weights
    update   a gradient is taken
    scores   as many rows are generated as are held out, and both are compared; where a guidance is chosen, several sets
             of them, each of which is kept with what was computed of it
    saving   the parameters (and PCD's chains) as bytes, summed and then packed
    """
    p, frozen, compared = shapes.parameters, shapes.frozen, min(ROWS, test, train)
    ends = [(phase.start, x) for phase in protocol for x in shapes.chains(batch, "visible" in phase.held)]
    ended, lasting = [x for _, x in ends], [x for start, x in ends if start == "last"]
    mean = [p] if shapes.averaged else []
    return [p, p, frozen, *ended, *mean, *([MOST * shapes.seen] if shapes.damped else [])], {
        "start": [p] * 3 + [frozen] * 2,  # before there is a gradient: five in all
        "update": [*ended, frozen, *_gradient(shapes, protocol, batch)],  # learned and frozen weights are added up
        "scores": [frozen, *mean, *_scores(shapes, compared), (sets - 1) * KEPT * compared * shapes.seen],
        "saving": [*2 * [p + frozen, *mean], *lasting, *lasting],
    }


def _gradient(shapes: Shapes, protocol: Protocol, batch: int) -> Pieces:
    """What a gradient needs beside the chains.

    The batch, and the fields and values of the hidden units; what held layers send; the means of layers that moved
    last; both factors of the averages; and their product, or, before it, letters of the batch as numbers. In exact
    arithmetic weights act as two bytes each way; the factors are bytes, two of a mean and one of a draw, of which the
    first are turned, too; and products are taken and added some rows of the weight at a time.
    """
    free, seen, hidden = sum("visible" not in phase.held for phase in protocol), shapes.seen, shapes.hidden
    means = free * [batch * seen] + (1 + len(protocol)) * [batch * hidden]
    alive = [batch * shapes.letters, *shapes.chains(batch, held=True), *means]
    if not shapes.exact:
        rows = (1 + free) * batch + 1
        return [*alive, rows * seen, rows * hidden, max(shapes.parameters, batch * seen)]
    sent = (1 + len(protocol)) * [batch * hidden]
    planes = 2 * [shapes.couplings // 2]
    bytes_seen, bytes_hidden = (1 + 2 * free) * batch, 2 * (1 + len(protocol)) * batch
    factors = [2 * bytes_seen * seen // REAL, bytes_hidden * hidden // REAL]
    return [*alive, *sent, *planes, *factors, 2 * ROWS_AT_ONCE * hidden, shapes.parameters]


def _scores(shapes: Shapes, rows: int) -> Pieces:
    """The most of: chains generated and joined, with their weights in slabs; and two ways to compare two sets of rows.

    One takes them as numbers, twice as bytes that tell two values apart, and four matrices in double precision of rows
    by rows or columns by columns; the other takes them as numbers and about their means, and three such matrices.
    """
    numbers, square = rows * shapes.seen, 2 * min(rows, shapes.seen) ** 2
    slabs = -(-shapes.hidden // WIDTH) * [shapes.seen * min(WIDTH, shapes.hidden)]
    generated = [*2 * shapes.chains(min(BLOCK, rows)), *slabs]
    compared = 2 * [numbers] + 4 * [numbers // 4] + 4 * [square]
    centered = 4 * [numbers] + 3 * [square]
    return max(generated, compared, centered, key=sum)


def _bytes(pieces: Pieces) -> int:
    return REAL * sum(pieces)


def _kept_of(pieces: Pieces, largest: int = LARGE) -> int:
    """Bytes that stay with the process when these tensors are freed."""
    return sum(REAL * x for x in pieces if REAL * x < largest)


def _kept_in_threads(shapes: Shapes, chains: int) -> int:
    """Bytes that stay with the threads, each of which has a heap of its own: two blocks of chains each."""
    threads = torch.get_num_threads()
    block = min(parallel.BLOCK, -(-chains // threads))
    return threads * 2 * _kept_of(shapes.chains(block)) if threads > 1 else 0
