"""Stockholm, A2M and A3M: what they hold comes back, and HMMER and Infernal agree about it."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, DNA, PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, concatenate, numbered_names
from spinodal.errors import FormatError
from spinodal.files import read, write
from spinodal.files.matches import by_case

from .formats import PHRASE, check_round_trip, datasets, few, write_text

HEAD = "# STOCKHOLM 1.0\n"
SIX = """# STOCKHOLM 1.0
#=GF ID  toy
#=GF AC  RF1
#=GF DE  two of a kind
#=GF CC  said at length
#=GS a/1-4 DE label=fly said so
#=GS a/1-4 AC X1

a/1-4         ACgu.-
#=GR a/1-4 SS ......
b             AC-UU~
#=GC SS_cons  <..>..
#=GC own      xyz123
#=GC RF       xxx.xx
//
"""
BLOCKS = """# STOCKHOLM 1.0
#=GF ID  toy
#=GF AC  RF1
#=GF DE  two of a kind
#=GS a/1-4 DE label=fly said so

a/1-4 ACG
b     AC-
#=GC SS_cons <..
#=GC own xyz
#=GC RF xxx

a/1-4 U--
b     UU-
#=GC SS_cons >..
#=GC own 123
#=GC RF .xx
//"""
A3M = ">a first\nAC-GU\n>b\nACaaGGuU\n>c\n---G.U\n"
COLUMNS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=9, max_size=9)


def held(data: Dataset) -> Dataset:
    """The same with names that Stockholm can hold."""
    return replace(data, names=np.array([f"s{name}/1-9" for name in data.names]))


# What is written comes back


@pytest.mark.parametrize("name", ["a.sto", "a.STK", "a.stockholm.gz", "a.a2m", "a.a3m.gz"])
@few
@given(data=st.data())
def test_letters_and_labels_come_back(name: str, data: st.DataObject) -> None:
    alphabet = data.draw(st.sampled_from([PROTEIN, RNA, DNA, BINARY, Alphabet(tuple("XYZ"))]))
    check_round_trip(held(data.draw(datasets(alphabet))), name, alphabet)


@pytest.mark.filterwarnings("ignore:.*inserts according to the RF line")
@few
@given(
    data=datasets(),
    said=st.lists(PHRASE, min_size=6, max_size=6),
    columns=st.dictionaries(st.sampled_from(["SS_cons", "RF", "own", "é"]), COLUMNS, max_size=4),
    family=st.fixed_dictionaries({}, optional={"id": st.just("x"), "accession": st.just("y"), "description": PHRASE}),
)
def test_what_is_said_comes_back(data: Dataset, said: list[str], columns: dict[str, str], family: dict) -> None:
    sites = data["visible"].shape[1]
    notes = {"columns": {tag: text[:sites] for tag, text in columns.items()}, "family": family}
    data = replace(held(data), table={"description": np.array(said[: len(data)])}, notes=notes)
    assert check_round_trip(data, "a.sto", PROTEIN).notes == {"format": "stockholm", **notes}


@pytest.mark.filterwarnings("ignore:.*inserts according to the RF line")
def test_parts_are_one_alignment(tmp_path: Path) -> None:
    data = read(write_text(tmp_path, "a.sto", SIX))
    write(data, tmp_path / "whole.sto")
    write([data.select([0]), data.select([1])], tmp_path / "parts.sto")
    assert (tmp_path / "parts.sto").read_bytes() == (tmp_path / "whole.sto").read_bytes()


def test_rows_stand_as_in_the_file(tmp_path: Path) -> None:
    text = HEAD + "#=GS b DE said\na AC\nc AG\nb AU\n//\n"
    data = read(write_text(tmp_path, "a.sto", text), alphabet=RNA)
    assert data.names.tolist() == ["a", "c", "b"]
    assert data.texts("visible").tolist() == ["AC", "AG", "AU"]
    assert data.table["description"].tolist() == ["", "", "said"]


# Spellings of one alignment


@pytest.mark.parametrize(
    "text", [SIX, BLOCKS, SIX.replace("\n", "\r\n"), "\ufeff\n" + SIX, SIX.replace("said at", "\xe9")]
)
@pytest.mark.parametrize("suffix", [".sto", ".stk.gz"])
def test_stockholm_is_read_in_any_spelling(text: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    raw = text.encode("utf-8" if text.startswith("\ufeff") else "latin-1")
    path.write_bytes(gzip.compress(raw) if suffix.endswith("gz") else raw)
    with pytest.warns(
        UserWarning, match=r"1 of 6 columns are inserts according to the RF line, and are read like"
    ) as said:
        data = read(path)
    assert said[0].filename == __file__
    assert data.names.tolist() == ["a/1-4", "b"]
    assert data.texts("visible").tolist() == ["ACGU--", "AC-UU-"]
    assert data.texts("label").tolist() == ["fly", ""]
    assert data.table["description"].tolist() == ["said so", ""]
    assert data.notes["family"] == {"id": "toy", "accession": "RF1", "description": "two of a kind"}
    assert data.notes["columns"] == {"SS_cons": "<..>..", "own": "xyz123", "RF": "xxx.xx"}


@pytest.mark.parametrize(
    "text",
    [A3M, A3M.replace("\n", "\r\n"), "#5\t1\r\n\n#x\n" + A3M, A3M.replace("G\n", "G..\n"), A3M.replace("aa", "a\na")],
)
def test_inserts_are_no_columns(text: str, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"a.a3m: 3 insert letters \(lower case\) are left out") as said:
        data = read(write_text(tmp_path, "a.a3m", text))
    assert said[0].filename == __file__
    assert data.texts("visible").tolist() == ["AC-GU", "ACGGU", "---GU"]
    assert data.names.tolist() == ["a", "b", "c"]
    assert data.table["description"].tolist() == ["first", "", ""]
    assert data.alphabets["visible"] == RNA


def test_fasta_has_no_inserts(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.fasta", ">a\nACgu.\n")
    with pytest.warns(
        UserWarning, match="3 of 5 columns are inserts according to their case, and are read like all"
    ) as said:
        assert read(path).texts("visible").tolist() == ["ACGU-"]
    assert said[0].filename == __file__


def test_rows_about_structure_are_left_out(tmp_path: Path) -> None:
    text = ">ss_pred x\nHHHHHCC\n>ss_conf\n9999\n" + ">a\nMKV\n>b\nM-V\n"
    with pytest.warns(UserWarning, match="2 rows about structure, such as ss_pred, are left out") as said:
        data = read(write_text(tmp_path, "a.a3m", text))
    assert said[0].filename == __file__
    assert data.names.tolist() == ["a", "b"]
    with pytest.raises(FormatError, match="has only rows about structure, and no sequence"):
        read(write_text(tmp_path, "b.a3m", ">ss_pred x\nHHHHHCC\n"))


@given(st.lists(st.text("Aa.-", min_size=6, max_size=6), min_size=1, max_size=5))
def test_inserts_are_told_by_case_only_where_no_column_has_both(rows: list[str]) -> None:
    spelling = np.frombuffer("".join(rows).encode(), np.uint8).reshape(len(rows), -1)
    inserts = np.array([set(column) <= set("a.") for column in zip(*rows)])
    proper = all(set(x) <= set("A-.") for x, insert in zip(zip(*rows), inserts) if not insert)
    dotted = any("." in x for x, insert in zip(zip(*rows), inserts) if insert)
    is_model = proper and dotted and 0 < inserts.sum() < len(inserts)
    assert by_case(spelling).tolist() == (~inserts if is_model else inserts | True).tolist()


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.sto", HEAD + "a ACGU\n//\n", 'a.sto has no line "#=GC RF", which marks the match columns'),
        ("a.sto", HEAD + "a ACGU\n#=GC RF ....\n//\n", "a.sto has no match column according to the RF line"),
        ("a.fa", ">a\nACgu\n>b\nACGU\n", "has lower and upper case in the same columns"),
        ("a.csv", "name,sequence\na,ACGU\n", "a.csv is not an alignment to a model"),
    ],
)
def test_match_columns_that_are_not_there(name: str, text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=fault):
        read(write_text(tmp_path, name, text), match=True)


def test_sequences_that_are_called_like_structure_are_kept(tmp_path: Path) -> None:
    """HH-suite's rows are known by their names and by what they are written in."""
    kept = {"ss_predictor_A2": "MKVLE", "aa_1": "MKVLW", "ss_conf": "AKVLE", "sa_dssp": "MKVLE", "b": "MKVLE"}
    left = {"ss_pred": "HHHCC", "ss_conf x": "99-91", "ss_dssp": "HST~C", "sa_dssp x": "ABB-C", "aa_dssp": "MKVLE"}
    text = "".join(f">{name}\n{row}\n" for name, row in (left | kept).items())
    with pytest.warns(UserWarning, match=rf"{len(left)} rows about structure, such as ss_pred, are left out"):
        data = read(write_text(tmp_path, "a.a3m", text))
    assert data.names.tolist() == list(kept)


@pytest.mark.parametrize("tag", ["DE", "AC", "WT"])
def test_what_is_said_twice_of_a_sequence_is_named(tag: str, tmp_path: Path) -> None:
    text = HEAD + f"#=GS a {tag} 1\n#=GS b {tag} 1\n#=GS  a {tag} 2\na AC\nb AC\n//\n"
    with pytest.raises(FormatError, match=f'a.sto: line 4 is the second "#=GS a {tag}", but a sequence can have one'):
        read(write_text(tmp_path, "a.sto", text))


@pytest.mark.parametrize(
    ("beginning", "said"),
    [
        ("CLUSTAL W (1.82) multiple\n\na AC\n", "it is CLUSTAL: convert it to aligned FASTA with Biopython"),
        (" 2 4\na         MKVL\nb         MKVE\n", "it is PHYLIP: convert it to aligned FASTA with Biopython"),
        ("#NEXUS\nbegin data;\n", "it is NEXUS"),
        (HEAD, "it is Stockholm: name it .sto"),
        ("@r1\nACGT\n+\nIIII\n", "it is FASTQ: align the sequences first"),
        ("<!DOCTYPE html>\n", "download the file itself"),
        ("MKVL\n", 'a name[.]$'),
    ],
)  # fmt: skip
def test_other_formats_by_the_name_of_fasta(beginning: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=said):
        read(write_text(tmp_path, "a.fasta", beginning))


@pytest.mark.parametrize("name", ["a.aln", "a.phy.gz", "A.NEX"])
def test_other_formats_by_their_own_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        FormatError,
        match=r"can't be read or written here; it is (CLUSTAL|PHYLIP|NEXUS): convert it to aligned FASTA",
    ):
        read(write_text(tmp_path, name, ""))


@pytest.mark.parametrize("suffix", ["fasta", "fa", "fas", "faa", "fna", "ffn", "frn", "afa", "mfa", "aln-fasta"])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_names_of_fasta(suffix: str, packed: str, tmp_path: Path) -> None:
    data = lettered("a", "b")
    write(data, tmp_path / f"a.{suffix}{packed}")
    assert (tmp_path / f"a.{suffix}{packed}").read_bytes()[:2] == (b"\x1f\x8b" if packed else b">a")
    assert read(tmp_path / f"a.{suffix}{packed}").names.tolist() == ["a", "b"]


def test_lines_that_end_as_on_old_macs(tmp_path: Path) -> None:
    data = read(write_text(tmp_path, "a.fa", ">a first\rACGU\r>b\rAC\rGG\r"))
    assert data.names.tolist() == ["a", "b"]
    assert data.texts("visible").tolist() == ["ACGU", "ACGG"]


# Programs of the field

programs = pytest.mark.skipif(
    not (shutil.which("hmmalign") and shutil.which("cmalign")),
    reason="hmmalign and cmalign are not there: apt-get install hmmer infernal",
)


def run(*command: object) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


def spellings(folder: Path, align: str, model: Path, sequences: Path, **suffixes: str) -> dict[str, Dataset]:
    """An alignment to a model by a program, in several formats, as each is read."""
    found = {}
    for name, suffix in suffixes.items():
        path = folder / f"made{suffix}"
        path.write_text(run(align, "--outformat", name, model, sequences))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*insert")
            found[suffix] = read(path)
    return found


def check_match_columns(found: dict[str, Dataset], is_match: Callable[[str], bool]) -> None:
    aligned, fasta, matches = found[".sto"], found[".afa"], found[".a2m"]
    assert aligned.names.tolist() == fasta.names.tolist() == matches.names.tolist()
    assert (aligned["visible"] == fasta["visible"]).all()
    kept = [is_match(symbol) for symbol in aligned.notes["columns"]["RF"]]
    assert 0 < sum(kept) < len(kept), "there are inserts to leave out"
    assert (aligned["visible"][:, kept] == matches["visible"]).all()


def check_match_is_a2m(folder: Path, found: dict[str, Dataset]) -> None:
    """What `match` takes of each spelling is what A2M has, and is noted as such."""
    for suffix in (".sto", ".afa", ".a2m"):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*insert letters")
            data = read(folder / f"made{suffix}", match=True)
        assert (data["visible"] == found[".a2m"]["visible"]).all()
        assert all(len(text) == data["visible"].shape[1] for text in data.notes.get("columns", {}).values())
        if suffix != ".a2m":
            assert data.notes["match"] is True
            with pytest.warns(UserWarning, match=r"made[.]\w+: \d+ of \d+ columns are inserts according to"):
                read(folder / f"made{suffix}")


@programs
def test_hmmer_writes_the_same_alignment(tmp_path: Path) -> None:
    rows = "MKVLAAGTREW-", "MKILSAGT-DWQ", "MRVLAAGSREWQ", "-KVLTAGTREWQ"
    family = write_text(tmp_path, "a.fa", "".join(f">s{i}/1-9\n{row}\n" for i, row in enumerate(rows)))
    write(read(family), tmp_path / "a.sto")
    run("hmmbuild", "--amino", tmp_path / "a.hmm", tmp_path / "a.sto")
    sequences = write_text(tmp_path, "e.fa", run("hmmemit", "-N", 20, "--seed", 1, tmp_path / "a.hmm"))
    found = spellings(tmp_path, "hmmalign", tmp_path / "a.hmm", sequences, Stockholm=".sto", afa=".afa", A2M=".a2m")
    check_match_columns(found, "x".__eq__)
    check_match_is_a2m(tmp_path, found)


@pytest.mark.filterwarnings("ignore:.*inserts according to the RF line")
@programs
def test_infernal_writes_the_same_alignment(tmp_path: Path) -> None:
    rows = "GGGAAACUUCGGUUUCCC", "GGCAAACUUCGGUUUGCC", "GAGACACUUCGGUGUCUC"
    family = read(write_text(tmp_path, "a.fa", "".join(f">s{i}\n{row}\n" for i, row in enumerate(rows))))
    write(replace(family, notes={"columns": {"SS_cons": "<<<<<<<....>>>>>>>"}}), tmp_path / "a.sto")
    run("cmbuild", "-F", tmp_path / "a.cm", tmp_path / "a.sto")
    sequences = write_text(tmp_path, "e.fa", run("cmemit", "-N", 10, "--seed", 3, tmp_path / "a.cm"))
    found = spellings(tmp_path, "cmalign", tmp_path / "a.cm", sequences, Stockholm=".sto", AFA=".afa", A2M=".a2m")
    check_match_columns(found, str.isalpha)
    check_match_is_a2m(tmp_path, found)
    again = check_round_trip(found[".sto"], "a.sto", RNA)
    assert set(again.notes["columns"]) == {"SS_cons", "RF"}
    write(found[".sto"], tmp_path / "b.sto")
    run("cmbuild", "-F", "--hand", tmp_path / "b.cm", tmp_path / "b.sto")


# Files that are wrong


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "a.sto is empty"),
        (" \n\n", "a.sto is empty"),
        ("#\n", "a.sto has only comments"),
        ("a ACGU\n//\n", r"a.sto is not complete Stockholm \(missing Stockholm header\). Download or make it again"),
        (">a\nACGU\n", r"missing Stockholm header\): it is FASTA: name it .fasta[.]$"),
        (
            "CLUSTAL W\n\na ACGU\n",
            r"a.sto is not Stockholm \(missing Stockholm header\): it is CLUSTAL: convert it",
        ),
        (HEAD, "missing // terminator"),
        (HEAD + "//\n", "no alignment data"),
        (HEAD + "a ACGU\n", "missing // terminator"),
        (HEAD + "a ACGU\nb ACG\n//\n", "unexpected number of aligned residues"),
        (HEAD + "a ACGU\na ACGG\n//\n", "duplicate seq name a"),
        (HEAD + "a AC\nb AC\n\na AC\na AC\n//\n", "unexpected seq name a; expected b"),
        (HEAD + "a AC\nb AC\n\na AC\n//\n", "number of seqs in block did not match"),
        (HEAD + "a AC\n#=GC RF x\n//\n", "unexpected # of aligned annotation in #=GC RF line"),
        (HEAD + "#=GC RF xx\n//\n", "a.sto has no sequence."),
        (HEAD + "#=GC RF xx\n\n#=GS a DE said\n//\n", "a.sto has no sequence of 'a'"),
        (HEAD + "\x01 AC\n//\n", "a.sto is not text: byte 17 is 0x01. Is it Stockholm?"),
        (HEAD + "a ACé\n//\n", "invalid sequence character"),
        (HEAD + "a AC\n//\nb", "missing Stockholm header"),
        (HEAD + "a AC\n//\n" + HEAD + "b AC\n//\n", "a.sto has several alignments. Put the one to read into"),
        (HEAD + "a ACJ\n//\n", 'seq 1 "a": symbol "J" at column 3 is not in'),
    ],
)
def test_stockholm_that_is_wrong(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=fault) as found:
        read(write_text(tmp_path, "a.sto", text))
    assert "\n" not in str(found.value)


def test_stockholm_that_is_cut_anywhere(tmp_path: Path) -> None:
    for end in range(len(BLOCKS) - 2):
        with pytest.raises(FormatError):
            read(write_text(tmp_path, "a.sto", BLOCKS[:end]))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "a.a3m is empty"),
        ("#5\n", "a.a3m is empty"),
        ("ACGU\n", 'begins with "ACGU", but FASTA begins with a header'),
        (">a\n>b\n", "a.a3m has no match column"),
        (
            ">a\nacgu\n",
            r'has no match column \(upper case or "-"\). If its lower',
        ),
        (">a\nACGa\n>b\nACGG\n>c\nACGG\n", 'seq 1 "a" has 3 symbols, the others have 4. Sequences must be aligned'),
        (">a\n\0\n", "a.a3m is not text: byte 4 is 0x00"),
    ],
)
def test_a3m_that_is_wrong(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=fault):
        read(write_text(tmp_path, "a.a3m", text))


def lettered(*names: str, alphabet: Alphabet = PROTEIN, **more: object) -> Dataset:
    column = np.zeros((len(names), 2), np.int8)
    return Dataset({"visible": column}, {"visible": alphabet}, np.array(names), **more)


@pytest.mark.parametrize(
    ("data", "name", "fault"),
    [
        (lettered("a b"), "a.sto", 'rename "a b"'),
        (lettered("#a"), "a.sto", 'rename "#a"'),
        (lettered("//"), "a.sto", 'rename "//"'),
        (lettered(""), "a.sto", 'rename ""'),
        (lettered("a\x01"), "a.sto", "rename"),
        (lettered("a", "b", "a"), "a.sto", 'but "a" appears twice; rename one'),
        (lettered("a", table={"description": np.array(["x\ny"])}), "a.sto", r"there is a line break in 'x\\ny'"),
        (
            lettered("a", notes={"columns": {"RF": "x"}}),
            "a.sto",
            r"isn't one symbol for each of the 2 sites",
        ),
        (lettered("a", notes={"columns": {"R F": "xx"}}), "a.sto", "isn't one symbol"),
        (lettered("a", notes={"columns": {"RF": "x "}}), "a.sto", "isn't one symbol"),
        (
            lettered("a", alphabet=Alphabet(("one", "two"))),
            "a.sto",
            "Stockholm can hold only letters; write these",
        ),
        (replace(lettered("a"), alphabets={}), "a.sto", "Stockholm can hold only letters"),
        (lettered("a", alphabet=Alphabet(("A", "b"))), "a.a2m", 'the symbol "b" is an insert; write .fasta'),
        (replace(lettered("a"), alphabets={}), "a.a3m", "FASTA can hold only letters"),
    ],
)
def test_data_that_dont_fit(data: Dataset, name: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=fault):
        write(data, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_stockholm_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_text(tmp_path, "a.sto", SIX)
    monkeypatch.setitem(sys.modules, "pyhmmer", None)
    with pytest.raises(ValueError, match=re.escape('Stockholm needs the package pyhmmer: pip install "spinodal[bio]"')):
        read(path)
    write(concatenate([lettered(*numbered_names(3))]), tmp_path / "b.sto")  # writing doesn't take it
