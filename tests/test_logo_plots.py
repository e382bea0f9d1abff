"""Letters are as high as their information, one on top of the other, and gaps make a site low."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from spinodal.reporting.plots import COLORS, logo, logo_plots

from .pictures import headline

RNA = "-ACGU"
PROTEIN = "-ACDEFGHIKLMNPQRSTVWY"
RANDOM = np.random.default_rng(2)
SITES = RANDOM.dirichlet(np.full(5, 0.4), size=130)


def patches(axes):
    """The letters of axes: symbol -> patch."""
    return {patch.get_label(): patch for patch in axes.patches if len(patch.get_label()) == 1}


def outline(patch):
    """The corners of letters, without those that close a part."""
    path = patch.get_path()
    return path.vertices[path.codes != path.CLOSEPOLY]


def boxes(patch):
    """Where each letter of a kind is: its site, bottom and top, by the corners of its parts at that site."""
    corners = outline(patch)
    sites = np.round(corners[:, 0]).astype(int)
    return {site: (corners[sites == site, 1].min(), corners[sites == site, 1].max()) for site in np.unique(sites)}


@pytest.mark.parametrize("symbols", [RNA, "ACGU", "01", PROTEIN])
def test_a_constant_site_has_all_information_and_a_uniform_one_none(symbols):
    stand = np.array([symbol != "-" for symbol in symbols])
    one, alike, bits = np.eye(len(symbols))[-1:], (stand / stand.sum())[None], np.log2(stand.sum())
    assert logo_plots.information(one, symbols).sum() == logo_plots.information(one, symbols)[0, -1] == bits
    np.testing.assert_allclose(logo_plots.information(alike, symbols), 0, atol=1e-12)


def test_heights_are_those_of_the_entropy_by_hand_and_fall_with_gaps():
    heights = logo_plots.information(SITES, RNA)
    for f, found in zip(SITES, heights):
        p = f[1:] / f[1:].sum()
        bits = 2 + sum(x * np.log2(x) for x in p if x > 0)
        np.testing.assert_allclose(found, [0, *(f[1:] * bits)], atol=1e-12)
    half = SITES / 2 + np.eye(5)[0] / 2
    np.testing.assert_allclose(logo_plots.information(half, RNA), heights / 2, atol=1e-12)


def test_a_site_of_gaps_alone_is_empty():
    assert logo_plots.information([[1, 0, 0, 0, 0]], RNA).tolist() == [[0] * 5]


def test_letters_stand_on_one_another_the_commonest_on_top():
    axes = logo({"data": SITES[:40]}, RNA).axes[0]
    heights = logo_plots.information(SITES[:40], RNA)
    found = {symbol: boxes(patch) for symbol, patch in patches(axes).items()}
    for site, tall in enumerate(heights):
        bottom = 0.0
        for letter in np.argsort(tall):
            if tall[letter] > 0.01:
                low, high = found[RNA[letter]][site]
                np.testing.assert_allclose((low, high), (bottom, bottom + tall[letter]), atol=1e-6)
            bottom += tall[letter]


def test_letters_keep_to_their_site():
    axes = logo({"data": SITES[:9]}, RNA).axes[0]
    for patch in patches(axes).values():
        x = outline(patch)[:, 0]
        assert np.abs(x - np.round(x)).max() < 0.47


def test_very_low_letters_are_left_out():
    assert set(patches(logo({"data": [[0, 0.9999, 0.0001, 0, 0]]}, RNA).axes[0])) == {"A"}


def test_the_share_of_gaps_is_a_pale_bar_from_above():
    axes = logo({"data": [[0.25, 0.75, 0, 0, 0], [1, 0, 0, 0, 0]]}, RNA).axes[0]
    bars = [patch for patch in axes.patches if len(patch.get_label()) != 1]
    assert [(bar.get_y(), bar.get_height()) for bar in bars] == [(2, -0.5), (2, -2)]
    assert axes.get_ylim() == (0, 2)


@pytest.mark.parametrize(("symbols", "symbol", "color"), [
    ("-ACGU", "A", COLORS[2]), ("-ACGT", "T", COLORS[1]), (PROTEIN, "A", "#222222"), (PROTEIN, "D", COLORS[1]),
    (PROTEIN, "K", COLORS[0]), (PROTEIN, "S", COLORS[2]), (PROTEIN, "G", COLORS[3]), ("01", "1", "#222222"),
])  # fmt: skip
def test_colors_are_those_of_bases_or_of_groups_of_residues(symbols, symbol, color):
    axes = logo({"data": [np.eye(len(symbols))[symbols.index(symbol)]]}, symbols).axes[0]
    (patch,) = (patch for patch in axes.patches if patch.get_label() == symbol)
    assert to_rgb(patch.get_facecolor()) == to_rgb(color)


@pytest.mark.parametrize(("sites", "rows"), [(1, [1]), (60, [60]), (61, [31, 30]), (130, [44, 43, 43])])
def test_sites_go_on_in_rows_that_are_about_as_long_and_as_wide_each(sites, rows):
    figure = logo({"data": SITES[:sites], "generated": SITES[:sites]}, RNA)
    bars = [sum(len(patch.get_label()) != 1 for patch in axes.patches) for axes in figure.axes]
    assert bars == [n for n in rows for _ in range(2)]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["data", "generated"] * len(rows)
    assert {axes.get_xlim() for axes in figure.axes} == {(-0.6, rows[0] - 0.4)}


def test_sites_are_counted_from_one_below_them():
    figure = logo({"data": SITES}, RNA)
    counted = [label.get_text() for axes in figure.axes for label in axes.get_xticklabels()]
    assert counted == [str(site) for site in range(10, 131, 10)]
    (axes,) = logo({"data": SITES}, RNA, sites=[4, 9, 2], title="Mine").axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["10"]
    assert list(axes.get_xticks()) == [1]
    assert [label.get_text() for label in logo({"data": SITES[:5]}, RNA).axes[0].get_xticklabels()] == ["1"]


def test_some_sites_are_those_of_the_whole():
    whole = patches(logo({"data": SITES[:40]}, RNA).axes[0])
    some = patches(logo({"data": SITES[:40]}, RNA, sites=range(10, 20)).axes[0])
    for symbol, patch in some.items():
        there = boxes(whole[symbol])
        for site, (low, high) in boxes(patch).items():
            np.testing.assert_allclose(there[site + 10], (low, high), atol=1e-9)


def test_a_title_may_be_given():
    assert headline(logo({"data": SITES[:3]}, RNA, title="Mine")) == "Mine"


@pytest.mark.parametrize(("frequencies", "symbols", "arguments", "message"), [
    ({}, RNA, {}, "of the same sites, for one name or more, not {}"),
    ({"a": SITES[:3], "b": SITES[:4]}, RNA, {}, "not {'a': \\(3, 5\\), 'b': \\(4, 5\\)}"),
    ({"a": SITES}, "ACGU", {}, "not \\(130, 5\\) of 4 symbols"),
    ({"a": SITES[0]}, RNA, {}, "not \\(5,\\) of 5 symbols"),
    ({"a": SITES[:0]}, RNA, {}, "not \\(0, 5\\)"),
    ({"a": [[0.5, 0.5]]}, "-A", {}, "two letters or more"),
    ({"a": SITES * 2}, RNA, {}, "doesn't sum to 1"),
    ({"a": SITES * np.nan}, RNA, {}, "unknown"),
    ({"a": [[-0.5, 1.5, 0, 0, 0]]}, RNA, {}, "negative"),
    ({"a": SITES[:3]}, RNA, {"sites": []}, "one or more numbers from 0 to 2, not \\[\\]"),
    ({"a": SITES[:3]}, RNA, {"sites": [3]}, "from 0 to 2, not \\[3\\]"),
    ({"a": SITES[:3]}, RNA, {"sites": [-1]}, "from 0 to 2, not \\[-1\\]"),
])  # fmt: skip
def test_what_makes_no_logo_is_refused(frequencies, symbols, arguments, message):
    with pytest.raises(ValueError, match=message):
        logo(frequencies, symbols, **arguments)
