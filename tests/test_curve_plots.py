"""Curves have their numbers, their floors, and a style of their own."""

from __future__ import annotations

import numpy as np
import pytest

from spinodal.reporting.plots import (
    COLORS,
    accuracy_over_training,
    gain_sweep,
    scores_by_label,
    scores_over_ages,
    scores_over_time,
    scores_over_training,
    weight_spectrum,
)

from .pictures import headline, legend, overlap, saved

TIMES = [1, 3, 10, 30, 100]
CURVES = {"spectrum error": [0.1, 0.05, 0.001, 0.01, 0.1], "adversarial error": [0.5, 0.3, 0.0, 0.2, 0.4]}


def test_scores_have_a_line_each_and_one_at_the_trained_time(tmp_path):
    figure = scores_over_time(TIMES, CURVES, trained=10, floor={"spectrum error": 1e-4})
    (axes,) = figure.axes
    mark, spectrum, floor, adversarial = axes.lines
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert list(mark.get_xdata()) == [10, 10]
    assert list(spectrum.get_ydata()) == CURVES["spectrum error"]
    assert set(floor.get_ydata()) == {1e-4}
    assert floor.get_color() == spectrum.get_color() == COLORS[0] != adversarial.get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(CURVES)
    assert "10 steps" in headline(figure)
    assert "dotted" in axes.get_ylabel()
    assert saved(figure, tmp_path).std() > 0.01


@pytest.mark.parametrize("times", [[1, 2, 4, 9], [20, 300, 800], [1, 10, 100]], ids=["units", "hundreds", "powers"])
def test_short_scales_have_numbers_that_do_not_meet(times, tmp_path):
    figure = scores_over_time(times, {"error": [0.1] * len(times)}, trained=times[1])
    saved(figure, tmp_path)
    axes = figure.axes[0]
    (low, high), places = axes.get_xlim(), axes.get_xticks()
    shown = [x for x in places if low <= x <= high]
    assert len(shown) >= 3
    assert {float(f"{x:.0e}"[0]) for x in shown} <= ({1.0} if times == [1, 10, 100] else {1.0, 2.0, 5.0})
    assert not any(label.get_text() for label in axes.xaxis.get_ticklabels("minor"))


def test_zero_errors_have_a_linear_scale(tmp_path):
    figure = scores_over_time(TIMES, {"spectrum error": [0.0] * 5}, trained=10, floor={"spectrum error": 0.0})
    assert figure.axes[0].get_yscale() == "linear"
    saved(figure, tmp_path)


def test_scores_over_training_have_a_line_each_with_gaps(tmp_path):
    curves = CURVES | {"label error": [0.9, np.nan, 0.5, np.nan, np.nan], "unknown": [np.nan] * 5}
    figure = scores_over_training(TIMES, curves, floor={"adversarial error": 0.01})
    (axes,) = figure.axes
    spectrum, adversarial, floor, label, _ = axes.lines
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_xlabel()) == ("log", "log", "updates")
    assert list(spectrum.get_xdata()) == TIMES
    np.testing.assert_array_equal(label.get_ydata(), curves["label error"])
    assert set(floor.get_ydata()) == {0.01}
    assert floor.get_color() == adversarial.get_color() == COLORS[1]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(curves)
    assert saved(figure, tmp_path).std() > 0.01


def test_many_curves_look_different():
    figure = scores_over_time([1, 2], {str(i): [1, 2] for i in range(20)}, trained=1)
    styles = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines[1:]}
    assert len(styles) == 20
    assert figure.axes[0].get_ylabel() == "error"


@pytest.mark.parametrize(
    ("times", "curves", "floor", "message"),
    [
        ([0, 1], {"a": [1, 2]}, {}, "times must be positive"),
        ([], {"a": []}, {}, "times must be positive"),
        ([1, 2], {"a": [1]}, {}, 'curve "a" has 1 values for 2 times'),
        ([1, 2], {"a": [1, 2]}, {"b": 1}, "floor has no curve for \\['b'\\]"),
    ],
)
def test_curves_that_do_not_fit_are_refused(times, curves, floor, message):
    with pytest.raises(ValueError, match=message):
        scores_over_time(times, curves, trained=1, floor=floor)
    with pytest.raises(ValueError, match=message.replace("times", "ages")):
        scores_over_training(times, curves, floor=floor)


def test_a_gain_sweep_has_bars_and_names_both_sides_of_zero(tmp_path):
    figure = gain_sweep(gains := [0.5, 1, 1.5], exponents := [-0.5, 0, 0.2], [0.1, 0.2, 0.3], own=1.5)
    (axes,) = figure.axes
    mark, curve = axes.lines[:2]
    zero = axes.lines[-1]
    (bars,) = axes.collections
    assert list(mark.get_xdata()) == [1.5, 1.5]
    assert (list(curve.get_xdata()), list(curve.get_ydata())) == (gains, exponents)
    np.testing.assert_allclose([np.ptp(ends[:, 1]) for ends in bars.get_segments()], [0.2, 0.4, 0.6])
    assert set(zero.get_ydata()) == {0}
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")
    assert "Chaos" in axes.get_title(loc="left")
    assert "(1/τ)" in axes.get_ylabel()
    assert saved(figure, tmp_path).std() > 0.01


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_words_of_a_gain_sweep_are_beside_the_line_at_zero_and_do_not_overlap(sign):
    figure = gain_sweep([1, 2], [sign * 0.5, sign * 0.4], [0.01, 0.01], own=2)
    (axes,) = figure.axes
    _, chaos, fixed = axes.texts
    assert not overlap(axes.texts, figure)
    assert [text.get_text() for text in axes.texts] == ["own gain: 2", "chaos", "fixed points"]
    zero = axes.transData.transform((1, 0))[1]
    assert axes.bbox.y1 > chaos.get_window_extent().y0 > zero > fixed.get_window_extent().y1 > axes.bbox.y0


def test_the_gain_of_the_machine_is_optional():
    (axes,) = gain_sweep([1], [0.1], [0.1]).axes
    assert [text.get_text() for text in axes.texts] == ["chaos", "fixed points"]


@pytest.mark.parametrize(
    ("gains", "exponents", "errors", "message"),
    [
        ([], [], [], "not 0, 0 and 0"),
        ([1, 2], [1], [1, 2], "not 2, 1 and 2"),
        ([1, 2], [1, 2], [1], "not 2, 2 and 1"),
    ],
)
def test_sweeps_that_do_not_fit_are_refused(gains, exponents, errors, message):
    with pytest.raises(ValueError, match=message):
        gain_sweep(gains, exponents, errors)


def test_accuracies_are_shares_on_a_scale_from_0_to_1_beside_the_majority():
    curves = {"accuracy": [0.3, 0.6, np.nan, 0.9, 1.0], "balanced accuracy": [0.2, 0.5, 0.6, 0.7, 0.8]}
    figure = accuracy_over_training(TIMES, curves, majority=0.27)
    (axes,) = figure.axes
    *lines, dotted = axes.lines
    for line, values in zip(lines, curves.values()):
        np.testing.assert_array_equal(line.get_xydata(), np.stack([TIMES, values], 1))
    assert set(dotted.get_ydata()) == {0.27}
    assert dotted.get_linestyle() == ":"
    assert [text.get_text() for text in axes.texts] == ["majority\n0.27"]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert axes.get_ylim()[0] == 0 < 1 < axes.get_ylim()[1]
    assert legend(figure) == list(curves)
    assert not accuracy_over_training(TIMES, curves).axes[0].texts


@pytest.mark.parametrize(
    ("ages", "curves", "majority", "message"),
    [
        ([0, 1], {"a": [0, 1]}, None, "ages must be positive"),
        ([1, 2], {"a": [1]}, None, 'curve "a" has 1 values for 2 ages'),
        ([1, 2], {"a": [0.5, 1.5]}, None, '"a" has 1.5: an accuracy must be from 0 to 1'),
        ([1, 2], {"a": [0.5, 0.5]}, -0.1, '"majority" has -0.1: an accuracy'),
        ([1, 2], {}, None, "curves is empty"),
    ],
)
def test_accuracies_that_are_none_are_refused(ages, curves, majority, message):
    with pytest.raises(ValueError, match=message):
        accuracy_over_training(ages, curves, majority)


def test_scores_over_ages_have_a_panel_a_score_and_a_line_an_age_the_older_the_darker():
    ages = {1000: CURVES, 10: {name: [2 * x for x in values] for name, values in CURVES.items()}}
    figure = scores_over_ages(TIMES, ages, trained=10, floor={"adversarial error": 0.01})
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(CURVES)
    assert legend(figure) == ["age 10", "age 1,000"]
    for axes in figure.axes:
        name, (mark, young, old, *floor) = axes.get_title(loc="left"), axes.lines
        assert set(mark.get_xdata()) == {10}
        assert list(young.get_ydata()) == ages[10][name]
        assert list(old.get_ydata()) == ages[1000][name]
        assert sum(old.get_color()[:3]) < sum(young.get_color()[:3])
        assert old.get_marker() != young.get_marker()
        assert [set(line.get_ydata()) for line in floor] == ([{0.01}] if name == "adversarial error" else [])
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert "10 steps" in headline(figure)
    assert figure.axes[0].get_ylabel() == "error (dotted: real)"
    assert scores_over_ages(TIMES, ages, 10).axes[0].get_ylabel() == "error"


@pytest.mark.parametrize(
    ("times", "curves", "floor", "message"),
    [
        ([1, 2], {}, {}, "curves is empty"),
        ([1, 2], {10: {}}, {}, "curves is empty"),
        ([1, 2], {10: {"a": [1, 2]}, 20: {"b": [1, 2]}}, {}, "age 20 has the scores \\['b'\\], and age 10 \\['a'\\]"),
        ([0, 2], {10: {"a": [1, 2]}}, {}, "times must be positive"),
        ([1, 2], {10: {"a": [1, 2]}, 20: {"a": [1]}}, {}, 'curve "a" has 1 values for 2 times'),
        ([1, 2], {10: {"a": [1, 2]}}, {"b": 1}, "floor has no curve for \\['b'\\]"),
    ],
)
def test_ages_that_do_not_fit_are_refused(times, curves, floor, message):
    with pytest.raises(ValueError, match=message):
        scores_over_ages(times, curves, trained=1, floor=floor)


def test_scores_by_label_have_a_line_a_label_and_the_given_title():
    figure = scores_by_label(TIMES, CURVES, 10, "Each label should dip", {"spectrum error": 1e-4})
    (axes,) = figure.axes
    mark, first, floor, second = axes.lines
    assert set(mark.get_xdata()) == {10}
    assert [list(line.get_ydata()) for line in (first, second)] == list(CURVES.values())
    assert set(floor.get_ydata()) == {1e-4}
    assert legend(figure) == list(CURVES)
    assert headline(figure) == "Each label should dip"


def test_the_spectrum_of_a_weight_descends_from_rank_1_at_each_age():
    figure = weight_spectrum({100: [1.0, 9.0, 3.0], 0: [0.2, 0.1]})
    (axes,) = figure.axes
    young, old = axes.lines
    assert young.get_xydata().tolist() == [[1, 0.2], [2, 0.1]]
    assert old.get_xydata().tolist() == [[1, 9], [2, 3], [3, 1]]
    assert legend(figure) == ["age 0", "age 100"]
    assert sum(old.get_color()[:3]) < sum(young.get_color()[:3])


@pytest.mark.parametrize("spectra", [{}, {0: []}, {0: [1, -1]}, {0: [1], 5: [np.nan]}, {0: [np.inf]}])
def test_spectra_that_are_none_are_refused(spectra):
    with pytest.raises(ValueError, match="one or more singular values, finite and not negative"):
        weight_spectrum(spectra)


@pytest.mark.parametrize("n", [0, 29])
def test_no_curves_and_more_than_can_be_distinguished_are_refused(n):
    curves = {str(i): [1, 2] for i in range(n)}
    with pytest.raises(ValueError, match="curves is empty" if n == 0 else "can't be distinguished"):
        scores_over_time([1, 2], curves, trained=1)
