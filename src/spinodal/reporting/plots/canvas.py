"""Canvas: sizes, colors, titles, legends and axes that all figures share."""

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
"""Seven colors that readers with any color vision can distinguish (Okabe & Ito 2008), the strongest first."""

MARKERS = "osD^vPX"
"""A marker for each color, so that curves can be distinguished without color."""

DASHES = ("-", "--", "-.", (0, (6, 1, 1, 1, 1, 1)))
"""Line styles: the next one is used when all colors are used."""

INK, SHADE, PAPER = "#222222", "#C8C8C8", "#F1F1EE"
"""The colors of text, of areas for real data, and of zero in images."""

WIDTH = 6.0
"""The width of figures in inches: text of 9 points can be read on a phone."""

TITLE = 66
"""Characters in a line of a title."""

NAME = 32
"""The most characters of a name; a longer name is shortened to its beginning and its end."""


def canvas(height: float, title: str, beside: Sequence[str] = ()) -> tuple[Figure, Axes]:
    """A figure, which pyplot doesn't manage, with one pair of axes. Names `beside` the axes make the title narrower."""
    figure = _figure(height)
    axes = figure.add_subplot()
    width = max(20, TITLE - max((len(display_name(name)) for name in beside), default=0))
    axes.set_title(lines(title, width), loc="left", color=INK, fontsize=10)
    clean_axes(axes)
    return figure, axes


def sheet(height: float, title: str) -> Figure:
    """A figure for several pairs of axes, with a title."""
    figure = _figure(height)
    figure.suptitle(lines(title, TITLE + 4), x=0.01, horizontalalignment="left", color=INK, fontsize=10)
    return figure


def retitle(figure: Figure, title: str) -> None:
    """Replace the title of a figure of these plots, for a paper with captions say; an empty one removes it.

    >>> figure, axes = canvas(3.0, "A title")
    >>> retitle(figure, "")
    >>> axes.get_title(loc="left")
    ''
    """
    whole = bool(figure.get_suptitle()) or not any(axes.get_title(loc="left") for axes in figure.axes)
    text = lines(title, TITLE) if title else ""
    if whole:
        figure.suptitle(text)
    else:
        next(axes for axes in figure.axes if axes.get_title(loc="left")).set_title(text, loc="left")


def panels(height: float, names: Sequence[str], columns: int, title: str) -> tuple[Figure, list[Axes]]:
    """A figure with a pair of axes for each name, row by row; `height` is the height of a row."""
    rows = -(-len(names) // columns)
    figure = sheet(height * rows + 0.9, title)
    grid = [figure.add_subplot(rows, columns, place + 1) for place in range(len(names))]
    width = 72 // columns
    for axes, name in zip(grid, names):
        long = max(map(len, f"{name} ".split(" "))) > width
        axes.set_title(lines(display_name(name, width if long else NAME), width), loc="left", color=INK, fontsize=9)
        axes.tick_params(labelsize=8, which="both")
        clean_axes(axes)
    return figure, grid


def display_name(name: object, most: int = NAME) -> str:
    r"""A name from data in a form that figures can show: one line of `most` characters or fewer.

    matplotlib reads text between two "$" as a formula, and hides names that begin with "_" from legends, so both are
    escaped. Control characters and marks that change the direction of writing become "\ufffd".

    >>> display_name("$10k-$20k"), display_name("a\n b\x1b"), display_name("_x"), display_name("abcdefgh", 6)
    ('\\$10k-\\$20k', 'a b\ufffd', ' _x', 'abc…gh')
    """
    text = " ".join(str(name).split())
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    if len(text) > most:
        text = f"{text[: most - 1 - most // 3]}…{text[-(most // 3) :]}"
    return f"{' ' * text.startswith('_')}{text}".replace("$", r"\$")


def lines(text: str, most: int) -> str:
    """A text in as few lines of `most` characters as possible, with lines of about equal length."""
    wrapped = [wrap(text, width, break_long_words=False) for width in range(most, 0, -1)]
    return "\n".join([rows for rows in wrapped if len(rows) == len(wrapped[0])][-1])


def label_sides(grid: Sequence[Axes], columns: int, below: str, beside: str) -> None:
    """Label the x axis of the last panel of each column, and the y axis of the first panel of each row."""
    for axes in grid[-columns:]:
        axes.set_xlabel(below, color=INK, fontsize=9)
    for axes in grid[::columns]:
        axes.set_ylabel(beside, color=INK, fontsize=9)


def clean_axes(axes: Axes) -> None:
    """Remove the top and the right line of the frame, and give ticks the color of text."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)


def styles(n: int) -> list[dict[str, Any]]:
    """A color, a marker and a line style for each of n curves. Raises ValueError for more curves than styles."""
    available = [
        {"color": color, "marker": marker, "linestyle": line}
        for line in DASHES
        for color, marker in zip(COLORS, MARKERS)
    ]
    if n > len(available):
        raise ValueError(f"{n} curves can't be distinguished: pass {len(available)} curves or fewer")
    return available[:n]


def graded_styles(n: int) -> list[dict[str, Any]]:
    """Styles of n curves in a sequence: colors from pale to dark, and alternating markers."""
    from matplotlib import colormaps

    depths = [0.12 + 0.88 * i / max(n - 1, 1) for i in range(n)] if n > 1 else [1.0]
    return [{"color": colormaps["cividis_r"](x), "marker": m, "linestyle": "-"} for x, m in zip(depths, cycle(MARKERS))]


def add_legend(figure: Figure, handles: Sequence[Any]) -> None:
    """A legend below all axes. Its longest name sets the number of columns, and the figure grows by its height."""
    names = [handle.get_label() for handle in handles]
    columns = max(1, min(4, len(names), 80 // (max(map(len, names)) + 8)))
    figure.set_figheight(figure.get_figheight() + 0.2 * -(-len(names) // columns))
    how: dict[str, Any] = {
        "ncols": columns,
        "frameon": False,
        "labelcolor": INK,
        "fontsize": 9,
        "handlelength": 3,
    }  # dashes need length
    figure.legend(handles=handles, loc="outside lower center", **how)


def mark_value(axes: Axes, at: float, word: str) -> None:
    """A broad, pale vertical line behind the curves, with a word beside its top."""
    axes.axvline(at, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
    annotate(axes, word, (at, 1), axes.get_xaxis_transform(), (6, -4))


def logarithmic_x(axes: Axes) -> None:
    """A logarithmic x axis with numbers at the powers of ten, and for short ranges also at 2 and 5 times these."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    low, high = axes.dataLim.intervalx
    if high < 100 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def annotate(axes: Axes, word: str, at: tuple[float, float], of: Transform, away: tuple[float, float]) -> None:
    """A small word with its top at a distance (in points) from a place."""
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
