"""Bases: the RBM that a training puts below a neural machine, beside its run."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.files.labels import to_label_layers
from spinodal.reporting.export import export
from spinodal.runs import advice, bases
from spinodal.runs.archive import Run
from spinodal.runs.rules import batch_of
from spinodal.runs.settings import Settings
from spinodal.runs.sources import reload
from spinodal.runs.sweep import tune
from spinodal.runs.training import train

from .test_cli import call
from .toys import PLAIN, bits, dataset, files, gray, images, same_bits, trained

NEURAL = {"machine": "neural", "hidden": 8, "batch": 20, "steps": 2, "updates": 12} | PLAIN


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Bases of a few updates."""
    monkeypatch.setattr(bases, "UPDATES", 15)


def learned(out, data=None, resume=False, overwrite=False, **settings):
    rows = (dataset("family") if data is None else data).split("split")
    return [*train(*rows, out, Settings(**NEURAL | settings), resume=resume, overwrite=overwrite)]


def black_and_white(n=60):
    levels, kinds = images(n, (8, 8))
    table = {"label": kinds.astype(str), "split": np.where(np.arange(n) % 5 == 4, "test", "train")}
    bits = (levels.reshape(n, -1) > 127).astype(np.int8)
    data = Dataset({"visible": bits}, {"visible": BINARY}, numbered_names(n, "i"), table, notes={"image": [8, 8]})
    return to_label_layers(data, ["label"])


@pytest.mark.parametrize(("data", "labels"), [(dataset("family"), ["label"]), (black_and_white(), [])])
def test_it_learns_the_rows_of_the_run_and_below_a_network_of_blocks_their_labels(data, labels, tmp_path):
    told = learned(tmp_path / "run", data, steps=3, seed=5)
    run, base = Run.open(tmp_path / "run"), Run.open(tmp_path / "run-base")
    assert [now.path.name for now in told] == 15 * ["run-base"] + 12 * ["run"]
    assert (run.settings.base, run.settings.energy) == ("auto", "mlp" if labels else "conv")
    own = base.settings
    assert (own.machine, own.protocol, own.steps, own.seed) == ("rbm", "fef" if labels else "rdm", 3, 5)
    assert [*base.machine().units] == ["visible", *labels, "hidden"]
    assert base.record["data"]["rows"] == run.record["data"]["rows"]
    assert type(run.machine().base.network) is sp.Network
    assert run.machine(0).moves == {"visible": sp.informed_gibbs(1.0, ahead=True)}
    assert same_bits(run.machine(0).base.network, base.machine())


def test_bits_and_letters_have_one_and_numbers_have_none(tmp_path):
    neural = Settings(machine="neural")
    assert [neural.resolve(data).base for data in (dataset("family"), gray("label"))] == ["auto", ""]
    learned(tmp_path / "run", base="")
    assert not (tmp_path / "run-base").exists()
    assert Run.open(tmp_path / "run").machine().base is None


def test_a_training_that_was_stopped_in_its_base_goes_on_there(tmp_path):
    learned(tmp_path / "whole")
    with closing(train(*dataset("family").split("split"), tmp_path / "run", Settings(**NEURAL))) as updates:
        for _, now in zip(range(12), updates):
            assert now.path.name == "run-base"
    assert not (tmp_path / "run").exists()
    told = learned(tmp_path / "run", resume=True)
    assert told[0].age > 1  # after the age that was saved last
    assert bits(Run.open(tmp_path / "run"))[12] == bits(Run.open(tmp_path / "whole"))[12]
    told = learned(tmp_path / "run", resume=True, updates=14)
    assert [now.path.name for now in told] == ["run", "run"]


def test_a_base_that_is_there_is_taken_and_overwrite_trains_it_anew(tmp_path):
    learned(tmp_path / "run-base", machine="rbm", seed=9)  # another has its name
    with pytest.raises(ValueError, match="run-base can't be resumed with other settings"):
        learned(tmp_path / "run")
    told = learned(tmp_path / "run", overwrite=True)
    assert len(told) == 27
    Run.open(tmp_path / "run").path.rename(tmp_path / "moved")
    assert len(learned(tmp_path / "run", seed=0, hidden=4)) == 12
    with pytest.raises(FileExistsError, match="--resume resumes it"):
        next(iter(train(*dataset("family").split("split"), tmp_path / "run", Settings(**NEURAL))))


@pytest.mark.parametrize(("rows", "updates"), [(1, 120), (40, 240), (1176, 564), (3404, 816), (60_000, 2000)])
def test_a_base_of_few_rows_has_fewer_updates(rows, updates, monkeypatch):
    monkeypatch.setattr(bases, "UPDATES", 2000)
    assert bases.settings_of(Settings(), rows).updates == updates
    assert updates * batch_of(rows).value <= bases.PASSES * rows


def test_a_base_that_learned_from_held_out_rows_is_told(tmp_path):
    data = dataset("family")
    own, held_out = (bases.rows_of(Settings(energy="conv"), part) for part in data.split("split"))
    [*_] = train(held_out, own, tmp_path / "base", Settings(updates=1, stop_on="", batch=5))
    known = {*map(tuple, own["visible"])}  # a copy of a training row tells nothing new
    n = sum(tuple(row) not in known for row in held_out["visible"])
    with pytest.warns(UserWarning, match=f"base has learned from {n} of the {len(held_out)} held-out rows"):
        learned(tmp_path / "run", base=str(tmp_path / "base"))
    trained(tmp_path / "labeled", data)
    learned(tmp_path / "other", base=str(tmp_path / "labeled"))  # of the same rows: no warning


def test_an_exported_model_has_no_path_of_a_base(tmp_path):
    trained(tmp_path / "labeled", dataset("family"))
    learned(tmp_path / "run", base=str(tmp_path / "labeled"))
    model = export(tmp_path / "run", tmp_path / "model")
    assert model.training["base"] == "labeled"
    assert str(tmp_path) not in (model.path / "config.json").read_text()


def test_the_estimate_of_time_has_it(tmp_path):
    rows = dataset("family").split("split")
    full = Settings(**NEURAL | {"updates": 1}).resolve(rows[0])
    own = bases.settings_of(full, len(rows[0])).resolve(bases.rows_of(full, rows[0]))
    assert own.updates == 15
    found = advice.cost(*rows, full)
    assert found["seconds"] > found["update"] + found["scores"] * found["score"]


def test_a_run_of_files_has_a_base_of_files(tmp_path, capsys):
    options = [x for k, v in NEURAL.items() for x in (f"--{k.replace('_', '-')}", v)]
    given = [files(tmp_path) / "table.csv", "--label", "family", "--split", "split", *options]
    assert call("train", *given, "--out", tmp_path / "run") == 0
    said = capsys.readouterr().err
    assert f"training {tmp_path / 'run-base'} first, the base of {tmp_path / 'run'}" in said
    assert said.index("base auto: ") > said.index(f"training {tmp_path / 'run'}\n")
    base = Run.open(tmp_path / "run-base")
    assert len(reload(base)[0]) == base.record["data"]["rows"] == len(reload(Run.open(tmp_path / "run"))[0])


def test_trials_of_a_sweep_have_their_own(tmp_path):
    pytest.importorskip("optuna")
    rows, settings = dataset("family").split("split"), Settings(**NEURAL)
    *_, last = tune(*rows, tmp_path / "sweep", settings, searched={"lr": "1e-3,2e-3"}, trials=2)
    assert last.trial.state == "complete"
    places = [p.name for p in (tmp_path / "sweep" / "trials").iterdir() if p.is_dir()]
    assert sorted(places) == ["0000", "0000-base", "0001", "0001-base"]
