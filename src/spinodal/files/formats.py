"""Formats: one value for each file format: its suffixes, its functions to read and write, and what it can hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from ..data import suffixes
from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..data.schema import Schema
from ..errors import FormatError
from . import (
    a2m,
    fasta,
    h5ad,
    haplotypes,
    hdf5,
    idx,
    manifest,
    midi,
    npy,
    npz,
    parquet,
    plink,
    png,
    stockholm,
    table,
    vcf,
)
from .foreign import by_suffix
from .opened import inner_name


class Read(Protocol):
    """Reads a file. `unknown` says how symbols outside the alphabet are read. Raises FormatError for a wrong file."""

    def __call__(self, path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset: ...


class ReadLevels(Protocol):
    """Reads images in black and white: a pixel is 1 if its level is above the threshold, else 0."""

    def __call__(
        self, path: Path, alphabet: Alphabet | None = None, unknown: str | None = None, threshold: int | None = None
    ) -> Dataset: ...


class ReadTable(Protocol):
    """Reads a table of columns of any kinds. `kinds` and `missing` are as in `files.read`."""

    def __call__(
        self,
        path: Path,
        alphabet: Alphabet | Schema | None = None,
        unknown: str | None = None,
        kinds: Mapping[str, str] | None = None,
        missing: Sequence[str] | None = None,
    ) -> Dataset: ...


class Write(Protocol):
    """Writes the rows of all parts to a file. Raises ValueError for data that it can't hold."""

    def __call__(self, parts: Iterable[Dataset], path: Path, /) -> None: ...


@dataclass(frozen=True)
class Format:
    """A file format.

    names: its title and its suffixes. read, write: its functions. Options, None if the format lacks them:
    read_table: read with kinds of columns. read_matches: read only the match columns of an alignment to a model.
    read_levels: read images with a threshold of their levels.
    write_guarded: write with "'" before cells that a spreadsheet would take for formulas.
    holds_columns: it can hold the columns of a mixed table. has_words: its table has words that may mean unknown;
    the words of the columns `verbatim` are kept as they are.
    """

    names: suffixes.Names
    read: Read
    write: Write
    read_table: ReadTable | None = None
    read_matches: Read | None = None
    read_levels: ReadLevels | None = None
    write_guarded: Write | None = None
    holds_columns: bool = False
    has_words: bool = False
    verbatim: frozenset[str] = frozenset(["description"])


_NAMES = suffixes.FORMATS

FASTA = Format(_NAMES["fasta"], fasta.read, fasta.write, read_matches=partial(fasta.read, match=True), has_words=True)
TABLE = Format(
    _NAMES["table"],
    table.read,
    table.write,
    read_table=table.read,
    write_guarded=partial(table.write, formulas=True),
    holds_columns=True,
)
PNG = Format(_NAMES["png"], png.read, png.write, read_levels=png.read)

EVERY = (
    FASTA,
    Format(
        _NAMES["stockholm"],
        stockholm.read,
        stockholm.write,
        read_matches=partial(stockholm.read, match=True),
        has_words=True,
    ),
    Format(_NAMES["a2m"], a2m.read, a2m.write, read_matches=a2m.read, has_words=True),
    TABLE,
    Format(_NAMES["parquet"], parquet.read, parquet.write, read_table=parquet.read, holds_columns=True),
    Format(_NAMES["haplotypes"], haplotypes.read, haplotypes.write, has_words=True),
    Format(_NAMES["vcf"], vcf.read, vcf.write, has_words=True),
    Format(
        _NAMES["plink"], plink.read, plink.write, has_words=True, verbatim=frozenset(["description", *plink.PERSON])
    ),
    Format(_NAMES["hdf5"], hdf5.read, hdf5.write),
    Format(_NAMES["h5ad"], h5ad.read, h5ad.write, has_words=True),
    Format(_NAMES["idx"], idx.read, idx.write, read_levels=idx.read),
    PNG,
    Format(_NAMES["midi"], midi.read, midi.write),
    Format(_NAMES["npy"], npy.read, npy.write),
    Format(_NAMES["npz"], npz.read, npz.write, holds_columns=True),
)
"""All formats."""

FORMATS: Mapping[str, Format] = {suffix: one for one in EVERY for suffix in one.names.suffixes}
"""The format of each suffix."""


def by_name(name: str) -> Format:
    """The format of a file, by its name in lower case without the suffix of a packed file.

    Raises FormatError, which lists the suffixes, for a name of no format.
    """
    suffix = _suffix(name)
    if suffix not in FORMATS:
        if advice := by_suffix(suffix):
            raise FormatError(f'"{name}" can\'t be read or written here; {advice}.')
        raise FormatError(f'"{name}" has no suffix of a known format; the suffixes are {", ".join(FORMATS)}.')
    return FORMATS[suffix]


def to_read(path: Path) -> Format:
    """The format of a file, or a folder of shards or PNG files, to read. Raises FormatError if there is none."""
    if not path.is_dir():
        return by_name(inner_name(path).lower())
    if manifest.is_sharded(path):
        return by_name(inner_name(manifest.names(path)[0]).lower())
    if png.png_files(path):
        return PNG
    if other := next((advice for file in sorted(path.iterdir()) if (advice := by_suffix(file.suffix))), ""):
        raise FormatError(f"{path} is a folder without PNG files; for its first file of another kind: {other}.")
    raise FormatError(f'{path} is a folder. If it has a folder of files for each label, pass labels="folder".')


def to_write(path: Path) -> Format | None:
    """The format of a file to write, by its name; None if the name has no suffix of a format."""
    return FORMATS.get(_suffix(name_to_write(path)))


def name_to_write(path: Path) -> str:
    """The name of a file to write in lower case, without the suffix of a packed file."""
    return path.name.lower().removesuffix(".gz").replace(".vcf.bgz", ".vcf")


def has_match_columns(path: Path) -> bool:
    """Whether a file may be an alignment to a model, by its name."""
    found = None if path.is_dir() else FORMATS.get(_suffix(inner_name(path).lower()))
    return found is not None and found.read_matches is not None


def may_be_table(path: Path) -> bool:
    """Whether a table may be written under this name: it is the name of a CSV or TSV file, or of no format.

    >>> [may_be_table(Path(name)) for name in ("new.csv", "new", "new.FASTA.gz")]
    [True, True, False]
    """
    return to_write(path) in (None, TABLE)


def _suffix(name: str) -> str:
    return ".idx" if idx.is_idx(Path(name)) else Path(name).suffix
