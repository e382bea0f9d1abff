"""VCF and BCF: rows come back, what is left out is counted, bcftools reads the same, no file breaks the reader."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, PROTEIN
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.evaluation.reference import kind_of
from spinodal.files import read, vcf, write
from spinodal.files.samples import Samples
from spinodal.files.sites import Sites

from .formats import check_round_trip, check_same, datasets, few, write_text
from .genomes import bcftools, haplotypes, ran, sites

NAMES = ["a.vcf", "a.v1.vcf.gz", "a.vcf.bgz", "a.bcf"]
META = '##fileformat=VCFv4.2\n##contig=<ID=1,length=900>\n##FORMAT=<ID=GT,Number=1,Type=String,Description="G">\n'
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
LINE = "1\t100\trs1\tA\tC\t.\tPASS\t.\tGT\t0|1\t1|1\n"
GOOD = f"{META}{COLUMNS}\tS1\tS2\n{LINE}"


def genotypes(*rows: str) -> str:
    """A VCF of biallelic sites with these genotypes, separated by spaces."""
    fields = [row.split() for row in rows]
    samples = [f"S{i + 1}" for i in range(len(fields[0]))]
    lines = ["\t".join(["1", str(i + 1), ".", "A", "C", ".", ".", ".", "GT", *row]) for i, row in enumerate(fields)]
    return META + "\n".join(["\t".join([COLUMNS, *samples]), *lines]) + "\n"


def letters(data: Dataset) -> dict[str, str]:
    return dict(zip(data.names.tolist(), data.texts("visible").tolist()))


# What is written comes back


@pytest.mark.parametrize("name", NAMES)
@few
@given(data=datasets(BINARY), paired=st.booleans(), split=st.booleans(), placed=st.booleans())
def test_haplotypes_come_back(name: str, data: Dataset, paired: bool, split: bool, placed: bool) -> None:
    alone = "" if paired else "alone"
    data = replace(data, names=np.array([f"{name}{alone}" for name in data.names]), notes={"ploidy": 1})
    if paired:
        names = np.array([f"{name}_{side}" for name in data.names for side in "AB"])
        data = replace(data.select(np.repeat(np.arange(len(data)), 2)), names=names, notes={})
    if split:
        data = replace(data, table={"split": np.array(["train, or test"] * len(data))})
    if placed:
        data = replace(data, notes={**data.notes, **sites(data["visible"].shape[1]).notes})
    again = check_round_trip(data, name)
    assert again.notes["sites"] == Sites.of(data).notes["sites"]
    assert ("ploidy" in again.notes) == (not paired)
    check_same(again, check_round_trip(again, name))
    assert kind_of(again) == "genomes"


@pytest.mark.parametrize("name", ["b.hapt", "b.hap", "b.haps"])
def test_sites_go_to_formats_of_haplotypes_and_back(name: str, tmp_path: Path) -> None:
    data = haplotypes()
    write(data, tmp_path / name)
    legend = (tmp_path / "b.legend").read_text().splitlines()
    header = "id position a0 a1 chromosome rsid"
    assert legend[:3] == [header, "22:7_A_C 7 A C 22 .", "22:12_A_G 12 A G 22 rs1"]
    if name == "b.haps":
        assert (tmp_path / name).read_text().startswith("22 22:7_A_C 7 A C ")
    again = read(tmp_path / name)
    write(again, tmp_path / "b.vcf")
    back = read(tmp_path / "b.vcf")
    assert back.sha256 == data.sha256
    assert Sites.of(back) == Sites.of(data)


def test_haps_keep_their_chromosomes(tmp_path: Path) -> None:
    data = read(write_text(tmp_path, "a.haps", "22 rs1 10 A C 0 1 1 1\nX rs2 12 G T 0 0 0 1\n"))
    write(data, tmp_path / "b.vcf")
    assert Sites.of(read(tmp_path / "b.vcf")) == Sites(["22", "X"], [10, 12], ["rs1", "rs2"], ["A", "G"], ["C", "T"])


def test_the_text_is_that_of_vcf(tmp_path: Path) -> None:
    data = haplotypes(2, 3, low=-1)
    column = np.array([[0, 1, -1], [1, 1, -1], [0, -1, 0], [1, 0, 0]], dtype=np.int8)
    data = replace(data, columns={"visible": column}, notes={**data.notes, "header": ["##contig=<ID=X,length=5>"]})
    write(data, tmp_path / "a.vcf")
    head, *lines = (tmp_path / "a.vcf").read_text().split("##contig=<ID=X,length=5>\n##contig=<ID=22>\n")
    assert head.startswith('##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description="All filters passed">\n##source=spin')
    assert lines[0].splitlines()[1:] == [
        f"{COLUMNS}\tS1\tS2",
        "22\t7\t.\tA\tC\t.\tPASS\t.\tGT\t0|1\t0|1",
        "X\t12\trs1\tA\tG\t.\tPASS\t.\tGT\t1|1\t.|0",
        "X\t17\trs2\tA\tT\t.\tPASS\t.\tGT\t.|.\t0|0",
    ]


# Which haplotypes are a sample


@pytest.mark.parametrize(
    ("names", "labels", "ploidy", "found", "again"),
    [
        (["a_B", "b_A", "a_A"], "xyx", 2, ["a", "b_A"], ["a_A", "a_B", "b_A"]),
        (["a_A", "a_B"], "xy", 2, ["a"], ["a_A", "a_B"]),  # a person's, whatever the labels say
        (["1", "2", "3", "4"], "xxxx", 2, ["1", "3"], ["1_A", "1_B", "3_A", "3_B"]),
        (["1", "2", "3", "4", "5"], "xyxyx", 2, ["1", "2", "5"], ["1_A", "1_B", "2_A", "2_B", "5"]),
        (["1", "2", "3"], "xy ", 2, ["1", "2", "3"], ["1", "2", "3"]),
        (["1", "2", "3"], "xxx", 1, ["1", "2", "3"], ["1", "2", "3"]),
    ],
)
def test_samples(names: list[str], labels: str, ploidy: int, found: list[str], again: list[str]) -> None:
    column, alphabet = label_column([label.strip() for label in labels])
    visible = np.arange(len(names), dtype=np.int8)[:, None] % 2
    data = Dataset({"visible": visible, "label": column}, {"visible": BINARY, "label": alphabet}, np.array(names))
    samples = Samples.of(replace(data, notes={"ploidy": ploidy}))
    assert (samples.names, samples.haplotype_names) == (found, again)
    assert sorted(samples.rows) == list(range(len(names)))
    for name, row in zip(samples.haplotype_names, samples.rows):
        assert name not in names or names[row] == name


def test_generated_rows_are_samples_within_a_label(tmp_path: Path) -> None:
    label, alphabet = label_column(["x"] * 3 + ["y"] * 4)
    visible = np.eye(7, 5, dtype=np.int8)
    data = Dataset({"visible": visible, "label": label}, {"visible": BINARY, "label": alphabet}, numbered_names(7))
    write([data.select(slice(4)), data.select(slice(4, 7))], tmp_path / "a.vcf.gz")
    again = read(tmp_path / "a.vcf.gz")
    assert again.names.tolist() == ["g0001_A", "g0001_B", "g0003", "g0004_A", "g0004_B", "g0006_A", "g0006_B"]
    assert (again["visible"] == visible).all()
    assert again.texts("label").tolist() == ["x"] * 3 + ["y"] * 4


# What is read


@pytest.mark.parametrize(
    ("rows", "found", "warned"),
    [
        (["0|1 1|0", "1|1 0|0"], {"S1_A": "01", "S1_B": "11", "S2_A": "10", "S2_B": "00"}, None),
        (["0/0 1/1", "1|1 ./."], {"S1_A": "01", "S1_B": "01", "S2_A": "1?", "S2_B": "1?"}, None),
        (["0 1", "1 ."], {"S1": "01", "S2": "1?"}, None),
        (["0 .|1", ". 1|."], {"S1": "0?", "S2_A": "?1", "S2_B": "1?"}, None),
        (
            ["0|1 0/1"],
            {"S1_A": "0", "S1_B": "1", "S2_A": "?", "S2_B": "?"},
            "1 of 2 genotypes of two alleles have no ph",
        ),
        (
            ["0|1 ./1"],
            {"S1_A": "0", "S1_B": "1", "S2_A": "?", "S2_B": "?"},
            "1 of 2 genotypes of two alleles have no ph",
        ),
        (["0|1", "1", "."], {"S1_A": "01?", "S1_B": "1??"}, "1 genotypes have one allele, but the sample has two els"),
    ],
)
@pytest.mark.filterwarnings("always")
def test_genotypes(rows: list[str], found: dict[str, str], warned: str | None, tmp_path: Path, recwarn) -> None:
    assert letters(read(write_text(tmp_path, "a.vcf", genotypes(*rows)))) == found
    assert [warned in str(warning.message) for warning in recwarn] == ([True] if warned else [])


@pytest.mark.parametrize("alternative", ["C,G", ".", "<DEL>", "*", "C]1:5]", ""])
def test_sites_without_two_alleles_are_left_out(alternative: str, tmp_path: Path) -> None:
    other = LINE.replace("\tC\t", f"\t{alternative}\t").replace("rs1", "rs2")
    path = write_text(tmp_path, "a.vcf", GOOD + other + LINE.replace("100\trs1\tA\tC\t", "200\trs1\tA\tCTT\t"))
    with pytest.warns(
        UserWarning, match=r"a.vcf: 1 sites without exactly two alleles, both of bases, are left out$"
    ) as said:
        data = read(path)
    assert said[0].filename == __file__
    assert letters(data) == {"S1_A": "00", "S1_B": "11", "S2_A": "11", "S2_B": "11"}
    assert Sites.of(data).alternative == ["C", "CTT"]
    assert data.notes["header"] == ["##contig=<ID=1,length=900>"]


def test_phase_sets_are_said(tmp_path: Path) -> None:
    meta = META + '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="S">\n'
    text = GOOD.replace(META, meta).replace("GT\t0|1\t1|1", "PS:GT\t5:0|1\t5:1|1")
    with pytest.warns(UserWarning, match=r"1 sites have phase sets \(PS\), so phase is known only within a set"):
        assert letters(read(write_text(tmp_path, "a.vcf", text)))["S1_B"] == "1"


def test_what_the_header_lacks_is_read(tmp_path: Path, capfd) -> None:
    text = GOOD.replace("##contig=<ID=1,length=900>\n", "") + LINE.replace("1\t100", "HLA*01\t7")
    data = read(write_text(tmp_path, "a.vcf", text))
    assert Sites.of(data).chromosome == ["1", "HLA*01"]
    write(data, tmp_path / "b.vcf")
    assert "##contig=<ID=HLA*01>\n" in (tmp_path / "b.vcf").read_text()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("text", [GOOD.replace("\n", "\r\n"), GOOD])
def test_other_containers(text: str, tmp_path: Path) -> None:
    write_text(tmp_path, "a.vcf", text)
    (tmp_path / "a.vcf.gz").write_bytes(gzip.compress(text.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.vcf", text)
    for name in ("a.vcf", "a.vcf.gz", "a.zip"):
        assert letters(read(tmp_path / name)) == {"S1_A": "0", "S1_B": "1", "S2_A": "1", "S2_B": "1"}


# Programs of the field


@bcftools
@pytest.mark.parametrize("name", NAMES)
def test_bcftools_reads_what_is_written(name: str, tmp_path: Path) -> None:
    data = haplotypes(5, 40, low=-1)
    data = data.select(slice(9))  # the last sample has one haplotype
    write(data, tmp_path / name)
    place = Sites.of(data)
    found = ran("bcftools", "query", "-f", "%CHROM %POS %ID %REF %ALT %FILTER[ %GT]\n", tmp_path / name)
    words = np.array(["0", "1", "."])[data["visible"]].T
    expected = [
        f"{c} {at} {i} {a} {b} PASS " + " ".join([*map("|".join, row[:8].reshape(4, 2)), row[8]])
        for c, at, i, a, b, row in zip(*vars(place).values(), words)
    ]
    assert found.splitlines() == expected
    assert ran("bcftools", "query", "-l", tmp_path / name).split() == ["S1", "S2", "S3", "S4", "S5_A"]
    stats = ran("bcftools", "stats", tmp_path / name)
    assert "SN\t0\tnumber of records:\t40\n" in stats
    assert "SN\t0\tnumber of indels:\t10\n" in stats


@bcftools
@pytest.mark.parametrize(("form", "name"), [("b", "b.bcf"), ("u", "b.bcf"), ("z", "b.vcf.gz"), ("v", "b.vcf")])
def test_what_bcftools_writes_is_read(form: str, name: str, tmp_path: Path) -> None:
    data = haplotypes(5, 40, low=-1)
    write(data, tmp_path / "a.vcf")
    ran("bcftools", "view", "-O", form, "-o", tmp_path / name, tmp_path / "a.vcf")
    again = read(tmp_path / name)
    check_same(data, again)
    assert again.notes == read(tmp_path / "a.vcf").notes


@bcftools
@pytest.mark.parametrize("name", NAMES[1:])
def test_bcftools_indexes_what_is_packed(name: str, tmp_path: Path) -> None:
    write(haplotypes(), tmp_path / name)
    ran("bcftools", "index", tmp_path / name)
    assert len(ran("bcftools", "view", "-H", "-r", "X:1-30", tmp_path / name).splitlines()) == 1


# Faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "neither VCF nor BCF"),
        ("some text\n", "neither VCF nor BCF"),
        (LINE, "neither VCF nor BCF"),
        (META, 'ends before the line "#CHROM ...": it is cut off'),
        (META + LINE, 'line 4 is not a header line: the line "#CHROM ..." is missing'),
        (META + COLUMNS.removesuffix("\tFORMAT") + "\n", "sites but no samples"),
        (META + COLUMNS + "\n", "sites but no samples"),
        (META + COLUMNS + "\tS1\tS2\n", "no site with exactly two alleles, both of bases"),
        (META + COLUMNS + "\tS1\tS1\n" + LINE, "htslib can't read the header or record 1"),
        (GOOD + GOOD, "line 6 has 1 fields, but the header 11"),
        (GOOD + "\n" + LINE, "line 6 has 1 fields"),
        (GOOD + "\n" * 9, "line 6 has 1 fields"),
        (GOOD[:-1], "ends in the middle of a line: it is cut off"),
        (GOOD[:-7], "line 5 has 10 fields, but the header 11"),
        (GOOD.replace("\t1|1", ""), "line 5 has 10 fields, but the header 11"),
        (GOOD.replace("\t1|1", "\t1|1\t0|0"), "line 5 has 12 fields"),
        (GOOD.replace("\t100\t", "\t-5\t"), 'line 5 has the position "-5"'),
        (GOOD.replace("\t100\t", "\t5000000000\t"), 'line 5 has the position "5000000000"'),
        (GOOD.replace("\t100\t", "\tten\t"), 'line 5 has the position "ten"'),
        (GOOD.replace("1\t100\t", "\t100\t"), "line 5 has an invalid chromosome name"),
        (GOOD.replace("1\t100\t", "<1>\t100\t"), "line 5 has an invalid chromosome name"),
        (GOOD.replace("rs1", "r\0s"), "line 5 has a byte 0"),
        (GOOD.replace("GT\t0", "GQ\t0"), 'line 5 has no genotypes: its field FORMAT has no "GT"'),
        (GOOD.replace("0|1", "0|7"), "1:100 has a genotype with allele 7, but only 0 and 1 exist"),
        (GOOD.replace("0|1", "0|1|1"), "1:100 has genotypes of 3 alleles"),
        (GOOD.replace("0|1", "a|b"), "can't read the header or record 1"),
        (GOOD.replace("0|1", ""), "can't read the header or record 1"),
        (GOOD.replace("0|1", "0|"), "can't read the header or record 1"),
        (GOOD.replace("Type=String", "Type=Integer"), "can't read the header or record 1"),
        (
            GOOD.replace("|", "/"),
            "none of 1 genotypes of two alleles has a phase.* plink to .bed, read as genotypes 0, 1, 2",
        ),
    ],
)
def test_faults(text: str, fault: str, tmp_path: Path, capfd) -> None:
    with pytest.raises(FormatError, match=fault):
        read(write_text(tmp_path, "a.vcf", text))
    assert capfd.readouterr().err == ""


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_bytes(GOOD.encode().replace(b"rs1", b"\xff\xfe"))
    with pytest.raises(FormatError, match=r"a.vcf has ids that are not valid UTF-8"):
        read(tmp_path / "a.vcf")


@pytest.mark.parametrize("name", ["a.vcf.gz", "a.bcf", "plain.vcf.gz"])
def test_packed_files_that_are_cut_off(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.startswith("plain"):
        path.write_bytes(gzip.compress(GOOD.encode()))
    else:
        write(haplotypes(9, 40), path)
    raw = path.read_bytes()
    for end in {1, 10, 25, len(raw) // 2, len(raw) - 28, len(raw) - 1}:
        path.write_bytes(raw[:end])
        with pytest.raises(
            FormatError, match=r"neither VCF nor BCF|without the last block of bgzip|not a complete gzip file"
        ):
            read(path)
    path.write_bytes(raw[:40] + bytes([raw[40] ^ 255]) + raw[41:])
    with pytest.raises(FormatError, match="not a complete gzip file"):
        read(path)


def test_a_bcf_whose_genotypes_are_empty(tmp_path: Path) -> None:
    """The type of a vector of no numbers, of which htslib's array can't be looked at."""
    write(haplotypes(1, 1), tmp_path / "a.bcf")
    raw = gzip.decompress((tmp_path / "a.bcf").read_bytes())
    (tmp_path / "a.bcf").write_bytes(raw[:-3] + b"\x01" + raw[-2:])
    with pytest.raises(FormatError, match="has genotypes of 0 alleles"):
        read(tmp_path / "a.bcf")


@pytest.mark.parametrize("end", [3, 7, 9, 100, -45, -40, -3, -1])
def test_a_bcf_that_is_cut_off(end: int, tmp_path: Path) -> None:
    write(haplotypes(1, 1), tmp_path / "a.bcf")
    raw = gzip.decompress((tmp_path / "a.bcf").read_bytes())
    (tmp_path / "a.bcf").write_bytes(raw[:end])
    with pytest.raises(FormatError, match=r"neither VCF nor BCF|record 1 is cut off|can't read the header or record 1"):
        read(tmp_path / "a.bcf")


@pytest.mark.parametrize(
    ("at", "byte", "fault"),
    [
        (-3, 0x27, "X:7 has invalid genotypes: in BCF"),  # letters, for which htslib ends the process
        (-5, 0x17, "can't read the header or record 1"),
        (-16, 9, "record 1 doesn't have the 1 samples of the header"),
    ],
)
def test_a_bcf_that_would_end_the_process(at: int, byte: int, fault: str, tmp_path: Path) -> None:
    """A record ends with: samples (3 bytes), fields, id, alleles, filter; then 11 KEY, type, two numbers."""
    write(haplotypes(1, 1), tmp_path / "a.bcf")
    raw = bytearray(gzip.decompress((tmp_path / "a.bcf").read_bytes()))
    raw[at] = byte
    (tmp_path / "a.bcf").write_bytes(raw)
    with pytest.raises(FormatError, match=fault):
        read(tmp_path / "a.bcf")


def test_a_bcf_without_genotypes(tmp_path: Path) -> None:
    meta = META + '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="D">\n'
    write(haplotypes(1, 1), tmp_path / "a.bcf")
    cyvcf2 = pytest.importorskip("cyvcf2")
    writer = cyvcf2.Writer.from_string(str(tmp_path / "a.bcf"), f"{meta}{COLUMNS}\tS1\n", "wb")
    writer.write_record(writer.variant_from_string("1\t5\t.\tA\tC\t.\t.\t.\tDP\t7"))
    writer.close()
    with pytest.raises(FormatError, match='1:5 has no genotypes: its field FORMAT has no "GT"'):
        read(tmp_path / "a.bcf")


TRIES = """
import random, sys, warnings
from pathlib import Path
from spinodal.files import read
warnings.simplefilter("ignore")
path, chance = Path(sys.argv[1]), random.Random(0)
whole = path.read_bytes()
for _ in range(400):
    raw = bytearray(whole)
    for _ in range(chance.choice([1, 1, 2, 5])):
        raw[chance.randrange(len(raw))] = chance.choice([0, 1, 9, 10, 127, 128, 255, chance.randrange(256)])
    path.write_bytes(raw[: chance.randrange(len(raw)) if chance.random() < 0.1 else len(raw)])
    try:
        read(path)
    except ValueError:
        pass
"""


@pytest.mark.parametrize("name", ["a.vcf", "a.bcf"])
def test_no_byte_crashes_the_reader(name: str, tmp_path: Path) -> None:
    """In a process of its own, as what htslib might do is not an exception. A BCF is unpacked, so that bytes count."""
    write(haplotypes(3, 4, low=-1), tmp_path / name)
    raw = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(gzip.decompress(raw) if name == "a.bcf" else raw)
    done = subprocess.run([sys.executable, "-c", TRIES, tmp_path / name], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: replace(d, alphabets={"visible": PROTEIN}), "VCF holds haplotypes of 0 and 1"),
        (lambda d: replace(d, names=np.array(["a"] * len(d))), "the same name, but each sample needs its own"),
        (lambda d: d.select([0, 1, 2]), "each sample needs"),
        (lambda d: replace(d, names=np.char.add(d.names, "\t_A")), r"can't be called 'S1_A\\t_A'"),
        (lambda d: changed(d, "alternative", "1"), 'SNP 1 has the alleles "A" and "1", but those of VCF are bases'),
        (lambda d: changed(d, "alternative", "<DEL>"), "those of VCF are bases"),
        (lambda d: changed(d, "chromosome", "a b"), 'SNP 1, "." at a b:7, can.t be written to VCF'),
        (lambda d: changed(d, "id", "a b"), "can.t be written to VCF"),
        (lambda d: changed(d, "position", -1), "can.t be written to VCF"),
        (lambda d: replace(d, notes=sites(3).notes), "the notes name 3 SNPs, but the data have 9"),
        (
            lambda d: replace(d, notes={"legend": ["id position a0 a1"] + ["rs 5 A"] * 9}),
            "lines that lack id, position",
        ),
        (lambda d: replace(d, notes={"legend": ["id position a0 a1"] + ["rs x A C"] * 9}), 'the position "x" of a SNP'),
    ],
)
def test_what_vcf_cannot_hold(change: Callable[[Dataset], Dataset], fault: str, tmp_path: Path) -> None:
    data = haplotypes()
    if "each sample needs$" in f"{fault}$":
        data = replace(data, names=np.array(["S1_A", "S1_B", "S1", *data.names[3:]]))
    with pytest.raises(ValueError, match=fault):
        write(change(data), tmp_path / "a.vcf.gz")
    assert list(tmp_path.iterdir()) == []


def changed(data: Dataset, column: str, value: str | int) -> Dataset:
    """The data with another word for the first site."""
    place = dict(data.notes["sites"])
    return replace(data, notes={"sites": {**place, column: [value, *place[column][1:]]}})


def test_an_old_file_stays_where_the_new_one_fails(tmp_path: Path, monkeypatch) -> None:
    write(haplotypes(), tmp_path / "a.vcf.gz")
    before = (tmp_path / "a.vcf.gz").read_bytes()
    monkeypatch.setattr(vcf, "ends_whole", lambda path: False)
    with pytest.raises(OSError, match=r"a.vcf.gz.* could not be written completely: is the disk full?"):
        write(haplotypes(2), tmp_path / "a.vcf.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["a.vcf.gz"]
    assert (tmp_path / "a.vcf.gz").read_bytes() == before


def test_other_labels_beside(tmp_path: Path) -> None:
    write(haplotypes(), tmp_path / "a.vcf")
    write_text(tmp_path, "a.labels.csv", "name,label\nS1_A,x\n")
    with pytest.raises(FormatError, match=r"a.labels.csv doesn't name the rows of a.vcf in their order"):
        read(tmp_path / "a.vcf")


def test_other_alphabets_and_no_folder(tmp_path: Path) -> None:
    write(haplotypes(), tmp_path / "a.vcf")
    with pytest.raises(ValueError, match="haplotypes are 0 and 1: pass no alphabet"):
        read(tmp_path / "a.vcf", alphabet=PROTEIN)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write(haplotypes(), tmp_path / "none" / "a.vcf")


def test_without_cyvcf2_the_error_says_how_to_install_it(tmp_path: Path, monkeypatch) -> None:
    write(haplotypes(), tmp_path / "a.vcf")
    monkeypatch.setitem(sys.modules, "cyvcf2", None)
    for attempt in (lambda: read(tmp_path / "a.vcf"), lambda: write(haplotypes(), tmp_path / "b.bcf")):
        with pytest.raises(ValueError, match=r'needs the package cyvcf2: pip install "spinodal\[popgen\]"'):
            attempt()
