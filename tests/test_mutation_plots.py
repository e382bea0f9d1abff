"""Heat maps show every effect at its place, with the wild type marked, and labels side by side."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.image import AxesImage

from spinodal.reporting.plots import flip_map, mutation_map, mutation_plots

from .pictures import saved, words

RNA = "-ACGU"
PROTEIN = "-ACDEFGHIKLMNPQRSTVWY"
RANDOM = np.random.default_rng(3)


def effects(sites, symbols, names=("",)):
    """Effects of all but the gap and the wild type; the second site is a gap."""
    wild = RANDOM.integers(1, len(symbols), sites)
    wild[1] = 0
    grids = {name: RANDOM.normal(size=(sites, len(symbols))) for name in names}
    for x in grids.values():
        x[:, 0] = x[1] = x[np.arange(sites), wild] = np.nan
    return grids, wild


def images(figure):
    return [image.get_array() for axes in figure.axes for image in axes.findobj(AxesImage)]


@pytest.mark.parametrize("symbols", [RNA, PROTEIN])
def test_every_effect_is_at_its_letter_and_site(symbols, tmp_path):
    grids, wild = effects(30, symbols)
    figure = mutation_map(grids, symbols, wild, np.arange(30) + 11)
    (shown,) = images(figure)
    letters = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert sorted(letters) == sorted(symbols.replace("-", ""))
    expected = np.delete(grids[""], 1, 0)[:, [symbols.index(letter) for letter in letters]]
    np.testing.assert_array_equal(np.asarray(shown.filled(np.nan)), expected)
    dots = figure.axes[0].lines[0]
    found = [(int(y), letters[int(x)]) for x, y in zip(dots.get_xdata(), dots.get_ydata())]
    assert found == [(i, symbols[a]) for i, a in enumerate(np.delete(wild, 1))]
    assert words(figure.axes[0]) == ["20", "30", "40"]
    assert saved(figure, tmp_path).std() > 0


def test_labels_are_side_by_side_and_long_sequences_are_cut():
    grids, wild = effects(150, RNA, ("", "fly", "yeast"))
    figure = mutation_map(grids, RNA, wild, np.arange(150))
    assert [len(x) for x in images(figure)] == [149] * 3
    assert [axes.get_title(loc="left") for axes in figure.axes[1:3]] == ["fly", "yeast"]
    tops = [axes.get_position().y1 for axes in figure.axes[:3]]
    assert np.ptp(tops) < 0.01
    alone = mutation_map({"": grids[""]}, RNA, wild, np.arange(150))
    assert sum(len(x) for x in images(alone)) == 149
    assert len(images(alone)) == -(-149 // mutation_plots.PER_BLOCK)


def test_colors_are_alike_in_all_panels_and_white_is_no_effect():
    grids, wild = effects(20, RNA, ("a", "b"))
    figure = mutation_map(grids, RNA, wild, np.arange(20))
    limits = {image.get_clim() for axes in figure.axes[:2] for image in axes.findobj(AxesImage)}
    ((low, high),) = limits
    assert low == -high


def test_flips_have_a_line_for_each_name():
    wild = np.array([0, 1, 0, 0, 1])
    found = {"all": RANDOM.normal(size=5), "Africa": RANDOM.normal(size=5)}
    figure = flip_map(found, wild)
    (shown,) = images(figure)
    np.testing.assert_array_equal(np.asarray(shown), np.stack(list(found.values())))
    assert words(figure.axes[0]) == ["all", "Africa"]
    assert figure.axes[0].lines[0].get_xdata().tolist() == [2, 5]


@pytest.mark.parametrize(
    ("grids", "said"),
    [({}, "must be"), ({"": np.zeros((3, 2))}, "must be"), ({"": np.full((3, 3), np.nan)}, "no effect")],
)
def test_no_effects(grids, said):
    with pytest.raises(ValueError, match=said):
        mutation_map(grids, "-AC", [1, 1, 2], [1, 2, 3])
