"""Effects of mutations: their ranks agree with measured ones, after ten minutes of training on the alignment alone."""

from __future__ import annotations

import csv
import gzip
import time

import pytest
from scipy.stats import spearmanr

from .commands import DATA, spinodal

pytestmark = pytest.mark.claim
MEASURED = {
    "blat": (
        "BLAT_ECOLX.a2m.gz",
        "BLAT_ECOLX.a2m.gz",
        "BLAT_ECOLX_Ranganathan2015.csv.gz",
        "mutant",
        "log_fitness",
        [],
    ),
    "ww": (
        "WW_domain_MSA.fasta.gz",
        "YAP1_HUMAN.fasta",
        "YAP1_HUMAN_Fields2012.csv.gz",
        "variant",
        "y",
        ["--first", 170],
    ),
}
"""Alignment, wild type, measured effects, their columns, and how the wild type is numbered."""

OPTIONS = ["--hidden", 128, "--batch", 256, "--reweight", 0.8, "--updates", 500, "--stop-on", ""]


def measured(path, mutant, value):
    """Name of a single mutant -> measured effect."""
    with gzip.open(path, "rt") as file:
        lines = [line for line in file if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter=";" if ";" in lines[0] else ",")
    return {row[mutant]: float(row[value]) for row in rows if ":" not in row[mutant]}


@pytest.fixture
def agreement(folder, tmp_path):
    """The rank correlation of a protein's effects with the measured ones, by a run that is trained with a protocol."""

    def found(protein, protocol):
        alignment, wild, effects, mutant, value, more = MEASURED[protein]
        place = DATA / "dms"
        if not place.exists():
            pytest.skip(f"{place} is not there; SPINODAL_DATA says where the data are")
        run, table = folder / f"{protein}-{protocol}", tmp_path / "scan.csv"
        if not run.exists():
            spinodal("train", place / alignment, "--protocol", protocol, *OPTIONS, "--out", run)
        spinodal("scan", run, place / wild, "-o", table, "--variants", place / effects, *more)
        known = measured(place / effects, mutant, value)
        with table.open(newline="") as file:
            scored = {row["mutant"]: float(row["effect"]) for row in csv.DictReader(file) if row["effect"]}
        both = [name for name in known if name in scored]
        print(f"\n{protein} {protocol}: {len(both)} of {len(known)} single mutants")
        return spearmanr([scored[name] for name in both], [known[name] for name in both]).statistic

    return found


@pytest.mark.parametrize("protocol", ["rdm", "pcd"])
@pytest.mark.parametrize(("protein", "least"), [("blat", 0.70), ("ww", 0.60)])
def test_effects_agree_with_measured_ones(agreement, protein, protocol, least):
    rho = agreement(protein, protocol)
    print(f"{protein} {protocol}: Spearman {rho:.3f}")
    assert rho >= least


def test_a_scan_of_a_protein_takes_less_than_two_seconds():
    import torch

    import spinodal as sp

    machine, wild = sp.rbm(sp.Bernoulli(512), visible=sp.Potts(263, 21)), torch.ones(1, 263, dtype=torch.int32)
    begin = time.perf_counter()
    effects = sp.mutation_effects(machine, wild, sp.single_mutants(machine, wild))
    taken = time.perf_counter() - begin
    print(f"\n{len(effects.total)} mutants in {taken:.2f} s")
    assert taken < 2
