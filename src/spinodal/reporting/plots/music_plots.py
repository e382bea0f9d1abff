"""Music plots: windows of piano rolls side by side, a row for each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import INK, SHADE, canvas, display_name
from .mosaics import centers, gray_map, layout, mosaic, sample_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def piano_roll(
    rolls: ArrayLike, names: Sequence[str] = (), pitches: int = 88, lowest: int = 21, title: str | None = None
) -> Figure:
    """Windows of music with time to the right, pitch upward, a line at each C, and a row for each label.

    rolls (n, time · pitches): numbers in [0, 1], time step after time step, pitches ascending, with an equal number of
    windows for each of `names`; without names, rows have ten windows. lowest: the MIDI number of the first pitch (21:
    the lowest A of a piano; 60 is C4). The range of pitches is that of all notes, and one more on either side. Raises
    ValueError if rolls aren't time steps of so many pitches, or don't fill the rows.

    >>> figure = piano_roll(np.eye(24).reshape(2, -1), ["up", "up again"], pitches=12, lowest=60)
    """
    x = np.asarray(rolls, dtype=np.float64)
    if x.ndim != 2 or not x.size or pitches < 1 or x.shape[1] % pitches:
        raise ValueError(f"rolls must be (n, time * pitches) with pitches={pitches}, not {x.shape}")
    windows = x.reshape(len(x), -1, pitches)
    rows, columns = layout(len(x), len(names))
    bottom, top = _pitch_range(windows)
    tiles = windows[:, :, bottom:top].swapaxes(1, 2)[:, ::-1]
    grid = mosaic(tiles, rows, columns)
    figure, axes = canvas(0.95 * rows + 0.6, title or sample_title(names), names)
    axes.imshow(grid, cmap=gray_map(), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks(centers(len(grid), len(names)), list(map(display_name, names)))
    _mark_octaves(axes, rows, lowest + top, top - bottom)
    axes.set_xlabel(f"{windows.shape[1]} time steps a window", color=INK)
    return figure


def _pitch_range(windows: NDArray[np.float64]) -> tuple[int, int]:
    """The range of pitches with notes, and one more on either side; an octave or more, if there are so many pitches."""
    sounding = np.flatnonzero((windows > 0).any((0, 1)))
    pitches = windows.shape[2]
    low, high = (int(sounding[0]), int(sounding[-1])) if len(sounding) else (0, pitches - 1)
    low = max(low - 1, 0)
    high = min(max(high + 2, low + 12), pitches)
    return max(min(low, high - 12), 0), high


def _mark_octaves(axes: Axes, rows: int, above: int, height: int) -> None:
    """A faint line at each C of each row, with a name at the right for every other C if there are many.

    above: the pitch above the highest one; height: the number of pitches.
    """
    marks = [(row, note) for row in range(rows) for note in range(above - height, above) if note % 12 == 0]
    places = [(row * (height + 2) + above - note, note // 12 - 1) for row, note in marks]
    for place, _ in places:
        axes.axhline(place, color=SHADE, linewidth=0.6, zorder=2, alpha=0.8)
    right = axes.secondary_yaxis("right")
    named = [(place, octave) for place, octave in places if octave % 2 == 0 or height <= 24]
    right.set_yticks([place for place, _ in named], [f"C{octave}" for _, octave in named], fontsize=7, color=INK)
    right.tick_params(length=0)
    right.spines[:].set_visible(False)
