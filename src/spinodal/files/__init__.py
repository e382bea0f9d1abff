"""One format a file: each has read(path) -> Dataset and write(parts, path), the parts being datasets."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..data import suffixes
from ..data.alphabet import REAL, Alphabet, find_alphabet
from ..data.dataset import Dataset
from ..data.reals import restore, standardize
from ..data.schema import Schema
from ..data.standard import Standard
from ..errors import FormatError
from . import (
    a2m,
    atomic,
    fasta,
    folders,
    h5ad,
    haplotypes,
    hdf5,
    idx,
    midi,
    mixed,
    npy,
    npz,
    parquet,
    plink,
    png,
    stockholm,
    table,
    vcf,
)
from .aligned import align_to_notes
from .cells import blank_unknown
from .foreign import by_suffix
from .labels import add_labels, label_columns, to_label_layers, without_labels
from .opened import inner_name
from .samples import note_ploidy
from .streams import is_stream

MODULES = (a2m, fasta, h5ad, haplotypes, hdf5, idx, midi, npy, npz, parquet, plink, png, stockholm, table, vcf)
"""A module a format."""

_NAMED = {module.__name__.rpartition(".")[2]: module for module in MODULES}
FORMATS: dict[str, Any] = {suffix: _NAMED[name] for name, own in suffixes.FORMATS.items() for suffix in own.suffixes}
"""The module of each suffix."""

TABLES = (table, parquet)
"""Formats whose columns may be of any kinds."""

WORDED = (a2m, fasta, h5ad, haplotypes, plink, stockholm, vcf)
"""Other formats in which words are said of rows, some of which may say that something isn't known."""


def read(
    path: str | Path,
    labels: str | Path | None = None,
    label: str | Sequence[str] | None = None,
    alphabet: Alphabet | Schema | Standard | str | None = None,
    unknown: str | None = None,
    kinds: Mapping[str, str] | None = None,
    match: bool = False,
    missing: str | Sequence[str] | None = None,
    sites: Mapping[str, Any] | None = None,
) -> Dataset:
    """The data of a file, by its suffix, or of a folder of PNG files; .gz, and .zip of one file, are unpacked.

    `labels` is what is known beside: the path of a table (joined to the data by its column "name", or else its
    first one), "re:PATTERN" searched in each header (one group is the label, named groups are columns), an idx
    file, or "folder" where `path` holds a folder of files for each label. It goes to the dataset's table.
    `label` names the column that becomes the layer "label", or several that become "label:NAME" each; without
    it, the columns that are called "label" or "label:NAME" do; an empty list takes none. `alphabet` is detected
    unless given, as an Alphabet, a name ("protein", or "gray" for images) or its symbols ("-ACGU"). `unknown` is what
    symbols that aren't in it read as: "-" or "?"; without it, those that stand for several letters, such as N and X,
    are unknown, and others an error.

    `match` takes only the match columns of an alignment to a model, as HMMER and Infernal make them: of Stockholm by
    its line "#=GC RF", of FASTA by case; of A2M and A3M there are no others.

    With the alphabet "real" the levels of images, and the numbers of npz, npy, h5ad and HDF5 files, are standardized
    site by site (`reals.standardize`), which `write` undoes. The `standard` of one dataset in place of the alphabet
    reads another file by the same means and standard deviations.

    A table (CSV, TSV, Parquet) without a column "sequence" is a mixed one: its columns are the layers "visible:binary",
    "visible:categorical" and "visible:real". `kinds` overrules what a column is found to be: {"age": "real"}; or
    "binary", "categorical", "text" (not modeled), "name". The `schema` of one dataset in place of an alphabet reads
    another table alike.

    Cells of tables, labels in headers and columns of obs are read by one rule: spaces at their ends are no part of
    them, and an empty one is unknown, as are those that say NA, N/A, n/a, #N/A, <NA>, NaN, nan, null, NULL or ?; a
    warning counts them. `missing` are the words that say so in place of these, ["unknown", "-"] say; [] takes all words
    as they are. npz, folders and idx have labels as they are.

    `sites`: the notes of a dataset, or of a run, whose sites the data are to have, as `aligned` says.

    Raises FormatError for a file's mistakes, ValueError for a label that isn't there. Warns of names that come
    twice, of rows without labels, of an alphabet that isn't sure, and of how many cells are read as unknown or as gaps.
    """
    path, letters = Path(path), find_alphabet(alphabet) if isinstance(alphabet, str) else alphabet
    chosen = [label] if isinstance(label, str) else label
    missing = [missing] if isinstance(missing, str) else missing
    if labels == "folder":
        raw = folders.read(path, lambda file: _read(file, letters, unknown, kinds, chosen, match, missing))
    else:
        raw = _read(path, letters, unknown, kinds, chosen, match, missing)
        raw = raw if labels is None else add_labels(raw, labels, missing)
    dataset = _scaled(align_to_notes(raw, sites or {}, str(path)), letters, path)
    _warn_of_twins(path, dataset)
    if chosen is None:
        return note_ploidy(to_label_layers(dataset, label_columns(dataset)))
    return note_ploidy(to_label_layers(dataset, chosen)) if chosen else without_labels(dataset)


def _read(
    path: Path,
    alphabet: Alphabet | Schema | Standard | None,
    unknown: str | None,
    kinds: Mapping[str, str] | None,
    label: Sequence[str] | None,
    match: bool,
    missing: Sequence[str] | None,
) -> Dataset:
    """The data of a file, by its format; real numbers as they are in the file."""
    format_, real = _format_to_read(path), isinstance(alphabet, Standard) or alphabet == REAL
    if match and not has_match_columns(path):
        raise ValueError(f"{path} is no alignment to a model, so it has no match columns to choose")
    if format_ in TABLES:
        if real:
            raise ValueError(f"{path} is a table: which of its columns are real is said one by one, as kinds")
        with _named(path):
            asked = dict.fromkeys(label or (), mixed.BESIDE) | dict(kinds or {})
            return format_.read(path, alphabet, unknown, asked, missing)
    if set((kinds or {}).values()) - {mixed.BESIDE}:
        raise ValueError(f"{path} is no table: its columns have no kinds to choose")
    if not isinstance(alphabet, Schema):
        with _named(path):
            more = {"match": True} if match and format_ is not a2m else {}
            raw = format_.read(path, REAL if real else alphabet, unknown, **more)
        return _plain(raw, format_, path, missing) if format_ in WORDED else raw
    dataset = format_.read(path, None, unknown)
    if dataset.schema != alphabet:
        raise FormatError(
            f"{path} has not the columns that are asked for, {', '.join(c.name for c in alphabet.columns)}."
        )
    return dataset


def _plain(data: Dataset, format_: Any, path: Path, missing: Sequence[str] | None) -> Dataset:
    """The data with words as cells are read, but for what is free text, or PLINK's own."""
    free = {"description", *(plink.PERSON if format_ is plink else ())}
    words = blank_unknown({name: x for name, x in data.table.items() if name not in free}, path, missing)
    return replace(data, table=data.table | words)


def _scaled(data: Dataset, alphabet: Alphabet | Schema | Standard | None, path: Path) -> Dataset:
    """The data, standardized where they are real: as asked, as they were when they were written, or by themselves."""
    if alphabet is not None and alphabet != REAL and not isinstance(alphabet, Standard):
        return replace(data, notes={k: v for k, v in data.notes.items() if k != "standard"})
    standard = alphabet if isinstance(alphabet, Standard) else data.standard
    if standard is None and alphabet is None:
        return data
    if "visible" in data.alphabets:
        raise FormatError(f"{path} holds letters: only images and matrices of numbers are read as real.")
    with _named(path):
        return standardize(data, standard)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of what is in a file says which file it is."""
    try:
        yield
    except FormatError as error:
        if path.name in str(error):
            raise
        raise FormatError(f"{path}: {error}") from None


def write(data: Dataset | Iterable[Dataset], path: str | Path, formulas: bool = False) -> None:
    """Write a file of the format that its suffix says (packed if .gz follows), whole or not at all.

    A path that ends in a slash, or is a folder, becomes a folder of files; it must be new, or empty. Of piano rolls
    these are a MIDI file a label, of other data a PNG file a row, in a folder of its label if it has one. "-" is the
    standard output: FASTA, or CSV where the data are a table, and so are pipes and devices whose names say no format
    (/dev/stdout). Of several datasets that are alike, such as those of
    `stream`, the rows are written one after the other: FASTA, CSV, TSV, hapt and images have one of them in memory at a
    time, the other formats all. Numbers that were standardized are written as they were before. With `formulas` a cell
    of CSV or TSV that a spreadsheet would take for a formula, such as a sequence that begins with a gap, stands after a
    "'", which `read` passes over. Raises ValueError where the format can't hold the data.
    """
    parts: Iterator[Dataset] = map(restore, _alike([data] if isinstance(data, Dataset) else data))
    if formulas and (_is_folder(path) or not may_be_table(Path(path))):
        raise ValueError(f"{path} is no table: only .csv and .tsv have cells that a spreadsheet takes for formulas")
    if _is_folder(path):
        with atomic.atomic_folder(Path(path)) as folder:
            first, parts = _begun(parts)
            format_ = midi if "roll" in first.notes else png
            format_.write_folder(_held(parts, format_), folder)
        return
    path = Path(path)
    if _is_plain(path):
        first, parts = _begun(parts)
        alphabet = first.alphabets.get("visible")
        if alphabet is not None and alphabet.single_letters and not formulas:
            fasta.write(parts, path)
        else:
            table.write(parts, path, formulas)
    else:
        format_ = _format(_name_to_write(path))
        held = _held(parts, format_)
        table.write(held, path, formulas) if format_ is table else format_.write(held, path)


def check_writable(path: str | Path) -> None:
    """Raises what `write` would for this path whatever the data are, so before there are any.

    FormatError for a suffix that is no format's, and OSError where nothing can be written (`atomic.check_writable`).
    """
    if _is_folder(path):
        atomic.check_folder_writable(Path(path))
        return
    if not _is_plain(Path(path)):
        _format(_name_to_write(Path(path)))
    atomic.check_writable(Path(path))


def _is_folder(path: str | Path) -> bool:
    """Whether a folder of files is meant."""
    return str(path).endswith(("/", os.sep)) or Path(path).is_dir()


def _is_plain(path: Path) -> bool:
    """Whether bytes go to a pipe or the like whose name says no format."""
    return is_stream(path) and _suffix(_name_to_write(path)) not in FORMATS


def _held(parts: Iterable[Dataset], format_: Any) -> Iterator[Dataset]:
    """The parts; ValueError for columns of a table where a format has no place for them."""
    for part in parts:
        if "visible" not in part.columns and format_ not in (*TABLES, npz):
            raise ValueError("a table of columns is held by .csv, .tsv, .parquet and .npz")
        yield part


def _begun(parts: Iterator[Dataset]) -> tuple[Dataset, Iterator[Dataset]]:
    """The first of the parts, and all of them."""
    first = next(parts)
    return first, chain([first], parts)


def _alike(parts: Iterable[Dataset]) -> Iterator[Dataset]:
    """The parts of one dataset; ValueError where they can't be, or where there are none."""
    first = None
    for part in parts:
        first = part if first is None else first
        if _kind(part) != _kind(first):
            raise ValueError(
                f"{part} can't follow {first} in a file: they differ in layers, alphabets, table or weights"
            )
        yield part
    if first is None:
        raise ValueError("there is nothing to write: not one dataset came")


def _kind(part: Dataset) -> Any:
    sizes = {layer: (column.shape[1], part.alphabets.get(layer)) for layer, column in part.columns.items()}
    return sizes, list(part.table), part.weights is None


def _format_to_read(path: Path) -> Any:
    if path.is_dir():
        if png.png_files(path):
            return png
        if other := next((said for file in sorted(path.iterdir()) if (said := by_suffix(file.suffix))), ""):
            raise FormatError(f"{path} is a folder without PNG files; of the first of another kind, {other}.")
        raise FormatError(f'{path} is a folder. If it holds a folder of files for each label, pass labels="folder".')
    return _format(inner_name(path).lower())


def has_match_columns(path: Path) -> bool:
    """Whether a file may be an alignment to a model, by its name."""
    return not path.is_dir() and FORMATS.get(_suffix(inner_name(path).lower())) in (fasta, stockholm, a2m)


def may_be_table(path: Path) -> bool:
    """Whether a table may be written under this name: it says that it is one, or no format at all.

    >>> [may_be_table(Path(name)) for name in ("new.csv", "new", "new.FASTA.gz")]
    [True, True, False]
    """
    return FORMATS.get(_suffix(_name_to_write(path)), table) is table


def _name_to_write(path: Path) -> str:
    return path.name.lower().removesuffix(".gz").replace(".vcf.bgz", ".vcf")


def _suffix(name: str) -> str:
    return ".idx" if idx.is_idx(Path(name)) else Path(name).suffix


def _format(name: str) -> Any:
    """The module of a format, by a file's name."""
    suffix = _suffix(name)
    if suffix not in FORMATS:
        if said := by_suffix(suffix):
            raise FormatError(f'"{name}" can\'t be read or written here; {said}.')
        raise FormatError(f'"{name}" doesn\'t say what format it is; the suffixes known are {", ".join(FORMATS)}.')
    return FORMATS[suffix]


def _warn_of_twins(path: Path, dataset: Dataset) -> None:
    names, counts = np.unique(dataset.names, return_counts=True)
    if (twins := counts > 1).any():
        first = names[np.argmax(twins)]
        warnings.warn(f'{twins.sum()} names in {path} come more than once, the first is "{first}"; '
                      "all rows are kept", stacklevel=3)  # fmt: skip
