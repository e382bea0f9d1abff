"""Genomes in the field's own format: from phased VCF to a machine, and from it to a VCF that bcftools reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spinodal.data.dataset import Dataset
from spinodal.files import read, write
from spinodal.files.sites import Sites

from ..genomes import bcftools, plink, ran
from .commands import source, spinodal

pytestmark = pytest.mark.claim

KNOWN = {  # ancestry's best known SNPs, GRCh37: where the alternative is common, and where it is rare
    ("1", 159174683, "T", "C"): ("African", "European"),  # rs2814778, Duffy null
    ("2", 136608646, "G", "A"): ("European", "East Asian"),  # rs4988235, lactase persistence
    ("5", 33951693, "C", "G"): ("European", "East Asian"),  # rs16891982, SLC45A2
    ("15", 28365618, "A", "G"): ("European", "African"),  # rs12913832, blue eyes
    ("15", 48426484, "A", "G"): ("East Asian", "European"),  # rs1426654, SLC24A5: Europeans have the reference
}


@pytest.fixture(scope="module")
def genomes() -> Dataset:
    path, _, labels = source("hgd")
    return read(path, labels=labels)


@pytest.fixture(scope="module")
def vcf(genomes: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("genomes") / "hgd.vcf.gz"
    write(genomes, path)
    return path


def by_continent(data: Dataset, continents: np.ndarray) -> dict[str, np.ndarray]:
    return {name: data["visible"][continents == name].mean(axis=0) for name in np.unique(continents).tolist()}


def test_the_legend_says_what_is_1(genomes: Dataset) -> None:
    """Ids, positions and alleles agree; places come once and in order; 1 is a1, as five SNPs that all know say."""
    place = Sites.of(genomes)
    rows = zip(place.chromosome, place.position, place.reference, place.alternative)
    assert place.id == [f"{chromosome}:{at}_{a}_{b}" for chromosome, at, a, b in rows]
    at = [(int(chromosome), position) for chromosome, position in zip(place.chromosome, place.position)]
    assert at == sorted(set(at))
    assert set(place.chromosome) == {str(i) for i in range(1, 23)}
    assert set(place.reference) | set(place.alternative) == set("ACGT")
    frequency = by_continent(genomes, genomes.table["continent"])
    column = {
        site: i for i, site in enumerate(zip(*list(vars(place).values())[:2], place.reference, place.alternative))
    }
    for site, (common, rare) in KNOWN.items():
        assert frequency[common][column[site]] > 0.5
        assert frequency[rare][column[site]] < 0.1


@bcftools
def test_bcftools_and_we_read_the_same(genomes: Dataset, vcf: Path, tmp_path: Path) -> None:
    again = read(vcf)
    assert again.sha256 == genomes.sha256
    assert Sites.of(again) == Sites.of(genomes)
    assert set(again.table) == set(genomes.table)
    found = ran("bcftools", "query", "-f", "[%GT|]\n", vcf).replace("|", "").replace("\n", "")
    assert (np.frombuffer(found.encode(), np.uint8).reshape(805, 5008).T - ord("0") == genomes["visible"]).all()
    assert "SN\t0\tnumber of SNPs:\t805\n" in ran("bcftools", "stats", vcf)
    ran("bcftools", "view", "-Ob", "-o", tmp_path / "a.bcf", vcf)
    assert (read(tmp_path / "a.bcf")["visible"] == genomes["visible"]).all()


@plink
def test_plink_counts_the_same(genomes: Dataset, vcf: Path, tmp_path: Path) -> None:
    out = tmp_path / "hgd"
    ran("plink1.9", "--vcf", vcf, "--const-fid", "--keep-allele-order", "--make-bed", "--silent", "--out", out)
    people = read(tmp_path / "hgd.bed")
    assert (people["visible"] == genomes["visible"].reshape(-1, 2, 805).sum(1)).all()
    write(people, tmp_path / "again.bed")
    for suffix in (".bed", ".bim", ".fam"):
        assert (tmp_path / f"again{suffix}").read_bytes() == (tmp_path / f"hgd{suffix}").read_bytes()


@bcftools
def test_generated_genomes_have_the_frequencies_of_their_continents(genomes: Dataset, vcf: Path, folder: Path) -> None:
    """1,000 updates of the recipe hgd, from VCF; 200 haplotypes a continent, by what bcftools reads of them."""
    run, made = folder / "hgd-vcf", folder / "hgd-vcf.vcf.gz"
    if not (run / "run.json").exists():
        spinodal("train", vcf, "--recipe", "hgd", "--updates", 1000, "--seed", 0, "--out", run)
    known = by_continent(genomes, genomes.table["continent"])
    asked = [word for name in known for word in ("--label", f"{name}=200")]
    spinodal("generate", run, *asked, "-o", made)
    rows = read(made)
    assert Sites.of(rows) == Sites.of(genomes)
    assert ran("bcftools", "query", "-l", made).split() == [name[:-2] for name in rows.names[::2]]
    text = ran("bcftools", "query", "-f", "[%GT|]\n", made).replace("|", "").replace("\n", "")
    assert (np.frombuffer(text.encode(), np.uint8).reshape(805, 1000).T - ord("0") == rows["visible"]).all()
    found = by_continent(rows, rows.texts("label"))
    agreement = {name: float(np.corrcoef(known[name], found[name])[0, 1]) for name in known}
    print("\n" + ", ".join(f"{name} {r:.4f}" for name, r in agreement.items()))
    assert min(agreement.values()) >= 0.98
