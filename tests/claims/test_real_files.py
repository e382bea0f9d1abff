"""The real files: what is in them, and how long reading takes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinodal.alphabet import BINARY, PROTEIN, RNA
from spinodal.dataset import Dataset
from spinodal.files import read, write

DATA = Path(os.environ.get("SPINODAL_DATA", Path(__file__).parents[3] / "shared" / "data"))

pytestmark = pytest.mark.claim


def timed_read(name: str, labels: str | None = None, **how: Any) -> Dataset:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not there; SPINODAL_DATA says where the data are")
    begin = time.perf_counter()
    data = read(path, labels=None if labels is None else DATA / labels, **how)
    print(f"\n{name}: {len(data)} x {data['visible'].shape[1]} in {time.perf_counter() - begin:.3f} s")
    return data


def check_comes_back(data: Dataset, path: Path) -> None:
    write(data, path)
    assert read(path).sha256 == data.sha256


def test_hgd(tmp_path: Path) -> None:
    data = timed_read("hgd/805_SNP_1000G_real.hapt.zip", "hgd/hgd_labels.csv", label="continent")
    assert data["visible"].shape == (5008, 805)
    assert data.alphabets["visible"] == BINARY
    assert len(data.alphabets["label"].symbols) == 5
    assert [len(side) for side in data.split("split_haplotype")] == [4507, 501]
    assert [len(side) for side in data.split("split")] == [4512, 496]
    assert len(data.notes["legend"]) == 806
    assert data.describe()["constant_sites"] == 3
    for name in ("a.hapt", "a.hap", "a.haps"):
        check_comes_back(data, tmp_path / name)


def test_sam(tmp_path: Path) -> None:
    data = timed_read("sam/sam.fasta.gz", "sam/sam_labels.csv", label="phylum")
    assert data["visible"].shape == (4757, 107)
    assert data.alphabets["visible"] == RNA
    assert len(data) - data.describe()["duplicate_sequences"] == 1865
    paper = data.where(paper_class="1")
    assert len(paper.alphabets["label"].symbols) == 5
    assert [len(side) for side in paper.split("split")] == [3404, 895]
    assert (paper["label"] >= 0).all()
    check_comes_back(paper, tmp_path / "a.fasta")


def test_s1a(tmp_path: Path) -> None:
    data = timed_read("s1a/s1a.fasta.gz", "s1a/s1a_labels.csv", label=["function", "host"])
    assert data["visible"].shape == (1470, 218)
    assert data.describe()["unlabeled"] == {"label:function": 900, "label:host": 0}
    assert len(data.alphabets["label:function"].symbols) == 11
    check_comes_back(data, tmp_path / "a.fasta")
    check_comes_back(data, tmp_path / "a.csv")


def test_gh5() -> None:
    data = timed_read("gh5/gh5.fasta.gz", "gh5/gh5_labels.csv", label="subfamily")
    assert data["visible"].shape == (3267, 370)
    assert len(data.alphabets["label"].symbols) == 9
    assert [len(side) for side in data.split("split")] == [2183, 1084]


def test_pf00072() -> None:
    data = timed_read("pf00072/pf00072.fasta.gz")
    assert data["visible"].shape == (49527, 112)
    assert data.alphabets["visible"] == PROTEIN
    begin = time.perf_counter()
    weights = data.select(slice(10_000)).reweighted().weights
    seconds = time.perf_counter() - begin
    assert weights is not None
    print(f"reweighting 10,000 rows: {seconds:.2f} s, {weights.sum():.1f} effective")
    assert seconds < 15


@pytest.mark.parametrize(("part", "n"), [("train", 60_000), ("t10k", 10_000)])
def test_mnist(part: str, n: int, tmp_path: Path) -> None:
    data = timed_read(f"mnist/{part}-images-idx3-ubyte.gz")
    assert data["visible"].shape == (n, 784)
    assert data.notes["image"] == [28, 28]
    assert data.alphabets["label"].symbols == tuple("0123456789")
    assert np.bincount(data["label"][:, 0]).min() > n / 12
    check_comes_back(data, tmp_path / "a.idx")
