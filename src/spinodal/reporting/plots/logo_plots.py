"""Logo plots: sequence logos, the information of letters at each site, in bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, NAME, SHADE, clean_axes, display_name, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

GAP = "-"
PER_ROW = 60
"""The most sites in a row."""

BASES = {"A": COLORS[2], "C": COLORS[0], "G": COLORS[5], "T": COLORS[1], "U": COLORS[1]}
RESIDUES = {
    **dict.fromkeys("DE", COLORS[1]),  # acidic
    **dict.fromkeys("KRH", COLORS[0]),  # basic
    **dict.fromkeys("STNQ", COLORS[2]),  # polar
    **dict.fromkeys("GPC", COLORS[3]),  # special; the other, hydrophobic residues have the color of text
}


def information(frequencies: ArrayLike, symbols: Sequence[str]) -> NDArray[np.float64]:
    """The height of each letter at each site of a logo, (sites, symbols), in bits:

        f_ia (log2 q - H_i),   H_i = - Σ_b p_ib log2 p_ib,   p_ib = f_ib / (1 - f_i,gap)

    q is the number of letters without the gap. The gap has height 0, so sites with many gaps are low. frequencies
    (sites, symbols): rows that sum to 1. There is no correction for few rows. Raises ValueError for what aren't
    frequencies of two or more letters.

    Source: Schneider & Stephens 1990; the factor for gaps is ours.

    >>> information([[0.0, 0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]], "-ACGU").tolist()
    [[0.0, 0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0, 0.0]]
    """
    f = np.asarray(frequencies, dtype=np.float64)
    is_letter = np.array([symbol != GAP for symbol in symbols])
    if f.ndim != 2 or not f.size or f.shape[1] != len(is_letter) or is_letter.sum() < 2:
        raise ValueError(
            f"frequencies must be (sites, symbols) of two letters or more, not {f.shape} of {len(is_letter)} symbols"
        )
    if not ((f >= 0).all() and (np.abs(f.sum(1) - 1) < 1e-3).all()):
        raise ValueError("frequencies have a site that is negative, unknown, or doesn't sum to 1")
    f = np.where(is_letter, f, 0.0)
    p = f / np.maximum(f.sum(1, keepdims=True), 1e-300)
    entropy = -(p * np.log2(np.where(p > 0, p, 1))).sum(1, keepdims=True)
    heights: NDArray[np.float64] = f * (np.log2(is_letter.sum()) - entropy)
    return heights


def logo(
    frequencies: Mapping[str, ArrayLike],
    symbols: Sequence[str],
    sites: Iterable[int] | None = None,
    title: str | None = None,
) -> Figure:
    """Sequence logos of data and samples, or of labels, one below the other, with the most frequent letter on top.

    frequencies: name -> (sites, symbols), rows that sum to 1, all of the same sites; heights are those of
    `information`. A pale bar from the top is the share of gaps. sites: the sites to show, counted from 0 (the figure
    counts from 1), all by default; a row has 60 sites at most. Raises ValueError if there are no frequencies, if they
    differ in size or aren't frequencies, and for sites that don't exist.

    >>> data = [[0.1, 0.9, 0.0], [0.0, 0.5, 0.5]]
    >>> figure = logo({"data": data, "generated": data}, "-AC")
    """
    heights = {name: information(f, symbols) for name, f in frequencies.items()}
    if len({x.shape for x in heights.values()}) != 1:
        raise ValueError(f"frequencies must be of the same sites, for one name or more, not {_shapes(heights)}")
    blocks = _blocks(_chosen(sites, len(next(iter(heights.values())))))
    title = title or "Letters of data and samples"
    figure = sheet(0.85 * len(heights) * len(blocks) + 0.7, title)
    rows = figure.subplots(len(blocks) * len(heights), 1, squeeze=False)[:, 0]
    gaps = {name: gap_share(f, symbols) for name, f in frequencies.items()}
    for i, axes in enumerate(rows):
        block, name = blocks[i // len(heights)], list(heights)[i % len(heights)]
        draw_logo(axes, heights[name][block], symbols, gaps[name][block])
        _label_axes(axes, name, block, len(blocks[0]), np.log2(sum(symbol != GAP for symbol in symbols)))
    rows[-1].set_xlabel("site", color=INK, fontsize=9)
    return figure


def _shapes(arrays: Mapping[str, NDArray[np.float64]]) -> dict[str, tuple[int, ...]]:
    return {name: x.shape for name, x in arrays.items()}


def _chosen(sites: Iterable[int] | None, n: int) -> NDArray[np.int64]:
    chosen = np.arange(n) if sites is None else np.array(list(sites), dtype=np.int64)
    if not len(chosen) or chosen.min() < 0 or chosen.max() >= n:
        raise ValueError(f"sites must be one or more numbers from 0 to {n - 1}, not {chosen.tolist()}")
    return chosen


def _blocks(sites: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows of sites of about equal length; the first is the longest."""
    return np.array_split(sites, -(-len(sites) // PER_ROW))


def gap_share(frequencies: ArrayLike, symbols: Sequence[str]) -> NDArray[np.float64]:
    """The share of gaps at each site."""
    return np.asarray(frequencies, dtype=np.float64) @ np.array([symbol == GAP for symbol in symbols])


def draw_logo(axes: Axes, heights: NDArray[np.float64], symbols: Sequence[str], gaps: NDArray[np.float64]) -> None:
    """A pale bar for the gaps of each site, and one patch for all copies of a letter."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    most = np.log2(sum(symbol != GAP for symbol in symbols))
    axes.bar(np.arange(len(gaps)), -gaps * most, 1.0, bottom=most, color=SHADE, alpha=0.4, linewidth=0, zorder=0)
    order = np.argsort(heights, axis=1, kind="stable")
    bottoms = np.zeros_like(heights)
    np.put_along_axis(bottoms, order, np.cumsum(np.take_along_axis(heights, order, 1), 1), 1)
    bottoms -= heights
    colors = BASES if set(symbols) <= {*BASES, GAP} else RESIDUES
    for letter, symbol in enumerate(symbols):
        tall = np.flatnonzero(heights[:, letter] > 0.004 * most)  # lower letters would be invisible
        glyph = _glyph(symbol)
        placed = [_placed(glyph, int(site), bottoms[site, letter], heights[site, letter]) for site in tall]
        if placed:
            whole = Path.make_compound_path(*placed)
            axes.add_patch(PathPatch(whole, color=colors.get(symbol, INK), linewidth=0, label=symbol))


def _glyph(symbol: str) -> Path:
    """A letter scaled to the square from (0, 0) to (1, 1); a narrow letter has half of its width, in the middle."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), symbol, size=10, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    box = path.get_extents()
    width = 1.0 if box.width > 0.5 * box.height else 0.5
    scaled = (path.vertices - box.min) / (box.width, box.height) * (width, 1) + ((1 - width) / 2, 0)
    return Path(scaled, path.codes)


def _placed(glyph: Path, site: int, bottom: float, height: float) -> Path:
    """The letter moved to its site and scaled to its height, with a small distance from its neighbors."""
    from matplotlib.path import Path

    return Path(np.asarray(glyph.vertices) * (0.92, height) + (site - 0.46, bottom), glyph.codes)


def _label_axes(axes: Axes, name: str, block: NDArray[np.int64], longest: int, most: float) -> None:
    """The name above and sites, counted from 1, below; every row has the width of the longest one."""
    axes.set_title(display_name(name, 2 * NAME), loc="left", fontsize=8, color=INK, pad=3)
    ticks = [place for place, site in enumerate(block) if (site + 1) % 10 == 0] or [0]
    axes.set_xticks(ticks, [str(block[place] + 1) for place in ticks])
    axes.set(xlim=(-0.6, longest - 0.4), ylim=(0, most), yticks=[0, round(most)] if most >= 1.5 else [0, 1])
    axes.set_ylabel("bits", color=INK, fontsize=8)
    axes.tick_params(labelsize=7, length=2)
    clean_axes(axes)
