"""A learning curve trains on growing parts of the same rows, and says how many are enough."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.reporting import text
from spinodal.runs.learning_curve import PARTS, conclusion, learning_curve, parts
from spinodal.runs.settings import Settings

from .calls import call
from .toys import QUICK, dataset, files

POINTS = st.lists(st.floats(0, 1), min_size=4, max_size=4)


def points(qualities, n=100):
    return [{"rows": 100 * 2**i, "n": n, "quality": q} for i, q in enumerate(qualities)]


def test_each_part_contains_the_one_before_and_all_labels():
    every = parts(dataset("family", n=240))
    assert [len(part) for part in every] == [30, 60, 120, 240] == [round(240 * part) for part in PARTS]
    for less, more in pairwise(every):
        assert set(less.names) <= set(more.names)
        assert less["label"].max() == 2


@given(POINTS)
def test_what_is_enough_is_as_good_as_all_and_so_is_all_beyond(qualities):
    found = conclusion(points(qualities))
    if (enough := found["enough"]) is None:
        assert qualities[-2] < qualities[-1]
        assert "more rows would help" in found["why"]
    else:
        at = [100, 200, 400].index(enough)
        noise = max(0.01, (2 * qualities[-1] * (1 - qualities[-1]) / 100) ** 0.5)
        assert all(q >= qualities[-1] - noise for q in qualities[at:])
        assert at == 0 or qualities[at - 1] < qualities[-1] - noise


def test_rows_without_a_quality_have_no_conclusion():
    assert conclusion([{"rows": 1, "n": 9}, {"rows": 2, "n": 9}])["enough"] is None


@pytest.mark.filterwarnings("ignore")
def test_a_curve_typed(tmp_path, capsys):
    place = files(tmp_path)
    settings = ["--hidden", 5, "--steps", 3, "--updates", 12, "--stop-on", ""]
    tokens = ["inspect", place / "family.fasta", "--labels", place / "family.csv", "--label", "family", *settings]
    assert call(*tokens, "--learning-curve", "--json") == 0
    found = json.loads(capsys.readouterr().out)["learning_curve"]
    assert [point["rows"] for point in found["points"]] == [6, 12, 27, 54]
    assert {point["n"] for point in found["points"]} == {6}
    assert found["why"]


def test_a_curve_has_the_scores_of_trainings():
    train, test = dataset("family", n=120).split("split")
    found = list(learning_curve(train, test, Settings(**QUICK | {"batch": 10})))
    assert [point["rows"] for point in found] == [len(part) for part in parts(train)]
    assert all(0 <= point["quality"] <= 1 and point["age"] == 24 for point in found)
    *table, why = text.learning_curve({"points": found, "why": "."})
    assert (len(table), why) == (5, ".")
