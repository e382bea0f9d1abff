"""Matches: which columns of an alignment to a model are its match columns, and which hold inserts."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from ..data.row_blocks import blocks, concatenate_blocks, sum_blocks
from ..errors import FormatError

LOWER = np.array([97 <= byte <= 122 for byte in range(256)])  # a to z
INSERT = np.array([97 <= byte <= 122 or byte == 46 for byte in range(256)])  # these and the dot
_GAPS = "-._~"


def by_reference(line: str) -> np.ndarray:
    """The match columns that a reference line ("#=GC RF") marks by anything but a gap, as a mask (sites,).

    >>> by_reference("xx.x").tolist()
    [True, True, False, True]
    """
    return np.array([symbol not in _GAPS for symbol in line], dtype=bool)


def by_case(spelling: np.ndarray) -> np.ndarray:
    """The match columns of sequences as bytes (n, sites), told from inserts by case, as a mask (sites,).

    Inserts are lower case or "." in every row, with a "." in some, where no other column has lower case, as HMMER and
    Infernal write them. All columns are match columns of other alignments.
    """
    inserts = np.asarray(sum_blocks(lambda block: INSERT[block].sum(axis=0), spelling)) == len(spelling)
    everything = np.ones(spelling.shape[1], dtype=bool)
    if not inserts.any() or inserts.all():
        return everything
    dotted = False
    for block in blocks(spelling):
        if LOWER[block[:, ~inserts]].any():
            return everything
        dotted = dotted or bool((block[:, inserts] == ord(".")).any())
    return ~inserts if dotted else everything


def select_match_columns(path: Path, spelling: np.ndarray, mask: np.ndarray, match: bool, told: str) -> np.ndarray:
    """The match columns alone where `match` asks for them, else all, with a note of inserts, which something `told`."""
    inserts = int((~mask).sum())
    if not inserts:
        return spelling
    if match:
        if not mask.any():
            raise FormatError(f"{path} has no match column by {told}.")
        return concatenate_blocks(block[:, mask] for block in blocks(spelling))
    warnings.warn(f"{path}: {inserts} of {len(mask)} columns are inserts by {told}, and are read like all others; "
                  "match=True (in a shell --match) leaves them out", stacklevel=5)  # fmt: skip
    return spelling


def check_case(path: Path, spelling: np.ndarray) -> None:
    """Raises FormatError where there is lower case, which then doesn't tell inserts from match columns."""
    if any(LOWER[block].any() for block in blocks(spelling)):
        raise FormatError(f"{path} has lower case and upper case in the same columns, so case doesn't tell match "
                          "columns from inserts. If each row has inserts of its own, name it .a2m.")  # fmt: skip
