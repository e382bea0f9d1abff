"""Sites that decide: a panel a score, the sites that are shown in color, and a logo a label from left to right."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from spinodal.reporting.plots import COLORS, deciding_sites

from .pictures import headline, overlap, texts

SCORES = {"loss": np.linspace(0, 1, 30), "information": np.ones(30)}
SHOWN = [29, 3, 17]
LETTERS = np.eye(3)[[1, 2, 1]]


def test_a_panel_for_each_score_and_label():
    figure = deciding_sites(SCORES, SHOWN, {"fly": LETTERS, "yeast": LETTERS}, "-AC")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["loss", "information", "fly", "yeast"]
    colored = [i for i, bar in enumerate(figure.axes[0].patches) if to_hex(bar.get_facecolor()).upper() == COLORS[0]]
    assert len(colored) == 3
    assert not overlap([text for text in texts(figure) if text.get_rotation() == 0], figure)


def test_logos_have_the_sites_from_left_to_right():
    figure = deciding_sites(SCORES, SHOWN, {"fly": LETTERS}, "-AC")
    assert [label.get_text() for label in figure.axes[2].get_xticklabels()] == ["4", "18", "30"]
    (second,) = [p for p in figure.axes[2].patches if p.get_label() == "C"]
    assert np.round(second.get_path().vertices[:, 0].mean()) == 0  # site 3, the second that is shown, is the first


def test_names_stand_at_the_first_sites_without_overlap():
    names = [f"rs{i}" for i in range(30)]
    figure = deciding_sites(SCORES, [10, 11, 12, 13], names=names, title="Names")
    words = list(figure.axes[0].texts)
    assert [word.get_text() for word in words] == names[10:14]
    assert not overlap(words, figure)
    assert headline(figure) == "Names"


def test_what_does_not_fit_says_so():
    with pytest.raises(ValueError, match="same sites"):
        deciding_sites({"a": [1, 2], "b": [1]}, [0])
    with pytest.raises(ValueError, match="same sites"):
        deciding_sites(SCORES, [])
    with pytest.raises(ValueError, match='frequencies of "fly"'):
        deciding_sites(SCORES, SHOWN, {"fly": LETTERS[:2]}, "-AC")
