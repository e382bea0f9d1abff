"""A2M and A3M: FASTA in which upper case and "-" are match columns, and lower case and "." are inserts."""

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
"""Rows about structure: the beginning of the name, and the symbols of the row."""
_ALSO_BESIDE = ("aa_dssp", "aa_pred")
"""Names of rows of amino acids that belong to the rows about structure."""
_COMMENTS = re.compile(rb"\A(?:[ \t\r]*(?:#[^\n]*)?\n)*")


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """The match columns of aligned sequences. The alphabet is detected unless given.

    Upper case and "-" are match columns, which all sequences share. Lower case and "." are inserts of one sequence;
    they are left out, and a warning counts their letters. Also left out are rows about structure that HH-suite adds
    (ss_pred, ss_conf, ss_dssp, sa_dssp, aa_dssp), if they have only symbols for structure, and lines that begin with
    "#" at the start of the file. Headers are as in FASTA. Raises FormatError as FASTA does, and if no letter is in a
    match column.
    """
    headers, letters, lengths = fasta.parse_records(path, _COMMENTS.sub(b"", content(path)))
    headers, letters, lengths = _sequences(path, headers, letters, lengths)
    inserted = INSERT[letters]
    matches = lengths - _counts(inserted, lengths)
    if not matches.any():
        raise FormatError(f'{path} has no match column (upper case or "-"). If its lower-case letters are aligned, '
                          "name the file .fasta.")  # fmt: skip
    spelling = fasta.aligned_matrix(path, headers, letters[~inserted], matches)
    dataset = fasta.sequence_dataset(path, headers, spelling, alphabet, unknown, {"format": "a2m"})
    if dropped := int(LOWER[letters].sum()):
        warnings.warn(f"{path}: {dropped} insert letters (lower case) are left out",
                      stacklevel=4)  # fmt: skip
    return dataset


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write FASTA; every column is a match column.

    Raises ValueError as FASTA does, and for an alphabet with lower case or ".", which would be read as inserts.
    """
    fasta.write(_columns(parts), path)


def _columns(parts: Iterable[Dataset]) -> Iterator[Dataset]:
    for part in parts:
        alphabet = part.alphabets.get("visible", Alphabet(()))
        inserts = [symbol for symbol in alphabet.symbols if re.fullmatch(r"[a-z.]", symbol)]
        if inserts:
            raise ValueError(f'in A2M and A3M the symbol "{inserts[0]}" is an insert; write .fasta')
        yield part


def _sequences(
    path: Path, headers: list[str], letters: np.ndarray, lengths: np.ndarray
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The records without the rows about structure."""
    ends, kept = np.cumsum(lengths), np.ones(len(headers), dtype=bool)
    for row, header in enumerate(headers):
        if header.startswith((*_BESIDE, *_ALSO_BESIDE)):
            kept[row] = not _about_structure(header, letters[ends[row] - lengths[row] : ends[row]])
    if not kept.any():
        raise FormatError(f"{path} has only rows about structure, and no sequence.")
    if kept.all():
        return headers, letters, lengths
    warnings.warn(f"{path}: {int((~kept).sum())} rows about structure, such as ss_pred, are left out", stacklevel=5)
    return [header for header, keep in zip(headers, kept) if keep], letters[np.repeat(kept, lengths)], lengths[kept]


def _about_structure(header: str, letters: np.ndarray) -> bool:
    """Whether a record is a row about structure of HH-suite, by its name and its symbols."""
    written = next((letters for name, letters in _BESIDE.items() if header.startswith(name)), None)
    if written is None:
        return header.partition(" ")[0] in _ALSO_BESIDE
    return not letters.tobytes().translate(None, written + b"~.")


def _counts(mask: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The number of true values in each of the consecutive segments of these lengths, (n,)."""
    ends = np.searchsorted(np.flatnonzero(mask), np.cumsum(lengths))
    return np.diff(ends, prepend=0)
