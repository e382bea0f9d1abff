"""Image figures: generated images, receptive fields of hidden units, and the Lyapunov exponent over the gain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...data.dataset import Dataset
from ...data.reals import restore
from ...evaluation.reference import kind_of
from ...machines.chaos import gain_sweep
from ...machines.dynamics import Machine
from ...machines.network import Network
from ...tasks import asked, generate, sample_over_time
from .. import plots
from .view import MOST, Drawn, View

PER_LABEL, CHAINS, FIELDS = 10, 8, 50
"""Samples of each label, chains over time, and hidden units in the figures."""

GAINS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Gains of a sweep, in units of the gain of the machine."""

STEPS = 1000
"""Steps over which an exponent is averaged."""


def images(view: View) -> Iterator[Drawn]:
    """Samples, the same chains over time, and receptive fields, if rows are images."""
    if kind_of(view.data) != "images":
        return
    height, width = view.data.notes["image"]
    machine, shape, steps = view.machine, (height, width), view.record["steps"]
    limits = limits_of(view.data, machine)
    names, generated = _samples(view)
    generated = _pixels(view, generated)
    caption = f"Images generated in {steps} steps from a random start."
    yield "samples", plots.samples(generated, names, shape, limits), caption
    chains = sample_over_time(machine, asked(machine, {"": CHAINS}), view.moments, view.seed)
    frames = {t: _pixels(view, x["visible"]) for t, x in chains}
    caption = "The same chains after different numbers of steps from a random start."
    yield "snapshots", plots.snapshots(frames, steps, shape, limits), caption
    yield from _receptive_fields(view, shape)


def _receptive_fields(view: View, shape: tuple[int, int]) -> Iterator[Drawn]:
    """Weights from the image to hidden units, if each pixel has one number."""
    machine = view.machine
    if not isinstance(machine, Network) or ("visible", "hidden") not in machine.edges:
        return
    weight = dict(machine.sources("hidden"))["visible"].detach()
    if weight.shape[0] == shape[0] * shape[1]:
        figure = plots.receptive_fields(weight.T[:FIELDS].cpu().numpy(), shape)
        yield "receptive-fields", figure, "Weights from the pixels to the first hidden units."


def limits_of(data: Dataset, machine: Machine) -> tuple[float, float]:
    """The range of pixels: the range of the data if standardized, of the letters, or of the units' values."""
    if data.standard:
        x = restore(data)["visible"]
        return float(np.nanmin(x)), float(np.nanmax(x))
    units = machine.units["visible"]
    alphabet = data.alphabets.get("visible")
    return (0.0, len(alphabet.symbols) - 1.0) if alphabet else (units.low, units.high)


def _pixels(view: View, x: np.ndarray) -> np.ndarray:
    """Generated pixels in the numbers of the data's file: standardization is undone."""
    standard = view.data.standard
    return x if standard is None else standard.decode(x)


def _samples(view: View) -> tuple[list[str], np.ndarray]:
    """Names of labels and ten images of each label or each of the most common; without labels, a hundred images."""
    labels = list(range(len(view.names)))
    labels = labels if len(labels) <= MOST else view.common() or labels[:MOST]
    like = asked(view.machine, {"": PER_LABEL * (len(labels) or 10)})
    if labels:
        layer = like.labels[0]
        wanted = np.repeat(labels, PER_LABEL)[:, None].astype(like[layer].dtype)
        like = replace(like, columns={**like.columns, layer: wanted})
    return [view.names[i] for i in labels], generate(view.machine, like, seed=view.seed)["visible"]


def sweep(view: View) -> Iterator[Drawn]:
    """The largest Lyapunov exponent over the gain, for machines with frozen couplings and without noise."""
    machine = view.machine
    if not isinstance(machine, Network) or not machine.gain or machine.sampled:
        return
    found = gain_sweep(machine, [machine.gain * x for x in GAINS], steps=STEPS, seed=view.seed)
    gains, exponents, errors = (x.tolist() for x in (found.gains, found.exponents, found.errors))
    figure = plots.gain_sweep(gains, exponents, errors, machine.gain)
    caption = "Above 0, two nearly equal starts diverge: chaos. Below 0, they converge to a fixed point."
    yield "gain-sweep", figure, caption
