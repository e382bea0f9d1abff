"""Memory: what a training needs at its peak, from the shapes of what is alive then."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from .. import scores
from ..data.dataset import Dataset
from ..evaluation.reference import ROWS
from ..learning.fit import fit
from ..machines import parallel
from ..machines.kernels.column_blocks import WIDTH
from ..machines.network import rbm
from ..machines.protocols import BY_NAME, Phase, Protocol
from ..machines.units import Bernoulli
from ..tasks import BLOCK
from .settings import Settings

REAL = 4
"""Bytes of a number, and of a letter, in a tensor."""

LARGE = 32 * 2**20
"""Bytes from which on glibc gives a freed piece back at once; smaller ones leave holes that it keeps.

The largest piece that is ever freed is given back, too: glibc takes only what is smaller from its heap.
"""

Pieces = list[int]
"""Tensors that are alive together, by how many numbers they have."""


def needed(train: Dataset, test: Dataset, settings: Settings, process: int) -> dict[str, Any]:
    """What a training with these settings (`Settings.resolve`) is, and the most memory it takes on a CPU, in MB.

    `process` is what `resident` gave before the data were read. The code is measured, and so is reading, by the most
    that this process ever had; the rest is added up from `stages`. On Linux it is within a fifth of what is measured.
    """
    known = {"protocol": settings.protocol, "steps": settings.steps, "batch": settings.batch, "hidden": settings.hidden}
    rows = {"rows": len(train), "held_out": len(test)}
    protocol, batch = BY_NAME[settings.protocol], settings.batch
    reading, shapes = resident()[1], Shapes.of(train, settings)
    code, data = process + loading(train, protocol), kept(train) + kept(test)
    between, passing = stages(shapes, protocol, batch, len(test), len(train))
    parts = {"between": _bytes(between), **{k: _bytes(x) for k, x in passing.items()}}
    largest = min(LARGE, REAL * max(x for pieces in passing.values() for x in pieces))
    threads = max(_in_threads(shapes, n) for n in (batch, min(ROWS, len(test))))
    freed = sum(_holes(pieces, largest) for pieces in passing.values()) + threads
    peak = max(reading, code + data + parts["between"] + max(map(_bytes, passing.values())) + freed)
    said = {"code": code, "data": data, **parts, "freed": freed, "peak": peak}
    return {**rows, **known, "parameters": shapes.parameters, "memory_mb": {k: round(x / 1e6) for k, x in said.items()}}


def resident() -> tuple[int, int]:
    """Bytes of memory that this process has now, and the most it ever had."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(lines["VmRSS"].split()[0]) * 1024, int(lines["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError):  # not a Linux: what it ever had is all that can be known
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


@dataclass(frozen=True)
class Shapes:
    """Numbers a row: of the layers that data have, as letters and as one-hot, and of the hidden layers; and the numbers
    of the couplings, learned and frozen."""

    letters: int
    seen: int
    hidden: int
    couplings: int
    frozen: int = 0

    @staticmethod
    def of(data: Dataset, settings: Settings) -> Shapes:
        units, sizes = data.units, settings.layers
        columns, seen = (sum(getattr(u, name) for u in units.values()) for name in ("columns", "size"))
        met = sizes[0] if sizes else units["visible"].size
        couplings = seen * met + sum(a * b for a, b in pairwise(sizes))
        if settings.machine == "rbm":
            return Shapes(columns, seen, sum(sizes), couplings)
        frozen = 2 * couplings - (0 if sizes else met**2)  # a layer that meets itself has one
        return Shapes(seen, seen, sum(sizes), couplings, frozen)  # means in place of letters

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.couplings + self.seen + self.hidden

    def chains(self, n: int) -> Pieces:
        """Free chains: the potential of each layer, and what it shows."""
        return [n * self.seen, n * self.letters, n * self.hidden, n * self.hidden]


def stages(shapes: Shapes, protocol: Protocol, batch: int, test: int, train: int) -> tuple[Pieces, dict[str, Pieces]]:
    """What is alive between updates, and what comes and goes beside it, by the stage of a training.

    between  the parameters, the last gradient, and where its chains ended
    start    parameters are read, and a machine made: random numbers, their logarithms and cosines, and weights
    update   a gradient is taken
    scores   held-out rows are predicted, as many generated, both compared
    saving   the parameters (and PCD's chains) as bytes, summed and then packed
    """
    p, frozen, ends = shapes.parameters, shapes.frozen, _ends(shapes, protocol, batch)
    lasting = _ends(shapes, [phase for phase in protocol if phase.start == "last"], batch)
    return [p, p, frozen, *ends], {
        "start": [p] * 3 + [frozen] * 2,  # before there is a gradient: five in all
        "update": [*ends, frozen, *_gradient(shapes, protocol, batch)],  # a run adds what is learned to what is frozen
        "scores": [frozen, *_scores(shapes, test, min(ROWS, test, train))],
        "saving": [p + frozen, p + frozen, *lasting, *lasting],
    }


def _ends(shapes: Shapes, protocol: Iterable[Phase], batch: int) -> Pieces:
    """Where the chains of all phases ended: their hidden units, and data's layers where they are free."""
    chains = shapes.chains(batch)
    return [x for phase in protocol for x in (chains[2:] if "visible" in phase.held else chains)]


def _gradient(shapes: Shapes, protocol: Protocol, batch: int) -> Pieces:
    """What a gradient needs beside the chains.

    The batch and the fields of what it holds; the means of layers that moved last; both sides of the averages; and
    their product, or, before that, one ensemble of letters as numbers.
    """
    free, seen, hidden = sum("visible" not in phase.held for phase in protocol), shapes.seen, shapes.hidden
    held = [batch * shapes.letters, batch * hidden, batch * hidden]
    means = free * [batch * seen] + (1 + len(protocol)) * [batch * hidden]
    rows = (1 + free) * batch + 1
    return [*held, *means, rows * seen, rows * hidden, max(shapes.parameters, batch * seen)]


def _scores(shapes: Shapes, test: int, rows: int) -> Pieces:
    """The most of: labels predicted; chains generated and joined, their weights in slabs; and two sets compared.

    Compared are numbers, with a byte for each that says which of two values it is, twice; and of what they have in
    common, rows with rows or columns with columns, there are four matrices in double precision. Or numbers about their
    means, in place of the bytes, with three such matrices.
    """
    block, less, numbers = min(BLOCK, test), min(rows, shapes.seen), rows * shapes.seen
    predicted = 2 * [block * shapes.letters] + 3 * [block * shapes.hidden]
    slabs = -(-shapes.hidden // WIDTH) * [shapes.seen * min(WIDTH, shapes.hidden)]
    generated = [*shapes.chains(min(BLOCK, rows)), *shapes.chains(min(BLOCK, rows)), *slabs]
    compared = 2 * [numbers] + 4 * [numbers // 4] + 4 * [2 * less**2]
    centered = 4 * [numbers] + 3 * [2 * less**2]
    return max(predicted, generated, compared, centered, key=sum)


def _bytes(pieces: Pieces) -> int:
    return REAL * sum(pieces)


def _holes(pieces: Pieces, largest: int = LARGE) -> int:
    """Bytes that stay with the process when these pieces are freed."""
    return sum(REAL * x for x in pieces if REAL * x < largest)


def _in_threads(shapes: Shapes, chains: int) -> int:
    """What stays with our threads, each of which has a heap of its own: a block of chains, and a step later."""
    threads = torch.get_num_threads()
    block = min(parallel.BLOCK, -(-chains // threads))
    return threads * 2 * _holes(shapes.chains(block)) if threads > 1 else 0
