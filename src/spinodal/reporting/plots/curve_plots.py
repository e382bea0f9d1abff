"""Curves: scores, accuracies and exponents against time, age or gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .canvas import (
    COLORS,
    INK,
    MARKERS,
    SHADE,
    canvas,
    count_along,
    explain,
    looks,
    mark,
    name_sides,
    panels,
    shades,
    shown,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def scores_over_time(
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    trained: float,
    floor: Mapping[str, float] | None = None,
) -> Figure:
    """Scores against the time a machine ran, on logarithmic scales, with a line at the time it was trained for.

    A machine out of equilibrium is good at what it was run for, for as long as it was run: its errors dip at
    `trained` and rise again. Where they only fall, the machine is near equilibrium.

    times: positive, (t,); curves: name -> errors, (t,); floor: name of a curve -> what real samples score,
    dotted. Raises ValueError for a time on no logarithmic scale and for a curve or a floor without a match.

    >>> figure = scores_over_time([1, 10, 100], {"spectrum error": [0.1, 0.01, 0.03]}, trained=10)
    """
    _check("times", times, curves, floor or {})
    figure, axes = canvas(4.0, f"Errors should dip at the {trained:g} steps the machine was trained for")
    mark(axes, trained, f"trained: {trained:g}")
    _errors(figure, axes, times, curves, floor or {})
    axes.set_xlabel("steps run from a random start", color=INK)
    return figure


def scores_over_training(
    ages: Sequence[float], curves: Mapping[str, Sequence[float]], floor: Mapping[str, float] | None = None
) -> Figure:
    """Scores against the updates a machine has had, on logarithmic scales.

    ages: positive, (t,); curves: name -> errors, (t,), with a gap where one is NaN; floor: name of a curve -> what
    real samples score, dotted: a machine that is there has no more to learn.
    Raises ValueError for an age on no logarithmic scale and for a curve or a floor without a match.

    >>> figure = scores_over_training([1, 10, 100], {"spectrum error": [0.3, float("nan"), 0.01]})
    """
    _check("ages", ages, curves, floor or {})
    figure, axes = canvas(4.0, "Errors fall steeply, then flatten")
    _errors(figure, axes, ages, curves, floor or {})
    axes.set_xlabel("updates", color=INK)
    return figure


def gain_sweep(
    gains: Sequence[float], exponents: Sequence[float], errors: Sequence[float], own: float | None = None
) -> Figure:
    """The largest Lyapunov exponent, with bars of one error, against the gain of the frozen random couplings.

    gains, exponents (in 1/tau), errors: (g,) each; own: the gain that the machine was trained at.
    Raises ValueError where their lengths differ or nothing is given.

    >>> figure = gain_sweep([0.5, 1.0, 1.5], [-0.4, 0.0, 0.2], [0.01, 0.01, 0.02], own=1.5)
    """
    if not len(gains) == len(exponents) == len(errors) > 0:
        raise ValueError(
            "gains, exponents and errors are as many each, and one or more, "
            f"not {len(gains)}, {len(exponents)} and {len(errors)}"
        )
    figure, axes = canvas(3.6, "Chaos sets in where the largest exponent crosses zero")
    if own is not None:
        mark(axes, own, f"own gain: {own:g}")
    axes.errorbar(gains, exponents, errors, color=COLORS[0], marker=MARKERS[0], markersize=5, linewidth=1.8, capsize=3)
    _name_phases(axes)
    axes.set_xlabel("gain g of the random couplings", color=INK)
    axes.set_ylabel("largest Lyapunov exponent (1/τ)", color=INK)
    return figure


def accuracy_over_training(
    ages: Sequence[float], curves: Mapping[str, Sequence[float]], majority: float | None = None
) -> Figure:
    """Shares of labels that are predicted right against the updates a machine has had, from 0 to 1.

    ages: positive, (t,), on a logarithmic scale; curves: name -> accuracies, (t,), with a gap where one is NaN;
    majority: the share of the commonest label, which a machine that knows nothing else reaches, dotted.
    Raises ValueError for an age on no logarithmic scale, for a curve without a match and for what is no share.
    F&F paper (arXiv:2307.06797), Fig. 1 B, C.

    >>> figure = accuracy_over_training([1, 10, 100], {"accuracy": [0.3, 0.7, 0.9]}, majority=0.27)
    """
    _check("ages", ages, curves, {})
    for name, values in [*curves.items(), ("majority", [majority or 0])]:
        if strangers := [x for x in values if x < 0 or x > 1]:
            raise ValueError(f'"{name}" has {strangers[0]:g}, and a share lies from 0 to 1')
    figure, axes = canvas(3.6, "The share of labels that are predicted right should rise, and stay")
    for (name, values), look in zip(curves.items(), looks(len(curves))):
        axes.plot(ages, values, label=shown(name), markersize=5, linewidth=1.8, **look)
    if majority is not None:
        axes.axhline(majority, color=INK, linestyle=":", linewidth=1.4)
        write(axes, f"majority\n{majority:.2f}", (1, majority), axes.get_yaxis_transform(), (4, 5))
    _logarithmic(axes)
    axes.set(yscale="linear", ylim=(0, 1.03))
    axes.set_xlabel("updates", color=INK)
    axes.set_ylabel("share of labels", color=INK)
    explain(figure, axes.get_legend_handles_labels()[0])
    return figure


def scores_over_ages(
    times: Sequence[float],
    curves: Mapping[int, Mapping[str, Sequence[float]]],
    trained: float,
    floor: Mapping[str, float] | None = None,
) -> Figure:
    """Scores against the time a machine ran: a panel a score, a line an age, the older the darker.

    times: positive, (t,); curves: age -> name -> errors, (t,), the same names at all ages; trained: the time trained
    for; floor: name -> what real samples score, dotted. All scales are logarithmic. Raises ValueError for no curves,
    for ages that differ in names, for a time on no logarithmic scale, and for a curve or a floor without a match.
    F&F paper (arXiv:2307.06797), Fig. 4.

    >>> ages = {10: {"spectrum error": [0.3, 0.1, 0.2]}, 100: {"spectrum error": [0.1, 0.01, 0.03]}}
    >>> figure = scores_over_ages([1, 10, 100], ages, trained=10)
    """
    names = _in_common(curves)
    for scores in curves.values():
        _check("times", times, scores, floor or {})
    title = f"With age, errors should dip deeper at the {trained:g} steps that the machine was trained for"
    columns = min(2, len(names))
    figure, grid = panels(2.3, names, columns, title)
    for axes, name in zip(grid, names):
        axes.axvline(trained, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
        for age, look in zip(sorted(curves), shades(len(curves))):
            axes.plot(times, curves[age][name], label=f"age {age:,}", markersize=4, linewidth=1.5, **look)
        if name in (floor or {}):
            axes.axhline((floor or {})[name], color=INK, linestyle=":", linewidth=1.4)
        _logarithmic(axes)
    name_sides(grid, columns, "steps run from a random start", "error (dotted: real)" if floor else "error")
    explain(figure, grid[0].get_legend_handles_labels()[0])
    return figure


def scores_by_label(
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    trained: float,
    title: str,
    floor: Mapping[str, float] | None = None,
) -> Figure:
    """One score against the time a machine ran, a line a label, on logarithmic scales.

    times: positive, (t,); curves: label -> errors, (t,); trained: the time trained for, marked; floor: label -> what
    real samples of it score, dotted. Errors as in `scores_over_time`. F&F paper (arXiv:2307.06797), Fig. 5.

    >>> labels = {"African": [0.1, 0.01, 0.03], "European": [0.2, 0.02, 0.03]}
    >>> figure = scores_by_label([1, 10, 100], labels, trained=10, title="Each label's spectrum should fit at 10 steps")
    """
    _check("times", times, curves, floor or {})
    figure, axes = canvas(4.0, title)
    mark(axes, trained, f"trained: {trained:g}")
    _errors(figure, axes, times, curves, floor or {})
    axes.set_xlabel("steps run from a random start", color=INK)
    return figure


def weight_spectrum(spectra: Mapping[int, Sequence[float]]) -> Figure:
    """The singular values of a weight at several ages by their rank, the older the darker, on logarithmic scales.

    A weight that has learned nothing has values that are alike; what it learns are directions that stand out.

    spectra: age -> singular values, in any order. Raises ValueError for no ages, for an age without values, and for
    values that are negative or not finite.

    >>> figure = weight_spectrum({0: [0.2, 0.1], 100: [3.0, 0.2]})
    """
    if not spectra or not all(
        len(values) and np.isfinite(values).all() and min(values) >= 0 for values in spectra.values()
    ):
        raise ValueError("spectra are finite singular values, not negative, one or more for each of one or more ages")
    figure, axes = canvas(3.6, "A few directions of the weight should grow out of the noise")
    for age, look in zip(sorted(spectra), shades(len(spectra))):
        values = np.sort(np.asarray(spectra[age], dtype=float))[::-1]
        ranks = np.arange(1, len(values) + 1)
        axes.plot(ranks, values, label=f"age {age:,}", markersize=4, markevery=0.12, linewidth=1.5, **look)
    _logarithmic(axes)
    axes.set_xlabel("rank", color=INK)
    axes.set_ylabel("singular value", color=INK)
    explain(figure, axes.get_legend_handles_labels()[0])
    return figure


def _check(
    what: str, times: Sequence[float], curves: Mapping[str, Sequence[float]], floor: Mapping[str, float]
) -> None:
    """what: the name that the caller knows the times by."""
    if not len(times) or min(times) <= 0:
        raise ValueError(f"{what} must be positive to lie on a logarithmic scale, not {list(times)}")
    if not curves:
        raise ValueError("curves has no curve: give one or more")
    for name, values in curves.items():
        if len(values) != len(times):
            raise ValueError(f'curve "{name}" has {len(values)} values for {len(times)} {what}')
    if strangers := sorted(floor.keys() - curves.keys()):
        raise ValueError(f"floor has no curve for {strangers}: name it as one of {sorted(curves)}")


def _in_common(curves: Mapping[int, Mapping[str, Sequence[float]]]) -> list[str]:
    """The names of the scores, which are the same at all ages."""
    first, scores = next(iter(curves.items()), (0, {}))
    for age, others in curves.items():
        if set(others) != set(scores):
            raise ValueError(f"age {age} has the scores {sorted(others)}, and age {first} {sorted(scores)}")
    if not scores:
        raise ValueError("curves has no scores: give one age or more, with one score or more each")
    return list(scores)


def _errors(
    figure: Figure,
    axes: Axes,
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    floor: Mapping[str, float],
) -> None:
    """A line a curve, a dotted one for its floor, and a legend below the axes."""
    for (name, values), look in zip(curves.items(), looks(len(curves))):
        axes.plot(times, values, label=shown(name), markersize=5, linewidth=1.8, **look)
        if name in floor:
            axes.axhline(floor[name], color=look["color"], linestyle=":", linewidth=1.4)
    _logarithmic(axes)
    axes.margins(y=0.1)  # room for a word above the curves
    axes.set_ylabel("error (dotted: of real samples)" if floor else "error", color=INK)
    explain(figure, axes.get_legend_handles_labels()[0])


def _name_phases(axes: Axes) -> None:
    """A line at 0 and what lies on either side of it, written where no curve is: beyond the line's end."""
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.margins(y=0.2)  # room for all words where the exponents are on one side
    write(axes, "chaos", (1, 0), axes.get_yaxis_transform(), (4, 14))
    write(axes, "fixed points", (1, 0), axes.get_yaxis_transform(), (4, -4))


def _logarithmic(axes: Axes) -> None:
    """Both scales logarithmic where numbers are above 0, times as plain numbers, a faint grid at the powers of ten."""
    count_along(axes)
    if np.isfinite(axes.dataLim.minposy):  # errors of constant data are 0 throughout
        axes.set_yscale("log", nonpositive="clip")
    axes.grid(color=SHADE, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
