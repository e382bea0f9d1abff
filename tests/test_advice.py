"""A training costs what its parts do, and sequences that are alike count less."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count

import numpy as np
import pytest

from spinodal.cli.main import main
from spinodal.data.alphabet import BINARY, PROTEIN
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.errors import FormatError
from spinodal.files import write
from spinodal.files.labels import describe_join
from spinodal.reporting import text
from spinodal.runs import advice, guiding, training
from spinodal.runs.advice import cost, effective
from spinodal.runs.memory import needed
from spinodal.runs.rules import RULES
from spinodal.runs.settings import Settings

from .formats import write_text
from .toys import QUICK, dataset, files, gray


def blank(rows, sites, alphabet=PROTEIN):
    return Dataset({"visible": np.zeros((rows, sites), np.int8)}, {"visible": alphabet}, numbered_names(rows))


# Time


def ticking(monkeypatch):
    ticks = count()
    monkeypatch.setattr(advice.time, "perf_counter", lambda: float(next(ticks)))


def test_time_is_counted_from_its_parts(monkeypatch):
    train, test = dataset("family").split("split")
    full = Settings(**QUICK | {"updates": 500}).resolve(train)
    ticking(monkeypatch)
    monkeypatch.setattr(advice, "QUICK", 3)
    monkeypatch.setattr(advice, "PATIENCE", 100)
    found = cost(train, test, full)
    assert found["update"] == 1
    assert found["score"] == pytest.approx((12 / 3) ** 1.5)
    assert (found["updates"], found["scores"]) == (500, len(training.ages(500)))
    assert found["choosing"] == 0
    assert found["seconds"] == pytest.approx(500 + found["scores"] * 8)


def test_the_choice_of_guidance_and_age_is_counted():
    train, test = dataset("family").split("split")
    found = cost(train, test, Settings(**QUICK | {"guidance": "auto"}).resolve(train))
    assert found["choosing"] == guiding.MOST * guiding.sets_of(len(test))
    parts = found["updates"] * found["update"] + (found["scores"] + found["choosing"]) * found["score"]
    assert found["seconds"] == pytest.approx(parts, rel=0.02)


def test_scores_of_a_training_that_stops_by_one_are_more():
    train, test = dataset("family").split("split")
    full = [Settings(**QUICK | {"updates": 500, "stop_on": score}).resolve(train) for score in ("", "accuracy")]
    assert [cost(train, test, how)["scores"] for how in full] == [len(training.ages(500)), len(training.ages(500, 12))]


@pytest.mark.parametrize(("patience", "timed"), [(0, 1), (7, 3), (10**6, advice.UPDATES)])
def test_a_few_updates_are_timed(patience, timed, monkeypatch):
    seen = Counter()

    def steps():
        while True:
            seen["steps"] += 1
            yield

    ticking(monkeypatch)
    monkeypatch.setattr(advice, "PATIENCE", patience)
    assert advice._times(steps()) == [1.0] * timed
    assert seen["steps"] == timed


@pytest.mark.parametrize("data", [dataset("family", "host"), dataset("family", known=0.5), dataset(), gray()], ids=str)
@pytest.mark.parametrize("machine", ["rbm", "chaotic"])
def test_time_of_all_kinds_of_data_is_a_positive_number(data, machine):
    train, test = data.split(0.8)
    full = Settings(machine=machine, hidden=4, updates=20, batch=10).resolve(train)
    found = cost(train, test, full)
    scores = found["scores"] + found["choosing"]
    assert found["seconds"] == pytest.approx(20 * found["update"] + scores * found["score"], rel=0.02)
    assert min(x for k, x in found.items() if k != "choosing") > 0


def test_one_held_out_row_is_enough():
    train, test = dataset("family").split("split")
    assert cost(train, test.select([0]), Settings(**QUICK).resolve(train))["seconds"] > 0


# How many sequences there are in effect


def test_the_effective_number_is_that_of_reweighting():
    data = dataset()
    found = effective(data)
    assert found["of"] == len(data)
    assert found["number"] == pytest.approx(data.reweighted(0.8).weights.sum(), abs=0.06)
    assert effective(data, 0.5)["number"] < found["number"]


def test_many_rows_are_sampled(monkeypatch):
    monkeypatch.setattr(advice, "LETTERS", 8 * 50)
    found = effective(dataset())
    assert found["of"] == 10
    assert 1 <= found["number"] <= 10


@pytest.mark.parametrize("data", [blank(5, 3, BINARY), gray()], ids=["binary", "gray"])
def test_what_is_no_sequence_has_no_effective_number(data):
    assert effective(data) == {}


# What joins


def test_a_table_joins_by_name(tmp_path):
    data, table = dataset(), tmp_path / "l.csv"
    names = data.names.tolist()
    table.write_text("\n".join(["name,host", *(f"{name},x" for name in [*names[7:], "odd", "stray"])]))
    assert describe_join(data, table) == {
        "rows": 53,
        "without": 7,
        "without_examples": names[:5],
        "unused": 2,
        "unused_examples": ["odd", "stray"],
    }
    table.write_text(table.read_text().replace("name,", "id,"))
    assert describe_join(data, table, 1)["without_examples"] == names[:1]


def test_a_pattern_joins_by_header():
    found = describe_join(dataset(), r"re:(s0[01]\d)")
    assert found == {"rows": 20, "without": 40, "without_examples": [f"s02{i}" for i in range(5)]}


def test_images_join_in_order(tmp_path):
    assert describe_join(gray(), tmp_path / "labels.idx") == {}


def test_tables_that_are_wrong_are_wrong_here_too(tmp_path):
    with pytest.raises(FormatError, match="is empty"):
        describe_join(dataset(), write_text(tmp_path, "l.csv", ""))


# On the command line


@pytest.fixture
def inspected(tmp_path, capsys):
    folder = files(tmp_path)

    def run(*tokens):
        main(["inspect", *(str(folder / x) if x.endswith((".csv", ".fasta")) else x for x in tokens)])
        return capsys.readouterr().out

    return run


def test_inspect_names_the_settings_of_a_training_with_their_cost(inspected):
    found = json.loads(inspected("family.fasta", "--labels", "family.csv", "--label", "family", "--json"))
    said = found["settings"]
    assert set(said) == {*RULES, "cost"}
    assert list(said["cost"]) == ["update", "score", "updates", "scores", "choosing", "seconds", "mb"]
    assert said["cost"]["mb"] >= found["training"]["memory_mb"]["code"]
    assert found["joined"] == {"rows": 60, "without": 0, "without_examples": [], "unused": 0, "unused_examples": []}
    assert found["effective"]["of"] == 60


def test_inspect_keeps_what_is_given(inspected):
    found = json.loads(inspected("table.csv", "--hidden", "7", "--label", "", "--json"))
    assert found["settings"]["hidden"] == {"value": 7, "why": "as given"}
    assert "joined" not in found


def test_rows_that_are_left_out_are_not_unused(inspected):
    said = inspected("family.fasta", "--labels", "family.csv", "--label", "family", "--where", "host=fly", "--json")
    assert json.loads(said)["joined"] == {"rows": 30, "without": 0, "without_examples": []}


def test_weights_have_their_effective_number(inspected):
    tokens = ["family.fasta", "--labels", "family.csv", "--label", "family", "--reweight", "0.8", "--json"]
    found = json.loads(inspected(*tokens))
    assert found["effective"]["number"] > 1


def test_weights_that_data_come_with_are_not_counted_again(inspected, tmp_path):
    write(dataset().reweighted(), tmp_path / "a.npz")
    found = json.loads(inspected(str(tmp_path / "a.npz"), "--json"))
    assert found["effective_number"] > 1
    assert "effective" not in found


def test_data_that_cant_be_trained_on_are_looked_at(inspected, tmp_path):
    found = json.loads(inspected(str(write_text(tmp_path, "a.fa", ">a\nMKV\n")), "--json"))
    assert "part empty" in found["training"]["not_possible"]
    assert found["effective"]["number"] == 1
    with pytest.raises(SystemExit):
        inspected(str(tmp_path / "a.fa"), "--split", "0.5")


def test_people_read_lines(inspected):
    said = inspected("family.fasta", "--labels", "family.csv", "--label", "family").splitlines()
    for line in (
        "  batch                     27 (half of 54 rows)",
        "  without examples          none",
    ):
        assert line in said
    for name in ("effective number", "  whole training", "  memory", "  lr", "  hidden", "  updates"):
        assert sum(line.startswith(name) for line in said) >= 1


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (89, "89 s"), (91, "2 min"), (5400, "1.5 h")])
def test_spans_are_in_the_unit_that_suits_them(seconds, said):
    assert text.span(seconds) == said


def test_a_file_that_cant_be_trained_on_has_no_suggestions():
    said = "\n".join(text.inspection({"rows": 1, "training": {"not_possible": "so"}}))
    assert "settings" not in said


def test_memory_is_asked_again_without_loading_code_again():
    train, test = dataset("family").split("split")
    full = Settings(**QUICK).resolve(train)
    first = needed(train, test, full, 10**8)["memory_mb"]
    assert needed(train, test, full, first["code"] * 10**6)["memory_mb"]["code"] <= first["code"] + 20
