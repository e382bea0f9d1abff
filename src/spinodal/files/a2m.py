"""A2M and A3M: FASTA of match columns, in upper case or "-", with inserts between them, in lower case or "."."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..errors import FormatError
from . import fasta
from .matches import INSERT, LOWER
from .opened import content

_BESIDE = {
    "ss_pred": b"HEC-",
    "ss_dssp": b"HEBGITSCPL-",
    "ss_conf": b"0123456789-",
    "sa_dssp": b"ABCDEFGHIJ-",
}
"""Rows about structure by the beginnings of their names, and what they are written in."""
_ALSO_BESIDE = ("aa_dssp", "aa_pred")
"""Rows of amino acids that belong to those, by their names."""
_COMMENTS = re.compile(rb"\A(?:[ \t\r]*(?:#[^\n]*)?\n)*")


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """The match columns of aligned sequences, whose alphabet is detected unless given.

    Upper case and "-" are match columns, which all sequences share. Lower case and "." are inserts, which belong to
    one sequence and are no columns: they are left out, and a warning counts their letters. So are the rows that
    HH-suite adds about structure (ss_pred, ss_conf, ss_dssp, sa_dssp, aa_dssp), unless they are written in other
    letters than structure is, and lines of "#" at the start. Headers are as in FASTA. Raises FormatError as FASTA does,
    and where no letter is in a match column.
    """
    headers, letters, lengths = fasta.parse_records(path, _COMMENTS.sub(b"", content(path)))
    headers, letters, lengths = _sequences(path, headers, letters, lengths)
    inserted = INSERT[letters]
    matches = lengths - _counts(inserted, lengths)
    if not matches.any():
        raise FormatError(f'{path} has no match column: these are upper case or "-". If its lower case is aligned, '
                          "name it .fasta.")  # fmt: skip
    spelling = fasta.aligned_matrix(path, headers, letters[~inserted], matches)
    dataset = fasta.sequence_dataset(path, headers, spelling, alphabet, unknown, {"format": "a2m"})
    if dropped := int(LOWER[letters].sum()):
        warnings.warn(f"{path}: {dropped} insert letters, in lower case, are in no column and are left out",
                      stacklevel=4)  # fmt: skip
    return dataset


def write(parts: Iterable[Dataset], path: Path) -> None:
    """FASTA, in which every column is a match column.

    Raises ValueError as FASTA does, and for an alphabet with lower case or ".", which would read as inserts.
    """
    fasta.write(_columns(parts), path)


def _columns(parts: Iterable[Dataset]) -> Iterator[Dataset]:
    for part in parts:
        alphabet = part.alphabets.get("visible", Alphabet(()))
        inserts = [symbol for symbol in alphabet.symbols if re.fullmatch(r"[a-z.]", symbol)]
        if inserts:
            raise ValueError(f'A2M and A3M would read "{inserts[0]}" as an insert; write .fasta')
        yield part


def _sequences(
    path: Path, headers: list[str], letters: np.ndarray, lengths: np.ndarray
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The records without those that say something about structure."""
    ends, kept = np.cumsum(lengths), np.ones(len(headers), dtype=bool)
    for row, header in enumerate(headers):
        if header.startswith((*_BESIDE, *_ALSO_BESIDE)):
            kept[row] = not _about_structure(header, letters[ends[row] - lengths[row] : ends[row]])
    if not kept.any():
        raise FormatError(f"{path} has no sequence, only rows about structure.")
    if kept.all():
        return headers, letters, lengths
    warnings.warn(f"{path}: {int((~kept).sum())} rows about structure, such as ss_pred, are left out", stacklevel=5)
    return [header for header, keep in zip(headers, kept) if keep], letters[np.repeat(kept, lengths)], lengths[kept]


def _about_structure(header: str, letters: np.ndarray) -> bool:
    """Whether a record is one of HH-suite's about structure: its name and its letters say so."""
    written = next((letters for name, letters in _BESIDE.items() if header.startswith(name)), None)
    if written is None:
        return header.partition(" ")[0] in _ALSO_BESIDE
    return not letters.tobytes().translate(None, written + b"~.")


def _counts(mask: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """How often a mask holds in each of the stretches of these lengths, (n,)."""
    ends = np.searchsorted(np.flatnonzero(mask), np.cumsum(lengths))
    return np.diff(ends, prepend=0)
