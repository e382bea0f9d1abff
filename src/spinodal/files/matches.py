"""Matches: finds the match columns and the insert columns of an alignment to a profile model."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from ..data.row_blocks import blocks, concatenate_blocks, sum_blocks
from ..errors import FormatError

LOWER = np.array([97 <= byte <= 122 for byte in range(256)])  # a to z
INSERT = np.array([97 <= byte <= 122 or byte == 46 for byte in range(256)])  # lower case and the dot
_GAPS = "-._~"


def by_reference(line: str) -> np.ndarray:
    """The match columns, as a mask (sites,): those where a reference line ("#=GC RF") has no gap.

    >>> by_reference("xx.x").tolist()
    [True, True, False, True]
    """
    return np.array([symbol not in _GAPS for symbol in line], dtype=bool)


def by_case(spelling: np.ndarray) -> np.ndarray:
    """The match columns of sequences, bytes (n, sites), by case, as a mask (sites,).

    As HMMER and Infernal write them, an insert column is lower case or "." in every row, "." appears in some of them,
    and no other column has lower case. In all other alignments every column is a match column.
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
    """The match columns (mask) if `match`, else all columns, with a warning that counts the inserts.

    told: what marks the inserts, for messages.
    """
    inserts = int((~mask).sum())
    if not inserts:
        return spelling
    if match:
        if not mask.any():
            raise FormatError(f"{path} has no match column according to {told}.")
        return concatenate_blocks(block[:, mask] for block in blocks(spelling))
    warnings.warn(f"{path}: {inserts} of {len(mask)} columns are inserts according to {told}, and are read like all "
                  "others; match=True (in a shell --match) leaves them out", stacklevel=5)  # fmt: skip
    return spelling


def check_case(path: Path, spelling: np.ndarray) -> None:
    """Raises FormatError if there is lower case, which then doesn't mark insert columns."""
    if any(LOWER[block].any() for block in blocks(spelling)):
        raise FormatError(f"{path} has lower and upper case in the same columns, so case doesn't mark insert columns. "
                          "If each row has its own inserts, name the file .a2m.")  # fmt: skip
