from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, DNA, PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, concatenate, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import read, write
from spinodal.files.labels import describe_join

from .formats import PHRASE, check_round_trip, check_same, datasets, few, write_text

SAMPLE = ">a first\nACGU-\n>b\nAC-UU\n"


# Every reader after its writer is the identity


@pytest.mark.parametrize("name", ["a.fasta", "a.FA", "a.afa.gz", "a.csv", "a.tsv", "a.csv.gz"])
@few
@given(data=st.data())
def test_letters_come_back(name: str, data: st.DataObject) -> None:
    alphabet = data.draw(st.sampled_from([PROTEIN, RNA, DNA, BINARY, Alphabet(tuple("XYz"))]))
    check_round_trip(data.draw(datasets(alphabet)), name, alphabet)


@few
@given(data=datasets(), said=st.lists(PHRASE | st.just(""), min_size=6, max_size=6), phrases=st.booleans())
def test_tables_come_back(data: Dataset, said: list[str], phrases: bool) -> None:
    table = {"x y": np.array(said[: len(data)]), "split": np.array(["a\nb,;\t\"'"] * len(data))}
    check_round_trip(replace(data, table=table if phrases else {}), "a.csv", PROTEIN)


@pytest.mark.parametrize("name", ["a.hapt", "a.hap", "a.haps", "a.v1.hapt.gz", "a.hap.gz"])
@few
@given(data=datasets(BINARY), paired=st.booleans(), split=st.booleans())
def test_haplotypes_come_back(name: str, data: Dataset, paired: bool, split: bool) -> None:
    if paired:
        names = np.array([f"{name}_{side}" for name in data.names for side in "AB"])
        data = replace(data.select(np.repeat(np.arange(len(data)), 2)), names=names)
    if split:
        data = replace(data, table={"split": np.array(["train, or test"] * len(data))})
    legend = ["id position a0 a1", *("rs1 12 A C" for _ in range(data["visible"].shape[1]))]
    data = replace(data, notes={"legend": legend} | ({} if paired else {"ploidy": 1}))
    again = check_round_trip(data, name)
    assert again.notes["legend"] == legend
    assert again.notes["format"] in name


@pytest.mark.parametrize("name", ["a.idx", "a-images-idx3-ubyte.gz", "a.idx3-ubyte"])
@few
@given(data=datasets(BINARY, False, ("", "label"), False, st.integers(0, 9).map(str)), pairs=st.integers(1, 3))
def test_images_come_back(name: str, data: Dataset, pairs: int) -> None:
    image = [data["visible"].shape[1], 1, 1][:pairs]
    data = replace(data, names=numbered_names(len(data), "i"), notes={"image": image})
    assert check_round_trip(data, name).notes == {"format": "idx", "image": image, "threshold": 127}


@pytest.mark.parametrize("alphabet", [PROTEIN, BINARY, Alphabet(("one", "two", "three"), "counts")], ids=str)
@few
@given(data=st.data())
def test_everything_comes_back_from_npz(alphabet: Alphabet, data: st.DataObject) -> None:
    whole = data.draw(datasets(alphabet))
    whole = replace(whole, notes={"image": [1, 2]}, table={"é x": np.array(["a b"] * len(whole))})
    again = check_round_trip(whole.reweighted(), "a.npz")
    assert again.notes == whole.notes
    assert again.alphabets["visible"].name == alphabet.name
    check_round_trip(replace(whole, columns={"visible": np.ones((len(whole), 2), np.float32)}, alphabets={}), "a.npz")


def test_descriptions_come_back(tmp_path: Path) -> None:
    data = replace(read(write_text(tmp_path, "a.fasta", SAMPLE)), notes={})
    assert data.table["description"].tolist() == ["first", ""]
    check_round_trip(data, "a.fasta")


# Spellings of one alignment


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE,
        SAMPLE.lower(),
        SAMPLE.replace("-", "."),
        SAMPLE.replace("\n", "\r\n"),
        SAMPLE.rstrip(),
        ">a first\nAC\nGU-\n\n>b\nA\nC-UU\n\n",
        "\n> a  first\n AC GU-\n>b\nAC-UU",
        "\v \t" + SAMPLE,
        "\ufeff" + SAMPLE,
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
def test_fasta_is_read_in_any_spelling(text: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.fasta{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.fa", text)
            archive.writestr("__MACOSX/inner.fa", "")
    else:
        path.write_bytes(gzip.compress(text.encode()) if suffix else text.encode())
    data = read(path)
    assert data.names.tolist() == ["a", "b"]
    assert data.table["description"].tolist() == ["first", ""]
    assert data.texts("visible").tolist() == ["ACGU-", "AC-UU"]
    assert data.alphabets["visible"] == RNA


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.fasta"
    path.write_bytes(gzip.compress(SAMPLE.encode()))
    assert len(read(path)) == 2


def test_labels_in_headers(tmp_path: Path) -> None:
    header = '>a label=x\n{0}\n>b said label:"b c"="x \\"y\\"" more=1 label="=" too\n{0}\n>c xlabel=3\n{0}\n'
    data = read(write_text(tmp_path, "a.fa", header.format("ACGU")))
    assert data.texts("label").tolist() == ["x", "=", ""]
    assert data.texts("label:b c").tolist() == ["", 'x "y"', ""]
    assert data.table["description"].tolist() == ["", "said more=1 too", "xlabel=3"]


def test_given_alphabets(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.fa", ">a\nACGU\n")
    assert read(path, alphabet="dna").texts("visible") == ["ACGT"]
    assert read(path, alphabet="-UGCA")["visible"].tolist() == [[4, 3, 2, 1]]
    with pytest.warns(UserWarning, match="a.fa: 1 of 4 cells .0.25. are U, which are not in PROTEIN: .* read as gaps"):
        assert read(path, alphabet=PROTEIN, unknown="-").texts("visible") == ["ACG-"]


@pytest.mark.parametrize("header", ["name,sequence,host", "name;sequence;host", "name\tsequence\thost"])
def test_tables_are_read_with_their_delimiter(header: str, tmp_path: Path) -> None:
    rows = header.replace("name", "a b").replace("sequence", "acg").replace("host", "fly")
    data = read(write_text(tmp_path, "a.csv", f"\ufeff{header}\r\n{rows}\r\n\r\n"), label="host")
    assert data.names.tolist() == ["a b"]
    assert data.texts("visible").tolist() == ["ACG"]
    assert data.texts("label").tolist() == ["fly"]


def test_tables_without_names(tmp_path: Path) -> None:
    assert read(write_text(tmp_path, "a.csv", "sequence\nACG\nACC\n")).names.tolist() == ["g0001", "g0002"]


def test_hapt_as_published(tmp_path: Path) -> None:
    write_text(tmp_path, "805.legend", "id position a0 a1\nrs1 1 A C\nrs2 2 A C\nrs3 3 G C\n")
    write_text(tmp_path, "9.legend", "id position a0 a1\nrs1 1 A C\n")
    data = read(write_text(tmp_path, "a.hapt", "Real x_A 0 1 -9\nReal x_B ? 1 .\n"))
    assert data["visible"].tolist() == [[0, 1, -1], [-1, 1, -1]]
    assert data.notes["prefix"] == "Real"
    assert data.notes["legend"][3] == "rs3 3 G C"


def test_shapeit(tmp_path: Path) -> None:
    write_text(tmp_path, "a.sample", "ID_1 ID_2 missing sex\n0 0 0 D\nf x 0 1\nf y 0 2\n")
    data = read(write_text(tmp_path, "a.haps", "1 rs1 10 A C 0 1 1 1\n1 rs2 12 G T 0 0 0 1\n"))
    assert data.names.tolist() == ["x_A", "x_B", "y_A", "y_B"]
    assert data["visible"].tolist() == [[0, 0], [1, 0], [1, 0], [1, 1]]
    assert data.table["sex"].tolist() == ["1", "1", "2", "2"]
    write(data, tmp_path / "b.haps")
    assert (tmp_path / "b.haps").read_text() == (tmp_path / "a.haps").read_text()


def test_haplotypes_without_names(tmp_path: Path) -> None:
    assert read(write_text(tmp_path, "a.hap", "0 1 1\n1 1 1\n")).names.tolist() == ["h0001", "h0002", "h0003"]


@pytest.mark.parametrize("name", ["a.npz", "a.npz.gz", "a.h5", "a.h5ad"])
def test_an_alphabet_that_is_asked_for_keeps_the_symbols(name: str, tmp_path: Path) -> None:
    """The numbers of a file with symbols of its own are never taken for those of other letters."""
    data = Dataset({"visible": np.array([[1, 2], [3, 4]], np.int8)}, {"visible": PROTEIN}, numbered_names(2))
    write(data, tmp_path / name)
    assert read(tmp_path / name).texts("visible").tolist() == ["AC", "DE"]
    assert read(tmp_path / name, alphabet="rna", unknown="?").texts("visible").tolist() == ["AC", "??"]
    with pytest.raises(ValueError, match='"visible" has "D", "E"; there are'):
        read(tmp_path / name, alphabet="rna")
    write(replace(data, columns={"visible": data["visible"] % 2}, alphabets={"visible": BINARY}), tmp_path / name)
    with pytest.raises(ValueError, match="GRAY has no letters"):
        read(tmp_path / name, alphabet="gray")


@pytest.mark.parametrize("name", ["a.fa", "a.csv", "a.hapt", "a.idx", "a.npy", "a.npz", "a.h5", "a.h5ad", "a.vcf"])
def test_what_bgzip_packs_is_read(name: str, tmp_path: Path) -> None:
    write(Dataset({"visible": np.eye(2, dtype=np.int8)}, {"visible": BINARY}, numbered_names(2)), tmp_path / name)
    (tmp_path / f"{name}.bgz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    assert read(tmp_path / f"{name}.bgz")["visible"].tolist() == [[1, 0], [0, 1]]


def test_a_name_with_two_suffixes_is_of_the_last(tmp_path: Path) -> None:
    write(
        Dataset(
            {"visible": np.array([[0, 1, 1]], np.int8)}, {"visible": BINARY}, numbered_names(1), notes={"ploidy": 1}
        ),
        tmp_path / "a.hapt.hap",
    )
    assert (tmp_path / "a.hapt.hap").read_text() == "0 -\n1 -\n1 -\n"


@pytest.mark.parametrize("name", ["a.idx", "a.npy", "a.hap", "a.hapt", "a.vcf"])
def test_older_labels_beside_are_warned_of(name: str, tmp_path: Path) -> None:
    label, names = label_column(["7", "3"])
    layers = {"visible": np.eye(2, dtype=np.int8), "label": label}
    data = Dataset(layers, {"visible": BINARY, "label": names}, numbered_names(2), notes={"ploidy": 1})
    write(data, tmp_path / name)
    write(data, tmp_path / name)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.warns(UserWarning, match=rf"a.labels.* is older than {name}, .*: move it elsewhere"):
        write(replace(data, columns={"visible": 1 - layers["visible"]}, alphabets={"visible": BINARY}), tmp_path / name)
    after = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert [path.name for path in before if after[path] != before[path]] == [name]


@pytest.mark.parametrize("name", ["a.v1.npy", "a.v1.npy.gz", "a.v1.idx", "a.v1.idx.gz"])
def test_labels_stand_under_the_whole_name(name: str, tmp_path: Path) -> None:
    label, names = label_column(["7", "3"])
    layers = {"visible": np.eye(2, dtype=np.int8), "label:kind": label}
    write(Dataset(layers, {"visible": BINARY, "label:kind": names}, numbered_names(2)), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, name.replace("v1", "v1.labels")])
    assert read(tmp_path / name).texts("label").tolist() == ["7", "3"]


# Labels from beside


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    return write_text(tmp_path, "a.fasta", ">g1 fly|x\nACGU\n>g2 bee|y\nACGG\n>g3\nACGC\n")


def test_labels_join_by_name(fasta: Path, tmp_path: Path) -> None:
    table = write_text(tmp_path, "l.csv", "host,name,split\nfly,g2,train\nbee,g3,test\nfly,g1,\nwasp,other,\n")
    data = read(fasta, labels=table)
    assert data.labels == ()
    assert data.table["host"].tolist() == ["fly", "fly", "bee"]
    one = read(fasta, labels=str(table), label="host")
    assert one.texts("label").tolist() == ["fly", "fly", "bee"]
    assert one.alphabets["label"].name == "host"
    assert sorted(one.table) == ["description", "split"]
    two = read(fasta, labels=table, label=["host", "split"])
    assert two.labels == ("label:host", "label:split")
    assert two.texts("label:split").tolist() == ["", "train", "test"]


def test_labels_join_by_the_first_column(fasta: Path, tmp_path: Path) -> None:
    table = write_text(tmp_path, "l.tsv", "id\tlabel\ng1\tx\ng2\ty\ng3\tz\n")
    assert read(fasta, labels=table).texts("label").tolist() == ["x", "y", "z"]


def test_labels_that_some_lack(fasta: Path, tmp_path: Path) -> None:
    table = write_text(tmp_path, "l.csv", "name,host\ng2,fly\n")
    with pytest.warns(UserWarning, match=r"2 of 3 rows have no row in .*l.csv; their labels are unknown: g1, g3"):
        data = read(fasta, labels=table, label="host")
    assert data.texts("label").tolist() == ["", "fly", ""]
    nothing = write_text(tmp_path, "n.csv", "name,host\nx,fly\n")
    with pytest.raises(
        FormatError, match=r'none of the 3 names of the data \(g1, g2, g3\) is among the 1 in column "name"'
    ):
        read(fasta, labels=nothing)


def test_label_tables_that_fail(fasta: Path, tmp_path: Path) -> None:
    table = write_text(tmp_path, "l.csv", "name,host,empty\ng1,fly,\ng2,fly,\ng3,fly,\ng1,fly,\n")
    with pytest.raises(ValueError, match='no column "hots" for the label; there are: description, host'):
        read(fasta, labels=table, label="hots")
    with pytest.raises(FormatError, match='the column "empty" is empty in every row'):
        read(fasta, labels=table, label="empty")
    twins = write_text(tmp_path, "t.csv", "name,host\ng1,fly\ng2,fly\ng1,bee\n")
    with pytest.raises(FormatError, match='"g1" is in rows 1 and 3, which differ in column "host"'):
        read(fasta, labels=twins)


def test_labels_by_pattern(fasta: Path) -> None:
    assert read(fasta, labels=r"re:g(\d)").texts("label").tolist() == ["1", "2", "3"]
    with pytest.warns(UserWarning, match=r"1 of 3 rows have no .* in the header; .*: g3"):
        data = read(fasta, labels=r"re:(?P<host>\w+)\|(?P<kind>\w)", label="kind")
    assert data.table["host"].tolist() == ["fly", "bee", ""]
    assert data.texts("label").tolist() == ["x", "y", ""]
    with pytest.raises(FormatError, match=r'the pattern "\(zz\)" is found in none of the 3 headers \(g1, g2, g3\)'):
        read(fasta, labels="re:(zz)")
    for pattern in ("re:g", "re:(g)(1)"):
        with pytest.raises(ValueError, match="needs one group, or named ones"):
            read(fasta, labels=pattern)


def test_labels_by_folder(tmp_path: Path) -> None:
    for label, text in (("bee", ">a\nACGU\n>b\nACGC\n"), ("fly", ">c said\nACGG\n")):
        (tmp_path / label).mkdir()
        write_text(tmp_path / label, "x.fa", text)
    data = read(tmp_path, labels="folder", alphabet="rna")
    assert data.names.tolist() == ["a", "b", "c"]
    assert data.texts("label").tolist() == ["bee", "bee", "fly"]
    assert data.table["description"].tolist() == ["", "", "said"]
    with pytest.raises(
        FormatError, match=r"fly/x.fa differs from .*bee/x.fa: it has visible of 4 DNA, not visible of 4 RNA"
    ):
        read(tmp_path, labels="folder")
    with pytest.raises(FormatError, match=r'is a folder. If .* pass labels="folder"'):
        read(tmp_path)
    with pytest.raises(FormatError, match="has no folders with files"):
        read(tmp_path / "bee", labels="folder")


def test_labels_of_images(tmp_path: Path) -> None:
    label, names = label_column(["3", "1"])
    data = Dataset(
        {"visible": np.eye(2, dtype=np.int8), "label": label}, {"visible": BINARY, "label": names}, numbered_names(2)
    )
    write(data, tmp_path / "train-images-idx3-ubyte")
    labels = (tmp_path / "train-labels-idx1-ubyte").rename(tmp_path / "other.idx")
    assert read(tmp_path / "train-images-idx3-ubyte").labels == ()
    again = read(tmp_path / "train-images-idx3-ubyte", labels=labels)
    assert again.texts("label").tolist() == ["3", "1"]
    with pytest.raises(FormatError, match="has 2 labels, but the data have 1 rows"):
        read(write_text(tmp_path, "a.fa", ">a\nAC\n"), labels=labels)
    with pytest.raises(FormatError, match="has 1 dimension, so it holds labels"):
        read(labels)
    with pytest.raises(FormatError, match="has 2 dimensions, but labels have one"):
        read(tmp_path / "train-images-idx3-ubyte", labels=tmp_path / "train-images-idx3-ubyte")


def test_labels_that_are_no_numerals_go_into_idx_by_number(tmp_path: Path) -> None:
    label, names = label_column(["shirt", "bag"])
    data = Dataset(
        {"visible": np.eye(2, dtype=np.int8), "label": label}, {"visible": BINARY, "label": names}, numbered_names(2)
    )
    write(data, tmp_path / "a.idx")
    assert read(tmp_path / "a.idx").texts("label").tolist() == ["1", "0"]
    (tmp_path / "a.labels.idx").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 0]))
    with pytest.raises(FormatError, match=r"a.labels.idx has 3 labels, but the data have 2 rows"):
        read(tmp_path / "a.idx")


def test_names_that_come_twice(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.fa", ">a\nAC\n>b\nAC\n>a\nAG\n")
    with pytest.warns(
        UserWarning, match=r'1 names in .*a.fa appear more than once, the first is "a"; all rows are kept'
    ):
        assert len(read(path)) == 3


# What is wrong with a file


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.fa", "", "a.fa is empty"),
        ("a.fa", " \n\n", "a.fa is empty"),
        ("a.fa", "\nACGU\n>a\n", 'a.fa begins with "ACGU", but FASTA begins with a header: ">" and a name'),
        ("a.fa", ">a\0\n", "a.fa is not text: byte 3 is 0x00. Is it FASTA[?]"),
        ("a.fa", ">a\n>b\n", 'seq 1 "a" has no letters'),
        ("a.fa", ">a\nACG\n>b\nACG\n>c x\nAC\n", 'seq 3 "c" has 2 symbols, the others have 3. .* be aligned'),
        ("a.fa", ">a\nMKV\n>b\nMKJ\n", 'seq 2 "b": symbol "J" at column 3 is not in PROTEIN. Pass unknown="[?]" '),
        ("a.csv", "", "a.csv is empty. A table must begin with a line of distinct column names"),
        ("a.csv", "x,y,x\n", "a.csv has two columns of one name: x, y, x"),
        (
            "a.csv",
            "x,y\na,b\n",
            'there is no column "sequence", and no column of numbers or of a few words; it has: x, y',
        ),
        ("a.csv", "name,sequence\n", "a.csv has a header and no rows"),
        ("a.csv", "name,sequence\na,ACG\nb\n", "a.csv: line 3 has 1 fields, but the header 2"),
        ("a.csv", "name,sequence\na,ACG\nb,A\n", "seq 2 has 1 symbols, others have 3: sequences must be aligned"),
        ("a.csv", "name,sequence\0\n", "a.csv is not text: byte 14 is 0x00"),
        ("a.hapt", "", "a.hapt is empty"),
        ("a.hapt", "Real a 0 1\nReal b\n", "line 2 of .*a.hapt doesn't have a word, a name and a haplotype"),
        ("a.hapt", "Real a 0 1\nReal b 0\n", "line 2 has 1 letters, but the first has 2"),
        ("a.hapt", "Real a 0 2\n", 'seq 1 "a": symbol "2" at column 2 is not in BINARY. Pass unknown="[?]" '),
        ("a.hap", "", "a.hap has no haplotypes"),
        ("a.hap", "0 1\n0 é\n", 'seq 2 "SNP 2": symbol "é" at column 2'),
        ("a.haps", "1 rs1 5 A\n", "a.haps has no haplotypes"),
        ("a.idx", "abc", "a.idx is not idx of unsigned bytes: it doesn't begin with the bytes 0, 0, 8"),
        ("a.idx", "\0\0\b\2\0\0\0\1\0\0\0\3ab", "a.idx has 2 bytes of data, but its header says 1 x 3"),
        ("a.idx", "\0\0\b\2\0\0", "a.idx has 0 bytes of data, but its header says 0 x 0"),
        ("a.npz", "abc", "a.npz is not npz with plain arrays"),
        ("a.npz", "", "a.npz is not npz with plain arrays"),
        ("a.xyz", "", '"a.xyz" has no suffix of a known format; the suffixes are .fasta, .fa,'),
        ("a.fa.gz", SAMPLE, "a.fa.gz is not a complete gzip file"),
        ("a.zip", SAMPLE, "a.zip is not a complete zip file"),
    ],
)
def test_files_that_are_wrong(name: str, text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=fault):
        read(write_text(tmp_path, name, text))


def test_a_pattern_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'the pattern "\(a" is not a regular expression: missing \)'):
        read(write_text(tmp_path, "a.fa", SAMPLE), labels="re:(a")


@pytest.mark.filterwarnings("ignore:.*have no row in")
@pytest.mark.parametrize(
    ("table", "want", "unused"),
    [
        ("a\tx\nb\ty\nc\tz\n", ["x", "x", "y"], 1),
        ("a_A\tx\nb_A\ty\n", ["x", "", "y"], 0),
        ("a_A\tx\nb\ty\n", ["x", "", "y"], 0),
        ("a\tx\na_A\tz\nb_A\ty\n", ["z", "x", "y"], 0),
        ("b_A\ty\nc\tz\n", ["", "", "y"], 1),
    ],
)
def test_a_table_of_samples_serves_both_of_their_haplotypes(
    table: str, want: list[str], unused: int, tmp_path: Path
) -> None:
    panel = write_text(tmp_path, "panel.tsv", f"sample\tpop\n{table}")
    data = read(write_text(tmp_path, "a.hapt", "R a_A 0 1\nR a_B 1 1\nR b_A 1 0\n"), panel, "pop")
    assert data.texts("label").tolist() == want
    assert describe_join(data, panel)["unused"] == unused


def test_rows_that_are_no_haplotypes_are_called_as_they_are(tmp_path: Path) -> None:
    write_text(tmp_path, "a.fa", ">a_A\nMKV\n")
    with pytest.raises(FormatError, match="none of the 1 names"):
        read(tmp_path / "a.fa", labels=write_text(tmp_path, "t.csv", "name,pop\na,x\n"))


def test_text_of_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("name,é\n".encode("latin-1"))
    with pytest.raises(FormatError, match=r"a.csv is not text: byte 6 is 0xe9. Save it as UTF-8"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.fasta", ">a label=hértog\nMKV\n>b label=hèrtog\nMKV\n"),
        ("a.a3m", ">a hértog\nMKV\n"),
        ("a.sto", "# STOCKHOLM 1.0\n#=GS a DE hértog\na MKV\n//\n"),
        ("a.csv", "name,sequence,host\na,MKV,hértog\n"),
    ],
)
def test_headers_of_another_encoding_are_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    at = text.index("\xe9") + 1
    with pytest.raises(FormatError, match=f"{name} is not text: byte {at} is 0xe9. Save it as UTF-8"):
        read(tmp_path / name)


def test_truncated_archives(tmp_path: Path) -> None:
    packed = gzip.compress(SAMPLE.encode() * 99)
    (tmp_path / "a.fa.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(FormatError, match=r"a.fa.gz is not a complete gzip file \(.*\). Download or make it again"):
        read(tmp_path / "a.fa.gz")


def test_zips_of_several_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x.fa", SAMPLE)
        archive.writestr("y.fa", SAMPLE)
    with pytest.raises(FormatError, match=r"a.zip holds 2 files \(x.fa, y.fa\). Unpack it and pass the one to read"):
        read(tmp_path / "a.zip")


def test_what_stands_beside_haplotypes_must_fit(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.hap", "0 1\n1 1\n")
    legend = write_text(tmp_path, "a.legend", "id position a0 a1\nrs1 1 A C\n")
    with pytest.raises(FormatError, match=r"a.legend has 1 SNPs, but a.hap has 2"):
        read(path)
    write_text(tmp_path, "a.legend", "")
    with pytest.raises(FormatError, match=r"a.legend has 0 SNPs, but a.hap has 2. Move it elsewhere, or correct it"):
        read(path)
    legend.unlink()
    samples = write_text(tmp_path, "a.samples", "\n")
    with pytest.raises(FormatError, match=r"a.samples has 0 samples of 1 fields, which doesn't fit the 2 haplotypes"):
        read(path)
    samples = write_text(tmp_path, "a.samples", "sample sex\nx 1\ny 1\nz 1\n")
    with pytest.raises(FormatError, match=r"has 3 samples of 2 fields, which doesn't fit the 2 haplotypes of a.hap"):
        read(path)
    samples.unlink()
    write_text(tmp_path, "a.labels.csv", "name,label\nx,1\ny,1\n")
    with pytest.raises(FormatError, match=r"a.labels.csv doesn't name the rows of a.hap in their order. Move it"):
        read(path)


@pytest.mark.parametrize(("name", "kind"), [("a.hap", "haplotypes are 0 and 1"), ("a.idx", "black and white")])
def test_binary_formats_have_one_alphabet(name: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=kind):
        read(write_text(tmp_path, name, "0"), alphabet="protein")


# What a format can't hold


def lettered(alphabet: Alphabet = PROTEIN) -> Dataset:
    return Dataset({"visible": np.array([[0, -1]], np.int8)}, {"visible": alphabet}, np.array(["a"]))


@pytest.mark.parametrize(
    ("data", "name", "fault"),
    [
        (replace(lettered(), names=np.array(["a b"])), "a.fa", 'rename "a b" or write .csv'),
        (replace(lettered(), alphabets={}), "a.fa", "FASTA can hold only letters; write these data to .npz"),
        (lettered(Alphabet(("one", "two"))), "a.fa", "FASTA can hold only letters"),
        (
            replace(lettered(), alphabets={}),
            "a.csv",
            "a table can hold only letters, or the columns of a table that was read; write these data to .npz",
        ),
        (lettered(), "a.hapt", "haplotypes are 0 and 1"),
        (lettered(), "a.idx", "idx can hold only 0 and 1, or numbers from -1 to 1, without unknown"),
        (lettered(BINARY), "a.idx", "idx can hold only 0 and 1, or numbers from -1 to 1, without unknown"),
        (lettered(), "a.xyz", "the suffixes are"),
    ],
)
def test_data_that_dont_fit(data: Dataset, name: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=fault):
        write(data, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_idx_has_no_unknown_labels(tmp_path: Path) -> None:
    label, names = label_column(["1", ""])
    data = Dataset(
        {"visible": np.eye(2, dtype=np.int8), "label": label}, {"visible": BINARY, "label": names}, numbered_names(2)
    )
    with pytest.raises(ValueError, match="idx can't hold unknown labels"):
        write(data, tmp_path / "a.idx")


# Whole or not at all


def test_a_broken_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_text(tmp_path, "a.fa", SAMPLE)

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    data = read(path)
    monkeypatch.setattr("spinodal.files.fasta._headers", broken)
    monkeypatch.setattr("spinodal.files.npz.np.savez_compressed", broken)
    with pytest.raises(KeyboardInterrupt):
        write(data, path)
    with pytest.raises((KeyboardInterrupt, TypeError)):
        write(data, tmp_path / "a.npz")
    assert path.read_text() == SAMPLE
    assert list(tmp_path.iterdir()) == [path]


def many(labels: int = 2, alphabet: Alphabet = BINARY) -> Dataset:
    """A hundred rows with labels and a table, of notes that all formats use."""
    random = np.random.default_rng(0)
    columns, alphabets = {"visible": random.integers(0, 2, (100, 6)).astype(np.int8)}, {"visible": alphabet}
    for layer in ["label", "label:b c"][:labels]:
        columns[layer], alphabets[layer] = label_column(random.choice(["1", "2", "30"], 100))
    table = {"said": random.choice(["x, y", "z"], 100)}
    notes = {"legend": ["id position a0 a1", *["rs1 12 A C"] * 6], "image": [2, 3], "prefix": "Made", "ploidy": 1}
    return Dataset(columns, alphabets, numbered_names(100), table, random.random(100), notes)


def in_parts(data: Dataset, rows: int) -> list[Dataset]:
    return [data.select(slice(i, i + rows)) for i in range(0, len(data), rows)]


FORMATS = [
    "a.fasta", "a.csv", "a.tsv", "a.hapt", "a.hap", "a.haps", "a.npz", "a.vcf", "a.vcf.gz", "a.bcf", "a.h5ad",
    "a.parquet",
]  # fmt: skip
ONE_LABEL = ["a.idx", "a-images-idx3-ubyte.gz", "a.npy", "a.h5"]


@pytest.mark.parametrize("name", [*FORMATS, *ONE_LABEL, "a.fasta.gz", "a.csv.gz"])
@pytest.mark.parametrize("labels", [0, 1, 2])
def test_what_is_written_in_parts_is_the_same_file(name: str, labels: int, tmp_path: Path) -> None:
    data = many(min(labels, 1) if name in ONE_LABEL else labels)
    (tmp_path / "whole").mkdir()
    write(data, tmp_path / "whole" / name)
    written = {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}
    assert written
    for rows in (1, 7, 50, 100):
        folder = tmp_path / str(rows)
        folder.mkdir()
        write(iter(in_parts(data, rows)), folder / name)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == written


@pytest.mark.parametrize("alphabet", [RNA, Alphabet(("one", "two"))], ids=["fasta", "csv"])
def test_standard_output_in_parts(alphabet: Alphabet, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    data = many(alphabet=alphabet)
    write(data, "-")
    whole = capsysbinary.readouterr().out
    write(in_parts(data, 7), "-")
    assert capsysbinary.readouterr().out == whole


@pytest.mark.parametrize("name", [*FORMATS, *ONE_LABEL, "a.fasta.gz"])
@pytest.mark.parametrize("fault", [OSError, KeyboardInterrupt, ValueError])
def test_what_ends_midway_leaves_what_was_there(name: str, fault: type[BaseException], tmp_path: Path) -> None:
    data = many(1)

    def parts() -> Iterator[Dataset]:
        yield from in_parts(data, 30)[:2]
        raise fault("the end")

    for before in ({}, {tmp_path / name: b"old", tmp_path / "a.labels.csv": b"older", tmp_path / "a.legend": b"!"}):
        for path, text in before.items():
            path.write_bytes(text)
        with pytest.raises(fault, match="the end"):
            write(parts(), tmp_path / name)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("second", ["a.hapt", "a.hap", "a.hapt.gz"])
def test_labels_beside_are_not_lost_to_a_file_of_other_rows(second: str, tmp_path: Path) -> None:
    data = many(1)
    write(data, tmp_path / "a.haps")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for other in (data.select(slice(50)), data.select(slice(None, None, -1))):
        with pytest.raises(FormatError, match=r"a.labels.csv has the labels of a.haps, which has other rows"):
            write(other, tmp_path / second)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    write(data, tmp_path / second)
    for path in (tmp_path / "a.haps", tmp_path / second):
        assert read(path).labels == ("label",)
    write(data.select(slice(50)), tmp_path / "b.haps")
    write(data, tmp_path / "b.haps")


def test_parts_are_of_one_kind_and_there_is_one_at_least(tmp_path: Path) -> None:
    odd = replace(many(1), columns=many(1).columns | {"visible": np.zeros((100, 5), np.int8)})
    for other in (odd, many(2), many(1, RNA), replace(many(1), table={}), replace(many(1), weights=None)):
        with pytest.raises(ValueError, match=r"and Dataset\(100 rows: visible 6, label 1\) can't be in one file"):
            write([many(1), other], tmp_path / "a.fa")
    for nothing in (tmp_path / "a.fa", tmp_path / "a.npz", "-"):
        with pytest.raises(ValueError, match="nothing to write: there are no datasets"):
            write([], nothing)
    assert not list(tmp_path.iterdir())


def test_joined_parts_are_the_whole() -> None:
    data = many()
    again = concatenate(in_parts(data, 7))
    check_same(data, again)
    assert again.notes == data.notes


def test_the_same_data_are_the_same_bytes(tmp_path: Path) -> None:
    data = read(write_text(tmp_path, "a.fa", SAMPLE))
    for name in ("x.fa.gz", "x.csv.gz", "x.npz", "x.npy.gz", "x.h5", "x.h5ad"):
        write(data, tmp_path / name)
        first = (tmp_path / name).read_bytes()
        write(data, tmp_path / name)
        assert (tmp_path / name).read_bytes() == first


def test_folders_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        write(lettered(), tmp_path / "nowhere" / "a.fa")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "a.fa")


@pytest.mark.parametrize(
    ("alphabet", "text"), [(RNA, b">a\n-?\n"), (Alphabet(("one", "two")), b"name,sequence\na,one ?\n")]
)
def test_standard_output(alphabet: Alphabet, text: bytes, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write(lettered(alphabet), "-")
    assert capsysbinary.readouterr().out == text


def test_reading_needs_no_torch(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.fa", SAMPLE)
    code = "import sys, json, spinodal.files as f; d = f.read(sys.argv[1]).describe(); print(json.dumps(d)); " \
           "assert 'torch' not in sys.modules"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["rows"] == 2
