"""Row figures: sequence logos, linkage, piano rolls and histograms of data and samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ... import scores
from ...data.dataset import Dataset
from ...evaluation.reference import kind_of
from .. import plots
from ..plots.logo_plots import GAP, information
from .view import Drawn, View

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRETCH = 60
"""The most sites of a logo, which fit in a row."""

LOGOS = 3
"""The most labels with a logo."""

WINDOWS = 6
"""Windows of each label in a figure."""

HISTOGRAMS = {
    "length": ("lengths", "letters that are not gaps", "Lengths of sequences in the data and in generated rows."),
    "gap": ("gaps", "length of a run of gaps", "Lengths of runs of gaps in the data and in generated rows."),
    "density": ("onsets", "onsets in a window", "Notes that begin in a window, in the data and in generated rows."),
    "pitch": ("pitches", "pitch (0: the lowest key)", "Pitches of notes in the data and in generated rows."),
    "interval": (
        "intervals",
        "steps from one onset to the next",
        "Melodic steps of the highest voice in the data and in generated rows.",
    ),
}
"""Curves of the record that are histograms: the name of the figure, the label of its x axis, and its caption."""


CURVE = ("x", "data", "generated")
"""The keys of a curve in the record."""


def letters(view: View) -> Iterator[Drawn]:
    """Sequence logos, and histograms of lengths and gaps, if rows are sequences."""
    if kind_of(view.data) != "sequences":
        return
    symbols = view.data.alphabets["visible"].symbols
    if len({*symbols} - {GAP}) > 1:
        yield from _logos(view, symbols)
    yield from _histograms(view)


def _logos(view: View, symbols: Sequence[str]) -> Iterator[Drawn]:
    both = {"data": frequencies(view.data), "generated": frequencies(view.made)}
    sites = view.sites or most_informative(information(both["data"], symbols).sum(1))
    part = f"Sites {sites[0] + 1} to {sites[-1] + 1}{'' if view.sites else ', which have the most information'}"
    which = "All sites" if len(sites) == len(both["data"]) else part
    gaps = " Gray blocks are gaps." if GAP in symbols else ""
    yield "logo", plots.logo(both, symbols, sites), f"{which}: letters of the data and of generated rows.{gaps}"
    if by_label := dict(_of_labels(view)):
        title = "Letters of data and samples of each label"
        caption = f"{which}: letters of the most common labels, in the data and in generated rows.{gaps}"
        yield "logo-by-label", plots.logo(by_label, symbols, sites, title), caption


def frequencies(data: Dataset) -> np.ndarray:
    """The frequencies of letters at each site, (sites, symbols); equal ones at a site that is unknown in all rows."""
    x, n = data["visible"], len(data.alphabets["visible"].symbols)
    counts = np.stack([(x == a).sum(0) for a in range(n)], axis=1) + 1e-9
    frequencies: np.ndarray = counts / counts.sum(1, keepdims=True)
    return frequencies


def most_informative(bits: np.ndarray) -> range:
    """The STRETCH successive sites with the most information."""
    width = min(STRETCH, len(bits))
    sums = np.convolve(bits, np.ones(width), "valid")
    return range(first := int(sums.argmax()), first + width)


def _of_labels(view: View) -> Iterator[tuple[str, np.ndarray]]:
    """Frequencies of letters for the most common labels, in the data and in samples."""
    for label in view.common(LOGOS):
        yield f"{view.names[label]}, data", frequencies(view.data.select(view.known == label))
        yield f"{view.names[label]}, generated", frequencies(view.made.select(view.asked == label))


def genomes(view: View) -> Iterator[Drawn]:
    """The decay of linkage with distance, and allele frequencies, if rows are haplotypes."""
    if (curve := view.record.get("curves", {}).get("ld_decay")) and curve["x"]:
        caption = ("The mean r² of pairs of SNPs by their distance, within a chromosome where positions are known; "
                   "dotted: of unlinked SNPs, which is what r² decays to.")  # fmt: skip
        unit, level = curve.get("unit", "SNPs"), curve.get("level")
        x, data, generated = (curve[name] for name in CURVE)
        yield "linkage", plots.ld_decay(x, data, generated, unit, level), caption
    if kind_of(view.data) == "genomes":
        yield "allele-frequencies", _frequencies(view), (
            "The frequency of the allele 1 at each SNP in generated rows, against that in held-out rows. Rows are few: "
            "of n rows of a label, chance alone moves a point by up to 1/√n along either axis.")  # fmt: skip


def _frequencies(view: View) -> Figure:
    """Allele frequencies of each of the commonest labels; without labels, of all rows."""
    labels, sides = view.common(most=len(plots.COLORS)), ((view.data, view.known), (view.made, view.asked))
    chosen = {view.names[i]: [numbers == i for _, numbers in sides] for i in labels}
    chosen = chosen or {"all rows": [np.ones(len(data), dtype=bool) for data, _ in sides]}
    found = [{name: scores.allele_frequencies(rows["visible"][picked[side]]) for name, picked in chosen.items()}
             for side, (rows, _) in enumerate(sides)]  # fmt: skip
    return plots.allele_frequencies(*found)


def music(view: View) -> Iterator[Drawn]:
    """Windows of piano rolls, a row for each label, and histograms of notes, if rows are music."""
    if kind_of(view.data) != "music":
        return
    labels, sides = view.common(least=WINDOWS), {"generated": (view.made, view.asked), "data": (view.data, view.known)}
    for name, (data, numbers) in sides.items():
        caption = f"Windows of {'the data' if name == 'data' else 'generated rows'}, with time to the right."
        groups = {view.names[i]: np.flatnonzero(numbers == i) for i in labels}
        yield f"piano-rolls-{name}", _rolls(data, groups, f"Windows: {name}"), caption
    yield from _histograms(view)


def _rolls(data: Dataset, groups: Mapping[str, np.ndarray], title: str) -> Figure:
    """WINDOWS windows of each group of rows, at equal distances; without groups, ten of all rows or fewer."""
    roll, n = data.notes["roll"], WINDOWS if groups else min(10, len(data))
    members = [*groups.values()] or [np.arange(len(data))]
    chosen = np.concatenate([rows[np.linspace(0, len(rows) - 1, n).round().astype(int)] for rows in members])
    lowest = roll.get("lowest", 0)  # rolls that don't come from a file have no lowest pitch
    return plots.piano_roll(data["visible"][chosen], list(groups), roll["pitches"], lowest, title)


def _histograms(view: View) -> Iterator[Drawn]:
    """Histograms of the record, in the range where the data or the generated rows have counts."""
    for curve, (name, what, caption) in HISTOGRAMS.items():
        x, data, generated = (np.array(view.record.get("curves", {}).get(curve, {}).get(k, [])) for k in CURVE)
        if len(used := np.flatnonzero(data + generated)):
            part = slice(used[0], used[-1] + 1)
            yield name, plots.histogram(x[part], data[part], generated[part], what), caption
