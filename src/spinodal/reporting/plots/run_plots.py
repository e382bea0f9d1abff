"""Run plots: curves of several runs in one figure, such as those of F&F beside PCD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .canvas import INK, SHADE, add_legend, display_name, graded_styles, label_sides, logarithmic_x, panels, styles
from .canvas import lines as broken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curve = tuple[Sequence[float], Sequence[float]]
"""Times or ages, and a score at each of them: (t,) each."""


def curves_of_runs(
    curves: Mapping[str, Mapping[str, Curve]],
    below: str,
    title: str,
    trained: Mapping[str, float] | None = None,
    floor: Mapping[str, Mapping[str, float]] | None = None,
    shares: bool = False,
) -> Figure:
    """Scores of several runs: a panel for each score that all of them have, and a line for each run.

    curves: run -> score -> its curve; below: what the x axis is, on a logarithmic scale; trained: run -> where panels
    have a pale line, such as the steps of its training; floor: run -> score -> that of real samples, dotted, in the
    color of the run where the runs differ in it; shares: scores are from 0 to 1, on a linear scale, where errors have a
    logarithmic one. Raises ValueError where the runs have no score in common.

    >>> runs = {"fef": {"spectrum error": ([1, 10], [0.3, 0.1])}, "pcd": {"spectrum error": ([1, 10], [0.5, 0.4])}}
    >>> figure = curves_of_runs(runs, "steps run from a random start", "Errors by generation time", {"fef": 10})
    """
    names, looks = _in_common(curves), dict(zip(curves, styles(len(curves))))
    columns = min(2, len(names))
    figure, grid = panels(2.6, names, columns, title)
    for axes, name in zip(grid, names):
        for at in {*(trained or {}).values()}:
            axes.axvline(at, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
        for run, own in curves.items():
            axes.plot(*own[name], label=display_name(run), markersize=4, linewidth=1.6, **looks[run])
        real = {run: own[name] for run, own in (floor or {}).items() if name in own}
        for run, at in real.items() if len({*real.values()}) > 1 else list(real.items())[:1]:
            color = looks[run]["color"] if len({*real.values()}) > 1 else INK
            axes.axhline(at, color=color, linestyle=":", linewidth=1.4)
        _scale(axes, shares)
    beside = "share of labels" if shares else "error (dotted: real)" if floor else "error"
    label_sides(grid, columns, below, beside)
    add_legend(figure, grid[0].get_legend_handles_labels()[0])
    return figure


def ages_of_runs(
    curves: Mapping[str, Mapping[int, Mapping[str, Curve]]],
    trained: Mapping[str, float],
    floor: Mapping[str, Mapping[str, float]] | None = None,
) -> Figure:
    """Scores against generation time: a column for each run, a row for each score, a line for each age, dark for old.

    The panels of a row have one scale. curves: run -> age -> score -> its curve; trained: run -> the steps of its
    training, marked; floor: run -> score -> that of real samples, dotted. Raises ValueError where the runs, at all
    ages, have no score in common. F&F paper (arXiv:2307.06797), Fig. 4, of which this shows several runs at once.

    >>> one = {10: {"spectrum error": ([1, 10], [0.3, 0.1])}, 100: {"spectrum error": ([1, 10], [0.2, 0.01])}}
    >>> figure = ages_of_runs({"fef": one, "pcd": one}, {"fef": 10, "pcd": 10})
    """
    names = _in_common({f"{run}, {age}": own for run, every in curves.items() for age, own in every.items()})
    places = [(name, run) for name in names for run in curves]
    title = f"Errors by generation time{', dotted: real' if floor else ''}; a pale line: the steps of training"
    heads = [_short(run, 60 // len(curves)) if k < len(curves) else " " for k, (_, run) in enumerate(places)]
    figure, grid = panels(2.3, heads, len(curves), title)
    ages = sorted({age for every in curves.values() for age in every})
    looks = dict(zip(ages, graded_styles(len(ages))))
    lines = {}
    for k, (axes, (name, run)) in enumerate(zip(grid, places)):
        axes.axvline(trained[run], color=SHADE, linewidth=5, alpha=0.6, zorder=0)
        for age, own in sorted(curves[run].items()):
            (lines[age],) = axes.plot(*own[name], label=f"age {age:,}", markersize=4, linewidth=1.5, **looks[age])
        if (real := (floor or {}).get(run, {}).get(name)) is not None:
            axes.axhline(real, color=INK, linestyle=":", linewidth=1.4)
        if k % len(curves):
            axes.sharey(grid[k - 1])
        _scale(axes, shares=False)
    below = "steps run from a random start" if len(curves) < 3 else "steps run"
    label_sides(grid, len(curves), below, "")
    for axes, name in zip(grid[:: len(curves)], names):
        axes.set_ylabel(broken(display_name(name), 24), color=INK, fontsize=9)
    add_legend(figure, [lines[age] for age in sorted(lines)])
    return figure


def _in_common(curves: Mapping[str, Mapping[str, Curve]]) -> list[str]:
    """The scores that all have, in the order of the first. Raises ValueError where there are none."""
    every = list(curves.values())
    names = [name for name in every[0] if all(name in own for own in every)] if every else []
    if not names:
        raise ValueError(f"there is no score that all of these have: {', '.join(curves) or 'no curves'}")
    return names


def _short(name: str, most: int) -> str:
    """The beginning and the end of a name that a panel has no room for; it is not yet as figures show names.

    >>> _short("abcdefgh", 6), _short("abc", 6)
    ('abc…gh', 'abc')
    """
    return name if len(name) <= most else f"{name[: most - 1 - most // 3]}…{name[-(most // 3) :]}"


def _scale(axes: Axes, shares: bool) -> None:
    """Logarithmic scales; shares have a linear one from 0 to 1."""
    logarithmic_x(axes)
    if shares:
        axes.set_ylim(0, 1.03)
    elif np.isfinite(axes.dataLim.minposy):
        axes.set_yscale("log", nonpositive="clip")
    axes.grid(color=SHADE, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
