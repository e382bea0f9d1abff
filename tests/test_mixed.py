from __future__ import annotations

import json
import math
import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import spinodal as sp
from spinodal import evaluation, tasks
from spinodal.cli.main import main
from spinodal.data.alphabet import BINARY, Alphabet, Categories
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.data.entries import LAYER_STD
from spinodal.data.kinds import detect_kind, fit_column, words_among_numbers
from spinodal.data.schema import EMPTY, Choice, Positive, Real, Schema, number
from spinodal.errors import unknown_option
from spinodal.evaluation import preparation
from spinodal.evaluation.quick_scores import quick_scores
from spinodal.files.mixed import cells as cells_of
from spinodal.files.table import read_columns
from spinodal.reporting import text as terminal_text
from spinodal.reporting.report import section
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings, Source
from spinodal.runs.sources import Reading, alphabets_of, like, prepare, read_for, reload
from spinodal.runs.training import train
from spinodal.scores import number_distances, share_distances

from .formats import PHRASE, check_same, few, write_text
from .laws import Z
from .mixed import AGES, COLORS, LABELS, SCHEMA, SICK, cells, write_cells

pytestmark = pytest.mark.filterwarnings("ignore:.*read as unknown")
SAID = Draft202012Validator(json.loads(Path(evaluation.__file__).with_name("schema.json").read_text()))
LAYERS = ("visible:binary", "visible:categorical", "visible:real")
REAL, CHOICE = Real("x", 50.0, 18.0, 1), Choice("x", ("1", "2", "b"))
POSITIVE = Positive("x", 1.0, 1.5, 1)


@pytest.fixture
def people(tmp_path):
    """The dataset of a table with unknown cells."""
    return sp.read(write_cells(tmp_path / "people.csv", cells(holes=0.2)), label="state")


# -- what a column is ---------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "kind"), [
    ("0 1 1 0", "binary"), ("0.5 7 7 0.5", "binary"), ("no yes ? no", "binary"), ("b a", "binary"),
    ("1 2 3 3", "categorical"), ("1 1.0 2 -3", "categorical"), ("a b c a", "categorical"), ("a a a", "categorical"),
    ("4 4 NA", "categorical"), (" ".join(map(str, range(10))), "categorical"), ("007 11 12 12", "categorical"),
    (" ".join(map(str, range(11))), "real"), ("1 2.5 3", "real"), ("1e-3 5 6", "real"), (".5 1 2", "real"),
    ("a b c", "text"), ("? NA nan null NaN", "text"), ("a", "text"), ("1 2 inf", "text"), ("1 2 x", "text"),
    (" ".join(f"w{i}" for i in range(11)) + " w1", "text"), (" ".join(f"w{i} w{i}" for i in range(11)), "categorical"),
])  # fmt: skip
def test_a_kind_is_found_by_the_cells(column, kind):
    assert detect_kind(np.array(column.split())) == kind


@pytest.mark.parametrize(("column", "symbols"), [
    ("10 9 9.0 -1", ("-1", "9", "10")), ("b a ? a", ("a", "b")), ("x 2 10", ("2", "10", "x")),
    ("1.0 0.0", ("0.0", "1.0")),
])  # fmt: skip
def test_symbols_are_numbers_by_size_and_then_words(column, symbols):
    assert fit_column("x", "categorical", np.array(column.split())).symbols == symbols


@pytest.mark.parametrize(("column", "decimals"), [
    ("1 2 30", 0), ("1.5 2.25", 2), ("1e3 2e3", 0), ("1.25e1 3", 1), ("1e-5 2e-5", 5), ("0.123456789 1000.1", 4),
    ("5 5.00", 2), ("100000000.25 900000000.5", 0),
])  # fmt: skip
def test_as_many_decimals_as_there_were_or_as_single_precision_knows(column, decimals):
    assert fit_column("x", "real", np.array(column.split())).decimals == decimals


def test_real_columns_are_standardized():
    column = fit_column("x", "real", np.array(["2", "NA", "4", "6", "4"]))
    assert (column.mean, column.std) == (4.0, math.sqrt(2))
    entries = column.encode(np.array(["2", "4", "?"]))
    assert np.allclose(entries, [-LAYER_STD * math.sqrt(2), 0, np.nan], equal_nan=True)
    assert column.decode(entries).tolist() == ["2", "4", ""]


@pytest.mark.parametrize("column", ["4 4.0 4", "? ?"])
def test_a_column_that_does_not_vary_has_a_standard_deviation_of_one(column):
    assert fit_column("x", "real", np.array(column.split())).std == 1.0


@pytest.mark.parametrize(("kind", "column", "fault"), [
    ("binary", "1 2 3", 'column "x" has 3 values, but a binary column has two: make it categorical'),
    ("categorical", "? NA", 'column "x" is unknown in every row: make it text'),
    ("real", "1e308 -1e308", 'the numbers of column "x" are too large to be standardized'),
])  # fmt: skip
def test_kinds_that_cells_are_not_of(kind, column, fault):
    with pytest.raises(ValueError, match=fault):
        fit_column("x", kind, np.array(column.split()))


# -- cells and numbers --------------------------------------------------------------------------


@pytest.mark.parametrize("column", [REAL, POSITIVE, CHOICE], ids=["real", "positive", "choice"])
@pytest.mark.parametrize("empty", EMPTY)
def test_all_that_says_unknown_is_unknown_and_is_written_as_nothing(column, empty):
    entries = column.encode(np.array([empty, "1"]))
    assert column.decode(entries).tolist() == ["", "1" if column == CHOICE else "1.0"]


@pytest.mark.parametrize(("column", "cell", "fault"), [
    (REAL, "old", '"old" in column "x", row 2, is not a number. Pass unknown="\\?"'),
    (REAL, "inf", "is not a number"),
    (POSITIVE, "0", '"0" in column "x", row 2, is not a number above 0. Pass unknown="\\?"'),
    (POSITIVE, "-0.5", "is not a number above 0"), (POSITIVE, "low", "is not a number above 0"),
    (CHOICE, "3", '"3" in column "x", row 2, is not among its values: 1, 2, b. Pass unknown="\\?"'),
    (Choice("x", tuple(map(str, range(30)))), "z", "18, 19, ...\\. Pass"),
])  # fmt: skip
def test_a_foreign_cell_is_named_or_read_as_unknown(column, cell, fault):
    words = np.array(["1", cell, cell])
    with pytest.raises(sp.FormatError, match=fault):
        column.encode(words)
    assert (column.decode(column.encode(words, "?")) == "").tolist() == [False, True, True]


def test_a_number_is_the_same_symbol_however_it_is_written():
    assert CHOICE.encode(np.array(["1", "1.0", "+2", "b", "2e0"])).tolist() == [0, 0, 1, 2, 1]


def test_there_is_no_negative_zero():
    assert REAL.decode(REAL.encode(np.array(["-0.04", "-0.06"]))).tolist() == ["0.0", "-0.1"]


SKEWED = "1 1 1 2 2 2 2 3 3 4 5 7 11 40"


@pytest.mark.parametrize(("column", "scale"), [
    (SKEWED, Positive), (SKEWED + " ? NA", Positive), (SKEWED + " 1e3 1e-2", Positive),
    (SKEWED + " 0", Real), (SKEWED + " -1", Real), ("0 0 0 0 0 3 100", Real),  # not all above 0
    ("1 2 3 4 5 6 7", Real), ("1 9 9 9 9 9 9", Real),  # not skewed, or to the left
    ("1e-9 1e-3 2 2 2 2 2 2 2 2 2 2 2 8", Real),  # their logarithms are more so
    ("1000000000000001 1000000000000000 1000000000000000 1000000000000000 1000000000000000", Real),  # all the same
])  # fmt: skip
def test_skewed_numbers_above_0_are_modeled_by_their_logarithms(column, scale):
    assert type(fit_column("x", "real", np.array(column.split()))) is scale


def test_logarithms_are_standardized_and_told_of():
    words = np.array(SKEWED.split())
    column, logs = fit_column("x", "real", words), np.log(words.astype(float))
    assert np.allclose((column.mean, column.std), (logs.mean(), logs.std()))
    assert np.allclose(column.encode(words), LAYER_STD * (logs - logs.mean()) / logs.std())
    assert column.about == {"kind": "real", "log mean": column.mean, "log std": column.std}


@few
@given(st.floats(-3, 6), st.floats(0.1, 3), st.integers(0, 5), st.lists(st.integers(1, 999_999)))
def test_known_numbers_above_0_come_back_to_six_digits(mean, std, decimals, numbers):
    column = Positive("x", mean, std, decimals)
    near = [k for k in numbers if abs(math.log(k / 10**decimals) - mean) < 5 * std]
    words = np.array([f"{k / 10**decimals:.{decimals}f}" for k in near], dtype=str)
    assert column.decode(column.encode(words)).astype(float).tolist() == words.astype(float).tolist()


@pytest.mark.parametrize(("column", "cell", "written"), [
    (Positive("x", 0.0, 1.0, 5), "9000.5", "9000.50"), (Positive("x", 0.0, 1.0, 5), "0.00001", "0.00001"),
    (Positive("x", 9.0, 2.0, 2), "12345.67", "12345.67"), (Positive("x", 9.0, 2.0, 0), "1234567", "1234567"),
    (Positive("x", 0.0, 1.0, 0), "1", "1"), (POSITIVE, "0.04", "0.1"), (Positive("x", 0.0, 1.0, 0), "0.2", "1"),
])  # fmt: skip
def test_decimals_are_those_that_are_held(column, cell, written):
    assert column.decode(column.encode(np.array([cell]))).tolist() == [written]


@pytest.mark.parametrize("entry", [-3e38, -1e3, -40.0, 0.0, 40.0, 1e3, 3e38])
@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_whatever_is_drawn_is_above_0_and_finite(entry, decimals):
    (cell,) = Positive("x", 1.0, 1.5, decimals).decode(np.array([entry], np.float32))
    assert number(cell) > 0


def test_the_scale_is_in_the_notes_and_notes_without_one_are_linear():
    schema = Schema((POSITIVE, REAL))
    note = json.loads(json.dumps(schema.note))
    assert [column.get("scale") for column in note["columns"]] == ["log", None]
    assert Schema.of({"schema": note}) == schema
    old = {"kind": "real", "name": "x", "mean": 50.0, "std": 18.0, "decimals": 1}
    assert note["columns"][1] == old
    assert Schema.of({"schema": note | {"columns": [old | {"scale": "linear"}]}}).columns == (REAL,)
    with pytest.raises(sp.FormatError, match="the notes have a broken schema of columns"):
        Schema.of({"schema": note | {"columns": [old | {"scale": "root"}]}})


NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6)
SYMBOLS = st.lists(PHRASE.filter(lambda word: word not in EMPTY), min_size=1, max_size=5, unique=True).map(sorted)
WORDS = SYMBOLS.filter(lambda symbols: all(number(s) is None for s in symbols))


@st.composite
def tables(draw):
    """Small datasets of any columns, known or not, with a schema."""
    n, kinds = draw(st.integers(1, 5)), draw(st.lists(st.sampled_from(["binary", "categorical", "real"]), min_size=1))
    names = draw(st.lists(NAME.filter(lambda x: x.lower() not in ("id", "name", "split", "label", "sequence")
                                      and not x.startswith("label:")),
                          min_size=len(kinds), max_size=len(kinds), unique=True))  # fmt: skip
    columns = tuple(draw(_columns(name, kind)) for name, kind in zip(names, kinds))
    texts = {c.name: np.array([draw(_cells(c)) for _ in range(n)], dtype=str) for c in columns}
    schema = Schema(columns, names="id", order=("id", *names))
    called = np.array([f"r{i}" for i in range(n)])
    return Dataset(schema.encode(texts, n), schema.alphabets, called, notes={"format": "table", "schema": schema.note})


def _columns(name, kind):
    if kind == "real":
        number = st.floats(-1e4, 1e4)
        skewed = st.builds(Positive, st.just(name), st.floats(-3, 3), st.floats(0.01, 2), st.integers(0, 3))
        return skewed | st.builds(Real, st.just(name), number, st.floats(0.01, 1e3), st.integers(0, 3))
    symbols = WORDS.map(tuple) if kind == "categorical" else st.just(("no", "yes"))
    return st.builds(Choice, st.just(name), symbols, st.just(kind))


def _cells(column):
    if isinstance(column, Choice):
        return st.sampled_from(["", *column.symbols])
    number = st.floats(-2, 2).map(lambda x: column.decode(np.array([x], np.float32))[0])
    return st.just("") | number


@few
@given(tables(), st.sampled_from([".csv", ".tsv.gz", ".parquet", ".npz"]))
def test_reader_after_writer_is_the_identity(tmp_path_factory, data, suffix):
    path = tmp_path_factory.mktemp("mixed") / f"a{suffix}"
    sp.write(data, path)
    again = sp.read(path, alphabet=data.schema)
    assert {k: list(x) for k, x in cells_of(again).items()} == {k: list(x) for k, x in cells_of(data).items()}
    for layer in data.visibles:
        assert np.allclose(again[layer], data[layer], rtol=1e-5, atol=1e-5, equal_nan=True)
    assert again.schema == data.schema
    assert Schema.of(json.loads(json.dumps(again.notes))) == data.schema


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".npz"])
def test_a_file_brings_back_a_dataset_to_the_bit(suffix, tmp_path, people):
    sp.write(people, tmp_path / f"b{suffix}")
    again = sp.read(tmp_path / f"b{suffix}", label="state" if suffix != ".npz" else None)
    check_same(people, again)
    assert again.schema == people.schema


# -- tables -------------------------------------------------------------------------------------


def test_columns_become_layers_by_their_kinds(people):
    assert people.visibles == LAYERS
    assert [people[layer].shape for layer in people.columns] == [(300, 1), (300, 2), (300, 2), (300, 1)]
    assert people.alphabets["visible:binary"] == BINARY
    assert people.alphabets["visible:categorical"].own == (("blue", "green", "red"), ("1", "2", "3", "4"))
    assert people.alphabets["label"].symbols == LABELS
    assert people.names[0] == "p0"
    assert people.units == {"visible:binary": sp.Bernoulli(1), "visible:categorical": sp.Potts(2, 4, states=(3, 4)),
                            "visible:real": sp.Gaussian(2), "label": sp.Potts(1, 3)}  # fmt: skip


def test_a_table_is_written_as_it_was(tmp_path):
    before = cells()
    sp.write(sp.read(write_cells(tmp_path / "a.csv", before), label="state"), tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


def test_a_schema_reads_another_table_alike(tmp_path, people):
    other = cells(5, seed=1)
    shuffled = {name: other[name] for name in ("rooms", "state", "age", "color", "sick", "weight")} | {
        "more": other["id"]
    }
    del shuffled["sick"]
    path = write_cells(tmp_path / "other.tsv", shuffled, "\t")
    with pytest.warns(UserWarning, match=r"other.tsv lacks the columns sick: they are unknown in every row"):
        data = sp.read(path, label="state", alphabet=people.schema)
    assert {k: list(x) for k, x in cells_of(data).items() if k in other and k != "sick"} == {
        k: list(x) for k, x in other.items() if k in shuffled
    }
    assert (data["visible:binary"] == -1).all()
    assert list(data.table) == ["more"]
    assert data.schema == people.schema


KINDS = (
    "n,when,zip,who,note,split,label\n1,2.5,10115,a,x 1,train,u\n2,3.5,20095,b,x 2,test,NA\n3,4.5,80331,a,x 3,test,v\n"
)


def test_kinds_overrule_what_is_found(tmp_path):
    path = write_text(tmp_path, "a.csv", KINDS)
    with pytest.warns(UserWarning, match=r'a.csv: "note": columns of free text, or without cells, are not modeled'):
        data = sp.read(path)
    assert list(data.table) == ["note", "split"]
    assert data.texts("label").tolist() == ["u", "", "v"]
    assert {c.name: c.kind for c in data.schema.columns} == {
        "n": "categorical", "when": "real", "zip": "categorical", "who": "binary"}  # fmt: skip
    told = {"n": "real", "zip": "text", "who": "categorical", "note": "name", "split": "binary", "label": "categorical"}
    data = sp.read(path, kinds=told, label=[])
    assert {c.name: c.kind for c in data.schema.columns} == {"when": "real"} | {
        name: kind for name, kind in told.items() if kind in ("real", "binary", "categorical")
    }
    assert (list(data.table), data.labels, data.names.tolist()) == (["zip"], (), ["x 1", "x 2", "x 3"])


@pytest.mark.parametrize(("header", "names"), [("id", "a"), ("ID", "a"), ("Name", "a"), ("nom", "g0001")])
def test_names_come_from_a_column_that_is_called_so(header, names, tmp_path):
    data = sp.read(write_text(tmp_path, "a.csv", f"{header},x\na,1.5\na,2\nb,3\n"), kinds={"x": "real"}) \
        if header == "nom" else _twins(tmp_path, header)  # fmt: skip
    assert data.names[0] == names


def _twins(tmp_path, header):
    with pytest.warns(UserWarning, match="names in"):
        return sp.read(write_text(tmp_path, "a.csv", f"{header},x\na,1.5\na,2\nb,3\n"))


def test_an_id_beside_a_name_is_a_column(tmp_path):
    with pytest.warns(UserWarning, match='"id": columns of free text'):
        data = sp.read(write_text(tmp_path, "a.csv", "id,name,x\ni,a,1.5\nj,b,2\nk,c,3\n"))
    assert (data.names.tolist(), list(data.table)) == (["a", "b", "c"], ["id"])


def test_spaces_about_cells_are_none_of_them(tmp_path):
    data = sp.read(write_text(tmp_path, "a.csv", "x, y\n 1.5, b\n2 , ?\n3, a\n4,a\n"))
    assert data["visible:binary"][:, 0].tolist() == [1, -1, 0, 0]


@pytest.mark.parametrize(("text", "options", "fault"), [
    ("x,y\n1,2\n", {"kinds": {"z": "real"}}, 'no column "z" to be real; there are: x, y'),
    ("x,y\n1,2\n", {"kinds": {"x": "color"}}, 'column "x" can\'t be color; the kinds are binary, categorical'),
    ("x,y\n1,2\n", {"unknown": "-"}, 'unknown="-" is for letters; for a table of columns pass "\\?"'),
    ("sequence,y\nACGU,2\n", {"kinds": {"y": "real"}}, "is a table of sequences: none of its columns can be real"),
    ("x,y\n1,2\n", {"alphabet": "rna"}, 'has no column "sequence"'),
    ("x,y\n", {}, "has a header and no rows"),
    ("x,y\n1,a\n", {"kinds": {"y": "real"}}, 'a.csv: "a" in column "y", row 1, is not a number'),
    ("x,y\n1,2\n", {"alphabet": SCHEMA}, "there is none of the columns color, age, sick, weight, rooms; it has: x, y"),
])  # fmt: skip
def test_tables_that_cannot_be_read(text, options, fault, tmp_path):
    with pytest.raises(ValueError, match=fault):
        sp.read(write_text(tmp_path, "a.csv", text), **options)


@pytest.mark.parametrize(("text", "cells"), [
    ("x;y\n1,5;a\n-2;b\n;a\n-;b\n3,25;a\n", ["1.5", "-2", "", "-", "3.25"]),
    ("x;y\n1,5;a\n2.5;b\n3;a\n", None),
    ("x;y\n1,5;a\nb;b\nc;a\n", None),
    ("x\ty\n1,5\ta\n2,5\tb\n3,5\ta\n", None),
    ('x,y\n"1,5",a\n"2,5",b\n"3,5",a\n', None),
])  # fmt: skip
def test_decimals_after_commas_are_read_where_semicolons_separate(text, cells, tmp_path, recwarn):
    warnings.simplefilter("always")
    found = read_columns(write_text(tmp_path, "a.csv", text))["x"].tolist()
    told = [f'{tmp_path}/a.csv: "x": decimal commas are read and written as points'] if cells else []
    assert [str(warning.message) for warning in recwarn] == told
    assert found == cells or (cells is None and "1,5" in found)


@pytest.mark.parametrize(("column", "words"), [
    ("1.5 2.5 3.5 -", ["-"]), ("1 2 3 4 5 none .", []), ("1 2 3 4 5 6 none .", [".", "none"]), ("1 2 3a 3b", []),
    ("1.5 2.5 3.5 NA n/a NULL", []), ("a b c", []), ("", []), ("1 2 inf 3 3", ["inf"]),
])  # fmt: skip
def test_words_among_numbers_are_named(column, words):
    assert words_among_numbers(np.array(column.split())) == words


def test_words_among_numbers_can_be_read_as_unknown(tmp_path, recwarn):
    path = write_text(tmp_path, "a.csv", "x,y\n1.5,a\n2.5,b\n3.5,a\n-,b\n")
    warnings.simplefilter("always")
    assert "x" not in {c.name for c in sp.read(path).schema.columns}
    assert str(recwarn[-1].message).endswith(
        f'"x" has numbers and "-": if this means unknown, make the column real and pass {unknown_option("?")}'
    )
    data = sp.read(path, kinds={"x": "real"}, unknown="?")
    assert np.isnan(data["visible:real"][:, 0]).tolist() == [False, False, False, True]


def test_a_label_that_is_not_there_is_told_of_all_columns(tmp_path):
    with pytest.raises(ValueError, match=r'no column "z" for the label; there are: x, y$'):
        sp.read(write_text(tmp_path, "a.csv", "x,y\n1.5,a\n2.5,b\n3.5,a\n"), label="z")


def test_kinds_and_schemas_are_of_tables(tmp_path):
    path = write_text(tmp_path, "a.fa", ">a\nACGU\n>b\nACGA\n")
    with pytest.raises(ValueError, match=r"a.fa is not a table, so its columns have no kinds"):
        sp.read(path, kinds={"x": "real"})
    with pytest.raises(sp.FormatError, match=r"a.fa doesn't have the expected columns, color, age"):
        sp.read(path, alphabet=SCHEMA)


@pytest.mark.parametrize("name", ["a.fa", "a.idx", "a.npy", "a.h5", "a.png", "a.vcf", "pictures/"])
def test_columns_are_written_to_tables_alone(name, tmp_path, people):
    with pytest.raises(ValueError, match=r"only .csv, .tsv, .parquet and .npz can hold a table of columns"):
        sp.write(people, f"{tmp_path}/{name}")
    assert not (tmp_path / name).is_file()


def test_a_folder_of_tables_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    write_text(tmp_path / "a", "a.csv", "x\n1.5\n2\n3\n")
    with pytest.raises(sp.FormatError, match=r"a.csv is a table of columns: make one table of all"):
        sp.read(tmp_path, labels="folder")


def test_parquet_has_types(tmp_path, people):
    import pyarrow as pa
    import pyarrow.parquet as pq

    sp.write([people.select(slice(100)), people.select(slice(100, 300))], tmp_path / "a.parquet")
    found = pq.read_table(tmp_path / "a.parquet")
    assert found.column_names == list(SCHEMA.order)
    assert {name: str(kind) for name, kind in zip(found.schema.names, found.schema.types)} == {
        "id": "string", "color": "string", "age": "int64", "sick": "string", "weight": "double", "rooms": "int64",
        "state": "string"}  # fmt: skip
    assert found["age"].null_count == np.isnan(people["visible:real"][:, 0]).sum()
    typed = {"flag": [True, None, False], "x": [0.5, 1.0, None], "d": pa.array([1, 2, 2]).dictionary_encode()}
    pq.write_table(pa.table(typed), tmp_path / "b.parquet")
    data = sp.read(tmp_path / "b.parquet", kinds={"x": "real"})
    assert {k: list(x) for k, x in cells_of(data).items()} == {
        "flag": ["True", "", "False"], "x": ["0.5", "1.0", ""], "d": ["1", "2", "2"]}  # fmt: skip
    sp.write(sp.read(tmp_path / "b.parquet", kinds={"d": "categorical"}), tmp_path / "c.parquet")


def test_parquet_holds_sequences_too(tmp_path):
    data = sp.read(write_text(tmp_path, "a.csv", "name,sequence,host\na,ACGU,fly\nb,A-GU,cow\n"), label="host")
    sp.write(data, tmp_path / "a.parquet")
    check_same(data, sp.read(tmp_path / "a.parquet"))


def test_a_broken_schema_is_named():
    with pytest.raises(sp.FormatError, match="the notes have a broken schema of columns"):
        Schema.of({"schema": {"columns": [{"kind": "real"}]}})


def test_parquet_of_bytes_is_text_and_what_can_not_be_read_names_its_column(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    def table(**columns):
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
        return sp.read(tmp_path / "a.parquet")

    assert table(name=[b"x", b"y"], sequence=[b"ACGU", b"CCGU"]).texts("visible").tolist() == ["ACGU", "CCGU"]
    with pytest.raises(sp.FormatError, match=r'the column "sequence" of .*a.parquet can\'t be read \(.*utf-8'):
        table(name=["x"], sequence=[b"\xba110"])
    with pytest.raises(sp.FormatError, match=r'the column "day" of .*a.parquet can\'t be read'):
        table(day=pa.array([2**62], pa.timestamp("us")))


@pytest.mark.parametrize(("columns", "fault"), [({}, "has no columns"), (None, "is not Parquet")])
def test_what_is_not_parquet(columns, fault, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    if columns is None:
        write_text(tmp_path, "a.parquet", "x,y\n1,2\n")
    else:
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(sp.FormatError, match=fault):
        sp.read(tmp_path / "a.parquet")
    with pytest.raises(FileNotFoundError):
        sp.read(tmp_path / "none.parquet")


def test_a_missing_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r'pip install "spinodal\[parquet\]"'):
        sp.read(tmp_path / "a.parquet")


# -- datasets -----------------------------------------------------------------------------------


def test_numbers_are_all_layers_side_by_side(people):
    x, (binary, letters, real) = people.numbers(), (people.numbers(layer) for layer in LAYERS)
    assert torch.equal(x.nan_to_num(-9), torch.cat([binary, letters, real], 1).nan_to_num(-9))
    assert letters.shape == (300, 3 + 4)
    known = people["visible:categorical"][:, 1] >= 0
    assert (letters[known][:, [1, 3, 5, 6]].argmax(1).numpy() == people["visible:categorical"][known, 1]).all()
    assert np.allclose(np.nanstd(real.numpy(), 0), 1, atol=1e-3)
    assert (people.whole == ~x.isnan().any(1).numpy()).all()


def test_whole_tables_are_described(people):
    about = people.describe()
    assert about["sites"] == 5
    assert list(about["columns"]) == ["color", "age", "sick", "weight", "rooms"]
    assert about["columns"]["sick"]["values"] == ["no", "yes"]
    assert about["missing"] == sum(column["missing"] for column in about["columns"].values()) > 100
    assert "alphabet" not in about
    lines = "\n".join(terminal_text.facts(about))
    assert re.search(r"age +real: mean \d+\.\d+, std \d+\.\d+; \d+ missing", lines)
    assert re.search(r"color +categorical: blue, green, red; \d+ missing", lines)
    bare = replace(people, notes={})
    assert bare.describe()["columns"] == {}


@pytest.mark.parametrize(("sites", "hidden"), [
    (None, [0, 1, 2, 3, 4]), ([0, 4], [0, 4]), (["age"], [3]), (["rooms", 0], [0, 2]), ([], []),
])  # fmt: skip
def test_sites_are_hidden_over_all_layers_by_number_or_name(sites, hidden, people):
    data = people.hide("visible", sites)
    unknown = np.hstack([_unknown(data[layer]) for layer in LAYERS])
    before = np.hstack([_unknown(people[layer]) for layer in LAYERS])
    before[:, hidden] = True
    assert (unknown == before).all()


def _unknown(x):
    return np.isnan(x) if x.dtype.kind == "f" else x < 0


def test_a_share_is_hidden_by_chance_in_every_layer(people):
    data = people.hide("visible", fraction=0.5, seed=3)
    for layer in LAYERS:
        known = ~_unknown(people[layer])
        share = _unknown(data[layer])[known].mean()
        assert abs(share - 0.5) < Z * 0.5 / math.sqrt(known.sum())


@pytest.mark.parametrize(("site", "fault"), [
    (5, '"visible" has sites 0 to 4, not all of'), (-1, '"visible" has sites 0 to 4, not all of'),
    ("nobody", 'no column "nobody"; there are: '),
])  # fmt: skip
def test_only_sites_that_are_there_are_hidden(site, fault, people):
    with pytest.raises(ValueError, match=fault):
        people.hide("visible", [site])


def test_rows_alike_know_nothing_but_the_label(people):
    blank = people.like("worse", 4)
    assert not any((~_unknown(blank[layer])).any() for layer in LAYERS)
    assert blank.texts("label").tolist() == ["worse"] * 4
    assert blank.schema == people.schema


def test_the_digest_knows_the_symbols_of_each_column(people):
    own = people.alphabets["visible:categorical"]
    other = Categories.of_sites([("blue", "green", "RED"), own.own[1]])
    changed = replace(people, alphabets={**people.alphabets, "visible:categorical": other})
    assert changed.sha256 != people.sha256
    with pytest.raises(ValueError, match='"visible:categorical" has "RED"; there are: "blue", "green", "red"'):
        changed.recoded({"visible:categorical": own})
    turned = Categories.of_sites([("red", "green", "blue"), ("4", "3", "2", "1")])
    again = people.recoded({"visible:categorical": turned})
    assert (again.texts("visible:categorical") == people.texts("visible:categorical")).all()
    lost = changed.recoded({"visible:categorical": own}, unknown="?")
    assert (lost["visible:categorical"][:, 0] != 2).all()


def test_frequencies_rest_a_machine_at_independent_columns(people):
    machine = sp.rbm(sp.Bernoulli(2), std=0.0, **people.units)
    machine.init_biases(people.frequencies())
    made = sp.generate(machine, n=4000, steps=1, seed=1)
    for layer, share in people.frequencies().items():
        x = machine.units[layer].average(made.tensors()[layer], machine.like)
        assert (x - share).abs().max() < 0.08


def test_letters_beyond_a_column_are_refused():
    with pytest.raises(ValueError, match='"visible:categorical" has 2 sites with letters up to'):
        Dataset({"visible:categorical": np.array([[0, 2]], np.int8)},
                {"visible:categorical": Categories.of_sites([("a", "b", "c"), ("a", "b")])},
                numbered_names(1))  # fmt: skip


@pytest.mark.parametrize("units", [sp.Potts(2, 3, states=(3, 2), symbols=(("a", "b", "c"), ("x", "y"))),
                                   sp.Potts(2, 2, symbols=(("a", "b"), ("x", "y")))])  # fmt: skip
def test_categories_are_those_of_units(units):
    alphabet = Alphabet.of(units)
    assert (alphabet.own, alphabet.units(2), alphabet.units(2).symbols) == (units.symbols, units, units.symbols)


def test_data_of_no_table_have_no_cells(people):
    with pytest.raises(ValueError, match="a table can hold only letters, or the columns of a table"):
        cells_of(replace(people, notes={}))
    with pytest.raises(ValueError, match="reweighting compares letters"):
        people.reweighted()


# -- machines of tables -------------------------------------------------------------------------


PEOPLE = 1000


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on a mixed table, its folder, and the table."""
    folder = tmp_path_factory.mktemp("mixed")
    path = write_cells(folder / "people.csv", cells(PEOPLE))
    source = Source(data=str(path), label=["state"])
    learned, held_out = prepare(source)
    how = Settings(hidden=30, updates=400, lr=0.2, batch=100)
    for _ in train(learned, held_out, folder / "run", how, source=source):
        pass
    return Run.open(folder / "run"), path


def test_what_is_generated_by_label_has_the_law_of_the_label(trained):
    run, _ = trained
    machine, n = run.machine(), 1000
    asked = replace(tasks.asked(machine, dict.fromkeys(LABELS, n)), notes=run.record["data"]["notes"])
    made = cells_of(sp.generate(machine, like=asked, seed=5))
    rows = [slice(i * n, (i + 1) * n) for i in range(3)]
    ages = [made["age"][part].astype(float).mean() for part in rows]
    sick = [(made["sick"][part] == "yes").mean() for part in rows]
    colors = [[(made["color"][part] == c).mean() for c in ("blue", "green", "red")] for part in rows]
    chance = Z / 2 / math.sqrt(n)  # and what a short training leaves
    assert np.abs(np.array(ages) - AGES).max() < 18 * chance + 4
    assert np.abs(np.array(sick) - SICK).max() < chance + 0.07
    assert np.abs(np.array(colors) - COLORS).max() < chance + 0.07
    assert set(made["rooms"]) <= set("1234")
    assert all("." not in age for age in made["age"])


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    """A run on a table with a lognormal laboratory value that goes with the label, its folder, and the values."""
    folder, random = tmp_path_factory.mktemp("skewed"), np.random.default_rng(2)
    ill = random.random(1000) < 0.4
    crp = np.exp(0.5 + 1.5 * ill + 0.9 * random.normal(size=1000)).clip(0.1).round(1)
    path = write_cells(folder / "a.csv", {"crp": crp.astype(str), "state": np.where(ill, "ill", "well")})
    source = Source(data=str(path), label=["state"])
    learned, held_out = prepare(source)
    how = Settings(hidden=16, updates=200, lr=0.1, batch=100)
    for _ in train(learned, held_out, folder / "run", how, source=source):
        pass
    return Run.open(folder / "run"), folder, {"ill": crp[ill], "well": crp[~ill]}


def test_skewed_columns_are_generated_above_0_with_the_medians_of_the_labels(tested):
    run, _, crp = tested
    asked = replace(tasks.asked(run.machine(), {"ill": 500, "well": 500}), notes=run.record["data"]["notes"])
    made = cells_of(sp.generate(run.machine(), like=asked, seed=1))
    values = made["crp"].astype(float)
    assert values.min() > 0
    assert values.max() < 4 * max(map(np.max, crp.values()))
    for label, known in crp.items():
        assert 0.7 < np.median(values[made["state"] == label]) / np.median(known) < 1.4


def test_the_data_of_a_run_are_read_again_by_its_own_scale(tested):
    run, _, _ = tested
    for before, data in zip(prepare(run.source), reload(run)):
        check_same(before, data)
    old = {"kind": "real", "name": "crp", "mean": 5.0, "std": 9.0, "decimals": 1}
    schema = run.record["data"]["notes"]["schema"] | {"columns": [old]}
    learned, held_out = reload(replace(run, record=run.record | {"data": {"notes": {"schema": schema}}}))
    assert learned.schema.columns == held_out.schema.columns == (Real("crp", 5.0, 9.0, 1),)
    assert cells_of(learned)["crp"].tolist() == cells_of(prepare(run.source)[0])["crp"].tolist()


def test_another_table_with_a_0_in_a_column_above_0_is_refused_or_unknown(tested, capsys):
    run, folder, _ = tested
    other = write_cells(folder / "other.csv", {"crp": np.array(["3.5", "0"]), "state": np.array(["ill", "well"])})
    notes = run.record["data"]["notes"]
    with pytest.raises(sp.FormatError, match=r'other.csv: "0" in column "crp", row 2, is not a number above 0. Pass'):
        read_for(run.machine(), other, Reading(notes=notes))
    assert cells_of(read_for(run.machine(), other, Reading(notes=notes, unknown="?")))["crp"].tolist() == ["3.5", ""]
    assert re.search(r"crp +real: log mean -?\d\.\d+, log std \d\.\d+", call(capsys, "inspect", folder / "a.csv"))


def test_hidden_cells_are_completed_better_than_by_mode_or_mean(trained, tmp_path):
    run, _ = trained
    truth = cells(400, seed=9)
    data = sp.read(
        write_cells(tmp_path / "new.csv", truth), label="state", alphabet=Schema.of(run.record["data"]["notes"])
    )
    holed = data.hide("visible", fraction=0.2, seed=1)
    done = [tasks.complete(run.machine(), holed, seed=i) for i in range(8)]
    assert cells_of(done[0])["state"].tolist() == truth["state"].tolist()
    for layer in LAYERS:
        gone = _unknown(holed[layer])
        assert all((x[layer][~gone] == data[layer][~gone]).all() for x in done)
    gone = _unknown(holed["visible:real"])
    guess = np.mean([x["visible:real"] for x in done], axis=0)
    error, plain = (np.square(x - data["visible:real"])[gone].mean() for x in (guess, 0.0))
    assert error < 0.5 * plain
    color, there = data["visible:categorical"][:, 0], _unknown(holed["visible:categorical"][:, 0])
    right = np.mean([(x["visible:categorical"][:, 0] == color)[there].mean() for x in done])
    assert right > np.bincount(color).max() / len(color) + 0.1


def test_labels_are_predicted_from_all_columns_or_some(trained, tmp_path):
    run, path = trained
    machine, notes = run.machine(), run.record["data"]["notes"]
    data = read_for(machine, path, Reading(label="state", notes=notes))
    assert preparation.scale(machine) == [None, None]
    for rows in (data, data.hide("visible", ["age"])):
        guess = sp.predict(machine, rows)
        assert (guess.letters() == rows["label"][:, 0]).mean() > 0.75
    strange = cells(3) | {"color": np.array(["pink", "red", "red"])}
    other = write_cells(tmp_path / "pink.csv", strange)
    with pytest.raises(
        sp.FormatError, match=r'pink.csv: "pink" in column "color", row 1, is not among its values: blue'
    ):
        read_for(machine, other, Reading(notes=notes))
    data = read_for(machine, other, Reading(notes=notes, unknown="?"))
    assert data["visible:categorical"][0, 0] == -1
    assert list(data.table) == ["state"]
    with pytest.raises(ValueError, match="this machine learned the columns of a table: pass the notes"):
        read_for(machine, other)


def test_a_machine_of_a_table_has_all_scores(trained):
    run, path = trained
    learned, held_out = prepare(run.source)
    assert learned.schema == held_out.schema
    found = quick_scores(run.machine(), held_out, learned)
    assert {"accuracy", "label_fidelity", "adversarial_accuracy", "spectrum_error"} <= found.keys()
    assert found["scale"] == [None, None]
    assert any("entries of any size" in line for line in terminal_text.score_lines({"age": 1, **found}))
    assert like(run, run.machine(), path).texts("label")[0] == cells(PEOPLE)["state"][0]
    assert list(alphabets_of(run.machine())) == [*LAYERS, "label"]


def test_more_runs_are_less_sure_of_rows_of_which_little_is_known(trained):
    run, path = trained
    machine, notes = run.machine(), run.record["data"]["notes"]
    data = read_for(machine, path, Reading(label="state", notes=notes))
    some, few = data.hide("visible", ["age", "color"]), data["label"][:, 0]
    p = {n: sp.predict(machine, some, n=n).probability["label"] for n in (1, 10)}
    loss = {n: -np.log(x[few >= 0, few[few >= 0]].clip(1e-6)).mean() for n, x in p.items()}
    assert np.allclose(p[10].sum(1), 1, atol=1e-5)
    assert loss[10] < loss[1]
    with pytest.raises(ValueError, match=r"1 or more, not 0"):
        sp.predict(machine, data, n=0)


def test_a_table_has_a_record(trained):
    run, _ = trained
    record = section(run, reload(run), rows=60, sets=1, intervals=0, times=[1, 10], ages=[]).record
    assert record["kind"] == "tables"
    assert record["scale"] == [None, None]
    assert record["scores"]["column_distance"]["value"] < record["scores"]["worst_column"]["value"] < 0.6
    SAID.validate(json.loads(json.dumps(record)))


@pytest.fixture(scope="module", params=["all", "held out"])
def clinic(request, tmp_path_factory):
    """A run on a table of which no row, or no held-out one, is whole."""
    folder, some = tmp_path_factory.mktemp("clinic"), cells(90)
    part = np.where(np.arange(90) % 3, "train", "test")
    for i in np.flatnonzero((part == "test") | (request.param == "all")):
        some[("color", "age", "sick", "weight", "rooms")[i // 3 % 5]][i] = ""
    path = write_cells(folder / "a.csv", some | {"part": part})
    source = Source(data=str(path), label=["state"], split="part")
    learned, held_out = prepare(source)
    assert not held_out.whole.any()
    assert learned.whole.all() == (request.param == "held out")
    for _ in train(learned, held_out, folder / "run", Settings(hidden=4, updates=12), source=source):
        pass
    return Run.open(folder / "run")


def test_tables_without_a_whole_row_have_reports_scores_and_figures(clinic, capsys):
    found = section(clinic, reload(clinic), sets=2, intervals=3, times=[1, 10], ages=[10])
    scored = json.loads(call(capsys, "score", clinic.path, "--json", "--sets", 1))["evidence"]
    assert {"columns", "confusion-of-predicted-labels"} <= found.figures.keys()
    learned, _ = prepare(clinic.source)
    for record in (found.record, scored):
        missed = {gap["what"]: gap["why"] for gap in record["not_measured"]}
        assert {"accuracy", "label_fidelity", "column_distance", "worst_column"} <= record["scores"].keys()
        assert {"floor", "baseline"} <= record["scores"]["column_distance"].keys()
        assert "0 of 30 rows have no unknown entry" in missed["adversarial_error"]
        assert ("judged_fidelity" in missed) == ("copies" in missed) == (not learned.whole.any())
        assert not missed.keys() & record["scores"].keys()
        SAID.validate(record)


def call(capsys, *tokens):
    """The standard output of a command that ends well."""
    main([str(token) for token in tokens])  # SystemExit where it doesn't
    return capsys.readouterr().out


def test_commands_take_tables_and_give_tables(trained, tmp_path, capsys):
    run, path = trained
    about = json.loads(call(capsys, "inspect", path, "--label", "state", "--kind", "rooms=real", "--json"))
    assert about["columns"]["rooms"]["kind"] == "real"
    assert about["training"]["parameters"] > 0
    made = call(capsys, "generate", run.path, "--label", "ill=2", "--label", "well=1", "-o", "-").splitlines()
    assert made[0] == "id,color,age,sick,weight,rooms,state"
    assert [line.split(",")[-1] for line in made[1:]] == ["ill", "ill", "well"]
    holes = write_cells(tmp_path / "holes.csv", cells(8, seed=3, holes=0.4) | {"state": np.array(["?", "ill"] * 4)})
    guess = call(capsys, "predict", run.path, holes).splitlines()
    assert guess[0] == (
        "name,predicted,confidence,likeness,p(ill),p(well),p(worse),raw p(ill),raw p(well),raw p(worse)"
    )
    call(capsys, "complete", run.path, holes, "-o", tmp_path / "done.parquet")
    done = sp.read(tmp_path / "done.parquet", label="state", alphabet=Schema.of(run.record["data"]["notes"]))
    before = sp.read(holes, label="state", alphabet=done.schema)
    assert done.whole.all()
    assert all(((before[k] == done[k]) | _unknown(before[k])).all() for k in (*LAYERS, "label"))
    call(capsys, "complete", run.path, holes, "--hold", "age,sick", "-o", tmp_path / "some.csv", "--most-probable",
         "--probabilities", tmp_path / "sure.csv")  # fmt: skip
    some = sp.read(tmp_path / "some.csv", alphabet=done.schema)
    known = ~np.isnan(before["visible:real"][:, 0])
    assert (some["visible:real"][known, 0] == before["visible:real"][known, 0]).all()
    sure = [line.split(",") for line in (tmp_path / "sure.csv").read_text().splitlines()]
    assert sure[0] == ["name", "layer", "site", "symbol", "probability"]
    assert {(row[1], row[2]) for row in sure[1:]} >= {
        ("visible:categorical", "color"),
        ("visible:categorical", "rooms"),
    }
    assert {row[3] for row in sure[1:] if row[2] == "color"} <= {"blue", "green", "red"}
    scored = json.loads(call(capsys, "score", run.path, path, "--json", "--quick", "--rows", 50, "--sets", 1))
    assert scored["accuracy"] > 0.8
    women = call(capsys, "score", run.path, path, "--where", "sick=yes", "--json", "--quick", "--rows", 50, "--sets", 1)
    assert json.loads(women)["n"] == 50


def test_rows_are_chosen_by_columns_that_are_modeled_too(people):
    some = people.where(sick="yes", color="red")
    assert set(cells_of(some)["color"]) == {"red"}
    assert people.sites("visible").tolist() == ["sick", "color", "rooms", "age", "weight"]
    assert people.symbols("visible:categorical")[0].tolist() == [cells_of(people)[k][0] for k in ("color", "rooms")]
    assert people.symbols("label")[:3, 0].tolist() == people.texts("label")[:3].tolist()
    kept = people.keep("visible", ["age", 1])
    assert (_unknown(kept["visible:binary"])).all()
    assert np.array_equal(kept["visible:real"][:, 0], people["visible:real"][:, 0], equal_nan=True)


@pytest.mark.parametrize("n", [1, 50])
def test_columns_are_as_far_apart_as_their_distributions(n):
    letters, numbers = np.tile([[0, 0], [1, -1]], (n, 1)), np.tile([[0.0, 1.0], [1.0, np.nan]], (n, 1))
    assert share_distances(letters, letters).tolist() == number_distances(numbers, numbers).tolist() == [0, 0]
    assert share_distances(letters, 1 - letters.clip(0)).tolist() == [0, 1]
    assert number_distances(numbers, numbers + 0.5).tolist() == [0.5, 1]
    assert number_distances(numbers, numbers + 2).tolist() == [1, 1]


def test_a_column_that_is_never_known_is_at_no_distance():
    assert np.isnan(number_distances(np.array([[np.nan]]), np.array([[1.0]])))
    assert np.isnan(share_distances(np.array([[-1]]), np.array([[1]])))
    with pytest.raises(ValueError, match="both tables must have the same columns"):
        number_distances(np.ones((2, 2)), np.ones((2, 3)))


def test_a_test_file_is_read_by_the_schema_of_the_training(tmp_path):
    one = write_cells(tmp_path / "one.csv", cells(60))
    other = write_cells(tmp_path / "other.csv", cells(20, seed=4))
    learned, test = prepare(Source(data=str(one), test=str(other), label=["state"], kinds={"rooms": "real"}))
    assert test.schema == learned.schema
    assert [c.kind for c in test.schema.columns] == ["categorical", "real", "binary", "real", "real"]


def test_columns_by_which_rows_are_chosen_are_no_data(tmp_path):
    some = cells(40) | {"part": np.where(np.arange(40) % 4, "train", "test")}
    path = write_cells(tmp_path / "a.csv", some)
    learned, test = prepare(Source(data=str(path), label=["state"], split="part", where={"sick": "no"}))
    assert {c.name for c in learned.schema.columns} == {"color", "age", "weight", "rooms"}
    assert set(learned.table["sick"]) == {"no"}
    assert set(test.table["part"]) == {"test"}


def test_chaotic_networks_of_tables_have_hidden_layers(people):
    with pytest.raises(ValueError, match="columns of a table meet in a hidden layer"):
        sp.chaotic(gain=1.0, rate=0.4, **people.units)
    machine = sp.chaotic(sp.Spin(8), gain=2.0, rate=0.4, **people.units)
    made = sp.generate(machine, like=people.like("ill", 3), steps=3)
    assert set(cells_of(made)) == {"id", "color", "age", "sick", "weight", "rooms", "state"}
