"""npz of others: what arrays say when they are plain, and that none which doesn't fit passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinodal.data.alphabet import BINARY, DNA
from spinodal.errors import FormatError
from spinodal.files import read


def test_foreign_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", visible=np.array([[0, 2], [1, -1]]), label=np.array(["b", ""]))
    data = read(tmp_path / "a.npz")
    assert data.alphabets["visible"].symbols == ("0", "1", "2")
    assert data.texts("label").tolist() == ["b", ""]
    np.savez(tmp_path / "b.npz", visible=np.array([[True], [False]]), label=np.array([3, -1]))
    data = read(tmp_path / "b.npz")
    assert data.alphabets["visible"] == BINARY
    assert data.texts("label").tolist() == ["3", ""]
    np.savez(tmp_path / "c.npz", visible=np.array([[1, 2]]), alphabet=np.array(list("-ACGU")))
    assert read(tmp_path / "c.npz").texts("visible") == ["AC"]
    np.savez(tmp_path / "d.npz", visible=np.array([[0.5]]))
    assert read(tmp_path / "d.npz").alphabets == {}
    assert read(tmp_path / "c.npz", alphabet="dna").alphabets["visible"] == DNA
    np.savez(tmp_path / "e.npz", visible=np.array([[1, 2]]), alphabet=np.array("-ACGU"))
    assert read(tmp_path / "e.npz").texts("visible") == ["AC"]
    np.savez(tmp_path / "f.npz", visible=np.array([[1, 2]]), alphabet=np.array([7, 8, 9]))
    assert read(tmp_path / "f.npz").alphabets["visible"].symbols == ("7", "8", "9")


def test_npz_that_is_wrong(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", data=np.zeros(3))
    with pytest.raises(FormatError, match=r'has no array "visible" .rows, sites.; it has: data'):
        read(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", visible=np.array([[None]]))
    with pytest.raises(FormatError, match=r"b.npz is not npz with plain arrays"):
        read(tmp_path / "b.npz")


ROWS = np.zeros((3, 4), np.int8)


@pytest.mark.parametrize(
    ("arrays", "fault"),
    [
        ({"about": "x"}, '"about" in .*a.npz is not as spinodal writes it'),
        ({"about": "[" * 10**5}, '"about" in'),
        ({"about": "[1]"}, '"about" in'),
        ({"about": '{"layers": ["visible"]}'}, '"about" in'),
        ({"about": '{"layers": {"visible": "", "label": ""}}'}, '"about" in'),
        ({"about": '{"layers": {"visible": 3}}'}, '"about" in'),
        ({"about": '{"layers": {"label": ""}}', "label": ["a", "b", "c"]}, '"about" in'),
        (
            {"about": '{"layers": {"visible": "", "hidden": ""}}', "hidden": [[1], [0]]},
            r'"hidden" in .* but there are 3 rows',
        ),
        ({"about": '{"notes": {"schema": 3}}'}, "broken schema"),
        ({"about": '{"notes": [1]}'}, '"about" in'),
        ({"about": '{"notes": 1}'}, '"about" in'),
        ({"names": ["a"]}, r'"names" in .* is <U1 of shape \(1,\), not a value for each of 3 rows'),
        ({"names": [["a"], ["b"], ["c"]]}, '"names" in'),
        ({"weights": ["a", "b", "c"]}, '"weights" in'),
        ({"weights": [1.0, 2.0]}, '"weights" in'),
        ({"table:x": ["a"]}, '"table:x" in'),
        ({"alphabet": [["-", "A"]]}, '"alphabet" in .* is not a list of symbols'),
        ({"alphabet": ["A", "A"]}, r'"alphabet" in .* not a list of symbols \(an alphabet\'s symbols must be distinct'),
        ({"label": [[0, 1], [1, 1], [0, 0]]}, r'"label" in .* shape \(3, 2\), not one label for each of 3 rows'),
        ({"label": [["a", "b"], ["a", "b"], ["a", "b"]]}, '"label" in'),
        ({"label": "x"}, r'"label" in .* shape \(\)'),
        ({"label": ["x"]}, r'"label" in .* shape \(1,\)'),
        ({"label": np.array([0xD800, 65, 66], np.uint32).view("<U1")}, '"label" in .* has text that is not Unicode'),
        ({"names": np.array([65, 66, 2**31], ">u4").view(">U1")}, '"names" in .* has text that is not Unicode'),
    ],
    ids=range(24),
)
def test_npz_whose_arrays_do_not_fit(arrays: dict[str, Any], fault: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **{"visible": ROWS, **arrays})
    with pytest.raises(FormatError, match=fault):
        read(tmp_path / "a.npz")


@pytest.mark.filterwarnings("ignore:.*unordered letters")
def test_npz_with_any_byte_changed_is_a_dataset_or_a_fault_of_the_file(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", visible=np.arange(64).reshape(8, 8), names=np.array(list("abcdefgh")))
    raw, faults = (tmp_path / "a.npz").read_bytes(), 0
    for at in range(len(raw)):
        (tmp_path / "b.npz").write_bytes(raw[:at] + bytes([raw[at] ^ 0x2A]) + raw[at + 1 :])
        try:
            read(tmp_path / "b.npz")
        except FormatError:
            faults += 1
    assert faults > len(raw) / 2
