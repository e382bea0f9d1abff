"""Wild types: a sequence or another row of a file as a row of a run's data, and the numbers of its own letters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..analysis.mutations import scannable
from ..analysis.numbering import Numbering, align, aligned, by_columns, first_number, nearest_identity
from ..data.alphabet import BINARY, Alphabet
from ..data.dataset import Dataset
from ..errors import FormatError
from ..files.aligned import site_names
from ..files.fasta import parse_records
from ..files.formats import FORMATS
from ..files.opened import content, inner_name
from ..files.sites import Sites
from ..machines.dynamics import Machine
from .archive import Run
from .sources import every_row, read_given

SEQUENCES = (".fasta", ".a2m")
"""Suffixes of the formats whose records are read as they are written, with inserts and without alignment."""

FAR = 0.3
"""The identity of a wild type to its nearest training row below which a warning says so."""


@dataclass(frozen=True)
class WildType:
    """A row, as a machine has it, and how its sites are called.

    name       of the record
    row        (1, sites)
    alphabet   of the visible layer
    numbering  of the letters of a sequence; None of other rows
    sites      the names of the sites of other rows, else ()
    identity   to its nearest training row (`nearest_identity`); None where not known
    """

    name: str
    row: Tensor
    alphabet: Alphabet
    numbering: Numbering | None
    sites: tuple[str, ...] = ()
    identity: float | None = None

    def __str__(self) -> str:
        """Its name, and how it fits the alignment."""
        if self.numbering is None:
            return self.name
        fits = f"{self.numbering.matched} of {len(self.numbering.sequence)} letters are in the alignment"
        near = "" if self.identity is None else f", the nearest training row has {self.identity:.0%} of them"
        return f"{self.name} ({fits}{near})"


def read_wild_type(
    run: Run, machine: Machine, path: Path, name: str | None = None, first: int | None = None
) -> WildType:
    """A row of a file, the first or the one of this name, as the wild type of a run's machine.

    A record of FASTA or A2M may have inserts, or be no row of the alignment: then it is aligned to the training data
    (`numbering.align`). first: the number of its first letter; by default as a name that ends in /24-286 says, else 1.
    Warns where the sequence is far from all training rows. Raises ValueError where the file has no such name, and for a
    machine without effects of mutations (`scannable`); FormatError and OSError for a wrong file.
    """
    alphabet = Alphabet.of(scannable(machine).units["visible"])
    is_text = bool(alphabet.symbols) and alphabet.single_letters and alphabet != BINARY
    if is_text and _is_of_sequences(path):
        return _of_sequence(run, machine, alphabet, *_record(path, name), first)
    data = read_given(run, machine, path, [])
    row = _place(data.names.tolist(), name, path)
    known, called = data.tensors(np.array([row]))["visible"], str(data.names[row])
    if not is_text:
        if first is not None:
            raise ValueError("first numbers the letters of a sequence, but these sites have names of their own")
        return WildType(called, known, alphabet, None, _site_names(run, known.shape[1]))
    numbering = by_columns(str(data.texts("visible")[row]).replace("?", "X"))
    numbering = numbering.from_first(first_number(called, len(numbering.sequence)) if first is None else first)
    return WildType(called, known, alphabet, numbering)


def _of_sequence(run: Run, machine: Machine, alphabet: Alphabet, name: str, text: str, first: int | None) -> WildType:
    """The wild type of the text of a record."""
    sites = machine.units["visible"].columns
    numbering = aligned(text, sites)
    rows = training_rows(run, machine, needed=numbering is None)
    if numbering is None:
        assert rows is not None  # as they are needed
        numbering = align(text, rows)
    numbering = numbering.from_first(first_number(name, len(numbering.sequence)) if first is None else first)
    letters = alphabet.encode([numbering.row(sites)], unknown="?")
    gap = alphabet.symbols.index("-") if "-" in alphabet.symbols else None
    identity = None if rows is None else nearest_identity(numbering, letters[0], rows["visible"], gap)
    if identity is not None and identity < FAR:
        warnings.warn(f"{name} doesn't fit the alignment: its nearest training row has {identity:.0%} of its letters, "
                      "so its effects mean little", stacklevel=2)  # fmt: skip
    row = torch.from_numpy(letters.astype(np.int32))
    return WildType(name, row, alphabet, numbering, identity=identity)


def training_rows(run: Run, machine: Machine, needed: bool) -> Dataset | None:
    """The rows that a run learned from. Where they are gone and not needed: None, and a warning.

    Raises ValueError where they are gone and needed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were said at the training
            return every_row(run, machine)
    except (OSError, ValueError) as error:
        if needed:
            raise ValueError(f"a sequence is no row of the alignment, and the training data to align it to can't be "
                             f"read: {error}") from None  # fmt: skip
        warnings.warn(f"whether the wild type fits the alignment is not checked: {error}", stacklevel=2)
        return None


def _is_of_sequences(path: Path) -> bool:
    """Whether a file is FASTA, A2M or A3M, by its name."""
    found = None if path.is_dir() else FORMATS.get(Path(inner_name(path).lower()).suffix)
    return found in [FORMATS[suffix] for suffix in SEQUENCES]


def _record(path: Path, name: str | None) -> tuple[str, str]:
    """The name and the text of a record."""
    headers, letters, lengths = parse_records(path, content(path))
    row = _place([header.partition(" ")[0] for header in headers], name, path)
    end = int(np.cumsum(lengths)[row])
    text = letters[end - lengths[row] : end].tobytes().decode().rstrip("*")
    if not text:
        raise FormatError(f"{path}: the record {headers[row]} has no letters.")
    return headers[row].partition(" ")[0], text


def _place(names: list[str], name: str | None, path: Path) -> int:
    """The row of a name; the first without one."""
    if name is None:
        return 0
    if name not in names:
        raise ValueError(f'{path} has no row "{name}"; its first is "{names[0]}"')
    return names.index(name)


def _site_names(run: Run, sites: int) -> tuple[str, ...]:
    """The names of the sites of a run's data, by position and alleles of SNPs; else their numbers from 1."""
    known = site_names(run.record["data"]["notes"])
    names = known.place_names if isinstance(known, Sites) else known or [str(i) for i in range(1, sites + 1)]
    return tuple(names)
