"""Judges: a function of the user's judges generated, held-out, training and independent rows alike."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import spinodal as sp
from spinodal.data.dataset import Dataset
from spinodal.data.reals import standardize
from spinodal.evaluation import compare, evaluate
from spinodal.evaluation.comparison_sets import independent
from spinodal.evaluation.judge import Judge, judge_of, plain
from spinodal.evaluation.known_judges import judges_of
from spinodal.evaluation.quick_scores import quick_scores
from spinodal.evaluation.scales import SCALES
from spinodal.reporting import report, text
from spinodal.reporting.page import names, tables

from .calls import call
from .tables import KINDS, table
from .test_evaluation import SCHEMA
from .toys import dataset, files, trained

pytestmark = pytest.mark.usefixtures("few_triplets")
QUICK = ["--hidden", "10", "--steps", "3", "--updates", "20", "--batch", "20"]


def gaps(rows):
    """Of sequences."""
    assert all(isinstance(row, str) for row in rows)
    return [row.count("-") for row in rows]


def first(rows):
    """Of arrays."""
    return rows[:, 0]


GAPS, FIRST = f"{__name__}:gaps", f"{__name__}:first"


def spread(x):
    return [len(x), np.mean(x), *np.quantile(x, [0.25, 0.5, 0.75])]


# -- what it gets --------------------------------------------------------------------------------


def test_sequences_are_strings_with_their_gaps():
    data = sp.Dataset(
        {"visible": np.array([[0, 1, -1], [4, 0, 2]], np.int8)}, {"visible": sp.RNA}, np.array(["a", "b"])
    )
    assert plain(data) == ["-A?", "U-C"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sequences"])
def test_other_rows_are_the_array_of_their_layer(kind):
    data = table(kind, 5)
    found = plain(data)
    np.testing.assert_array_equal(found, data["visible"])
    found[:] = 0  # theirs alone
    assert data["visible"].any()


def test_real_numbers_are_in_the_units_of_the_file():
    x = np.random.default_rng(0).normal(50, 9, (30, 3)).astype(np.float32)
    data = standardize(Dataset({"visible": x}, {}, np.arange(30).astype(str)))
    np.testing.assert_allclose(plain(data), x, rtol=1e-5)


def test_a_mixed_table_is_its_columns(tmp_path):
    (tmp_path / "t.csv").write_text("name,age,sex\n" + "".join(f"p{i},{20.5 + i},{'fm'[i % 2]}\n" for i in range(30)))
    found = plain(sp.read(tmp_path / "t.csv"))
    assert found["age"].astype(float).tolist() == [20.5 + i for i in range(30)]
    assert found["sex"].tolist() == ["f", "m"] * 15


# -- what is said of its numbers -----------------------------------------------------------------


@pytest.mark.parametrize(("kind", "judge", "function"), [("sequences", gaps, gaps), ("genomes", FIRST, first)])
def test_its_numbers_are_those_of_each_set_of_rows(kind, judge, function):
    test, train, made = (table(kind, 40, seed=i) for i in range(3))
    found = compare(test, train, made, intervals=2, judges=[judge])
    name = judge if isinstance(judge, str) else GAPS
    score = found["scores"][name]
    for rows, data in {"generated": made, "held-out": test, "independent": independent(train, test, 0)}.items():
        own = score["spread"][rows]
        assert [own["n"], own["mean"], *own["quartiles"]] == pytest.approx(spread(function(plain(data))))
    assert score["spread"]["training"]["n"] == 40
    assert score["value"] == score["spread"]["generated"]["quartiles"][1]
    assert score["ideal"] == score["spread"]["held-out"]["quartiles"][1]
    assert score["floor"] == score["spread"]["training"]["quartiles"][1]
    assert score["baseline"] == score["spread"]["independent"]["quartiles"][1]
    assert score["better"] == "near"
    assert list(found["scores"])[-1] == name
    assert not any(name in own["scores"] for own in found["by_label"].values())
    Draft202012Validator(SCHEMA.schema | {"required": []}).validate(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_without_a_judge_nothing_else_changes():
    rows = [table("genomes", 40, seed=i) for i in range(3)]
    bare, found = compare(*rows, intervals=0), compare(*rows, intervals=0, judges=[first])
    assert found["scores"].pop(FIRST)
    assert found == bare


@pytest.mark.parametrize(("bad", "why"), [
    (lambda rows: np.zeros(3), "must give one a row"),
    (lambda rows: [np.inf] * len(rows), "NaN or infinity"),
    (lambda rows: rows.nothing, "AttributeError"),
], ids=["shape", "infinity", "failure"])  # fmt: skip
def test_a_judge_that_gives_no_numbers_is_an_error(bad, why):
    with pytest.raises(ValueError, match=why):
        compare(*(table("genomes", 40, seed=i) for i in range(3)), intervals=0, judges=[bad])


def test_a_judge_is_named_once():
    with pytest.raises(ValueError, match="named twice"):
        judges_of([gaps, GAPS])
    assert judge_of(judge_of(gaps)).name == GAPS


def test_a_slow_judge_sees_the_first_rows_alone():
    seen = []
    judge = Judge("mine:slow", lambda train: lambda data: seen.append(len(data)) or np.zeros(len(data)), 7)
    score = compare(*(table("genomes", 40, seed=i) for i in range(3)), intervals=0, judges=[judge])["scores"][
        "mine:slow"
    ]
    assert set(seen) == {7}
    assert len(seen) == 4
    assert score["n"] == 7


def test_numbers_that_are_not_finite_leave_their_spread_out():
    judge = Judge("mine:odd", lambda train: lambda data: np.where(np.arange(len(data)) > 0, 1.0, np.inf))
    found = compare(*(table("genomes", 40, seed=i) for i in range(3)), intervals=0, judges=[judge])
    assert found["scores"]["mine:odd"]["spread"] == {}
    missed = [gap["what"] for gap in found["not_measured"] if gap["what"].startswith("spread of mine:odd")]
    assert missed == [f"spread of mine:odd, {x} rows" for x in ("generated", "held-out", "training", "independent")]


def test_quick_scores_and_the_record_say_the_same(tmp_path):
    data = dataset("family", n=120)
    machine = trained(tmp_path / "run", data, hidden=5, steps=3, updates=10).machine()
    train, test = data.split("split")
    quick = quick_scores(machine, test, train, judges=[gaps])["judges"][GAPS]
    assert evaluate(machine, test, train, intervals=0, judges=[GAPS])["scores"][GAPS]["spread"] == quick
    assert "judges" not in quick_scores(machine, test, train)


# -- commands ------------------------------------------------------------------------------------


def test_commands_show_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    files(tmp_path)
    (tmp_path / "my_judge.py").write_text("def gaps(rows):\n    return [row.count('-') for row in rows]\n")
    (tmp_path / "my_broken_judge.py").write_text("def gaps(rows):\n    return 'all good'\n")
    labels = ["--labels", "family.csv", "--label", "family", "--split", "split"]
    assert call("train", "family.fasta", *labels, "--out", "run", *QUICK) == 0
    capsys.readouterr()
    assert call("score", "run", "--judge", "my_judge:gaps") == 0
    told = capsys.readouterr().out
    assert "my_judge:gaps\n" in told
    assert all(f"  {rows}" in told for rows in ("generated", "held-out", "training", "independent"))
    assert call("score", "run", "--judge", "my_judge:gaps", "--json", "--rows", 10, "--sets", 1) == 0
    found = json.loads(capsys.readouterr().out)["evidence"]["scores"]["my_judge:gaps"]
    assert [*found["spread"]] == ["generated", "held-out", "training", "independent"]
    for bad, why in (("my_broken_judge:gaps", "fails on"), ("my_judge:no", "can't be imported")):
        assert call("score", "run", "--judge", bad) == 1
        told = capsys.readouterr()
        assert why in told.err
        assert told.err.count("\n") == 1


def test_report_takes_judges_too(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text("{}")
    seen = {}
    monkeypatch.setattr(report, "report", lambda runs, out, **how: seen.update(how) or {"runs": []})
    options = ["--judge", GAPS, "--judge", FIRST, "--esmfold", tmp_path]
    assert call("report", "run", "-o", tmp_path / "page.html", *options) == 0
    assert [judge.name for judge in seen["judges"]] == [GAPS, FIRST, "plddt"]


def test_the_page_shows_quartiles_and_names_a_function_as_it_is_called():
    score = {"value": 0.5, "ideal": 0.6, "baseline": 0.1, "better": "near", "spread": {
        "generated": {"n": 9, "mean": 0.5, "quartiles": [0.25, 0.5, 0.75]},
        "independent": {"n": 9, "mean": 0.1, "quartiles": [0.05, 0.1, 0.2]},
    }}  # fmt: skip
    found = tables.scores(["run"], [{"scores": {"mine:score": score}}])
    (row,) = found.topics["Your own judges"]
    assert row.head.text == "mine:score"
    assert [cell.notes for cell in row.cells] == [("quartiles 0.250, 0.750",), (), (), ("quartiles 0.050, 0.200",)]
    assert names.topic("covariance_bits") == "Sequences"
    lines = [*text._judges({"mine:score": score["spread"]})]
    assert lines[0] == "mine:score"
    assert "median 0.5  quartiles 0.25, 0.75  mean 0.5  of 9 rows" in lines[1]


def test_names_of_the_package_have_no_colon():
    assert not [name for name in SCALES if ":" in name]
