"""Aligning: sequences of a file as rows of the alignment that a run learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..analysis.numbering import Numbering, align_all, aligned
from ..data.alphabet import BINARY, Alphabet
from ..data.dataset import Dataset, is_label
from ..errors import FormatError
from ..files.fasta import parse_records, sequence_dataset
from ..files.labels import to_label_layers
from ..files.opened import content
from ..machines.dynamics import Machine
from .archive import Run
from .wild_types import training_rows


@dataclass(frozen=True)
class Aligned:
    """Sequences as rows of an alignment, and how many of their letters are in its columns, of how many.

    data     the rows, with the names, labels and descriptions of the file
    matched  letters in columns; the others are inserts, which a row doesn't have
    letters  all letters
    """

    data: Dataset
    matched: int
    letters: int


def align_file(run: Run, machine: Machine, path: Path) -> Aligned:
    """The sequences of a FASTA or A2M file, aligned to the training data of a run.

    A record that is a row of the alignment already stays as it is (`numbering.aligned`); the others are aligned by
    pyhmmer. Raises ValueError for a machine of other rows than sequences, and where the training data can't be read;
    FormatError and OSError for a wrong file.
    """
    alphabet, sites = _letters(machine), machine.units["visible"].columns
    headers, letters, lengths = parse_records(path, content(path))
    texts = [part.tobytes().decode().rstrip("*") for part in np.split(letters, np.cumsum(lengths)[:-1])]
    if "" in texts:
        raise FormatError(f"{path}: the record {headers[texts.index('')]} has no letters.")
    found = _numberings(run, machine, texts, sites)
    spelling = np.frombuffer("".join(x.row(sites) for x in found).encode(), dtype=np.uint8).reshape(len(found), sites)
    data = sequence_dataset(path, headers, spelling, alphabet, "?", {"format": "fasta"})
    data = to_label_layers(data, [column for column in data.table if is_label(column)])
    return Aligned(data, sum(x.matched for x in found), sum(len(x.sequence) for x in found))


def _numberings(run: Run, machine: Machine, texts: list[str], sites: int) -> list[Numbering]:
    """The numbering of each text."""
    known = [aligned(text, sites) for text in texts]
    others = [text for text, found in zip(texts, known) if found is None]
    if not others:
        return [found for found in known if found is not None]
    rows = training_rows(run, machine, needed=True)
    assert rows is not None  # as they are needed
    new = iter(align_all(others, rows))
    return [next(new) if found is None else found for found in known]


def _letters(machine: Machine) -> Alphabet:
    """The letters of a machine of sequences. Raises ValueError for another machine."""
    alphabet = Alphabet.of(machine.units["visible"]) if "visible" in machine.units else BINARY
    if not alphabet.symbols or not alphabet.single_letters or alphabet == BINARY:
        raise ValueError("only sequences are aligned, and the rows of this machine are none")
    return alphabet
