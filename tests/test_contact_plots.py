"""The map of contacts: predictions above the diagonal, the structure below, and curves of precision."""

from __future__ import annotations

import numpy as np
import pytest

from spinodal.reporting.plots import contact_map

from .pictures import headline, legend, overlap, texts

PAIRS = np.array([[0, 7], [2, 9], [1, 8]])
STRUCTURE = np.zeros((12, 12), dtype=bool)
STRUCTURE[0, 7] = STRUCTURE[9, 2] = STRUCTURE[3, 11] = True


def marks(axes):
    return {dots.get_label(): sorted(map(tuple, dots.get_offsets().data.tolist())) for dots in axes.collections}


def test_predictions_are_above_the_diagonal_and_the_structure_below():
    found = marks(contact_map(PAIRS, 12, STRUCTURE).axes[0])
    assert found["predicted, right (2)"] == [(8, 1), (10, 3)]
    assert found["predicted, wrong (1)"] == [(9, 2)]
    assert found["contacts of the structure"] == [(1, 8), (3, 10), (4, 12)]


def test_without_a_structure_predictions_are_on_both_sides():
    figure = contact_map(PAIRS, 12)
    assert marks(figure.axes[0]) == {"predicted": [(1, 8), (2, 9), (3, 10), (8, 1), (9, 2), (10, 3)]}
    assert headline(figure) == "The first 3 pairs"
    assert legend(figure) == ["predicted"]


def test_precision_is_a_curve_for_each_method():
    figure = contact_map(PAIRS, 12, STRUCTURE, {"machine": [1, 1, 2 / 3], "plmDCA": [1, 0.5, np.nan]})
    curves = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 3]
    assert [line.get_label() for line in curves] == ["machine", "plmDCA"]
    np.testing.assert_allclose(curves[0].get_ydata(), [1, 1, 2 / 3])
    assert not overlap(texts(figure), figure)


@pytest.mark.parametrize("pairs", [[], [[1, 0]], [[0, 12]], [[-1, 3]], [1, 2]])
def test_pairs_that_do_not_fit_say_so(pairs):
    with pytest.raises(ValueError, match="pairs must be"):
        contact_map(pairs, 12)
