"""Potts models of other programs: the machine has the energies of the file; what can't be read is said in a line."""

from __future__ import annotations

import gzip
import importlib
import struct
from contextlib import suppress

import h5py
import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.analysis import contacts
from spinodal.machines.energies import states, sum_states

from .calls import call
from .laws import randomize

SITES, RNA = 6, "-ACGU"
N = 100


def parameters(states=5, sites=SITES, seed=0, strength=0.7):
    """Fields (sites, states), and symmetric couplings (sites, states, sites, states), in no gauge."""
    draw = np.random.default_rng(seed)
    J = strength * draw.normal(size=(sites, states, sites, states)).astype(np.float32)
    J = (J + J.transpose(2, 3, 0, 1)) / 2
    J[range(sites), :, range(sites)] = 0
    return draw.normal(size=(sites, states)).astype(np.float32), J


def energy(own, rows):
    """- Σ_i h_i(v_i) - Σ_{i<j} J_ij(v_i, v_j), term by term."""
    h, J = (x.astype(float) for x in own)
    return np.array([
        -sum(h[i, a] + sum(J[i, a, j, row[j]] for j in range(i)) for i, a in enumerate(row)) for row in rows
    ])  # fmt: skip


def write_dat(path, own, letters=RNA, swapped=False, least=0.0):
    """As adabmDCA writes it; swapped: with the second site first; couplings of `least` or less are left out."""
    (h, J), letters = own, list(letters)[: own[0].shape[1]]
    lines = ["# fields and couplings"]
    for i, j in zip(*np.triu_indices(len(h), 1)):
        for a, A in enumerate(letters):
            for b, B in enumerate(letters):
                if abs(x := J[i, a, j, b]) > least:
                    lines.append(f"J {j} {i} {B} {A} {x:.9g}" if swapped else f"J {i} {j} {A} {B} {x:.9g}")
    lines += [f"h {i} {A} {h[i, a]:.9g}" for i in range(len(h)) for a, A in enumerate(letters)]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_plmc(path, own, letters=RNA, kind="f", rows=3):
    """The second format of plmc, by its layout: single precision (f), or double (d)."""
    h, J = own
    (sites, q), (i, j) = h.shape, np.triu_indices(len(h), 1)
    pairs = J.transpose(0, 2, 1, 3)[i, j]
    parts = [np.array([0.2, 0.01, 0.01, 0.0, rows]), letters[:q].encode(), np.ones(rows), b"A" * sites,
             np.arange(1, sites + 1, dtype="<i4"), h * 0 + 1 / q, h, pairs * 0 + 1 / q**2, pairs]  # fmt: skip
    numbers = [x if isinstance(x, bytes) or x.dtype.kind == "i" else x.astype(f"<{kind}") for x in parts]
    path.write_bytes(struct.pack("<5i", sites, q, rows, 0, 100) + b"".join(map(bytes, numbers)))
    return path


def write_pbm(path, own, age=20):
    """rbms 0.6: a Potts model without hidden units."""
    with h5py.File(path, "w") as file:
        file["model_type"], file["sampling_args/gibbs_steps"] = "PBM", 10
        file[f"update_{age}/params/bias"], file[f"update_{age}/params/weight_matrix"] = own
    return path


WRITERS = {
    "adabmDCA": write_dat,
    "adabmDCA, second site first": lambda path, own: write_dat(path, own, swapped=True),
    "plmc": write_plmc,
    "plmc, double": lambda path, own: write_plmc(path, own, kind="d"),
    "rbms": write_pbm,
}


def rows(q=5, sites=SITES):
    return np.random.default_rng(1).integers(q, size=(N, sites))


def energies(machine, letters):
    visible = torch.tensor(letters)
    visible = visible if isinstance(machine.units["visible"], sp.Potts) else visible.float()
    return sp.free_energy(machine, {"visible": visible}).detach().double().numpy()


def read(path):
    return sp.read_model(path, alphabet="rna" if path.suffix == ".h5" else None)


def written(program, tmp_path, own):
    return WRITERS[program](tmp_path / ("theirs.h5" if program == "rbms" else "theirs"), own)


@pytest.mark.parametrize("program", WRITERS)
def test_free_energies_are_the_energies_of_the_file(program, tmp_path):
    own, letters = parameters(), rows()
    machine = read(written(program, tmp_path, own))
    np.testing.assert_allclose(energies(machine, letters), energy(own, letters), atol=1e-4)
    assert machine.units["visible"].symbols == tuple(RNA)
    assert machine.schedule is None


@pytest.mark.parametrize("program", ["adabmDCA", "plmc", "rbms"])
def test_no_couplings_are_independent_sites(program, tmp_path):
    own, letters = parameters(strength=0.0), rows()
    np.testing.assert_allclose(
        energies(read(written(program, tmp_path, own)), letters), energy(own, letters), atol=1e-4
    )


def test_letters_come_into_our_order_and_lines_may_lack(tmp_path):
    own, letters = parameters(), rows()
    h, J = own
    sparse = h, np.where(abs(J) > 0.3, J, 0)
    machine = sp.read_model(write_dat(tmp_path / "a.dat", own, "UGCA-", least=0.3))
    np.testing.assert_allclose(energies(machine, 4 - letters), energy(sparse, letters), atol=1e-4)
    machine = sp.read_model(write_plmc(tmp_path / "a.params", own, "UGCA-"))
    np.testing.assert_allclose(energies(machine, 4 - letters), energy(own, letters), atol=1e-4)
    packed = tmp_path / "a.dat.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.dat").read_bytes()))
    np.testing.assert_allclose(energies(sp.read_model(packed), 4 - letters), energy(sparse, letters), atol=1e-4)


def test_states_that_are_numbers_take_the_letters_of_the_alphabet(tmp_path):
    own, letters = parameters(), rows()
    path = write_dat(tmp_path / "a.dat", own, map(str, range(5)))
    np.testing.assert_allclose(
        energies(sp.read_model(path, alphabet="-ACGU"), letters), energy(own, letters), atol=1e-4
    )
    with pytest.raises(sp.FormatError, match="5 states"):
        sp.read_model(path)


def test_a_site_may_have_a_coupling_to_itself_in_rbms(tmp_path):
    own, letters = parameters(), rows()
    h, J = own
    alone = np.random.default_rng(2).normal(size=h.shape)
    J[range(SITES), :, range(SITES)] = np.array([np.diag(x) for x in alone])
    expected = energy((h + alone / 2, J), letters)
    np.testing.assert_allclose(energies(read(write_pbm(tmp_path / "a.h5", own)), letters), expected, atol=1e-4)


def test_two_states_are_units_of_0_and_1(tmp_path):
    own, letters = parameters(2), rows(2)
    machine = sp.read_model(write_dat(tmp_path / "a.dat", own, "01"))
    assert machine.units == {"visible": sp.Bernoulli(SITES), "hidden": sp.Gaussian(SITES)}
    difference = energies(machine, letters) - energy(own, letters)
    np.testing.assert_allclose(difference, difference[0], atol=1e-4)


def test_contacts_are_those_of_the_formula_in_any_gauge(tmp_path):
    """Frobenius norms of couplings in the zero-sum gauge, without gaps, minus the product of their means."""
    h, J = parameters()
    centered = J - J.mean(1, keepdims=True)
    centered = (centered - centered.mean(3, keepdims=True))[:, 1:, :, 1:]
    norm = np.sqrt((centered.astype(float) ** 2).sum((1, 3)))
    own = norm.sum(1) / (SITES - 1)
    expected = norm - np.outer(own, own) / own.mean()
    found = contacts.scores(sp.read_model(write_plmc(tmp_path / "a.params", (h, J))), None)
    apart = ~np.eye(SITES, dtype=bool)
    np.testing.assert_allclose(found[apart], expected[apart], atol=1e-5)


def test_samples_and_log_z_are_those_of_the_file(tmp_path):
    """Chains of the machine, whose hidden units are Gaussian, come to the distribution of the Potts model."""
    own = parameters(3, 3, strength=1.0)
    machine = sp.read_model(write_dat(tmp_path / "a.dat", own, "abc"))
    every = states(machine.units["visible"]).numpy()
    weights = np.exp(-energy(own, every))
    np.testing.assert_allclose(float(sum_states(machine)), np.log(weights.sum()), atol=1e-4)
    p, n = weights / weights.sum(), 40_000
    drawn = sp.run(machine, n, 60, seed=1)["visible"].long().numpy()
    counts = np.bincount(drawn @ [9, 3, 1], minlength=27)
    chi2 = ((counts - n * p) ** 2 / (n * p)).sum()
    assert chi2 < 26 + 5 * np.sqrt(2 * 26)


@pytest.mark.parametrize("kind", [sp.Bernoulli(5), sp.Potts(4, 5, symbols=tuple(RNA))], ids=["binary", "letters"])
def test_what_is_exported_and_read_has_the_same_law(kind, tmp_path):
    machine = randomize(sp.rbm(sp.Gaussian(2), visible=kind))
    every = states(kind).numpy()
    for step in ("machine", "import", "import of the import"):
        sp.write_couplings(machine, None, tmp_path / f"{step}.dat")
        again = sp.read_model(tmp_path / f"{step}.dat")
        difference = energies(again, every) - energies(machine, every)
        np.testing.assert_allclose(difference, difference[0], atol=1e-4)
        machine = again


def test_couplings_of_other_machines_take_data(tmp_path):
    machine = sp.rbm(sp.Bernoulli(3), visible=sp.Potts(4, 5, symbols=tuple(RNA)))
    with pytest.raises(ValueError, match="rows of its data"):
        sp.write_couplings(machine, None, tmp_path / "a.dat")


# -- the programs themselves ---------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of adabmDCA
def test_files_of_adabmdca_have_its_energies(tmp_path):
    io = pytest.importorskip("adabmDCA.io", reason="needs adabmDCA")
    statmech = importlib.import_module("adabmDCA.statmech")
    own, letters = parameters(), rows()
    theirs = dict(zip(("bias", "coupling_matrix"), map(torch.tensor, own)))
    mask = importlib.import_module("adabmDCA.utils").get_mask_save(SITES, 5, torch.device("cpu"))
    io.save_params(str(tmp_path / "a.dat"), theirs, "-ACGU", mask)
    v = torch.nn.functional.one_hot(torch.tensor(letters), 5).float()
    expected = statmech.compute_energy(v, theirs).numpy()
    np.testing.assert_allclose(energies(sp.read_model(tmp_path / "a.dat"), letters), expected, atol=1e-4)


def test_files_of_plmc_have_the_energies_that_evcouplings_finds(tmp_path):
    couplings = pytest.importorskip("evcouplings.couplings.model", reason="needs evcouplings")
    path, letters = write_plmc(tmp_path / "a.params", parameters()), rows()
    theirs = couplings.CouplingsModel(str(path))
    assert "".join(theirs.alphabet) == RNA
    np.testing.assert_allclose(energies(sp.read_model(path), letters), -theirs.hamiltonians(letters)[:, 0], atol=1e-4)


# -- the commands --------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:whether the wild type fits")  # there are no data
def test_commands_use_it_without_data(tmp_path, capsys):
    own = parameters()
    assert call("import", write_plmc(tmp_path / "a.params", own), "-o", tmp_path / "run") == 0
    assert "asks for --steps" in capsys.readouterr().err
    (tmp_path / "wild.fasta").write_text(">wild\nACGUAC\n")
    wild = [RNA.index(letter) for letter in "ACGUAC"]
    assert call("scan", tmp_path / "run", tmp_path / "wild.fasta", "-o", tmp_path / "scan.csv") == 0
    effects = [line.split(",") for line in (tmp_path / "scan.csv").read_text().splitlines()[1:]]
    assert len(effects) == SITES * 3
    for name, *_, effect in effects:
        mutant = wild.copy()
        mutant[int(name[1:-1]) - 1] = RNA.index(name[-1])
        before, after = energy(own, [wild, mutant])
        assert abs(float(effect) - (before - after)) < 1e-4
    run = tmp_path / "run"
    for command in (["contacts", run, "-o", tmp_path / "c.csv", "--minimum-separation", 1],
                    ["convert", run, "--to", "adabmdca", "-o", tmp_path / "back.dat"],
                    ["generate", run, "-n", 5, "--steps", 20, "-o", tmp_path / "made.fasta"]):  # fmt: skip
        assert call(*command) == 0, capsys.readouterr().err
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 1 + SITES * (SITES - 1) // 2
    capsys.readouterr()
    assert call("convert", run, "--to", "rbms", "-o", tmp_path / "x.h5") == 1
    assert "hidden units of 0 and 1" in capsys.readouterr().err


# -- what can't be read --------------------------------------------------------------------------


def changed(write, *edits):
    """A file with each of these texts in place of another; a number: cut off so many bytes before the end."""

    def make(path):
        raw = write(path, parameters()).read_bytes()
        for edit in edits:
            raw = raw[:-edit] if isinstance(edit, int) else raw.replace(*edit, 1)
        path.write_bytes(raw)
        return path

    return make


def header(*numbers):
    """A file of plmc with another header of five numbers."""

    def make(path):
        raw = write_plmc(path, parameters()).read_bytes()
        path.write_bytes(struct.pack("<5i", *numbers) + raw[20:])
        return path

    return make


WRONG = {
    "empty": (lambda p: p.write_bytes(b""), "is empty"),
    "a text": (lambda p: p.write_text("no model"), "line 1", "h i A value"),
    "an age": (lambda p: write_dat(p, parameters()), "no ages"),
    "not finite": (changed(write_dat, (b"h 2 C ", b"h 2 C nan #")), "line"),
    "infinite": (changed(write_dat, (b"h 2 C ", b"h 2 C inf\nh 2 C ")), "not finite"),
    "too large": (changed(write_dat, (b"h 2 C ", b"J 2 1 C C 1e200 \nh 2 C "), (b"J 1 2 C C ", b"# ")), "not finite"),
    "cut off": (changed(write_dat, 60), "lacks lines h"),
    "a field twice": (changed(write_dat, (b"h 2 C", b"h 1 C 0.1\nh 2 C")), "twice"),
    "a coupling twice": (changed(write_dat, (b"h 2 C", b"J 3 1 C G 0.1\nh 2 C")), "twice"),
    "coupled to itself": (changed(write_dat, (b"h 2 C", b"J 3 3 C G 0.1\nh 2 C")), "itself"),
    "another letter": (changed(write_dat, (b"h 2 C", b"J 3 1 N G 0.1\nh 2 C")), "no field of N"),
    "a long letter": (changed(write_dat, (b"h 2 C", b"J 3 1 Ala G 0.1\nh 2 C")), "Ala"),
    "far away": (changed(write_dat, (b"h 2 C", b"J 3 2000000000 C G 0.1\nh 2 C")), "2000000000"),
    "a far field": (changed(write_dat, (b"h 2 C", b"h 2000000000 C 0.1\nh 2 C")), "lacks lines h"),
    "many sites": (lambda p: p.write_text("".join(f"h {i} {a} 0\n" for i in range(20000) for a in "AB")), "GiB"),
    "words": (changed(write_dat, (b"h 2 C", b"h 2")), "words"),
    "cut off plmc": (changed(write_plmc, 7), "cut off"),
    "sizes of plmc": (header(2**31 - 1, 21, 3, 0, 1), "cut off"),
    "sizes below 0": (header(SITES, 5, -3, 6, 1), "not a binary file"),
    "no letters": (changed(write_plmc, (b"-ACGU", b"-AAGU")), "letters"),
    "not finite plmc": (lambda p: write_plmc(p, (parameters()[0] * np.nan, parameters()[1])), "not finite"),
    "no plmc": (lambda p: p.write_bytes(b"\1\0\2"), "plmc", "HDF5"),
    "shapes of rbms": (lambda p: write_pbm(p, (np.ones((3, 5)), parameters()[1])), "shape"),
    "not finite rbms": (lambda p: write_pbm(p, (parameters()[0], parameters()[1] * np.nan)), "not finite"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_a_line(what, tmp_path, capsys):
    write, *words = WRONG[what]
    write(tmp_path / "theirs")
    more = ("--age", 3) if what == "an age" else ("--alphabet", "rna") if "rbms" in what else ()
    assert call("import", tmp_path / "theirs", "-o", tmp_path / "run", *more) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(word in said for word in ("theirs", *words)), said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("write", [write_dat, write_plmc])
@pytest.mark.parametrize("seed", range(15))
def test_a_damaged_file_is_an_error_in_a_line_or_a_model(write, seed, tmp_path):
    raw, draw = bytearray(write(tmp_path / "a", parameters(3, 4)).read_bytes()), np.random.default_rng(seed)
    for at in draw.integers(min(len(raw), 60 if seed % 3 else 2**20), size=4):
        raw[at] = draw.integers(256)
    (tmp_path / "a").write_bytes(raw[: len(raw) if seed % 2 else draw.integers(len(raw))])
    with suppress(sp.FormatError):  # any other error fails
        assert all(p.isfinite().all() for p in sp.read_model(tmp_path / "a", alphabet="-AC").parameters())
