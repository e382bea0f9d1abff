"""Site pairs: distances in a structure, or scores of another program, read from a table with a row for each pair."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .opened import text

_SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")


def read(path: Path, column: str, sites: int) -> NDArray[np.float64]:
    """A number for each pair of `sites` sites, (sites, sites), symmetric, NaN where the table has none.

    The columns are separated by spaces, tabs, commas or semicolons. With a header they are "i", "j" and `column`, such
    as "distance" or "score"; without one i and j are the first two and the number is the last, as in "i j distance" or
    "i j score distance". Sites are counted from 1. Lines that begin with # are left out; a pair may be there both ways.
    Raises FormatError for a missing column, for what is no number, for sites that the data don't have, and for a pair
    with two numbers.
    """
    lines = [(n, line.strip()) for n, line in enumerate(text(path).splitlines(), 1)]
    rows = [(n, _SEPARATOR.split(line)) for n, line in lines if line and line[0] != "#"]
    if not rows:
        raise FormatError(f"{path} is empty: it must have a row for each pair of sites")
    header = [name.strip('"') for name in rows[0][1]]
    has_header = "i" in header
    places = _places(header, column, path) if has_header else (0, 1, -1)
    found = np.full((sites, sites), np.nan)
    for n, cells in rows[has_header:]:
        i, j, number = _pair(cells, places, sites, f"{path}: line {n}")
        if not (np.isnan(found[i, j]) or found[i, j] == number):
            raise FormatError(f"{path}: line {n} has sites {i + 1} and {j + 1} again, with another {column}")
        found[i, j] = found[j, i] = number
    return found


def _places(header: list[str], column: str, path: Path) -> tuple[int, int, int]:
    """Where a header has i, j and the number."""
    if missing := [name for name in ("i", "j", column) if name not in header]:
        raise FormatError(f'{path} has no column "{missing[0]}"; it has: {", ".join(header)}')
    return header.index("i"), header.index("j"), header.index(column)


def _pair(cells: list[str], places: tuple[int, int, int], sites: int, place: str) -> tuple[int, int, float]:
    """A row as two sites, counted from 0, and a number."""
    if len(cells) < 3:
        raise FormatError(f"{place} has {len(cells)} columns: a pair has i, j and a number")
    try:
        i, j, number = (float(cells[at]) for at in places)
    except (ValueError, IndexError):
        raise FormatError(f"{place} is no pair of sites with a number: {' '.join(cells)}") from None
    if not (i.is_integer() and j.is_integer() and min(i, j) >= 1 and max(i, j) <= sites):
        raise FormatError(f"{place} has sites {i:g} and {j:g}: they are counted from 1 to {sites}, as in the data")
    return int(i) - 1, int(j) - 1, number
