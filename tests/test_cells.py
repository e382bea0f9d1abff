"""Cells of tables and headers are read by one rule, whoever wrote them."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinodal as sp
from spinodal.cli.main import main
from spinodal.data.schema import EMPTY, number
from spinodal.files import read, write
from spinodal.files.cells import MISSING, blank_unknown, match_whole_numbers, merge_whole_numbers
from spinodal.files.labels import describe_join
from spinodal.files.opened import text
from spinodal.files.plink import GENOTYPE
from spinodal.files.table import open_table, read_columns
from spinodal.runs.archive import Run
from spinodal.runs.sources import Reading, unseen

from .formats import few, write_text

SPACES = ("", " ", "  ", "\xa0", "\u2003", " \xa0")
LETTERS = "name,sequence\na,ACGU\nb,ACGG\nc,ACGC\n"


def quiet(path: Path, *args: object, **kwargs: object) -> sp.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(path, *args, **kwargs)


# -- spaces and words -----------------------------------------------------------------------------


@few
@given(st.data())
def test_spaces_about_cells_change_nothing(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Of a name, a label, a split word and a header, in tables of sequences and in label tables."""
    folder = tmp_path_factory.mktemp("cells")
    rows = [["name", "sequence", "host", "split"]]
    rows += [["a", "ACGU", "x", "train"], ["b", "ACGG", "x", "train"], ["c", "ACGC", "y", "test"]]
    space = st.sampled_from(SPACES)
    padded = [[data.draw(space) + cell + data.draw(space) for cell in row] for row in rows]
    for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
        text = "".join(delimiter.join(row) + "\n" for row in padded)
        own = read(write_text(folder, f"own{suffix}", text), label="host")
        beside = read(write_text(folder, "a.csv", LETTERS), write_text(folder, f"labels{suffix}", text), "host")
        for found in (own, beside):
            assert found.names.tolist() == ["a", "b", "c"]
            assert found.alphabets["label"].symbols == ("x", "y")
            assert [len(part) for part in found.split("split")] == [2, 1]


WORDED = {
    "a.csv": "name,sequence,label\na,ACGU,{}\nb,ACGG,x\nc,ACGG, y\n",
    "a.tsv": "id\tseq\tlabel\na\tACGU\t{}\nb\tACGG\tx\nc\tACGG\ty \n",
    "a.fasta": '>a label={}\nACGU\n>b label=x\nACGG\n>c label="y "\nACGG\n',
    "a.sto": "# STOCKHOLM 1.0\n#=GS a DE label={}\n#=GS b DE label=x\n#=GS c DE label=y\na ACGU\nb ACGG\nc ACGG\n//\n",
}


@pytest.mark.parametrize("word", [word for word in EMPTY if word])
@pytest.mark.parametrize("name", WORDED)
def test_a_word_for_unknown_is_one_in_every_format(name: str, word: str, tmp_path: Path) -> None:
    data = quiet(write_text(tmp_path, name, WORDED[name].format(word)))
    assert data.texts("label").tolist() == ["", "x", "y"]
    data = read(tmp_path / name, missing=["x"])
    assert data.texts("label").tolist() == [word, "", "y"]
    for none in ([], "", [""]):
        assert read(tmp_path / name, missing=none).texts("label").tolist() == [word, "x", "y"]


@pytest.mark.parametrize("word", [word for word in EMPTY if word])
def test_a_word_for_unknown_is_one_in_label_tables_and_mixed_ones(word: str, tmp_path: Path) -> None:
    rows = write_text(tmp_path, "a.csv", LETTERS)
    table = write_text(tmp_path, "l.csv", f"name,area\na,{word}\nb,EU\nc,AS\n")
    assert quiet(rows, table, "area").texts("label").tolist() == ["", "EU", "AS"]
    assert read(rows, table, "area", missing="").alphabets["label"].symbols == tuple(sorted([word, "EU", "AS"]))
    mixed = write_text(tmp_path, "m.csv", f"area,x\n{word},1.5\nEU,2\n{word},1\nEU,3.5\nAS,2.5\n")
    assert quiet(mixed).schema.columns[0].symbols == ("AS", "EU")
    kept = read(mixed, missing=[])
    assert kept.schema.columns[0].symbols == tuple(sorted([word, "EU", "AS"]))
    again = read(mixed, alphabet=kept.schema, missing=[])
    assert (again["visible:categorical"] >= 0).all()
    write(kept, tmp_path / "w.csv")
    assert read_columns(tmp_path / "w.csv")["area"].tolist() == [word, "EU", word, "EU", "AS"]


def test_what_is_read_as_unknown_is_counted(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.csv", "name,sequence,area,said\na,ACGU,NA,nan\nb,ACGG,NA,\nc,ACGC,EU,?\n")
    with pytest.warns(UserWarning, match="read as unknown") as found:
        read(path)
    assert [str(w.message).removeprefix(str(path)) for w in found] == [
        ': read as unknown: "NA" (2 in "area"); "nan" (1 in "said"); missing=["WORD"] (in a shell --missing WORD) '
        "names other words for unknown"
    ]


def test_a_pattern_reads_words_as_tables_do(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.fa", ">a|NA\nAC\n>b|x\nAC\n")
    with pytest.warns(UserWarning, match='in the headers: read as unknown: "NA"'):
        assert read(path, r"re:\|(\w+)").texts("label").tolist() == ["", "x"]
    assert read(path, r"re:\|(\w+)", missing="x").texts("label").tolist() == ["NA", ""]


@given(st.lists(st.sampled_from(["1", "1.0", "1.00", "2", "2.0", "-3.0", "1.5", "007", "007.0", "x", "x.0", ""])))
def test_whole_numbers_are_one_label_with_a_point_and_without(words: list[str]) -> None:
    found, twins = merge_whole_numbers(np.array(words, dtype=str))
    assert [twins.get(word, word) for word in words] == found.tolist()
    left = set(found.tolist())
    assert not any(f"{number}.0" in left and number in left for number in ("1", "2", "-3"))
    assert left >= set(words) & {"1.00", "1.5", "007", "007.0", "x", "x.0", "-3.0", ""}
    assert merge_whole_numbers(found)[1] == {}


def test_labels_of_spreadsheets_are_one_and_it_is_said(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.csv", "name,sequence,grade\na,ACGU,1\nb,ACGG,1.0\nc,ACGC,2.0\n")
    with pytest.warns(UserWarning, match='"grade": 1.0 and 1 are read as one label, 1'):
        assert read(path, label="grade").alphabets["label"].symbols == ("1", "2.0")
    assert match_whole_numbers(["1.0", "2"], ["1", "2.0"]) == ("1", "2.0")


def test_known_leaves_what_it_does_not_read() -> None:
    text = {"x": np.array(["NA ", "b"]), "y": np.array(["a", " nan"], dtype=object)}
    with pytest.warns(UserWarning, match="read as unknown"):
        found = blank_unknown(text, "here")
    assert {k: x.tolist() for k, x in found.items()} == {"x": ["", "b"], "y": ["a", ""]}
    assert text["x"].tolist() == ["NA ", "b"]
    assert blank_unknown(text, "here", MISSING)["x"].tolist() == ["", "b"]  # who names them knows of them


# -- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["name", "Name", "NAME", "id", "ID", "Id", "", "Unnamed: 0"])
@pytest.mark.parametrize("letters", ["sequence", "Sequence", "seq", "SEQ"])
def test_names_and_sequences_are_called_so_in_any_case(header: str, letters: str, tmp_path: Path) -> None:
    first = read(write_text(tmp_path, "a.csv", f"{header},{letters},fam\nx,ACGU,u\ny,ACGG,v\n"), label="fam")
    assert (first.names.tolist(), first.texts("visible").tolist()) == (["x", "y"], ["ACGU", "ACGG"])
    if header not in ("", "Unnamed: 0"):  # a table joins by it wherever it stands
        table = write_text(tmp_path, "l.csv", f"fam,{header}\nx,y\nw,x\n")
        assert read(tmp_path / "a.csv", table, "fam").texts("label").tolist() == ["w", "x"]


def test_a_running_number_called_seq_is_no_sequence(tmp_path: Path) -> None:
    data = read(write_text(tmp_path, "a.csv", "seq,x\n10,a\n11,b\n12,a\n"))
    assert [c.name for c in data.schema.columns] == ["seq", "x"]
    assert read(write_text(tmp_path, "b.csv", "seq\n10\n11\n")).texts("visible").tolist() == ["10", "11"]


@pytest.mark.parametrize(("text", "fields"), [
    ("sep=;\nname;x\na,b;1\n", ("a,b", "1")), ('"sep=;"\r\nname;x\r\na;1\r\n', ("a", "1")),
    ("sep=\t\nname\tx\na\t1\n", ("a", "1")), ("sep=|\nname|x\na|1\n", ("a", "1")),
    ("name x\na 1\n", ("a", "1")), ('"name"  "x"\n"a b"   "1"\n', ("a b", "1")),
    ("name,x,,\na,1,,\n", ("a", "1")), ("name;x;\na;1; \n", ("a", "1")),
])  # fmt: skip
def test_delimiters(text: str, fields: tuple[str, str], tmp_path: Path) -> None:
    found = read_columns(write_text(tmp_path, "a.txt", text))
    assert {k: x.tolist() for k, x in found.items()} == {"name": [fields[0]], "x": [fields[1]]}


def test_a_line_is_counted_after_sep(tmp_path: Path) -> None:
    with pytest.raises(sp.FormatError, match="line 4 has 1 fields, but the header 2"):
        read_columns(write_text(tmp_path, "a.csv", "sep=;\nx;y\n1;2\n3\n"))


# -- real writers ---------------------------------------------------------------------------------

R_CSV = '"","host","x"\n"a","fly",NA\n"b",NA,1\n"c","fly",2.5\n'
R_TABLE = '"host" "x"\n"a" "fly" NA\n"b" NA 1\n"c" "fly" 2.5\n'


@pytest.mark.parametrize("text", [R_CSV, R_TABLE, R_TABLE.replace(" ", "\t")], ids=["csv", "table", "tabs"])
@pytest.mark.filterwarnings("ignore:.*read as unknown")
def test_what_r_writes(text: str, tmp_path: Path) -> None:
    path = write_text(tmp_path, "r.csv", text)
    labels = read(write_text(tmp_path, "a.csv", LETTERS), path, "host")
    assert labels.texts("label").tolist() == ["fly", "", "fly"]
    data = read(path, label="host", kinds={"x": "real"})
    assert data.names.tolist() == ["a", "b", "c"]
    assert np.isnan(data["visible:real"]).tolist() == [[True], [False], [False]]
    write(data, tmp_path / "w.csv")
    assert (tmp_path / "w.csv").read_text() == "name,host,x\na,fly,\nb,,1.0\nc,fly,2.5\n"


@pytest.mark.parametrize("index", [True, False])
def test_what_pandas_writes(index: bool, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    columns = {"n": pandas.array([1, None, 2], "Int64"), "grade": [1.0, np.nan, 2.0], "w": ["u", None, "v"]}
    frame = pandas.DataFrame(columns)
    frame.to_csv(tmp_path / "p.csv", index=index)
    data = read(tmp_path / "p.csv")
    assert [c.name for c in data.schema.columns] == ["n", "grade", "w"]
    assert data.names.tolist() == (["0", "1", "2"] if index else ["g0001", "g0002", "g0003"])
    assert all((x[1] == -1).all() for x in (data[layer] for layer in data.visibles))


CELL = st.text(st.sampled_from("=+-@'1aA."), max_size=5)


@few
@given(st.lists(CELL, min_size=2, max_size=6), st.booleans(), st.sampled_from(["a.csv", "a.tsv.gz"]))
def test_formulas_are_guarded_and_read_again(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], formulas: bool, name: str
) -> None:
    path = tmp_path_factory.mktemp("cells") / name
    with open_table(path, formulas) as add:
        add({"=x": np.array(words, dtype=str), "y": np.array(["1"] * len(words))})
    assert read_columns(path)["=x"].tolist() == words
    raw = [line.split("," if name == "a.csv" else "\t")[0].strip('"') for line in text(path).splitlines()]
    computed = [cell for cell in raw if cell[:1] in "=+-@" and cell and number(cell) is None]
    assert not (formulas and computed)
    assert formulas or raw[0] == "=x"


def test_sequences_that_begin_with_a_gap_are_guarded_where_it_is_asked_for(tmp_path: Path) -> None:
    data = read(write_text(tmp_path, "a.fa", ">a\n-CGU\n>b\nACGU\n"))
    write(data, tmp_path / "a.csv", formulas=True)
    assert (tmp_path / "a.csv").read_text() == "name,sequence\na,'-CGU\nb,ACGU\n"
    assert read(tmp_path / "a.csv").sha256 == data.sha256
    write(data, tmp_path / "b.csv")
    assert "\na,-CGU\n" in (tmp_path / "b.csv").read_text()
    for other in ("b.fa", "b.npz", "folder/"):
        with pytest.raises(ValueError, match=r"only \.csv and \.tsv have cells that a spreadsheet takes"):
            write(data, f"{tmp_path}/{other}", formulas=True)


# -- labels by sample, by family and individual -----------------------------------------------------


HAPLOTYPES = "".join(f"R S{i:02d}_{half} 0 1\n" for i in range(1, 21) for half in "AB") + "R S21_A 1 1\n"


@pytest.mark.parametrize("more", ["", "S01_A,u\n", "S21_A,v\n", "S01_A,u\nS21_A,v\nother,w\n"])
def test_one_row_of_its_own_name_does_not_take_the_labels_of_others(more: str, tmp_path: Path) -> None:
    table = "name,pop\n" + "".join(f"S{i:02d},p{i % 3}\n" for i in range(1, 22)) + more
    data = read(write_text(tmp_path, "a.hapt", HAPLOTYPES), write_text(tmp_path, "t.csv", table), "pop")
    own = dict(line.split(",") for line in more.split())
    assert data.texts("label").tolist() == [own.get(name, f"p{int(name[1:3]) % 3}") for name in data.names]


def genotypes(folder: Path, people: list[tuple[str, str]]) -> Path:
    pytest.importorskip("bed_reader")
    names = np.array([name for _, name in people])
    letters = np.array([[i % 3, 1] for i in range(len(people))], np.int8)
    table = {"family": np.array([family for family, _ in people])}
    write(sp.Dataset({"visible": letters}, {"visible": GENOTYPE}, names, table), folder / "a.bed")
    return folder / "a.bed"


@pytest.mark.parametrize("header", ["FID IID pheno", "#FID IID pheno", "fid iid pheno"])
@pytest.mark.parametrize("delimiter", [" ", "\t", ",", "  "])
def test_tables_of_plink_are_joined_by_individual(header: str, delimiter: str, tmp_path: Path) -> None:
    people = [(f"f{i % 4}", f"i{i}") for i in range(8)]
    lines = [header, *(f"{f} {i} {k % 2 + 1 if k else -9}" for k, (f, i) in enumerate(people))]
    text = "\n".join([lines[0], *reversed(lines[1:])]).replace(" ", delimiter)
    table = write_text(tmp_path, "pheno.txt", text)
    with pytest.warns(UserWarning, match='read as unknown: "-9" \\(1 in "pheno"'):
        data = read(genotypes(tmp_path, people), table, "pheno")
    assert data.texts("label").tolist() == ["", *(str(k % 2 + 1) for k in range(1, 8))]
    assert describe_join(data, table)["unused"] == 0


def test_individuals_of_one_name_are_told_apart_by_family(tmp_path: Path) -> None:
    people = [(f"f{i}", str(i % 2)) for i in range(6)]
    table = write_text(tmp_path, "t.txt", "FID IID pop\n" + "".join(f"{f} {i} p{f}\n" for f, i in people[::-1]))
    with pytest.warns(UserWarning, match="appear more than once"):
        data = read(genotypes(tmp_path, people), table, "pop")
    assert data.texts("label").tolist() == [f"pf{i}" for i in range(6)]
    both = write_text(tmp_path, "a.hapt", "".join(f"R {f}_{i}_{half} 0 1\n" for f, i in people for half in "AB"))
    data = read(both, table, "pop")
    assert data.texts("label").tolist() == [f"pf{i // 2}" for i in range(12)]


def test_a_fam_is_a_table_of_labels(tmp_path: Path) -> None:
    people = [("f", f"i{i}") for i in range(4)]
    bed = genotypes(tmp_path, people)
    (tmp_path / "other.fam").write_text("f i0 0 0 1 2\nf i1 0 0 2 1\nf i2 0 0 0 -9\nf i3 0 0 1 0\n")
    with pytest.warns(UserWarning, match="read as unknown"):
        assert read(bed, tmp_path / "other.fam", "phenotype").texts("label").tolist() == ["2", "1", "", ""]
    with pytest.warns(UserWarning, match="read as unknown"):
        assert read(bed, tmp_path / "other.fam", "sex").texts("label").tolist() == ["1", "2", "", "1"]


def test_a_table_that_fits_few_rows_says_by_which_column(tmp_path: Path) -> None:
    rows = write_text(tmp_path, "a.csv", LETTERS)
    table = write_text(tmp_path, "t.csv", "fam,x,host\na,a,u\nq,b,v\nr,c,w\n")
    with pytest.warns(UserWarning, match='2 of 3 rows have no row in .*; column "fam" has a, q, r: are these'):
        read(rows, table, "host")


# -- commands -------------------------------------------------------------------------------------


def test_later_commands_read_by_the_words_of_the_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"s{i},{'ACGU' * 3},{('NA', 'EU', 'lost')[i % 3]}\n" for i in range(60)]
    path = write_text(tmp_path, "a.csv", "name,sequence,area\n" + "".join(rows))
    main(["train", str(path), "--label", "area", "--missing", "lost", "--hidden", "4", "--updates", "3",
          "--batch", "10", "--out", str(tmp_path / "r")])  # fmt: skip
    run = Run.open(tmp_path / "r")
    assert run.record["source"]["missing"] == ["lost"]
    assert run.machine().units["label"].symbols == ("EU", "NA")
    for missing, unknown in ((None, 20), (["NA"], 40)):  # "lost" is then a label that the machine doesn't know
        found = unseen(run, run.machine(), path, Reading(missing=missing))
        assert (found["label"] < 0).sum() == unknown
    main(["score", str(tmp_path / "r"), str(path), "--json", "--quick"])
    main(["inspect", str(path), "--label", "area", "--missing", "lost", "--missing", "-9", "--json"])
    said = capsys.readouterr()
    assert '"labels": {"label": {"EU": 20, "NA": 20}}, "unlabeled": {"label": 20}' in said.out
    assert "read as unknown" not in said.err
