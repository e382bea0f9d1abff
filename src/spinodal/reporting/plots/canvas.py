"""Canvas: what all figures have in common: paper, ink, colors, and words beside lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Seven colors that any color vision tells apart (Okabe & Ito 2008), the strongest first."""

MARKERS = "osD^vPX"
"""A shape a color, so that curves are told apart in gray too."""

DASHES = ("-", "--", "-.", (0, (6, 1, 1, 1, 1, 1)))
"""What lines are drawn with, once all colors are taken."""

INK, SHADE, PAPER = "#222222", "#C8C8C8", "#F1F1EE"
WIDTH = 6.0
"""Inches: letters of 9 points are still read where a figure is as wide as a telephone."""

TITLE = 66
"""Letters of a title that go beside one another."""

NAME = 32
"""Letters of a name that are written: of a longer one those at its ends."""


def canvas(height: float, title: str, beside: Sequence[str] = ()) -> tuple[Figure, Axes]:
    """One pair of axes in a figure that pyplot knows nothing of; names `beside` it narrow the title."""
    figure = _figure(height)
    axes = figure.add_subplot()
    width = max(20, TITLE - max((len(shown(name)) for name in beside), default=0))
    axes.set_title(lines(title, width), loc="left", color=INK, fontsize=10)
    tidy(axes)
    return figure, axes


def sheet(height: float, title: str) -> Figure:
    """A figure for several axes, with one title for all."""
    figure = _figure(height)
    figure.suptitle(lines(title, TITLE + 4), x=0.01, horizontalalignment="left", color=INK, fontsize=10)
    return figure


def panels(height: float, names: Sequence[str], columns: int, title: str) -> tuple[Figure, list[Axes]]:
    """Small axes with names of their own, row by row, on scales of their own; `height` is that of a row."""
    rows = -(-len(names) // columns)
    figure = sheet(height * rows + 0.9, title)
    grid = [figure.add_subplot(rows, columns, place + 1) for place in range(len(names))]
    width = 72 // columns
    for axes, name in zip(grid, names):
        long = max(map(len, f"{name} ".split(" "))) > width
        axes.set_title(lines(shown(name, width if long else NAME), width), loc="left", color=INK, fontsize=9)
        axes.tick_params(labelsize=8, which="both")
        tidy(axes)
    return figure, grid


def shown(name: object, most: int = NAME) -> str:
    r"""A name of data as figures can draw it, whatever is in it: in one line of so many letters at most.

    matplotlib takes what is between two "$" for a formula, leaves what begins with "_" out of legends, and has no
    letters for control characters. These, and marks that turn the direction of writing, are drawn as "\ufffd".

    >>> shown("$10k-$20k"), shown("a\n b\x1b"), shown("_x"), shown("abcdefgh", 6)
    ('\\$10k-\\$20k', 'a b\ufffd', ' _x', 'abc…gh')
    """
    text = " ".join(str(name).split())
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    if len(text) > most:
        text = f"{text[: most - 1 - most // 3]}…{text[-(most // 3) :]}"
    return f"{' ' * text.startswith('_')}{text}".replace("$", r"\$")


def lines(text: str, most: int) -> str:
    """A text in as few lines as letters beside one another allow, all about as long."""
    tried = [wrap(text, width, break_long_words=False) for width in range(most, 0, -1)]
    return "\n".join([found for found in tried if len(found) == len(tried[0])][-1])


def name_sides(grid: Sequence[Axes], columns: int, below: str, beside: str) -> None:
    """What the scales of panels are, written once a column below its last and once a row beside its first."""
    for axes in grid[-columns:]:
        axes.set_xlabel(below, color=INK, fontsize=9)
    for axes in grid[::columns]:
        axes.set_ylabel(beside, color=INK, fontsize=9)


def tidy(axes: Axes) -> None:
    """Two of the four lines around axes, and numbers in ink."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)


def looks(n: int) -> list[dict[str, Any]]:
    """A color and a marker for each of n curves; past seven, other dashes. ValueError for more than look different."""
    every = [
        {"color": color, "marker": marker, "linestyle": line}
        for line in DASHES
        for color, marker in zip(COLORS, MARKERS)
    ]
    if n > len(every):
        raise ValueError(f"{n} curves are more than can be told apart, {len(every)}: draw some of them")
    return every[:n]


def shades(n: int) -> list[dict[str, Any]]:
    """Looks of n curves that are one after another: pale to dark, and markers in turn."""
    from matplotlib import colormaps

    spread = [0.12 + 0.88 * i / max(n - 1, 1) for i in range(n)] if n > 1 else [1.0]
    return [{"color": colormaps["cividis_r"](x), "marker": m, "linestyle": "-"} for x, m in zip(spread, cycle(MARKERS))]


def explain(figure: Figure, handles: Sequence[Any]) -> None:
    """A legend below all axes, in as many columns as its longest name leaves, for which the figure grows."""
    names = [handle.get_label() for handle in handles]
    columns = max(1, min(4, len(names), 80 // (max(map(len, names)) + 7)))
    figure.set_figheight(figure.get_figheight() + 0.2 * -(-len(names) // columns))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False, labelcolor=INK, fontsize=9)


def mark(axes: Axes, at: float, word: str) -> None:
    """A broad, pale line behind the curves, with a word beside its top."""
    axes.axvline(at, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
    write(axes, word, (at, 1), axes.get_xaxis_transform(), (6, -4))


def count_along(axes: Axes) -> None:
    """A logarithmic scale along the bottom, with plain numbers at the powers of ten; of few, at 2 and 5 as well."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    low, high = axes.dataLim.intervalx
    if high < 100 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def write(axes: Axes, word: str, at: tuple[float, float], of: Transform, away: tuple[float, float]) -> None:
    """A small word whose top is some points away from a place on a line."""
    axes.annotate(
        word,
        at,
        xycoords=of,
        xytext=away,
        textcoords="offset points",
        verticalalignment="top",
        color=INK,
        fontsize=9,
    )


def _figure(height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout="constrained", dpi=150)
