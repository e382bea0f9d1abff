"""npy, and the rule by which any array of numbers becomes a layer."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, GRAY, PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import arrays, read, write

from .formats import check_round_trip, datasets, few
from .toys import gray

BINARIES = [bool, np.int8, np.uint8, np.int64, ">i4"]


def saved(folder: Path, values: object, name: str = "a.npy") -> Path:
    np.save(folder / name, np.array(values))
    return folder / name


@pytest.mark.parametrize("name", ["a.npy", "a.npy.gz"])
@few
@given(data=st.data())
def test_letters_come_back(name: str, data: st.DataObject) -> None:
    alphabet = data.draw(st.sampled_from([PROTEIN, RNA, BINARY, Alphabet(("one", "two", "three"))]))
    found = data.draw(datasets(alphabet, columns=("", "label")).filter(lambda x: "-1" not in str(x.alphabets)))
    check_round_trip(replace(found, names=numbered_names(len(found))), name, alphabet)


@pytest.mark.parametrize("image", [None, [3, 4]])
def test_numbers_come_back_as_images_where_they_are(image: list[int] | None, tmp_path: Path) -> None:
    data = replace(gray("label"), notes={"image": image} if image else {})
    assert check_round_trip(replace(data, names=numbered_names(len(data))), "a.npy").notes.get("image") == image
    write(data, tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").shape == (len(data), *(image or [12]))


def test_an_image_of_other_sites_is_not_made(tmp_path: Path) -> None:
    write(replace(gray(), notes={"image": [5, 5]}), tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").shape == (len(gray()), 12)


def test_the_label_stands_beside(tmp_path: Path) -> None:
    saved(tmp_path, [[0, 1], [1, 1], [0, 0]])
    for labels in ([3, -1, 4], [[3], [-1], [4]], [3.0, np.nan, 4.0], ["3", "-1", "4"], ["3", "", "4"]):
        saved(tmp_path, labels, "a.labels.npy")
        data = read(tmp_path / "a.npy")
        assert data.texts("label").tolist() == ["3", "", "4"]
        assert data.notes == {"format": "npy"}
    saved(tmp_path, [True, False, True], "a.labels.npy")
    assert read(tmp_path / "a.npy").texts("label").tolist() == ["1", "0", "1"]
    (tmp_path / "l.csv").write_text("name,label\ng0001,x\ng0002,y\ng0003,z\n")
    assert read(tmp_path / "a.npy", labels=tmp_path / "l.csv").texts("label").tolist() == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("labels", "fault"),
    [([1, 2], r"has the shape \(2,\), but the data have 3 rows"), ([[1, 2, 3]], r"has the shape \(1, 3\)"),
     ([0.5, 1, 2], r"has values of type float64; labels are text"), ([b"a", b"b", b"c"], r"has values of type .S1")],
)  # fmt: skip
def test_labels_that_dont_fit(labels: object, fault: str, tmp_path: Path) -> None:
    saved(tmp_path, [[0, 1], [1, 1], [0, 0]])
    saved(tmp_path, labels, "a.labels.npy")
    with pytest.raises(FormatError, match=rf"a.labels.npy {fault}"):
        read(tmp_path / "a.npy")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", BINARIES, ids=str)
@pytest.mark.parametrize("packed", [False, True])
def test_any_integers_are_letters(order: str, kind: object, packed: bool, tmp_path: Path) -> None:
    x = np.array([[0, 1, 1], [1, 0, 0]]).astype(kind)
    path = saved(tmp_path, np.asarray(x, order=order))
    if packed:
        path = path.with_suffix(".npy.gz")
        path.write_bytes(gzip.compress((tmp_path / "a.npy").read_bytes()))
    data = read(path)
    assert data["visible"].tolist() == [[0, 1, 1], [1, 0, 0]]
    assert data["visible"].dtype == np.int8
    assert type(data["visible"]) is np.ndarray
    assert data["visible"].flags.writeable
    assert data.alphabets == {"visible": BINARY}
    assert read(path, alphabet="rna").texts("visible").tolist() == ["-AA", "A--"]


@pytest.mark.parametrize(
    ("values", "alphabet", "expected"),
    [
        ([[0, 2, -1]], None, [[0, 2, -1]]),
        ([[0.0, 1.0]], None, [[0.0, 1.0]]),
        ([[0.0, 1.0, np.nan]], BINARY, [[0, 1, -1]]),
        ([[0, 51, 255]], GRAY, [[-1, np.float32(-0.6), 1]]),
        ([[0.25, -7.5]], GRAY, [[0.25, -7.5]]),
    ],
)
def test_the_rule(values: object, alphabet: Alphabet | None, expected: object) -> None:
    column, found = arrays.layer_column(np.array(values), alphabet, "here")
    assert column.tolist() == np.array(expected, dtype=column.dtype).tolist()
    assert (found is None) == (column.dtype == np.float32)


@pytest.mark.parametrize(
    ("values", "alphabet", "fault"),
    [
        ([[0, 1], [0.5, 1]], BINARY, "has numbers that are not whole, so they can't be letters"),
        ([[0.0, 1e300]], BINARY, "not whole"),
        ([[0, 5]], RNA, "has the number 5; the letters of RNA are 0 to 4, and -1 is unknown"),
        ([[0, -2]], None, "has integers from -2 to 0. Letters are from 0"),
        ([[0, 2**60]], None, "has integers from 0 to 1152921504606846976"),
        ([[2**64 - 1]], None, "has integers from 0 to 18446744073709551615"),
        ([[0, -1]], GRAY, "has levels from -1 to 0; gray levels are from 0 to 255"),
        ([[1e300, 0]], None, "has infinite numbers, or numbers too large for single precision"),
        ([[-np.inf, 0]], GRAY, "has infinite numbers"),
        ([["a", "b"]], None, "has values of type <U1, not numbers"),
        ([[1j]], None, "has values of type complex128, not numbers"),
        ([1, 2], None, r"has the shape \(2,\), but data are rows x sites, or rows x height x width"),
        (3, None, r"has the shape \(\), but data are"),
        (np.zeros((2, 2, 2, 2)), None, r"has the shape \(2, 2, 2, 2\), but data are"),
        (np.zeros((0, 2)), None, r"is not a complete npy file|has the shape \(0, 2\)"),
        (np.array([[None]]), None, "is not a complete npy file of a plain array"),
        (np.zeros((2, 2), dtype=[("a", int)]), None, r"has values of type \[\('a', '<i8'\)\], not numbers"),
    ],
    ids=range(17),
)
def test_arrays_that_are_no_data(values: object, alphabet: Alphabet | None, fault: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array(values), allow_pickle=True)
    with pytest.raises(FormatError, match=rf"a.npy.*{fault}"):
        read(tmp_path / "a.npy", alphabet=alphabet)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_levels_of_gray_are_not_taken_for_letters_without_a_word(name: str, tmp_path: Path) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    if name == "a.npy":
        np.save(tmp_path / name, levels)
    else:
        np.savez(tmp_path / name, visible=levels)
    with pytest.warns(UserWarning, match="has integers from 0 to 255, which are read as 256 unordered letters") as said:
        assert len(read(tmp_path / name).alphabets["visible"].symbols) == 256
    assert said[0].filename == __file__
    assert read(tmp_path / name, alphabet="gray")["visible"].max() == 1
    assert len(read(tmp_path / name, alphabet="real").alphabets) == 0


def test_files_that_are_cut_or_changed(tmp_path: Path) -> None:
    raw = saved(tmp_path, np.eye(4, dtype=np.int8)).read_bytes()
    for end in range(len(raw)):
        (tmp_path / "a.npy").write_bytes(raw[:end])
        with pytest.raises(FormatError):
            read(tmp_path / "a.npy")
    (tmp_path / "b.npy.gz").write_bytes(gzip.compress(raw + b"!"))
    with pytest.raises(FormatError, match=r"b.npy.gz has 1 bytes more than its header says"):
        read(tmp_path / "b.npy.gz")
    for at in range(128):  # the header
        (tmp_path / "a.npy").write_bytes(raw[:at] + bytes([raw[at] ^ 0x05]) + raw[at + 1 :])
        try:
            assert read(tmp_path / "a.npy")["visible"].size == 16
        except FormatError:
            continue


@pytest.mark.parametrize("packed", [False, True])
def test_a_header_that_says_too_much_takes_no_memory(packed: bool, tmp_path: Path) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|i1", "fortran_order": False, "shape": (2**50, 8)})
    path = tmp_path / ("a.npy.gz" if packed else "a.npy")
    path.write_bytes(gzip.compress(head.getvalue()) if packed else head.getvalue())
    with pytest.raises(FormatError, match="is not a complete npy file of a plain array"):
        read(path)


def test_npz_by_another_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", visible=np.eye(2))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(FormatError, match=r"a.npy is npz, with several arrays: name it .npz"):
        read(tmp_path / "a.npy")


def test_zips_are_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(saved(tmp_path, [[1, 0]]), "b.npy")
        archive.writestr("__MACOSX/b.npy", "")
    assert read(tmp_path / "a.zip")["visible"].tolist() == [[1, 0]]
    (tmp_path / "c.npy.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(FormatError, match="not a complete gzip"):
        read(tmp_path / "c.npy.gz")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "a.npy")


def test_several_label_layers_have_no_place(tmp_path: Path) -> None:
    label, names = label_column(["1", "2"])
    data = Dataset({"visible": np.eye(2, dtype=np.int8), "label:a": label, "label:b": label},
                   {"visible": BINARY, "label:a": names, "label:b": names}, numbered_names(2))  # fmt: skip
    with pytest.raises(
        ValueError, match=r"npy can have one label a row, but the data have label:a, label:b; write them to .npz"
    ):
        write(data, tmp_path / "a.npy")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("visible", "label", "fault"),
    [([[0, 300]], [1], "has the number 300"), ([[0.5, 1.0]], [1], "not whole"), ([[1, 0]], [-7], "from -7 to 0"),
     ([["a"]], [1], "not numbers")],
)  # fmt: skip
def test_npz_goes_by_the_same_rule(visible: object, label: object, fault: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", visible=np.array(visible), label=np.array(label))
    with pytest.raises(FormatError, match=rf'"(visible|label)" in .*a.npz.*{fault}'):
        read(tmp_path / "a.npz", alphabet="-ACGU")


def test_a_header_with_a_number_for_a_name_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, np.zeros((4, 3), np.int8))
    path.write_bytes(path.read_bytes().replace(b"'shape'", b"9999999"))
    with pytest.raises(FormatError, match="is not a complete npy file of a plain array"):
        read(path)
