"""Curves: statistics of rows of a kind, of the data beside those of generated rows, for figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import scores
from ..data.dataset import Dataset
from ..files.sites import Sites
from .measures import densities, gaps, lengths, pitches, steps
from .reference import Rows

Curve = dict[str, Any]
"""{"x": ..., "data": ..., "generated": ...}, of one length; perhaps a "unit" of x, and a "level" of each side."""

PAIRS, PER_DECADE = 10, 4
"""A point of the decay of linkage has this many pairs of SNPs or more, and a power of 10 has this many points."""


def curves_of(kind: str, data: Rows, generated: Rows) -> dict[str, Curve]:
    """The curves of a kind: what lies at x in the data, and in as many generated rows.

        genomes     ld_decay: the mean r² of two SNPs of a chromosome by the base pairs between them (by the number of
                    SNPs, if the notes name no positions); "level": the mean r² of SNPs on different chromosomes, or
                    1 / (n - 1), that of independent SNPs in n rows, if there is one chromosome
        sequences   length: the share of rows with x letters; gap: the share of runs of x gaps
        music       density: the share of windows with x onsets; pitch, interval: the share of onsets, of steps

    A curve that can't be had (no gap in the alphabet, a silent generator) is left out. Points that one side lacks are
    left out, too.
    """
    return {name: curve for name, draw in CURVES.get(kind, {}).items() if (curve := _drawn(draw, data, generated))}


def _drawn(draw: Callable[[Rows, Rows], Curve], data: Rows, generated: Rows) -> Curve | None:
    try:
        return draw(data, generated)
    except ValueError:
        return None


def _shares(one: Callable[[Rows], np.ndarray], first: Callable[[Rows], int]) -> Callable[[Rows, Rows], Curve]:
    """Two histograms as shares; what their first entry counts is `first`."""

    def draw(data: Rows, generated: Rows) -> Curve:
        p, q = one(data), one(generated)
        if not (p.sum() and q.sum()):
            raise ValueError("a histogram without entries has no shares")
        bins = max(len(p), len(q))
        p, q = (np.pad(x / x.sum(), (0, bins - len(x))) for x in (p, q))
        return _curve(np.arange(bins) + first(data), p, q)

    return draw


def _decay(data: Rows, generated: Rows) -> Curve:
    positions, chromosomes, unit = _places(data.data)
    longest = max(np.ptp(positions[chromosomes == name]) for name in np.unique(chromosomes))
    edges = 10.0 ** (np.arange(np.ceil(PER_DECADE * np.log10(max(longest, 2))) + 1) / PER_DECADE)
    both = [scores.ld_decay(rows.every, positions, edges, chromosomes) for rows in (data, generated)]  # type: ignore[arg-type]
    starts = _starts(np.minimum(*(decay.pairs for decay in both)))
    sums, pairs = (np.stack([np.add.reduceat(x, starts) for x in of])
                   for of in ([np.nan_to_num(d.r2) * d.pairs for d in both], [d.pairs for d in both]))  # fmt: skip
    x = np.sqrt(edges[starts] * edges[[*starts[1:], -1]])
    with np.errstate(invalid="ignore"):
        curve = _curve(x, *(sums / pairs))
    level = {name: _unlinked(d, len(rows)) for name, d, rows in zip(("data", "generated"), both, (data, generated))}
    return curve | {"unit": unit, "level": level}


def _unlinked(decay: scores.Decay, n: int) -> float:
    """What r² decays to: that of SNPs on different chromosomes, else the expected one of independent SNPs in n rows."""
    return decay.unlinked if np.isfinite(decay.unlinked) else 1 / max(n - 1, 1)


def _places(data: Dataset) -> tuple[np.ndarray, np.ndarray, str]:
    """The position and the chromosome of each SNP, and the unit of positions: SNPs, if one has no position."""
    sites, count = Sites.known(data.notes), data["visible"].shape[1]
    if sites is None or len(sites) != count or min(sites.position) < 1:
        return np.arange(count), np.full(count, ""), "SNPs"
    return np.array(sites.position), np.array(sites.chromosome), "base pairs"


def _starts(pairs: np.ndarray) -> np.ndarray:
    """The first bin of each point: successive bins join until a point has PAIRS pairs; the last takes the rest."""
    starts, found = [0], 0
    for b, n in enumerate(pairs[:-1]):
        found += n
        if found >= PAIRS and pairs[b + 1 :].sum() >= PAIRS:
            starts, found = [*starts, b + 1], 0
    return np.array(starts)


def _curve(x: np.ndarray, data: np.ndarray, generated: np.ndarray) -> Curve:
    there = np.isfinite(data) & np.isfinite(generated)
    return {name: y[there].astype(float).tolist() for name, y in (("x", x), ("data", data), ("generated", generated))}


def _zero(rows: Rows) -> int:
    return 0


CURVES: dict[str, dict[str, Callable[[Rows, Rows], Curve]]] = {
    "genomes": {"ld_decay": _decay},
    "sequences": {"length": _shares(lengths, _zero), "gap": _shares(gaps, _zero)},
    "music": {
        "density": _shares(densities, _zero),
        "pitch": _shares(pitches, _zero),
        "interval": _shares(steps, lambda rows: 1 - rows.pitches),
    },
}
