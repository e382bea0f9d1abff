"""What columns are in files that have types comes back, also in what is generated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinodal as sp
from spinodal.cli.main import main
from spinodal.data.kinds import fit_column
from spinodal.data.reals import keep_known, snap_to_valid
from spinodal.data.schema import GAP, Inflated, Schema
from spinodal.files import read, write
from spinodal.files.types import Type

from .formats import few

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

N = 120


@pytest.fixture(scope="module")
def frame():
    """Columns of many types, as pandas has them, with holes."""
    random = np.random.default_rng(0)
    holes = random.random(N) < 0.1
    zip_codes = [f"{i:04d}" for i in range(0, 200, 10)]
    columns = {
        "icd": random.choice(["0110", "0120", "4280", "E11"], N),
        "digits": random.choice(["110", "120", "2500", "1.0", "1"], N),
        "zip": random.choice(zip_codes, N),
        "flag": random.random(N) < 0.4,
        "stage": pandas.Categorical(random.choice(["low", "mid", "high"], N), ["low", "mid", "high", "never"], True),
        "count": random.integers(0, 250, N).astype("uint8"),
        "days": pandas.array(np.where(holes, None, random.integers(5, 90, N)), dtype="Int64"),
        "few": random.integers(0, 4, N).astype("int8"),
        "when": pandas.date_range("2020-01-01", periods=N, freq="h"),
        "grade": random.integers(1, 4, N).astype("int32"),
    }
    return pandas.DataFrame(columns, index=[f"p{i}" for i in range(N)])


@pytest.fixture(scope="module")
def data(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("types") / "a.parquet"
    frame.to_parquet(path)
    with pytest.warns(UserWarning, match=r'"when" \(timestamp\[ns\]\): times, dates and lists are not modeled'):
        return read(path, label="grade")


def test_what_looks_like_a_number_is_one_where_the_file_says_so(data):
    found = {c.name: c for c in data.schema.columns}
    assert {name: c.kind for name, c in found.items()} == {
        "icd": "categorical", "digits": "categorical", "zip": "categorical", "flag": "binary", "stage": "categorical",
        "count": "real", "days": "real", "few": "categorical",
    }  # fmt: skip
    assert found["digits"].symbols == ("1", "1.0", "110", "120", "2500")
    assert found["stage"].symbols == ("low", "mid", "high")
    assert found["flag"].symbols == ("False", "True")
    assert (list(data.table), data.names[:2].tolist()) == (["when"], ["p0", "p1"])


def test_parquet_brings_back_types_and_cells(data, frame, tmp_path):
    write(data, tmp_path / "b.parquet")
    again = pandas.read_parquet(tmp_path / "b.parquet").set_index("name")
    assert list(again) == list(frame)
    same = [name for name in frame if name != "days"]  # which pandas reads as float where numbers are missing
    assert {name: again[name].dtype for name in same} == {name: frame[name].dtype for name in same}
    for name in same:
        assert again[name].tolist() == frame[name].tolist()
    assert again["days"].dropna().tolist() == frame["days"].dropna().tolist()


def test_what_is_drawn_is_of_the_types_and_within_the_numbers_of_the_data(data, frame, tmp_path):
    random = np.random.default_rng(1)
    wild = {k: random.normal(0, 9, x.shape).astype(np.float32) for k, x in data.columns.items() if k == "visible:real"}
    drawn = snap_to_valid(replace(data, columns=data.columns | wild))
    write(drawn, tmp_path / "b.parquet")
    again = pandas.read_parquet(tmp_path / "b.parquet")
    assert again["count"].dtype == np.uint8
    assert (again["count"].min(), again["count"].max()) == (frame["count"].min(), frame["count"].max())
    assert (again["days"].min(), again["days"].max()) == (frame["days"].min(), frame["days"].max())
    assert set(again["icd"]) == set(frame["icd"])


def test_what_is_known_stays_beyond_the_ends(data):
    far = data["visible:real"] + 100
    holes = np.where(np.arange(N)[:, None] % 2, np.nan, far).astype(np.float32)
    made = snap_to_valid(replace(data, columns=data.columns | {"visible:real": far.copy()}))
    assert (made["visible:real"] < far)[np.isfinite(far)].all()
    found = keep_known(made, replace(data, columns=data.columns | {"visible:real": holes}))["visible:real"]
    assert np.allclose(found[::2], far[::2], equal_nan=True)
    assert (found[1::2] < far[1::2])[np.isfinite(far[1::2])].all()


@few
@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=30), st.integers(0, 3), st.sampled_from([0.2, 0.5, 0.9]))
def test_zeros_come_back_and_stand_apart(numbers, decimals, share):
    random, positive = np.random.default_rng(0), sorted({*numbers, *range(1, 13)} - {0})
    words = [f"{x / 10**decimals:.{decimals}f}" for x in positive]
    zeros = [f"{0:.{decimals}f}"] * int(len(words) * share / (1 - share) + 1)
    cells = random.permutation(np.array(words + zeros))
    column = fit_column("x", "real", cells)
    assert isinstance(column, Inflated)
    entries = column.encode(cells)
    again, before = column.decode(entries).astype(float), cells.astype(float)
    assert np.allclose(again, before, rtol=1e-5, atol=0)  # single precision of a logarithm
    drawn = random.normal(0, 8, 500).astype(np.float32)
    found = column.decode(column.snap(drawn)).astype(float)
    assert ((found == 0) == (drawn < column.encode(np.array(zeros[:1]))[0] + GAP / 2)).all()
    assert found[found > 0].min(initial=np.inf) >= min(positive) / 10**decimals * 0.999
    assert decimals or found.max() <= max(positive) * (1 + 1e-5)
    assert Schema.of({"schema": Schema((column,)).note}) == Schema((column,))


@pytest.mark.parametrize(("cells", "kept"), [
    ("0 " * 3 + " ".join(map(str, range(1, 13))), True), ("0 " + " ".join(map(str, range(1, 13))), False),
    ("0 " * 3 + "-1 " + " ".join(map(str, range(1, 13))), False), ("0 0 0 0 0 3 100", False),
])  # fmt: skip
def test_zeros_are_kept_where_they_are_many(cells, kept):
    assert isinstance(fit_column("x", "real", np.array(cells.split())), Inflated) is kept


@pytest.mark.parametrize(("name", "cells", "numbers"), [
    ("uint8", ["3", "255"], [3, 255]), ("uint8", ["3", "256"], None), ("int64", ["1.5"], None), ("int8", [], []),
    ("double", ["1.5", "-2"], [1.5, -2.0]), ("bool", ["True", "False"], [True, False]), ("bool", ["1"], None),
])  # fmt: skip
def test_cells_are_numbers_of_a_type_or_not(name, cells, numbers):
    found = Type(name).numbers(np.array(cells, dtype=str))
    assert (None if found is None else found.tolist()) == numbers
    assert not Type(name).left_out
    assert Type.of(Type(name).note) == Type(name)


def test_obs_keep_their_dtypes_and_the_label_its_name(frame, tmp_path):
    anndata = pytest.importorskip("anndata")
    obs = frame.drop(columns=["when", "days"])
    obs["share"] = np.where(np.arange(N) % 7, np.arange(N) / 3, np.nan)
    obs["maybe"] = pandas.array(np.where(np.arange(N) % 5, True, None), dtype="boolean")
    obs["n"] = frame["days"]
    obs["cell_type"] = pandas.Categorical(np.where(obs.pop("grade") > 1, "T", "B"), ["T", "B", "other"])
    anndata.AnnData(np.ones((N, 2), np.float32), obs=obs).write_h5ad(tmp_path / "a.h5ad")
    before = anndata.read_h5ad(tmp_path / "a.h5ad").obs
    data = read(tmp_path / "a.h5ad", label="cell_type")
    write(data, tmp_path / "b.h5ad")
    after = anndata.read_h5ad(tmp_path / "b.h5ad").obs
    assert set(after) == set(before)
    assert {k: after[k].dtype for k in after} == {k: before[k].dtype for k in after}
    for name in after:
        assert after[name].equals(before[name])
    for again in (read(tmp_path / "b.h5ad"), read(tmp_path / "b.h5ad", label="cell_type")):
        assert again.labels == ("label",)
        assert again.texts("label").tolist() == data.texts("label").tolist()
    assert read(tmp_path / "b.h5ad", label="stage").labels == ("label",)


def test_generated_cells_have_the_column_of_their_label(tmp_path):
    anndata = pytest.importorskip("anndata")
    obs = pandas.DataFrame({"cell_type": ["T", "B"] * 20}, index=[f"c{i}" for i in range(40)])
    random = np.random.default_rng(0)
    anndata.AnnData(random.normal(size=(40, 3)).astype(np.float32), obs=obs).write_h5ad(tmp_path / "a.h5ad")
    main(["train", str(tmp_path / "a.h5ad"), "--label", "cell_type", "--hidden", "2", "--updates", "2", "--batch", "9",
          "--out", str(tmp_path / "r")])  # fmt: skip
    main(["generate", str(tmp_path / "r"), "--label", "T=3", "--label", "B=2", "-o", str(tmp_path / "n.h5ad")])
    made = anndata.read_h5ad(tmp_path / "n.h5ad").obs
    assert made["cell_type"].tolist() == ["T", "T", "T", "B", "B"]
    assert sp.read(tmp_path / "n.h5ad").labels == ("label",)
