"""Rows: data and samples as clouds, letters, haplotypes and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...evaluation.reference import kind_of
from .. import plots
from ..plots.logo_plots import GAP, information
from .view import MOST, Drawn, View

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRETCH = 60
"""Sites of a logo, which fit a row."""

LOGOS = 3
"""Labels that have logos of their own."""

WINDOWS = 6
"""Windows of a label that are shown."""

FLAT = 1e-3
"""Rows that leave a line by less than this share of its length have no plane to be shown on."""

HISTOGRAMS = {
    "length": ("lengths", "letters that are no gaps", "Lengths of sequences, data beside generated."),
    "gap": ("gaps", "length of a run of gaps", "Runs of gaps, data beside generated."),
    "density": ("onsets", "onsets in a window", "How many notes begin in a window, data beside generated."),
    "pitch": ("pitches", "pitch, 0 the lowest key", "Which keys are struck, data beside generated."),
    "interval": ("intervals", "steps from one onset to the next", "Steps of the highest voice, data beside generated."),
}
"""Of the record's curves that are histograms: the name of the figure, what is counted, and what it shows."""


CURVE = ("x", "data", "generated")
"""What a curve of the record holds."""


def clouds(view: View) -> Iterator[Drawn]:
    """Data and samples on the data's principal axes, all together and label by label."""
    there = view.data.whole
    if there.sum() < 3:
        return
    x, y = view.data.select(there).numbers().numpy(), view.made.numbers().numpy()
    if _is_flat(x):
        return
    asked, names = _few(view.asked, view.names)
    said = "Held-out rows (pale) and generated ones on the first two principal axes of the held-out rows."
    yield "cloud", plots.scatter(x, y, asked, names), said
    if len(labels := view.common()) > 1:
        known, asked = (_renumbered(numbers, labels) for numbers in (view.known[there], view.asked))
        said = "Held-out rows and generated ones of each label, on the same axes."
        yield "cloud-by-label", plots.scatter_by_label(x, y, known, asked, [view.names[i] for i in labels]), said


def _few(numbers: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray | None, list[str]]:
    """The labels that are there, numbered anew; none where they are more than have a color."""
    labels = np.unique(numbers[numbers >= 0]).tolist()
    return (_renumbered(numbers, labels), [names[i] for i in labels]) if 0 < len(labels) <= MOST else (None, [])


def _is_flat(x: np.ndarray) -> bool:
    """Whether rows lie on a line, or nearly."""
    away = x.astype(np.float64) - x.mean(0)
    lengths = np.linalg.norm(away, axis=1)
    along = away[lengths.argmax()] / (lengths.max() or 1)
    return bool(np.linalg.norm(away - np.outer(away @ along, along), axis=1).max() <= FLAT * lengths.max())


def _renumbered(numbers: np.ndarray, labels: Sequence[int]) -> np.ndarray:
    """The place of each number among the labels, -1 where it is none of them."""
    found = np.full(len(numbers), -1)
    for place, label in enumerate(labels):
        found[numbers == label] = place
    return found


def letters(view: View) -> Iterator[Drawn]:
    """Sequence logos where data and samples are sequences, and how long they are."""
    if kind_of(view.data) != "sequences":
        return
    symbols = view.data.alphabets["visible"].symbols
    if len({*symbols} - {GAP}) > 1:
        yield from _logos(view, symbols)
    yield from _histograms(view)


def _logos(view: View, symbols: Sequence[str]) -> Iterator[Drawn]:
    both = {"data": _frequencies(view.data), "generated": _frequencies(view.made)}
    sites = _telling(information(both["data"], symbols).sum(1))
    stretch = f"Sites {sites[0] + 1} to {sites[-1] + 1}, the stretch that tells most"
    every = "All sites" if len(sites) == len(both["data"]) else stretch
    yield "logo", plots.logo(both, symbols, sites), f"{every}: letters of the data, and of what was generated."
    if apart := dict(_of_labels(view)):
        title = "Each label should prefer the letters of its data"
        said = f"{every}: letters of the commonest labels, in the data and in what was generated."
        yield "logo-by-label", plots.logo(apart, symbols, sites, title), said


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
    """Frequencies of the commonest labels, of the data and of samples."""
    for label in view.common(LOGOS):
        yield f"{view.names[label]}, data", _frequencies(view.data.select(view.known == label))
        yield f"{view.names[label]}, generated", _frequencies(view.made.select(view.asked == label))


def genomes(view: View) -> Iterator[Drawn]:
    """How linkage decays, where rows are haplotypes."""
    if (curve := view.record.get("curves", {}).get("ld_decay")) and curve["x"]:
        said = "The mean r² of pairs of SNPs by their distance."
        yield "linkage", plots.ld_decay(curve["x"], curve["data"], curve["generated"]), said


def music(view: View) -> Iterator[Drawn]:
    """Windows of piano rolls, a row a label, and histograms of notes."""
    if kind_of(view.data) != "music":
        return
    labels, sides = view.common(least=WINDOWS), {"generated": (view.made, view.asked), "data": (view.data, view.known)}
    for name, (data, numbers) in sides.items():
        said = f"Windows of {name if name == 'data' else 'what was generated'}; time goes to the right."
        groups = {view.names[i]: np.flatnonzero(numbers == i) for i in labels}
        yield f"piano-rolls-{name}", _rolls(data, groups, f"Windows: {name}"), said
    yield from _histograms(view)


def _rolls(data: Dataset, groups: Mapping[str, np.ndarray], title: str) -> Figure:
    """As many windows of each group of rows, far apart; without groups ten of all rows, or fewer where there are."""
    roll, n = data.notes["roll"], WINDOWS if groups else min(10, len(data))
    every = [*groups.values()] or [np.arange(len(data))]
    chosen = np.concatenate([rows[np.linspace(0, len(rows) - 1, n).round().astype(int)] for rows in every])
    lowest = roll.get("lowest", 0)  # of rolls that no file was
    return plots.piano_roll(data["visible"][chosen], list(groups), roll["pitches"], lowest, title)


def _histograms(view: View) -> Iterator[Drawn]:
    """From the first to the last number that either side has."""
    for curve, (name, what, said) in HISTOGRAMS.items():
        x, data, made = (np.array(view.record.get("curves", {}).get(curve, {}).get(k, [])) for k in CURVE)
        if len(there := np.flatnonzero(data + made)):
            some = slice(there[0], there[-1] + 1)
            yield name, plots.histogram(x[some], data[some], made[some], what), said
