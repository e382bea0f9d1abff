"""Music scores: the number of notes, their pitches, and the melodic intervals between them.

Piano rolls are integers 0 and 1 (n, time · pitches), all known: a column of a dataset, or a CPU tensor. A row is a
window of time steps, one after the other, each with `pitches` columns in ascending order. An onset is a 1 that follows
a 0 of the same pitch, or a 1 at the start of the window.
"""

from __future__ import annotations

import numpy as np

from .. import ranges
from .matrices import Letters, letters


def note_density(x: Letters, pitches: int) -> np.ndarray:
    """The number of onsets in each window, (n,) int64. Raises ValueError if x isn't a roll of so many pitches.

    >>> note_density(np.array([[1, 0, 1, 0, 0, 1, 1, 1]]), pitches=2).tolist()
    [3]
    """
    return _onsets(x, pitches).sum((1, 2))


def pitch_histogram(x: Letters, pitches: int) -> np.ndarray:
    """The number of onsets of each pitch in all windows, (pitches,) int64; errors as in `note_density`."""
    return _onsets(x, pitches).sum((0, 1))


def interval_histogram(x: Letters, pitches: int) -> np.ndarray:
    """The count of each interval between successive onsets of the highest voice, (2 pitches - 1,) int64.

    Of simultaneous onsets only the highest counts, and intervals don't cross windows. Entry pitches - 1 counts
    repeated notes, entries above it count steps up, entries below it steps down. Errors as in `note_density`.

    >>> interval_histogram(np.array([[1, 0, 0,  0, 0, 1,  0, 1, 0]]), pitches=3).tolist()
    [0, 1, 0, 0, 1]
    """
    onsets = _onsets(x, pitches)
    window, time = np.nonzero(onsets.any(2))
    highest = pitches - 1 - onsets[window, time, ::-1].argmax(1)
    steps = np.diff(highest)[np.diff(window) == 0]
    return np.bincount(steps + pitches - 1, minlength=2 * pitches - 1)


def histogram_distance(p: np.ndarray, q: np.ndarray) -> float:
    """The Jensen-Shannon distance of two histograms, in [0, 1]: 0 if they have equal shares, 1 if they don't overlap.

        sqrt( H((p + q) / 2) - (H(p) + H(q)) / 2 ),   H(p) = -Σ p log2 p

    p, q: (bins,) counts or shares, which are normalized to sum to 1. NaN if one is empty (a generator without notes,
    for example). Raises ValueError if they differ in shape, or contain negative or infinite numbers. Source: Endres &
    Schindelin 2003; it equals scipy's `jensenshannon` with base 2.
    """
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError(f"histograms must have equal numbers of bins, (bins,), not {p.shape} and {q.shape}")
    if not all(np.isfinite(h).all() and (h >= 0).all() for h in (p, q)):
        raise ValueError("histograms must be counts or shares: finite, and not negative")
    if not (p.sum() and q.sum()):
        return float("nan")
    p, q = p / p.sum(), q / q.sum()
    return max(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2, 0.0) ** 0.5


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return -float(p @ np.log2(p))


def _onsets(x: Letters, pitches: int) -> np.ndarray:
    """Whether a note begins, bool (n, time, pitches)."""
    x = letters("x", x, colors=2)
    if x.min() < 0:
        raise ValueError(f"x has an unknown entry in row {int((x < 0).any(1).argmax())}: complete it or leave it out")
    if not ranges.is_integer(pitches) or x.shape[1] % pitches:
        raise ValueError(f"x has {x.shape[1]} columns, which is not a multiple of {pitches} pitches")
    notes = x.reshape(len(x), -1, pitches) == 1
    notes[:, 1:] &= ~notes[:, :-1]
    return notes
