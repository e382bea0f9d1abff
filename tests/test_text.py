"""Cards: what is said of runs in a terminal."""

from __future__ import annotations

import pytest

from spinodal.reporting import text

ROW = {"name": "a", "machine": "rbm", "protocol": "fef", "steps": 10, "hidden": 64, "updates": 500, "age": 200}
ROW |= {"minutes": 1.26, "accuracy": 0.5, "balanced_accuracy": 0.25, "label_fidelity": 1.0}
ROW |= {"adversarial_error": 0.125, "adversarial_floor": 0.01, "spectrum_error": 2e-4, "spectrum_floor": 1e-5}
BARE = dict.fromkeys(ROW) | {"name": "bare/one", "age": 0}
BEST = {"score": "spectrum_error", "age": 22, "value": 0.00125}
LOG = [{"age": "22", "spectrum_error": "0.00125"}, {"age": "32", "spectrum_error": "0.5"}]


def test_runs_stand_side_by_side():
    head, one, other = text.comparison([ROW, BARE])
    assert one.split("  ")[0] == "a"
    words = ["a", "rbm", "fef", "10", "64", "500", "200", "1.3", "0.500", "0.250", "1.000"]
    assert one.split() == [*words, "0.125", "(0.010)", "2.0e-04", "(1.0e-05)"]
    assert other.split() == ["bare/one", *["-"] * 5, "0", *["-"] * 6]
    for word in ("run", "protocol", "minutes", "fidelity", "adversarial (floor)", "spectrum (floor)"):
        at = head.index(word)
        assert at == 0 or {line[at - 2 : at] for line in (head, one, other)} == {"  "}


def test_several_layers_and_no_floor_fit_in_a_cell():
    _, line = text.comparison([ROW | {"hidden": [8, 6], "adversarial_floor": None}])
    assert "[8, 6]" in line
    assert line.split()[-3:] == ["0.125", "2.0e-04", "(1.0e-05)"]


@pytest.mark.parametrize(
    ("how", "best", "ages", "says"),
    [
        ({"stop_on": None}, None, [0, 46], []),
        ({"stop_on": "spectrum_error"}, BEST, [0, 22, 100], ["best: spectrum error 0.00125 at age 22"]),
        ({"stop_on": "spectrum_error"}, BEST, [0, 22, 46], ["stopped at age 46 of 100, 3 times as old", "best: spec"]),
        ({"stop_on": "accuracy"}, None, [0, 100], []),
    ],
)
def test_how_a_training_ended(how, best, ages, says):
    record = {"training": {"updates": 100, "patience": 3} | how, "best": best}
    lines = list(text.ending(record, ages))
    assert len(lines) == len(says)
    assert all(line.startswith(said) for line, said in zip(lines, says))


VAIN = {"training": {"updates": 32, "stop_on": None}, "machine": {"units": {}}, "no_better": ["spectrum_error"]}
VAIN |= {"baselines": {"spectrum_error": 0.25, "balanced_accuracy": 0.2}}
SAID = "no better than without learning: spectrum error 5.0e-01, of independent sites 2.5e-01"


def test_a_training_in_vain_says_so():
    assert list(text.ending(VAIN, [0, 32], LOG)) == [SAID]
    assert list(text.ending(VAIN | {"no_better": []}, [0, 32], LOG)) == []
    assert SAID in list(text.card(VAIN, [0, 32], LOG, {}))


@pytest.mark.parametrize(("best", "age"), [(None, "32"), (BEST, "22")], ids=["last", "best"])
def test_a_card_has_the_scores_of_the_age_that_is_taken(best, age):
    said = list(text.card({"machine": {"units": {}}, "training": {}, "best": best}, [0, 22, 32], LOG, {}))
    assert f"age{age:>23}".split() in [line.split() for line in said]
    assert any("age chosen by spectrum_error on these held-out rows" in line for line in said) is (best is not None)


@pytest.mark.parametrize(("left", "said"), [(0.0, "0:00"), (59.4, "0:59"), (59.7, "1:00"), (3599.9, "60:00")])
def test_what_is_left_is_said_in_minutes_and_seconds(left, said):
    assert text.progress(10, {}, 2.0, left) == f"age     10  2.0 updates/s  {said} left"


def test_a_score_of_few_rows_says_of_how_many():
    found = {"age": 1, "steps": 3, "sets": 1, "n": 1000, "scale": [0, 1], "accuracy": 0.5, "label_fidelity": 0.5}
    found |= {"spectrum_error": {"value": 1.0, "floor": 0.0}, "fewer": {"label_fidelity": 10, "spectrum_error": 1_200}}
    _, *lines = text.scorecard(found)
    assert [line.endswith("rows alone)") for line in lines] == [False, True, True]
    assert lines[1].endswith("0.5000 (of 10 rows alone)")
    assert lines[2].endswith("(of 1,200 rows alone)")


def test_names_have_one_width():
    found = {"age": 1, "steps": 3, "sets": 1, "n": 9, "scale": [0, 1], "accuracy": 0.5}
    found |= {"labels": {"label:host": {"accuracy": 0.25}}, "spectrum_error": {"value": 1.0, "floor": 0.0}}
    _, *lines = text.scorecard(found)
    assert [line[: text.WIDTH].strip() for line in lines] == ["accuracy", "label:host", "spectrum error"]
