"""Run figures: curves of several runs in one figure are those of their records and logs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinodal.reporting import plots
from spinodal.reporting.figures import TOGETHER, together

from .tables import table
from .test_figures import LOG, fresh, view_of

pytestmark = pytest.mark.usefixtures("few_triplets")


@pytest.fixture(scope="module")
def views():
    """Two runs of other steps and other times."""
    data = table("sequences", 30)
    log = [row | {"accuracy": "0.5"} for row in LOG]
    one, other = (view_of(fresh(data, steps), data, log=log) for steps in (3, 5))
    return {"fef": one, "pcd": other}


def test_each_figure_has_all_runs(views):
    drawn = {name: figure for name, figure, _ in together(views)}
    assert tuple(drawn) == TOGETHER[:1] + TOGETHER[2:]  # these records have no other ages
    for name, figure in drawn.items():
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["fef", "pcd"], name


def test_the_curves_are_those_of_the_records(views):
    ((_, figure, _),) = together(views, ["scores-over-time"])
    axes = next(axes for axes in figure.axes if axes.get_title(loc="left") == "spectrum error")
    lines = {line.get_label(): line.get_xydata() for line in axes.lines}
    for name, view in views.items():
        at = [[row["time"], row["scores"]["spectrum_error"]["value"]] for row in view.record["times"]]
        np.testing.assert_allclose(lines[name], at)
    trained = [line.get_xdata()[0] for line in axes.lines if line.get_linewidth() == 5]
    assert sorted(trained) == [3, 5]


def test_ages_have_a_column_a_run_and_one_scale_a_row(views):
    def aged(view):
        return replace(view, record=view.record | {"ages": [{"age": 7, "times": view.record["times"]}]})

    ((_, figure, _),) = together({name: aged(view) for name, view in views.items()}, ["scores-over-ages"])
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["fef", "pcd"]
    assert [axes.get_ylabel() for axes in figure.axes[:2]] == ["adversarial error", ""]
    for left, right in zip(figure.axes[::2], figure.axes[1::2]):
        assert left.get_ylim() == right.get_ylim()


def test_floors_that_are_one_are_drawn_once_and_others_in_the_colors_of_their_runs():
    curves = {run: {"error": ([1, 10], [0.3, 0.1])} for run in ("a", "b")}
    for other, count in ((0.01, 1), (0.02, 2)):
        figure = plots.curves_of_runs(curves, "steps", "", floor={"a": {"error": 0.01}, "b": {"error": other}})
        dotted = [line.get_color() for line in figure.axes[0].lines if line.get_linestyle() == ":"]
        assert len(set(dotted)) == count == len(dotted)


def test_figures_of_one_run_and_runs_without_a_score_in_common_are_refused(views):
    with pytest.raises(ValueError, match="logo: a figure of one run; of several in one there are scores-over-time"):
        list(together(views, ["logo"]))
    with pytest.raises(ValueError, match="no score that all of these have: a, b"):
        plots.curves_of_runs({"a": {"x": ([1], [1])}, "b": {"y": ([1], [1])}}, "steps", "")
