"""HDF5 of the F&F authors and of rbms: theirs are read, and ours are as theirs."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, DNA, PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import hdf5_arrays, read, write

from .formats import PHRASE, check_round_trip, datasets, few
from .toys import gray

TEXT = h5py.string_dtype()


def hdf5(folder: Path, name: str = "a.h5", **arrays: Any) -> Path:
    """A file of these arrays, lists of text as text, by h5py."""
    with h5py.File(folder / name, "w") as file:
        for key, values in arrays.items():
            texts = isinstance(values, list) and all(isinstance(x, str) for x in values)
            file.create_dataset(key, data=values, dtype=TEXT if texts else None)
    return folder / name


def mixed(n: int = 6) -> Dataset:
    """Rows to train on, to test on and of neither, with labels, of which one is unknown, weights and a table."""
    label, names = label_column(["b é", "a", "", "b é", "a", "c"][:n])
    table = {
        "split": np.array(["test", "train", "", "train", "test", "train"][:n]),
        "said/so": np.arange(n).astype(str),
    }
    x = RNA.encode(["ACGU", "GGCC", "A-CU", "UUUU", "CCCC", "GGGG"][:n])
    return Dataset({"visible": x, "label": label}, {"visible": RNA, "label": names}, np.array(list("uvwxyz")[:n]),
                   table, np.arange(n) + 0.1, {"image": [2, 2]})  # fmt: skip


# What others wrote


def test_files_of_the_authors(tmp_path: Path) -> None:
    x = np.array([[0, 2], [1, 0], [2, 2]])
    path = hdf5(tmp_path, train=x, train_labels=["b", "-1", "a"], train_names=["x", "y é", "z"],
                test=x[:2].astype(float), test_labels=[["a"], ["a"]], test_names=["u", "v"])  # fmt: skip
    data = read(path)
    assert data["visible"].tolist() == [[0, 2], [1, 0], [2, 2], [0, 2], [1, 0]]
    assert data.alphabets["visible"].symbols == ("0", "1", "2")
    assert data.texts("label").tolist() == ["b", "", "a", "a", "a"]
    assert data.names.tolist() == ["x", "y é", "z", "u", "v"]
    assert data.table["split"].tolist() == ["train", "train", "train", "test", "test"]
    assert data.notes == {"format": "hdf5"}
    assert [len(side) for side in data.split("split")] == [3, 2]
    assert read(path, alphabet="-AGCU").texts("visible").tolist() == ["-G", "A-", "GG", "-G", "A-"]


def test_the_least_that_the_authors_have(tmp_path: Path) -> None:
    data = read(hdf5(tmp_path, train=np.eye(2), other=np.eye(3)))
    assert (data.alphabets, data.labels, data.table) == ({"visible": BINARY}, (), {})
    assert data.names.tolist() == ["g0001", "g0002"]
    data = read(hdf5(tmp_path, test=np.eye(2), test_labels=["a", "-1"]))
    assert data.texts("label").tolist() == ["a", ""]
    data = read(hdf5(tmp_path, train=np.eye(2), test=np.eye(2), test_names=["a", "b"], test_labels=["-1", "-1"]))
    assert data.names.tolist() == ["g0001", "g0002", "a", "b"]
    assert data.labels == ()


def test_images_keep_their_shape(tmp_path: Path) -> None:
    path = hdf5(tmp_path, train=np.arange(12, dtype=np.uint8).reshape(1, 3, 4) * 20)
    assert read(path, alphabet="gray").notes == {"format": "hdf5", "image": [3, 4]}
    assert read(path, alphabet="gray")["visible"][0, -1] == np.float32(220 / 127.5 - 1)


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.uint8])
def test_files_of_rbms(kind: type, tmp_path: Path) -> None:
    path = hdf5(tmp_path, samples=np.eye(3).astype(kind), labels=np.array([4, -1, 2]).astype(float))
    data = read(path)
    assert data["visible"].tolist() == np.eye(3).tolist()
    assert data.alphabets["visible"] == BINARY
    assert data.texts("label").tolist() == ["4", "", "2"]
    assert data.table == {}


@pytest.mark.parametrize(
    ("samples", "kind", "alphabet", "expected"),
    [
        ([[-1, 1], [1, 1]], None, None, [[0, 1], [1, 1]]),
        ([[-1.0, 1.0]], None, None, [[0, 1]]),
        ([[1, 1]], "ising", None, [[1, 1]]),
        ([[-1, 1]], "ising", "gray", [[-1.0, 1.0]]),
        ([[-1, 1]], None, "gray", [[-1.0, 1.0]]),
        ([[-1, 1]], "bernoulli", None, [[-1, 1]]),
        ([[0, 3]], "categorical", None, [[0, 3]]),
        ([[0, 1]], "continuous", None, [[0.0, 1.0]]),
        ([[0.5, -7]], None, None, [[0.5, -7.0]]),
    ],
    ids=range(9),
)
def test_kinds_of_variables(
    samples: Any, kind: str | None, alphabet: str | None, expected: Any, tmp_path: Path
) -> None:
    said = {} if kind is None else {"variable_type": kind}
    data = read(hdf5(tmp_path, samples=np.array(samples), **said), alphabet=alphabet)
    assert data["visible"].tolist() == expected
    assert (data["visible"].dtype == np.float32) == isinstance(expected[0][0], float)


# What we write


@pytest.mark.parametrize("name", ["a.h5", "a.hdf5", "a.h5.gz"])
@few
@given(data=st.data())
def test_letters_come_back(name: str, data: st.DataObject) -> None:
    alphabet = data.draw(st.sampled_from([PROTEIN, RNA, BINARY, Alphabet(("one", "two é", "three"), "counts")]))
    layers = data.draw(st.sampled_from([("", "label"), ("", "label:b c")]))
    found = data.draw(datasets(alphabet, False, layers, labels=PHRASE.filter(lambda x: x != "-1")))
    split = data.draw(st.lists(st.sampled_from(["train", "test", "", "x"]), min_size=len(found), max_size=len(found)))
    table = data.draw(st.sampled_from([{}, {"split": np.array(split)}, {"a/b": np.array(split), "é": found.names}]))
    weights = data.draw(st.sampled_from([None, np.linspace(0.1, 1, len(found))]))
    found = replace(found, table=table, weights=weights, notes={"x": [1]})
    again = check_round_trip(found, name)
    assert again.notes == found.notes
    assert again.alphabets["visible"].name == alphabet.name


def test_numbers_come_back() -> None:
    check_round_trip(gray("label"), "a.h5")
    ones = {"visible": np.ones((50, 2), np.float32)}  # whole, and numbers all the same
    check_round_trip(replace(gray(), columns=ones, table={}), "a.h5")


def test_both_programs_find_what_they_look_for(tmp_path: Path) -> None:
    """The authors' one reads text labels as text, rbms integers, and each a matrix of its rows."""
    data = mixed()
    write(data, tmp_path / "a.h5")
    train, test, other = [1, 3, 5], [0, 4], [2]
    with h5py.File(tmp_path / "a.h5") as file:
        for part, rows in {"train": train, "test": test, "other": other}.items():
            assert (file[part][()] == data["visible"][rows]).all()
            assert file[f"{part}_labels"].asstr()[()].tolist() == [x or "-1" for x in data.texts("label")[rows]]
            assert file[f"{part}_names"].asstr()[()].tolist() == data.names[rows].tolist()
        assert file["samples"] == file["train"]  # one array of two names
        assert file["labels"][()].tolist() == data["label"][train, 0].tolist()
        assert file["variable_type"][()].decode() == "categorical"
        assert file["train"].dtype.kind == "i"


@pytest.mark.parametrize(("symbols", "numbers"), [(["7", "10"], [7, 10]), (["07", "7"], [0, 1]), (["a", "7"], [1, 0])])
def test_labels_for_rbms(symbols: list[str], numbers: list[int], tmp_path: Path) -> None:
    label, names = label_column([*symbols, ""])
    data = Dataset(
        {"visible": np.eye(3, dtype=np.int8), "label": label}, {"visible": BINARY, "label": names}, numbered_names(3)
    )
    write(data, tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["labels"][()].tolist() == [*numbers, -1]
        assert file["variable_type"][()] == b"bernoulli"


def test_without_labels_none_are_said(tmp_path: Path) -> None:
    write(replace(gray(), table={}), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        assert "labels" not in file
        assert set(file["train_labels"].asstr()[()]) == {"-1"}
        assert file["variable_type"][()] == b"continuous"


def test_rows_of_which_none_is_to_train_on(tmp_path: Path) -> None:
    data = replace(mixed(), table={"split": np.array(["test", "test", "", "", "x", "x"])})
    check_round_trip(data, "a.h5")
    write(data, tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        assert len(file["train"]) == 6
        assert "test" not in file


def test_symbols_are_kept_and_go_before_numbers(tmp_path: Path) -> None:
    write(mixed(), tmp_path / "a.h5")
    assert read(tmp_path / "a.h5").alphabets["visible"] == RNA
    other = read(tmp_path / "a.h5", alphabet=DNA)
    assert other.texts("visible")[3] == "TTTT"
    with pytest.raises(ValueError, match='"visible" has "A", "C", "G"'):
        read(tmp_path / "a.h5", alphabet="-U")
    assert read(tmp_path / "a.h5", alphabet="-U", unknown="?").texts("visible")[0] == "???U"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"columns": {"visible": np.array([[0, -1]], np.int8)}}, "HDF5 is written for programs that know no unknown"),
        ({"columns": {"visible": np.array([[np.nan]], np.float32)}, "alphabets": {}}, "know no unknown entries"),
    ],
)
def test_unknown_entries_have_no_place(change: dict[str, Any], fault: str, tmp_path: Path) -> None:
    data = Dataset({"visible": np.zeros((1, 2), np.int8)}, {"visible": BINARY}, np.array(["a"]))
    with pytest.raises(ValueError, match=fault):
        write(replace(data, **change), tmp_path / "a.h5")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("layers", "fault"), [(["label"], 'has "-1" for a label'), (["label", "label:b"], "one label")]
)
def test_labels_that_have_no_place(layers: list[str], fault: str, tmp_path: Path) -> None:
    label, names = label_column(["-1", "1"])
    data = Dataset({"visible": np.eye(2, dtype=np.int8), **dict.fromkeys(layers, label)},
                   {"visible": BINARY, **dict.fromkeys(layers, names)}, numbered_names(2))  # fmt: skip
    with pytest.raises(ValueError, match=fault):
        write(data, tmp_path / "a.h5")


# What is wrong with a file


@pytest.mark.parametrize(
    ("arrays", "fault"),
    [
        ({}, 'there is neither "train" nor "samples"; there are: none'),
        ({"x": [1]}, "there are: x"),
        ({"train": np.eye(2), "test": np.eye(3)}, "has parts of different rows: "),
        ({"train": np.eye(2), "test": np.zeros((2, 1, 2))}, "has parts of different rows: "),
        ({"train": np.eye(2), "train_labels": ["a"]}, r"the labels of train in .* has the shape \(1,\), the data"),
        ({"samples": np.eye(2), "labels": np.eye(2)}, r"has the shape \(2, 2\), the data have 2 rows"),
        ({"samples": np.eye(2), "labels": [0.5, 1]}, "labels are text or whole numbers"),
        ({"train": np.eye(2), "train_names": ["a"]}, 'has 1 names of 2 rows of "train"'),
        ({"train": [1, 2]}, "is 2; data are rows x sites"),
        ({"train": 3}, "is 1; data are"),
        ({"train": np.zeros((0, 3))}, "is 0 x 3; data are"),
        ({"train": ["a", "b"]}, "is 2; data are|not numbers"),
        ({"train": np.array([[0, -3]])}, "has integers from -3 to 0"),
        ({"train": np.array([[1j]])}, '"train" has complex128 in it, not numbers or text'),
        ({"train": h5py.Empty("f")}, '"train" is not an array that is in this file'),
        ({"samples": [[0, 1]], "variable_type": "ising"}, 'is "ising", and has other numbers than -1 and 1'),
        ({"train": np.zeros((1, 1), dtype=[("a", int)])}, '"train" has .* in it, not numbers or text'),
    ],
    ids=range(17),
)
def test_files_that_dont_fit(arrays: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=rf"a\.h5.* ?{fault}|{fault}"):
        read(hdf5(tmp_path, **arrays))


def test_groups_are_no_arrays(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("train")
    with pytest.raises(FormatError, match=r'a\.h5: "train" is not an array that is in this file'):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize("kind", ["soft", "external", "virtual", "outside"])
def test_nothing_is_read_from_elsewhere(kind: str, tmp_path: Path) -> None:
    secret = hdf5(tmp_path, "secret.h5", train=np.eye(2))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        if kind == "soft":
            file["x"], file["train"] = np.eye(2), h5py.SoftLink("/x")
        elif kind == "external":
            file["train"] = h5py.ExternalLink(str(secret), "/train")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((2, 2), float)
            layout[:] = h5py.VirtualSource(str(secret), "train", (2, 2))
            file.create_virtual_dataset("train", layout)
        else:
            file.create_dataset("train", (2, 2), float, external=[(str(secret), 0, 32)])
    with pytest.raises(FormatError, match=r"it is a link to elsewhere|is not an array that is in this file"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("shape", "kind", "fault"),
    [((2**40, 8), "i1", "would take 8192 GiB of memory, more than 8"),
     ((2**27, 1), "i1", "says it has 134217728 bytes"), ((2**26, 2, 1), "f4", "says it has 536870912 bytes")],
)  # fmt: skip
def test_a_size_that_is_only_said_takes_no_memory(
    shape: tuple[int, ...], kind: str, fault: str, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("train", shape, kind, chunks=True)
    assert (tmp_path / "a.h5").stat().st_size < 10_000
    with pytest.raises(FormatError, match=f'a.h5: "train" {fault}'):
        read(tmp_path / "a.h5")


def test_one_long_text_doesnt_make_all_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_arrays, "LARGEST", 2**20)
    path = hdf5(tmp_path, train=np.eye(300), train_names=["x" * 1000] + ["y"] * 299)
    with pytest.raises(FormatError, match='"train_names" would take 0 GiB of memory'):
        read(path)


@pytest.mark.parametrize(
    ("at", "fault"), [("names", "longer than the file"), ("heap", "a heap of texts in it is broken")]
)
def test_texts_of_false_lengths(at: str, fault: str, tmp_path: Path) -> None:
    path = hdf5(tmp_path, train=np.eye(2), train_names=["a", "b"])
    with h5py.File(path) as file:
        place = file["train_names"].id.get_offset() if at == "names" else path.read_bytes().index(b"GCOL") + 24
    raw = bytearray(path.read_bytes())
    raw[place : place + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(raw)
    with pytest.raises(FormatError, match=fault):
        read(path)


@pytest.mark.parametrize("name", ["a.h5", "a.h5.gz", "a.h5ad"])
@pytest.mark.parametrize("raw", [b"", b"text", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(500)])
def test_what_is_no_hdf5(name: str, raw: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    with pytest.raises(FormatError, match=rf"{name} is not HDF5 to read \("):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.h5", "a.h5ad"])
def test_files_that_are_cut(name: str, tmp_path: Path) -> None:
    write(mixed().select([1, 3]) if name == "a.h5" else replace(mixed(), table={}), tmp_path / name)
    raw = (tmp_path / name).read_bytes()
    for end in range(0, len(raw), len(raw) // 50):
        (tmp_path / name).write_bytes(raw[:end])
        with pytest.raises(FormatError):
            read(tmp_path / name)


def test_bytes_that_changed_are_found_out_or_harmless(tmp_path: Path) -> None:
    data, chance, path = mixed(), random.Random(0), tmp_path / "a.h5"
    write(data, path)
    raw, refused = path.read_bytes(), 0
    for _ in range(150):
        at = chance.randrange(len(raw))
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :])
        try:
            assert read(path).sha256 == data.sha256
        except FormatError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("key", ["train", "train_labels", "spinodal/row", "spinodal/weights", "spinodal/table/1"])
def test_files_that_others_changed(key: str, tmp_path: Path) -> None:
    write(mixed(), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        x = file[key][()]
        del file[key]
        file[key] = x[1:] if key == "train" else x[..., 1:]
    with pytest.raises(FormatError, match=r"it was changed since|the labels of train in|has 3 names of 2 rows"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("key", "value"), [("notes", ["{"]), ("alphabet", ["A", "A"]), ("columns", np.eye(2)), ("label", [])]
)
def test_what_is_beside_must_be_whole(key: str, value: Any, tmp_path: Path) -> None:
    write(mixed(), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        del file[f"spinodal/{key}"]
        if isinstance(value, np.ndarray):
            file[f"spinodal/{key}"] = value
        elif value:
            file.create_dataset(f"spinodal/{key}", data=value, dtype=TEXT)
    with pytest.raises(FormatError, match=r"a\.h5"):
        read(tmp_path / "a.h5")


def test_no_file(tmp_path: Path) -> None:
    for name in ("a.h5", "a.h5.gz"):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / name)
