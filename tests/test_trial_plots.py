"""Trial plots: every trial has its place in every panel, and the best so far is a line."""

from __future__ import annotations

import numpy as np
import pytest

from spinodal.reporting.plots import trials

from .pictures import headline, legend, overlap, texts

NAN = float("nan")
OBJECTIVE = [0.5, 0.2, 0.7, NAN, 0.9, 0.6]
STATES = ["complete", "pruned", "complete", "diverged", "pruned", "complete"]
SETTINGS = {
    "lr": [0.01, 0.02, 0.03, 0.9, 0.05, 0.06],
    "hidden": [64.0, 128.0, 64.0, 64.0, 128.0, 256.0],
    "protocol": ["fef", "fef", "pcd", "fef", "pcd", "fef"],
    "steps": [3.0] * 6,
}


def dots(axes):
    """{state: the places of its trials}."""
    return {group.get_label(): np.asarray(group.get_offsets()).tolist() for group in axes.collections}


def test_each_trial_is_in_each_panel_at_its_setting():
    figure = trials(OBJECTIVE, STATES, SETTINGS)
    first, *below = figure.axes
    assert [axes.get_xlabel() for axes in figure.axes] == ["trial", "lr", "hidden", "protocol"]  # none that is constant
    assert dots(first) == {
        "complete": [[0, 0.5], [2, 0.7], [5, 0.6]],
        "pruned": [[1, 0.2], [4, 0.9]],
        "diverged": [[3, 0.2]],  # without an objective, at the lowest
        "best": [[2, 0.7]],
    }
    assert dots(below[0])["complete"] == [[0.01, 0.5], [0.03, 0.7], [0.06, 0.6]]
    assert below[0].get_xscale() == "log"
    for axes, names in zip(below[1:], (["64", "128", "256"], ["fef", "pcd"])):
        assert [label.get_text() for label in axes.get_xticklabels()] == names
    assert dots(below[1])["complete"] == [[0, 0.5], [0, 0.7], [2, 0.6]]


def test_the_best_is_a_complete_trial_that_the_title_names():
    figure = trials(OBJECTIVE, STATES, SETTINGS)
    assert headline(figure) == "The best of 6 trials is number 2, with the objective 0.700"
    (line,) = figure.axes[0].lines
    assert line.get_xydata().tolist() == [[0, 0.5], [1, 0.5], [2, 0.7], [3, 0.7], [4, 0.7], [5, 0.7]]
    assert legend(figure) == ["complete", "pruned", "diverged", "best", "best so far"]


def test_where_none_is_complete_there_is_no_best():
    figure = trials([0.5, 0.6], ["pruned", "running"], {"lr": [0.1, 0.2]})
    assert headline(figure) == "None of 2 trials was trained to its end"
    assert legend(figure) == ["pruned"]
    assert not figure.axes[0].lines


@pytest.mark.parametrize("n", range(8))
def test_texts_do_not_overlap(n):
    numbers = np.random.default_rng(n)
    settings = {f"setting_{i}": numbers.uniform(0, 10 ** (i - 3), 30).tolist() for i in range(n)}
    states = numbers.choice(["complete", "pruned", "diverged"], 30).tolist()
    figure = trials(numbers.uniform(0, 1, 30).tolist(), states, settings)
    figure.draw_without_rendering()
    assert not overlap(texts(figure))
    assert len(figure.axes) == n + 1


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="lr and objective must have equal lengths"):
        trials([0.5], ["complete"], {"lr": [0.1, 0.2]})
    with pytest.raises(ValueError, match="no trial has an objective"):
        trials([NAN], ["diverged"], {})
