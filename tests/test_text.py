"""Terminal text: tables line up, unknown values are "-", and lines name what a reader must know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.reporting import text

ROW = dict.fromkeys(("name", "machine", "protocol", "steps", "hidden", "rows", "updates", "age", "minutes", "accuracy"))
ROW |= dict.fromkeys(("balanced_accuracy", "label_fidelity", "adversarial_error", "adversarial_floor"))
ROW |= dict.fromkeys(("spectrum_error", "spectrum_floor"))
NUMBERS = st.none() | st.floats(0, 1e6)
WORDS = st.text("abc123", min_size=1)
NAMED = dict.fromkeys(("name", "machine", "protocol"), WORDS)
HIDDEN = st.none() | st.integers(1, 999) | st.lists(st.integers(1, 999), min_size=2)
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, NUMBERS) | NAMED | {"hidden": HIDDEN}), min_size=1)

BEST = {"score": "spectrum_error", "age": 22, "value": 0.00125}
LOG = [{"age": "22", "spectrum_error": "0.00125"}, {"age": "32", "spectrum_error": "0.5"}]
RUN = {"machine": {"units": {}}, "training": {}}


@given(ROWS)
def test_columns_of_runs_line_up_and_none_is_empty(rows):
    head, *lines = text.comparison(rows)
    starts = [i for i in range(len(head)) if (head[i] != " " and head[max(i - 2, 0) : i].isspace()) or i == 0]
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines):
        cells = [line[a:b] for a, b in zip(starts, [*starts[1:], None])]
        assert all(cell.strip() and not cell.startswith(" ") for cell in cells)
        assert all(cell.endswith("  ") for cell in cells[:-1])
        assert sum(cell.strip() == "-" for cell in cells) == sum(row[k] is None for k in row if "floor" not in k)
        assert cells[0].strip() == row["name"]


@pytest.mark.parametrize(
    ("training", "best", "ages", "says"),
    [
        ({"stop_on": None}, None, [0, 46], []),
        ({"stop_on": "spectrum_error"}, BEST, [0, 22, 100], ["best: spectrum error 0.00125 at age 22"]),
        ({"stop_on": "spectrum_error"}, BEST, [0, 22, 46], ["stopped at age 46 of 100, 3 times the age", "best: spec"]),
        ({"stop_on": "accuracy"}, None, [0, 100], []),
    ],
)
def test_the_end_of_a_training(training, best, ages, says):
    record = {"training": {"updates": 100, "patience": 3} | training, "best": best}
    lines = list(text.ending(record, ages))
    assert len(lines) == len(says)
    assert all(line.startswith(start) for line, start in zip(lines, says))


def test_scores_no_better_than_their_baselines_are_named():
    record = RUN | {"training": {"stop_on": None}, "baselines": {"spectrum_error": 0.25}}
    poor = record | {"no_better": ["spectrum_error"]}
    (line,) = text.ending(poor, [0, 32], LOG)
    assert all(part in line for part in ("no better", "spectrum error", "5.0e-01", "2.5e-01"))
    assert line in list(text.run_lines(poor, [0, 32], LOG, {}))
    assert list(text.ending(record | {"no_better": []}, [0, 32], LOG)) == []


@pytest.mark.parametrize(("best", "age"), [(None, "32"), (BEST, "22")], ids=["last", "best"])
def test_a_run_is_shown_with_the_scores_of_its_chosen_age(best, age):
    lines = list(text.run_lines(RUN | {"best": best}, [0, 22, 32], LOG, {}))
    assert ["age", age] in [line.split() for line in lines]
    assert any("age chosen by spectrum_error" in line for line in lines) is (best is not None)


@pytest.mark.parametrize(("best", "seconds"), [(None, "12.5 s"), (BEST, "8.25 s")], ids=["last", "best"])
def test_a_run_says_both_of_its_times_by_name(best, seconds):
    log = [row | {"seconds": s} for row, s in zip(LOG, ("8.25", "12.5"))]
    said = [" ".join(x.split()) for x in text.run_lines(RUN | {"best": best, "seconds": 13.0}, [0, 22, 32], log, {})]
    assert f"training to this age {seconds}, without scoring" in said
    assert "whole training 13 s, without scoring" in said
    assert not any(line.startswith("seconds") for line in said)


def test_time_left_has_a_unit_and_is_the_most():
    ends = [text.progress(10, {}, 2.0, left).split("updates/s  ")[1] for left in (59.0, 230.0, 16_000.0)]
    assert ends == ["at most 59 s left", "at most 4 min left", "at most 4.4 h left"]
    assert text.progress(10, {}, 2.0, 0.0).endswith("updates/s")  # a guidance may still have to be chosen


def test_the_time_of_a_training_is_said_to_be_the_most():
    cost = {"update": 1.1, "updates": 10_000, "score": 0.83, "scores": 31, "seconds": 11_000.0, "mb": 567}
    said = [" ".join(line.split()) for line in text.inspection({"settings": {"cost": cost}})]
    time = "whole training at most 3.1 h on this computer, as busy as it is now (1.1 s an update, 31 scores of 0.83 s)"
    assert time in said
    said = "\n".join(text.inspection({"settings": {"cost": cost | {"choosing": 26}}}))
    assert "31 scores of 0.83 s, and 26 more to choose guidance and age)" in said


def test_a_score_of_fewer_rows_has_their_number():
    scores = {"age": 1, "steps": 3, "sets": 1, "n": 1000, "scale": [0, 1], "accuracy": 0.5, "label_fidelity": 0.5}
    scores |= {"spectrum_error": {"value": 1.0, "floor": 0.0}, "fewer": {"label_fidelity": 10, "spectrum_error": 1_200}}
    _, *lines = text.score_lines(scores)
    assert [line.endswith("rows only)") for line in lines] == [False, True, True]
    assert ("of 10 rows" in lines[1], "of 1,200 rows" in lines[2]) == (True, True)
