"""Every reader survives bytes that nobody meant: a dataset, or an error of ours, and nothing else.

SPINODAL_FUZZ says how many tries each format gets; 100,000 take some ten minutes.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, PROTEIN, Alphabet
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import FORMATS, read, write
from spinodal.files.mixed import table_dataset

Files = dict[str, bytes]
Edit = Callable[[bytes], bytes]

TRIES = settings(
    max_examples=int(os.environ.get("SPINODAL_FUZZ", "25")),
    deadline=None,
    derandomize="SPINODAL_FUZZ" not in os.environ,  # the same tries every time, unless somebody looks for more
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LABELS, NAMES = label_column(["a", "b", "", "a"])
KINDS = {
    "letters": (np.array([[1, 2, 0], [3, -1, 4], [5, 6, 7], [1, 2, 3]], dtype=np.int8), PROTEIN),
    "binary": (np.array([[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]], dtype=np.int8), BINARY),
    "roll": (np.eye(4, 880, dtype=np.int8), BINARY),
    "image": (np.array([[0, 1, 1, 0]], dtype=np.int8), BINARY),
    "genotypes": (np.array([[0, 1, 2], [1, 0, -1], [2, 1, 0], [0, 0, 1]], dtype=np.int8), Alphabet(tuple("012"))),
}
SUFFIXES = [*FORMATS, ".fa.gz", ".csv.gz", ".hapt.gz"]


@cache
def seeds(suffix: str) -> tuple[Files, ...]:
    """Files that the writer of a format makes of data of several kinds, those that it can hold."""
    found = (_written(suffix, _of_kind(kind, labeled)) for kind in KINDS for labeled in (True, False))
    return tuple(files for files in (*found, _written(suffix, _mixed())) if files)


def _of_kind(kind: str, labeled: bool) -> Dataset:
    letters, alphabet = KINDS[kind]
    data = Dataset({"visible": letters}, {"visible": alphabet}, numbered_names(len(letters)))
    columns, alphabets = {**data.columns, "label": LABELS[: len(letters)]}, {**data.alphabets, "label": NAMES}
    return replace(data, columns=columns, alphabets=alphabets) if labeled else data


def _mixed() -> Dataset:
    """A table of columns of several kinds."""
    texts = {k: np.array(x.split()) for k, x in {"a": "1.5 2 ? 4", "b": "x y x ?", "c": "3 1 2 2"}.items()}
    return table_dataset(texts, Path("a.csv"), None)


def _written(suffix: str, data: Dataset) -> Files:
    with TemporaryDirectory() as folder, warnings.catch_warnings(), suppress(ValueError):
        warnings.simplefilter("ignore")
        write(data, Path(folder) / f"a{suffix}")
        return {p.name: p.read_bytes() for p in Path(folder).iterdir() if p.is_file()}
    return {}


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """A stretch of a file is left out, doubled, or written over."""
    at, length = draw(st.floats(0, 1)), draw(st.integers(0, 40))
    new = draw(st.binary(max_size=8) | st.sampled_from([b"", b"\0", b"\xff" * 4, b"\n", b"-1", b"9" * 20, b"\t"]))
    doubled = draw(st.booleans())

    def edit(raw: bytes) -> bytes:
        i = round(at * len(raw))
        return raw[:i] + new + raw[i : i + length] * doubled + raw[i + length :]

    return edit


def survives(name: str, files: Files) -> None:
    """Reads a file among others: whatever comes, it is a dataset that can be looked at, or a FormatError."""
    with TemporaryDirectory() as folder, warnings.catch_warnings(), suppress(FormatError):
        warnings.simplefilter("ignore")
        for called, raw in files.items():
            (Path(folder) / called).write_bytes(raw)
        data = read(Path(folder) / name)
        assert len(data) == len(data.names)
        data.describe()


def test_every_format_has_a_seed() -> None:
    assert [suffix for suffix in SUFFIXES if not seeds(suffix)] == []


@pytest.mark.parametrize("suffix", SUFFIXES)
@TRIES
@given(data=st.data())
def test_files_with_faults(suffix: str, data: st.DataObject) -> None:
    files = dict(data.draw(st.sampled_from(seeds(suffix))))
    for edit in data.draw(st.lists(edits(), min_size=1, max_size=4)):
        which = data.draw(st.sampled_from(sorted(files)))
        files[which] = edit(files[which])
    survives(f"a{suffix}", files)


@pytest.mark.parametrize("suffix", SUFFIXES)
@TRIES
@given(raw=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes(suffix: str, raw: bytes) -> None:
    survives(f"a{suffix}", {f"a{suffix}": raw})
