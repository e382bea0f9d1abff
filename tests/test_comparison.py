"""Comparison: runs side by side, from their records and logs."""

from __future__ import annotations

import pytest

import spinodal as sp
from spinodal.reporting.comparison import notes, row
from spinodal.runs.archive import Run

from .toys import chaotic_run, dataset, trained

SAID = {"held_out": "x", "n": 9, "chosen_by": None}


@pytest.mark.parametrize("how", [{}, {"stop_on": "spectrum_error", "patience": 1}], ids=["last", "best"])
def test_a_row_has_the_scores_of_the_chosen_age(tmp_path, how):
    run = trained(tmp_path / "run", updates=15, **how)
    found, log = row(run.path), {line["age"]: line for line in run.log()}[str(run.chosen())]
    assert {k: found[k] for k in ("name", "age", "minutes")} == {
        "name": str(run.path), "age": run.chosen(), "minutes": float(log["seconds"]) / 60
    }  # fmt: skip
    assert {k: found[k] for k in found.keys() & log.keys() - {"age"}} == {
        k: float(log[k]) for k in found.keys() & log.keys() - {"age"}
    }
    assert {"accuracy", "label_fidelity", "adversarial_error", "adversarial_floor", "spectrum_floor"} <= log.keys()
    assert (found["n"], found["held_out"]) == (12, dataset("family").split("split")[1].sha256)
    assert found["chosen_by"] == how.get("stop_on")


def test_unknown_values_are_none(tmp_path):
    sp.save(sp.rbm(sp.Bernoulli(3), visible=sp.Spin(4)), tmp_path / "run", age=7)
    found = row(tmp_path / "run")
    assert {k for k, x in found.items() if x is not None} == {"name", "age"}


def test_without_labels_there_are_no_label_scores(tmp_path):
    found = row(chaotic_run(tmp_path / "run").path)
    assert found["accuracy"] is None
    assert found["spectrum_error"] > 0
    run = Run.open(tmp_path / "run")
    run.revise(data={k: v for k, v in run.record["data"].items() if k != "held_out"})  # as older runs
    assert [row(run.path)[k] for k in ("n", "held_out")] == [None, None]


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ([{}, {}], []),
        ([{}, {"held_out": "y"}], ["scored on different held-out rows"]),
        ([{}, {"n": 12}], ["adversarial error depends on the number of rows, n, which differs: 9 of 0, 12 of 1"]),
        ([{}, {"held_out": "y", "n": 12}], ["scored on different", "adversarial error depends"]),
        ([{}, {"held_out": None, "n": None}], ["held-out rows not recorded: 1"]),
        ([{"chosen_by": "accuracy"}, {}], ["0: age chosen by accuracy on these held-out rows"]),
    ],
)
def test_each_difference_gives_a_warning(others, says):
    found = notes([{"name": str(i)} | SAID | other for i, other in enumerate(others)])
    assert len(found) == len(says)
    assert all(note.startswith(said) for note, said in zip(found, says))
