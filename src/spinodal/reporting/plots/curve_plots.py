"""Curve plots: scores, accuracies and exponents against time, age or gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .canvas import (
    COLORS,
    INK,
    MARKERS,
    SHADE,
    add_legend,
    annotate,
    canvas,
    display_name,
    graded_styles,
    label_sides,
    logarithmic_x,
    mark_value,
    panels,
    styles,
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
    """Scores against generation time, on logarithmic scales, with a line at the number of steps of training.

    The errors of a machine that was trained out of equilibrium have a minimum at `trained`, the number of steps of its
    training. If they only fall with time, the machine is near equilibrium.

    times: positive, (t,); curves: name -> errors, (t,); floor: name of a curve -> the score of real samples, dotted.
    Raises ValueError for a time that is not positive, for a curve of another length, and for a floor without a curve.

    >>> figure = scores_over_time([1, 10, 100], {"spectrum error": [0.1, 0.01, 0.03]}, trained=10)
    """
    _check("times", times, curves, floor or {})
    figure, axes = canvas(4.0, f"Errors by generation time: trained for {trained:g} steps")
    mark_value(axes, trained, f"trained: {trained:g}")
    _errors(figure, axes, times, curves, floor or {})
    axes.set_xlabel("steps run from a random start", color=INK)
    return figure


def scores_over_training(
    ages: Sequence[float], curves: Mapping[str, Sequence[float]], floor: Mapping[str, float] | None = None
) -> Figure:
    """Scores against the number of training updates, on logarithmic scales.

    ages: positive, (t,); curves: name -> errors, (t,), with a gap at NaN; floor: name of a curve -> the score of real
    samples, dotted, which is the best that can be expected. Raises ValueError for an age that is not positive, for a
    curve of another length, and for a floor without a curve.

    >>> figure = scores_over_training([1, 10, 100], {"spectrum error": [0.3, float("nan"), 0.01]})
    """
    _check("ages", ages, curves, floor or {})
    figure, axes = canvas(4.0, "Errors by age")
    _errors(figure, axes, ages, curves, floor or {})
    axes.set_xlabel("updates", color=INK)
    return figure


def gain_sweep(
    gains: Sequence[float], exponents: Sequence[float], errors: Sequence[float], own: float | None = None
) -> Figure:
    """The largest Lyapunov exponent, with bars of one standard error, against the gain of the frozen couplings.

    gains, exponents (in 1/tau), errors: (g,) each; own: the gain of the machine. Raises ValueError if they differ in
    length or are empty.

    >>> figure = gain_sweep([0.5, 1.0, 1.5], [-0.4, 0.0, 0.2], [0.01, 0.01, 0.02], own=1.5)
    """
    if not len(gains) == len(exponents) == len(errors) > 0:
        raise ValueError(
            "gains, exponents and errors must have equal lengths of 1 or more, "
            f"not {len(gains)}, {len(exponents)} and {len(errors)}"
        )
    figure, axes = canvas(3.6, "Chaos sets in where the largest exponent crosses zero")
    if own is not None:
        mark_value(axes, own, f"own gain: {own:g}")
    axes.errorbar(gains, exponents, errors, color=COLORS[0], marker=MARKERS[0], markersize=5, linewidth=1.8, capsize=3)
    _name_phases(axes)
    axes.set_xlabel("gain g of the random couplings", color=INK)
    axes.set_ylabel("largest Lyapunov exponent (1/τ)", color=INK)
    return figure


def accuracy_over_training(
    ages: Sequence[float], curves: Mapping[str, Sequence[float]], majority: float | None = None
) -> Figure:
    """Accuracies of labels, from 0 to 1, against the number of training updates.

    ages: positive, (t,), on a logarithmic scale; curves: name -> accuracies, (t,), with a gap at NaN; majority: the
    share of the most common label, dotted, which is the accuracy of a constant guess. Raises ValueError for an age that
    is not positive, for a curve of another length, and for numbers outside [0, 1]. F&F paper (arXiv:2307.06797),
    Fig. 1 B, C.

    >>> figure = accuracy_over_training([1, 10, 100], {"accuracy": [0.3, 0.7, 0.9]}, majority=0.27)
    """
    _check("ages", ages, curves, {})
    for name, values in [*curves.items(), ("majority", [majority or 0])]:
        if wrong := [x for x in values if x < 0 or x > 1]:
            raise ValueError(f'"{name}" has {wrong[0]:g}: an accuracy must be from 0 to 1')
    figure, axes = canvas(3.6, "Accuracy of labels by age")
    for (name, values), style in zip(curves.items(), styles(len(curves))):
        axes.plot(ages, values, label=display_name(name), markersize=5, linewidth=1.8, **style)
    if majority is not None:
        axes.axhline(majority, color=INK, linestyle=":", linewidth=1.4)
        annotate(axes, f"majority\n{majority:.2f}", (1, majority), axes.get_yaxis_transform(), (4, 5))
    _logarithmic(axes)
    axes.set(yscale="linear", ylim=(0, 1.03))
    axes.set_xlabel("updates", color=INK)
    axes.set_ylabel("share of labels", color=INK)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return figure


def scores_over_ages(
    times: Sequence[float],
    curves: Mapping[int, Mapping[str, Sequence[float]]],
    trained: float,
    floor: Mapping[str, float] | None = None,
) -> Figure:
    """Scores against generation time: a panel for each score, and a line for each age, darker for higher ages.

    times: positive, (t,); curves: age -> name -> errors, (t,), with the same names at all ages; trained: the number of
    steps of training; floor: name -> the score of real samples, dotted. All scales are logarithmic. Raises ValueError
    if there are no curves, if ages differ in names, for a time that is not positive, for a curve of another length, and
    for a floor without a curve. F&F paper (arXiv:2307.06797), Fig. 4.

    >>> ages = {10: {"spectrum error": [0.3, 0.1, 0.2]}, 100: {"spectrum error": [0.1, 0.01, 0.03]}}
    >>> figure = scores_over_ages([1, 10, 100], ages, trained=10)
    """
    names = _in_common(curves)
    for scores in curves.values():
        _check("times", times, scores, floor or {})
    title = f"Errors by generation time, from young to old: trained for {trained:g} steps"
    columns = min(2, len(names))
    figure, grid = panels(2.3, names, columns, title)
    for axes, name in zip(grid, names):
        axes.axvline(trained, color=SHADE, linewidth=5, alpha=0.6, zorder=0)
        for age, style in zip(sorted(curves), graded_styles(len(curves))):
            axes.plot(times, curves[age][name], label=f"age {age:,}", markersize=4, linewidth=1.5, **style)
        if name in (floor or {}):
            axes.axhline((floor or {})[name], color=INK, linestyle=":", linewidth=1.4)
        _logarithmic(axes)
    label_sides(grid, columns, "steps run from a random start", "error (dotted: real)" if floor else "error")
    add_legend(figure, grid[0].get_legend_handles_labels()[0])
    return figure


def scores_by_label(
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    trained: float,
    title: str,
    floor: Mapping[str, float] | None = None,
) -> Figure:
    """One score against generation time, with a line for each label, on logarithmic scales.

    times: positive, (t,); curves: label -> errors, (t,); trained: the number of steps of training, marked; floor:
    label -> the score of real samples of that label, dotted. Errors as in `scores_over_time`. F&F paper
    (arXiv:2307.06797), Fig. 5.

    >>> labels = {"African": [0.1, 0.01, 0.03], "European": [0.2, 0.02, 0.03]}
    >>> figure = scores_by_label([1, 10, 100], labels, trained=10, title="Each label's spectrum should fit at 10 steps")
    """
    _check("times", times, curves, floor or {})
    figure, axes = canvas(4.0, title)
    mark_value(axes, trained, f"trained: {trained:g}")
    _errors(figure, axes, times, curves, floor or {})
    axes.set_xlabel("steps run from a random start", color=INK)
    return figure


def weight_spectrum(spectra: Mapping[int, Sequence[float]]) -> Figure:
    """The singular values of a weight by rank at several ages, darker for higher ages, on logarithmic scales.

    The values of an untrained, random weight are similar; training makes a few of them much larger than the others.

    spectra: age -> singular values, in any order. Raises ValueError if there are no ages, for an age without values,
    and for values that are negative or not finite.

    >>> figure = weight_spectrum({0: [0.2, 0.1], 100: [3.0, 0.2]})
    """
    if not spectra or not all(
        len(values) and np.isfinite(values).all() and min(values) >= 0 for values in spectra.values()
    ):
        raise ValueError("spectra must be one or more singular values, finite and not negative, for one or more ages")
    figure, axes = canvas(3.6, "Singular values of the weights by age")
    for age, style in zip(sorted(spectra), graded_styles(len(spectra))):
        values = np.sort(np.asarray(spectra[age], dtype=float))[::-1]
        ranks = np.arange(1, len(values) + 1)
        axes.plot(ranks, values, label=f"age {age:,}", markersize=4, markevery=0.12, linewidth=1.5, **style)
    _logarithmic(axes)
    axes.set_xlabel("rank", color=INK)
    axes.set_ylabel("singular value", color=INK)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return figure


def _check(
    what: str, times: Sequence[float], curves: Mapping[str, Sequence[float]], floor: Mapping[str, float]
) -> None:
    """Check times and curves; what: the name of the argument of times."""
    if not len(times) or min(times) <= 0:
        raise ValueError(f"{what} must be positive to lie on a logarithmic scale, not {list(times)}")
    if not curves:
        raise ValueError("curves is empty: pass one or more")
    for name, values in curves.items():
        if len(values) != len(times):
            raise ValueError(f'curve "{name}" has {len(values)} values for {len(times)} {what}')
    if unmatched := sorted(floor.keys() - curves.keys()):
        raise ValueError(f"floor has no curve for {unmatched}: its names must be among {sorted(curves)}")


def _in_common(curves: Mapping[int, Mapping[str, Sequence[float]]]) -> list[str]:
    """The names of the scores; they must be the same at all ages."""
    first, scores = next(iter(curves.items()), (0, {}))
    for age, others in curves.items():
        if set(others) != set(scores):
            raise ValueError(
                f"age {age} has the scores {sorted(others)}, and age {first} {sorted(scores)}: pass equal ones"
            )
    if not scores:
        raise ValueError("curves is empty: pass one age or more, with one score or more each")
    return list(scores)


def _errors(
    figure: Figure,
    axes: Axes,
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    floor: Mapping[str, float],
) -> None:
    """A line for each curve, a dotted line for its floor, and a legend below the axes."""
    for (name, values), style in zip(curves.items(), styles(len(curves))):
        axes.plot(times, values, label=display_name(name), markersize=5, linewidth=1.8, **style)
        if name in floor:
            axes.axhline(floor[name], color=style["color"], linestyle=":", linewidth=1.4)
    _logarithmic(axes)
    axes.margins(y=0.1)  # space for a word above the curves
    axes.set_ylabel("error (dotted: of real samples)" if floor else "error", color=INK)
    add_legend(figure, axes.get_legend_handles_labels()[0])


def _name_phases(axes: Axes) -> None:
    """A line at 0, with the names of both phases beyond its end, where there are no curves."""
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.margins(y=0.2)  # space for both names if all exponents have one sign
    annotate(axes, "chaos", (1, 0), axes.get_yaxis_transform(), (4, 14))
    annotate(axes, "fixed points", (1, 0), axes.get_yaxis_transform(), (4, -4))


def _logarithmic(axes: Axes) -> None:
    """A logarithmic x axis, a logarithmic y axis if values are positive, and a faint grid at the powers of ten."""
    logarithmic_x(axes)
    if np.isfinite(axes.dataLim.minposy):  # all errors of constant data are 0
        axes.set_yscale("log", nonpositive="clip")
    axes.grid(color=SHADE, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
