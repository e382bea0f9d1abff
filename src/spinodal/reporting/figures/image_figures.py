"""Image figures: images that a machine generates and what its hidden units see of them; when chaos sets in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...data.reals import restore
from ...evaluation.reference import kind_of
from ...machines.chaos import gain_sweep
from ...machines.network import Network
from ...tasks import asked, generate, sample_over_time
from .. import plots
from .view import MOST, Drawn, View

PER_LABEL, CHAINS, FIELDS = 10, 8, 50
"""Samples of a label, chains over time and hidden units that are shown."""

GAINS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Gains of a sweep, in units of the machine's own."""

STEPS = 1000
"""Steps that the exponent of a gain is averaged over."""


def images(view: View) -> Iterator[Drawn]:
    """Samples, the same chains over time, and receptive fields, where rows are images."""
    if kind_of(view.data) != "images":
        return
    height, width = view.data.notes["image"]
    machine, shape, steps, limits = view.machine, (height, width), view.record["steps"], _limits(view)
    names, made = _samples(view)
    made = _pixels(view, made)
    yield "samples", plots.samples(made, names, shape, limits), f"Generated in {steps} steps from random."
    at = [row["time"] for row in view.record.get("times", [])] or [steps]
    frames = {
        t: _pixels(view, x["visible"])
        for t, x in sample_over_time(machine, asked(machine, {"": CHAINS}), at, view.seed)
    }
    yield "snapshots", plots.snapshots(frames, steps, shape, limits), "The same chains after more and more steps."
    if isinstance(machine, Network) and ("visible", "hidden") in machine.edges:
        received = dict(machine.sources("hidden"))["visible"].detach()
        if received.shape[0] == height * width:  # a number a pixel, not one a letter
            figure = plots.receptive_fields(received.T[:FIELDS].cpu().numpy(), shape)
            yield "receptive-fields", figure, "What the first hidden units receive from a picture."


def _limits(view: View) -> tuple[float, float]:
    """What pixels lie between: the first and the last letter, the numbers that units show, or those of the data."""
    if view.data.standard:
        x = restore(view.data)["visible"]
        return float(np.nanmin(x)), float(np.nanmax(x))
    units = view.machine.units["visible"]
    alphabet = view.data.alphabets.get("visible")
    return (0.0, len(alphabet.symbols) - 1.0) if alphabet else (units.low, units.high)


def _pixels(view: View, x: np.ndarray) -> np.ndarray:
    """Generated pixels as files have them: where they were standardized, as they were before."""
    standard = view.data.standard
    return x if standard is None else standard.decode(x)


def _samples(view: View) -> tuple[list[str], np.ndarray]:
    """Ten images of each label, of many of the commonest; without labels no names and a hundred images."""
    labels = list(range(len(view.names)))
    labels = labels if len(labels) <= MOST else view.common() or labels[:MOST]
    like = asked(view.machine, {"": PER_LABEL * (len(labels) or 10)})
    if labels:
        layer = like.labels[0]
        wanted = np.repeat(labels, PER_LABEL)[:, None].astype(like[layer].dtype)
        like = replace(like, columns={**like.columns, layer: wanted})
    return [view.names[i] for i in labels], generate(view.machine, like, seed=view.seed)["visible"]


def sweep(view: View) -> Iterator[Drawn]:
    """The largest Lyapunov exponent over the gain, where couplings are frozen and nothing is drawn."""
    machine = view.machine
    if not isinstance(machine, Network) or not machine.gain or machine.sampled:
        return
    found = gain_sweep(machine, [machine.gain * x for x in GAINS], steps=STEPS, seed=view.seed)
    gains, exponents, errors = (x.tolist() for x in (found.gains, found.exponents, found.errors))
    figure = plots.gain_sweep(gains, exponents, errors, machine.gain)
    yield "gain-sweep", figure, "Above 0 two starts that nearly agree part: chaos. Below 0 they meet at a fixed point."
