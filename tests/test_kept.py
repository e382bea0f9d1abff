"""Kept: an evaluation is measured once, is the same from disk, and anew where anything has changed."""

from __future__ import annotations

import json

import pytest

from spinodal.reporting import figures as drawn
from spinodal.reporting import kept
from spinodal.reporting import report as module
from spinodal.runs import sources
from spinodal.runs.archive import Run

from .toys import dataset, files, trained

HOW = {"times": [3], "ages": [], "sets": 1}
pytestmark = pytest.mark.usefixtures("few_triplets")


@pytest.fixture
def run(tmp_path):
    source = {"data": str(files(tmp_path) / "table.csv"), "label": ["family"], "split": "split"}
    return trained(tmp_path / "run").revise(source=source)


@pytest.fixture
def count(monkeypatch):
    """How often something is evaluated."""
    calls, measure = [], module.evaluated
    monkeypatch.setattr(module, "evaluated", lambda *a, **k: calls.append(1) or measure(*a, **k))
    return calls


def view(run, intervals=4, **how):
    return module.view(run, sources.reload(run), intervals=intervals, **HOW | how)


def test_what_is_kept_is_what_was_measured(run, count):
    first, again, fewer = view(run), view(run), view(run, intervals=0)
    assert len(count) == 1
    assert again.record == fewer.record == json.loads(json.dumps(first.record))
    for layer in first.made.columns:
        assert (first.made[layer] == again.made[layer]).all()
    assert [name for name, *_ in drawn.figures(first)] == [name for name, *_ in drawn.figures(again)]


@pytest.mark.parametrize("how", [{"intervals": 5}, {"seed": 1}, {"times": [3, 4]}, {"age": 22}, {"judges": [len]}])
def test_what_is_asked_otherwise_is_measured(run, count, how, monkeypatch):
    view(run)
    if "judges" in how:
        how = {"judges": [lambda rows: [float(len(row)) for row in rows]]}
    view(run, **how)
    assert len(count) == 2


def test_another_machine_or_other_rows_are_measured(run, count):
    view(run)
    training, _ = sources.reload(run)
    module.view(run, (training, dataset("family", n=30, seed=5)), intervals=4, **HOW)
    run.write_age(run.machine(10).state_dict(), 24)
    view(Run.open(run.path))
    assert len(count) == 3


def test_a_damaged_record_is_measured_anew(run, count):
    record = view(run).record
    (path,) = (run.path / kept.FOLDER).iterdir()
    path.write_text(path.read_text().replace("0.", "1.", 1))
    assert view(run).record == record
    assert len(count) == 2


@pytest.mark.parametrize(("changed", "measured"), [("scores/labels.py", 2), ("cli/main.py", 1)])
def test_other_code_that_measures_voids_what_is_kept(run, count, changed, measured, tmp_path, monkeypatch):
    for name in ("scores/labels.py", "cli/main.py"):
        (tmp_path / "package" / name).parent.mkdir(parents=True)
        (tmp_path / "package" / name).write_text("x = 1\n")
    monkeypatch.setattr(kept, "PACKAGE", tmp_path / "package")
    view(run)
    (tmp_path / "package" / changed).write_text("x = 2\n")
    kept.code.cache_clear()
    view(run)
    assert len(count) == measured
