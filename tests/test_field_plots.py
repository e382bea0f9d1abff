"""Plots of genomes, music and histograms show the given numbers in their places."""

from __future__ import annotations

import numpy as np
import pytest

from spinodal.reporting.plots import allele_frequencies, histogram, ld_decay, piano_roll

from .pictures import headline, legend, words


def test_linkage_has_a_line_for_data_and_one_for_samples_without_empty_bins():
    figure = ld_decay([1, 10, 100], [0.5, None, 0.1], [0.4, 0.3, np.nan], unit="bp")
    (axes,) = figure.axes
    data, made = axes.lines
    assert data.get_xydata().tolist() == [[1, 0.5], [100, 0.1]]
    assert made.get_xydata().tolist() == [[1, 0.4], [10, 0.3]]
    assert legend(figure) == ["data", "generated"]
    assert data.get_linestyle() != made.get_linestyle()
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_ylim()[0]) == ("log", "linear", 0)
    assert axes.get_xlabel() == "distance in bp"


def test_the_linkage_of_unlinked_sites_is_a_dotted_line_for_each_side():
    (axes,) = ld_decay([1, 10], [0.5, 0.1], [0.4, 0.1], level={"data": 0.02, "generated": 0.01}).axes
    dotted = {line.get_label(): line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == ":"}
    assert dotted == {"data, unlinked": 0.02, "generated, unlinked": 0.01}


@pytest.mark.parametrize(("arguments", "message"), [
    (([], [], []), "\\(bins,\\) each, not \\(0,\\)"),
    (([1, 2], [0.1], [0.1, 0.2]), "not \\(2,\\), \\(1,\\) and \\(2,\\)"),
    (([0, 1], [0.1, 0.1], [0.1, 0.1]), "distance must be positive to lie on a logarithmic scale, not 0"),
    (([1, np.nan], [0.1, 0.1], [0.1, 0.1]), "distance must be positive"),
    (([1, 2], [0.1, 1.1], [0.1, 0.1]), "data has an r² outside \\[0, 1\\] at distance 2"),
    (([1, 2], [0.1, 0.1], [-0.1, 0.1]), "generated has an r² outside \\[0, 1\\] at distance 1"),
])  # fmt: skip
def test_linkage_that_is_none_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ld_decay(*arguments)


def test_allele_frequencies_are_dots_of_each_group_beside_the_line():
    figure = allele_frequencies({"a": [0.1, 0.5], "b": [0.2, 1]}, {"a": [0.2, 0.4], "b": [0, np.nan]})
    line, *dots = figure.axes[0].lines
    assert line.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert [x.get_xydata()[0].tolist() for x in dots] == [[0.1, 0.2], [0.2, 0]]
    assert len({x.get_color() for x in dots}) == len({x.get_marker() for x in dots}) == 2
    assert legend(figure) == ["a", "b"]


@pytest.mark.parametrize(("data", "generated", "message"), [
    ({}, {}, "the same groups, not \\[\\] and"),
    ({"a": [0.1]}, {"b": [0.1]}, "the same groups, not \\['a'\\] and \\['b'\\]"),
    ({"a": [0.1]}, {"a": [0.1, 0.2]}, 'of "a" must be'),
    ({"a": [0.1]}, {"a": [1.1]}, "from 0 to 1"),
    ({"a": [-0.1]}, {"a": [0.1]}, "from 0 to 1"),
])  # fmt: skip
def test_frequencies_that_are_none_are_refused(data, generated, message):
    with pytest.raises(ValueError, match=message):
        allele_frequencies(data, generated)


@pytest.mark.parametrize(("places", "edges"), [
    ([0, 1, 3], [0, 1, 3]), ([5, 7], [4, 6, 8]), ([0, 2, 3], [-1, 1, 2.5, 3.5]), ([4], [3.5, 4.5]),
])  # fmt: skip
def test_bins_have_edges_or_values_in_their_middle(places, edges):
    n = len(edges) - 1
    for stairs in histogram(places, np.ones(n), np.ones(n), "x").axes[0].patches:
        assert stairs.get_data().edges.tolist() == edges


def test_histograms_are_shares_of_their_sum():
    figure = histogram([60, 61, 62], [1, 2, 1], [0, 30, 10], "pitch")
    data, made = figure.axes[0].patches
    assert data.get_data().values.tolist() == [0.25, 0.5, 0.25]
    assert made.get_data().values.tolist() == [0, 0.75, 0.25]
    assert (data.get_fill(), made.get_fill()) == (True, False)
    assert legend(figure) == ["data", "generated"]
    assert figure.axes[0].get_xlabel() == "pitch"


def test_a_generator_without_notes_has_a_line_at_zero():
    figure = histogram([1, 2], [1, 1], [0, 0], "notes", title="Mine")
    assert figure.axes[0].patches[1].get_data().values.tolist() == [0, 0]
    assert headline(figure) == "Mine"


@pytest.mark.parametrize(("places", "data", "made", "message"), [
    ([], [], [], "not \\(0,\\), \\(0,\\) and \\(0,\\)"),
    ([1, 2], [1, 2], [1, 2, 3], "not \\(2,\\), \\(3,\\) and \\(2,\\)"),
    ([1, 2, 3, 4], [1, 2], [1, 2], "not \\(2,\\), \\(2,\\) and \\(4,\\)"),
    ([2, 1], [1, 2], [1, 2], "places must ascend"),
    ([1, np.nan], [1, 2], [1, 2], "places must ascend, and be finite"),
    ([1, np.inf], [1, 2], [1, 2], "be finite"),
    ([1, 2], [1, -2], [1, 2], "data must be counts or shares"),
    ([1, 2], [1, 2], [1, np.nan], "generated must be counts or shares"),
])  # fmt: skip
def test_histograms_that_are_none_are_refused(places, data, made, message):
    with pytest.raises(ValueError, match=message):
        histogram(places, data, made, "x")


def scale(pitch, octaves=1, time=4, lowest=60):
    """A window in which one pitch sounds at the second time step."""
    x = np.zeros((time, 12 * octaves))
    x[1, pitch - lowest] = 1
    return x.ravel()


def test_a_note_is_at_its_time_and_the_higher_the_farther_up():
    rolls = [scale(60, 3), scale(95, 3), scale(66, 3), scale(72, 3)]
    (axes,) = piano_roll(rolls, ["a", "b"], pitches=36, lowest=60).axes
    grid = np.nan_to_num(axes.images[0].get_array().filled(np.nan))
    assert grid.shape == (2 * (36 + 2), 2 * (4 + 2))
    row, column = np.nonzero(grid)
    assert sorted(zip(row.tolist(), column.tolist())) == [(1, 8), (36, 2), (38 + 24, 8), (38 + 30, 2)]
    assert words(axes) == ["a", "b"]
    assert axes.get_xlabel() == "4 time steps a window"


def test_pitches_without_notes_are_left_out_but_for_one_on_either_side():
    (axes,) = piano_roll([scale(70, 3), scale(85, 3)], ["a"], pitches=36, lowest=60).axes
    assert axes.images[0].get_array().shape[0] == (86 - 69 + 1) + 2


@pytest.mark.parametrize("pitch", [60, 66, 95])
def test_the_range_is_an_octave_or_more(pitch):
    (axes,) = piano_roll([scale(pitch, 3)], ["a"], pitches=36, lowest=60).axes
    assert axes.images[0].get_array().shape[0] >= 12 + 2


def test_windows_without_notes_have_a_figure():
    (axes,) = piano_roll(np.zeros((3, 48)), pitches=12).axes
    assert axes.images[0].get_array().shape == (12 + 2, 3 * 6)
    assert np.nansum(axes.images[0].get_array().filled(np.nan)) == 0


def test_a_line_and_a_name_are_where_c_sounds():
    """A window where only C4 and C6 sound: their marks lie on their notes."""
    rolls = np.array([scale(60, 4, lowest=48), scale(84, 4, lowest=48)])
    (axes,) = piano_roll(rolls, ["a", "b"], pitches=48, lowest=48).axes
    grid = np.nan_to_num(axes.images[0].get_array().filled(np.nan))
    sounding = np.nonzero(grid)[0]
    lines = [line.get_ydata()[0] for line in axes.lines]
    (right,) = axes.child_axes
    names = dict(zip(right.get_yticks(), [label.get_text() for label in right.get_yticklabels()]))
    assert set(sounding) <= set(lines)
    assert [names[place] for place in sounding] == ["C4", "C6"]
    assert len(lines) == 2 * 3


def test_every_second_octave_is_named_where_there_are_many():
    rolls = np.zeros((1, 2, 88))
    rolls[0, 0, [0, 87]] = 1
    (axes,) = piano_roll(rolls.reshape(1, -1), ["a"]).axes
    (right,) = axes.child_axes
    assert [label.get_text() for label in right.get_yticklabels()] == ["C2", "C4", "C6", "C8"]
    assert len(axes.lines) == 8


def test_a_title_may_be_given():
    assert headline(piano_roll(np.eye(24), pitches=12, title="Mine")) == "Mine"


@pytest.mark.parametrize(("rolls", "names", "pitches", "message"), [
    (np.zeros((2, 24)), (), 7, "with pitches=7, not \\(2, 24\\)"),
    (np.zeros((2, 24)), (), 0, "with pitches=0"),
    (np.zeros((0, 24)), (), 12, "not \\(0, 24\\)"),
    (np.zeros((2, 2, 12)), (), 12, "not \\(2, 2, 12\\)"),
    (np.zeros((2, 24)), ["a", "b", "c"], 12, "2 images do not fill 3 rows"),
])  # fmt: skip
def test_rolls_that_make_no_grid_are_refused(rolls, names, pitches, message):
    with pytest.raises(ValueError, match=message):
        piano_roll(rolls, names, pitches)
