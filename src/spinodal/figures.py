"""Figures of a run: what both papers plot, from its machine, its held-out data and its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import plots
from .archive import Run
from .chaos import gain_sweep
from .dataset import Dataset
from .network import Network
from .tasks import asked, follow, generate, labels_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVES = {
    "adversarial error": ("adversarial_accuracy", "error"),
    "spectrum error": ("spectrum_error", "value"),
    "second-moment error": ("second_moment_error", "value"),
}
"""What curves are called, and where `judge` has them."""

GAINS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Gains of a sweep, in units of the machine's own."""


def times(steps: int) -> list[int]:
    """Times to look at a machine that was trained for so many steps: before, then, and long after.

    >>> times(15)
    [3, 7, 15, 30, 60, 150]
    """
    return sorted({max(1, steps // 5), max(1, steps // 2), steps, 2 * steps, 4 * steps, 10 * steps})


def figures(
    run: Run, machine: Network, data: Dataset, found: Mapping[str, Any], seed: int = 0
) -> Iterator[tuple[str, Figure]]:
    """Names and figures of a run: those that its machine and data have.

        scores-over-time      errors against generation time, beside their floors
        scores-over-training  the same against age, of the log
        samples               images, a row a label                             (images)
        snapshots             the same chains at several times                  (images)
        receptive-fields      what the first hidden units receive from a picture  (images, a hidden layer)
        gain-sweep            the largest Lyapunov exponent over the gain       (frozen couplings)

    data: held-out rows, of which the notes say the image's height and width; found: what `judge` says of `times`.
    F&F paper (arXiv:2307.06797), Fig. 4; chaos paper (arXiv:2405.10822), Figs. 2 to 5.
    """
    if "times" in found and "adversarial_accuracy" in found:
        yield "scores-over-time", _over_time(found)
    if len(log := run.log()) > 1 and "spectrum_error" in log[-1]:
        yield "scores-over-training", _over_training(log)
    if len(shape := data.notes.get("image", [])) == 2:
        yield from _of_images(machine, (shape[0], shape[1]), found["steps"], seed)
    if machine.gain and not machine.drawn:
        sweep = gain_sweep(machine, [machine.gain * x for x in GAINS], steps=1000, seed=seed)
        gains, exponents, errors = (x.tolist() for x in (sweep.gains, sweep.exponents, sweep.errors))
        yield "gain-sweep", plots.gain_sweep(gains, exponents, errors, machine.gain)


def _over_time(found: Mapping[str, Any]) -> Figure:
    rows = found["times"]
    curves = {name: [row[score][key] for row in rows] for name, (score, key) in CURVES.items()}
    floor = {name: found[score]["floor"] for name, (score, _) in CURVES.items()}
    return plots.scores_over_time([row["time"] for row in rows], curves, found["steps"], floor)


def _over_training(log: Sequence[Mapping[str, str]]) -> Figure:
    columns = {name: name.replace(" ", "_").replace("-", "_") for name in CURVES}
    there = {name: column for name, column in columns.items() if column in log[-1]}
    curves = {name: [float(row[column]) for row in log] for name, column in there.items()}
    floor = {name: float(log[-1][column.replace("error", "floor")]) for name, column in there.items()}
    return plots.scores_over_training([float(row["age"]) for row in log], curves, floor)


def _of_images(machine: Network, shape: tuple[int, int], steps: int, seed: int) -> Iterator[tuple[str, Figure]]:
    units = machine.units["visible"]
    limits = units.low, units.high
    names, images = _samples(machine, seed)
    yield "samples", plots.samples(images, names, shape, limits)
    frames = {t: x["visible"] for t, x in follow(machine, asked(machine, {"": 8}), times(steps), seed)}
    yield "snapshots", plots.snapshots(frames, steps, shape, limits)
    if ("visible", "hidden") in machine.edges:
        received = dict(machine.sources("hidden"))["visible"].detach()
        if received.shape[0] == shape[0] * shape[1]:  # a number a pixel, not one a letter
            yield "receptive-fields", plots.receptive_fields(received.T[:50].cpu().numpy(), shape)


def _samples(machine: Network, seed: int) -> tuple[Sequence[str], np.ndarray]:
    """The names of the first label column and ten images of each; without labels no names and a hundred images."""
    layer, alphabet = next(iter(labels_of(machine).items()), ("label", None))
    names, column = alphabet.symbols if alphabet else (), layer.removeprefix("label").removeprefix(":")
    wanted = {f"{column}:{name}" if column else name: 10 for name in names} or {"": 100}
    return names, generate(machine, asked(machine, wanted), seed=seed)["visible"]
