"""The real files: what is in them, and how long reading takes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinodal.data.alphabet import BINARY, PROTEIN, RNA
from spinodal.data.dataset import Dataset
from spinodal.files import read, write

pytestmark = pytest.mark.claim


def timed_read(folder: Path, name: str, labels: str | None = None, **how: Any) -> Dataset:
    begin = time.perf_counter()
    rows = read(folder / name, labels=None if labels is None else folder / labels, **how)
    print(f"\n{name}: {len(rows)} x {rows['visible'].shape[1]} in {time.perf_counter() - begin:.3f} s")
    return rows


def check_comes_back(rows: Dataset, path: Path) -> None:
    write(rows, path)
    assert read(path).sha256 == rows.sha256


def test_hgd(data: Path, tmp_path: Path) -> None:
    rows = timed_read(data, "hgd/805_SNP_1000G_real.hapt.zip", "hgd/hgd_labels.csv", label="continent")
    assert rows["visible"].shape == (5008, 805)
    assert rows.alphabets["visible"] == BINARY
    assert len(rows.alphabets["label"].symbols) == 5
    assert [len(side) for side in rows.split("split_haplotype")] == [4507, 501]
    assert [len(side) for side in rows.split("split")] == [4512, 496]
    assert len(rows.notes["legend"]) == 806
    assert rows.describe()["constant_sites"] == 3
    for name in ("a.hapt", "a.hap", "a.haps"):
        check_comes_back(rows, tmp_path / name)


def test_sam(data: Path, tmp_path: Path) -> None:
    rows = timed_read(data, "sam/sam.fasta.gz", "sam/sam_labels.csv", label="phylum")
    assert rows["visible"].shape == (4757, 107)
    assert rows.alphabets["visible"] == RNA
    assert len(rows) - rows.describe()["duplicate_sequences"] == 1865
    paper = rows.where(paper_class="1")
    assert len(paper.alphabets["label"].symbols) == 5
    assert [len(side) for side in paper.split("split")] == [3404, 895]
    assert (paper["label"] >= 0).all()
    check_comes_back(paper, tmp_path / "a.fasta")


def test_s1a(data: Path, tmp_path: Path) -> None:
    rows = timed_read(data, "s1a/s1a.fasta.gz", "s1a/s1a_labels.csv", label=["function", "host"])
    assert rows["visible"].shape == (1470, 218)
    assert rows.describe()["unlabeled"] == {"label:function": 900, "label:host": 0}
    assert len(rows.alphabets["label:function"].symbols) == 11
    check_comes_back(rows, tmp_path / "a.fasta")
    check_comes_back(rows, tmp_path / "a.csv")


def test_gh5(data: Path) -> None:
    rows = timed_read(data, "gh5/gh5.fasta.gz", "gh5/gh5_labels.csv", label="subfamily")
    assert rows["visible"].shape == (3267, 370)
    assert len(rows.alphabets["label"].symbols) == 9
    assert [len(side) for side in rows.split("split")] == [2183, 1084]


def test_pf00072(data: Path) -> None:
    rows = timed_read(data, "pf00072/pf00072.fasta.gz")
    assert rows["visible"].shape == (49527, 112)
    assert rows.alphabets["visible"] == PROTEIN
    begin = time.perf_counter()
    weights = rows.select(slice(10_000)).reweighted().weights
    seconds = time.perf_counter() - begin
    assert weights is not None
    print(f"reweighting 10,000 rows: {seconds:.2f} s, {weights.sum():.1f} effective")
    assert seconds < 15


@pytest.mark.parametrize(("part", "n"), [("train", 60_000), ("t10k", 10_000)])
def test_mnist(part: str, n: int, data: Path, tmp_path: Path) -> None:
    rows = timed_read(data, f"mnist/{part}-images-idx3-ubyte.gz")
    assert rows["visible"].shape == (n, 784)
    assert rows.notes["image"] == [28, 28]
    assert rows.alphabets["label"].symbols == tuple("0123456789")
    assert np.bincount(rows["label"][:, 0]).min() > n / 12
    check_comes_back(rows, tmp_path / "a.idx")


def test_pieces(data: Path, tmp_path: Path) -> None:
    rows = read(data / "cmpc" / "midi", labels="folder")
    assert "tempo" not in rows.notes
    if set(rows.table["piece"]) != {"chpn_op27_2", "pathetique_2", "mz_332_2", "bach_846", "bach_847", "bach_850"}:
        pytest.skip("there are other pieces than those counted")
    assert rows.describe()["labels"]["label"] == {"Bach": 12325, "Beethoven": 2331, "Chopin": 3735, "Mozart": 5095}
    assert rows["visible"].mean() == pytest.approx(2.552 / 88, abs=1e-5)
    assert [len(side) for side in rows.split("split")] == [18448, 4372]
    for piece in (data / "cmpc" / "midi").glob("*/*.mid"):
        roll = read(piece)
        write(roll, tmp_path / piece.name)
        assert read(tmp_path / piece.name).sha256 == roll.sha256
