"""PLINK's .bed: genotypes come back, plink reads and writes the same, and no file breaks the reader."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import PROTEIN
from spinodal.data.dataset import Dataset, label_column
from spinodal.errors import FormatError
from spinodal.files import read, write
from spinodal.files.labels import add_labels
from spinodal.files.plink import GENOTYPE, PERSON
from spinodal.files.sites import Sites

from .formats import WORD, check_round_trip, datasets, few, write_text
from .genomes import haplotypes, plink, ran, sites

BIM = "1\trs1\t0\t10\tC\tA\n1\trs2\t0.5\t20\tG\tT\n"
FAM = "f1 p1 0 0 1 2\nf1 p2 0 0 2 -9\nf2 p3 p1 p2 0 1\n"


def people(*rows: str) -> Dataset:
    """Individuals p1, p2 ... of these genotypes, "?" unknown, with sites."""
    letters = GENOTYPE.encode(rows)
    names = np.array([f"p{i + 1}" for i in range(len(rows))])
    return Dataset({"visible": letters}, {"visible": GENOTYPE}, names, notes=sites(letters.shape[1]).notes)


@few
@given(data=datasets(GENOTYPE), words=st.lists(WORD, min_size=6, max_size=6), split=st.booleans())
def test_genotypes_come_back(data: Dataset, words: list[str], split: bool) -> None:
    words = [f"w{word}" for word in words]  # not one of those for what isn't known
    person = {name: np.array((words * len(data))[i : i + len(data)]) for i, name in enumerate(PERSON)}
    more = {"split": np.array(["train, or test"] * len(data))} if split else {}
    notes = {**sites(data["visible"].shape[1]).notes, "centimorgans": ["0.25"] * data["visible"].shape[1]}
    again = check_round_trip(replace(data, table={**person, **more}, notes=notes), "a.bed")
    assert again.notes == {"format": "bed", **notes}


def test_what_is_known_of_nobody(tmp_path: Path) -> None:
    data = replace(people("012?", "2101"), notes={})
    label, alphabet = label_column(["x", "y"])
    labeled = replace(data, columns={**data.columns, "label": label}, alphabets={**data.alphabets, "label": alphabet})
    write(labeled, tmp_path / "a.bed")
    assert (tmp_path / "a.fam").read_text() == "0 p1 0 0 0 -9\n0 p2 0 0 0 -9\n"
    assert (tmp_path / "a.bim").read_text().splitlines()[1] == "1\t.\t0\t2\tC\tA"
    again = read(tmp_path / "a.bed")
    assert again.sha256 == labeled.sha256
    unknown = {**PERSON, "sex": "", "phenotype": ""}
    assert {name: set(values) for name, values in again.table.items()} == {k: {v} for k, v in unknown.items()}


def test_the_bits_are_those_of_the_format(tmp_path: Path) -> None:
    """Two bits a person from the lowest: 11 is none of A1, 10 one, 00 two, 01 missing. Five take two bytes a site."""
    write(people("0", "1", "2", "?", "1"), tmp_path / "a.bed")
    assert (tmp_path / "a.bed").read_bytes() == bytes([0x6C, 0x1B, 1, 0b01001011, 0b10])


def test_a_column_of_the_fam_can_be_the_label(tmp_path: Path) -> None:
    write(replace(people("00", "01", "12"), notes={}), tmp_path / "a.bed")
    write_text(tmp_path, "a.fam", FAM)
    counted = "a.fam: read as unknown, as by PLINK: sex 0 of 1; phenotype -9 of 1$"
    with pytest.warns(UserWarning, match=counted) as said:
        data = read(tmp_path / "a.bed", label="phenotype")
    assert said[0].filename == __file__
    assert data.texts("label").tolist() == ["2", "", "1"]
    assert data.alphabets["label"].symbols == ("1", "2")
    assert {name: data.table[name].tolist() for name in ("family", "father", "mother", "sex")} == {
        "family": ["f1", "f1", "f2"],
        "father": ["0", "0", "p1"],
        "mother": ["0", "0", "p2"],
        "sex": ["1", "2", ""],
    }
    with pytest.warns(UserWarning, match=counted):
        write(read(tmp_path / "a.bed", label=[]), tmp_path / "b.bed")
    write(data, tmp_path / "c.bed")
    for name in "bc":
        assert (tmp_path / f"{name}.fam").read_text() == FAM
    with pytest.warns(UserWarning, match="c.fam: read as unknown"):
        assert read(tmp_path / "c.bed", label="phenotype").sha256 == data.sha256


@pytest.mark.parametrize(
    ("words", "known", "said"),
    [
        ("1 2 -9 0 NA", "1 2 _ _ _", "phenotype -9 of 1, 0 of 1, NA of 1$"),
        ("1 2 nan 2 1", "1 2 _ 2 1", "phenotype nan of 1$"),
        ("0.5 0 -9 2 1", "0.5 0 _ 2 1", "phenotype -9 of 1$"),  # measured, not case and control
        ("1 0 1 1 0", "1 _ 1 1 _", "phenotype 0 of 2$"),
        ("EUR AFR 0 NA EUR", "EUR AFR _ _ EUR", "phenotype 0 of 1, NA of 1$"),
        ("-9 -9 -9 NA 0", "_ _ _ _ _", None),  # of which nobody expects anything
        ("1 2 2 2 1", "1 2 2 2 1", None),
    ],
)
@pytest.mark.filterwarnings("always")
def test_phenotypes_that_plink_does_not_know(words: str, known: str, said: str | None, tmp_path: Path, recwarn) -> None:
    write(replace(people("0", "1", "2", "0", "1"), notes={}), tmp_path / "a.bed")
    write_text(tmp_path, "a.fam", "".join(f"0 p{i} 0 0 0 {word}\n" for i, word in enumerate(words.split(), 1)))
    data = read(tmp_path / "a.bed")
    assert data.table["phenotype"].tolist() == known.replace("_", "").split(" ")
    assert [bool(re.search(said or "", str(warning.message))) for warning in recwarn] == [True] * bool(said)
    write(data, tmp_path / "b.bed")
    assert read(tmp_path / "b.bed").table["phenotype"].tolist() == data.table["phenotype"].tolist()


# PLINK itself


@plink
@pytest.mark.parametrize("order", [["--keep-allele-order"], []], ids=["as they are", "the rarer is A1"])
def test_what_plink_makes_of_our_vcf(order: list[str], tmp_path: Path) -> None:
    data = haplotypes(7, 40)
    letters = data["visible"].copy()
    letters[[2, 3], 5] = -1
    data = replace(
        data, columns={"visible": letters}, notes={"sites": {**data.notes["sites"], "chromosome": ["1"] * 40}}
    )
    write(data, tmp_path / "a.vcf")
    ran(
        "plink1.9",
        "--vcf",
        tmp_path / "a.vcf",
        "--const-fid",
        "--make-bed",
        "--silent",
        *order,
        "--out",
        tmp_path / "a",
    )
    found, place = read(tmp_path / "a.bed"), Sites.of(data)
    counts = letters.reshape(7, 2, 40).sum(1)
    counts[1, 5] = -1
    assert found.names.tolist() == [f"S{i}" for i in range(1, 8)]
    flipped = np.array(Sites.of(found).alternative) != np.array(place.alternative)
    assert flipped.any() == (not order)
    assert (found["visible"] == np.where(flipped & (counts >= 0), 2 - counts, counts)).all()
    assert Sites.of(found).position == place.position
    write(found, tmp_path / "b.bed")
    for suffix in (".bed", ".bim", ".fam"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@plink
def test_plink_counts_what_is_written(tmp_path: Path) -> None:
    data = people("0012", "01?2", "0212", "0012", "1112")
    write(replace(data, notes={}), tmp_path / "a.bed")
    ran("plink1.9", "--bfile", tmp_path / "a", "--freqx", "--keep-allele-order", "--silent", "--out", tmp_path / "a")
    rows = [line.split("\t") for line in (tmp_path / "a.frqx").read_text().splitlines()[1:]]
    found = [[int(row[i]) for i in (4, 5, 6, 9)] for row in rows]  # of A1 two, one, none; missing
    assert found == [[int((column == letter).sum()) for letter in (2, 1, 0, -1)] for column in data["visible"].T]


# Faults


def broken(folder: Path, name: str, change: Callable[[bytes], bytes | None]) -> Path:
    """A .bed of which one file is changed, or not there."""
    write(replace(people("01", "12", "2?"), notes={}), folder / "a.bed")
    raw = change((folder / name).read_bytes())
    (folder / name).unlink()
    if raw is not None:
        (folder / name).write_bytes(raw)
    return folder / "a.bed"


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("a.bed", lambda raw: b"", "a.bed is not a .bed of PLINK"),
        ("a.bed", lambda raw: raw[:2], "a.bed is not a .bed of PLINK"),
        ("a.bed", lambda raw: b"chr1\t5\t7\n", "a.bed is not a .bed of PLINK"),
        ("a.bed", lambda raw: raw[:2] + b"\0" + raw[3:], "individual after individual.*plink --make-bed"),
        ("a.bed", lambda raw: raw[:-1], "a.bed has 4 bytes; 3 individuals in the .fam and 2 sites in the .bim make 5"),
        ("a.bed", lambda raw: raw + b"\0", "a.bed has 6 bytes"),
        ("a.bim", lambda raw: None, "there is no .*a.bim: a .bed needs its .bim and its .fam"),
        ("a.fam", lambda raw: None, "there is no .*a.fam"),
        ("a.fam", lambda raw: b"", "a.fam: line 1 doesn't have 6 fields"),
        ("a.fam", lambda raw: raw * 3, "a.bed has 5 bytes; 9 individuals"),
        ("a.bim", lambda raw: raw + b"1 rs 0 5 A\n", "a.bim: line 3 doesn't have 6 fields"),
        ("a.bim", lambda raw: raw.replace(b"\t2\t", b"\tx\t"), 'line 2 of the .bim of .*a.bed has the position "x"'),
        ("a.bim", lambda raw: b"\xff" + raw, "a.bim is not text"),
    ],
)
def test_faults(name: str, change: Callable[[bytes], bytes | None], fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=fault):
        read(broken(tmp_path, name, change))


@pytest.mark.parametrize(
    ("data", "name", "fault"),
    [
        (haplotypes(), "a.bed", "write haplotypes to .vcf, of which plink --vcf makes one"),
        (replace(people("0"), alphabets={"visible": PROTEIN}), "a.bed", "write these data to another format"),
        (people("0"), "a.bed.gz", "a .bed is not packed"),
        (replace(people("0"), names=np.array(["a b"])), "a.bed", "a .fam has words without spaces, unlike 'a b'"),
        (
            replace(people("0"), table={"sex": np.array(["a b"])}),
            "a.bed",
            "a .fam has words without spaces, unlike 'a b'",
        ),
        (replace(people("0", "1"), names=np.array(["a", "a"])), "a.bed", "the same family and name"),
        (replace(people("0"), notes=sites(2).notes), "a.bed", "the notes name 2 SNPs, the data have 1"),
    ],
)
def test_what_a_bed_cannot_hold(data: Dataset, name: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=fault):
        write(data, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_other_alphabets(tmp_path: Path) -> None:
    write(people("0"), tmp_path / "a.bed")
    assert read(tmp_path / "a.bed", alphabet="012").alphabets["visible"] == GENOTYPE
    with pytest.raises(ValueError, match="genotypes are 0, 1 and 2: leave the alphabet out"):
        read(tmp_path / "a.bed", alphabet="dna")


def test_without_bed_reader_the_error_says_how_to_install_it(tmp_path: Path, monkeypatch) -> None:
    write(people("0"), tmp_path / "a.bed")
    monkeypatch.setitem(sys.modules, "bed_reader", None)
    for attempt in (lambda: read(tmp_path / "a.bed"), lambda: write(people("0"), tmp_path / "b.bed")):
        with pytest.raises(ValueError, match=r'takes the package bed-reader: pip install "spinodal\[popgen\]"'):
            attempt()


def test_a_fam_as_labels_knows_what_that_of_a_bed_does(tmp_path: Path) -> None:
    data = replace(people("0", "1", "2"), notes={})
    write(data, tmp_path / "a.bed")
    for phenotypes in (["1", "2", "0"], ["0", "1.5", "-9"]):
        rows = [f"f p{i} 0 0 {i % 3} {phenotype}\n" for i, phenotype in enumerate(phenotypes, 1)]
        write_text(tmp_path, "a.fam", "".join(rows))
        with pytest.warns(UserWarning, match="a.fam: read as unknown"):
            own = read(tmp_path / "a.bed").table
        with pytest.warns(UserWarning, match="a.fam: read as unknown"):
            joined = add_labels(data, tmp_path / "a.fam").table
        for name in ("sex", "phenotype"):
            assert joined[name].tolist() == own[name].tolist()
