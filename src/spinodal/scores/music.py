"""Music scores: are there as many notes, as high, and in the same steps as in the data?

Piano rolls are integers 0 and 1 (n, time · pitches), all known: a dataset's column, or a tensor of them on a CPU. A
row is a window of time steps, each with `pitches` columns in ascending order, one step after the other. An onset is
a 1 after a 0 of that pitch, or at the start of the window.
"""

from __future__ import annotations

import numpy as np

from .. import ranges
from .matrices import Letters, letters


def note_density(x: Letters, pitches: int) -> np.ndarray:
    """How many onsets each window has, (n,) int64. Raises ValueError where x isn't a roll of so many pitches.

    >>> note_density(np.array([[1, 0, 1, 0, 0, 1, 1, 1]]), pitches=2).tolist()
    [3]
    """
    return _onsets(x, pitches).sum((1, 2))


def pitch_histogram(x: Letters, pitches: int) -> np.ndarray:
    """How many onsets each pitch has in all windows, (pitches,) int64; errors as in `note_density`."""
    return _onsets(x, pitches).sum((0, 1))


def interval_histogram(x: Letters, pitches: int) -> np.ndarray:
    """How often each step from one onset to the next comes, in the highest voice, (2 pitches - 1,) int64.

    Of onsets at one time the highest counts; steps are within a window. Entry pitches - 1 counts repeats, those
    above it steps up, those below it steps down. Errors as in `note_density`.

    >>> interval_histogram(np.array([[1, 0, 0,  0, 0, 1,  0, 1, 0]]), pitches=3).tolist()
    [0, 1, 0, 0, 1]
    """
    onsets = _onsets(x, pitches)
    window, time = np.nonzero(onsets.any(2))
    highest = pitches - 1 - onsets[window, time, ::-1].argmax(1)
    steps = np.diff(highest)[np.diff(window) == 0]
    return np.bincount(steps + pitches - 1, minlength=2 * pitches - 1)


def histogram_distance(p: np.ndarray, q: np.ndarray) -> float:
    """The Jensen-Shannon distance of two histograms, in [0, 1]: 0 if they are of one shape, 1 if nothing is in common.

        sqrt( H((p + q) / 2) - (H(p) + H(q)) / 2 ),   H(p) = -Σ p log2 p

    p, q: (bins,) counts or shares, which are made to sum to 1. NaN where one is empty, as that of a silent generator
    is. Raises ValueError where they differ in shape or have negative or infinite numbers. Source: Endres & Schindelin
    2003; scipy's `jensenshannon` of base 2.
    """
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError(f"histograms are compared bin by bin, (bins,), not {p.shape} and {q.shape}")
    if not all(np.isfinite(h).all() and (h >= 0).all() for h in (p, q)):
        raise ValueError("histograms are counts or shares: finite, and not negative")
    if not (p.sum() and q.sum()):
        return float("nan")
    p, q = p / p.sum(), q / q.sum()
    return max(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2, 0.0) ** 0.5


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return -float(p @ np.log2(p))


def _onsets(x: Letters, pitches: int) -> np.ndarray:
    """Where notes begin, bool (n, time, pitches)."""
    x = letters("x", x, colors=2)
    if x.min() < 0:
        raise ValueError(f"x has an unknown entry in row {int((x < 0).any(1).argmax())}: complete it or leave it out")
    if not ranges.is_integer(pitches) or x.shape[1] % pitches:
        raise ValueError(f"x has {x.shape[1]} columns, which aren't time steps of {pitches} pitches")
    notes = x.reshape(len(x), -1, pitches) == 1
    notes[:, 1:] &= ~notes[:, :-1]
    return notes
