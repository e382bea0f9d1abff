"""Site plots: how much each site decides a label, and a logo of each label at the sites that decide most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import COLORS, INK, NAME, SHADE, TITLE, clean_axes, display_name, sheet
from .logo_plots import draw_logo, gap_share, information

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED, SHORT = 10, 6
"""Sites whose name stands at their bar, and the most characters of such a name: else it is the site's number."""


def deciding_sites(
    scores: Mapping[str, ArrayLike],
    shown: Sequence[int],
    frequencies: Mapping[str, ArrayLike] | None = None,
    symbols: Sequence[str] = (),
    names: Sequence[str] = (),
    title: str | None = None,
) -> Figure:
    """A panel for each score of all sites, in which the sites that are shown are dark, and a logo of each label there.

    scores       what is measured, in words -> (sites,)
    shown        sites counted from 0, from the most important one; the first ten have their number at their bar
    frequencies  label -> (sites shown, symbols), in the order of `shown`, rows that sum to 1: a logo each, with the
                 sites from left to right; by default none
    names        of all sites; by default their numbers from 1

    Raises ValueError for scores and frequencies that don't fit.

    >>> figure = deciding_sites({"bits": [0.1, 0.9, 0.3]}, [1, 2], {"yeast": [[0, 0, 1], [0, 0.5, 0.5]]}, "-AC")
    """
    found = {name: np.asarray(x, dtype=np.float64) for name, x in scores.items()}
    if not shown or len({x.shape for x in found.values()}) != 1 or max(shown) >= len(next(iter(found.values()))):
        raise ValueError(f"scores must be of the same sites, of which {len(shown)} are shown: one or more of them")
    logos = {name: np.asarray(f, dtype=np.float64) for name, f in (frequencies or {}).items()}
    if strange := [name for name, f in logos.items() if f.shape != (len(shown), len(symbols))]:
        raise ValueError(
            f'the frequencies of "{strange[0]}" are not those of {len(shown)} sites, {len(symbols)} symbols'
        )
    sites = len(next(iter(found.values())))
    called = list(names) or [str(site + 1) for site in range(sites)]
    heights = [1.35] * len(found) + [0.56] * len(logos)
    figure = sheet(
        sum(heights) + (1.1 if logos else 0.7), display_name(title or "The sites that decide most", 2 * TITLE)
    )
    rows = list(figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0])
    for i, (axes, (name, x)) in enumerate(zip(rows, found.items())):
        _draw_score(axes, name, x, list(shown), called if i == 0 else [])
    rows[len(found) - 1].set_xlabel("site", color=INK, fontsize=9)
    if logos:
        _draw_logos(rows[len(found) :], logos, symbols, list(shown), called)
    return figure


def _draw_score(axes: Axes, name: str, x: NDArray[np.float64], shown: list[int], called: Sequence[str]) -> None:
    """A bar for each site; the names of the first shown ones above their bars, where they are asked for."""
    place = np.arange(1, len(x) + 1)
    axes.bar(place, x, 1.0, color=SHADE, linewidth=0)
    axes.bar(place[shown], x[shown], max(1.0, len(x) / 250), color=COLORS[0], linewidth=0)
    axes.set(xlim=(0.4, len(x) + 0.6))
    axes.set_title(name, loc="left", fontsize=8, color=INK, pad=3)
    axes.tick_params(labelsize=7, length=2)
    clean_axes(axes)
    if not called:
        return
    top = 1.6 * max(x.max(), 1e-9)
    axes.set_ylim(min(x.min(), 0.0), top)
    how: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 7, "color": INK, "rotation": 90}
    for site, at in zip(shown[:NAMED], _apart(shown[:NAMED], len(x))):
        word = display_name(called[site]) if len(called[site]) <= SHORT else str(site + 1)
        axes.plot([site + 1, at + 1], [x[site], 0.72 * top], color=SHADE, linewidth=0.6, zorder=0)
        axes.text(at + 1, 0.98, word, transform=axes.get_xaxis_transform(), **how)


def _apart(shown: list[int], sites: int) -> list[float]:
    """Places for the names of some sites: near them, apart from one another, and not beyond the last site."""
    least, at, end = sites / 36, dict[int, float](), sites - 1.0
    for site in sorted(shown):
        at[site] = max(float(site), sites / 60, max(at.values(), default=-np.inf) + least)
    for site in sorted(shown, reverse=True):
        at[site] = min(at[site], end)
        end = at[site] - least
    return [at[site] for site in shown]


def _draw_logos(
    rows: Sequence[Axes], logos: Mapping[str, NDArray[np.float64]], symbols: Sequence[str], shown: list[int],
    called: Sequence[str],
) -> None:  # fmt: skip
    order, most = np.argsort(shown), np.log2(sum(symbol != "-" for symbol in symbols))
    for axes, (name, f) in zip(rows, logos.items()):
        draw_logo(axes, information(f[order], symbols), symbols, gap_share(f[order], symbols))
        axes.set(xlim=(-0.6, len(order) - 0.4), ylim=(0, most), yticks=[0, round(most)] if most >= 1.5 else [0, 1])
        axes.set_xticks([])
        axes.set_ylabel("bits", color=INK, fontsize=7)
        axes.set_title(display_name(name, 2 * NAME), loc="left", fontsize=8, color=INK, pad=2)
        axes.tick_params(labelsize=7, length=2)
        clean_axes(axes)
    words = [display_name(called[shown[i]], NAME // 2) for i in order]
    rows[-1].set_xticks(range(len(order)), words, rotation=90 if max(map(len, words)) > 2 else 0, fontsize=7)
    rows[-1].set_xlabel("site", color=INK, fontsize=9)
