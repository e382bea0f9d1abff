"""Common rows: several ranks have the rows of one that reads them, whatever their kind."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.dataset import Dataset
from spinodal.data.row_blocks import is_mapped
from spinodal.ranks import ALONE
from spinodal.runs import common_rows
from spinodal.runs.common_rows import in_common

from .mixed import cells, write_cells
from .test_shares import together
from .toys import dataset, gray

pytestmark = pytest.mark.filterwarnings("ignore:.*read as unknown")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The folder of temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def kinds(path: Path):
    """Data of all kinds: letters with labels and weights, numbers, a table with unknown cells, long names."""
    letters = dataset("family", "host")
    yield letters.reweighted(0.8).hide("visible", fraction=0.1)
    yield gray("label")
    yield sp.read(write_cells(path / "people.csv", cells(holes=0.2)), label="state")
    many = np.array(["x" * 10_000, *map(str, range(1, len(letters)))], dtype=object)
    yield Dataset(letters.columns, letters.alphabets, many)


@pytest.mark.parametrize("large", [0, 2**60], ids=["mapped", "read"])
def test_all_ranks_have_the_rows_that_one_reads(large, tmp_path, monkeypatch, folder):
    monkeypatch.setattr(common_rows, "LARGE", large)
    for data in kinds(tmp_path):
        calls = []

        def read(data=data, calls=calls):
            calls.append(1)
            return data, data.select(slice(3))

        for own, few in together(3, lambda ranks, read=read: in_common(read, None, ranks)):
            assert (own.sha256, few.sha256) == (data.sha256, data.select(slice(3)).sha256)
            assert (own.alphabets, own.units, own.schema) == (data.alphabets, data.units, data.schema)
            assert all(is_mapped(x) == (large == 0) for x in own.columns.values())
            own["visible" if "visible" in own.columns else own.visibles[0]][0] = 0  # it may be written to
        assert calls == [1]
        assert not [*folder.iterdir()]


def test_a_process_by_itself_reads_its_own_rows():
    data = [dataset("family")]
    assert in_common(lambda: data, None, ALONE) is data


def test_a_computer_of_its_own_reads_for_itself(monkeypatch):
    monkeypatch.setattr(common_rows, "_computer", lambda: next(names))
    names, calls = iter("aab"), []
    together(3, lambda ranks: in_common(lambda: calls.append(1) or [dataset("family")], None, ranks))
    assert calls == [1, 1]


def test_a_rank_that_names_other_data_reads_them():
    found = together(3, lambda ranks: in_common(lambda: [dataset("family", seed=ranks.rank)], "abb"[ranks.rank], ranks))
    assert [own.sha256 for (own,) in found] == [dataset("family", seed=i).sha256 for i in (0, 1, 1)]


def test_nothing_is_left_where_the_disk_is_full(monkeypatch, folder):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(common_rows.np, "save", fail)
    with pytest.raises(OSError, match="TMPDIR"):
        common_rows._written([dataset("family")])
    gc.collect()
    assert not [*folder.iterdir()]
