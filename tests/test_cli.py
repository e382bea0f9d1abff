from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import tasks
from spinodal.cli.main import main
from spinodal.data.dataset import concatenate
from spinodal.evaluation.quick_scores import flat
from spinodal.files import FORMATS
from spinodal.files.table import write_rows
from spinodal.reporting import text as terminal_text
from spinodal.runs import sources
from spinodal.runs import training as runs
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings, Source

from .calls import call
from .toys import AGES, QUICK, bits, files, image_file, rows, same_bits

pytestmark = pytest.mark.usefixtures("few_triplets")
COMMANDS = ["train", "tune", "generate", "predict", "complete", "score", "report", "compare", "info", "figures",
            "export", "verify", "locate",
            "likelihood", "scan", "sites", "contacts", "inspect", "import", "convert", "fetch", "demo",
            "ui"]  # fmt: skip
ABOUT = ["age", "steps", "n", "sets", "scale"]
ERRORS = ["adversarial_accuracy", "spectrum_error", "second_moment_error"]
SCORES = ["accuracy", "balanced_accuracy", "label_fidelity", *ERRORS, "quality"]


class NoInput(io.TextIOBase):
    """A standard input that nobody may read."""

    def readable(self):
        raise AssertionError("the standard input was read")

    read = readline = fileno = isatty = readable


@pytest.fixture(autouse=True)
def _nobody_reads(monkeypatch):
    monkeypatch.setattr(sys, "stdin", NoInput())


@pytest.fixture
def spinodal(capsys):
    """Run a command in this process: its standard output, if it ends well."""

    def run(*tokens):
        code, told = call(*tokens), capsys.readouterr()
        assert code == 0, told.err
        return told.out

    return run


@pytest.fixture
def refused(capsys):
    """Run a command that can't be done: its exit code, and the one line that says why."""

    def run(*tokens):
        code, told = call(*tokens), capsys.readouterr()
        assert code in (1, 2)
        assert told.out == ""
        assert told.err.startswith("spinodal: ")
        assert told.err.count("\n") == 1
        return code, told.err

    return run


def labels(folder):
    return ["--labels", folder / "family.csv", "--label", "family", "--split", "split"]


def quick(**settings):
    return [x for k, v in (QUICK | settings).items() for x in (f"--{k.replace('_', '-')}", v)]


def train(folder, out, *more, **settings):
    return ["train", folder / "family.fasta", *labels(folder), "--out", out, *quick(**settings), *more]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with data and a run, made by the command line."""
    folder = files(tmp_path_factory.mktemp("cli"))
    assert call(*train(folder, folder / "run")) == 0
    return folder


FILES = ["ages", "confidence", "log.csv", "resume.safetensors", "rows.safetensors", "run.json"]
"""Of a run."""


def snapshot(folder):
    """All files and what is in them."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# -- the tour -----------------------------------------------------------------------------------


def test_train_leaves_a_run(place):
    run = Run.open(place / "run")
    assert run.ages == AGES
    assert sorted(p.name for p in run.path.iterdir()) == FILES
    assert run.record["source"] == {
        "data": str(place / "family.fasta"),
        "labels": str(place / "family.csv"),
        "label": ["family"],
        "split": "split",
    }


def test_train_tells_every_age_in_a_line(place, tmp_path, capsys):
    assert call(*train(place, tmp_path / "run")) == 0
    told = capsys.readouterr()
    assert told.out == ""
    *lines, verdict = told.err.splitlines()
    assert verdict.startswith("no better than without learning: ")  # 24 updates of 36 rows
    assert [int(line.split()[1]) for line in lines] == AGES[1:]
    for line in lines:
        assert all(word in line for word in ("accuracy", "fidelity", "spectrum", "(floor", "updates/s"))
    assert [line.endswith(" left") for line in lines] == [True] * (len(lines) - 1) + [False]


def test_info_says_what_a_run_is(place, spinodal):
    said = spinodal("info", place / "run")
    for word in ("Potts 8 x 5", "alpha, beta, gamma", "Bernoulli 5", "fef", "0, 10, 15, 22, 24", "label fidelity"):
        assert word in said
    names = {line.split()[0] for line in said.splitlines()}
    assert not names & {"gain", "rate", "variance", "start_std", "self_coupling", "stop_on", "patience", "drawn"}
    assert "None" not in said
    found = json.loads(spinodal("info", place / "run", "--json"))
    assert found["ages"] == AGES
    assert [int(row["age"]) for row in found["log"]] == AGES[1:]


@pytest.mark.parametrize(("source", "data", "lines"), [
    ({}, {"notes": {}}, []),
    ({"data": "a.csv", "label": ["sex", "age"], "where": {"host": "fly", "x!": "y"}}, {"rows": 54},
     ["data a.csv", "label column sex, age", "where host=fly, x!=y", "rows 54 for training"]),
    ({"data": "a.fa", "labels": "b.csv", "label": [], "test": "c.fa"}, {"rows": 9, "held_out": {"rows": 3}},
     ["data a.fa", "test data c.fa", "labels from b.csv", "rows 9 for training, 3 held out"]),
    ({"label": "sex"}, {}, ["label column sex"]),
])  # fmt: skip
def test_info_says_what_was_learned_from(source, data, lines):
    record = {"machine": {"units": {}}, "training": {}, "source": source, "data": data}
    assert [" ".join(line.split()) for line in terminal_text.run_lines(record, [0], [], {})] == [*lines, "ages 0"]


def test_info_of_a_machine_saved_by_hand(tmp_path, spinodal):
    sp.save(sp.rbm(sp.Bernoulli(3), visible=sp.Spin(4)), tmp_path / "run")
    assert "Spin 4" in spinodal("info", tmp_path / "run")


def test_inspect_says_what_is_in_a_file(place, spinodal):
    said = spinodal("inspect", place / "family.fasta", *labels(place)[:4])
    assert all(word in said for word in ("rows", "60", "sites", "8", "RNA", "alpha", "20"))
    found = json.loads(spinodal("inspect", place / "table.csv", "--label", "host", "--json"))
    assert (found["rows"], found["alphabet"], found["labels"]) == (60, "RNA", {"label": {"fly": 30, "yeast": 30}})


def test_inspect_says_what_a_training_would_be(place, spinodal):
    def training(*more):
        return json.loads(spinodal("inspect", place / "family.fasta", *labels(place), *more, "--json"))["training"]

    settings = ["--hidden", 7, "--batch", 20, "--steps", 3]
    found = training(*settings)
    run = Run.open(place / "run")
    assert {k: found[k] for k in ("rows", "held_out")} == {"rows": run.record["data"]["rows"], "held_out": 12}
    assert (found["protocol"], found["hidden"], found["batch"], found["steps"]) == ("fef", 7, 20, 3)
    assert found["parameters"] == 43 * 7 + 43 + 7
    parts = found["memory_mb"]
    assert parts["peak"] >= parts["code"] + parts["data"]
    assert training(*settings, "--protocol", "pcd")["protocol"] == "pcd"
    assert training("--where", "host=fly")["rows"] == 24
    assert training("--sample", 9)["batch"] == 4
    assert "memory_mb" in spinodal("inspect", place / "family.fasta", *labels(place))


@pytest.mark.parametrize(
    ("asked", "rows", "fault"),
    [(["lonely.fasta"], 1, "part empty"), (["numbers.npz", "--alphabet", "gray"], 9, "no units can represent")],
)
def test_inspect_looks_at_what_can_not_be_trained_on(broken, spinodal, asked, rows, fault):
    np.savez(broken / "numbers.npz", visible=np.full((9, 2), 1.5))
    name, *more = asked
    found = json.loads(spinodal("inspect", broken / name, *more, "--json"))
    assert found["rows"] == rows
    assert fault in found["training"]["not_possible"]
    (broken / "numbers.npz").unlink()


def test_numbers_without_ends_are_real(broken, spinodal):
    np.savez(broken / "numbers.npz", visible=np.random.default_rng(0).normal(5, 3, (40, 2)))
    found = json.loads(spinodal("inspect", broken / "numbers.npz", "--hidden", 4, "--json"))
    (broken / "numbers.npz").unlink()
    assert found["alphabet"] == "REAL"
    assert found["training"]["rows"] == 36


@pytest.mark.parametrize("name", ["made.fasta", "made.csv", "made.tsv", "made.npz", "made.fasta.gz", "-"])
def test_generate_writes_what_the_suffix_says(place, tmp_path, spinodal, name):
    out = tmp_path / name if name != "-" else "-"
    said = spinodal("generate", place / "run", "--label", "beta=3", "--label", "alpha=2", "-o", out)
    if name == "-":
        out = tmp_path / "out.fasta"
        out.write_text(said)
    else:
        assert said == ""
    made = sp.read(out)
    assert made.texts("label").tolist() == ["beta"] * 3 + ["alpha"] * 2
    assert made["visible"].shape == (5, 8)


def test_generate_is_the_same_for_the_same_seed(place, spinodal):
    def one(*more):
        return spinodal("generate", place / "run", "-n", 9, "-o", "-", *more)

    assert one() == one("--seed", 0)
    assert one() != one("--seed", 1)
    assert one() != one("--age", 0)


def test_generate_takes_a_precision(place, spinodal, capsys, monkeypatch):
    used = []
    monkeypatch.setattr(
        tasks, "stream", lambda machine, *_, **__: used.append(machine.precision) or [sp.read(place / "family.fasta")]
    )
    spinodal("generate", place / "run", "-n", 9, "-o", "-", "--precision", "float32")
    spinodal("generate", place / "run", "-n", 9, "-o", "-")
    assert used == ["float32", "exact"]
    assert call("generate", place / "run", "-n", 9, "-o", "-", "--precision", "half") == 1
    assert capsys.readouterr().err == 'spinodal: precision is exact or float32, not "half"\n'


@pytest.mark.filterwarnings("default")
def test_a_precision_that_loses_weights_is_noted(place, capsys, monkeypatch):
    monkeypatch.setattr("spinodal.runs.soundness.UNEVEN", 1.0)
    for precision, noted in (("exact", 1), ("float32", 0)):
        assert call("generate", place / "run", "-n", 1, "-o", "-", "--precision", precision) == 0
        assert capsys.readouterr().err.count("15-bit integers lose the small ones") == noted


@pytest.mark.parametrize("name", ["a.fasta", "a.csv.gz", "a.npz", "-"])
@pytest.mark.parametrize("what", [["--label", "beta=50", "--label", "alpha=3"], ["-n", 64], ["--like", "@run"]])
def test_what_is_generated_is_the_same_file_for_any_block(place, tmp_path, spinodal, monkeypatch, name, what):
    def made():
        out = tmp_path / name if name != "-" else "-"
        said = spinodal("generate", place / "run", *placed(map(str, what), place), "-o", out)
        return said if out == "-" else out.read_bytes()

    whole = made()
    for block in (1, 7, 64):
        monkeypatch.setattr(tasks, "BLOCK", block)
        assert made() == whole


def test_generating_stops_midway_and_leaves_what_was_there(place, tmp_path, monkeypatch):
    out, shown = tmp_path / "made.fasta", iter(range(3))
    out.write_text("old")

    def stop(*_):
        if next(shown, None) is None:
            raise KeyboardInterrupt
        return real(*_)

    real = tasks._dataset_of
    monkeypatch.setattr(tasks, "BLOCK", 5)
    monkeypatch.setattr(tasks, "_dataset_of", stop)
    assert call("generate", place / "run", "-n", 50, "-o", out) == 130
    assert snapshot(tmp_path) == {Path("made.fasta"): b"old"}


@pytest.mark.parametrize(("like", "n"), [("run", 12), ("family.fasta", 60)])
def test_generate_like_a_run_or_a_file(place, tmp_path, spinodal, like, n):
    spinodal("generate", place / "run", "--like", place / like, "-o", tmp_path / "made.csv")
    rows_of = [r for r in rows() if n == 60 or r["split"] == "test"]
    assert sp.read(tmp_path / "made.csv").texts("label").tolist() == [r["family"] for r in rows_of]


def test_rows_like_unlabeled_ones_get_no_label(place, tmp_path, capsys):
    known = ["alpha", "", "beta", "", ""]
    text = "".join(f">x{i}{name and ' label='}{name}\nACGUACGU\n" for i, name in enumerate(known))
    (tmp_path / "like.fasta").write_text(text)
    assert call("generate", place / "run", "--like", tmp_path / "like.fasta", "-o", tmp_path / "made.csv") == 0
    assert "5 rows to " in (told := capsys.readouterr().err)
    assert "made.csv, 3 of them without a label, like the rows that were named" in told
    made = sp.read(tmp_path / "made.csv")
    assert made.table["label"].tolist() == known if "label" in made.table else made.texts("label").tolist() == known


@pytest.fixture
def lenient(two, tmp_path):
    """A run with two label columns that was trained with --unknown -, and rows with a foreign letter or a gap there."""
    text = ">x label:family=beta label:host=fly\nACGUACGJ\n"
    (tmp_path / "odd.fasta").write_text(text)
    (tmp_path / "gap.fasta").write_text(text.replace("J", "-"))
    shutil.copytree(two / "two", tmp_path / "run")
    run = Run.open(tmp_path / "run")
    run.revise(source=run.record["source"] | {"unknown": "-"})
    return tmp_path


@pytest.mark.filterwarnings("default:.*which are not in")
@pytest.mark.parametrize("command", [["predict"], ["complete", "--hold", "8"]], ids=str)
def test_foreign_letters_are_read_as_in_the_training_or_as_is_said(lenient, spinodal, command):
    def told(name, *more):
        return spinodal(command[0], lenient / "run", lenient / name, *command[1:], *more, "-o", "-")

    assert told("odd.fasta") == told("odd.fasta", "--unknown", "-") == told("gap.fasta")
    assert told("odd.fasta", "--unknown", "?") != told("gap.fasta")


@pytest.mark.filterwarnings("default:.*which are not in")
def test_rows_that_know_their_labels_are_like_themselves(lenient, spinodal):
    made = spinodal("generate", lenient / "run", "--like", lenient / "odd.fasta", "-o", "-")
    assert made.startswith(">g0001 label:family=beta label:host=fly\n")


def test_match_columns_are_taken_from_training_to_completion(tmp_path, spinodal):
    """A run that learned match columns takes those of any other alignment to the same model."""
    for name, insert in [("a", "..."), ("b", "g-a")]:
        rows = "".join(f"{name}{i} {'ACGU'[i % 4]}C{insert}GU\n" for i in range(40))
        (tmp_path / f"{name}.sto").write_text(f"# STOCKHOLM 1.0\n{rows}#=GC RF xx...xx\n//\n")
    (tmp_path / "c.fasta").write_text("".join(f">c{i}\nACGU\n" for i in range(40)))
    spinodal("train", tmp_path / "a.sto", "--match", "--out", tmp_path / "run", *quick())
    assert sp.load(tmp_path / "run").units["visible"].sites == 4
    for name in ("a.sto", "b.sto", "c.fasta"):
        made = spinodal("complete", tmp_path / "run", tmp_path / name, "--hold", "1", "-o", "-")
        assert [len(line) for line in made.splitlines()[1::2]] == [4] * 40
    spinodal("score", tmp_path / "run", "--quick")
    assert json.loads(spinodal("inspect", tmp_path / "a.sto", "--match", "--json"))["sites"] == 4
    spinodal("generate", tmp_path / "run", "-n", 3, "-o", tmp_path / "made.sto")
    assert sp.read(tmp_path / "made.sto").notes["columns"] == {"RF": "xxxx"}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("alphabet", ["-RY", "-01"])
def test_an_alphabet_may_begin_with_a_gap(tmp_path, spinodal, refused, alphabet):
    rows = "".join(f">{i}\n{alphabet[i % 2 + 1]}{alphabet[2]}{alphabet[1]}-\n" for i in range(40))
    (tmp_path / "a.fasta").write_text(rows)
    assert f'--alphabet "{alphabet}"' in refused("inspect", tmp_path / "a.fasta")[1]
    found = json.loads(spinodal("inspect", tmp_path / "a.fasta", "--alphabet", alphabet, "--json"))
    assert (found["sites"], found["missing"]) == (4, 0)


@pytest.mark.parametrize("command", ["train", "tune"])
def test_a_table_of_which_no_column_is_named_is_an_error_before_the_training(place, tmp_path, capsys, command):
    tokens = [place / "family.fasta", "--labels", place / "family.csv", "--out", tmp_path / "new", "--updates", 2]
    assert call(command, *tokens) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert 'None is called "label": name one by --label (family, host, split), or pass --label ""' in said
    assert not (tmp_path / "new").exists()


def test_a_table_of_which_no_column_is_named_can_be_looked_at(place, spinodal):
    tokens = ["inspect", place / "family.fasta", "--labels", place / "family.csv", "--json"]
    assert "name one by --label" in json.loads(spinodal(*tokens))["training"]["not_possible"]
    assert "not_possible" not in json.loads(spinodal(*tokens, "--label", ""))["training"]


def test_a_run_that_was_trained_without_naming_a_column_goes_on(place, tmp_path, spinodal):
    """Older runs say that they have a table of labels, and no label."""
    data = sp.read(place / "family.fasta", place / "family.csv", [])
    source = Source(data=str(place / "family.fasta"), labels=str(place / "family.csv"))
    *_, _ = runs.train(*data.split(0.9), tmp_path / "run", Settings(**QUICK), source=source)
    spinodal("train", "--resume", "--out", tmp_path / "run", "--updates", 26)
    assert spinodal("score", tmp_path / "run")


@pytest.mark.filterwarnings("default")
def test_other_steps_than_trained_are_noted_in_a_line(place, capsys):
    assert call("generate", place / "run", "-n", 1, "--steps", 9, "-o", "-") == 0
    assert "spinodal: note: the machine was trained to generate in 3 steps, not 9\n" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["-", "guess.csv", "guess.csv.gz"])
def test_predict_writes_a_table(place, tmp_path, spinodal, out):
    path = tmp_path / out if out != "-" else out
    said = spinodal("predict", place / "run", place / "family.fasta", *(["-o", path] if out != "-" else []))
    raw = said.encode() if out == "-" else path.read_bytes()
    text = (gzip.decompress(raw) if out.endswith("gz") else raw).decode()
    table = list(csv.DictReader(io.StringIO(text)))
    every = [f"{raw}p({name})" for raw in ("", "raw ") for name in ("alpha", "beta", "gamma")]
    assert list(table[0]) == ["name", "predicted", "confidence", "likeness", "nearest_identity", *every]
    assert [row["name"] for row in table] == [r["name"] for r in rows()]
    guess = sp.predict(sp.load(place / "run"), sp.read(place / "family.fasta"))
    own = sp.load_confidence(place / "run").of(guess)
    assert [row["predicted"] for row in table] == own.labels()
    for raw, p in (("", own.probability), ("raw ", guess.probability)):
        read = [[float(row[f"{raw}p({name})"]) for name in ("alpha", "beta", "gamma")] for row in table]
        np.testing.assert_allclose(read, p["label"], rtol=1e-5)
    trained = [row["nearest_identity"] == "1" for row in table]
    assert all(same for same, row in zip(trained, rows()) if row["split"] == "train")


@pytest.mark.filterwarnings("default")
def test_rows_below_a_confidence_stay_unlabeled(place, tmp_path, capsys):
    out, tokens = tmp_path / "sure.csv", ("predict", place / "run", place / "family.fasta", "-o")
    trust = sp.load_confidence(place / "run")
    guess = trust.of(sp.predict(sp.load(place / "run"), sp.read(place / "family.fasta"))).confidence()
    least = round(float(np.sort(guess)[30:32].mean()), 6)
    assert call(*tokens, out, "--at-least", least) == 0
    said = capsys.readouterr().err
    labeled = [row["predicted"] != "" for row in csv.DictReader(io.StringIO(out.read_text()))]
    assert labeled == (guess >= least).tolist()
    assert 0 < sum(labeled) < len(labeled)
    n, right = trust.layers["label"].at_least(least)
    share = f", and {right / n:.3f} of these ({right}) are right" if n else ""
    start = f"labeled, as at least {least:g} sure: {sum(labeled)} of 60; of 12 held-out rows {n} would be"
    assert start + share in said
    assert call(*tokens, out, "--at-least", 1.5) == 1
    assert "at_least is from 0 to 1, not 1.5" in capsys.readouterr().err


@pytest.mark.filterwarnings("default")
def test_without_its_data_a_run_still_calibrates_and_says_what_it_lacks(place, tmp_path, capsys):
    shutil.copytree(place / "run", tmp_path / "run")
    run = Run.open(tmp_path / "run")
    run.revise(source={**run.record["source"], "data": str(tmp_path / "gone.fasta")})
    tokens = ("predict", tmp_path / "run", place / "family.fasta", "-o")
    assert call(*tokens, tmp_path / "a.csv") == 0
    assert "nearest_identity is left empty, as the training rows can't be read" in capsys.readouterr().err
    assert call(*tokens, tmp_path / "b.csv", "--no-nearest") == 0
    assert "empty" not in capsys.readouterr().err
    first, second = (list(csv.DictReader(io.StringIO((tmp_path / name).read_text()))) for name in ("a.csv", "b.csv"))
    assert {row.pop("nearest_identity") for row in first} == {""}
    assert first == second
    shutil.rmtree(tmp_path / "run/confidence")
    assert call(*tokens, tmp_path / "c.csv", "--no-nearest", "--at-least", 0.9) == 0
    told = capsys.readouterr().err
    assert "probabilities are the machine's own, and not calibrated: " in told
    assert "how often these are right is not known" in told
    third = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text())))
    assert [row["p(alpha)"] for row in third] == [row["raw p(alpha)"] for row in second]
    assert "raw p(alpha)" not in third[0]


def test_score_prints_the_json_of_the_issue(place, spinodal):
    found = json.loads(spinodal("score", place / "run", "--json", "--quick"))
    assert list(found) == [*ABOUT, *SCORES]
    assert (found["age"], found["steps"], found["n"]) == (24, 3, 12)
    assert list(found["adversarial_accuracy"]) == ["truth", "synthetic", "error", "floor"]
    assert all(list(found[k]) == ["value", "floor"] for k in ERRORS[1:])
    assert found["scale"] == [0, 1]


SCORED = [{}, {"seed": 3, "averaging": 8}, {"stop_on": "quality", "precision": "float32"}]


@pytest.mark.parametrize("how", SCORED, ids=str)
def test_score_of_one_set_is_what_the_log_has(place, tmp_path, spinodal, how):
    spinodal(*train(place, tmp_path / "run", "--label", "host", **how))
    for row in Run.open(tmp_path / "run").log():
        found = json.loads(spinodal("score", tmp_path / "run", "--json", "--quick", "--age", row["age"], "--sets", 1))
        assert (found["age"], found["sets"]) == (int(row.pop("age")), 1)
        assert row.pop("seconds")
        assert {name: str(x) for name, x in flat(found).items()} == row


def test_score_of_several_sets_says_that_the_log_is_of_one(place, spinodal):
    last = spinodal("score", place / "run").splitlines()[-1]
    assert last == "means over 5 sets of generated rows; log.csv is of one set: --sets 1 gives its numbers"
    for more in (["--sets", 1], ["--seed", 1], ["--rows", 9], ["--guidance", 0.5], [place / "table.csv"], ["--age", 0]):
        assert "log.csv" not in spinodal("score", place / "run", *more), more


def test_score_for_people_and_at_times(place, spinodal):
    said = spinodal("score", place / "run", "--times", "1,9")
    assert all(f"t = {t} " in said for t in (1, 3, 9))
    assert all(k.replace("_", " ") in said for k in ("accuracy", "label_fidelity", *ERRORS[1:]))
    assert "entries from 0 to 1" in said
    found = json.loads(spinodal("score", place / "run", "--times", "9,1", "--json", "--quick"))
    assert [row["time"] for row in found["times"]] == [1, 3, 9]


def test_score_as_json_has_all_scores_too(place, early, spinodal):
    found = json.loads(spinodal("score", early.path, "--json", "--rows", 9, "--sets", 2, "--times", "9"))
    quick = json.loads(spinodal("score", early.path, "--json", "--rows", 9, "--sets", 2, "--times", "9", "--quick"))
    evidence = found.pop("evidence")
    assert found == quick
    assert [evidence[k] for k in ("age", "n", "sets", "chosen_by")] == [early.chosen(), 9, 2, "accuracy"]
    assert [row["time"] for row in evidence["times"]] == [3, 9]
    assert evidence["scores"]["accuracy"]["value"] == found["accuracy"]
    assert {"floor", "baseline", "interval"} <= evidence["scores"]["adversarial_error"].keys()
    assert "ages" not in evidence


def test_score_on_other_data(place, spinodal):
    found = json.loads(
        spinodal("score", place / "run", place / "table.csv", "--where", "host=fly", "--json", "--quick")
    )
    assert found["n"] == 30
    assert list(found) == [*ABOUT, *SCORES]


def test_score_knows_the_labels_of_what_was_generated_and_of_the_training(place, tmp_path, spinodal):
    spinodal("generate", place / "run", "-n", 20, "-o", tmp_path / "new.fasta")
    for data in (tmp_path / "new.fasta", place / "family.fasta"):
        found = json.loads(spinodal("score", place / "run", data, "--json", "--quick"))
        assert list(found) == [*ABOUT, *SCORES]


def test_resume_goes_on_to_the_same_bits(place, tmp_path, spinodal):
    spinodal(*train(place, tmp_path / "run", updates=12))
    spinodal("train", "--resume", "--out", tmp_path / "run", "--updates", 24)
    found = bits(Run.open(tmp_path / "run"))
    assert {k: v for k, v in found.items() if k != 12} == bits(Run.open(place / "run"))


def test_resume_begins_what_is_not_there(place, tmp_path, spinodal):
    spinodal(*train(place, tmp_path / "run", "--resume"))
    assert bits(Run.open(tmp_path / "run")) == bits(Run.open(place / "run"))


def test_overwrite_begins_anew(place, tmp_path, spinodal):
    spinodal(*train(place, tmp_path / "run", hidden=3))
    spinodal(*train(place, tmp_path / "run", "--overwrite"))
    assert bits(Run.open(tmp_path / "run")) == bits(Run.open(place / "run"))


def test_a_run_knows_its_data_from_everywhere(place, tmp_path, monkeypatch, spinodal):
    monkeypatch.chdir(place)
    spinodal(
        "train", "family.fasta", "--labels", "family.csv", "--label", "family", "--out", tmp_path / "run", *quick()
    )
    monkeypatch.chdir(tmp_path)
    assert json.loads(spinodal("score", "run", "--json", "--quick"))["n"] == 6


def test_a_run_whose_data_have_moved_is_told_where_they_are(place, tmp_path, spinodal):
    (tmp_path / "old").mkdir()
    spinodal(*train(files(tmp_path / "old"), tmp_path / "run", updates=12))
    (tmp_path / "old").rename(tmp_path / "new")
    assert call("score", tmp_path / "run") == 1
    data = [tmp_path / "new/family.fasta", "--labels", tmp_path / "new/family.csv"]
    spinodal("train", *data, "--out", tmp_path / "run", "--resume", "--updates", 24)
    assert json.loads(spinodal("score", tmp_path / "run", "--json", "--quick"))["age"] == 24


def test_on_a_terminal_a_bar_tells_how_far_it_is(place, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert call(*train(place, tmp_path / "run")) == 0
    told = capsys.readouterr().err
    assert "of at most 24" in told
    assert "fidelity" in told


def test_a_recipe_is_overruled_by_what_is_given(place, tmp_path, spinodal):
    (tmp_path / "mine.toml").write_text(
        'label = "family"\nhidden = 3\nupdates = 11\nsteps = 2\nwhere = {host = "fly"}\n'
    )
    data = [place / "family.fasta", "--labels", place / "family.csv"]
    spinodal("train", *data, "--recipe", tmp_path / "mine.toml", "--hidden", 4, "--out", tmp_path / "run")
    record = Run.open(tmp_path / "run").record
    assert [record["training"][k] for k in ("hidden", "updates", "steps")] == [4, 11, 2]
    assert record["data"]["rows"] == 27


@pytest.mark.filterwarnings("default")  # few held-out rows
@pytest.mark.parametrize(
    ("options", "layers"),
    [
        ([], ["visible", "hidden"]),
        (["--label", "family", "--label", "host"], ["visible", "label:family", "label:host", "hidden"]),
    ],
)
def test_the_whole_way_without_labels_and_with_two(place, tmp_path, spinodal, options, layers):
    run = tmp_path / "run"
    spinodal("train", place / "table.csv", *options, "--out", run, *quick())
    assert list(sp.load(run).units) == layers
    names = ["--label", "family:beta,host:fly=4"] if options else ["-n", 4]
    assert spinodal("generate", run, *names, "-o", "-").count(">") == 4
    found = json.loads(spinodal("score", run, "--json", "--quick"))
    assert ("labels" in found) is bool(options)
    if options:
        first = spinodal("predict", run, place / "family.fasta").splitlines()[0].split(",")
        assert first[:2] == ["name", "family predicted"]


@pytest.mark.filterwarnings("default")
def test_rows_with_holes_train_score_and_are_predicted(place, tmp_path, spinodal):
    write_rows(tmp_path / "holes.csv", [r | {"sequence": "?" + r["sequence"][1:]} for r in rows()])
    run = tmp_path / "run"
    spinodal("train", tmp_path / "holes.csv", "--label", "family", "--out", run, *quick())
    assert "adversarial" not in spinodal("score", run)
    assert len(spinodal("predict", run, tmp_path / "holes.csv").splitlines()) == 61


# -- what is unknown ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(place):
    """A run with two label columns, and rows with holes of which the host is known."""
    labels = ["--labels", place / "family.csv", "--label", "family", "--label", "host", "--split", "split"]
    assert call("train", place / "family.fasta", *labels, "--out", place / "two", *quick()) == 0
    write_rows(place / "holes.csv", [r | {"sequence": "??" + r["sequence"][2:], "family": ""} for r in rows()])
    write_rows(place / "hosts.csv", [{"name": r["name"], "host": r["host"]} for r in rows()])
    (place / "holes.fasta").write_text("".join(f">{r['name']}\n??{r['sequence'][2:]}\n" for r in rows()))
    return place


@pytest.mark.parametrize("name", ["made.fasta", "made.csv", "made.tsv.gz", "made.npz", "-"])
@pytest.mark.parametrize("more", [[], ["--most-probable"], ["-n", 3], ["--most-probable", "-n", 3]], ids=str)
def test_complete_fills_what_is_unknown_and_keeps_what_is_known(two, tmp_path, spinodal, name, more):
    out = tmp_path / name if name != "-" else "-"
    said = spinodal("complete", two / "two", two / "holes.csv", *more, "-o", out)
    if name == "-":
        out = tmp_path / "out.fasta"
        out.write_text(said)
    made, times = sp.read(out), 3 if more == ["-n", 3] else 1
    want = [r for r in rows() for _ in range(times)]
    assert len(made) == 60 * times
    assert [text[2:] for text in made.texts("visible")] == [r["sequence"][2:] for r in want]
    assert not any("?" in text for text in made.texts("visible"))
    assert made.texts("label:host").tolist() == [r["host"] for r in want]
    assert set(made.texts("label:family")) <= {"alpha", "beta", "gamma"}


def test_complete_is_the_same_for_the_same_seed_and_any_block(two, spinodal, monkeypatch):
    def one(*more):
        return spinodal("complete", two / "two", two / "holes.fasta", "-n", 2, "-o", "-", *more)

    first = one()
    assert first == one("--seed", 0) != one("--seed", 1)
    assert first != one("--age", 10)
    monkeypatch.setattr(tasks, "BLOCK", 7)
    assert first == one()


def test_probabilities_stand_beside_what_is_most_probable(two, tmp_path, spinodal):
    out, beside = tmp_path / "made.csv", tmp_path / "p.csv"
    spinodal("complete", two / "two", two / "holes.csv", "--most-probable", "--probabilities", beside, "-o", out)
    with beside.open() as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == ["name", "layer", "site", "symbol", "probability"]
    assert len(table) == 60 * 3
    made = sp.read(out)
    row_of = {name: i for i, name in enumerate(made.names)}
    for line in table:
        text = made.texts(line["layer"])[row_of[line["name"]]]
        assert line["symbol"] == (text[int(line["site"]) - 1] if line["layer"] == "visible" else text)
        assert 0 < float(line["probability"]) <= 1


def test_probabilities_are_of_sites_by_their_names(tmp_path, spinodal):
    names = ["1:100_A_G", "1:250_C_T", "1:900_G_A"]
    legend = ["id position a0 a1", *(f"{name} {name.split(':')[1].split('_')[0]} A G" for name in names)]
    rows = np.tile([[0, 1, 0], [1, 0, 1]], (20, 1))
    (tmp_path / "a.hapt").write_text("".join(f"Real p{i}_A {' '.join(map(str, row))}\n" for i, row in enumerate(rows)))
    (tmp_path / "a.legend").write_text("\n".join(legend) + "\n")
    spinodal("train", tmp_path / "a.hapt", "--out", tmp_path / "run", "--hidden", 3, "--updates", 10, "--batch", 20)
    how = ["--hold", "1", "--most-probable", "--probabilities", tmp_path / "p.csv", "-o", tmp_path / "made.hapt"]
    spinodal("complete", tmp_path / "run", tmp_path / "a.hapt", *how)
    with (tmp_path / "p.csv").open() as file:
        assert [line["site"] for line in csv.DictReader(file)][:2] == ["1:250_A_G", "1:900_A_G"]


@pytest.mark.parametrize("more", [["--label", "family:beta"], ["--label", "beta,host:fly"], ["--given", "host"], []])
def test_a_motif_is_held_exactly_and_all_else_is_drawn(two, tmp_path, spinodal, more):
    more = ["--label", "family:beta,host:fly"] if "beta,host:fly" in more else more
    beside = ["--labels", two / "family.csv"] if "--given" in more else []
    tokens = ["complete", two / "two", two / "family.fasta", "--hold", "3-5,8", "-n", 4, *beside, *more]
    spinodal(*tokens, "-o", tmp_path / "made.csv")
    made, want = sp.read(tmp_path / "made.csv"), [r for r in rows() for _ in range(4)]
    assert made.names.tolist() == [f"{r['name']}_{i % 4 + 1}" for i, r in enumerate(want)]
    assert [text[2:5] + text[7] for text in made.texts("visible")] == [
        r["sequence"][2:5] + r["sequence"][7] for r in want
    ]
    assert len({text[:2] for text in made.texts("visible")}) > 5
    families, hosts = made.texts("label:family"), made.texts("label:host")
    assert (set(families) == {"beta"}) is ("--label" in more)
    assert (set(hosts) == {"fly"}) is ("family:beta,host:fly" in more)
    assert (hosts.tolist() == [r["host"] for r in want]) is ("--given" in more)


@pytest.mark.parametrize("name", ["family:beta=40", "beta=40", "host:fly=40", "host:fly,family:beta=40"])
def test_labels_that_are_not_asked_for_are_drawn(two, tmp_path, spinodal, name):
    spinodal("generate", two / "two", "--label", name, "-o", tmp_path / "made.csv")
    made = sp.read(tmp_path / "made.csv")
    for column, label in (("family", "beta"), ("host", "fly")):
        assert (set(made.texts(f"label:{column}")) == {label}) is (label in name)


def test_labels_beside_are_known_unless_none_is_given(two, tmp_path, spinodal):
    def hosts(*more):
        spinodal("complete", two / "two", two / "holes.fasta", *more, "-o", tmp_path / "made.csv")
        table = sp.read(tmp_path / "made.csv")
        assert not {"host", "family"} & table.table.keys()
        return table.texts("label:host").tolist()

    true = [r["host"] for r in rows()]
    assert hosts("--labels", two / "hosts.csv") == true != hosts()
    assert hosts("--labels", two / "family.csv", "--given", "host") == true
    assert hosts("--labels", two / "hosts.csv", "--given", "") == hosts()


def test_one_label_is_called_as_it_was_trained(place, tmp_path, spinodal):
    for column in ("family", "label"):
        tokens = ["--labels", place / "family.csv", "--given", column, "-o", tmp_path / "made.csv"]
        if column == "label":
            sp.write(sp.read(place / "family.fasta", place / "family.csv", "family"), tmp_path / "own.fasta")
            tokens[:2] = []
        data = tmp_path / "own.fasta" if column == "label" else place / "family.fasta"
        spinodal("complete", place / "run", data, *tokens)
        assert sp.read(tmp_path / "made.csv").texts("label").tolist() == [r["family"] for r in rows()]


def test_a_label_that_a_machine_lacks_stays_in_the_table(place, two, tmp_path, spinodal):
    sp.write(sp.read(place / "table.csv", label=["host", "split"]), tmp_path / "own.csv")
    spinodal("complete", place / "run", tmp_path / "own.csv", "-o", tmp_path / "made.csv")
    made = sp.read(tmp_path / "made.csv")
    assert made.texts("label:host").tolist() == [r["host"] for r in rows()]
    assert set(made.texts("label")) <= {"alpha", "beta", "gamma"}


@pytest.mark.parametrize("given", ["host", "family"])
def test_a_label_is_predicted_given_the_other(two, spinodal, given):
    other = {"host": "family", "family": "host"}[given]
    tokens = ["predict", two / "two", two / "family.fasta"]
    said = spinodal(*tokens, "--labels", two / "family.csv", "--given", given)
    table = list(csv.DictReader(io.StringIO(said)))
    data = sp.read(two / "family.fasta", two / "family.csv", ["family", "host"])
    guess = sp.predict(sp.load(two / "two"), data, given=[given])
    assert [row["predicted"] for row in table] == guess.labels(f"label:{other}")
    assert list(csv.DictReader(io.StringIO(spinodal(*tokens)))) != table


@pytest.mark.parametrize("condition", ["host=fly", "host!=fly", "family=beta", "split=test"])
def test_rows_are_chosen_by_a_condition(place, tmp_path, spinodal, condition):
    """In all commands that read rows for a run: what is said of these rows is what is said of them among all."""
    column, value = condition.replace("!", "").split("=")
    want = [r["name"] for r in rows() if (r[column] == value) is ("!" not in condition)]
    tokens = [place / "run", place / "family.fasta", "--labels", place / "family.csv"]
    for command in ("predict", "likelihood"):
        first, *every = spinodal(command, *tokens).splitlines()
        some = spinodal(command, *tokens, "--where", condition).splitlines()
        assert some == [first, *(line for line in every if line.split(",")[0] in want)]
    spinodal("complete", *tokens, "--hold", "3", "--where", condition, "-o", tmp_path / "made.fasta")
    assert sp.read(tmp_path / "made.fasta").names.tolist() == want


def test_only_rows_without_a_label_are_predicted(two, tmp_path, spinodal):
    """A label is unknown if it is empty, or if there is none; of the labels that are given this doesn't matter."""
    data = sp.read(two / "family.fasta", two / "family.csv", ["family", "host"])
    holes = data.hide("label:family").select(slice(0, 7))
    sp.write(concatenate([holes, data.select(slice(7, 60))]), tmp_path / "some.csv")

    def names(path, *more):
        said = spinodal("predict", two / "two", path, "--only-unknown", *more)
        return [row["name"] for row in csv.DictReader(io.StringIO(said))]

    assert names(tmp_path / "some.csv") == names(tmp_path / "some.csv", "--given", "host") == data.names[:7].tolist()
    assert names(two / "family.fasta") == data.names.tolist()
    assert call("predict", two / "two", tmp_path / "some.csv", "--only-unknown", "--given", "family") == 1


def test_a_training_hides_what_it_is_told_to(place, tmp_path, spinodal):
    spinodal(*train(place, tmp_path / "run", "--hide", 0.25, updates=12))
    spinodal("train", "--resume", "--out", tmp_path / "run", "--updates", 24)
    spinodal(*train(place, tmp_path / "whole", "--hide", 0.25))
    found, whole = Run.open(tmp_path / "run"), Run.open(tmp_path / "whole")
    assert found.record["training"]["hide"] == 0.25
    assert {k: v for k, v in bits(found).items() if k != 12} == bits(whole) != bits(Run.open(place / "run"))
    assert "adversarial_floor" in found.log()[0]


def test_images_are_completed_as_gray(dream, tmp_path, spinodal):
    data = sp.read(dream / "a.idx", label=[], alphabet="gray").hide("visible", sites=[3, 7])
    sp.write(data, tmp_path / "holes.npz")
    for more in ([], ["--most-probable", "--probabilities", tmp_path / "p.csv"]):
        spinodal("complete", dream / "run", tmp_path / "holes.npz", *more, "-o", tmp_path / "made.npz")
        made, there = (
            sp.read(tmp_path / "made.npz", alphabet="gray")["visible"],
            [i for i in range(12) if i not in (3, 7)],
        )
        assert (made[:, there] == data["visible"][:, there]).all()
        assert not np.isnan(made).any()
    assert (tmp_path / "p.csv").read_text() == "name,layer,site,symbol,probability\n"


# -- stopping early -----------------------------------------------------------------------------


STOP = {"stop_on": "accuracy", "patience": 1.5}
CHOSEN = "age chosen by accuracy on these held-out rows"


@pytest.fixture(scope="module")
def early(place):
    """A run that was stopped early, made by the command line."""
    assert call(*train(place, place / "early", **STOP, updates=800)) == 0
    return Run.open(place / "early")


def test_a_training_that_stops_says_so_and_says_it_again(place, early, tmp_path, capsys):
    capsys.readouterr()
    best, end = early.record["best"], early.ages[-1]
    assert best["age"] < end < 800
    before = bits(early)
    assert call("train", "--out", early.path, "--resume") == 0
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith(f"stopped at age {end} of 800, 1.5 times the age of the best accuracy of its log")
    assert second == f"best: accuracy {best['value']:.4g} at age {best['age']}"
    assert bits(Run.open(early.path)) == before


def test_a_training_that_went_to_its_end_says_what_was_best(place, tmp_path, capsys):
    assert call(*train(place, tmp_path / "run", **STOP | {"patience": 99})) == 0
    assert any(line.startswith("best: accuracy ") for line in capsys.readouterr().err.splitlines())


@pytest.mark.usefixtures("few_figures")
def test_commands_take_the_best_age(place, early, tmp_path, spinodal):
    best, end = early.chosen(), early.ages[-1]

    def made(*age):
        return spinodal("generate", early.path, "-n", 30, "-o", "-", *age)

    assert made() == made("--age", best) != made("--age", end)
    guess = [spinodal("predict", early.path, place / "family.fasta", *age) for age in ([], ["--age", best])]
    assert guess[0] == guess[1]
    assert same_bits(sp.load(early.path), early.machine(best))
    spinodal("figures", early.path, "-o", tmp_path)
    assert json.loads((tmp_path / "scores.json").read_text())["age"] == best


def test_scores_say_whether_they_chose_the_age(place, early, spinodal):
    def scored(*more):
        found = json.loads(spinodal("score", early.path, *more, "--json", "--quick"))
        return found, CHOSEN in spinodal("score", early.path, *more)

    own, said = scored()
    assert (own["age"], own["chosen_by"], said) == (early.chosen(), "accuracy", True)
    for more in (["--age", early.ages[-1]], [place / "table.csv", "--where", "host=fly"]):
        other, said = scored(*more)
        assert ("chosen_by" in other, said) == (False, False)


def test_evidence_on_other_data_is_about_them(place, early, spinodal):
    more = [place / "table.csv", "--label", "family", "--where", "host=fly", "--rows", 9]
    evidence = json.loads(spinodal("score", early.path, *more, "--json"))["evidence"]
    assert (evidence["rows"]["test"], evidence["sets"], "chosen_by" in evidence) == (30, 5, False)


@pytest.mark.usefixtures("few_figures")
def test_a_report_is_made_of_runs_side_by_side(place, early, tmp_path, capsys):
    out = tmp_path / "page.html"
    more = ["--rows", 12, "--sets", 1, "--intervals", 0, "--times", "9", "--ages", "15,22", "--title", "A family"]
    assert call("report", place / "run", early.path, "-o", out, *more) == 0
    told = capsys.readouterr()
    measured = ["run is measured, 1 of 2, in", f"{early.path.name} is measured, 2 of 2, in"]
    lines = told.err.splitlines()
    assert ["of a core" in line for line in lines] == [True, False, True, False, False]
    assert all(line.startswith(said) for line, said in zip(lines[1::2], measured))
    assert lines[-1] == f"{out}, and its numbers in {out.with_suffix('.json')}"
    found = json.loads(out.with_suffix(".json").read_text())
    records, verdicts = zip(*((run["record"], run["verdicts"]) for run in found["runs"]))
    assert [r["name"] for r in records] == ["run", "early"]
    assert [r["age"] for r in records] == [24, early.chosen()]
    assert [[row["age"] for row in r["ages"]] for r in records] == [[15, 22], [15, 22]]
    assert told.out.splitlines() == [
        f"{r['name']}: {v['question']} {v['answer']}. {v['because']}" for r, own in zip(records, verdicts) for v in own
    ]
    assert "<h1>A family</h1>" in out.read_text(encoding="utf-8")


def test_a_report_leaves_ages_out(place, tmp_path, spinodal):
    quick = ["--rows", 12, "--sets", 1, "--intervals", 0, "--times", "9", "--ages", "none", "--age", 15]
    spinodal("report", place / "run", "-o", tmp_path / "page.html", *quick)
    (run,) = json.loads((tmp_path / "page.json").read_text())["runs"]
    assert (run["record"]["age"], "ages" in run["record"]) == (15, False)


def test_info_says_the_best_age_and_its_scores(early, spinodal):
    said, best = spinodal("info", early.path), early.record["best"]
    assert CHOSEN in said
    lines = [line.split() for line in said.splitlines()]
    assert ["best", "accuracy", f"{best['value']:.4g}", "at", "age", str(best["age"])] in lines
    assert ["age", str(best["age"])] in lines
    assert json.loads(spinodal("info", early.path, "--json"))["best"] == best


def test_compare_is_what_the_logs_say(place, early, dream, spinodal):
    paths = [place / "run", early.path, dream / "run"]
    found = json.loads(spinodal("compare", *paths, "--json"))
    assert [(row["name"], row["age"]) for row in found["runs"]] == [
        (str(path), Run.open(path).chosen()) for path in paths
    ]
    assert [row["machine"] for row in found["runs"]] == ["rbm", "rbm", "chaotic"]
    said = spinodal("compare", *paths).splitlines()
    assert len(said) == 4 + len(found["notes"])
    assert said[4:] == found["notes"]
    assert f"{early.path}: {CHOSEN}" in said


# -- one at a time ------------------------------------------------------------------------------


def test_a_killed_training_is_gone_on_with_and_a_living_one_left_alone(place, tmp_path, refused, spinodal):
    out = tmp_path / "run"
    tokens = [SCRIPT, *train(place, out, updates=10**7)]
    child = subprocess.Popen([*map(str, tokens)], stderr=subprocess.PIPE, text=True)
    assert child.stderr.readline().startswith("age     10")
    code, why = refused("train", "--out", out, "--resume")
    assert (code, f"process {child.pid} on " in why) == (1, True)
    child.kill()
    child.stderr.close()
    child.wait()
    (out / ".log.csv.4711.part").write_text("half")
    assert (tmp_path / ".run.lock").exists()
    end = max(AGES[-1], Run.open(out).resume()[1].age + 1, Run.open(out).ages[-1])
    spinodal("train", "--out", out, "--resume", "--updates", end)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    assert sorted(p.name for p in out.iterdir()) == FILES
    spinodal(*train(place, tmp_path / "whole", updates=end))
    assert same_bits(Run.open(out).machine(), Run.open(tmp_path / "whole").machine())


# -- chaotic machines ---------------------------------------------------------------------------


CHAOTIC = ["--alphabet", "gray", "--machine", "chaotic", "--gain", 1.5, "--rate", 0.3, "--lr", 0.1, "--steps", 4,
           "--batch", 20, "--updates", 12]  # fmt: skip


@pytest.fixture(scope="module")
def dream(tmp_path_factory):
    """A folder with images and a run of three layers on them, made by the command line."""
    folder = tmp_path_factory.mktemp("dream")
    more = ["--label", "", "--hidden", 8, "--hidden", 6, "--momentum", 0.9, "--no-centered"]
    assert call("train", image_file(folder / "a.idx"), *CHAOTIC, *more, "--out", folder / "run") == 0
    return folder


def test_complete_writes_a_folder_of_images(dream, tmp_path, spinodal):
    spinodal("complete", dream / "run", dream / "a.idx", "-o", f"{tmp_path}/made/")
    assert all(path.suffix == ".png" for path in (tmp_path / "made").rglob("*") if path.is_file())
    assert any((tmp_path / "made").iterdir())


def test_the_command_line_settles_what_a_chaotic_training_is(dream):
    run = Run.open(dream / "run")
    assert run.record["source"] == {"data": str(dream / "a.idx"), "label": [], "alphabet": "gray"}
    said = {"machine": "chaotic", "gain": 1.5, "rate": 0.3, "hidden": [8, 6], "momentum": 0.9, "centered": False}
    assert {k: run.record["training"][k] for k in said} == said
    assert run.record["training"]["protocol"] == "rdm"
    assert {k: u.size for k, u in run.machine().units.items()} == {"visible": 12, "hidden": 8, "deep": 6}


def test_a_chaotic_run_generates_images(dream, tmp_path, spinodal):
    spinodal("generate", dream / "run", "-n", 5, "-o", tmp_path / "made.idx")
    raw = (tmp_path / "made.idx").read_bytes()
    assert raw[:16] == bytes([0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 4])
    want = sp.generate(sp.load(dream / "run"), n=5)["visible"]
    assert raw[16:] == np.rint((want.astype(float) + 1) * 127.5).astype(np.uint8).tobytes()
    assert len(set(raw[16:])) > 2
    assert not (tmp_path / "made.labels.idx").exists()


@pytest.mark.parametrize("more", [[], ["a.idx"], ["a.idx", "--label", ""]], ids=len)
def test_a_chaotic_run_is_scored(dream, spinodal, more):
    data = [dream / x if x == "a.idx" else x for x in more]
    found = json.loads(spinodal("score", dream / "run", *data, "--json", "--quick"))
    assert list(found) == [*ABOUT, *ERRORS, "quality", "reconstruction_error"]
    assert found["scale"] == [-1, 1]
    assert list(found["reconstruction_error"]) == ["value", "variance"]
    said = spinodal("score", dream / "run", *data)
    assert all(word in said for word in ("entries from -1 to 1", "reconstruction error", "second moment error"))


def test_a_chaotic_run_tells_what_it_is(dream, spinodal, monkeypatch):
    few = partial(sp.lyapunov, steps=20, warm=5)
    monkeypatch.setattr("spinodal.machines.chaos.lyapunov", lambda machine, steps: few(machine))
    said = spinodal("info", dream / "run")
    assert all(word in said for word in ("Spin 12", "Spin 8", "Spin 6", "[8, 6]", "chaotic", "reconstruction error"))
    assert all(word in said for word in ("stability radius", "largest exponent", "per tau: "))
    alone = json.loads(spinodal("info", dream / "run", "--json"))["dynamics"]
    machine = sp.load(dream / "run")
    assert alone["stability_radius"] == sp.stability_radius(machine)
    assert alone["largest_exponent"] == few(machine).largest


@pytest.mark.parametrize(
    ("exponent", "what"),
    [
        (0.3, "chaos"),
        (-0.3, "fixed points"),
        (0.1, "a cycle, or the edge of chaos"),
        (-0.1, "a cycle, or the edge of chaos"),
    ],
)
def test_an_exponent_says_what_it_surely_is(exponent, what):
    record = {"machine": {"units": {}}, "training": {}}
    alone = {"stability_radius": 2.0, "largest_exponent": exponent, "error": 0.1}
    *_, last = terminal_text.run_lines(record, [0], [], alone)
    assert last.endswith(f"per tau: {what}")


@pytest.mark.usefixtures("short_sweep")
def test_figures_stand_beside_their_numbers(dream, tmp_path, spinodal):
    spinodal("figures", dream / "run", "-o", tmp_path / "pictures", "--times", "2,4,9", "--rows", 5)
    names = ["samples", "snapshots", "receptive-fields", "scores-over-time", "scores-over-training", "gain-sweep"]
    names += ["cloud", "cloud-over-time", "scores-over-ages"]
    made = {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert made.keys() == {f"{name}.png" for name in names} | {"scores.json"}
    assert all(raw.startswith(b"\x89PNG") for name, raw in made.items() if name != "scores.json")
    said = json.loads(made["scores.json"])
    assert [row["time"] for row in said["times"]] == [2, 4, 9]
    assert [row["age"] for row in said["ages"]] == [0]


def test_a_figure_by_itself_is_for_a_paper(dream, tmp_path, spinodal):
    """In the formats that are asked for, the same bytes each time; without scores, as none are needed."""
    asked = ["--only", "cloud", "--format", "pdf,svg", "--title", "none", "--rows", 5]
    both = []
    for folder in (tmp_path / "new" / "one", tmp_path / "other"):
        spinodal("figures", dream / "run", "-o", folder, *asked)
        both.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert both[0] == both[1]
    assert {name: raw[:5] for name, raw in both[0].items()} == {"cloud.pdf": b"%PDF-", "cloud.svg": b"<?xml"}
    assert b"should have the same distribution" not in both[0]["cloud.svg"]
    spinodal("figures", dream / "run", "-o", tmp_path / "paper", "--paper", "chaos:5", "--rows", 5)
    assert {path.name for path in (tmp_path / "paper").iterdir()} == {"scores-over-training.png"}


def test_several_runs_are_drawn_in_one_figure(dream, tmp_path, spinodal, capsys):
    asked = ["--times", "2,4,9", "--rows", 5, "--ages", "none"]
    spinodal("figures", dream / "run", dream / "run", "-o", tmp_path / "both", "--paper", "chaos:3", *asked)
    names = {path.name for path in (tmp_path / "both").iterdir()}
    assert names == {"scores.json", "scores-over-time.png"}
    assert len(json.loads((tmp_path / "both" / "scores.json").read_text())) == 2
    assert call("figures", dream / "run", dream / "run", "-o", tmp_path / "no", "--only", "cloud", "--rows", 5) == 1
    assert "cloud: a figure of one run; of several in one there are scores-over-time" in capsys.readouterr().err


def test_predictions_and_data_in_one_table(place, tmp_path):
    """With the sequence and its own label, in columns that don't replace those of the prediction."""
    plain, whole, again = (tmp_path / f"{name}.csv" for name in ("plain", "whole", "again"))
    assert call("predict", place / "run", place / "table.csv", "-o", plain) == 0
    assert call("predict", place / "run", place / "table.csv", "--with-data", "-o", whole) == 0
    assert call("predict", place / "run", whole, "--with-data", "-o", again) == 0
    tables = [list(csv.DictReader(path.read_text().splitlines())) for path in (plain, whole, again)]
    data = csv.DictReader((place / "table.csv").read_text().splitlines())
    for before, after, own, twice in zip(*tables[:2], data, tables[2], strict=True):
        assert {**after, **before} == after
        assert after["sequence"] == own["sequence"]
        assert own["family"] in (after.get("family"), after.get("label"))
        assert twice["predicted"] == before["predicted"]


CHEAP = [("--only", "cloud"), ("--paper", "fef:3"), ("--paper", "fef:1"), ("--paper", "chaos:5")]


@pytest.mark.parametrize("asked", CHEAP)
def test_a_figure_without_scores_announces_no_measurement(dream, tmp_path, capsys, asked):
    assert call("figures", dream / "run", "-o", tmp_path / "one", *asked, "--rows", 5) == 0
    assert "measuring" not in capsys.readouterr().err


def test_a_file_in_place_of_the_folder_of_figures_is_refused(dream, tmp_path, capsys):
    assert call("figures", dream / "run", "-o", tmp_path / "one.PDF", "--only", "cloud") == 1
    assert "is for a folder of figures: -o FOLDER --format pdf, and --only NAME for one" in capsys.readouterr().err
    assert not (tmp_path / "one.PDF").exists()


def test_figures_that_fail_leave_no_folder(dream, tmp_path):
    def fails(*more):
        assert call("figures", dream / "run", "-o", tmp_path / "a" / "b", "--rows", 5, *more) == 1
        assert not (tmp_path / "a").exists()

    fails("--only", "linkage")
    (dream / "a.idx").rename(tmp_path / "gone.idx")
    try:
        fails()
    finally:
        (tmp_path / "gone.idx").rename(dream / "a.idx")


def test_a_chaotic_run_goes_on(dream, tmp_path, spinodal):
    more = ["--label", "", "--hidden", 8, "--hidden", 6, "--momentum", 0.9, "--no-centered"]
    spinodal("train", dream / "a.idx", *CHAOTIC[:-1], 11, *more, "--out", tmp_path / "run")
    spinodal("train", "--resume", "--out", tmp_path / "run", "--updates", 12)
    assert bits(Run.open(tmp_path / "run"))[12] == bits(Run.open(dream / "run"))[12]


def test_a_chaotic_run_with_labels_and_one_layer(dream, tmp_path, spinodal):
    spinodal("train", dream / "a.idx", *CHAOTIC, "--hidden", 0, "--out", tmp_path / "run")
    machine = sp.load(tmp_path / "run")
    assert list(machine.units) == ["visible", "label"]
    assert machine.schedule.protocol == sp.FEF
    spinodal("generate", tmp_path / "run", "--label", "1=3", "--label", "0=2", "-o", tmp_path / "made.idx")
    assert (tmp_path / "made.labels.idx").read_bytes()[8:] == bytes([1, 1, 1, 0, 0])
    found = json.loads(spinodal("score", tmp_path / "run", "--json", "--quick"))
    assert list(found) == [*ABOUT, *SCORES]


def test_inspect_knows_gray_and_chaotic_machines(dream, spinodal):
    found = json.loads(
        spinodal("inspect", dream / "a.idx", *CHAOTIC[:4], "--hidden", 8, "--hidden", 6, "--label", "", "--json")
    )
    assert (found["alphabet"], found["labels"]) == ("GRAY", {})
    training, memory = found["training"], found["training"].pop("memory_mb")
    assert training == {
        "rows": 45, "held_out": 5, "protocol": "rdm", "steps": 15, "batch": 22, "hidden": [8, 6], "parameters": 170
    }  # fmt: skip
    assert memory["peak"] > 100


# -- what can't be done -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken(place):
    """All kinds of broken files beside good ones."""
    good, records = place / "family.fasta", rows()
    lines = [f">{r['name']}\n{r['sequence']}\n" for r in records]
    texts = {
        "ragged.fasta": "".join([*lines[:6], ">seven\nACGUACGUA\n", *lines[7:]]),
        "foreign.fasta": "".join([*lines[:6], ">seven\nACGJACGU\n", *lines[7:]]),
        "empty.fasta": "",
        "hosts_only.csv": "name,host\n" + "".join(f"{r['name']},{r['host']}\n" for r in records),
        "omega.csv": "name,family\n" + "".join(f"{r['name']},omega\n" for r in records),
        "headless.fasta": "ACGUACGU\nACGUACGU\n",
        "lonely.fasta": lines[0],
        "long.fasta": ">x\nACGUACGUACG\n",
        "other.csv": "name,family\n" + "".join(f"t{i},x\n" for i in range(9)),
        "half.toml": "hidden = ",
        "strange.toml": "viscosity = 0.9\n",
        "text.toml": 'hidden = "many"\n',
        "notes.docx": "x",
        "note.txt": "keep me",
    }
    for name, text in texts.items():
        (place / name).write_text(text)
    (place / "binary.fasta").write_bytes(b">x\nAC\x00\x01")
    (place / "cut.fasta.gz").write_bytes(gzip.compress(good.read_bytes())[:-20])
    (place / "thesis").mkdir()
    (place / "thesis" / "chapter.txt").write_text("years of work")
    for name in ("newer", "damaged", "garbled", "ageless"):
        sp.save(sp.load(place / "run"), place / name, age=7)
    Run.open(place / "newer").revise(format=99, spinodal="42.0")
    age = place / "damaged" / "ages" / "00000007.safetensors"
    age.write_bytes(age.read_bytes()[:-3] + b"xyz")
    (place / "garbled" / "run.json").write_text('{"format": 1, "mach')
    (place / "ageless" / "ages" / "00000007.safetensors").unlink()
    return place


TRAIN = ["train", "@family.fasta", "--labels", "@family.csv", "--label", "family"]
REFUSED = {
    "ragged": (["train", "@ragged.fasta"], ["ragged.fasta", 'seq 7 "seven"', "9", "8"]),
    "foreign letter": (["train", "@foreign.fasta"], ["foreign.fasta|seq 7", '"seven"', '"J"', "column 4", "unknown="]),
    "empty": (["train", "@empty.fasta"], ["empty.fasta", "is empty"]),
    "no header": (["train", "@headless.fasta"], ["headless.fasta", "ACGUACGU", "header"]),
    "binary": (["train", "@binary.fasta"], ["binary.fasta", "is not text"]),
    "cut gzip": (["train", "@cut.fasta.gz"], ["cut.fasta.gz", "not a complete gzip"]),
    "one row": (["train", "@lonely.fasta"], ["1 rows", "part empty"]),
    "unknown format": (["train", "@notes.docx"], ["notes.docx", "suffixes", ".fasta"]),
    "no file": (["train", "@nowhere.fasta"], ["nowhere.fasta", "No such file"]),
    "no column": ([*TRAIN[:4], "--label", "colour"], ["colour", "family, host, split"]),
    "no join": (
        [*TRAIN[:2], "--labels", "@other.csv"],
        ["60 names", "s000, s001, s002, s003, s004", "other.csv", "t0"],
    ),
    "one file for two": (
        ["complete", "@run", "@family.fasta", "--most-probable", "--probabilities", "@a.csv", "-o", "@a.csv"],
        ["a.csv", "name two files"],
    ),
    "no pattern": ([*TRAIN[:2], "--labels", "re:("], ['the pattern "("', "regular expression"]),
    "no data": (["train"], ["name the data"]),
    "no value": ([*TRAIN, "--where", "host=bee"], ["bee", "host", "fly", "yeast"]),
    "no split": ([*TRAIN, "--split", "half"], ['"half"', "split"]),
    "no steps": ([*TRAIN, "--steps", "0"], ["steps must be 1 or more, not 0"]),
    "no hidden": ([*TRAIN, "--hidden", "0"], ["an rbm has one hidden layer of 1 unit or more, not 0"]),
    "no updates": ([*TRAIN, "--updates", "-5"], ["updates must be 1 or more, not -5"]),
    "no batch": ([*TRAIN, "--batch", "0"], ["batch must be 1 or more, not 0"]),
    "large batch": ([*TRAIN, "--batch", "999"], ["batch 999", "54 rows"]),
    "no lr": ([*TRAIN, "--lr", "0"], ["lr must be more than 0, not 0.0"]),
    "nan lr": ([*TRAIN, "--lr", "nan"], ["lr must be more than 0, not nan"]),
    "large machine": ([*TRAIN, "--hidden", str(10**13)], ["not enough memory", "fewer hidden"]),
    "no protocol": ([*TRAIN, "--protocol", "gan"], ['"gan"', "fef, fef-chain, fef1, rdm, cd, pcd"]),
    "fef without labels": (["train", "@family.fasta", "--protocol", "fef"], ["needs labels", "--label", "rdm"]),
    "no device": ([*TRAIN, "--device", "tpu"], ["cpu, cuda or auto", '"tpu"']),
    "no recipe": ([*TRAIN, "--recipe", "hdg"], ['"hdg"', "hgd", ".toml"]),
    "half a recipe": ([*TRAIN, "--recipe", "@half.toml"], ["half.toml is not TOML"]),
    "strange recipe": ([*TRAIN, "--recipe", "@strange.toml"], ["viscosity", "protocol", "hidden"]),
    "recipe of words": (
        [*TRAIN, "--recipe", "@text.toml"],
        ["text.toml: hidden must be an integer", "'many'"],
    ),
    "gain of an rbm": ([*TRAIN, "--gain", "2"], ["gain is of chaotic machines: pass --machine chaotic, too"]),
    "two layers of an rbm": ([*TRAIN, "--hidden", "2", "--hidden", "3"], ["an rbm has one hidden layer", "[2, 3]"]),
    "three hidden layers": (
        [*TRAIN, "--machine", "chaotic", *["--hidden", "2"] * 3],
        ["hidden must be a list of at most 2, not [2, 2, 2]"],
    ),
    "15 bits of chaos": ([*TRAIN, "--machine", "chaotic", "--precision", "exact"], ["draws nothing", "precision"]),
    "no score to stop on": ([*TRAIN, "--stop-on", "beauty"], ['"beauty"', "accuracy, balanced_accuracy"]),
    "score without labels": (
        ["train", "@family.fasta", "--stop-on", "accuracy"],
        ["no accuracy to stop on", "there are: quality, adversarial_error, spectrum_error, second_moment_error"],
    ),
    "patience alone": ([*TRAIN, "--machine", "chaotic", "--patience", "5"], ["patience", "--stop-on"]),
    "no momentum": ([*TRAIN, "--momentum", "1"], ["momentum must be less than 1, not 1.0"]),
    "gray letters": ([*TRAIN, "--alphabet", "gray"], ["GRAY has no letters"]),
    "run is there": ([*TRAIN, "--out", "@run"], ["run exists", "--resume", "--overwrite"]),
    "not a run": ([*TRAIN, "--out", "@thesis", "--overwrite"], ["thesis is not a run", "stays"]),
    "not a run either": ([*TRAIN, "--out", "@thesis", "--resume"], ["thesis is not a run", "stays"]),
    "a file": ([*TRAIN, "--out", "@note.txt", "--overwrite"], ["note.txt is not a run", "stays"]),
    "in a file": ([*TRAIN, "--out", "@note.txt/run"], ["note.txt"]),
    "other settings": (["train", "--out", "@run", "--resume", "--hidden", "9"], ["hidden was 5, not 9"]),
    "other data": (["train", "@table.csv", "--where", "host=fly", "--out", "@run", "--resume"], ["other"]),
    "newer": (["train", "--out", "@newer", "--resume"], ["99", "42.0", "update spinodal"]),
    "newer to generate": (["generate", "@newer", "-n", "1", "-o", "@x.fasta"], ["newer", "99", "42.0", "update"]),
    "garbled": (["info", "@garbled"], ["garbled", "run.json is damaged"]),
    "damaged": (["generate", "@damaged", "-n", "1", "-o", "@x.fasta"], ["00000007", "damaged", "another age"]),
    "damaged to score": (["score", "@damaged"], ["00000007", "damaged"]),
    "ageless": (["generate", "@ageless", "-n", "1", "-o", "-"], ["ageless", "no saved age"]),
    "compare no run": (["compare", "@run", "@thesis"], ["thesis is not a run"]),
    "compare ageless": (["compare", "@ageless"], ["ageless", "no saved age"]),
    "no run": (["info", "@thesis"], ["thesis is not a run"]),
    "no age": (["generate", "@run", "-n", "1", "--age", "5", "-o", "-"], ["no age 5", "0, 10, 15, 22, 24"]),
    "no label": (["generate", "@run", "--label", "omega=3", "-o", "@x.fasta"], ['"omega"', "alpha", "beta", "gamma"]),
    "no count": (["generate", "@run", "--label", "alpha", "-o", "@x.fasta"], ['"alpha" is not NAME=COUNT']),
    "count of 0": (["generate", "@run", "--label", "alpha=0", "-o", "@x.fasta"], ['"alpha=0"', "1 or more"]),
    "nothing asked": (["generate", "@run", "-o", "@x.fasta"], ["--label", "--like", "-n"]),
    "too much asked": (["generate", "@run", "-n", "1", "--label", "beta=2", "-o", "-"], ["--label", "--like", "-n"]),
    "-n 0": (["generate", "@run", "-n", "0", "-o", "-"], ["1 or more", "0"]),
    "steps of 0": (["generate", "@run", "-n", "1", "--steps", "0", "-o", "-"], ["steps must be 1 or more"]),
    "no format": (["generate", "@run", "-n", "1", "-o", "@x.docx"], ["x.docx", "suffixes"]),
    "no folder": (["generate", "@run", "-n", "1", "-o", "@no/x.fasta"], ["no folder", "no"]),
    "not binary": (["generate", "@run", "-n", "1", "-o", "@x.hapt"], ["haplotypes are 0 and 1"]),
    "hold no site": (["complete", "@run", "@long.fasta", "--hold", "3", "-o", "@x.fasta"], ["11 sites", "8"]),
    "hold beyond": (
        ["complete", "@run", "@family.fasta", "--hold", "3-9", "-o", "@x.fasta"],
        ["--hold takes sites from 1 to 8 like 10-20,35", '"3-9"'],
    ),
    "hold a label that is none": (
        ["complete", "@run", "@family.fasta", "--label", "omega", "-o", "@x.fasta"],
        ['"omega"', "alpha"],
    ),
    "probabilities of draws": (
        ["complete", "@run", "@family.fasta", "--probabilities", "@p.csv", "-o", "@x.fasta"],
        ["--most-probable"],
    ),
    "complete 0 times": (["complete", "@run", "@family.fasta", "-n", "0", "-o", "@x.fasta"], ["1 or more, not 0"]),
    "given what is not there": (
        ["predict", "@run", "@table.csv", "--given", "host"],
        ["table.csv", 'no label column "host"', "there are: family"],
    ),
    "labels that are none": (
        ["complete", "@run", "@family.fasta", "--labels", "@hosts_only.csv", "-o", "@x.fasta"],
        ["hosts_only.csv has no label", "columns are host", "family"],
    ),
    "all have labels": (["predict", "@run", "@table.csv", "--only-unknown"], ["all 60 rows", "have their labels"]),
    "where nothing is": (["predict", "@run", "@table.csv", "--where", "host=dog"], ['no row has "dog" in "host"']),
    "where no column is": (["predict", "@run", "@table.csv", "--where", "hots=fly"], ["hots", "host"]),
    "given all": (["predict", "@run", "@table.csv", "--given", "family"], ["no labels to predict but those"]),
    "given a label that is unknown": (
        ["complete", "@run", "@table.csv", "--labels", "@omega.csv", "-o", "@x.csv"],
        ['"omega"', "alpha"],
    ),
    "hide all": ([*TRAIN, "--hide", "1"], ["hide must be less than 1, not 1.0"]),
    "no table": (["predict", "@run", "@family.fasta", "-o", "@x.fasta.gz"], ["x.fasta.gz is for a table", ".csv"]),
    "no table in capitals": (
        ["predict", "@run", "@family.fasta", "-o", "@x.FASTA.gz"],
        ["x.FASTA.gz is for a table", ".csv"],
    ),
    "probabilities in no table": (
        ["complete", "@run", "@family.fasta", "--most-probable", "--probabilities", "@p.vcf", "-o", "@x.fasta"],
        ["p.vcf is for a table", ".tsv"],
    ),
    "other sites": (["predict", "@run", "@long.fasta", "-o", "@x.csv"], ["long.fasta has 11 sites", "8"]),
    "foreign": (["predict", "@run", "@foreign.fasta", "-o", "@x.csv"], ['"J"', "column 4"]),
    "times": (["score", "@run", "--times", "1,x"], ["--times", "1,3,10", '"1,x"']),
    "report of nothing": (["report", "@thesis", "-o", "@page.html"], ["thesis is not a run"]),
    "report of an age": (["report", "@run", "-o", "@page.html", "--age", "3"], ["no age 3", "0, 10, 15"]),
    "report at ages": (["report", "@run", "-o", "@page.html", "--ages", "10,11"], ["no age 11", "0, 10, 15"]),
    "report at no ages": (["report", "@run", "-o", "@page.html", "--ages", "ten"], ["--ages", "100,1000", '"ten"']),
    "report as text": (["report", "@run", "-o", "@page.txt"], ["something.html", "page.txt"]),
    "report nowhere": (["report", "@run", "-o", "@nowhere/page.html"], ["no folder", "nowhere"]),
    "report of two rows": (["report", "@run", "-o", "@page.html", "--rows", "1"], ["two rows"]),
    "figures of an age": (["figures", "@run", "-o", "@pictures", "--age", "3"], ["no age 3"]),
    "figures at ages": (["figures", "@run", "-o", "@pictures", "--ages", ""], ["--ages"]),
    "time 0": (["score", "@run", "--times", "0,3"], ["--times", '"0,3"']),
    "nothing held out": (["score", "@damaged", "--age", "7"], ["damaged"]),
    "inspect nothing": (["inspect", "@nowhere.csv"], ["nowhere.csv", "No such file"]),
    "inspect a folder": (["inspect", "@thesis"], ["thesis is a folder", "labels"]),
    "inspect no hidden": (
        ["inspect", "@table.csv", "--hidden", "0"],
        ["an rbm has one hidden layer of 1 unit or more, not 0"],
    ),
    "inspect no protocol": (
        ["inspect", "@table.csv", "--protocol", "gan"],
        ['"gan"', "fef, fef-chain, fef1, rdm, cd, pcd"],
    ),
    "inspect large batch": (["inspect", "@table.csv", "--batch", "999"], ["batch 999", "54 rows"]),
    "inspect no column": (["inspect", "@table.csv", "--label", "colour"], ["colour", "family, host, split"]),
    "inspect foreign letter": (["inspect", "@foreign.fasta"], ['"seven"', '"J"', "column 4", "unknown="]),
    "inspect no data": (["inspect"], ["name the data"]),
    "inspect a name": (["inspect", "mnist"], ['no file "mnist"', "`spinodal fetch mnist`"]),
    "fetch no name": (["fetch", "cifar"], ['"cifar"', "fashion_mnist, hgd, mnist, pieces, sam"]),
    "demo in a folder": (["demo", "@thesis"], ["thesis is not empty", "--overwrite"]),
}
ASKED_WRONGLY = {
    "no such option": ([*TRAIN, "--out", "@x", "--viscosity", "1"], ["--viscosity", "--help"]),
    "an option twice": ([*TRAIN, "--out", "@x", "--lr", "1", "--lr", "2"], ["--lr", "multiple times"]),
    "no such command": (["trian"], ["trian"]),
    "no pair": ([*TRAIN, "--out", "@x", "--where", "host"], ["--where", '"host" is not COLUMN=VALUE']),
    "no machine": ([*TRAIN, "--out", "@x", "--machine", "ising"], ["--machine", '"ising"', '"rbm", "chaotic"']),
    "not a number": ([*TRAIN, "--out", "@x", "--hidden", "many"], ["--hidden", "many", "integer"]),
    "no out": (TRAIN, ["--out"]),
    "no data to predict": (["predict", "@run"], ["DATA"]),
    "nothing to report": (["report", "-o", "@page.html"], ["RUNS"]),
    "no page": (["report", "@run"], ["--out"]),
    "nothing to compare": (["compare"], ["RUNS"]),
    "too many": (["info", "@run", "@run"], ["@run"]),
    "no argument": (["generate", "@run", "-n"], ["-n"]),
}


def placed(tokens, folder):
    """@NAME is a place in the folder; a training goes to a place that isn't there unless it says where."""
    tokens = [str(folder / t[1:]) if t.startswith("@") else t for t in tokens]
    return tokens + (["--out", str(folder / "fresh")] if tokens[0] == "train" and "--out" not in tokens else [])


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_done_is_said_in_a_line_and_nothing_is_lost(broken, refused, name):
    tokens, words = REFUSED[name]
    before = snapshot(broken)
    code, why = refused(*placed(tokens, broken))
    assert code == 1
    for word in words:
        assert any(w in why for w in word.split("|")), why
    assert snapshot(broken) == before


EARLY = [
    "run is there", "not a run", "not a run either", "a file", "no updates", "no steps", "no batch", "no lr",
    "no device", "no hidden", "no protocol", "no score to stop on", "patience alone", "no momentum", "gain of an rbm",
    "hide all", "recipe of words",
]  # fmt: skip
"""What is refused whatever the data are."""


@pytest.mark.parametrize("name", EARLY)
def test_what_needs_no_data_is_refused_before_they_are_read(broken, refused, monkeypatch, name):
    monkeypatch.setattr(sources, "prepare", lambda source: pytest.fail("the data are read"))
    tokens, words = REFUSED[name]
    code, why = refused(*placed(tokens, broken))
    assert code == 1
    assert all(word in why for word in words), why


@pytest.mark.parametrize("name", ASKED_WRONGLY)
def test_what_is_asked_wrongly_is_said_in_a_line(broken, refused, name):
    tokens, words = ASKED_WRONGLY[name]
    before = snapshot(broken)
    code, why = refused(*(t.replace("@", f"{broken}/") for t in tokens))
    assert code == 2
    assert all(word.replace("@", str(broken) + "/") in why for word in words), why
    assert snapshot(broken) == before


@pytest.mark.filterwarnings("always")
def test_a_training_that_diverges_leaves_the_last_good_age(place, tmp_path, refused, monkeypatch, capsys):
    monkeypatch.setattr("spinodal.cli.commands.train.watch", lambda progress, updates: list(progress))
    code, why = refused(*train(place, tmp_path / "run", lr=1e38, updates=400))
    assert code == 1
    assert "the training diverged, " in why
    assert ": lower lr" in why
    assert "bias." in why or "coupling." in why
    for command in (["generate", "-n", 2, "-o", tmp_path / "x.fasta"], ["predict", place / "family.fasta"], ["info"]):
        assert call(command[0], tmp_path / "run", *command[1:]) == 0
        told = capsys.readouterr()
        assert "run diverged at age 10, so its age 0 is taken: the training" in told.err or "info" in command
        assert "diverged                at age 10: the training" in told.out or "info" not in command


def test_a_machine_without_data_can_not_be_scored_without(tmp_path, refused):
    sp.save(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4)), tmp_path / "run")
    assert f"spinodal locate {tmp_path / 'run'} DATA" in refused("score", tmp_path / "run")[1]


def test_stopping_says_how_to_go_on(place, tmp_path, capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "train", stop)
    assert call(*train(place, tmp_path / "run")) == 130
    assert capsys.readouterr().err == "spinodal: stopped; the same command with --resume goes on\n"


def test_stopping_what_can_not_go_on_says_only_that(place, capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("spinodal.runs.archive.Run.open", stop)
    assert call("info", place / "run") == 130
    assert capsys.readouterr().err == "spinodal: stopped\n"


def test_a_fault_of_ours_is_not_hidden(place, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("a bug")

    monkeypatch.setattr(sources, "reload", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["score", str(place / "run")])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said(place, tmp_path, refused):
    assert "no GPU" in refused(*train(place, tmp_path / "run", "--device", "cuda"))[1]


# -- as a process -------------------------------------------------------------------------------


SCRIPT = Path(sys.executable).with_name("spinodal")


def process(*tokens):
    return subprocess.run([SCRIPT, *map(str, tokens)], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_help_of_every_command_comes_without_torch():
    script = "\n".join([
        "import sys",
        "from spinodal.cli.main import main",
        f"for command in {[[], *([c] for c in COMMANDS)]}:",
        "    try: main([*command, '--help'])",
        "    except SystemExit as end: assert not end.code",
        "assert not {'torch', 'numpy', 'numba', 'sklearn', 'matplotlib'} & sys.modules.keys(), sys.modules.keys()",
    ])  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for command in COMMANDS:
        assert f"spinodal {command}" in done.stdout


def test_version_is_said():
    done = process("--version")
    assert (done.returncode, done.stdout.strip()) == (0, sp.__version__)


def test_exit_codes_are_true_and_data_alone_are_on_stdout(place):
    made = process("generate", place / "run", "-n", 2, "-o", "-")
    assert made.returncode == 0
    assert made.stdout.count(">") == 2
    assert made.stderr == "2 rows to -\n"
    wrong = process("generate", place / "run", "-n", 2, "--bogus")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    nothing = process("info", "/nowhere")
    assert (nothing.returncode, nothing.stderr) == (1, "spinodal: /nowhere is not a run: it has no run.json\n")


def test_who_stops_reading_is_no_error(place):
    tokens = [SCRIPT, "generate", place / "run", "-n", "20000", "-o", "-"]
    child = subprocess.Popen(tokens, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.read(child.stdout.fileno(), 10)
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()
    assert (child.wait(), said) == (0, b"")


def test_the_help_of_train_names_every_format_that_is_read(capsys):
    main(["train", "--help"])
    said = capsys.readouterr().out
    assert [suffix for suffix in FORMATS if suffix not in said] == []
