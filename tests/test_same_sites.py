"""Every command that brings data to a machine knows which site is which."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.data.reals import standardize
from spinodal.evaluation.improbable import improbable
from spinodal.files.sites import Sites
from spinodal.files.table import write_rows
from spinodal.runs.archive import Run
from spinodal.runs.sources import read_for, reload

from .genomes import plink, ran, sites
from .test_cli import call, quick, spinodal
from .test_matching import at, changed
from .toys import QUICK, dataset, files, trained

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*sites of the training data are found"),
    pytest.mark.filterwarnings("ignore:probabilities of label are the machine's own"),
]

COUNT = 30
ORDER = np.random.default_rng(3).permutation(COUNT).tolist()
TURNED = [i % 3 == 0 for i in range(COUNT)]

__all__ = ["spinodal"]


def people(n: int = 80, seed: int = 0) -> Dataset:
    """Haplotypes of two populations whose alleles differ in frequency."""
    random, which = np.random.default_rng(seed), np.arange(n) // 2 % 2
    often = np.random.default_rng(9).uniform(0.05, 0.95, (2, COUNT))
    letters = (random.random((n, COUNT)) < often[which]).astype(np.int8)
    names = [f"P{seed}{i // 2:02d}_{'AB'[i % 2]}" for i in range(n)]
    table = {"label": np.array(["north", "south"])[which]}
    return Dataset({"visible": letters}, {"visible": BINARY}, np.array(names), table, notes=sites(COUNT).notes)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A run on haplotypes, others as they are, and the same with other orders and alleles, and with fewer sites."""
    folder = tmp_path_factory.mktemp("sites")
    new = people(seed=1)
    sp.write(people(), folder / "train.vcf")
    sp.write(new, folder / "new.vcf")
    sp.write(changed(new, ORDER, TURNED), folder / "changed.vcf")
    sp.write(changed(new, ORDER[:20], TURNED), folder / "fewer.vcf")
    sp.write(changed(new, ORDER[:14], TURNED), folder / "few.vcf")
    assert call("train", folder / "train.vcf", "--test", folder / "new.vcf", "--out", folder / "run",
                *quick(updates=200, hidden=20)) == 0  # fmt: skip
    return folder


COMMANDS = {
    "predict": lambda f, data: ("predict", f / "run", data),
    "complete": lambda f, data: ("complete", f / "run", data, "--hold", "1-9", "-o", "-"),
    "score": lambda f, data: ("score", f / "run", data, "--json", "--quick", "--rows", 40),
    "generate": lambda f, data: ("generate", f / "run", "--like", data, "-o", "-"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_the_same_of_the_same_sites(place, spinodal, command):
    one, other = (spinodal(*COMMANDS[command](place, place / f"{name}.vcf")) for name in ("new", "changed"))
    assert one == other


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_refused_where_most_sites_are_others(place, capsys, command):
    assert call(*COMMANDS[command](place, place / "few.vcf")) == 1
    said = capsys.readouterr().err
    assert "only 14 of the 30 sites of the training data are found, less than half: 16 are absent" in said


def test_sites_that_a_file_lacks_are_unknown_in_every_command(place, tmp_path, spinodal, capsys):
    run, data = place / "run", place / "fewer.vcf"
    rows = list(csv.DictReader(io.StringIO(spinodal("predict", run, data))))
    truth = people(seed=1).table["label"].tolist()
    assert np.mean([row["predicted"] == label for row, label in zip(rows, truth)]) > 0.8
    spinodal("complete", run, data, "-o", tmp_path / "filled.vcf")
    filled, before = sp.read(tmp_path / "filled.vcf"), people(seed=1)
    assert Sites.of(filled) == sites(COUNT)
    assert np.array_equal(filled["visible"][:, ORDER[:20]], before["visible"][:, ORDER[:20]])
    assert call("score", run, data, "--json", "--quick") == 0
    told = capsys.readouterr()
    assert {"accuracy", "label_fidelity"} <= json.loads(told.out).keys()
    assert "spectrum_error" not in json.loads(told.out)
    assert "fewer than two of these rows are known at every site" in told.err


def test_what_a_training_reads_again_has_its_sites(place, tmp_path, spinodal):
    for name in ("train", "new"):
        (tmp_path / f"{name}.vcf").write_bytes((place / f"{name}.vcf").read_bytes())
        (tmp_path / f"{name}.labels.csv").write_bytes((place / f"{name}.labels.csv").read_bytes())
    command = ("train", tmp_path / "train.vcf", "--test", tmp_path / "new.vcf", "--out", tmp_path / "run")
    spinodal(*command, *quick())
    before = reload(Run.open(tmp_path / "run"))
    for name, seed in (("train", 0), ("new", 1)):
        sp.write(changed(people(seed=seed), ORDER, TURNED), tmp_path / f"{name}.vcf")
    for one, other in zip(before, reload(Run.open(tmp_path / "run"))):
        assert one.sha256 == other.sha256
        assert Sites.of(other) == sites(COUNT)
    spinodal(*command, *quick(updates=QUICK["updates"] + 1), "--resume")
    scored = json.loads(spinodal("score", tmp_path / "run", "--json", "--quick"))
    assert scored["accuracy"] == float(Run.open(tmp_path / "run").log()[-1]["accuracy"])


def test_held_out_rows_of_another_run_have_the_sites_of_this_one(place, tmp_path, spinodal):
    sp.write(changed(people(seed=1), ORDER, TURNED), tmp_path / "other.vcf")
    other = tmp_path / "run"
    spinodal("train", tmp_path / "other.vcf", "--test", tmp_path / "other.vcf", "--out", other, *quick())
    how = ("--json", "--quick", "--rows", 40)
    assert spinodal("score", place / "run", other, *how) == spinodal("score", place / "run", place / "new.vcf", *how)


@plink
def test_genotypes_of_which_plink_keeps_some_people_are_the_same(tmp_path, spinodal):
    for name, seed in (("train", 0), ("new", 1)):
        sp.write(people(120, seed), tmp_path / f"{name}_.vcf")
        ran("plink1.9", "--vcf", tmp_path / f"{name}_.vcf", "--keep-allele-order", "--make-bed", "--out",
            tmp_path / name, "--double-id", "--silent")  # fmt: skip
    both = [(x.names[i][:-2], x.table["label"][i]) for x in (people(120), people(120, 1)) for i in range(0, 120, 2)]
    write_rows(tmp_path / "label.csv", [{"name": name, "label": label} for name, label in both])
    labels = ("--labels", tmp_path / "label.csv", "--label", "label")
    spinodal("train", tmp_path / "train.bed", *labels, "--out", tmp_path / "run", *quick())
    some = [name for name, _ in both[60::4]]
    (tmp_path / "keep.txt").write_text("".join(f"{name} {name}\n" for name in some))
    ran("plink1.9", "--bfile", tmp_path / "new", "--keep", tmp_path / "keep.txt", "--make-bed", "--out",
        tmp_path / "kept", "--silent")  # fmt: skip
    bims = [[line.split() for line in (tmp_path / f"{x}.bim").read_text().splitlines()] for x in ("new", "kept")]
    assert any(a[4:] != b[4:] for a, b in zip(*bims))
    assert {line[0] for line in bims[1]} == {"22", "23"}  # X, as PLINK calls it
    every, kept = (spinodal("predict", tmp_path / "run", tmp_path / f"{x}.bed").splitlines() for x in ("new", "kept"))
    assert kept == [every[0], *(line for line in every if line.split(",")[0] in some)]


# -- data without names of sites ----------------------------------------------------------------


def test_another_alignment_is_noticed(tmp_path):
    run = trained(tmp_path / "run", dataset("family", n=200), updates=200, hidden=20)
    data, machine = dataset("family", n=60, seed=7), run.machine()
    shifted = replace(data, columns={**data.columns, "visible": np.roll(data["visible"], 1, axis=1)})
    assert improbable(machine, data) < 0.05
    assert improbable(machine, shifted) > 0.12
    assert improbable(machine, shifted.select(slice(0, 3))) == 0  # of few letters nothing is said
    sp.write(shifted, tmp_path / "shifted.fasta")
    with pytest.warns(UserWarning, match=r"finds \d\d% of these letters nearly impossible .* aligned as the"):
        read_for(machine, tmp_path / "shifted.fasta")
    sp.write(data, tmp_path / "same.fasta")
    assert len(read_for(machine, tmp_path / "same.fasta")) == 60


def test_unlikely_bits_are_noticed():
    rows = np.repeat(np.eye(40, dtype=np.int8)[:1], 50, axis=0)
    data = Dataset({"visible": rows}, {"visible": BINARY}, np.arange(50).astype(str))
    machine = sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(40))
    assert improbable(machine, data) == 0  # it was never trained
    machine.init_biases(data.frequencies())
    machine.schedule = sp.machines.protocols.Schedule(sp.RDM, 2)
    assert improbable(machine, data) == 0
    other = replace(data, columns={"visible": 1 - rows})
    assert improbable(machine, other) > 0.9


# -- tables -------------------------------------------------------------------------------------


def test_columns_of_a_table_that_are_renamed_are_said_or_refused(tmp_path):
    random = np.random.default_rng(0)
    cells = {name: random.choice(list("abc"), 40) for name in ("color", "shape", "place")}
    before = sp.read(_table(tmp_path / "a.csv", cells))
    renamed = {"Color": cells["color"], "place": cells["place"], "shape": cells["shape"]}
    path = _table(tmp_path / "b.csv", renamed)
    with pytest.warns(UserWarning, match=r"b.csv lacks the columns color: they are unknown in every row; it has the "
                      "columns Color, which the model doesn't have: they are kept in the table"):  # fmt: skip
        found = sp.read(path, alphabet=before.schema)
    assert (found["visible:categorical"][:, 0] == -1).all()
    assert np.array_equal(found["visible:categorical"][:, 1:], before["visible:categorical"][:, 1:])
    with pytest.raises(sp.FormatError, match="there are only 1 of the columns color, shape, place; it has"):
        sp.read(_table(tmp_path / "c.csv", {"color": cells["color"], "x": cells["shape"], "y": cells["place"]}),
                alphabet=before.schema)  # fmt: skip


def _table(path, cells):
    write_rows(path, [dict(zip(cells, row)) for row in zip(*cells.values())])
    return path


@pytest.mark.parametrize("chosen", [[2, 0, 4, 1, 3], [3, 1], [0, 1, 2, 3, 4]])
@pytest.mark.parametrize("names", [["A", "B", "C", "D", "E"], None])
def test_columns_that_anndata_has_moved_keep_what_was_known_of_them(tmp_path, chosen, names):
    anndata = pytest.importorskip("anndata")
    numbers = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32) * [1, 2, 3, 4, 5] + 7
    notes = sites(5).notes | ({"var_names": names} if names else {})
    data = standardize(Dataset({"visible": numbers.astype(np.float32)}, {}, numbered_names(20), notes=notes))
    sp.write(data, tmp_path / "a.h5ad")
    anndata.read_h5ad(tmp_path / "a.h5ad")[:, chosen].copy().write_h5ad(tmp_path / "b.h5ad")
    found = sp.read(tmp_path / "b.h5ad")
    np.testing.assert_allclose(found["visible"], data["visible"][:, chosen], atol=1e-5)
    assert Sites.of(found) == at(sites(5), chosen)
    other = anndata.read_h5ad(tmp_path / "a.h5ad")
    other.var_names = [f"new{i}" for i in range(5)]
    other.write_h5ad(tmp_path / "c.h5ad")
    found = sp.read(tmp_path / "c.h5ad")
    assert not found.notes.keys() & {"sites", "standard"}
    np.testing.assert_allclose(found["visible"], numbers, rtol=1e-5, atol=1e-5)


def test_files_of_toys_have_no_names_of_sites(tmp_path):
    assert not sp.read(files(tmp_path) / "family.fasta").notes.keys() & {"sites", "var_names"}
