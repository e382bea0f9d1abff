"""Couplings of response regulators are contacts, and the S1 pocket decides what a serine protease is."""

from __future__ import annotations

import csv

import pytest

from spinodal.analysis.contacts import ranked
from spinodal.files import site_pairs

from .commands import DATA, spinodal
from .conftest import finished

pytestmark = pytest.mark.claim

SITES = 112
TRAINING = ("--protocol", "pcd", "--steps", 10, "--hidden", 512, "--updates", 1000, "--batch", 500)
POCKET = {189: 168, 190: 169, 214: 189, 215: 190, 216: 191, 226: 200}
"""Residues of the S1 pocket in the numbers of chymotrypsin -> columns of the alignment (docs/sites-and-contacts.md)."""


def given(name):
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is not there; SPINODAL_DATA says where the data are")
    return DATA / name


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def regulators(folder):
    out = folder / "pf00072-contacts"
    if not finished(out):
        data = given("pf00072/pf00072.fasta.gz")
        spinodal("train", data, *TRAINING, "--reweight", 0.8, "--out", out, "--resume")
    return out


def test_the_first_pairs_of_response_regulators_are_contacts(regulators, tmp_path):
    structure, other = (given(f"contacts/PF00072_{name}.gz") for name in ("struct.dat", "plmDCA_score.txt"))
    found = {}
    for name, more in (("first order", ()), ("exact, 5 rows", ("--exact", 5))):
        spinodal("contacts", regulators, "-o", tmp_path / "pairs.csv", "--structure", structure, *more)
        found[name] = float(table(tmp_path / "pairs.csv")[SITES - 1]["precision"])
    distance, scores = site_pairs.read(structure, "distance", SITES), site_pairs.read(other, "score", SITES)
    found["plmDCA"] = float(ranked(scores, 5, distance).precision(7.5)[SITES - 1])
    print(f"\nprecision of the first {SITES} pairs: " + ", ".join(f"{k} {x:.3f}" for k, x in found.items()))
    assert found["first order"] >= 0.95
    assert abs(found["first order"] - found["exact, 5 rows"]) <= 0.05
    assert found["plmDCA"] >= 0.98


def test_the_pocket_is_among_the_first_ten_sites_of_serine_proteases(trained, tmp_path):
    spinodal("sites", trained("s1a"), "-o", tmp_path / "sites.csv", "--average", 4)
    rows = table(tmp_path / "sites.csv")
    first = [int(row["site"]) for row in rows[:10]]
    there = sorted(residue for residue, column in POCKET.items() if column in first)
    print(f"\nthe first ten columns: {first}; of the S1 pocket: {there}")
    assert {189, 226} <= {*there}
    beyond = {int(row["site"]): float(row["information"]) - float(row["by_chance"]) for row in rows}
    rank = sorted(beyond, key=lambda site: -beyond[site]).index(POCKET[189]) + 1
    print(f"by information beyond chance in the data alone, residue 189 has rank {rank}")
