"""Models of other programs: what is read has the energies that their formulas give, and what can't be is said."""

from __future__ import annotations

import importlib
from contextlib import suppress

import h5py
import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.runs.archive import Run

from .calls import call
from .peer_files import (
    HIDDEN,
    LABELS,
    SITES,
    STATES,
    free_energy,
    parameters,
    write_annadca,
    write_fef,
    write_rbms,
    write_torch_rbm,
)

N = 100
RNA = "-ACGU"
WRITERS = {"rbms": write_rbms, "TorchRBM": write_torch_rbm, "annaDCA": write_annadca, "F&F": write_fef}
LABELED = {"annaDCA": LABELS, "F&F": LABELS}


def rows(states=STATES, seed=1):
    return np.random.default_rng(seed).integers(states or 2, size=(N, SITES))


def seen(machine, letters, label=None):
    columns = {"visible": torch.tensor(letters)}
    if not hasattr(machine.units["visible"], "colors"):
        columns["visible"] = columns["visible"].float()
    return columns | ({} if label is None else {"label": torch.tensor(label)[:, None]})


def energies(machine, letters, label=None):
    return sp.free_energy(machine, seen(machine, letters, label)).detach().double().numpy()


def ages_of(program, states):
    return {age: parameters(states, LABELED.get(program, 0), seed=age) for age in (3, 20, 100)}


@pytest.fixture
def refused(capsys):
    """Run a command that can't be done: the one line that says why."""

    def run(*tokens):
        code, told = call(*tokens), capsys.readouterr()
        assert code == 1, told.err
        assert told.err.count("\n") == 1, told.err
        return told.err

    return run


@pytest.mark.parametrize("states", [0, STATES], ids=["binary", "letters"])
@pytest.mark.parametrize("program", WRITERS)
def test_free_energies_are_those_of_the_formula_at_every_age(program, states, tmp_path):
    ages = ages_of(program, states)
    path = WRITERS[program](tmp_path / "theirs.h5", ages)
    letters, label = rows(states), np.arange(N) % LABELS if program in LABELED else None
    for age in (*ages, None):
        machine = sp.read_model(path, alphabet="abcde" if states else None, age=age)
        expected = free_energy(ages[age or max(ages)], letters, label)
        np.testing.assert_allclose(energies(machine, letters, label), expected, rtol=1e-5, atol=1e-4)
        assert machine.units["hidden"] == sp.Bernoulli(HIDDEN)


def test_units_of_plus_and_minus_one_have_the_law_of_zeros_and_ones(tmp_path):
    own, letters = parameters(0), rows(0)
    machine = sp.read_model(write_rbms(tmp_path / "ising.h5", {1: own}, "IIRBM"))
    difference = energies(machine, letters) - free_energy(own, 2 * letters - 1, values=(-1, 1))
    np.testing.assert_allclose(difference, difference[0], atol=1e-4)


@pytest.mark.parametrize(("named", "order"), [("rna", "-AGCU"), ("-ACGU", "-AGCU"), ("U-CGA", "U-CGA")])
def test_letters_of_the_authors_are_put_into_our_order(named, order, tmp_path):
    own = parameters(STATES)
    machine = sp.read_model(write_fef(tmp_path / "fef.h5", {1: own}), alphabet=named)
    assert machine.units["visible"].symbols == tuple(RNA)
    theirs = rows()
    ours = np.array([RNA.index(letter) for letter in order])[theirs]
    np.testing.assert_allclose(energies(machine, ours), free_energy(own, theirs), rtol=1e-5, atol=1e-4)


def test_the_authors_order_of_amino_acids(tmp_path):
    own = parameters(21)
    path = tmp_path / "fef.h5"
    with h5py.File(path, "w") as file:
        for key, x in {"W4": own["weight_matrix"], "vbias4": own["vbias"]}.items():
            file[key] = np.swapaxes(x, 0, 1)
        file["hbias4"] = own["hbias"]
    machine = sp.read_model(path, alphabet="protein")
    assert machine.units["visible"].symbols == sp.PROTEIN.symbols
    ours = rows(21)
    theirs = np.array(["-GALMFWKQESPVICYHRNDT".index(letter) for letter in sp.PROTEIN.symbols])[ours]
    np.testing.assert_allclose(energies(machine, ours), free_energy(own, theirs), rtol=1e-5, atol=1e-4)


def test_letters_and_labels_of_the_file_are_taken(tmp_path):
    ages = {9: parameters(STATES, LABELS)}
    machine = sp.read_model(write_annadca(tmp_path / "a.h5", ages, RNA, ["bee", "cow", "elk"]))
    assert (machine.units["visible"].symbols, machine.units["label"].symbols) == (tuple(RNA), ("bee", "cow", "elk"))
    bare = write_annadca(tmp_path / "b.h5", ages)
    assert sp.read_model(bare, alphabet="rna").units["label"].symbols == ("0", "1", "2")
    assert sp.read_model(bare, alphabet="rna", labels="xyz").units["label"].symbols == ("x", "y", "z")


def test_schedules_are_those_of_the_files(tmp_path):
    read = {p: sp.read_model(w(tmp_path / f"{i}.h5", ages_of(p, 0))) for i, (p, w) in enumerate(WRITERS.items())}
    assert {p: m.schedule and (m.schedule.protocol, m.schedule.steps) for p, m in read.items()} == {
        **{"rbms": ((), 12), "TorchRBM": None, "annaDCA": None, "F&F": (sp.FEF_CHAIN, 10)}
    }
    assert (read["F&F"].sampled, read["rbms"].sampled) == ({"visible", "label"}, {"visible", "hidden"})


def test_a_bernoulli_rbm_of_scikit_learn_has_its_own_energies():
    from sklearn.neural_network import BernoulliRBM

    data = np.random.default_rng(0).integers(2, size=(N, SITES))
    theirs = BernoulliRBM(HIDDEN, n_iter=3, random_state=0).fit(data)
    theirs.components_ *= 20
    np.testing.assert_allclose(energies(sp.from_sklearn(theirs), data), theirs._free_energy(data), rtol=1e-5)
    with pytest.raises(ValueError, match="is no fitted BernoulliRBM"):
        sp.from_sklearn(BernoulliRBM())


# -- the programs themselves ---------------------------------------------------------------------


@pytest.mark.parametrize("states", [0, STATES], ids=["binary", "letters"])
def test_free_energies_are_those_of_rbms(states, tmp_path):
    io, classes = (pytest.importorskip(f"rbms.{name}", reason="needs rbms 0.5") for name in ("io", "map_model"))
    own, letters = parameters(states), rows(states)
    kind = "PBRBM" if states else "BBRBM"
    theirs = classes.map_model[kind].set_named_parameters({k: torch.tensor(x).float() for k, x in own.items()})
    io.save_model(str(tmp_path / "a.h5"), theirs, {"visible": torch.zeros(4, SITES)}, 8, 1.0)
    machine = sp.read_model(tmp_path / "a.h5", alphabet="abcde" if states else None)
    expected = theirs.compute_energy_visibles(torch.tensor(letters).float()).numpy()
    np.testing.assert_allclose(energies(machine, letters), expected, rtol=1e-4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of annaDCA
@pytest.mark.parametrize("states", [0, STATES], ids=["binary", "letters"])
def test_free_energies_and_posteriors_are_those_of_annadca(states, tmp_path):
    io = pytest.importorskip("annadca.io", reason="needs annaDCA 0.2")
    rbm = importlib.import_module(f"annadca.rbm.{'categorical' if states else 'binary'}")
    own, letters = {k: torch.tensor(x).float() for k, x in parameters(states, LABELS).items()}, rows(states)
    io._save_model(own, str(tmp_path / "a.h5"), 8)
    machine = sp.read_model(tmp_path / "a.h5", alphabet="abcde" if states else None)
    v = torch.tensor(np.eye(states)[letters] if states else letters).float()
    theirs = (rbm.annaRBMcat if states else rbm.annaRBMbin)(own)
    np.testing.assert_allclose(energies(machine, letters), theirs.compute_energy_visibles(v).numpy(), rtol=1e-4)
    found = sp.posterior(machine, "label", seen(machine, letters)).numpy()
    np.testing.assert_allclose(found, theirs.predict_labels(v).numpy(), atol=2e-4)  # it drops e^-10


def test_an_early_model_of_rbms_has_the_energies_of_its_formula(data):
    path = data / "peer_models" / "rbms_old_Blume_Nh250.h5"
    if not path.exists():
        pytest.skip("needs peer_models")
    with h5py.File(path) as file:
        own = {key: x[()] for key, x in file["update_5000000"].items()}
    own = {key: np.swapaxes(x, 0, 1) if x.ndim > 1 else x for key, x in own.items()}
    letters = np.random.default_rng(0).integers(3, size=(N, 51))
    np.testing.assert_allclose(
        energies(sp.read_model(path, alphabet="-0+"), letters), free_energy(own, letters), rtol=1e-4
    )


# -- the command ---------------------------------------------------------------------------------


def test_a_model_becomes_a_run_that_commands_can_use(tmp_path, capsys):
    own, letters = parameters(STATES), rows()
    path = write_rbms(tmp_path / "theirs.h5", {7: own})
    sequences = (f">s{i}\n{''.join(RNA[x] for x in row)}\n" for i, row in enumerate(letters))
    (tmp_path / "rows.fasta").write_text("".join(sequences))
    more = ("--alphabet", "rna", "--data", tmp_path / "rows.fasta", "--split", "0.5")
    assert call("import", path, "-o", tmp_path / "run", *more) == 0
    assert "age 7, generates in 12 steps" in (said := capsys.readouterr().err)
    assert "equilibrium" in said
    np.testing.assert_allclose(
        energies(sp.load(tmp_path / "run"), letters), free_energy(own, letters), rtol=1e-5, atol=1e-4
    )
    assert Run.open(tmp_path / "run").ages == [7]
    for command in (["info"], ["score"], ["contacts", "-o", tmp_path / "c.csv", "--minimum-separation", 1],
                    ["generate", "-n", 5, "-o", tmp_path / "made.fasta"]):  # fmt: skip
        assert call(command[0], tmp_path / "run", *command[1:]) == 0, capsys.readouterr().err


def test_a_run_of_a_model_alone_says_what_it_lacks(tmp_path, capsys, refused):
    path = write_torch_rbm(tmp_path / "theirs.h5", {7: parameters(0)})
    assert call("import", path, "-o", tmp_path / "run") == 0
    assert "asks for --steps" in capsys.readouterr().err
    assert "--steps" in refused("generate", tmp_path / "run", "-n", 2, "-o", tmp_path / "x.fasta")
    assert "which files it was trained on" in refused("score", tmp_path / "run")
    assert call("import", path, "-o", tmp_path / "run", "--steps", 3, "--overwrite") == 0
    assert call("generate", tmp_path / "run", "-n", 2, "-o", tmp_path / "x.fasta") == 0
    capsys.readouterr()
    said = refused("import", path, "-o", tmp_path / "run")
    assert "exists: --overwrite replaces it" in said
    assert "--resume" not in said


# -- what can't be read --------------------------------------------------------------------------

LETTERS = {5: parameters(STATES)}
WRONG = {
    "no letters": (lambda p: write_rbms(p, LETTERS), (), "5 states", "--alphabet"),
    "other letters": (lambda p: write_rbms(p, LETTERS), ("--alphabet", "protein"), "5 states", "has 21"),
    "letters of bits": (lambda p: write_rbms(p, {1: parameters(0)}), ("--alphabet", "rna"), "units of 0 and 1"),
    "letters of the file": (lambda p: write_annadca(p, {1: parameters(labels=2)}, RNA), ("--alphabet", "dna"), RNA),
    "another age": (lambda p: write_rbms(p, LETTERS), ("--alphabet", "rna", "--age", 6), "no age 6; there are 5"),
    "few labels": (lambda p: write_annadca(p, {1: parameters(0, 3)}), ("--label-name", "a"), "3 labels"),
    "labels of none": (lambda p: write_rbms(p, {1: parameters(0)}), ("--label-name", "a"), "no labels"),
    "another type": (lambda p: write_rbms(p, {1: parameters(0)}, "BGRBM"), (), "BGRBM", "BBRBM"),
    "not finite": (lambda p: write_rbms(p, {1: parameters(0) | {"hbias": np.full(4, np.nan)}}), (), "not finite"),
    "other shapes": (lambda p: write_rbms(p, {1: parameters(0) | {"hbias": np.ones(3)}}), (), "weights of the shape"),
    "text": (lambda p: p.write_text("no model"), (), "line 1", "adabmDCA"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_a_line(what, tmp_path, refused):
    write, more, *words = WRONG[what]
    write(tmp_path / "theirs.h5")
    said = refused("import", tmp_path / "theirs.h5", "-o", tmp_path / "run", *more)
    assert "theirs.h5" in said
    assert all(word in said for word in words), said
    assert not (tmp_path / "run").exists()


def test_a_file_without_a_model_lists_what_was_looked_for(tmp_path, refused):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["train"] = np.zeros((2, 3))
    said = refused("import", tmp_path / "data.h5", "-o", tmp_path / "run")
    assert all(word in said for word in ("rbms", "annaDCA", "F&F authors", "update_N", "W1", "train")), said


def test_a_size_that_a_file_only_claims_takes_no_memory(tmp_path, refused):
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        for key, shape in {"vbias": (SITES,), "hbias": (HIDDEN,), "weight_matrix": (2**20, 2**14)}.items():
            file.create_dataset(f"update_1/params/{key}", shape, np.float32, chunks=True)
    said = refused("import", tmp_path / "huge.h5", "-o", tmp_path / "run")
    assert "GiB" in said or "claims" in said


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_file_is_an_error_in_a_line_or_a_model(seed, tmp_path):
    path = write_annadca(tmp_path / "theirs.h5", {1: parameters(labels=2)}, RNA, ["a", "b"])
    raw, draw = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for at in draw.integers(len(raw), size=20):
        raw[at] = draw.integers(256)
    path.write_bytes(raw[: len(raw) if seed % 2 else draw.integers(len(raw))])
    with suppress(sp.FormatError):  # any other error fails
        assert all(p.isfinite().all() for p in sp.read_model(path).parameters())
