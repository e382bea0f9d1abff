"""Linkage curves: the mean r² of SNPs by their distance, in data and in generated rows, at points of enough pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import scores
from ..data.dataset import Dataset
from ..files.sites import Sites
from .reference import Rows

Curve = dict[str, Any]
"""{"x": ..., "data": ..., "generated": ...}, of one length; perhaps a "unit" of x, and a "level" of each side."""

PAIRS, PER_DECADE = 10, 4
"""A point of the decay of linkage has this many pairs of SNPs or more, and a power of 10 has this many points."""


def decay(data: Rows, generated: Rows) -> Curve:
    """The decay of linkage in both, at the points that both have. Raises ValueError for fewer than two SNPs."""
    positions, chromosomes, unit = _places(data.data)
    longest = max(np.ptp(positions[chromosomes == name]) for name in np.unique(chromosomes))
    edges = 10.0 ** (np.arange(np.ceil(PER_DECADE * np.log10(max(longest, 2))) + 1) / PER_DECADE)
    both = [scores.ld_decay(rows.every, positions, edges, chromosomes) for rows in (data, generated)]  # type: ignore[arg-type]
    starts = _starts(np.minimum(*(decay.pairs for decay in both)))
    sums, pairs = (np.stack([np.add.reduceat(x, starts) for x in of])
                   for of in ([np.nan_to_num(d.r2) * d.pairs for d in both], [d.pairs for d in both]))  # fmt: skip
    x = np.sqrt(edges[starts] * edges[[*starts[1:], -1]])
    with np.errstate(invalid="ignore"):
        found = curve(x, *(sums / pairs))
    level = {name: _unlinked(d, len(rows)) for name, d, rows in zip(("data", "generated"), both, (data, generated))}
    return found | {"unit": unit, "level": level}


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


def decay_error(data: Rows, generated: Rows) -> float:
    """The mean over the points of the decay of |r²(generated) - r²(data)|; NaN where there are none."""
    if data.data["visible"].shape[1] < 2:
        return float("nan")
    found = decay(data, generated)
    return float(np.mean(np.abs(np.subtract(found["generated"], found["data"])))) if found["x"] else float("nan")


def curve(x: np.ndarray, data: np.ndarray, generated: np.ndarray) -> Curve:
    """The points at which both are known."""
    there = np.isfinite(data) & np.isfinite(generated)
    return {name: y[there].astype(float).tolist() for name, y in (("x", x), ("data", data), ("generated", generated))}
