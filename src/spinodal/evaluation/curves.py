"""Curves: statistics of rows of a kind, of the data beside those of generated rows, for figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import scores
from .measures import densities, gaps, lengths, pitches, steps
from .reference import Rows

Curve = dict[str, list[float]]
"""{"x": ..., "data": ..., "generated": ...}, of one length."""


def curves_of(kind: str, data: Rows, generated: Rows) -> dict[str, Curve]:
    """The curves of a kind: what lies at x in the data, and in as many generated rows.

        genomes     ld_decay: the mean r² of SNPs by how many SNPs they are apart
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
    of_data, of_generated = (scores.ld_decay(rows.every) for rows in (data, generated))
    return _curve((of_data.edges[1:] + of_data.edges[:-1]) / 2, of_data.r2, of_generated.r2)


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
