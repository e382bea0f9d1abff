"""Tables of pairs of sites: with a header or without, in any common separator, and what is wrong in them."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from spinodal.errors import FormatError
from spinodal.files import site_pairs


@pytest.fixture
def table(tmp_path):
    def write(text):
        (tmp_path / "pairs.txt").write_text(text)
        return tmp_path / "pairs.txt"

    return write


@pytest.mark.parametrize(
    "text",
    [
        "1 3 6.5\n2 3 9\n",
        "1.0e0 3.0e0 0.7 6.5\n2 3 0.1 9",
        "i,j,distance\n1,3,6.5\n3,2,9\n2,3,9\n",
        "name;distance; i;j\na;6.5;3;1\nb;9;2;3\n",
        "# i j distance\n\n1\t3\t6.5\n2\t3\t9\n",
        '"i" "j" "distance"\n1 3 6.5\n2 3 9\n',
    ],
)
def test_tables_of_distances_are_read(table, text):
    found = site_pairs.read(table(text), "distance", 4)
    assert found[0, 2] == found[2, 0] == 6.5
    assert found[1, 2] == found[2, 1] == 9
    assert np.isnan(found).sum() == 16 - 4


def test_packed_tables_are_read(tmp_path):
    (tmp_path / "s.gz").write_bytes(gzip.compress(b"1 2 0.5\n"))
    assert site_pairs.read(tmp_path / "s.gz", "score", 2)[0, 1] == 0.5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("i j score\n1 2 3\n", 'no column "distance"'),
        ("1 2\n", "2 columns"),
        ("1 2 far\n", "line 1 is no pair"),
        ("1 2 3\n1 5 3\n", "line 2 has sites 1 and 5"),
        ("0 2 3\n", "from 1 to 4"),
        ("1.5 2 3\n", "sites 1.5 and 2"),
        ("1 2 3\n2 1 4\n", "again, with another distance"),
        ("1 nan 3\n", "sites"),
    ],
)
def test_what_is_wrong_is_named(table, text, why):
    with pytest.raises(FormatError, match=why):
        site_pairs.read(table(text), "distance", 4)
