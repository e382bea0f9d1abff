"""The commands of likelihoods: `likelihood`, and `generate --equilibrium`."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import spinodal as sp
from spinodal.runs import sources
from spinodal.runs.ages import younger
from spinodal.runs.archive import Run

from .calls import call
from .toys import AGES, QUICK, chaotic_run, files, same_bits


def table(path):
    with path.open() as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """family.fasta, family.csv, and a run of them with labels by pcd."""
    place = files(tmp_path_factory.mktemp("likelihood"))
    options = [f"--{k.replace('_', '-')}={v}" for k, v in QUICK.items()]
    named = ["--labels", place / "family.csv", "--label", "family", "--split", "split", "--protocol", "pcd"]
    assert call("train", place / "family.fasta", *named, "--out", place / "run", *options) == 0
    return place


def test_a_row_a_sequence(folder, capsys):
    assert call("likelihood", folder / "run", folder / "family.fasta", "-o", folder / "all.csv") == 0
    run = Run.open(folder / "run")
    data = sources.read_given(run, run.machine(), folder / "family.fasta", [])
    found = table(folder / "all.csv")
    expected = {
        "log_p": sp.log_likelihood(run.machine(), data).rows,
        "independent_sites": sp.independent_sites(sources.reload(run)[0]).rows(data),
        "chow_liu": sp.chow_liu(sources.reload(run)[0]).rows(data),
    }
    assert [row["name"] for row in found] == data.names.tolist()
    for name, values in expected.items():
        np.testing.assert_allclose([float(row[name]) for row in found], values, rtol=1e-6)
    bits = -expected["log_p"] / np.log(2) / 8
    np.testing.assert_allclose([float(row["bits_per_site"]) for row in found], bits, rtol=1e-6)
    said = capsys.readouterr().err
    assert f"mean log p {expected['log_p'].mean():.5g} nats a row" in said
    assert "log Z exact; independent sites" in said


def test_given_a_label_and_labels_given_the_sequence(folder):
    joined = [folder / "run", folder / "family.fasta", "--labels", folder / "family.csv"]
    for given in ("label", "visible"):
        assert call("likelihood", *joined, "--given", given, "-o", folder / f"{given}.csv") == 0
    assert call("likelihood", *joined, "-o", folder / "seen.csv") == 0
    with_label, label, seen = (
        np.array([float(row["log_p"]) for row in table(folder / f"{name}.csv")])
        for name in ("label", "visible", "seen")
    )
    run = Run.open(folder / "run")
    machine = run.machine()
    data = sources.read_given(
        run, machine, folder / "family.fasta", None, sources.Reading(labels=str(folder / "family.csv"))
    )
    one = sp.log_likelihood(machine, data, "label")
    log_p_of_label = np.array([z.log_z for z in one.partitions])[one.which] - sp.log_partition(machine).log_z
    np.testing.assert_allclose(with_label + log_p_of_label, label + seen, rtol=1e-5)
    assert list(table(folder / "visible.csv")[0]) == ["name", "log_p"]


@pytest.mark.parametrize("method", ["ais", "trajectory"])
def test_log_z_by_chains(folder, method, capsys):
    how = ["--method", method, "--chains", 20, "--steps", 30, "-o", folder / "chains.csv"]
    assert call("likelihood", folder / "run", folder / "family.fasta", *how) == 0
    assert "by the bracket of log Z (standard error 0.0" in capsys.readouterr().err
    assert call("likelihood", folder / "run", folder / "family.fasta", "-o", folder / "exact.csv") == 0
    one, other = (float(table(folder / f"{name}.csv")[0]["log_p"]) for name in ("chains", "exact"))
    assert one == pytest.approx(other, abs=0.3)


def test_a_row_an_age(folder, capsys):
    out = folder / "ages.csv"
    how = ["--ages", "all", "--chains", 20, "--steps", 30, "-o", out]
    assert call("likelihood", folder / "run", folder / "family.fasta", *how) == 0
    rows, run = table(out), Run.open(folder / "run")
    assert [int(row["age"]) for row in rows] == AGES
    data = sources.read_given(run, run.machine(), folder / "family.fasta", [])
    for row in rows:
        exact = sp.log_likelihood(run.machine(int(row["age"])), data).mean
        assert float(row["lower"]) <= exact <= float(row["upper"])
    best = max(rows, key=lambda row: float(row["log_p"]))
    assert f"the best of these rows is age {best['age']}, mean log p" in capsys.readouterr().err


def test_younger_machines_are_those_before(folder):
    run = Run.open(folder / "run")
    assert [same_bits(x, run.machine(age)) for x, age in zip(younger(run), AGES[:-1], strict=True)] == [True] * 4
    assert len(younger(run, AGES[2])) == 2
    assert len(younger(run, AGES[2], [AGES[1]])) == 1


def test_rows_without_a_label_have_no_log_p_of_it(folder, capsys):
    names = [row["name"] for row in table(folder / "family.csv")]
    few = folder / "few.csv"
    few.write_text("name,family\n" + "".join(f"{name},{'alpha' if i < 3 else ''}\n" for i, name in enumerate(names)))
    given = ["likelihood", folder / "run", folder / "family.fasta", "--given", "visible", "-o", folder / "few_p.csv"]
    assert call(*given, "--labels", few) == 0
    found = [row["log_p"] for row in table(folder / "few_p.csv")]
    assert [x != "" for x in found] == [i < 3 for i in range(len(names))]
    said = capsys.readouterr().err
    assert (
        f"few_p.csv, 3 of them with a label: mean log p(labels | row) {np.mean([*map(float, found[:3])]):.5g}" in said
    )
    few.write_text("name,family\n" + "".join(f"{name},\n" for name in names))
    assert call(*given, "--labels", few) == 1
    assert " is of " in capsys.readouterr().err


def test_samples_in_equilibrium(folder, capsys):
    out = folder / "made.fasta"
    how = ["--label", "alpha=6", "--label", "beta=3", "--equilibrium", "--steps", 40, "-o", out]
    assert call("generate", folder / "run", *how) == 0
    assert len(sp.read(out)) == 9
    assert "the chains " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--ages", "all", "--age", "10"], "--ages is for log p"),
        (["--ages", "10"], "--ages takes two saved ages or more"),
        (["--ages", "10,11"], "has no age 11"),
        (["--method", "bridge"], 'there is no method "bridge"'),
        (["--given", "host"], "has no label column"),
        (["--chains", "0"], "chains must be 1 or more"),
        (["-o", "table.png"], "is for a table"),
    ],
)
def test_what_cannot_be(folder, options, why, capsys):
    out = [] if "-o" in options else ["-o", folder / "none.csv"]
    assert call("likelihood", folder / "run", folder / "family.fasta", *options, *out) == 1
    assert why in capsys.readouterr().err


def test_a_machine_without_energy_has_no_likelihood(tmp_path, capsys):
    chaotic_run(tmp_path / "chaos")
    for command in (
        ["likelihood", tmp_path / "chaos", "x.npy"],
        ["generate", tmp_path / "chaos", "-n", 2, "--equilibrium"],
    ):
        assert call(*command, "-o", tmp_path / "x.csv") == 1
        assert "has no energy" in capsys.readouterr().err
