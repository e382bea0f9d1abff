"""Music: windows of piano rolls side by side, a row a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import INK, SHADE, canvas, shown
from .mosaics import centers, layout, mosaic, paper_to_ink, promise

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def piano_roll(
    rolls: ArrayLike, names: Sequence[str] = (), pitches: int = 88, lowest: int = 21, title: str | None = None
) -> Figure:
    """Windows of music: time to the right, pitch upward, a line at each C, a row a label.

    rolls (n, time · pitches): numbers in [0, 1], time step after time step, pitches ascending, as many windows for
    each of `names`; without names, rows of ten. lowest: the MIDI number of the first pitch (21: the lowest A of a
    piano; 60 is C4). Pitches outside all notes shown, but for one on either side, are left out.
    Raises ValueError where rolls aren't time steps of so many pitches, or can't be laid out so.

    >>> figure = piano_roll(np.eye(24).reshape(2, -1), ["up", "up again"], pitches=12, lowest=60)
    """
    x = np.asarray(rolls, dtype=np.float64)
    if x.ndim != 2 or not x.size or pitches < 1 or x.shape[1] % pitches:
        raise ValueError(f"rolls are (n, time * pitches) with pitches={pitches}, not {x.shape}")
    windows = x.reshape(len(x), -1, pitches)
    rows, columns = layout(len(x), len(names))
    bottom, top = _compass(windows)
    tiles = windows[:, :, bottom:top].swapaxes(1, 2)[:, ::-1]
    grid = mosaic(tiles, rows, columns)
    figure, axes = canvas(0.95 * rows + 0.6, title or promise(names), names)
    axes.imshow(grid, cmap=paper_to_ink(), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks(centers(len(grid), len(names)), list(map(shown, names)))
    _mark_octaves(axes, rows, lowest + top, top - bottom)
    axes.set_xlabel(f"{windows.shape[1]} time steps a window", color=INK)
    return figure


def _compass(windows: NDArray[np.float64]) -> tuple[int, int]:
    """From which pitch up to which there are notes, and one more on either side; an octave at least, if there is."""
    sounding = np.flatnonzero((windows > 0).any((0, 1)))
    pitches = windows.shape[2]
    low, high = (int(sounding[0]), int(sounding[-1])) if len(sounding) else (0, pitches - 1)
    low = max(low - 1, 0)
    high = min(max(high + 2, low + 12), pitches)
    return max(min(low, high - 12), 0), high


def _mark_octaves(axes: Axes, rows: int, above: int, height: int) -> None:
    """A faint line at each C of each row, every second of which has its name at the right; `above`: past the top."""
    marks = [(row, note) for row in range(rows) for note in range(above - height, above) if note % 12 == 0]
    places = [(row * (height + 2) + above - note, note // 12 - 1) for row, note in marks]
    for place, _ in places:
        axes.axhline(place, color=SHADE, linewidth=0.6, zorder=2, alpha=0.8)
    right = axes.secondary_yaxis("right")
    named = [(place, octave) for place, octave in places if octave % 2 == 0 or height <= 24]
    right.set_yticks([place for place, _ in named], [f"C{octave}" for _, octave in named], fontsize=7, color=INK)
    right.tick_params(length=0)
    right.spines[:].set_visible(False)
