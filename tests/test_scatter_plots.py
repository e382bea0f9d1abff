"""Scatter plots have the axes of the data, and each row has its place, its panel and its style."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from spinodal.reporting.plots import COLORS, scatter, scatter_by_label, scatter_plots

from .pictures import headline, legend

RANDOM = np.random.default_rng(1)
DATA = RANDOM.normal(size=(50, 5)) @ np.diag([5, 2, 0.5, 0.5, 0.1]) + 3
MADE = RANDOM.normal(size=(30, 5))


def axes_by_hand(data):
    """The first two principal axes, by singular values, pointing where their largest number is positive."""
    axes = np.linalg.svd(data - data.mean(0), full_matrices=False)[2][:2]
    return axes * np.sign(axes[[0, 1], np.abs(axes).argmax(1)])[:, None]


def placed(dots):
    return np.concatenate([np.asarray(group.get_offsets()) for group in dots])


@pytest.mark.parametrize("offset", [0, 100])
def test_rows_lie_on_the_axes_of_the_data_whatever_the_samples_are(offset):
    data, made = scatter(DATA, MADE + offset).axes[0].collections
    project = axes_by_hand(DATA).T
    np.testing.assert_allclose(data.get_offsets(), (DATA - DATA.mean(0)) @ project, atol=1e-9)
    np.testing.assert_allclose(made.get_offsets(), (MADE + offset - DATA.mean(0)) @ project, atol=1e-9)


def test_the_axes_have_their_share_of_the_variance():
    middle = scatter(DATA, MADE).axes[0]
    size = np.linalg.svd(DATA - DATA.mean(0), compute_uv=False) ** 2
    assert middle.get_xlabel() == f"component 1 ({size[0] / size.sum():.0%} of the variance)"
    assert middle.get_ylabel() == f"component 2 ({size[1] / size.sum():.0%} of the variance)"


def test_each_label_has_its_rows_its_color_and_its_shape_and_the_unknown_come_last():
    labels = np.arange(30) % 3 - 1
    figure = scatter(DATA, MADE, labels, ["even", "odd"], title="Mine")
    _, *groups = figure.axes[0].collections
    together = scatter(DATA, MADE).axes[0].collections[1].get_offsets()
    assert legend(figure) == ["data", "even", "odd", "unknown"]
    for label, dots in zip((0, 1, -1), groups):
        np.testing.assert_array_equal(dots.get_offsets(), together[labels == label])
    assert [to_rgb(dots.get_facecolor()[0, :3]) for dots in groups] == [to_rgb(color) for color in COLORS[:3]]
    assert len({dots.get_paths()[0].vertices.tobytes() for dots in groups}) == 3
    assert headline(figure) == "Mine"


def test_without_names_all_samples_are_alike():
    assert legend(scatter(DATA, MADE)) == ["data", "generated"]


def test_styles_of_many_labels_differ():
    figure = scatter(DATA, MADE, np.arange(30) % 26, [str(i) for i in range(26)])
    looks = {
        (tuple(dots.get_facecolor()[0]), dots.get_paths()[0].vertices.tobytes())
        for dots in figure.axes[0].collections[1:]
    }
    assert len(looks) == 26


def test_histograms_have_the_dots_of_their_side_and_share_its_scale():
    middle, above, beside = scatter(DATA, MADE).axes
    for axes, which in ((above, 0), (beside, 1)):
        for stairs, dots in zip(axes.patches, middle.collections):
            heights, edges, _ = stairs.get_data()
            at = np.asarray(dots.get_offsets())[:, which]
            np.testing.assert_allclose(heights * np.diff(edges) * len(at), np.histogram(at, edges)[0], atol=1e-9)
    assert above.get_xlim() == middle.get_xlim()
    assert beside.get_ylim() == middle.get_ylim()
    assert [stairs.get_fill() for stairs in above.patches] == [True, False]


def test_of_many_rows_some_are_shown_the_same_ones_every_time():
    many = RANDOM.normal(size=(scatter_plots.MOST + 500, 3))
    first, again = (scatter(many, many[::-1]).axes[0].collections for _ in range(2))
    assert [len(dots.get_offsets()) for dots in first] == [scatter_plots.MOST] * 2
    np.testing.assert_array_equal(placed(first), placed(again))
    assert len(np.unique(placed(first[:1]), axis=0)) == scatter_plots.MOST


def test_each_label_has_a_panel_with_its_data_and_samples_on_common_scales():
    known, asked = np.arange(50) % 3 - 1, np.arange(30) % 3 - 1
    figure = scatter_by_label(DATA, MADE, known, asked, ["even", "odd"])
    data, made = (dots.get_offsets() for dots in scatter(DATA, MADE).axes[0].collections)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["even", "odd"]
    for label, axes in enumerate(figure.axes):
        pale, dark = axes.collections
        np.testing.assert_array_equal(pale.get_offsets(), data[known == label])
        np.testing.assert_array_equal(dark.get_offsets(), made[asked == label])
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1
    assert legend(figure) == ["data", "generated"]


def test_a_label_without_rows_has_an_empty_panel():
    figure = scatter_by_label(DATA, MADE, np.zeros(50), np.zeros(30), ["all", "none"], title="Mine")
    assert len(placed(figure.axes[1].collections)) == 0
    assert headline(figure) == "Mine"


@pytest.mark.parametrize(("data", "made", "message"), [
    (np.ones(5), MADE, "data must be rows of numbers, \\(n, d\\), not \\(5,\\)"),
    (DATA, MADE[:0], "generated must be rows of numbers, \\(n, d\\), not \\(0, 5\\)"),
    (DATA, MADE[:, :4], "data has 5 columns and generated 4"),
    (np.where(DATA > 9, np.nan, DATA), MADE, "data has numbers that aren't finite"),
    (DATA, MADE * np.inf, "generated has numbers that aren't finite"),
    (np.ones((50, 5)), MADE, "fewer than two directions"),
    (np.outer(np.arange(50), np.ones(5)), MADE, "fewer than two directions"),
    (DATA[:1], MADE, "fewer than two directions"),
    (DATA[:2], MADE, "fewer than two directions"),
    (DATA[:, :1], MADE[:, :1], "fewer than two directions"),
])  # fmt: skip
def test_rows_without_a_plane_are_refused(data, made, message):
    with pytest.raises(ValueError, match=message):
        scatter(data, made)
    with pytest.raises(ValueError, match=message):
        scatter_by_label(data, made, np.zeros(len(data)), np.zeros(len(made)), ["one"])


@pytest.mark.parametrize(("labels", "names", "message"), [
    (np.zeros(29), ["a"], "labels must be indices of the 1 names, one for each of 30 rows, not \\(29,\\) up to 0"),
    (np.zeros((30, 1)), ["a"], "not \\(30, 1\\)"),
    (np.full(30, 2), ["a", "b"], "not \\(30,\\) up to 2"),
    (np.zeros(30), [], "of the 0 names"),
])  # fmt: skip
def test_labels_that_do_not_fit_are_refused(labels, names, message):
    with pytest.raises(ValueError, match=message):
        scatter(DATA, MADE, labels, names)
    with pytest.raises(ValueError, match=message.replace("labels must", "asked must") if names else "names is empty"):
        scatter_by_label(DATA, MADE, np.zeros(50), labels, names)
