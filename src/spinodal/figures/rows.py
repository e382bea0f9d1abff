"""Rows: data and samples as clouds, letters, haplotypes and notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .. import plots
from ..dataset import Dataset
from ..evidence.known import kind_of
from ..plots.letters import information
from .view import Drawn, View

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRETCH = 60
"""Sites of a logo, which fit a row."""

PER_LABEL = 6
"""Windows of a label that are shown."""

HISTOGRAMS = {
    "length": ("letters that are no gaps", "Lengths of sequences, data beside generated."),
    "gap": ("length of a run of gaps", "Runs of gaps, data beside generated."),
    "density": ("onsets in a window", "How many notes begin in a window, data beside generated."),
    "pitch": ("pitch, 0 the lowest key", "Which keys are struck, data beside generated."),
    "interval": ("steps from one onset to the next", "Steps of the highest voice, data beside generated."),
}
"""Of the record's curves that are histograms: what is counted, and what they show."""


def clouds(view: View) -> Iterator[Drawn]:
    """Data and samples on the data's principal axes, all together and label by label."""
    data, made = (x.select(x.whole) for x in (view.data, view.made))
    if min(len(data), len(made)) < 3:
        return
    x, y = (rows.numbers("visible").numpy() for rows in (data, made))
    if np.linalg.matrix_rank(x[:50] - x[:50].mean(0)) < 2:
        return
    asked, known = view.labels(made), view.labels(data)
    said = "The data (pale) and as many samples on the first two principal axes of the data, with their histograms."
    yield "cloud", plots.scatter(x, y, asked if view.names else None, view.names), said
    if len(view.names) > 1:
        figure = plots.scatter_by_label(x, y, known, asked, view.names)
        yield "cloud-by-label", figure, "Data and samples of each label, on the same axes."


def letters(view: View) -> Iterator[Drawn]:
    """Sequence logos where data and samples are sequences, and how long they are."""
    if kind_of(view.data) != "sequences":
        return
    symbols = view.data.alphabets["visible"].symbols
    both = {"data": _frequencies(view.data), "generated": _frequencies(view.made)}
    sites = _telling(information(both["data"], symbols).sum(1))
    where = f"Sites {sites[0] + 1} to {sites[-1] + 1}, those that tell most"
    yield "logo", plots.logo(both, symbols, sites), f"{where}: letters of the data, and of what was generated."
    if apart := dict(_of_labels(view)):
        title = "Each label should prefer the letters of its data"
        yield "logo-by-label", plots.logo(apart, symbols, sites, title), f"{where}, of the commonest labels."
    yield from _histograms(view)


def _frequencies(data: Dataset) -> np.ndarray:
    """How often each letter is at each site, (sites, symbols); alike where a site is never known."""
    x, n = data["visible"], len(data.alphabets["visible"].symbols)
    counts = np.stack([(x == a).sum(0) for a in range(n)], axis=1) + 1e-9
    found: np.ndarray = counts / counts.sum(1, keepdims=True)
    return found


def _telling(bits: np.ndarray) -> range:
    """The stretch of sites that tells most."""
    width = min(STRETCH, len(bits))
    sums = np.convolve(bits, np.ones(width), "valid")
    return range(first := int(sums.argmax()), first + width)


def _of_labels(view: View) -> Iterator[tuple[str, np.ndarray]]:
    """Frequencies of the three commonest labels, of the data and of samples."""
    known, asked = view.labels(view.data), view.labels(view.made)
    counts = np.bincount(known[known >= 0], minlength=len(view.names))
    for label in np.argsort(-counts, kind="stable")[:3]:
        if counts[label] and (asked == label).any():
            yield f"{view.names[label]}, data", _frequencies(view.data.select(known == label))
            yield f"{view.names[label]}, generated", _frequencies(view.made.select(asked == label))


def genomes(view: View) -> Iterator[Drawn]:
    """How linkage decays, where rows are haplotypes."""
    if (curve := view.record.get("curves", {}).get("ld_decay")) and curve["x"]:
        said = "The mean r² of pairs of SNPs by their distance."
        yield "ld-decay", plots.ld_decay(curve["x"], curve["data"], curve["generated"]), said


def music(view: View) -> Iterator[Drawn]:
    """Windows of piano rolls, a row a label, and histograms of notes."""
    if kind_of(view.data) != "music":
        return
    for name, data in (("generated", view.made), ("data", view.data)):
        yield f"piano-rolls-{name}", _rolls(data, view, name), f"Windows of ten frames, {name}; time goes to the right."
    yield from _histograms(view)


def _rolls(data: Dataset, view: View, name: str) -> Figure:
    """The first windows of each label that has any, as many of each."""
    roll, labels = data.notes["roll"], view.labels(data)
    groups = [np.flatnonzero(labels == k) for k in range(len(view.names))] or [np.arange(len(data))]
    there = {k: rows for k, rows in enumerate(groups) if len(rows)}
    chosen = np.concatenate([rows[: min(PER_LABEL, *map(len, there.values()))] for rows in there.values()])
    names = [view.names[k] for k in there] if view.names else []
    return plots.piano_roll(data["visible"][chosen], names, roll["pitches"], roll["lowest"], f"Windows: {name}")


def _histograms(view: View) -> Iterator[Drawn]:
    for name, (what, said) in HISTOGRAMS.items():
        if (curve := view.record.get("curves", {}).get(name)) and curve["x"]:
            yield f"{name}-histogram", plots.histogram(curve["x"], curve["data"], curve["generated"], what), said
