"""Converted: a machine that is written for another program and read again is the same, also by that program."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.machines.energies import states
from spinodal.runs.archive import Run
from spinodal.runs.peers.converted import held

from .calls import call
from .laws import randomize

HIDDEN = sp.Bernoulli(3)
NAMES = ("bee", "cow", "elk")
VISIBLE = {"binary": sp.Bernoulli(5), "letters": sp.Potts(4, 5, symbols=tuple("-ACGU"))}
each_kind = pytest.mark.parametrize("kind", VISIBLE)


def machine_of(kind, labeled, hidden=HIDDEN):
    layers = {"label": sp.Potts(1, 3, symbols=NAMES)} if labeled else {}
    return randomize(sp.rbm(hidden, visible=VISIBLE[kind], **layers))


def energies(machine, columns):
    return sp.free_energy(machine, columns).detach()


def with_label(visible, number):
    return {"visible": visible, "label": torch.full((len(visible), 1), number)}


@each_kind
@pytest.mark.parametrize("program", ["rbms", "annadca"])
def test_what_is_written_and_read_is_the_same_bits(kind, program, tmp_path):
    machine = machine_of(kind, program == "annadca")
    sp.write_model(machine, tmp_path / "a.h5", program, age=30)
    again = sp.read_model(tmp_path / "a.h5", alphabet="rna" if (kind, program) == ("letters", "rbms") else None, age=30)
    assert again.units == machine.units
    assert again.state_dict().keys() == machine.state_dict().keys()
    assert all(torch.equal(x, machine.state_dict()[k]) for k, x in again.state_dict().items())
    assert all(again.units[k].symbols == u.symbols for k, u in machine.units.items() if isinstance(u, sp.Potts))


@each_kind
def test_a_label_that_is_held_leaves_p_of_rows_given_it(kind, tmp_path):
    machine, every = machine_of(kind, True), states(VISIBLE[kind])
    sp.write_model(machine, tmp_path / "a.h5", "rbms", labels=["cow"])
    again = sp.read_model(tmp_path / "a.h5", alphabet="rna" if kind == "letters" else None)
    log_p, expected = (torch.log_softmax(-x.double(), 0) for x in (
        energies(again, {"visible": every}), energies(machine, with_label(every, 1))))  # fmt: skip
    assert (log_p - expected).abs().max() < 1e-4


@each_kind
def test_rbms_reads_it_and_goes_on_from_its_chains(kind, tmp_path):
    io = pytest.importorskip("rbms.io", reason="needs rbms 0.5")
    utils = importlib.import_module("rbms.utils")
    machine, every = machine_of(kind, False), states(VISIBLE[kind])
    sp.write_model(machine, tmp_path / "a.h5", "rbms", age=30)
    assert utils.get_saved_updates(str(tmp_path / "a.h5")).tolist() == [30]
    before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    theirs, chains, *_ = io.load_model(str(tmp_path / "a.h5"), 30, torch.device("cpu"), torch.float32, restore=True)
    torch.set_rng_state(before[0]), np.random.set_state(before[1])  # noqa: NPY002
    found = theirs.compute_energy_visibles(every.float())
    torch.testing.assert_close(found, energies(machine, {"visible": every}), rtol=1e-4, atol=1e-4)
    moved = theirs.sample_state(chains=chains, n_steps=3)["visible"]
    assert moved.shape == (100, VISIBLE[kind].columns)


@each_kind
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of annaDCA
def test_annadca_reads_it(kind, tmp_path):
    io = pytest.importorskip("annadca.io", reason="needs annaDCA 0.2")
    rbm = importlib.import_module(f"annadca.rbm.{'categorical' if kind == 'letters' else 'binary'}")
    machine, every = machine_of(kind, True), states(VISIBLE[kind])
    sp.write_model(machine, tmp_path / "a.h5", "annadca", age=30)
    age, own = io._load_model(str(tmp_path / "a.h5"), torch.device("cpu"), torch.float32)
    theirs = (rbm.annaRBMcat if kind == "letters" else rbm.annaRBMbin)(own)
    v = torch.nn.functional.one_hot(every.long(), 5) if kind == "letters" else every
    found = theirs.compute_energy_visibles(v.float())
    torch.testing.assert_close(found, energies(machine, {"visible": every}), rtol=1e-4, atol=1e-4)
    assert age == 30


def read_dat(path, symbols):
    """Fields (sites, states) and couplings (sites, states, sites, states) of a file for adabmDCA."""
    lines = [line.split() for line in path.read_text().splitlines()]
    size, index = 1 + max(int(x[1]) for x in lines if x[0] == "h"), {a: k for k, a in enumerate(symbols)}
    fields, couplings = np.zeros((size, len(symbols))), np.zeros((size, len(symbols)) * 2)
    for what, i, *rest in lines:
        if what == "h":
            fields[int(i), index[rest[0]]] = float(rest[1])
        else:
            couplings[int(i), index[rest[1]], int(rest[0]), index[rest[2]]] = float(rest[3])
    return fields, couplings


def dataset(kind):
    visible = states(VISIBLE[kind])
    letters = sp.RNA if kind == "letters" else sp.BINARY
    return sp.Dataset.of({"visible": visible[::3]}, {"visible": letters})


@each_kind
@pytest.mark.parametrize("exact", [None, 20])
def test_couplings_of_gaussian_hidden_units_are_log_p(kind, exact, tmp_path):
    machine, every = machine_of(kind, False, sp.Gaussian(2)), states(VISIBLE[kind]).long()
    sp.write_couplings(machine, dataset(kind), tmp_path / "a.dat", exact=exact)
    symbols = "-ACGU" if kind == "letters" else "01"
    fields, couplings = read_dat(tmp_path / "a.dat", symbols)
    v = np.eye(len(symbols))[every.numpy()]
    found = -np.einsum("nia,ia", v, fields) - np.einsum("nia,iajb,njb->n", v, couplings, v)
    difference = found - energies(machine, {"visible": states(VISIBLE[kind])}).double().numpy()
    np.testing.assert_allclose(difference, difference[0], atol=1e-4)


def test_adabmdca_reads_couplings(tmp_path):
    io = pytest.importorskip("adabmDCA.io", reason="needs adabmDCA 1.0")
    sp.write_couplings(machine_of("letters", False), dataset("letters"), tmp_path / "a.dat")
    own = io.load_params(str(tmp_path / "a.dat"), "rna", torch.device("cpu"), torch.float64)
    fields, couplings = read_dat(tmp_path / "a.dat", "-ACGU")
    np.testing.assert_array_equal(own["bias"].numpy(), fields)
    np.testing.assert_array_equal(own["coupling_matrix"].numpy(), couplings + couplings.transpose(2, 3, 0, 1))


def test_the_command_writes_each_program_s_file(tmp_path, capsys):
    rows = "".join(f">{NAMES[i % 3]}_{i}\n{'-ACGU'[i % 5]}ACG\n" for i in range(40))
    (tmp_path / "rows.fasta").write_text(rows)
    options = ("--hidden", 3, "--updates", 2, "--batch", 10, "--steps", 2, "--alphabet", "rna")
    assert call("train", tmp_path / "rows.fasta", "--labels", "re:^([a-z]+)", *options, "-o", tmp_path / "run") == 0
    run = ("convert", tmp_path / "run", "-o")
    files = {"a.h5": "annadca", "r.h5": "rbms", "j.dat": "adabmdca"}
    for name, program in files.items():
        more = () if program == "annadca" else ("--label", "cow")
        assert call(*run, tmp_path / name, "--to", program, *more) == 0, capsys.readouterr().err
    assert call(*run, tmp_path / "k.dat", "--to", "adabmdca", "--exact", 3) == 0
    machine = sp.load(tmp_path / "run")
    again = sp.read_model(tmp_path / "a.h5", age=2)
    assert all(torch.equal(x, machine.state_dict()[k]) for k, x in again.state_dict().items())
    one = sp.read_model(tmp_path / "r.h5", alphabet="rna").bias["hidden"]
    assert torch.equal(one, held(machine, ["cow"]).bias["hidden"])
    assert Run.open(tmp_path / "run").chosen() == 2
    assert len((tmp_path / "j.dat").read_text().splitlines()) == 6 * 25 + 4 * 5
    capsys.readouterr()
    for tokens, said in {
        ("--to", "rbms"): "hold the label",
        ("--to", "annadca", "--label", "cow"): "this machine has none",
        ("--to", "rbms", "--label", "emu"): "there are: bee, cow, elk",
        ("--to", "rbms", "--exact", "2"): "adabmdca alone",
    }.items():
        assert call(*run, tmp_path / "x", *tokens) == 1
        assert said in (told := capsys.readouterr().err)
        assert told.count("\n") == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (sp.rbm(sp.Spin(3), visible=sp.Bernoulli(4)), "hidden units of 0 and 1"),
        (sp.rbm(sp.Bernoulli(3), visible=sp.Gaussian(4)), "visible ones of 0 and 1 or letters"),
        (sp.rbm(sp.Bernoulli(3), visible=sp.Potts(2, 3, states=(2, 3))), "the same letters"),
        (sp.chaotic(sp.Bernoulli(3), gain=1.0, rate=0.5, visible=sp.Bernoulli(4)), "restricted"),
        (sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4), **{"label:a": sp.Potts(1, 2), "label:b": sp.Potts(1, 2)}),
         "one label"),
    ],
    ids=["spins", "numbers", "columns", "chaotic", "two labels"],
)  # fmt: skip
def test_machines_that_programs_do_not_have_are_refused(machine, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        sp.write_model(machine, tmp_path / "a.h5", "rbms")
    assert not any(tmp_path.iterdir())
