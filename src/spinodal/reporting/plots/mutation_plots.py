"""Mutation plots: heat maps of the effects of all substitutions of a row, labels side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import INK, display_name, label_sides, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RESIDUES = "KRHDENQSTGPCAVILMFYW"
"""Amino acids by their chemistry: charged, polar, small, hydrophobic, aromatic."""

PER_BLOCK = 90
"""The most sites of a panel, where there is one map."""

ACROSS = 3
"""The most panels in a row."""

UNIT = "log p(mutant) − log p(wild type), nats"
TITLE = "Blue substitutions make the sequence more probable, red ones less; a dot is the wild type"
FLIPS = "Blue flips make the row more probable, red ones less; a dot above is a site where the row has {}"


def mutation_map(
    effects: Mapping[str, ArrayLike], symbols: Sequence[str], wild: ArrayLike, positions: ArrayLike
) -> Figure:
    """Heat maps of effects, a panel for each name: a line for each position, a column for each letter.

    effects: name -> (sites, letters), NaN where there is no mutant; letters and sites that have none are not shown, nor
    is the gap. Where there is one name, long sequences are cut into panels. wild (sites,): the number of each letter of
    the wild type; positions (sites,): the numbers of the sites. Raises ValueError where there is no effect, and for
    effects of other sites or letters than these.

    >>> figure = mutation_map({"": [[np.nan, -1.0], [2.0, np.nan]]}, "AC", [0, 1], [24, 25])
    """
    grids, row, numbers = _checked(effects, len(symbols), wild), np.asarray(wild), np.asarray(positions)
    shown = np.flatnonzero(np.any([~np.isnan(x).all(1) for x in grids.values()], axis=0))
    order = [symbols.index(s) for s in RESIDUES] if {*symbols} - {"-"} == {*RESIDUES} else range(len(symbols))
    columns = np.array([a for a in order if symbols[a] != "-"])
    blocks = np.array_split(shown, -(-len(shown) // PER_BLOCK)) if len(grids) == 1 else [shown]
    drawn = [(name, x, block) for name, x in grids.items() for block in blocks]
    across = min(ACROSS, len(drawn))
    height = float(np.clip(0.06 * len(drawn[0][2]), 1.5, 6.0))
    figure, axes = panels(height, [name for name, _, _ in drawn], across, TITLE)
    limit = _limit(grids)
    for one, (_, x, block) in zip(axes, drawn):
        image = _draw(one, x[np.ix_(block, columns)], limit)
        places = {int(a): i for i, a in enumerate(columns)}
        dots = [(places[int(row[site])], i) for i, site in enumerate(block) if int(row[site]) in places]
        one.plot(*np.array(dots).reshape(-1, 2).T, ".", color=INK, markersize=min(4.0, 72 * height / len(block) * 0.6))
        _label_positions(one, numbers[block])
        one.set_xticks(range(len(columns)), [symbols[a] for a in columns], fontsize=5 if across > 2 else 7)
    label_sides(axes, across, "substituted by", "position")
    _add_scale(figure, image, axes)
    return figure


def flip_map(effects: Mapping[str, ArrayLike], wild: ArrayLike, word: str = "1") -> Figure:
    """A heat map of the effects of flipping each binary site: a line for each name, a column for each site.

    effects: name -> (sites,); wild (sites,): 0 and 1, the values of the row; word: what 1 is called. Raises ValueError
    where there is no effect, or the sites differ in number.

    >>> figure = flip_map({"all": [0.5, -1.0], "Africa": [0.2, -2.0]}, [0, 1])
    """
    columns = {name: np.asarray(x, dtype=np.float64)[:, None] for name, x in effects.items()}
    grids = {name: x[:, 0] for name, x in _checked(columns, 1, wild).items()}
    figure, (axes,) = panels(0.9 + 0.16 * len(grids), [" "], 1, FLIPS.format(word))
    image = _draw(axes, np.stack(list(grids.values())), _limit(grids))
    image.set_extent((0.5, np.size(np.asarray(wild)) + 0.5, len(grids) - 0.5, -0.5))  # sites are counted from 1
    ones = np.flatnonzero(np.asarray(wild) > 0) + 1
    axes.plot(ones, np.full(len(ones), -0.9), ".", color=INK, markersize=2, clip_on=False)
    axes.set_yticks(range(len(grids)), [display_name(name) for name in grids])
    axes.set_xlabel("site", color=INK, fontsize=9)
    _add_scale(figure, image, axes)
    return figure


def _checked(effects: Mapping[str, ArrayLike], letters: int, wild: ArrayLike) -> dict[str, NDArray[np.float64]]:
    grids = {name: np.asarray(x, dtype=np.float64) for name, x in effects.items()}
    shape = (np.size(np.asarray(wild)), letters)
    if not grids or any(x.shape != shape for x in grids.values()):
        raise ValueError(f"effects must be {shape}, as the wild type and the letters, for one name or more")
    if all(np.isnan(x).all() for x in grids.values()):
        raise ValueError("there is no effect to draw")
    return grids


def _limit(grids: Mapping[str, NDArray[np.float64]]) -> float:
    """The effect of the deepest color: of all effects one in fifty is larger."""
    sizes = np.abs(np.concatenate([x.ravel() for x in grids.values()]))
    return float(np.nanquantile(sizes, 0.98)) or 1.0


def _draw(axes: Axes, x: NDArray[np.float64], limit: float) -> Any:
    return axes.imshow(x, cmap="RdBu", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")


def _add_scale(figure: Figure, image: Any, axes: Any) -> None:
    """The colors and their numbers below all axes, as high in every figure."""
    inch = 1 / figure.get_figheight()
    bar = figure.colorbar(
        image, ax=axes, location="bottom", fraction=0.12 * inch, pad=0.1 * inch, shrink=0.6, aspect=30
    )
    bar.set_label(UNIT, color=INK, fontsize=9)
    bar.ax.tick_params(labelsize=8)


def _label_positions(axes: Axes, numbers: NDArray[np.int64]) -> None:
    """Ticks at the positions that are multiples of ten; at the first one where there are none."""
    ticks = [i for i, number in enumerate(numbers.tolist()) if number % 10 == 0] or [0]
    axes.set_yticks(ticks, [str(numbers[i]) for i in ticks])
