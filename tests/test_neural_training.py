"""Neural machines in runs: they are trained, resumed, asked and scored by the same doors as others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.evaluation.quick_scores import flat, quick_scores
from spinodal.learning.fit import Update
from spinodal.machines.neural.energies import Heads
from spinodal.runs import bases
from spinodal.runs.archive import Run
from spinodal.runs.building import built
from spinodal.runs.memory import Shapes
from spinodal.runs.settings import Settings
from spinodal.runs.training import train, updates_after

from .mixed import cells, write_cells
from .test_cli import call
from .toys import PLAIN, bits, dataset, gray, image_file, same_bits, trained

NEURAL = {"machine": "neural", "hidden": 8, "batch": 20, "steps": 2, "lr": 1e-3, "updates": 12} | PLAIN


def parts(data):
    return data.split("split") if "split" in data.table else data.split(0.8)


def above(settings, data):
    """The machine of settings that name a base."""
    return built(settings, data, bases.opened(settings, Path("run"), *parts(data)))


def neural_run(out, data, resume=False, **settings):
    *_, last = train(*parts(data), out, Settings(**NEURAL | settings), resume=resume)
    assert last.age == (NEURAL | settings)["updates"]
    return Run.open(out)


@pytest.mark.parametrize("averaging", [0.0, 8.0])
def test_a_run_that_was_stopped_ends_with_the_same_bits(averaging, tmp_path):
    data = dataset("family", known=0.7)  # some labels are unknown
    whole = neural_run(tmp_path / "whole", data, averaging=averaging)
    neural_run(tmp_path / "run", data, averaging=averaging, updates=10)
    again = neural_run(tmp_path / "run", data, averaging=averaging, resume=True)
    assert bits(again)[12] == bits(whole)[12]
    assert len(again.log()) == len(whole.log()) == 2


def test_it_learns_a_family_of_letters_and_labels(tmp_path):
    data = dataset("family", n=150)
    run = neural_run(tmp_path / "run", data, updates=80, hidden=32, steps=5, lr=3e-3, label_weight=5.0)
    found = flat(quick_scores(run.machine(), *reversed(parts(data))))
    assert found["accuracy"] > 0.95
    assert found["label_fidelity"] > 0.9


def test_numbers_of_images_move_by_langevin_steps(tmp_path):
    run = neural_run(tmp_path / "run", gray("label"), step_size=0.02, noise=0.03)
    machine = run.machine()
    assert machine.moves["visible"] == sp.Langevin(0.02, noise=0.03, limit=0.3)
    made = sp.generate(machine, n=20)["visible"]
    assert made.min() >= -1
    assert made.max() <= 1
    assert len(np.unique(made)) > 100


def test_square_images_have_an_energy_of_convolutions(tmp_path):
    full = Settings(machine="neural").resolve(gray("label", size=(8, 8)))
    assert (full.energy, full.hidden) == ("conv", 32)
    assert Settings(machine="neural").resolve(dataset("family")).energy == "mlp"
    run = neural_run(tmp_path / "run", gray("label", size=(9, 9)), energy="conv", hidden=2)
    assert run.machine().energy.name == "conv"


def test_a_base_is_where_the_training_starts(tmp_path):
    data = dataset("family")
    base = trained(tmp_path / "base", data)
    machine = above(Settings(**NEURAL, base=str(tmp_path / "base")).resolve(data), data)
    assert same_bits(machine.base.network, base.machine())
    run = neural_run(tmp_path / "run", data, base=str(tmp_path / "base"))
    assert type(run.machine().base.network) is sp.Network
    again = neural_run(tmp_path / "run", data, resume=True, updates=14)
    assert 14 in again.ages


def test_a_table_of_all_kinds_is_learned_by_the_command_line(tmp_path):
    write_cells(tmp_path / "people.csv", cells(200))
    options = ["--machine", "neural", "--hidden", 8, "--steps", 2, "--updates", 10, "--stop-on", "",
               "--hide", 0.05]  # fmt: skip
    assert call("train", tmp_path / "people.csv", "--label", "state", *options, "--out", tmp_path / "run") == 0
    machine = Run.open(tmp_path / "run").machine()
    kinds = {k: type(m).__name__ for k, m in machine.moves.items()}
    assert kinds == {"visible:binary": "Informed", "visible:categorical": "Informed", "visible:real": "Langevin"}
    assert machine.moves["visible:real"].bound < 20
    assert call("generate", tmp_path / "run", "--label", "ill=5", "-o", tmp_path / "made.csv") == 0
    made = sp.read(tmp_path / "made.csv", label="state")
    assert len(made) == 5
    assert call("predict", tmp_path / "run", tmp_path / "people.csv", "-o", tmp_path / "said.csv") == 0
    assert call("complete", tmp_path / "run", tmp_path / "people.csv", "-o", tmp_path / "whole.csv") == 0
    assert call("score", tmp_path / "run", "--rows", 50) == 0
    assert call("info", tmp_path / "run") == 0


def test_images_are_generated_by_the_command_line(tmp_path):
    options = ["--alphabet", "gray", "--machine", "neural", "--hidden", 8, "--steps", 2, "--batch", 20, "--updates", 3]
    assert call("train", image_file(tmp_path / "a.idx"), *options, "--out", tmp_path / "run", "--stop-on", "") == 0
    assert call("generate", tmp_path / "run", "--label", "1=4", "-o", tmp_path / "made.idx") == 0
    assert len(sp.read(tmp_path / "made.idx", alphabet="gray")) == 4


@pytest.mark.parametrize("energy", ["mlp", "conv"])
def test_the_estimate_of_memory_knows_the_parameters(energy):
    data = gray("label", size=(8, 8))
    full = Settings(**NEURAL, energy=energy).resolve(data)
    there = sum(p.numel() for p in built(full, data).parameters())
    assert Shapes.of(data, full).couplings == there


@pytest.mark.parametrize(("name", "options"), [("mlp", {"width": 7, "blocks": 3}), ("conv", {"channels": 3})])
def test_the_numbers_between_the_layers_are_counted(name, options):
    energy, seen = Heads(name, [sp.Bernoulli(81)], [2], **options), []
    layers = [m for m in energy.trunk.modules() if not list(m.children()) and m is not energy.trunk.last]
    for layer in layers:
        layer.register_forward_hook(lambda _, __, out: seen.append(out.numel()))
    energy.heads(torch.zeros(1, 81))
    assert 0.7 * sum(seen) <= energy.trunk.between <= 1.3 * sum(seen)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"machine": "rbm", "energy": "conv"}, "energy is of neural machines: pass --machine neural, too"),
        ({"machine": "neural", "gain": 1.5}, "gain is of chaotic machines"),
        ({"machine": "neural", "l1": 0.1}, "l1 is of networks, not of neural machines"),
        ({"machine": "neural", "momentum": 0.5}, "momentum is of optimizer sgd"),
        ({"machine": "neural", "precision": "exact"}, "a neural machine has precision float32"),
        ({"machine": "neural", "hidden": [3, 4]}, "one hidden layer"),
        ({"machine": "neural", "energy": "no"}, "energy must be"),
    ],
)
def test_settings_that_it_does_not_have_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        Settings(**settings).resolve(gray("label", size=(8, 8)))


def test_a_run_of_before_that_lacks_a_setting_is_resumed(tmp_path):
    run = neural_run(tmp_path / "run", dataset("family"), updates=10)
    run.revise(training={k: x for k, x in run.record["training"].items() if k != "base_lr"})
    assert neural_run(tmp_path / "run", dataset("family"), resume=True).record["training"]["base_lr"] == 1e-3


def test_steps_above_a_base_look_ahead_by_the_share_that_is_asked_for(tmp_path):
    trained(tmp_path / "base", dataset(), protocol="rdm")
    base = str(tmp_path / "base")
    for given, share in (({}, 1.0), ({"share": 0.5}, 0.5)):
        machine = above(Settings(**NEURAL | given, base=base).resolve(dataset("family")), dataset("family"))
        assert machine.moves == {"visible": sp.informed_gibbs(share, ahead=True)}


def test_a_base_may_have_no_labels(tmp_path):
    data = dataset("family")
    base = trained(tmp_path / "base", dataset(), protocol="rdm")
    run = neural_run(tmp_path / "run", data, base=str(tmp_path / "base"))
    assert run.machine().base.seen == ["visible"]
    assert same_bits(above(run.settings, data).base.network, base.machine())


def test_a_base_has_a_learning_rate_of_its_own_and_no_decay(tmp_path):
    data = dataset("family")
    trained(tmp_path / "base", dataset(), protocol="rdm")
    settings = Settings(**NEURAL, base=str(tmp_path / "base"), base_lr=1e-5, l2=100.0).resolve(data)
    machine = above(settings, data)
    before = {k: p.detach().clone() for k, p in machine.named_parameters()}
    next(updates_after(machine, Update(0), data, settings))
    for name, p in machine.named_parameters():
        moved, decayed = p.detach() - before[name], 0.0 if name.startswith("base.") else -0.1 * before[name]
        rate = 1e-5 if name.startswith("base.") else 1e-3
        assert (moved - decayed).abs().max() <= 1.01 * rate  # Adam's first step is the rate, or 0
        assert moved.abs().max() > 0.5 * rate, name


def test_a_base_of_other_data_is_refused(tmp_path):
    trained(tmp_path / "base")
    with pytest.raises(ValueError, match="is of other data: it has the layers"):
        neural_run(tmp_path / "run", gray("label"), base=str(tmp_path / "base"))
    assert not (tmp_path / "run").exists()
    with pytest.raises(FileNotFoundError, match="is not a run"):
        neural_run(tmp_path / "run", gray("label"), base=str(tmp_path / "none"))
