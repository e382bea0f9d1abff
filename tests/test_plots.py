"""Figures hold the axes, the data and the words they promise, can be saved, and leave pyplot alone."""

from __future__ import annotations

import sys

import matplotlib.image
import numpy as np
import pytest

from spinodal.plots import COLORS, samples, scores_over_time

TIMES = [1, 3, 10, 30, 100]
CURVES = {"spectrum error": [0.1, 0.05, 0.001, 0.01, 0.1], "adversarial error": [0.5, 0.3, 0.0, 0.2, 0.4]}


def words(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def saved(figure, tmp_path):
    """The picture as it is on disk."""
    figure.savefig(tmp_path / "figure.png")
    return matplotlib.image.imread(tmp_path / "figure.png")


def test_samples_are_laid_out_row_by_row(tmp_path):
    images = np.arange(6.0)[:, None, None].repeat(3, 1).repeat(2, 2)
    figure = samples(images, ["zero", "one"], limits=(0, 5))
    (axes,) = figure.axes
    grid = axes.images[0].get_array().filled(np.nan)
    assert words(axes) == ["zero", "one"]
    assert "each row should show its label" in axes.get_title(loc="left")
    np.testing.assert_array_equal(grid[1:4, 1:3], np.full((3, 2), 0))
    np.testing.assert_array_equal(grid[6:9, 9:11], np.full((3, 2), 5))
    assert [tick // 5 for tick in axes.get_yticks()] == [0, 1]
    assert saved(figure, tmp_path).std() > 0.01


def test_flat_samples_without_names_make_rows_of_ten(tmp_path):
    figure = samples(np.ones((13, 6)), shape=(2, 3))
    (axes,) = figure.axes
    grid = axes.images[0].get_array().filled(np.nan)
    assert grid.shape == (2 * (2 + 2), 10 * (3 + 2))
    assert np.nansum(grid) == 13 * 6
    assert words(axes) == []
    assert "label" not in axes.get_title(loc="left")
    assert saved(figure, tmp_path).size


def test_a_title_of_ones_own():
    assert samples(np.ones((2, 3, 3)), title="Mine").axes[0].get_title(loc="left") == "Mine"


@pytest.mark.parametrize(
    ("images", "arguments", "message"),
    [
        (np.ones((4, 6)), {}, "not \\(4, 6\\) with shape=None"),
        (np.ones((4, 6)), {"shape": (2, 2)}, "not \\(4, 6\\) with shape=\\(2, 2\\)"),
        (np.ones((0, 2, 2)), {}, "not \\(0, 2, 2\\)"),
        (np.ones((4, 2, 2)), {"names": ["a", "b", "c"]}, "4 images do not fill 3 rows"),
    ],
)
def test_images_that_make_no_grid_are_refused(images, arguments, message):
    with pytest.raises(ValueError, match=message):
        samples(images, **arguments)


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
    assert "dip at the 10 steps" in axes.get_title(loc="left")
    assert "dotted" in axes.get_ylabel()
    assert saved(figure, tmp_path).std() > 0.01


def test_many_curves_look_different():
    figure = scores_over_time([1, 2], {str(i): [1, 2] for i in range(20)}, trained=1)
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines[1:]}
    assert len(looks) == 20
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


def test_pyplot_is_not_needed(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # importing it fails
    saved(samples(np.ones((2, 3, 3))), tmp_path)
    saved(scores_over_time(TIMES, CURVES, trained=10), tmp_path)
