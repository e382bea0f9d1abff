"""Laws of exported models: they do what their run does, anywhere, tell nothing of its place, and show their damage."""

from __future__ import annotations

import json
import shutil
import sys
from types import SimpleNamespace

import pytest

import spinodal as sp
from spinodal.cli.main import main
from spinodal.files import hub
from spinodal.machines.protocols import BY_NAME, Schedule
from spinodal.reporting.export import export
from spinodal.reporting.report import logged
from spinodal.runs import sources
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings, Source
from spinodal.runs.training import train

from .toys import QUICK, files, same_bits

FILES = ["README.md", "confidence.safetensors", "config.json", "log.csv", "model.safetensors"]
SECRET = "/somebody/secret"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the data, a run of them, and its model, which was made elsewhere and moved."""
    folder = files(tmp_path_factory.mktemp("models"), n=120)
    source = Source(data=str(folder / "table.csv"), label=["family"], split="split")
    *_, _ = train(*sources.prepare(source), folder / "run", Settings(**QUICK | {"stop_on": "accuracy"}), source=source)
    run = Run.open(folder / "run")
    secret = {"command": [SECRET, "train"], "versions": {"torch": "2"}, "machine": SECRET, "device": SECRET}
    run.revise(provenance=secret, rules={"lr": SECRET}, source=run.record["source"] | {"labels": SECRET})
    export(folder / "run", folder / "made")
    run.revise(source=run.record["source"])
    (folder / "far").mkdir()
    shutil.move(folder / "made", folder / "far" / "model")
    return folder


@pytest.fixture
def model(place, tmp_path):
    """A copy of the model in another folder."""
    return shutil.copytree(place / "far" / "model", tmp_path / "model")


def told(capsys, *tokens):
    """What a command prints, and its exit code."""
    try:
        main(list(map(str, tokens)))
        code = 0
    except SystemExit as end:
        code = end.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


# -- the same as the run ------------------------------------------------------------------------


def test_a_model_is_its_run_at_one_age(place):
    run, model = Run.open(place / "run"), Run.open(place / "far" / "model")
    assert sorted(p.name for p in model.path.iterdir()) == FILES
    assert model.ages == [run.chosen()]
    assert same_bits(run.machine(), sp.load(place / "far" / "model"))
    assert sp.load(model.path).schedule == run.machine().schedule
    assert model.log() == [row for row in run.log() if int(row["age"]) == run.chosen()]
    assert model.settings == run.settings
    assert model.record["data"] == run.record["data"]
    ours, theirs = run.confidence(run.chosen()), model.confidence(run.chosen())
    assert ours.keys() == theirs.keys()
    assert all((ours[k] == theirs[k]).all() for k in ours)


COMMANDS = {
    "generate": ["--label", "alpha=5", "-o", "-"],
    "generate as it comes": ["-n", "4", "--seed", "3", "-o", "-"],
    "generate like": ["--like", "DATA", "-o", "-"],
    "predict": ["DATA", "--no-nearest"],
    "complete": ["DATA", "--hold", "2-4", "-o", "-"],
    "likelihood": ["DATA", "--given", "visible", "-o", "-"],
    "scan": ["DATA", "-o", "-"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_print_the_same_with_a_model_and_with_its_run(command, place, capsys):
    options = [place / "table.csv" if word == "DATA" else word for word in COMMANDS[command]]
    found = [told(capsys, command.split()[0], place / who, *options)[:2] for who in ("run", "far/model")]
    assert found[0] == found[1]
    assert found[0][0] == 0, found
    assert found[0][1]


@pytest.mark.parametrize("age", [0, 15])
def test_any_age_is_exported(place, tmp_path, age):
    made = export(place / "run", tmp_path / "model", age=age)
    assert made.ages == [age]
    assert same_bits(Run.open(place / "run").machine(age), made.machine())
    assert "best" not in made.record
    assert made.confidence(age), "it is measured where the data are at hand"


def test_a_saved_machine_is_exported(tmp_path):
    machine = sp.chaotic(sp.Spin(3), gain=2.0, rate=0.2, visible=sp.Bernoulli(4))
    machine.schedule = Schedule(BY_NAME["rdm"], 5)
    sp.save(machine, tmp_path / "run", age=7)
    made = export(tmp_path / "run", tmp_path / "model")
    assert same_bits(machine, made.machine())
    assert sorted(p.name for p in made.path.iterdir()) == ["README.md", "config.json", "model.safetensors"]
    card = (made.path / "README.md").read_text(encoding="utf-8")
    assert "A chaotic network that generates rows of 4 binary sites" in card
    assert "This model was not scored" in card
    assert "confidence" not in card


# -- what it doesn't tell -----------------------------------------------------------------------


def test_no_file_of_a_model_has_a_path_or_a_command_line(place):
    for path in (place / "far" / "model").iterdir():
        raw = path.read_bytes()
        for secret in (SECRET, str(place), "table.csv", "--out"):
            assert secret.encode() not in raw, (path.name, secret)


def test_a_reference_in_a_header_is_left_out(place, tmp_path):
    run = Run.open(shutil.copytree(place / "run", tmp_path / "run"))
    data = run.record["data"]
    run.revise(data=data | {"notes": data["notes"] | {"header": ["##reference=file:///home/x", "##contig=<ID=1>"]}})
    made = export(run.path, tmp_path / "model")
    assert made.record["data"]["notes"]["header"] == ["##contig=<ID=1>"]


# -- what a model can't do ----------------------------------------------------------------------

NEEDS_DATA = {
    "score": [],
    "report": ["-o", "page.html"],
    "figures": ["-o", "."],
    "contacts": ["-o", "contacts.csv"],
    "sites": ["-o", "sites.csv"],
    "generate": ["--like", "MODEL", "-o", "x.fasta"],
}


@pytest.mark.parametrize("command", NEEDS_DATA)
def test_a_command_that_needs_the_data_says_in_a_line_which_one_works(command, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = [model if word == "MODEL" else word for word in NEEDS_DATA[command]]
    code, out, err = told(capsys, command, model, *options)
    assert (code, out) == (1, "")
    assert f"spinodal score {model} DATA" in err.splitlines()[-1]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_the_command_that_it_names_works(model, place, capsys):
    code, out, err = told(capsys, "score", model, place / "table.csv")
    assert code == 0, err
    assert "without the training rows, 60 rows" in err.replace("\n", " ")
    assert "adversarial error" in out
    code, _, err = told(capsys, "score", model, place / "table.csv", "--json")
    assert code == 1
    assert "--quick" in err


def test_a_training_neither_resumes_nor_replaces_a_model(model, place, capsys):
    before = {p.name: p.read_bytes() for p in model.iterdir()}
    for option, said in (("--resume", "is an exported model"), ("--overwrite", "is not a run, and stays")):
        code, _, err = told(capsys, "train", place / "table.csv", "--label", "family", "--out", model, option)
        assert code == 1
        assert said in err
    assert {p.name: p.read_bytes() for p in model.iterdir()} == before


def test_nothing_is_overwritten_and_nothing_is_left_half_written(place, model, tmp_path, monkeypatch, capsys):
    code, _, err = told(capsys, "export", place / "run", "-o", model)
    assert code == 1
    assert "not an empty folder" in err
    with pytest.raises(ValueError, match="has no age 3"):
        export(place / "run", tmp_path / "other", age=3)
    monkeypatch.setattr(Run, "write_log", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(place / "run", tmp_path / "other")
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


# -- what is damaged ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in FILES if name != "README.md"])
def test_each_damaged_byte_is_found_and_its_file_is_named(name, model, capsys):
    raw, path = (model / name).read_bytes(), model / name
    for at in {0, len(raw) // 2, len(raw) - 2, *range(0, len(raw), max(1, len(raw) // 20))}:
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        code, _, err = told(capsys, "verify", model)
        assert code == 1, (at, raw[max(0, at - 10) : at + 10])
        assert name in err
        assert "restore it from a copy" in err
        assert err.count("\n") == 1
    path.write_bytes(raw)
    assert told(capsys, "verify", model)[0] == 0


def test_verify_names_all_damaged_files_of_a_run_and_says_what_is_whole(place, tmp_path, capsys):
    run = shutil.copytree(place / "run", tmp_path / "run")
    code, out, _ = told(capsys, "verify", run)
    assert code == 0
    for said in ("run.json", "resume.safetensors", "rows.safetensors", "log.csv", "ages/ (", "alpha, beta", "torch 2"):
        assert said in out
    for name in ("ages/00000010.safetensors", "rows.safetensors"):
        (run / name).write_bytes((run / name).read_bytes()[:-1])
    code, out, err = told(capsys, "verify", run)
    assert code == 1
    assert "00000010.safetensors is damaged" in err
    assert "rows.safetensors is damaged" in err
    assert "log.csv" in out


def test_a_model_without_its_parameters_or_its_age_is_named(model, capsys):
    record = json.loads((model / "config.json").read_text(encoding="utf-8"))
    (model / "model.safetensors").rename(model / "lost")
    assert "model.safetensors" in told(capsys, "verify", model)[2]
    del record["age"], record["sha256"]
    (model / "config.json").write_text(json.dumps(record), encoding="utf-8")
    code, _, err = told(capsys, "info", model)
    assert code == 1
    assert "config.json is damaged: it lacks age" in err


# -- the card -----------------------------------------------------------------------------------


def test_the_card_has_the_counts_the_scores_and_what_was_not_measured(place):
    card = (place / "far" / "model" / "README.md").read_text(encoding="utf-8")
    run = Run.open(place / "run")
    (row,) = [row for row in run.log() if int(row["age"]) == run.chosen()]
    assert card.startswith("---\nlibrary_name: spinodal\nlicense: #")
    assert f"{float(row['adversarial_error']):.4g} | {float(row['adversarial_floor']):.4g}" in card
    assert "| alpha | 32 |" in card
    assert "96 rows for training, and 24 held out" in card
    assert "was not measured" in card
    assert "chosen by its label accuracy" in card


def test_the_card_has_the_privacy_scores_of_a_report(place, tmp_path):
    run, page = Run.open(place / "run"), tmp_path / "page.json"
    auc = {"value": 0.875, "ideal": 0.5, "alarm": True}
    record = {"age": run.chosen(), "scores": {"membership_auc": auc, "copies": {"value": 0.25, "floor": 0.125}}}
    other = record | {"log": [{"age": run.chosen(), "seconds": 1e9}], "scores": {}}
    runs = [{"record": other}, {"record": record | logged(run)}]
    page.write_text(json.dumps({"runs": runs}), encoding="utf-8")
    card = (export(run.path, tmp_path / "model", report=page).path / "README.md").read_text(encoding="utf-8")
    assert "| 0.875 | 0.5 |  |" in card
    assert "| 0.25 | 0 | 0.125 |" in card
    assert "Chance does not explain" in card
    assert "was not measured" not in card
    with pytest.raises(ValueError, match=r"is no report of .* at age 0"):
        export(run.path, tmp_path / "other", report=page, age=0)
    page.write_text(json.dumps({"runs": runs[:1]}), encoding="utf-8")
    with pytest.raises(ValueError, match="is no report of"):
        export(run.path, tmp_path / "other", report=page)
    page.write_text("[]", encoding="utf-8")
    with pytest.raises(sp.FormatError, match=r"is not the \.json of a report"):
        export(run.path, tmp_path / "other", report=page)


KINDS = {
    "rows of 12 binary sites": (sp.Bernoulli(12), {}, "new.fasta"),
    "sequences of 6 sites of 5 letters (-ACGU)": (sp.Potts(6, 5, symbols=tuple("-ACGU")), {}, "new.fasta"),
    "images of 3 x 4 pixels": (sp.Bernoulli(12), {"image": [3, 4]}, "new/"),
    "windows of piano rolls of 88 entries": (sp.Bernoulli(88), {"roll": {"frames": 1, "keys": 88}}, "new/"),
    "rows of 5 numbers": (sp.Gaussian(5), {}, "new.npz"),
    "rows of 6 numbers": (sp.Gaussian(6), {"format": "h5ad"}, "new.h5ad"),
    "haplotypes of 8 SNPs": (sp.Bernoulli(8), {"format": "hapt"}, "new.vcf"),
    "haplotypes of 9 SNPs": (sp.Bernoulli(9), {"format": "vcf"}, "new.vcf"),
    "genotypes of 4 SNPs": (sp.Potts(4, 3, symbols=tuple("012")), {"format": "bed"}, "new.bed"),
}


@pytest.mark.parametrize("what", KINDS)
def test_the_commands_of_a_card_are_of_its_kind_of_rows(what, tmp_path):
    units, notes, out = KINDS[what]
    sp.save(sp.rbm(sp.Bernoulli(3), visible=units), tmp_path / "run")
    Run.open(tmp_path / "run").revise(data={"notes": notes})
    card = (export(tmp_path / "run", tmp_path / "model").path / "README.md").read_text(encoding="utf-8")
    assert f"generates {what}" in card
    assert f"    spinodal generate MODEL -n 100 -o {out}\n" in card
    assert f'sp.write(samples, "{out}")' in card
    assert ("pipeline_tag" in card) == ("image" in notes)
    assert ("\n- genomics\n" in card) == what.endswith("SNPs")


def test_names_from_data_are_text_in_a_card(tmp_path):
    names = ("a|b <img src=x>", "c\n# d", "`e`")
    sp.save(sp.rbm(sp.Bernoulli(3), visible=sp.Potts(4, 5), label=sp.Potts(1, 3, symbols=names)), tmp_path / "run")
    run = Run.open(tmp_path / "run")
    run.revise(data={"notes": {}, "rows": 9, "labels": {"label": dict(zip(names, (6, 2, 1)))}})
    with pytest.warns(UserWarning, match="not calibrated"):
        card = (export(run.path, tmp_path / "model").path / "README.md").read_text(encoding="utf-8")
    assert "| a\\|b \\<img src=x\\> | 6 |" in card
    assert "\n# d" not in card
    assert "--label 'a|b <img src=x>=100'" in card
    assert "hardly learned: c\\\\n\\# d, \\`e\\`" in card


# -- the hub ------------------------------------------------------------------------------------


def test_a_name_on_the_hub_is_a_run(place, monkeypatch, capsys):
    asked = []

    def snapshot_download(**how):
        asked.append(how)
        return str(place / "far" / "model")

    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=snapshot_download))
    assert same_bits(sp.load("hf:lab/model"), Run.open(place / "run").machine())
    assert told(capsys, "generate", "hf:lab/model@v1.0", "-n", "2", "-o", "-")[0] == 0
    assert asked == [{"repo_id": "lab/model", "revision": None}, {"repo_id": "lab/model", "revision": "v1.0"}]


def test_what_goes_wrong_with_the_hub_is_a_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    code, _, err = told(capsys, "info", "hf:lab/model")
    assert code == 1
    assert 'pip install "spinodal[hub]"' in err
    assert "hf:OWNER/NAME" in told(capsys, "info", "hf:model")[2]

    def fails(**_):
        raise RuntimeError("401\n no such repository")

    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=fails))
    with pytest.raises(OSError, match="hf:lab/model can't be downloaded: 401 no such repository"):
        hub.local("hf:lab/model")
