"""`spinodal sites` and `spinodal contacts`: their tables and figures, for every kind of data, and what they refuse."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.files.aligned import names_of_sites
from spinodal.files.sites import Sites

from .mixed import cells, write_cells
from .test_cli import call, quick, train
from .toys import files, image_file

PNG = b"\x89PNG"
FEW = ("--permutations", 19)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with data and a run, and a structure in which neighbors at a distance of 5 are in contact."""
    folder = files(tmp_path_factory.mktemp("sites"))
    assert call(*train(folder, folder / "run")) == 0
    lines = [f"{i} {j} {5.0 if j - i == 5 else 9.0}" for i in range(1, 8) for j in range(i + 1, 9)]
    (folder / "structure.txt").write_text("\n".join(lines[:-1]))  # the last pair has no distance
    (folder / "other.csv").write_text("i,j,score\n" + "\n".join(f"{i},{i + 5},{i}" for i in range(1, 4)))
    return folder


@pytest.fixture
def told(capsys):
    """Run a command that ends well: what it says."""

    def run(*tokens):
        code, said = call(*tokens), capsys.readouterr()
        assert code == 0, said.err
        assert said.out == ""
        return said.err

    return run


@pytest.fixture
def refused(capsys):
    def run(*tokens):
        code, said = call(*tokens), capsys.readouterr()
        assert code in (1, 2)
        assert said.err.count("\n") == 1
        return said.err

    return run


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_sites_are_ranked_in_a_table_and_a_figure(place, tmp_path, told):
    said = told("sites", place / "run", "-o", tmp_path / "s.csv", "--figure", tmp_path / "s.png", "--permutations", 199)
    rows = table(tmp_path / "s.csv")
    assert [row["rank"] for row in rows] == [str(i) for i in range(1, 9)]
    assert sorted(int(row["site"]) for row in rows) == list(range(1, 9))
    scores = [float(row["log_odds"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert {"information", "by_chance", "p", "q", "found", "generated", "log_p", "log_odds:alpha"} <= rows[0].keys()
    found = [row["site"] for row in rows if row["found"] == "yes"]
    assert f"{len(found)} of 8 sites are found" in said
    assert ", ".join(found) in said
    assert (tmp_path / "s.png").read_bytes().startswith(PNG)


def test_sites_of_rows_that_are_named(place, tmp_path, told):
    told("sites", place / "run", place / "family.fasta", "-o", tmp_path / "a.tsv", *FEW)
    told("sites", place / "run", place / "table.csv", "--label", "label", "-o", tmp_path / "b.csv", *FEW)
    assert (tmp_path / "a.tsv").read_text().replace("\t", ",") == (tmp_path / "b.csv").read_text()


def test_an_average_is_that_of_the_last_ages(place, tmp_path, told):
    for name, more in {"a": ["--age", 22], "b": [], "both": ["--average", 2]}.items():
        told("sites", place / "run", "-o", tmp_path / f"{name}.csv", *FEW, *more)
    own = {k: {row["site"]: row for row in table(tmp_path / f"{k}.csv")} for k in ("a", "b", "both")}
    for site, row in own["both"].items():
        for column in ("log_odds", "log_p", "generated", "log_odds:beta"):
            mean = (float(own["a"][site][column]) + float(own["b"][site][column])) / 2
            assert float(row[column]) == pytest.approx(mean, abs=1e-6, rel=1e-4)


def test_few_permutations_are_said_where_nothing_is_found(place, tmp_path, told):
    said = told("sites", place / "run", "-o", tmp_path / "s.csv", "--figure", tmp_path / "s.png", "--permutations", 5)
    assert "--permutations 160 or more" in said
    assert not (tmp_path / "s.png").exists()


def test_sites_of_the_columns_of_a_table_have_names(tmp_path, told, refused):
    write_cells(tmp_path / "t.csv", cells(60))
    options = ("--label", "state", "--hidden", 4, "--updates", 3, "--batch", 20, "--steps", 2)
    told("train", tmp_path / "t.csv", *options, "--out", tmp_path / "run")
    told("sites", tmp_path / "run", "-o", tmp_path / "s.csv", *FEW)
    rows = table(tmp_path / "s.csv")
    assert {row["name"] for row in rows} == {"color", "age", "sick", "weight", "rooms"}
    assert all(row["log_odds"] for row in rows)
    assert "columns of a table" in refused("contacts", tmp_path / "run", "-o", tmp_path / "c.csv")


def test_sites_of_a_chaotic_machine_have_no_losses_and_it_has_no_couplings(tmp_path, told, refused):
    images = image_file(tmp_path / "images.idx")
    options = ("--machine", "chaotic", "--alphabet", "gray", "--hidden", 6, "--updates", 3, "--batch", 20, "--steps", 2)
    told("train", images, "--labels", images.with_suffix(".labels.idx"), *options, "--out", tmp_path / "run")
    told("sites", tmp_path / "run", "-o", tmp_path / "s.csv", "--figure", tmp_path / "s.png", "--permutations", 399)
    assert not {"log_p", "log_odds"} & table(tmp_path / "s.csv")[0].keys()
    assert (tmp_path / "s.png").read_bytes().startswith(PNG)
    assert "restricted" in refused("contacts", tmp_path / "run", "-o", tmp_path / "c.csv")


def test_pairs_are_ranked_beside_a_structure(place, tmp_path, told):
    more = ("--structure", place / "structure.txt", "--figure", tmp_path / "c.png", "--first", 2)
    said = told("contacts", place / "run", "-o", tmp_path / "c.csv", *more, "--other", place / "other.csv")
    rows = table(tmp_path / "c.csv")
    assert len(rows) == 6
    assert all(int(row["j"]) - int(row["i"]) >= 5 for row in rows)
    assert {row["contact"] for row in rows} == {"yes", "no"}
    right = [int(row["j"]) - int(row["i"]) == 5 for row in rows]
    assert [row["contact"] == "yes" for row in rows] == right
    np.testing.assert_allclose([float(r["precision"]) for r in rows], np.cumsum(right) / np.arange(1, 7), atol=1e-5)
    assert "other.csv: 1.000 of the first 1, 1.000 of the first 2, 1.000 of the first 3 are contacts" in said
    assert (tmp_path / "c.png").read_bytes().startswith(PNG)


def test_pairs_without_a_structure_have_scores_alone(place, tmp_path, told):
    near = ("--minimum-separation", 1)
    said = told("contacts", place / "run", "-o", tmp_path / "c.csv", "--figure", tmp_path / "c.png", *near)
    rows = table(tmp_path / "c.csv")
    assert rows[0].keys() == {"rank", "i", "j", "score"}
    assert len(rows) == 28
    assert "contacts" not in said.replace("c.csv", "")


def test_exact_couplings_differ_little_from_those_of_first_order(place, tmp_path, told):
    for name, more in (("first", ()), ("exact", ("--exact", 40))):
        told("contacts", place / "run", "-o", tmp_path / f"{name}.csv", "--minimum-separation", 1, *more)
    first, exact = (
        {(row["i"], row["j"]): float(row["score"]) for row in table(tmp_path / f"{name}.csv")}
        for name in ("first", "exact")
    )
    keys = sorted(first)
    assert np.corrcoef([first[k] for k in keys], [exact[k] for k in keys])[0, 1] > 0.95


def test_sites_of_snps_and_of_named_columns_have_names():
    letters = np.zeros((2, 2), dtype=np.int8)
    data = Dataset({"visible": letters}, {"visible": BINARY}, numbered_names(2))
    snps = Sites(["22", "22"], [5, 9], [".", "."], ["A", "C"], ["G", "T"])
    assert names_of_sites(data) == ["1", "2"]
    assert names_of_sites(replace(data, notes=snps.notes)) == ["22:5_A_G", "22:9_C_T"]
    assert names_of_sites(replace(data, notes={"var_names": ["a", "b"]})) == ["a", "b"]


def test_what_is_wrong_is_said_before_the_work(place, tmp_path, refused):
    sites, contacts = ("sites", place / "run", "-o"), ("contacts", place / "run", "-o")
    assert "name it .csv" in refused(*sites, tmp_path / "s.png")
    assert "name it .png, .pdf or .svg" in refused(*contacts, tmp_path / "c.csv", "--figure", tmp_path / "c.jpg")
    assert "no folder" in refused(*contacts, tmp_path / "nowhere" / "c.csv")
    assert "5 saved ages up to 24, so no average over 6" in refused(*sites, tmp_path / "s.csv", "--average", 6)
    assert 'no label column "host"' in refused(*sites, tmp_path / "s.csv", "--label", "host")
    assert "by --structure" in refused(*contacts, tmp_path / "c.csv", "--other", place / "other.csv")
    assert "smaller separation" in refused(*contacts, tmp_path / "c.csv", "--minimum-separation", 8)
    assert "No such file" in refused(*contacts, tmp_path / "c.csv", "--structure", tmp_path / "none.txt")
    assert not any(tmp_path.iterdir())


def test_a_machine_without_labels_says_so(place, tmp_path, refused, told):
    told("train", place / "family.fasta", "--protocol", "rdm", *quick(), "--out", tmp_path / "run")
    assert "without labels" in refused("sites", tmp_path / "run", "-o", tmp_path / "s.csv")
    told("contacts", tmp_path / "run", "-o", tmp_path / "c.csv")
