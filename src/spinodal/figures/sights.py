"""Sights: images that a machine generates and what its hidden units see of them; when chaos sets in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .. import plots
from ..chaos import gain_sweep
from ..network import Network
from ..tasks import asked, follow, generate, labels_of
from .view import Drawn, View

GAINS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Gains of a sweep, in units of the machine's own."""


def images(view: View) -> Iterator[Drawn]:
    """Samples, the same chains over time, and receptive fields, where rows are images."""
    if len(size := view.data.notes.get("image", [])) != 2:
        return
    machine, shape, steps = view.machine, (size[0], size[1]), view.record["steps"]
    units = machine.units["visible"]
    limits = units.low, units.high
    names, made = _samples(machine, view.seed)
    yield "samples", plots.samples(made, names, shape, limits), f"Generated in {steps} steps from random."
    at = [row["time"] for row in view.record.get("times", [])] or [steps]
    frames = {t: x["visible"] for t, x in follow(machine, asked(machine, {"": 8}), at, view.seed)}
    yield "snapshots", plots.snapshots(frames, steps, shape, limits), "The same chains after more and more steps."
    if ("visible", "hidden") in machine.edges:
        received = dict(machine.sources("hidden"))["visible"].detach()
        if received.shape[0] == shape[0] * shape[1]:  # a number a pixel, not one a letter
            figure = plots.receptive_fields(received.T[:50].cpu().numpy(), shape)
            yield "receptive-fields", figure, "What the first hidden units receive from a picture."


def _samples(machine: Network, seed: int) -> tuple[Sequence[str], np.ndarray]:
    """The names of the first label column and ten images of each; without labels no names and a hundred images."""
    layer, alphabet = next(iter(labels_of(machine).items()), ("label", None))
    names, column = alphabet.symbols if alphabet else (), layer.removeprefix("label").removeprefix(":")
    wanted = {f"{column}:{name}" if column else name: 10 for name in names} or {"": 100}
    return names, generate(machine, asked(machine, wanted), seed=seed)["visible"]


def sweep(view: View) -> Iterator[Drawn]:
    """The largest Lyapunov exponent over the gain, where couplings are frozen and nothing is drawn."""
    machine = view.machine
    if not machine.gain or machine.drawn:
        return
    found = gain_sweep(machine, [machine.gain * x for x in GAINS], steps=1000, seed=view.seed)
    gains, exponents, errors = (x.tolist() for x in (found.gains, found.exponents, found.errors))
    figure = plots.gain_sweep(gains, exponents, errors, machine.gain)
    yield "gain-sweep", figure, "Above 0 two starts that nearly agree part: chaos. Below 0 they meet at a fixed point."
