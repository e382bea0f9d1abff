"""Columns of tables: distributions of words and of numbers, with the column that differs most first."""

from __future__ import annotations

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.alphabet import BINARY
from spinodal.evaluation import evaluate
from spinodal.machines.protocols import FEF, Schedule
from spinodal.reporting.figures import View
from spinodal.reporting.figures.column_figures import VALUES, columns
from spinodal.reporting.figures.view import MOST
from spinodal.reporting.plots import columns as plotted

from .formats import write_text
from .mixed import cells, write_cells

AGE = ("age", [20, 40, 60], [5, 3], [4, 4])
SICK = ("sick", ["no", "yes", "$US_$ or other"], [6, 2, 0], [0, 0, 0])


def painted(figure):
    figure.draw_without_rendering()
    return figure


def heads(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def shown(axes):
    """Heights of the filled bars and of the line, and their edges."""
    data, made = axes.patches
    return data.get_data().values.tolist(), made.get_data().values.tolist(), data.get_data().edges.tolist()


def viewed(data):
    """The view of an untrained machine of this table."""
    machine = sp.rbm(sp.Bernoulli(3), seed=0, **data.units)
    machine.schedule = Schedule(FEF, 2)
    machine.notes = data.notes
    return View.of(machine, data, evaluate(machine, data, data, times=[2], intervals=0, age=1))


def drawn(data):
    [(name, figure, said)] = columns(viewed(data))
    assert name == "columns"
    assert said.endswith(".")
    return painted(figure)


def test_counts_become_shares_in_words_or_bins():
    age, sick = painted(plotted([AGE, SICK])).axes
    assert shown(age) == ([5 / 8, 3 / 8], [0.5, 0.5], [20, 40, 60])
    assert shown(sick) == ([0.75, 0.25, 0], [0, 0, 0], [-0.5, 0.5, 1.5, 2.5])
    drawn = [text._preprocess_math(text.get_text()) for text in sick.get_xticklabels()]
    assert drawn == [("no", False), ("yes", False), ("$US_$…her", False)]  # no formula


@pytest.mark.parametrize(("every", "fault"), [
    ([], "there is no column to show"),
    ([("a", [1, 2, 3], [1], [1])], r'column "a" has 2 bins, and counts of shape \(1,\)'),
    ([("a", ["x"], [1], [1, 2])], r'column "a" has 1 bins, and counts of shape \(1,\) and \(2,\)'),
])  # fmt: skip
def test_columns_that_do_not_fit_are_refused(every, fault):
    with pytest.raises(ValueError, match=fault):
        plotted(every)


@pytest.mark.filterwarnings("ignore:.*read as unknown")
def test_each_column_of_a_table_is_shown_the_most_different_first(tmp_path):
    data = sp.read(write_cells(tmp_path / "a.csv", cells(80, holes=0.2)), label="state")
    figure = drawn(data)
    assert sorted(head.split(":")[0] for head in heads(figure)) == ["age", "color", "rooms", "sick", "weight"]
    far = [float(head.split(": ")[1]) for head in heads(figure)]
    assert far == sorted(far, reverse=True)
    for head, axes in zip(heads(figure), figure.axes):
        known, made, edges = shown(axes)
        assert sum(known) == pytest.approx(1), head
        assert sum(made) == pytest.approx(1), head
        if head.startswith("age"):
            ages = np.array([int(x) for x in cells(80, holes=0.2)["age"] if x.isdigit()])
            assert edges[0] <= ages.min()
            assert edges[-1] >= ages.max()


def test_of_many_columns_and_values_the_first_are_shown(tmp_path):
    random = np.random.default_rng(0)
    words = [f"w{i:02d}" for i in random.integers(15, size=80)]
    more = [random.integers(2, size=80).astype(str) for _ in range(MOST)]
    table = {
        "word": np.array(words),
        **{f"in_$US_$ {i}": x for i, x in enumerate(more)},
        "state": np.array(["a", "b"] * 40),
    }
    figure = drawn(sp.read(write_cells(tmp_path / "a.csv", table), label="state"))
    assert len(figure.axes) == MOST
    [axes] = [axes for axes, head in zip(figure.axes, heads(figure)) if head.startswith("word")]
    assert len(shown(axes)[0]) == VALUES


def test_columns_that_are_never_known_among_held_out_rows_are_left_out(tmp_path):
    rows = "".join(f"{i % 3 + 0.5},{i % 2},{'ab'[i % 2]}\n" for i in range(20))
    data = sp.read(write_text(tmp_path, "a.csv", "x,y,state\n" + rows), label="state")
    view = viewed(data)
    some = View(view.machine, data.hide("visible", ["x"]), view.made, view.record)
    [(_, figure, _)] = columns(some)
    assert [head.split(":")[0] for head in heads(figure)] == ["y"]
    assert not list(columns(View(view.machine, data.hide("visible"), view.made, view.record)))


def test_a_table_without_complete_rows_has_a_figure(tmp_path):
    rows = "".join(f"{i + 0.5 if i % 2 else ''},{'' if i % 2 else i % 3},{'ab'[i % 2]}\n" for i in range(40))
    data = sp.read(write_text(tmp_path, "a.csv", "x,y,state\n" + rows), label="state")
    [(_, figure, _)] = columns(viewed(data))
    assert sorted(head.split(":")[0] for head in heads(figure)) == ["x", "y"]


def test_only_tables_have_a_figure_of_columns():
    data = sp.Dataset({"visible": np.eye(4, dtype=np.int8)}, {"visible": BINARY}, np.arange(4).astype(str))
    assert not list(columns(View(sp.rbm(sp.Bernoulli(2), **data.units), data, data, {})))
