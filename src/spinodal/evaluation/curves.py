"""Curves: statistics of rows of a kind, of the data beside those of generated rows, for figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .linkage import Curve, curve, decay
from .measures import densities, gaps, lengths, pitches, steps
from .reference import Rows


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
        return curve(np.arange(bins) + first(data), p, q)

    return draw


def _zero(rows: Rows) -> int:
    return 0


CURVES: dict[str, dict[str, Callable[[Rows, Rows], Curve]]] = {
    "genomes": {"ld_decay": decay},
    "sequences": {"length": _shares(lengths, _zero), "gap": _shares(gaps, _zero)},
    "music": {
        "density": _shares(densities, _zero),
        "pitch": _shares(pitches, _zero),
        "interval": _shares(steps, lambda rows: 1 - rows.pitches),
    },
}
