"""Reports: the scores of runs on a page, and as numbers beside it."""

from __future__ import annotations

import json
import re
import shutil

import pytest

import spinodal as sp
from spinodal.evaluation.verdicts import verdicts
from spinodal.reporting import figures
from spinodal.reporting import report as module
from spinodal.reporting.figures import view
from spinodal.reporting.report import about, earlier, evaluated, logged, report, section
from spinodal.runs import sources
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings, Source
from spinodal.runs.training import train

from .test_evaluation import SCHEMA
from .toys import AGES, CHAOS, QUICK, dataset, files, image_file

pytestmark = pytest.mark.usefixtures("few_triplets")
SMALL = {"intervals": 0, "times": [9], "ages": [], "rows": 12, "sets": 1}
"""A record that takes a second."""


def made(out, source, **settings):
    """A quick run that knows its data."""
    for _ in train(*sources.prepare(source), out, Settings(**settings), source=source):
        pass
    return Run.open(out)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A quick run on a family of sequences in a file."""
    folder = files(tmp_path_factory.mktemp("report"))
    source = Source(data=str(folder / "table.csv"), label=["family"], split="split")
    return made(folder / "run", source, **QUICK | {"stop_on": "accuracy"}, patience=99)


@pytest.fixture(scope="module")
def dream(tmp_path_factory):
    """A quick run of a chaotic machine without labels on a file of images."""
    folder = tmp_path_factory.mktemp("report")
    source = Source(data=str(image_file(folder / "a.idx")), label=[], alphabet="gray")
    return made(folder / "dream", source, **CHAOS)


def held_out(run):
    return sources.prepare(run.source)


# -- a record -----------------------------------------------------------------------------------


def test_a_record_fits_its_schema_and_is_that_of_its_run(run):
    found = evaluated(run, held_out(run), **SMALL).record
    SCHEMA.validate(json.loads(json.dumps(found)))
    assert (found["name"], found["age"], found["rows"]) == ("run", run.chosen(), {"train": 48, "test": 12})
    assert [row["time"] for row in found["times"]] == [3, 9]
    assert found["log"] == logged(run)["log"]
    assert "ages" not in found


def test_by_default_a_record_looks_before_and_long_after_and_at_earlier_ages(run):
    found = evaluated(run, held_out(run), 24, intervals=0).record
    assert [row["time"] for row in found["times"]] == figures.times(3)
    assert [row["age"] for row in found["ages"]] == earlier(AGES, 24)
    assert (found["n"], found["sets"]) == (12, 5)


@pytest.mark.parametrize(("ages", "there"), [([22, 10, 10], [10, 22]), ([24, 15], [15]), ([24], None), ([], None)])
def test_other_ages_are_looked_at_once_and_in_order(run, ages, there):
    found = evaluated(run, held_out(run), 24, **SMALL | {"ages": ages}).record
    assert [row["age"] for row in found["ages"]] == there if there else "ages" not in found


@pytest.mark.parametrize("how", [{"rows": 0}, {"rows": -3}, {"rows": 1}, {"sets": 0}, {"ages": [7]}], ids=str)
def test_what_can_not_be_measured_is_said(run, how):
    how = {k: v for k, v in SMALL.items() if k != "sets"} | how
    with pytest.raises(
        ValueError, match=r"two rows of each or more|of one set of rows or more, 10000 at most|has no age 7"
    ):
        evaluated(run, held_out(run), 24, **how)


def test_a_machine_that_has_not_been_trained_has_no_record(tmp_path, run):
    data = dataset("family")
    sp.save(sp.rbm(sp.Bernoulli(3), **data.units), tmp_path / "untrained")
    with pytest.raises(ValueError, match="of a trained machine"):
        evaluated(Run.open(tmp_path / "untrained"), (data, data))


def test_the_score_that_chose_the_age_on_these_rows_is_named(run):
    training, test = held_out(run)
    best = run.record["best"]["age"]
    assert module.chosen_by(run, best, test) == {"chosen_by": "accuracy"}
    assert module.chosen_by(run, next(age for age in AGES if age != best), test) == {}
    assert module.chosen_by(run, best, training) == {}
    assert evaluated(run, (training, test), **SMALL).record["chosen_by"] == "accuracy"


def test_a_run_has_its_name_from_inside_too(run, monkeypatch):
    monkeypatch.chdir(run.path)
    assert evaluated(Run.open("."), held_out(run), **SMALL).record["name"] == "run"


def test_the_log_is_numbers_and_nothing_where_there_is_none(tmp_path, run):
    assert [row["age"] for row in logged(run)["log"]] == AGES[1:]
    sp.save(run.machine(), tmp_path / "bare")
    assert logged(Run.open(tmp_path / "bare")) == {}
    run = Run.open(tmp_path / "bare")
    run.write_log([{"age": 10, "accuracy": "nan", "spectrum_error": 0.5, "adversarial_error": ""}])
    assert logged(run) == {"log": [{"age": 10, "spectrum_error": 0.5}]}


def test_earlier_ages_are_before_the_last():
    for last in AGES:
        found = earlier(AGES, last)
        assert found == sorted({*found})
        assert {*found} <= {age for age in AGES if age < last}
        assert bool(found) is (last > AGES[0])


# -- a section ----------------------------------------------------------------------------------


def test_a_section_is_the_record_its_verdicts_and_figures(run):
    found = section(run, held_out(run), **SMALL)
    want = evaluated(run, held_out(run), **SMALL).record
    assert found.record == want
    assert found.verdicts == verdicts(want)
    assert {"logo", "cloud", "scores-over-time", "calibration"} <= found.figures.keys()
    assert all(said.endswith(".") for _, said in found.figures.values())


@pytest.mark.usefixtures("few_figures")
def test_a_section_on_other_data_is_about_them(run):
    other = dataset("family", n=30, seed=5, known=0.5)
    found = section(run, (held_out(run)[0], other), **SMALL)
    assert found.record["rows"]["test"] == 30
    assert "chosen_by" not in found.record


@pytest.mark.usefixtures("few_figures")
def test_labels_that_the_machine_never_saw_are_unknown(run):
    motifs = {"alpha": "ACGUACGU", "omega": "UUUUUUUU"}
    found = section(run, (held_out(run)[0], dataset("family", n=30, motifs=motifs)), **SMALL)
    assert list(found.record["by_label"]) == ["alpha"]


def test_about_says_how_a_run_was_made(run, dream):
    found = about(run.record, run.log()[1])
    assert list(found) == ["command", "machine", "settings", "data", "provenance"]
    assert found["machine"] == {"visible": "Potts 8 x 5", "label": "Potts 1 x 3", "hidden": "Bernoulli 5"}
    assert found["data"]["rows of training"] == 48
    assert found["provenance"]["training to this age, seconds"] == float(run.log()[1]["seconds"])
    assert found["provenance"]["whole training, seconds"] == run.record["seconds"]
    assert "command" not in found["provenance"]
    assert about(dream.record, {})["machine"] == {"visible": "Spin 12", "hidden": "Spin 6"}


def test_a_run_that_was_stopped_has_no_time_of_the_whole_training(run):
    less = {k: v for k, v in run.record.items() if k != "seconds"}
    assert "whole training, seconds" not in about(less, run.log()[1])["provenance"]


@pytest.mark.usefixtures("few_figures")
def test_a_section_says_the_time_up_to_its_age(run):
    row = next(row for row in run.log() if row["age"] == "15")
    found = section(run, held_out(run), 15, **SMALL).about["provenance"]
    assert found["training to this age, seconds"] == float(row["seconds"])


# -- a report -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_sweep")
def test_a_report_is_a_page_and_its_numbers(tmp_path, run, dream):
    contents = report([run.path, str(dream.path)], str(tmp_path / "page.html"), title="Mine", **SMALL)
    plain = json.loads(json.dumps(contents))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "page.json"]
    assert json.loads((tmp_path / "page.json").read_text()) == plain
    assert (contents["title"], [one["record"]["name"] for one in contents["runs"]]) == ("Mine", ["run", "dream"])
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert json.loads(re.search(r'id="evidence">(.*?)</script>', html, re.S)[1]) == plain
    assert "Gain sweep" in html


@pytest.mark.usefixtures("few_figures")
def test_runs_of_the_same_data_read_them_once(tmp_path, run, monkeypatch):
    read, load = [], sources.load
    monkeypatch.setattr(sources, "load", lambda source, reading: read.append(source) or load(source, reading))
    report([run.path, run.path], tmp_path / "page.html", **SMALL)
    assert len(read) == 1


def test_figures_show_the_rows_that_were_scored(run, monkeypatch):
    shutil.rmtree(run.path / "evaluations", ignore_errors=True)
    monkeypatch.setattr(view, "generate", lambda *_, **__: pytest.fail("rows were generated again"))
    train, test = held_out(run)
    found = module.view(run, (train, test), **SMALL)
    assert len(found.data) == len(found.made) == len(test)
    assert (found.made["visible"] == sp.generate(run.machine(), like=found.data)["visible"]).all()


@pytest.mark.parametrize(
    ("paths", "out", "how", "why"),
    [
        (["@run"], "page.pdf", {}, 'not ".*page.pdf"'),
        (["@run"], "", {}, "call it something.html"),
        (["@run"], "nowhere/page.html", {}, "there is no folder"),
        (["@run", "nothing"], "page.html", {}, "nothing is not a run"),
        (["@run"], "page.html", {"age": 7}, "has no age 7"),
        (["@run"], "page.html", {"ages": [10, 8]}, "has no age 8"),
        ([], "page.html", {}, "one run or more"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_before_anything_is_computed(tmp_path, run, monkeypatch, paths, out, how, why):
    monkeypatch.setattr(module.evaluation, "evaluation", lambda *_, **__: pytest.fail("it was computed"))
    with pytest.raises((ValueError, FileNotFoundError), match=why):
        report([run.path if p == "@run" else tmp_path / p for p in paths], tmp_path / out if out else "", **how)
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("few_figures")
def test_a_page_and_its_numbers_are_both_there_or_neither(tmp_path, run, monkeypatch):
    for name in ("page.html", "page.json"):
        (tmp_path / name).write_text("old")
    monkeypatch.setattr(module.json, "dumps", lambda *_, **__: "\0".join(5))
    with pytest.raises(TypeError):
        report([run.path], tmp_path / "page.html", **SMALL)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"page.html": "old", "page.json": "old"}


@pytest.mark.parametrize("name", ["page.html", "page.json"])
def test_what_can_not_be_written_is_said_before_the_work(tmp_path, run, monkeypatch, name):
    monkeypatch.setattr(module.evaluation, "evaluation", lambda *_, **__: pytest.fail("it was computed"))
    (tmp_path / name).mkdir()
    with pytest.raises(OSError, match=f"{name} is a folder"):
        report([run.path], tmp_path / "page.html", **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.usefixtures("few_figures")
def test_a_run_that_stopped_at_the_start_is_said_to_have_learned_nothing(run):
    found = section(run, held_out(run), age=0, **SMALL)
    assert (found.record["age"], found.record["updates"]) == (0, QUICK["updates"])
    assert all(
        v["because"].endswith("It has learned nothing yet: this is age 0 of 24 updates.") for v in found.verdicts
    )
    assert not {"yes", "partly"} & {v["answer"] for v in found.verdicts[:3]}
    later = section(run, held_out(run), age=24, **SMALL)
    assert not any("nothing yet" in v["because"] for v in later.verdicts)


def test_a_run_without_data_can_not_be_reported(tmp_path, run):
    sp.save(run.machine(), tmp_path / "bare")
    with pytest.raises(ValueError, match="name the file that has its rows, by spinodal locate"):
        report([tmp_path / "bare"], tmp_path / "page.html")
