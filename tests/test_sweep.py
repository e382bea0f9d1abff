"""Sweep: many trainings in one folder, by one process or several, killed or not."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from spinodal.files import extras
from spinodal.runs import lock, recipes, search, sweep
from spinodal.runs.archive import Run
from spinodal.runs.journal import Journal
from spinodal.runs.settings import Settings, Source
from spinodal.runs.sweep import best, read, settings_of, tune

from .calls import call
from .toys import QUICK, bits, dataset, files, trained

FIXED = Settings(**{k: x for k, x in QUICK.items() if k not in ("lr", "hidden")})
SEARCHED = {"lr": "0.02:1", "hidden": "4,6", "balance": "0:1", "label_weight": "0.5:2"}


def swept(out, *labels, settings=FIXED, searched=SEARCHED, trials=4, **how):
    """The trials that this call ended."""
    steps = tune(
        *dataset(*(labels or ["family"])).split("split"), out, settings, searched=searched, trials=trials, **how
    )
    return [step.trial for step in steps if step.progress is None]


def told(out):
    return [(row["trial"], row["state"], row["objective"]) for row in read(out)]


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """A sweep of four trials."""
    out = tmp_path_factory.mktemp("four") / "sweep"
    swept(out)
    return out


def test_a_trial_is_a_run_and_the_table_has_them_all(four):
    assert sorted(p.name for p in four.iterdir()) == ["best.toml", "journal.log", "trials", "trials.csv"]
    rows = read(four)
    assert [row["trial"] for row in rows] == sorted(p.name for p in (four / "trials").iterdir())
    assert settings_of(rows) == list(SEARCHED)
    for row in rows:
        run = Run.open(four / "trials" / row["trial"])
        assert run.ages[-1] == int(row["age"])
        assert {k: str(run.record["training"][k]) for k in SEARCHED} == {k: row[k] for k in SEARCHED}
        log = run.log()[-1]
        assert [float(row[k]) for k in ("accuracy", "adversarial_error")] == [
            float(log[k]) for k in ("accuracy", "adversarial_error")
        ]
        parts = (
            float(log["balanced_accuracy"]),
            float(log["label_fidelity"]),
            1 - (2 * float(log["adversarial_error"])) ** 0.5,
        )
        assert float(row["objective"]) == pytest.approx(sum(parts) / 3)
    assert {row["state"] for row in rows} <= {"complete", "pruned"}
    assert all(float(row["objective"]) <= float(best(rows)["objective"]) for row in rows if row["state"] == "complete")


def test_the_recipe_of_the_best_trains_to_its_bits(four, tmp_path):
    source, settings = recipes.load(str(four / "best.toml"))
    again = trained(tmp_path / "again", **{Settings.by_key()[k]: x for k, x in settings.given().items()})
    first = best(read(four))
    assert bits(again) == bits(Run.open(four / "trials" / first["trial"]))
    assert source == Source()
    said = tomllib.loads((four / "best.toml").read_text())["about"]
    value = f"{float(first['objective']):.4f} on held-out rows"
    assert said == f"Trial {first['trial']}, the best of 4 of a sweep: objective {value}."


def test_one_process_makes_the_same_sweep_again_and_goes_on_where_it_was(four, tmp_path):
    assert [t.number for t in swept(tmp_path / "sweep", trials=2)] == [0, 1]
    assert [t.number for t in swept(tmp_path / "sweep")] == [2, 3]
    assert swept(tmp_path / "sweep") == []
    assert told(tmp_path / "sweep") == told(four)


def test_a_trial_that_was_left_goes_on_to_the_same_bits(four, tmp_path):
    """A process that ends in the middle lets go of its trial, however it ends."""
    steps = tune(*dataset("family").split("split"), tmp_path / "sweep", FIXED, searched=SEARCHED, trials=4)
    for step in steps:
        if step.trial.number == 1 and step.progress and step.progress.age == 12:
            break
    steps.close()
    assert [row["state"] for row in read(tmp_path / "sweep")] == ["complete"]  # as it was when a trial last ended
    assert [t.number for t in swept(tmp_path / "sweep")] == [1, 2, 3]
    assert told(tmp_path / "sweep") == told(four)
    for row in read(four):
        assert bits(Run.open(tmp_path / "sweep/trials" / row["trial"])) == bits(
            Run.open(four / "trials" / row["trial"])
        )


WORKERS = """
import os, signal, sys
from pathlib import Path
import torch
from tests.test_sweep import FIXED, SEARCHED, dataset, tune
torch.set_num_threads(1)
out, trials = sys.argv[1], int(sys.argv[2])

def work(name, dies):
    for step in tune(*dataset("family").split("split"), out, FIXED, searched=SEARCHED, trials=trials):
        if dies and step.progress and step.progress.age == 5:  # before a saved age, where a trial may be stopped
            os.kill(os.getpid(), signal.SIGKILL)
        if step.progress is None:
            with open(f"{out}.{name}", "a") as file:
                print(step.trial.number, file=file)
    os._exit(0)

children = [os.fork() or work(name, name == "first") for name in ("first", "second")]
print(*(os.waitpid(child, 0)[1] for child in children))
"""


def test_workers_share_the_trials_and_one_that_is_killed_loses_none(tmp_path):
    out, root = tmp_path / "sweep", Path(__file__).parents[1]
    told = subprocess.run(
        [sys.executable, "-c", WORKERS, out, "6"], cwd=root, check=True, capture_output=True, text=True, timeout=120
    )
    assert told.stdout.split() == [str(int(signal.SIGKILL)), "0"]
    assert not (tmp_path / "sweep.first").exists()
    second = [int(line) for line in (tmp_path / "sweep.second").read_text().splitlines()]
    assert len(second) == len(set(second)) >= 5  # one more where it came to the trial that was left
    last = [t.number for t in swept(out, trials=6)]
    assert sorted(second + last) == list(range(6))
    rows = read(out)
    assert {row["state"] for row in rows} <= {"complete", "pruned"}
    assert len({tuple(row[k] for k in SEARCHED) for row in rows}) == 6
    assert not list(out.glob(".*.lock"))


def test_a_training_that_diverges_is_a_bad_trial(tmp_path):
    how = {"settings": FIXED, "searched": {"hidden": "4,5", "lr": "0.1,1e37"}, "trials": 9}
    ended = swept(tmp_path / "sweep", **how)
    assert len(ended) == 4  # as many as there are
    bad = [t for t in ended if t.point["lr"] == 1e37]
    assert [t.state for t in bad] == ["diverged"] * 2
    assert all("keeps the machine of age 0" in t.about["why"] for t in bad)
    rows = read(tmp_path / "sweep")
    assert {row["trial"] for row in rows if row["why"]} == {f"{t.number:04d}" for t in bad}
    assert best(rows)["lr"] == "0.1"
    assert swept(tmp_path / "sweep", **how) == []


def test_without_memory_or_with_what_is_no_number_a_trial_has_failed(tmp_path, monkeypatch):
    def short(*_, **__):
        raise MemoryError("4 GB are needed, and 1 GB is free")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(sweep.training, "train", short)
        (ended,) = swept(tmp_path / "sweep", trials=1)
    assert (ended.state, ended.value, ended.about["why"]) == ("failed", None, "4 GB are needed, and 1 GB is free")
    with monkeypatch.context() as patch:
        patch.setattr(sweep.objective, "objective", lambda *_: float("nan"))
        (ended,) = swept(tmp_path / "sweep", trials=2)
    assert (ended.state, ended.about["why"]) == ("failed", "its objective is not a number")
    assert [row["objective"] for row in read(tmp_path / "sweep")] == ["", ""]
    assert best(read(tmp_path / "sweep")) is None
    assert not (tmp_path / "sweep/best.toml").exists()


def test_other_errors_of_a_training_are_not_hidden(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a bug")
        yield

    monkeypatch.setattr(sweep.training, "train", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        swept(tmp_path / "sweep", trials=1)


def test_trials_that_were_stopped_early_can_be_thin(tmp_path):
    searched, settings = {"lr": "0.0001:5"}, Settings(**QUICK | {"lr": None, "updates": 40})
    swept(tmp_path / "sweep", settings=settings, searched=searched, trials=5, thin=True)
    rows = read(tmp_path / "sweep")
    assert {row["state"] for row in rows} == {"complete", "pruned"}
    for row in rows:
        run = Run.open(tmp_path / "sweep/trials" / row["trial"])
        assert run.machine().schedule.steps == 3
        whole = row["state"] == "complete"
        assert run.ages == ([0, 10, 15, 22, 32, 40] if whole else [int(row["age"])])
        assert (run.path / "resume.safetensors").exists() is whole
        assert len(run.log()) >= len(run.ages) - whole


def test_with_a_score_to_stop_on_the_objective_is_of_the_best_age(tmp_path):
    settings = Settings(**QUICK | {"stop_on": "adversarial_error", "lr": None})
    (one,) = swept(
        tmp_path / "sweep", settings=settings, searched={"lr": "0.3:0.4"}, trials=1, weights={"accuracy": 1.0}
    )
    run = Run.open(tmp_path / "sweep/trials/0000")
    row = next(row for row in run.log() if int(row["age"]) == run.record["best"]["age"])
    assert one.value == float(row["accuracy"]) == float(read(tmp_path / "sweep")[0]["accuracy"])


def test_data_without_labels_are_judged_by_what_is_generated(tmp_path):
    data = dataset()
    steps = tune(*data.split("split"), tmp_path / "sweep", Settings(**QUICK | {"lr": None}), searched=None, trials=1)
    (one,) = [step.trial for step in steps if step.progress is None]
    assert one.point.keys() == {"lr", "l1", "l2"}  # by default, without what QUICK has and labels
    error = float(Run.open(tmp_path / "sweep/trials/0000").log()[-1]["adversarial_error"])
    assert one.value == pytest.approx(1 - (2 * error) ** 0.5)


OTHER = {
    "data": ({"labels": ["host"]}, "other data: take these"),
    "ranges": ({"searched": SEARCHED | {"lr": "0.02:2"}}, "other ranges \\(lr was 0.02:1, not 0.02:2\\)"),
    "fewer": ({"searched": {"lr": "0.02:1"}}, "other ranges \\(hidden was 4,6, not left out"),
    "settings": ({"settings": Settings(**QUICK | {"updates": 30})}, "other settings \\(updates was 24, not 30\\)"),
    "objective": ({"weights": {"accuracy": 1.0}}, "other objective \\(balanced_accuracy was 1.0, not left out"),
}


@pytest.mark.parametrize(("how", "why"), OTHER.values(), ids=OTHER)
def test_a_sweep_of_something_else_stays_as_it_is(four, how, why):
    before = {p: p.read_bytes() for p in four.rglob("*") if p.is_file()}
    with pytest.raises(ValueError, match=f"sweep was begun with {why}") as error:
        swept(four, *how.get("labels", ()), **{k: x for k, x in how.items() if k != "labels"}, trials=9)
    assert "\n" not in str(error.value)
    assert {p: p.read_bytes() for p in four.rglob("*") if p.is_file()} == before


def test_what_is_no_sweep_stays_as_it_is(tmp_path):
    (tmp_path / "notes").write_text("mine")
    for place in (tmp_path, tmp_path / "notes"):
        with pytest.raises(FileExistsError, match="is not a sweep, and stays as it is: choose another place"):
            swept(place)
    assert [p.name for p in tmp_path.iterdir()] == ["notes"]


@pytest.mark.parametrize("text", ["{}\n", "no journal\n", '{"op_code": 0}\n', "[1]\n"])
def test_a_damaged_journal_is_said_in_a_line(tmp_path, text):
    out = tmp_path / "sweep"
    out.mkdir()
    (out / "journal.log").write_text(text)
    with pytest.raises(ValueError, match=r"journal.log is damaged \(.*restore it from a copy") as error:
        swept(out)
    assert "\n" not in str(error.value)


def test_a_damaged_table_is_said_in_a_line(tmp_path):
    (tmp_path / "trials.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"trials\.csv lacks the columns of a sweep's table"):
        read(tmp_path)


@pytest.mark.parametrize("missing", ["optuna", "tomli_w"])
def test_without_optuna_the_install_line_is_said(tmp_path, monkeypatch, missing):
    def absent(name):
        raise ImportError(name) if name == missing else AssertionError

    monkeypatch.setattr(extras, "import_module", lambda name: absent(name) if name == missing else None)
    with pytest.raises(ValueError, match=r'needs the package .*: pip install "spinodal\[sweep\]"'):
        swept(tmp_path / "sweep")
    assert not any(tmp_path.iterdir())


def test_a_disk_without_locks_leaves_trials_of_others_alone(tmp_path, monkeypatch):
    """There nobody can tell whether a trial's process is alive, so it isn't taken from it."""

    def refuse(*_, **__):
        raise OSError(lock.WITHOUT[0], "no locks")

    space = search.parse(SEARCHED)
    swept(tmp_path / "sweep", trials=1)
    Journal(tmp_path / "sweep/journal.log", space, 24, 0).ask()
    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.warns(UserWarning, match="has no locks"):
        assert [t.number for t in swept(tmp_path / "sweep", trials=3)] == [2]


def test_a_trial_whose_process_was_killed_while_it_asked_is_closed(tmp_path):
    """It has no point, or a part of one: there is nothing to go on with."""
    swept(tmp_path / "sweep", trials=1)
    journal = Journal(tmp_path / "sweep/journal.log", search.parse(SEARCHED), 24, 0)
    journal._study.ask({"lr": journal._space["lr"]})
    assert [t.number for t in swept(tmp_path / "sweep", trials=2)] == [2]
    assert [row["trial"] for row in read(tmp_path / "sweep")] == ["0000", "0002"]


# -- the command --------------------------------------------------------------------------------


def typed(folder, out, *more):
    fixed = [x for k in ("batch", "steps", "updates") for x in (f"--{k}", QUICK[k])]
    labels = ["--labels", folder / "family.csv", "--label", "family", "--split", "split"]
    return ["tune", folder / "family.fasta", *labels, *fixed, "--out", out, *more]


RANGES = ["--search", "lr=0.05:0.5", "--search", "label-weight=0.5:2"]


@pytest.mark.usefixtures("few_triplets", "few_figures")
def test_a_sweep_typed_and_its_best_run_on_a_page(tmp_path, capsys):
    folder, out = files(tmp_path), tmp_path / "sweep"
    command = typed(
        folder,
        out,
        *RANGES,
        "--hidden",
        5,
        "--trials",
        3,
        "--objective",
        "accuracy=2",
        "--objective",
        "label_fidelity=1",
    )
    assert call(*command) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[:2] for line in said[:3]] == [["trial", f"{i:04d}"] for i in range(3)]
    first = best(read(out))
    assert said[-2] == f"best: {out}/trials/{first['trial']}, objective {float(first['objective']):.4f}"
    assert (out / "trials.png").read_bytes().startswith(b"\x89PNG")
    assert call("train", "--recipe", out / "best.toml", "--out", tmp_path / "again") == 0
    again, run = Run.open(tmp_path / "again"), Run.open(out / "trials" / first["trial"])
    assert bits(again) == bits(run)
    brief = ["--intervals", 0, "--sets", 1, "--times", 3, "--ages", "none", "-o", tmp_path / "page.html"]
    assert call("report", run.path, *brief) == 0
    page = (tmp_path / "page.html").read_text()
    assert "Sweep sweep" in page
    for row in read(out):
        assert f">{row['trial']}<" in "".join(page.split())


TYPED = {
    "a setting twice": ([*RANGES, "--lr", 0.1], "lr is given and searched: leave one of them out"),
    "no range": (["--search", "lr"], '--search takes SETTING=RANGE, not "lr"'),
    "turned": (["--search", "lr=0.5:0.1"], "lr takes LOW:HIGH"),
    "no score": (["--objective", "beauty=1"], "these held-out data have no beauty for an objective"),
    "no weight": (["--objective", "accuracy=much"], "--objective takes SCORE=WEIGHT with numbers, not much"),
    "no trials": (["--trials", 0], "trials must be"),
}


@pytest.mark.parametrize(("more", "why"), TYPED.values(), ids=TYPED)
def test_what_is_typed_wrong_is_said_in_a_line(tmp_path, capsys, more, why):
    assert call(*typed(files(tmp_path), tmp_path / "sweep", *more)) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert why in said
    assert not (tmp_path / "sweep").exists()


def test_where_all_diverge_it_is_said_and_the_command_fails(tmp_path, capsys):
    out = tmp_path / "sweep"
    assert call(*typed(files(tmp_path), out, "--search", "lr=1e36,1e37", "--hidden", 4, "--trials", 2)) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(
        f"spinodal: none of the 2 trials: 2 diverged: search elsewhere, lower learning rates say; {out}"
    )
    assert [row["state"] for row in read(out)] == ["diverged"] * 2
