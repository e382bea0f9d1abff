"""h5ad: what AnnData wrote is read, by its format and by itself where it is installed, and comes back."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import hdf5_arrays, read, write

from .formats import check_round_trip, datasets, few
from .toys import gray

TEXT = h5py.string_dtype()
X = np.array([[0, 1, 0], [1, 0, 0]])


def named(there: Any, kind: str) -> Any:
    there.attrs["encoding-type"] = kind
    return there


def texts(group: h5py.Group, key: str, values: list[str]) -> None:
    named(group.create_dataset(key, data=values, dtype=TEXT), "string-array")


def frame(file: h5py.File, key: str, names: list[str], columns: list[str] = []) -> h5py.Group:  # noqa: B006
    group = named(file.create_group(key), "dataframe")
    group.attrs["_index"] = "names"
    group.attrs.create("column-order", columns, dtype=TEXT)
    texts(group, "names", names)
    return group


def h5ad(folder: Path, x: Any = X, fill: Callable[[h5py.Group], None] | None = None, *columns: str) -> Path:
    """A file as AnnData's format has it, without AnnData: two rows, three columns, and what fills obs."""
    with h5py.File(folder / "a.h5ad", "w") as file:
        if isinstance(x, np.ndarray):
            file["X"] = x
        else:
            x(file)
        obs = frame(file, "obs", ["c1", "c2"], list(columns))
        frame(file, "var", ["g1", "g é", "g3"])
        if fill:
            fill(obs)
    return folder / "a.h5ad"


def sparse(
    kind: str = "csr_matrix", begin: Any = (0, 1, 2), inner: Any = (1, 0), values: Any = (1.0, 1.0), shape: Any = (2, 3)
) -> Callable[[h5py.File], None]:
    def fill(file: h5py.File) -> None:
        group = named(file.create_group("X"), kind)
        group.attrs["shape"] = shape
        group["indptr"], group["indices"] = np.array(begin, dtype=int), np.array(inner, dtype=int)
        group["data"] = np.array(values)

    return fill


# What others wrote


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint16, np.float32, np.float64])
def test_zero_and_one_are_binary(kind: type, tmp_path: Path) -> None:
    data = read(h5ad(tmp_path, X.astype(kind)))
    assert data["visible"].tolist() == X.tolist()
    assert data.alphabets == {"visible": BINARY}
    assert data.names.tolist() == ["c1", "c2"]
    assert data.notes == {"format": "h5ad", "var_names": ["g1", "g é", "g3"]}


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_other_numbers_stay_unless_an_alphabet_is_given(kind: type, tmp_path: Path) -> None:
    path = h5ad(tmp_path, (3 * X).astype(kind))
    assert read(path)["visible"].tolist() == (3 * X).tolist()
    assert read(path).alphabets == {}
    assert read(path, alphabet="rna").texts("visible").tolist() == ["-G-", "G--"]
    if kind is np.int32:
        assert read(path, alphabet="gray")["visible"][0, 0] == -1


def test_what_is_not_a_number_is_unknown(tmp_path: Path) -> None:
    path = h5ad(tmp_path, np.where(X > 0, np.nan, X))
    assert read(path)["visible"].tolist() == [[0, -1, 0], [-1, 0, 0]]
    assert np.isnan(read(path, alphabet="gray")["visible"]).sum() == 2


@pytest.mark.parametrize(
    "x",
    [sparse(), sparse("csc_matrix", (0, 1, 2, 2), (1, 0)), sparse("csr_matrix", (0, 2, 4), (1, 1, 0, 0), [0.5] * 4)],
    ids=["csr", "csc", "an entry twice is their sum"],
)
def test_sparse_matrices_are_filled_in(x: Callable[[h5py.File], None], tmp_path: Path) -> None:
    assert read(h5ad(tmp_path, x))["visible"].tolist() == X.tolist()


def fill(obs: h5py.Group) -> None:
    """A column of every kind."""
    kinds = named(obs.create_group("cell type"), "categorical")
    texts(kinds, "categories", ["B", "T é"])
    kinds["codes"] = np.array([1, -1], np.int8)
    counts = named(obs.create_group("classes"), "categorical")
    counts["categories"], counts["codes"] = np.array([3, 7]), np.array([1, 0], np.int8)
    texts(obs, "label", ["x", ""])
    obs["n"], obs["real"], obs["yes"] = np.array([1, 2]), np.array([0.1, np.nan]), np.array([True, False])
    for key, kind, values in (("ni", "integer", np.array([5, 1])), ("nb", "boolean", np.array([True, True]))):
        group = named(obs.create_group(key), f"nullable-{kind}")
        group["values"], group["mask"] = values, np.array([False, True])
    group = named(obs.create_group("ns"), "nullable-string-array")
    texts(group, "values", ["a", "b"])
    group["mask"] = np.array([True, False])


COLUMNS = ["cell type", "classes", "label", "n", "real", "yes", "ni", "nb", "ns"]


def test_columns_of_obs_are_the_table(tmp_path: Path) -> None:
    data = read(h5ad(tmp_path, X, fill, *COLUMNS))
    assert data.texts("label").tolist() == ["x", ""]
    assert {name: values.tolist() for name, values in data.table.items()} == {
        "cell type": ["T é", ""], "classes": ["7", "3"], "n": ["1", "2"], "real": ["0.1", ""], "yes": ["True", "False"],
        "ni": ["5", ""], "nb": ["True", ""], "ns": ["", "b"],
    }  # fmt: skip
    assert read(tmp_path / "a.h5ad", label="cell type").texts("label").tolist() == ["T é", ""]


def test_columns_that_are_no_text_are_passed_over(tmp_path: Path) -> None:
    path = h5ad(tmp_path, X, lambda obs: named(obs.create_group("z"), "awkward-array"), "z")
    with pytest.warns(UserWarning, match='the column "z" is passed over: it is awkward-array') as said:
        assert read(path).table == {}
    assert said[0].filename == __file__


# What we write


@few
@given(data=st.data())
def test_letters_come_back(data: st.DataObject) -> None:
    alphabet = data.draw(st.sampled_from([PROTEIN, RNA, BINARY, Alphabet(("one", "two é", "three"), "counts")]))
    found = data.draw(datasets(alphabet))
    table = data.draw(st.sampled_from([{}, {"split": found.names, "b c": found.names}]))
    weights = data.draw(st.sampled_from([None, np.linspace(0.1, 1, len(found))]))
    found = replace(found, table=table, weights=weights, notes={"x": [1]})
    again = check_round_trip(found, "a.h5ad")
    assert again.notes == {"x": [1], "var_names": [f"v{i:04d}" for i in range(1, found["visible"].shape[1] + 1)]}
    assert again.alphabets["visible"].name == alphabet.name
    assert again.weights is None or (again.weights == weights).all()


def test_numbers_come_back() -> None:
    check_round_trip(gray("label"), "a.h5ad")
    holes = np.array([[0.0, np.nan], [1.0, 7.5]], np.float32)
    for x in (holes, np.ones((2, 2), np.float32)):
        check_round_trip(Dataset({"visible": x}, {}, numbered_names(2)), "a.h5ad.gz")


def test_names_of_columns_come_back(tmp_path: Path) -> None:
    data = read(h5ad(tmp_path, X, fill, *COLUMNS))
    assert check_round_trip(data, "b.h5ad").notes == data.notes


def test_symbols_are_kept_and_go_before_numbers(tmp_path: Path) -> None:
    data = Dataset({"visible": RNA.encode(["AC?"])}, {"visible": RNA}, np.array(["a"]))
    write(data, tmp_path / "a.h5ad")
    assert read(tmp_path / "a.h5ad", alphabet="UGCA-")["visible"].tolist() == [[3, 2, -1]]
    with h5py.File(tmp_path / "a.h5ad") as file:
        np.testing.assert_array_equal(file["X"][()], [[1, 2, np.nan]])


@pytest.mark.parametrize("name", ["a/b", "_index", "label", "label:x", ""])
def test_columns_that_have_no_place(name: str, tmp_path: Path) -> None:
    data = Dataset({"visible": X.astype(np.int8)}, {"visible": BINARY}, numbered_names(2), {name: numbered_names(2)})
    with pytest.raises(ValueError, match=f'h5ad has no column that is called "{name}"; rename it'):
        write(data, tmp_path / "a.h5ad")
    assert not list(tmp_path.iterdir())


# What is wrong with a file


@pytest.mark.parametrize(
    ("x", "fault"),
    [
        (np.zeros((2, 4)), r"has an X of \(2, 4\), and 2 names of rows, 3 of columns"),
        (np.zeros(2), r"has an X of \(2,\)"),
        (np.array([["a"] * 3] * 2, dtype=object), "has .* in it, not numbers"),
        (lambda file: None, '"X" is not there'),
        (sparse(shape=(2**40, 2**40)), '"X", filled in, would take'),
        (sparse(shape=(3, 3)), '"X" is sparse, and its parts don\'t fit together'),
        (sparse(inner=(1,)), "its parts don't fit together"),
        (sparse(begin=(0, 1, 3)), "its parts don't fit together"),
        (sparse(inner=(1, 3)), "has entries beyond its 2 x 3"),
        (sparse(inner=(1, -1)), "has entries beyond its 2 x 3"),
        (sparse(begin=(0, 3, 2)), "is not HDF5 to read"),
        (sparse(begin=(), shape=(-1, 3)), "is not HDF5 to read"),
    ],
    ids=range(12),
)
def test_matrices_that_dont_fit(x: Any, fault: str, tmp_path: Path) -> None:
    if isinstance(x, np.ndarray) and x.dtype == object:
        values = x

        def x(file: h5py.File) -> None:
            file.create_dataset("X", data=values, dtype=TEXT)

    with pytest.raises(FormatError, match=rf"a\.h5ad.*{fault}"):
        read(h5ad(tmp_path, x))


def bad_codes(obs: h5py.Group) -> None:
    kinds = named(obs.create_group("z"), "categorical")
    texts(kinds, "categories", ["B"])
    kinds["codes"] = np.array([0, 1], np.int8)


def old_codes(obs: h5py.Group) -> None:
    obs["z"] = np.array([0, 1], np.int8)
    obs["z"].attrs["categories"] = "elsewhere"


def linked(obs: h5py.Group) -> None:
    obs["z"] = h5py.SoftLink("/obs/names")


def put(values: Any) -> Callable[[h5py.Group], None]:
    return lambda obs: obs.create_dataset("z", data=values) and None


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (bad_codes, '"obs/z" has codes that are no categories'),
        (old_codes, '"obs/z" is not as AnnData writes since 0.8: read the file with AnnData'),
        (linked, '"obs/z" is not there, or it is a link to elsewhere'),
        (put(np.eye(2)), '"obs/z" is not one column'),
        (put([1, 2, 3]), '"obs/z" has 3 rows, not 2'),
        (lambda obs: None, '"obs/z" is not there'),
    ],
    ids=range(6),
)
def test_columns_that_dont_fit(column: Callable[[h5py.Group], None], fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=rf"a\.h5ad: {fault}"):
        read(h5ad(tmp_path, X, column, "z"))


def test_files_before_the_format_said_what_it_is(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file["X"], file["obs"] = X, np.zeros(2, dtype=[("index", "S2")])
    with pytest.raises(FormatError, match=r'a\.h5ad: "obs" is not as AnnData writes since 0.8'):
        read(tmp_path / "a.h5ad")


def test_a_sparse_matrix_is_not_filled_in_beyond_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_arrays, "LARGEST", 24)
    with pytest.raises(FormatError, match='"X", filled in, would take 0 GiB of memory'):
        read(h5ad(tmp_path, sparse()))


# AnnData itself


@pytest.fixture
def anndata() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies, as it is imported
        return pytest.importorskip("anndata")


@pytest.mark.parametrize("form", ["dense", "csr", "csc"])
@pytest.mark.parametrize("times", [1, 3, 0.5])
def test_what_anndata_writes(anndata: Any, form: str, times: float, tmp_path: Path) -> None:
    import pandas as pd
    import scipy.sparse

    x = (times * X).astype(np.float32)
    made = x if form == "dense" else getattr(scipy.sparse, f"{form}_matrix")(x)
    obs = pd.DataFrame({"cell_type": pd.Categorical(["T", None]), "n": [1, 2]}, index=["a", "b"])
    anndata.AnnData(made, obs=obs, var=pd.DataFrame(index=["g1", "g2", "g3"])).write_h5ad(tmp_path / "a.h5ad")
    data = read(tmp_path / "a.h5ad", label="cell_type")
    assert data["visible"].tolist() == x.tolist()
    assert data.texts("label").tolist() == ["T", ""]
    assert data.table["n"].tolist() == ["1", "2"]
    assert data.names.tolist() == ["a", "b"]
    assert data.notes["var_names"] == ["g1", "g2", "g3"]


def test_what_anndata_reads_and_writes_again(anndata: Any, tmp_path: Path) -> None:
    label, names = label_column(["b é", "", "a"])
    data = Dataset({"visible": RNA.encode(["AC-", "?GU", "UUU"]), "label": label}, {"visible": RNA, "label": names},
                   numbered_names(3), {"host": np.array(["x", "y", ""])}, np.array([0.25, 1 / 3, 7]))  # fmt: skip
    write(data, tmp_path / "a.h5ad")
    found = anndata.read_h5ad(tmp_path / "a.h5ad")
    assert found.obs["label"].astype(str).tolist() == ["b é", "nan", "a"]
    assert found.obs["host"].tolist() == ["x", "y", ""]
    assert found.obs_names.tolist() == data.names.tolist()
    np.testing.assert_array_equal(found.X, np.where(data["visible"] < 0, np.nan, data["visible"]))
    found[1:].copy().write_h5ad(tmp_path / "b.h5ad")
    again = read(tmp_path / "b.h5ad")
    assert again.texts("visible").tolist() == ["?GU", "UUU"]
    assert again.texts("label").tolist() == ["", "a"]
    assert (again.weights == data.weights[1:]).all()
