"""Images are laid out in the given order and on one scale."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from spinodal.reporting.plots import COLORS, receptive_fields, samples, snapshots

from .pictures import overlap, saved, words


def test_samples_are_laid_out_row_by_row(tmp_path):
    images = np.arange(6.0)[:, None, None].repeat(3, 1).repeat(2, 2)
    figure = samples(images, ["zero", "one"], limits=(0, 5))
    (axes,) = figure.axes
    grid = axes.images[0].get_array().filled(np.nan)
    assert words(axes) == ["zero", "one"]
    assert "a row for each label" in axes.get_title(loc="left")
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


def test_a_title_may_be_given():
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


@pytest.mark.parametrize("shape", [None, (3, 2)])
def test_snapshots_are_a_row_a_chain_and_a_column_a_time(shape, tmp_path):
    frames = {t: np.full((2, 3, 2), t) + np.arange(2)[:, None, None] for t in (60, 15)}
    figure = snapshots({t: x.reshape(2, 6) if shape else x for t, x in frames.items()}, 60, shape, limits=(15, 61))
    (axes,) = figure.axes
    grid = axes.images[0].get_array().filled(np.nan)
    assert grid.shape == (2 * (3 + 2), 2 * (2 + 2))
    assert [[grid[row + 1, column + 1] for column in (0, 4)] for row in (0, 5)] == [[15, 60], [16, 61]]
    assert axes.images[0].get_clim() == (15, 61)
    assert "trained for 60 steps" in axes.get_title(loc="left")
    assert saved(figure, tmp_path).std() > 0.01


def test_the_time_of_training_has_a_box_and_a_bold_name():
    (axes,) = snapshots({1: np.ones((3, 4, 4)), 15: np.ones((3, 4, 4)), 60: np.ones((3, 4, 4))}, trained=15).axes
    (box,) = axes.patches
    labels = axes.get_xticklabels()
    assert [label.get_text() for label in labels] == ["t = 1", "t = 15", "t = 60"]
    assert [label.get_fontweight() for label in labels] == ["normal", "bold", "normal"]
    assert (box.get_x(), box.get_width()) == (5.5, 6)
    assert box.get_edgecolor()[:3] == to_rgb(labels[1].get_color()) == to_rgb(COLORS[1])
    assert box.get_x() < axes.get_xticks()[1] < box.get_x() + box.get_width()


def test_images_of_few_times_are_no_larger_than_those_of_four():
    heights = [snapshots({t: np.ones((5, 8, 8)) for t in range(n)}, trained=0).get_figheight() for n in (1, 2, 4, 8)]
    assert heights[0] == heights[1] == pytest.approx(heights[2])
    assert heights[3] < heights[2]


def test_many_long_times_do_not_overlap():
    figure = snapshots({t: np.ones((2, 8, 8)) for t in range(10_000, 10_016)}, trained=10_015)
    assert not overlap(figure.axes[0].get_xticklabels(), figure)


@pytest.mark.parametrize(
    ("frames", "trained", "message"),
    [
        ({}, 1, "at one time or more, not of shapes {}"),
        ({1: np.ones((0, 2, 2))}, 1, "not \\(0, 2, 2\\)"),
        ({1: np.ones((3, 2, 2)), 2: np.ones((4, 2, 2))}, 1, "not of shapes {1: \\(3, 2, 2\\), 2: \\(4, 2, 2\\)}"),
        ({1: np.ones((3, 4))}, 1, "not \\(3, 4\\) with shape=None"),
        ({2: np.ones((3, 2, 2)), 1: np.ones((3, 2, 2))}, 3, "one of the times of frames, \\[1, 2\\], not 3"),
    ],
)
def test_frames_that_are_not_of_the_same_chains_are_refused(frames, trained, message):
    with pytest.raises(ValueError, match=message):
        snapshots(frames, trained)


@pytest.mark.parametrize("shape", [None, (2, 3)])
def test_receptive_fields_share_one_scale_that_is_symmetric(shape, tmp_path):
    weights = np.random.default_rng(0).normal(size=(13, 2, 3)) - 0.5
    figure = receptive_fields(weights.reshape(13, 6) if shape else weights, shape)
    axes, bar = figure.axes
    image, limit = axes.images[0], np.quantile(np.abs(weights), 0.995)
    assert image.get_array().shape == (2 * (2 + 2), 10 * (3 + 2))
    assert image.get_array().sum() == pytest.approx(weights.sum())
    assert image.get_clim() == pytest.approx((-limit, limit))
    assert [image.cmap(x)[:3] for x in (0.0, 1.0)] == [to_rgb(color) for color in COLORS[:2]]
    assert min(image.cmap(0.5)) > 0.9  # no weight, no color
    assert bar.get_ylabel() == "weight"
    assert saved(figure, tmp_path).std() > 0.01


def test_the_numbers_beside_a_single_row_do_not_overlap():
    figure = receptive_fields(np.ones((10, 4, 4)))
    assert not overlap(figure.axes[1].get_yticklabels(), figure)


def test_weights_that_are_all_zero_have_a_scale_too(tmp_path):
    figure = receptive_fields(np.zeros((4, 2, 2)), title="Mine")
    assert figure.axes[0].images[0].get_clim() == (-1, 1)
    assert figure.axes[0].get_title(loc="left") == "Mine"
    assert saved(figure, tmp_path).size


def test_few_weights_among_zeros_are_visible():
    weights = np.zeros((10, 10, 10))
    weights[3, 4, 5] = -0.01
    assert receptive_fields(weights).axes[0].images[0].get_clim() == (-0.01, 0.01)


@pytest.mark.parametrize(
    ("weights", "shape"), [(np.ones((4, 6)), None), (np.ones((4, 6)), (2, 2)), (np.ones((0, 2, 2)), None)]
)
def test_weights_that_make_no_grid_are_refused(weights, shape):
    with pytest.raises(ValueError, match="with shape="):
        receptive_fields(weights, shape)
