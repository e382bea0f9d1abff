"""Confusion matrices have shares as colors and counts as numbers; reliability diagrams have a dot for each bin."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from spinodal.reporting.plots import calibration, confusion, coverage

from .pictures import headline, words

COUNTS = [[9, 1, 0], [2, 8, 10], [0, 0, 0]]
NAMES = ["African", "American", "East Asian"]


def test_colors_are_shares_of_a_row_and_a_row_without_counts_has_none():
    axes, bar = confusion(COUNTS, NAMES).axes
    shares = axes.images[0].get_array().filled(np.nan)
    np.testing.assert_allclose(shares, [[0.9, 0.1, 0], [0.1, 0.4, 0.5], [np.nan] * 3])
    assert axes.images[0].get_clim() == (0, 1)
    assert axes.images[0].cmap(np.nan)[3] == 0  # transparent
    assert bar.get_ylabel() == "share of the row"


def test_counts_are_written_in_their_cells_but_for_zeros():
    axes = confusion(COUNTS, NAMES).axes[0]
    written = {tuple(map(round, text.get_position()[::-1])): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "9", (0, 1): "1", (1, 0): "2", (1, 1): "8", (1, 2): "10"}


@pytest.mark.parametrize("counts", [np.diag([5, 5]) + 1, [[1, 99], [40, 60]], [[35, 65], [45, 55]]])
def test_numbers_stand_out_from_their_cells(counts):
    axes = confusion(counts, ["a", "b"]).axes[0]
    image = axes.images[0]
    for text in axes.texts:
        column, row = map(round, text.get_position())
        cell = image.cmap(image.get_array()[row, column])
        assert contrast(cell[:3], to_rgb(text.get_color())) > 4  # nearly what WCAG asks for


def contrast(first, second):
    """The contrast of two colors, as WCAG 2 defines it."""
    bright = []
    for color in (first, second):
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in color]
        bright.append(np.dot(linear, [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(bright) / min(bright)


@pytest.mark.parametrize("labels", [3, 11, 26])
def test_numbers_fit_their_cells(labels):
    figure = confusion(np.full((labels, labels), 888), [f"P{i:02d}" for i in range(labels)])
    figure.draw_without_rendering()
    axes = figure.axes[0]
    for text in axes.texts:
        box = text.get_window_extent().transformed(axes.transData.inverted())
        assert max(box.width, abs(box.height)) < 1


def test_both_sides_are_named():
    figure = confusion(COUNTS, NAMES, row="asked for", column="seen")
    axes = figure.axes[0]
    assert words(axes) == [label.get_text() for label in axes.get_xticklabels()] == NAMES
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("asked for", "seen")
    assert all(side in headline(figure) for side in ("asked for", "seen"))
    assert headline(confusion(COUNTS, NAMES, "Mine")) == "Mine"


@pytest.mark.parametrize("counts", [
    [[1, 2], [3, 4]], np.ones(3), np.ones((3, 2)), np.full((3, 3), -1), np.full((3, 3), np.nan),
])  # fmt: skip
def test_counts_that_are_no_matrix_are_refused(counts):
    with pytest.raises(ValueError, match="finite and not negative, for 3 names"):
        confusion(counts, NAMES)


def test_an_empty_matrix_is_refused():
    with pytest.raises(ValueError, match="for 0 names"):
        confusion(np.ones((0, 0)), [])


def test_a_reliability_diagram_has_a_dot_a_bin_and_a_gap_where_one_is_empty():
    confidence, accuracy, count = [0.2, None, 0.9], [0.1, np.nan, 0.8], [4, 0, 16]
    figure = calibration({"raw": (confidence, accuracy, count)})
    above, below = figure.axes
    ideal, curve = above.lines
    assert (list(ideal.get_xdata()), list(ideal.get_ydata())) == ([0, 1], [0, 1])
    np.testing.assert_array_equal(curve.get_xydata(), [[0.2, 0.1], [np.nan, np.nan], [0.9, 0.8]])
    assert [bar.get_height() for bar in below.patches] == count
    np.testing.assert_allclose([bar.get_x() + bar.get_width() / 2 for bar in below.patches], [1 / 6, 1 / 2, 5 / 6])
    assert [text.get_text() for text in below.texts] == ["4", "", "16"]


@pytest.mark.parametrize(("arguments", "message"), [
    (([0.5], [0.5, 0.6], [1, 2]), "not \\(1,\\), \\(2,\\) and \\(2,\\)"),
    (([], [], []), "not \\(0,\\)"),
    (([[0.5]], [[0.5]], [[1]]), "not \\(1, 1\\)"),
    (([0.5, 1.5], [0.5, 0.5], [1, 1]), "confidence has a number outside \\[0, 1\\] in bin 1"),
    (([0.5, 0.5], [-0.5, 0.5], [1, 1]), "accuracy has a number outside \\[0, 1\\] in bin 0"),
    (([0.5, 0.5], [0.5, 0.5], [1, -1]), "count must be 0 or more, not -1 in bin 1"),
    (([0.5, 0.5], [0.5, 0.5], [np.nan, 1]), "count must be 0 or more, not nan in bin 0"),
])  # fmt: skip
def test_bins_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        calibration({"raw": arguments})


def test_curves_that_are_compared_have_a_legend_and_intervals_within_the_axes():
    half, sure = ([0.5], [0.5], [10]), ([0.9], [1.0], [4])
    above, below = calibration({"raw": half, "calibrated": sure}).axes
    assert [line.get_label() for line in above.lines[1:]] == ["raw", "calibrated"]
    (low,), (high,) = (np.array([s[i][1] for s in above.collections[0].get_segments()]) for i in (0, 1))
    assert 0.23 < low < 0.24 < 0.76 < high < 0.77  # of 5 in 10, by Wilson's formula
    assert len(below.patches) == 2


def test_coverage_is_a_curve_with_confidences_beside_it():
    figure = coverage([0.5, 1.0], [1.0, 0.9], [0.8, 0.4], n=100)
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[0.5, 1.0], [1.0, 0.9]])
    assert [text.get_text() for text in axes.texts] == ["0.80", "0.40"]
    with pytest.raises(ValueError, match="must be"):
        coverage([0.5], [0.5, 0.6], [0.1], n=3)
