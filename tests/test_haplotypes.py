"""Haploid and paired samples, legends and samples beside: every format has them, and other programs read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import read, write
from spinodal.files.aligned import aligned
from spinodal.files.samples import Samples
from spinodal.files.sites import Sites

from .formats import check_same, few, write_text
from .genomes import bcftools, plink, plink2, ran, sites

NAMES = ["a.vcf", "a.bcf", "a.vcf.gz", "a.hap", "a.hap.gz", "a.haps"]
KINDS = ["2", "1", "1 or 2"]


def letters(data: Dataset) -> dict[str, str]:
    return dict(zip(data.names.tolist(), data.texts("visible").tolist()))


@st.composite
def people(draw: st.DrawFn) -> Dataset:
    """Samples that are diploid, haploid, or haploid at the last sites; with a label each, and places."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    count, cut = draw(st.integers(2, 6)), draw(st.integers(1, 5))
    names, rows, told = list[str](), [], list[str]()
    for i, kind in enumerate(kinds):
        halves = ["", "_A", "_B"][:1] if kind == "1" else ["_A", "_B"]
        both = np.array(
            draw(st.lists(st.lists(st.integers(-1, 1), min_size=count, max_size=count), min_size=2, max_size=2))
        )
        both[0, 0], both[1, 0] = 0, 1  # so that all are what they are called
        if kind == "1 or 2":
            cut = min(cut, count - 1)
            both[0, cut], both[1, cut:] = 1, -1
        names += [f"S{i}{half}" for half in halves] if kind != "1" else [f"T{i // 2}{'_A_B'[i % 2 * 2 :][:2]}"]
        rows += list(both[: len(halves)])
        told += [kind] * len(halves)
    visible = np.array(rows, dtype=np.int8)
    label, alphabet = label_column(["male" if kind != "2" else "female" for kind in told])
    data = Dataset(
        {"visible": visible, "label": label}, {"visible": BINARY, "label": alphabet}, np.array(names), {}, None,
        sites(count).notes | ({"ploidy": 1} if set(told) == {"1"} else {}),
    )  # fmt: skip
    return replace(data, table={"ploidy": np.array(told)}) if set(told) - {"2"} and set(told) != {"1"} else data


# Rows come back, whatever format they go through


@pytest.mark.filterwarnings("ignore:.*have one allele where the sample has two elsewhere")
@pytest.mark.parametrize("name", NAMES)
@settings(few, max_examples=12)
@given(data=people())
def test_samples_of_any_ploidy_come_back(name: str, data: Dataset) -> None:
    with TemporaryDirectory() as folder:
        write(data, Path(folder) / name)
        again = read(Path(folder) / name)
        check_same(data, again)
        assert Sites.of(again) == Sites.of(data)
        write(again, Path(folder) / f"b{name}")
        for file in Path(folder).glob("a.*"):
            if file.suffix not in (".bcf", ".gz"):
                assert (Path(folder) / f"b{file.name}").read_bytes() == file.read_bytes()
        for other in NAMES[::3]:
            write(again, Path(folder) / f"c{other}")
            check_same(data, read(Path(folder) / f"c{other}"))
            assert Sites.of(read(Path(folder) / f"c{other}")) == Sites.of(data)


def test_rows_that_are_chosen_stay_what_they_were(tmp_path: Path) -> None:
    data = read(write_text(tmp_path, "a.hap", "0 1 1 - 0 -\n1 1 0 - 1 -\n"))
    men = data.where(ploidy="1")
    assert Samples.of(men).names == ["h0002", "h0003"]
    write(men, tmp_path / "b.hap")
    assert (tmp_path / "b.hap").read_text() == "1 - 0 -\n0 - 1 -\n"


def test_completions_of_a_sample_are_samples(tmp_path: Path) -> None:
    names = ["a_A_1", "a_A_2", "a_B_1", "a_B_2", "c_1", "c_2"]
    visible = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [0, 1], [1, 1]], dtype=np.int8)
    data = Dataset({"visible": visible}, {"visible": BINARY}, np.array(names), {"ploidy": np.array([*"222211"])})
    write(data, tmp_path / "a.vcf")
    again = letters(read(tmp_path / "a.vcf"))
    assert again == {"a_1_A": "00", "a_1_B": "10", "a_2_A": "01", "a_2_B": "11", "c_1": "01", "c_2": "11"}


# What is read


@pytest.mark.parametrize("name", ["a.hap", "a.haps"])
@pytest.mark.parametrize(
    ("rows", "found", "warned"),
    [
        (["0 1 1 -", "1 1 0 -"], {"h0001_A": "01", "h0001_B": "11", "h0002": "10"}, None),
        (["0 - 1 -", "? - -1 -"], {"h0001": "0?", "h0002": "1?"}, None),  # bcftools has -1 where "." is haploid
        (["- - 0 1", "1 - 0 0"], {"h0001": "?1", "h0002_A": "00", "h0002_B": "10"}, None),
        (["0 1 1 0", "? . -9 1"], {"h0001_A": "0?", "h0001_B": "1?", "h0002_A": "1?", "h0002_B": "01"}, None),
        (["0 1 1", "1 1 0"], {"h0001": "01", "h0002": "11", "h0003": "10"}, None),
        (
            ["0* 1* 0 1", "1* 1* 0 0"],
            {"h0001_A": "?1", "h0001_B": "?1", "h0002_A": "00", "h0002_B": "10"},
            "1 of 2 genotypes of two alleles have no phase: they are unknown",
        ),
        (
            ["0 1", "1 -"],
            {"h0001_A": "01", "h0001_B": "1?"},
            "1 genotypes have one allele where the sample has two els",
        ),
    ],
)
@pytest.mark.filterwarnings("always")
def test_entries(
    name: str, rows: list[str], found: dict[str, str], warned: str | None, tmp_path: Path, recwarn
) -> None:
    first = [f"X rs{i} {i} A C " if name == "a.haps" else "" for i in range(len(rows))]
    text = "".join(f"{what}{row}\n" for what, row in zip(first, rows))
    assert letters(read(write_text(tmp_path, name, text))) == found
    assert [warned in str(warning.message) for warning in recwarn] == ([True] if warned else [])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0* 1* 0 0\n1* 0* 1 1\n", r"a.hap: none of 2 genotypes of two alleles has a phase \(0\|1\). Phase it"),
        ("0 1 - 1\n", 'SNP 1 has "-" in place of a first haplotype whose second is there'),
        ("0 1 -\n", 'a.hap has "-" or "\\*", which are read where two columns are a sample, and 3 columns'),
        ("0 1* 1\n", 'a.hap has "-" or "\\*"'),
        ("0 1 1\n0 2 1\n", 'symbol "2" at column 2'),
        ("0 0 1 0 0 2 1\n", 'symbol "2" at column 6'),
    ],
)
def test_faults(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=fault):
        read(write_text(tmp_path, "a.hap", text))


def test_as_many_names_as_haplotypes_are_samples_by_themselves(tmp_path: Path) -> None:
    write_text(tmp_path, "a.samples", "sample\nx\ny\n")
    data = read(write_text(tmp_path, "a.hap", "0 1\n1 1\n"))
    assert letters(data) == {"x": "01", "y": "11"}
    write(data, tmp_path / "b.hap")
    assert (tmp_path / "b.hap").read_text() == "0 - 1 -\n1 - 1 -\n"
    check_same(data, read(tmp_path / "b.hap"))


@pytest.mark.parametrize("name", ["a.sample", "a.samples"])
def test_what_is_not_known_of_samples(name: str, tmp_path: Path) -> None:
    oxford = name == "a.sample"
    head = "ID_1 ID_2 missing sex pop case\n0 0 0 D D B\n" if oxford else "sample group population sex pop case\n"
    rows = ["x x 0 1 EUR 0", "y y 0 0 NA 1", "z z 0 2 -9 NA"]
    write_text(tmp_path, name, head + "\n".join(rows) + "\n")
    path = write_text(tmp_path, "a.hap", "0 1 1 - 1 0\n")
    with pytest.warns(
        UserWarning, match=f"{name}: read as unknown, as by PLINK: sex 0 of 1; pop -9 of 1, NA of 1; ca"
    ) as said:
        data = read(path)
    assert said[0].filename == __file__
    assert data.names.tolist() == ["x_A", "x_B", "y", "z_A", "z_B"]
    assert data.table["sex"].tolist() == ["1", "1", "", "2", "2"]
    assert data.table["pop"].tolist() == ["EUR", "EUR", "", "", ""]
    assert data.table["case"].tolist() == ["0", "0", "1", "", ""]
    write(data, tmp_path / "b.haps")
    assert (tmp_path / "b.sample").read_text().splitlines()[2:] == ["x x 0 1", "y y 0 0", "z z 0 2"]
    with pytest.warns(UserWarning, match="sex 0 of 1$"):
        check_same(data, read(tmp_path / "b.haps"))


@pytest.mark.parametrize("words", ["male female", "M F"])
def test_a_sample_has_the_sex_of_labels(words: str, tmp_path: Path) -> None:
    man, woman = words.split()
    rows = made({man: 2, woman: 2}, {})
    write(
        replace(rows, alphabets=rows.alphabets | {"label": replace(rows.alphabets["label"], name="")}),
        tmp_path / "a.haps",
    )
    assert (tmp_path / "a.sample").read_text().splitlines()[1:] == ["0 0 0 D", "g0001 g0001 0 1", "g0003 g0003 0 2"]


# What the SNPs are


@pytest.mark.parametrize(
    ("ids", "chromosomes"),
    [
        ("rs7:100:A:G rs8:200:C:T kgp7:300 esv35:400:A:<CN2>", "1 1 1 1"),
        ("rs7:100:A:G 22:200:C:T rs9:300:A:T", "22 22 22"),
        ("22:100_A_G 22:200_C_T X:50_A_T rs9", "22 22 X X"),
        ("chr5:100:A:G rs1 chrX:300:A:C", "chr5 chr5 chrX"),
        ("scaffold7:100_A_G scaffold9:200_C_T", "scaffold7 scaffold9"),  # in the manner of bcftools
        ("2L:100:A:G 2L:200:C:T rs3:300:A:C", "2L 2L 2L"),  # a word of two positions is no SNP
        ("rs7:100:A:G rs7:100:A:T", "1 1"),
        ("--- rs1 rs2", "1 1 1"),
    ],
)
def test_chromosomes_of_a_legend(ids: str, chromosomes: str) -> None:
    rows = []
    for name in ids.split():
        _, _, rest = name.partition(":")
        position, *alleles = (rest or "500").replace("_", ":").split(":")
        rows.append(" ".join([name, position, *(alleles or ["A", "C"])]))
    visible = np.zeros((1, len(rows)), dtype=np.int8)
    data = Dataset(
        {"visible": visible}, {"visible": BINARY}, numbered_names(1), notes={"legend": ["rsID position a0 a1", *rows]}
    )
    assert Sites.of(data).chromosome == chromosomes.split()
    assert Sites.of(data).id == ids.split()


@pytest.mark.parametrize(
    ("name", "line", "chromosome"),
    [("a.haps", "---", "1"), ("p_chr22.haps", "---", "22"), ("chrX_a.haps", "NA", "X"), ("chr22.haps", "7", "7")],
)
def test_a_chromosome_that_haps_do_not_say(name: str, line: str, chromosome: str, tmp_path: Path) -> None:
    path = write_text(tmp_path, name, f"{line} rs1 10 A C 0 1\n{line} rs2 20 A C 1 1\n")
    assert Sites.of(read(path)).chromosome == [chromosome] * 2


def test_a_legend_says_the_chromosome_by_its_name(tmp_path: Path) -> None:
    write_text(tmp_path, "1000GP_Phase3_chr20.legend", "id position a0 a1\nrs1:10:A:C 10 A C\nrs2:20:A:C 20 A C\n")
    data = read(write_text(tmp_path, "a.hap", "0 1\n1 1\n"))
    write(data, tmp_path / "a.vcf")
    assert Sites.of(read(tmp_path / "a.vcf")).chromosome == ["20", "20"]


def test_haps_without_their_first_fields(tmp_path: Path) -> None:
    """As `plink2 --export hapslegend` writes them: the legend says what the SNPs are."""
    write_text(tmp_path, "a.legend", "id position a0 a1\nrs1 10 A C\nrs2 20 A C\n")
    rows = np.random.default_rng(0).integers(0, 2, (2, 40)).astype(str)
    data = read(write_text(tmp_path, "a.haps", "".join(" ".join(row) + "\n" for row in rows)))
    assert data.texts("visible").tolist() == ["".join(column) for column in rows.T]
    assert Sites.of(data).id == ["rs1", "rs2"]
    write(data, tmp_path / "b.haps")
    assert read(tmp_path / "b.haps").sha256 == data.sha256
    assert Sites.of(read(tmp_path / "b.haps")) == Sites.of(data)


def test_hap_with_first_fields(tmp_path: Path) -> None:
    """As `bcftools convert --hapsample` writes it."""
    data = read(write_text(tmp_path, "a.hap", "X X:5_A_G 5 A G 0 1 1 -\nX X:9_A_G 9 A G 1 1 0 -\n"))
    assert letters(data) == {"h0001_A": "01", "h0001_B": "11", "h0002": "10"}
    write(data, tmp_path / "b.hap")
    check_same(data, read(tmp_path / "b.hap"))
    assert Sites.of(read(tmp_path / "b.hap")) == Sites.of(data)


# Sites of one position


def test_alternatives_of_one_position_are_said(tmp_path: Path) -> None:
    place = Sites(["1"] * 4, [10, 10, 20, 30], ["."] * 4, ["A"] * 4, ["C", "G", "T", "T"])
    visible = np.array([[1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 0, 0]], dtype=np.int8)
    data = Dataset({"visible": visible}, {"visible": BINARY}, numbered_names(3), notes=place.notes | {"ploidy": 1})
    for name in ("a.vcf", "a.hap", "a.haps"):
        with pytest.warns(
            UserWarning, match=f"{name}: 1 of 3 haplotypes have two alternatives of one position"
        ) as said:
            write(data, tmp_path / name)
        assert said[0].filename == __file__
        with pytest.warns(UserWarning, match="1 positions have several sites, of whose alternatives") as said:
            again = read(tmp_path / name)
        assert said[0].filename == __file__
        check_same(data, again)
    twins = Sites(["1", "2", "2"], [10, 10, 10], ["."] * 3, ["A"] * 3, ["C"] * 3)
    assert not twins.together  # one site twice, and two chromosomes


@bcftools
def test_what_the_note_advises_leaves_them_out(tmp_path: Path) -> None:
    place = Sites(["1"] * 4, [10, 10, 20, 30], ["."] * 4, ["A", "AT", "A", "A"], ["C", "A", "T", "T"])
    data = Dataset({"visible": np.eye(4, dtype=np.int8)}, {"visible": BINARY}, numbered_names(4), notes=place.notes)
    write(data, tmp_path / "a.vcf")
    ran("bcftools", "norm", "-m", "+any", "-o", tmp_path / "b.vcf", tmp_path / "a.vcf")
    ran("bcftools", "view", "-m2", "-M2", "-o", tmp_path / "c.vcf", tmp_path / "b.vcf")
    assert Sites.of(read(tmp_path / "c.vcf")).position == [20, 30]


# What is generated


def made(counts: dict[str, int], notes: dict, sites: int = 4) -> Dataset:
    """Generated rows of these labels."""
    label, alphabet = label_column([name for name, n in counts.items() for _ in range(n)], "sex")
    visible = np.random.default_rng(1).integers(0, 2, (len(label), sites), dtype=np.int8)
    return Dataset(
        {"visible": visible, "label": label},
        {"visible": BINARY, "label": alphabet},
        numbered_names(len(label)),
        notes=notes,
    )


COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
X = """##fileformat=VCFv4.2
##contig=<ID=X>
##FORMAT=<ID=GT,Number=1,Type=String,Description="G">
"""


def x_chromosome(folder: Path, *rows: str) -> Dataset:
    """Genotypes on X of two women and two men, with their sex as the label."""
    lines = [
        "\t".join(["X", str(i * 9), f"rs{i}", "A", "C", ".", "PASS", ".", "GT", *row.split()])
        for i, row in enumerate(rows, 1)
    ]
    head = "\t".join([COLUMNS, "F1", "M1", "F2", "M2"])
    table = write_text(folder, "sex.csv", "name,sex\nF1,female\nM1,male\nF2,female\nM2,male\n")
    return read(write_text(folder, "x.vcf", X + "\n".join([head, *lines]) + "\n"), table, "sex")


def test_rows_of_a_haploid_label_are_haploid(tmp_path: Path) -> None:
    data = x_chromosome(tmp_path, "0|1 1 1|1 0", "0|0 0 1|0 1", "0|1 1 0|1 0", "1|1 0 0|1 .")
    assert data.notes["haploid"] == {"labels": {"label": ["male"]}, "partly": {"label": ["male"]}}
    rows = made({"male": 3, "female": 4}, data.notes)
    write(rows, tmp_path / "a.vcf")
    genotypes = [line.split("\t")[9:] for line in (tmp_path / "a.vcf").read_text().splitlines()[-4:]]
    assert [[len(word) for word in line] for line in genotypes] == [[1, 1, 1, 3, 3]] * 4
    write(rows, tmp_path / "b.hap")
    assert [line.split()[1:6:2] for line in (tmp_path / "b.hap").read_text().splitlines()] == [["-"] * 3] * 4
    assert (tmp_path / "b.samples").read_text().split() == ["sample", "g0001", "g0002", "g0003", "g0004", "g0006"]
    for name in ("a.vcf", "b.hap"):
        again = read(tmp_path / name)
        assert (again["visible"] == rows["visible"]).all()
        assert again.texts("label").tolist() == rows.texts("label").tolist()
        assert again.notes["haploid"] == data.notes["haploid"]


@pytest.mark.filterwarnings("ignore:.*have one allele where the sample has two elsewhere")
def test_rows_of_a_label_that_is_haploid_at_some_sites(tmp_path: Path) -> None:
    data = x_chromosome(tmp_path, "0|1 0|1 1|1 0|0", "0|0 0 1|0 1", "0|1 1 0|1 0", "1|1 0|1 0|1 1|1")
    assert data.notes["haploid"] == {"sites": [1, 2], "labels": {"label": []}, "partly": {"label": ["male"]}}
    write(made({"male": 4, "female": 2}, data.notes), tmp_path / "a.vcf")
    genotypes = [line.split("\t")[9:] for line in (tmp_path / "a.vcf").read_text().splitlines()[-4:]]
    assert [[len(word) for word in line] for line in genotypes] == [[3, 3, 3], [1, 1, 3], [1, 1, 3], [3, 3, 3]]
    assert read(tmp_path / "a.vcf").notes["haploid"] == data.notes["haploid"]
    filled = replace(
        data, columns=data.columns | {"visible": np.abs(data["visible"])}
    )  # what completes them knows no better
    write(filled, tmp_path / "b.vcf")
    check_same(data, read(tmp_path / "b.vcf"))


@pytest.mark.filterwarnings("ignore:.*have one allele where the sample has two elsewhere")
def test_sites_that_are_matched_stay_haploid(tmp_path: Path) -> None:
    data = x_chromosome(tmp_path, "0|1 0|1 1|1 0|0", "0|0 0 1|0 1", "0|1 1 0|1 0", "1|1 0|1 0|1 1|1")
    asked = {
        "sites": {name: values[:1:-1] for name, values in data.notes["sites"].items()}
    }  # the last two, turned round
    with pytest.warns(UserWarning, match="2 of the 2 sites of the training data are found"):
        again = aligned(data, asked)
    assert again.notes["haploid"]["sites"] == [1]
    write(again, tmp_path / "b.vcf")
    check_same(again, read(tmp_path / "b.vcf"))


def test_what_stands_alone_is_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="a.hap: 2 haplotypes have no second of the same labels") as said:
        write(made({"x": 3, "y": 1, "z": 2}, {}), tmp_path / "a.hap")
    assert said[0].filename == __file__


def test_names_with_spaces(tmp_path: Path) -> None:
    data = replace(made({"x": 2}, {}), names=np.array(["a b_A", "a b_B"]))
    for name in ("a.hap", "a.haps"):
        with pytest.raises(ValueError, match=f"a sample beside {name[1:]} can't be called 'a b': rename the rows"):
            write(data, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


# Programs of the field


@bcftools
@plink2
@pytest.mark.parametrize("chromosome", ["22", "X", "MT"])
def test_programs_read_generated_rows(chromosome: str, tmp_path: Path) -> None:
    place = Sites([chromosome] * 5, [5_000_000 + i for i in range(5)], ["rs1", *"...", "rs5"], ["A"] * 5, ["C"] * 5)
    haploid = (
        {"ploidy": 1}
        if chromosome == "MT"
        else {"haploid": {"labels": {"label": ["male"]}}}
        if chromosome == "X"
        else {}
    )
    rows = made({"male": 4, "female": 4}, place.notes | haploid, sites=5)
    samples = Samples.of(rows)
    for name in ("a.vcf", "b.hap", "c.haps"):
        write(rows, tmp_path / name)
    ran(
        "bcftools",
        "convert",
        "--haplegendsample2vcf",
        f"{tmp_path}/b.hap,{tmp_path}/b.legend,{tmp_path}/b.samples",
        "-o",
        tmp_path / "b.vcf",
    )
    plain = ran("bcftools", "query", "-f", "%CHROM %POS[ %GT]\n", tmp_path / "a.vcf")
    assert ran("bcftools", "query", "-f", "%CHROM %POS[ %GT]\n", tmp_path / "b.vcf") == plain
    assert ran("bcftools", "query", "-l", tmp_path / "b.vcf").split() == samples.names
    sexes = "".join(f"{name}\t{2 if there >= 0 else 1}\n" for name, there in zip(samples.names, samples.second))
    sex = write_text(tmp_path, "sex.txt", "#IID\tSEX\n" + sexes)
    quiet = ["--silent", "--allow-extra-chr"]
    ran("plink2", "--vcf", tmp_path / "a.vcf", "--update-sex", sex, *quiet, "--make-pgen", "--out", tmp_path / "a")
    haps = ["--haps", tmp_path / "c.haps", "ref-first", "--sample", tmp_path / "c.sample"]
    ran("plink2", *haps, *quiet, "--make-pgen", "--out", tmp_path / "c")
    found = [ran_export(tmp_path / name) for name in "ac"]
    assert found[0] == found[1] == plain.splitlines()


def ran_export(path: Path) -> list[str]:
    """Chromosomes, positions and genotypes as plink2 has them."""
    ran("plink2", "--pfile", path, "--silent", "--export", "vcf", "--out", path)
    rows = [line.split("\t") for line in path.with_suffix(".vcf").read_text().splitlines() if not line.startswith("#")]
    return [" ".join([*row[:2], *row[9:]]) for row in rows]


@plink
def test_plink_reads_generated_rows(tmp_path: Path) -> None:
    data = x_chromosome(tmp_path, "0|1 1 1|1 0", "0|0 0 1|0 1")
    write(made({"male": 3, "female": 4}, data.notes, sites=2), tmp_path / "a.vcf")
    ran("plink1.9", "--vcf", tmp_path / "a.vcf", "--const-fid", "--make-bed", "--silent", "--out", tmp_path / "b")
    assert read(tmp_path / "b.bed").names.tolist() == ["g0001", "g0002", "g0003", "g0004", "g0006"]


@bcftools
@plink2
@pytest.mark.parametrize("form", ["haplegendsample", "hapsample", "hapslegend", "haps"])
def test_what_programs_write_of_x_is_read(form: str, tmp_path: Path) -> None:
    data = x_chromosome(tmp_path, "0|1 1 1|1 0", "0|0 0 1|0 1", "0|1 1 0|1 0")
    out = tmp_path / "b"
    if form.startswith("hapl") or form == "hapsample":
        sex = write_text(tmp_path, "sex.txt", "F1 F\nM1 M\nF2 F\nM2 M\n")
        ran("bcftools", "convert", f"--{form}", out, "--sex", sex, tmp_path / "x.vcf")
        again = read(tmp_path / "b.hap.gz")
    else:
        sex = write_text(tmp_path, "sex.txt", "#IID\tSEX\nF1\t2\nM1\t1\nF2\t2\nM2\t1\n")
        ran("plink2", "--vcf", tmp_path / "x.vcf", "--update-sex", sex, "--silent", "--export", form, "--out", out)
        again = read(tmp_path / "b.haps")
    turned = {"A": "0", "C": "1"}
    place = Sites.of(again)
    assert again.names.tolist() == data.names.tolist()
    bases = [
        [(a, b)[letter] for a, b, letter in zip(place.reference, place.alternative, row)] for row in again["visible"]
    ]
    assert [["01".index(turned[base]) for base in row] for row in bases] == data["visible"].tolist()
    assert place.position == [9, 18, 27]
    assert again.table["ploidy"].tolist() == data.table["ploidy"].tolist()


@bcftools
def test_genotypes_without_phase_as_bcftools_writes_them(tmp_path: Path) -> None:
    text = X + "\t".join([COLUMNS, "F1", "M1"]) + "\n"
    row = "X\t5\trs1\tA\tC\t.\tPASS\t.\tGT\t0/1\t.\n"
    write_text(tmp_path, "x.vcf", text + row)
    ran("bcftools", "convert", "--haplegendsample", tmp_path / "b", tmp_path / "x.vcf")
    with pytest.raises(FormatError, match="none of 1 genotypes of two alleles has a phase"):
        read(tmp_path / "b.hap.gz")
