"""Scans: tables of effects by the names of the data, wild types however they are written, and the command."""

from __future__ import annotations

import csv
import shutil
import sys

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.analysis.mutations import mutation_effects
from spinodal.analysis.numbering import by_columns
from spinodal.analysis.scans import scan_sequence, scan_sites, score_variants
from spinodal.data.alphabet import BINARY, GRAY, RNA, Categories
from spinodal.reporting import plots
from spinodal.reporting.plots.canvas import canvas
from spinodal.runs.archive import Run
from spinodal.runs.wild_types import read_wild_type

from .calls import call
from .laws import randomize, small
from .toys import QUICK, chaotic_run, files

WILD = "AC-UACGU"
TWO = {"label:a": sp.Potts(1, 2, symbols=("x", "y")), "label:b": sp.Potts(1, 2, symbols=("x", "z"))}


def row(text=WILD):
    return torch.from_numpy(RNA.encode([text]).astype(np.int32))


def rna(**labels):
    """A machine whose posterior is of its weights as they are, like effects, and not of weights in 15 bits."""
    machine = randomize(sp.rbm(sp.Bernoulli(6), visible=sp.Potts(8, 5, symbols=RNA.symbols), **labels))
    machine.precision = "float32"
    return machine


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


# -- tables --


def test_every_substitution_has_its_effects():
    machine = rna(label=sp.Potts(1, 2, symbols=("fly", "yeast")))
    found = scan_sequence([machine], row(), by_columns(WILD).from_first(11), RNA)
    lines = [dict(zip(found.table(), line)) for line in zip(*found.table().values())]
    assert len(lines) == 7 * 3
    p = sp.posterior(machine, "label", row())[0]
    for line in lines:
        site, other = int(line["column"]) - 1, list(WILD)
        assert line["mutant"] == f"{line['wildtype']}{line['position']}{line['mutation']}"
        assert WILD.replace("-", "")[int(line["position"]) - 11] == WILD[site] == line["wildtype"]
        other[site] = line["mutation"]
        after = sp.posterior(machine, "label", row("".join(other)))[0]
        for i, name in enumerate(("fly", "yeast")):
            assert float(line[f"p({name})"]) == pytest.approx(after[i].item(), abs=1e-5)
            change = float(line[f"change of log p({name})"])
            assert change == pytest.approx((after[i] / p[i]).log().item(), abs=1e-4)
            assert float(line[f"effect given {name}"]) == pytest.approx(float(line["effect"]) + change, abs=3e-6)


def test_labels_of_several_columns_are_told_apart():
    found = scan_sequence([rna(**TWO)], row(), by_columns(WILD), RNA)
    assert {"effect given a x", "effect given b x", "b p(z)", "change of log a p(y)"} <= found.table().keys()
    grids = found.grids(8, 5)
    assert list(grids) == ["all labels", "a x", "a y", "b x", "b z"]
    assert np.isnan(grids["all labels"][2]).all()
    assert all(np.isnan(x[np.arange(8), row()[0]]).all() for x in grids.values())
    assert grids["b z"][0, 2] == found.effects.given["label:b"][0, 1]


def test_named_mutants_are_those_of_the_scan():
    machine, numbering = rna(**TWO), by_columns(WILD).from_first(-1)
    whole = scan_sequence([machine], row(), numbering, RNA).table()
    names = [*whole["mutant"].tolist(), "A-1A:C0G"]
    found, matched = score_variants([machine], row(), numbering, RNA, [*names[:3], "nothing", *names[3:]])
    assert list(matched.reasons) == [3]
    assert found["reason"][3]
    assert {x[3] for k, x in found.items() if k not in ("mutant", "reason")} == {""}
    for k in found.keys() & whole.keys():
        assert [*found[k][:3], *found[k][4:-1]] == whole[k].tolist()


def test_sites_with_names_are_flipped():
    machine = small(sp.Bernoulli(3), sp.Bernoulli(2))
    wild = torch.tensor([[0.0, 1.0, 0.0]])
    found = scan_sites([machine], wild, ["1:5_A_C", "1:9_G_T", "2:5_A_T"], BINARY)
    assert found.about["site"].tolist() == ["1:5_A_C", "1:9_G_T", "2:5_A_T"]
    assert (found.about["wildtype"].tolist(), found.about["mutation"].tolist()) == (["0", "1", "0"], ["1", "0", "1"])
    np.testing.assert_array_equal(found.effects.total, mutation_effects(machine, wild, found.mutants).total)


def test_sites_with_letters_of_their_own():
    units = sp.Potts(2, 3, states=(2, 3), symbols=(("no", "yes"), ("blue", "green", "red")))
    found = scan_sites([small(units, sp.Bernoulli(2))], torch.tensor([[1, 0]]), ["b", "c"], Categories.of(units))
    assert found.about["mutation"].tolist() == ["no", "green", "red"]
    spins = scan_sites([small(sp.Spin(2), sp.Bernoulli(2))], torch.tensor([[1.0, -1.0]]), ["1", "2"], GRAY)
    assert spins.about["mutation"].tolist() == ["-1", "1"]


# -- wild types of files, and the command --


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a family's data and a run on it."""
    folder = files(tmp_path_factory.mktemp("scan"))
    quick = [x for k, v in QUICK.items() for x in (f"--{k.replace('_', '-')}", v)]
    how = ["--labels", folder / "family.csv", "--label", "family", "--split", "split"]
    assert call("train", folder / "family.fasta", *how, "--out", folder / "run", *quick) == 0
    (folder / "first.fa").write_text(f">s000/11-18\n{_first(folder)}\n>s001\nUUGG-CAA\n")
    return folder


def _first(folder):
    return (folder / "family.fasta").read_text().split("\n")[1]


@pytest.mark.parametrize(
    ("written", "first", "letters"),
    [
        (">s/11-17\nACGUACG-\n", 11, "ACGUACG"),
        (">s\nACguGU..acG-aU\n", 1, "ACGUGUACGAU"),
        (">s/5-16\nGGGGACGUACGU*\n", 5, "GGGGACGUACGU"),
        (">s\nACGUAGU\n", 1, "ACGUAGU"),
    ],
)
def test_a_wild_type_is_read_however_it_is_written(place, tmp_path, written, first, letters):
    path, archive = tmp_path / "wild.fa", Run.open(place / "run")
    path.write_text(written)
    found = read_wild_type(archive, archive.machine(), path)
    assert (found.numbering.first, found.numbering.sequence) == (first, letters)
    assert RNA.decode(found.row.numpy())[0] == found.numbering.row(8)
    assert 0 < found.identity <= 1
    assert read_wild_type(archive, archive.machine(), path, first=7).numbering.first == 7


def test_rows_of_other_formats_are_wild_types(place):
    archive = Run.open(place / "run")
    found = read_wild_type(archive, archive.machine(), place / "table.csv", name="s003", first=5)
    assert found.name == "s003"
    assert found.numbering.row(8) == RNA.decode(found.row.numpy())[0]
    assert found.numbering.first == 5


def test_a_scan_as_a_command(place, tmp_path, capsys):
    out, picture = tmp_path / "scan.csv", tmp_path / "scan.png"
    assert call("scan", place / "run", place / "first.fa", "-o", out, "--figure", picture) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "mutants of s000/11-18" in told.err
    lines = table(out)
    letters = _first(place).replace("-", "")
    assert [line["mutant"] for line in lines if line["mutation"] == "G"] == [
        f"{c}{i}G" for i, c in enumerate(letters, 11) if c != "G"
    ]
    assert picture.read_bytes().startswith(b"\x89PNG")
    names = tmp_path / "names.csv"
    names.write_text("mutant\n" + "\n".join(line["mutant"] for line in lines) + "\nA1000G\n")
    assert call("scan", place / "run", place / "first.fa", "-o", tmp_path / "v.csv", "--variants", names) == 0
    assert f'the first is "A1000G" in line {len(lines) + 2}' in capsys.readouterr().err
    assert [line["effect"] for line in table(tmp_path / "v.csv")] == [*(line["effect"] for line in lines), ""]


def test_the_figure_of_many_labels_has_those_that_differ_most(place, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["spinodal.cli.commands.scan"], "ALL_SHOWN", 2)
    drawn = []
    monkeypatch.setattr(plots, "mutation_map", lambda grids, *more: drawn.append(list(grids)) or canvas(1.0, "")[0])
    scan = ["scan", place / "run", place / "first.fa", "-o", tmp_path / "s.csv", "--figure", tmp_path / "s.png"]
    assert call(*scan) == 0
    told = capsys.readouterr().err
    assert "s.png: all labels, and of 3 labels the 2 whose effects differ most from it, " in told
    assert len(drawn[0]) == 3
    assert call(*scan, "--panels", "all") == call(*scan, "--panels", "beta") == 0
    assert drawn[1:] == [["all labels", "alpha", "beta", "gamma"], ["all labels", "beta"]]
    capsys.readouterr()
    assert call(*scan, "--panels", "delta") == 1
    assert 'there is no label "delta"; there are: alpha, beta, gamma' in capsys.readouterr().err
    assert call("scan", place / "run", place / "first.fa", "-o", tmp_path / "s.csv", "--panels", "beta") == 1
    assert "--panels are those of --figure FILE" in capsys.readouterr().err


def test_an_average_is_that_of_the_last_ages(place, tmp_path):
    columns = []
    for i, more in enumerate([["--age", 15], ["--age", 22], ["--age", 22, "--average", 2]]):
        assert call("scan", place / "run", place / "first.fa", "-o", tmp_path / f"{i}.csv", *more) == 0
        columns.append(np.array([[float(line[k]) for k in line if "(" in k or "effect" in k]
                                 for line in table(tmp_path / f"{i}.csv")]))  # fmt: skip
    np.testing.assert_allclose(columns[2], (columns[0] + columns[1]) / 2, atol=2e-6)


def test_a_scan_of_binary_sites(tmp_path, capsys):
    random = np.random.default_rng(0)
    np.save(tmp_path / "rows.npy", (random.random((40, 6)) < 0.3).astype(np.uint8))
    quick = [x for k, v in QUICK.items() for x in (f"--{k.replace('_', '-')}", v)]
    how = ["--alphabet", "binary", *quick]
    assert call("train", tmp_path / "rows.npy", "--out", tmp_path / "run", *how) == 0
    scan = ["scan", tmp_path / "run", tmp_path / "rows.npy"]
    assert call(*scan, "-o", tmp_path / "scan.csv", "--figure", tmp_path / "scan.png") == 0
    assert [line["site"] for line in table(tmp_path / "scan.csv")] == list("123456")
    (tmp_path / "names.txt").write_text("A1G")
    capsys.readouterr()
    assert call(*scan, "-o", tmp_path / "v.csv", "--variants", tmp_path / "names.txt") == 1
    assert call(*scan, "-o", tmp_path / "v.csv", "--first", 3) == 1
    told = capsys.readouterr().err.splitlines()
    assert "are of sequences" in told[0]
    assert "have names of their own" in told[1]


def test_named_mutants_that_all_fit_or_none(place, tmp_path, capsys):
    names, out = tmp_path / "names.txt", tmp_path / "scan.csv"
    scan = ["scan", place / "run", place / "first.fa", "-o", out, "--variants", names]
    letters = enumerate(_first(place).replace("-", ""), 11)
    names.write_text("".join(f"{letter}{i}{'A' if letter == 'G' else 'G'}\n" for i, letter in letters))
    assert call(*scan) == 0
    assert "can't be scored" not in capsys.readouterr().err
    out.unlink()
    assert call(*scan, "--first", 1) == 1
    assert "off by +10? With 11 as the number of the first letter (--first 11)" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.filterwarnings("default:.*is not checked")
def test_what_is_gone_is_said(place, tmp_path, capsys):
    folder = tmp_path / "moved"
    shutil.copytree(place / "run", folder)
    record = Run.open(folder)
    record.revise(source=record.record["source"] | {"data": str(tmp_path / "gone.fasta")})
    out = ["-o", tmp_path / "scan.csv"]
    assert call("scan", folder, place / "first.fa", *out) == 0
    assert "is not checked" in capsys.readouterr().err
    (tmp_path / "gone.fasta").write_text(">s000\nACGUACGUA\n")
    assert call("scan", folder, place / "first.fa", *out) == 0
    assert "has 9 sites, the machine's data 8" in capsys.readouterr().err
    (tmp_path / "gone.fasta").unlink()
    (tmp_path / "long.fa").write_text(">s\nACGUACGUAC\n")
    assert call("scan", folder, tmp_path / "long.fa", *out) == 1
    assert "a sequence is no row of the alignment, and the training data" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        (">s\nACNUACGU\n", [], "1 sites of the wild type are unknown, the first is site 3"),
        (">s\nACGUACGU\n", ["--name", "t"], 'has no row "t"'),
        (">s\n\n>t\nAC\n", [], "has no letters"),
        (">s\nACGUACGU\n", ["--figure", "scan.jpg"], "name it .png"),
        (">s\nACGUACGU\n", ["--age", "7"], "has no age 7"),
        (">s\nACGUACGU\n", ["--average", "3", "--age", "10"], "2 saved ages up to 10, so no average over 3"),
    ],
)
def test_bad_input_is_one_line(place, tmp_path, capsys, monkeypatch, text, more, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wild.fa").write_text(text)
    assert call("scan", place / "run", "wild.fa", "-o", "scan.csv", *more) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "scan.csv").exists()


@pytest.mark.filterwarnings("default:.*doesn't fit the alignment")
def test_a_wild_type_of_another_family_is_said(place, tmp_path, capsys):
    (tmp_path / "wild.fa").write_text(">s\n" + "A" * 20 + "\n")
    assert call("scan", place / "run", tmp_path / "wild.fa", "-o", tmp_path / "scan.csv") == 0
    assert "s doesn't fit the alignment: its nearest training row has" in capsys.readouterr().err


def test_a_chaotic_machine_has_no_effects(tmp_path, capsys):
    chaotic_run(tmp_path / "run")
    np.save(tmp_path / "row.npy", np.ones((1, 12)))
    assert call("scan", tmp_path / "run", tmp_path / "row.npy", "-o", tmp_path / "scan.csv") == 1
    assert "not of chaotic or neural ones" in capsys.readouterr().err
