"""Files: reads and writes datasets, one module for each format."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import REAL, UNKNOWN, Alphabet, find_alphabet
from ..data.dataset import Dataset
from ..data.entries import check_dataset
from ..data.reals import restore, standardize
from ..data.schema import Schema
from ..data.standard import Standard
from ..errors import FormatError
from . import atomic, fasta, folders, manifest, midi, mixed, png, table
from .aligned import align_to_notes
from .cells import blank_unknown
from .formats import FORMATS as FORMATS
from .formats import PNG, Format, by_name, name_to_write, to_read, to_write
from .formats import has_match_columns as has_match_columns
from .formats import may_be_table as may_be_table
from .labels import add_labels, label_columns, to_label_layers, without_labels
from .samples import note_ploidy
from .streams import is_stream


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
    threshold: int | None = None,
) -> Dataset:
    """Read the data of a file, in the format of its suffix, of a folder of shards, or of a folder of PNG files.

    All checksums of a folder of shards are checked. Packed files (.gz, and .zip of one file) are unpacked.

    labels: where to find labels: the path of a table (joined by its column "name", else by its first column),
    "re:PATTERN" searched in each header (one group is the label, named groups are columns), an idx file, or "folder" if
    `path` has a folder of files for each label. Their columns go to the table of the dataset.
    label: the column that becomes the layer "label", or several that become "label:NAME". Without it, columns called
    "label" or "label:NAME" become layers; with [] none does.
    alphabet: an Alphabet, a name ("protein", or "gray" for images) or its symbols ("-ACGU"); detected unless given.
    unknown: how symbols outside the alphabet are read: "-" or "?". Without it, symbols that stand for several letters,
    such as N and X, are unknown, and others are an error.
    match: read only the match columns of an alignment to a model, as HMMER and Infernal make them: in Stockholm by the
    line "#=GC RF", in FASTA by case; A2M and A3M always have only these.

    With the alphabet "real", the levels of images, and the numbers of npz, npy, h5ad and HDF5 files, are standardized
    at each site (`reals.standardize`); `write` undoes it. With the `standard` of another dataset as alphabet, they are
    standardized by its means and standard deviations.

    A table (CSV, TSV, Parquet) without a column "sequence" is a mixed table, with the layers "visible:binary",
    "visible:categorical" and "visible:real". kinds: the kinds of columns whose detected kind is wrong, {"age": "real"};
    the others are "binary", "categorical", "text" (not modeled) and "name". With the `schema` of another dataset as
    alphabet, a table is read like that one.

    Cells of tables, labels in headers and columns of obs are read by the same rules: spaces at the ends are removed,
    and empty cells and the words NA, N/A, n/a, #N/A, <NA>, NaN, nan, null, NULL and ? are unknown; a warning counts
    them. missing: other words for unknown, such as ["unknown", "-"]; with [] all words are known. Labels of npz,
    folders and idx are not changed.

    sites: the notes of a dataset or run. The data get its sites, as in `aligned`, and images its threshold.
    threshold: of images in black and white: a pixel is 1 if its level, 0 to 255, is above it; 127 by default.

    Raises FormatError for a wrong file, and ValueError for a label that doesn't exist. Warns of duplicate names, of
    rows without labels, of an uncertain alphabet, and of cells that are read as unknown or as gaps.
    """
    path, letters = Path(path), find_alphabet(alphabet) if isinstance(alphabet, str) else alphabet
    chosen = [label] if isinstance(label, str) else label
    missing = [missing] if isinstance(missing, str) else missing
    learned = (sites or {}).get("threshold", threshold)
    how = letters, unknown, kinds, chosen, match, missing, threshold, learned
    if labels == "folder":
        raw = folders.read(path, lambda file: _read(file, *how))
    else:
        raw = _read(path, *how)
        raw = raw if labels is None else add_labels(raw, labels, missing)
    dataset = _scaled(align_to_notes(raw, sites or {}, str(path)), letters, path)
    _warn_of_duplicates(path, dataset)
    named = alphabet if isinstance(alphabet, str) else None
    if named == alphabet and sites is None:
        asked = {"labels": None if labels is None else str(labels), "label": label if chosen is None else list(chosen)}
        given: dict[str, Any] = {"alphabet": named, "unknown": unknown, "kinds": kinds, "match": match or None}
        given |= {"missing": missing, "threshold": threshold}
        dataset = replace(dataset, origin={"data": str(path), **asked, **given})
    if chosen is None:
        return note_ploidy(to_label_layers(dataset, label_columns(dataset)))
    return note_ploidy(to_label_layers(dataset, chosen)) if chosen else without_labels(dataset)


def read_shards(
    path: str | Path, alphabet: Alphabet | Schema | Standard | str | None = None, **options: Any
) -> Iterator[Dataset]:
    """The rows of a folder of shards, one dataset a shard, so that memory doesn't grow with the number of shards.

    alphabet, options: those of `read`. By default all datasets have the columns, label layers and label names that the
    manifest has from the run, and the alphabet or the standardization of the first shard. Raises FormatError as `read`
    does; a shard that is damaged is noticed when it is reached.
    """
    folder = Path(path)
    manifest.names(folder)  # raises for a folder that isn't whole
    plan = manifest.read_manifest(folder).plan
    known = Schema.of({"schema": plan.schema} if plan.schema else {})
    fit, named = alphabet or known, {"label", "labels"} & options.keys()
    if known and known.labels and to_read(folder).read_table and not named:
        options["label"] = list(known.labels.values())
    for file in manifest.files(folder):
        part = read(file, alphabet=fit, **options)
        fit = fit or part.standard or part.alphabets.get("visible") or part.schema
        yield part if named else _labeled(part, plan.label_names)


def _labeled(part: Dataset, told: Mapping[str, Sequence[str]]) -> Dataset:
    """The rows with these label layers, in this order; unknown where they have none."""
    columns = {layer: column for layer, column in part.columns.items() if layer not in told}
    alphabets = {layer: Alphabet(tuple(names), layer) for layer, names in told.items()}
    there = part.recoded(alphabets)
    labels = {k: there.columns.get(k, np.full((len(part), 1), UNKNOWN, a.dtype)) for k, a in alphabets.items()}
    return replace(part, columns=columns | labels, alphabets=part.alphabets | alphabets)


def _read(
    path: Path,
    alphabet: Alphabet | Schema | Standard | None,
    unknown: str | None,
    kinds: Mapping[str, str] | None,
    label: Sequence[str] | None,
    match: bool,
    missing: Sequence[str] | None,
    threshold: int | None,
    learned: int | None,
) -> Dataset:
    """The data of a file; real numbers are not standardized yet. learned: the threshold of the images of a run."""
    one, letters = to_read(path), REAL if isinstance(alphabet, Standard) else alphabet
    if match and one.read_matches is None:
        raise ValueError(f"{path} is not an alignment to a model, so it has no match columns")
    if threshold is not None and one.read_levels is None:
        raise ValueError(f"{path} has no images with levels, so it takes no threshold: leave it out")
    if one.read_table:
        if letters == REAL:
            raise ValueError(f"{path} is a table: say with kinds which of its columns are real")
        with _named(path):
            asked = dict.fromkeys(label or (), mixed.BESIDE) | dict(kinds or {})
            return one.read_table(path, letters, unknown, asked, missing)
    if set((kinds or {}).values()) - {mixed.BESIDE}:
        raise ValueError(f"{path} is not a table, so its columns have no kinds")
    if not isinstance(letters, Schema):
        with _named(path):
            read_rows = (one.read_matches if match else None) or one.read
            if one.read_levels:
                read_rows = partial(one.read_levels, threshold=learned)
            raw = read_rows(path, letters, unknown)
        return _clean(raw, one, path, missing) if one.has_words else raw
    dataset = one.read(path, None, unknown)
    if dataset.schema != letters:
        raise FormatError(f"{path} doesn't have the expected columns, {', '.join(c.name for c in letters.columns)}.")
    return dataset


def _clean(data: Dataset, one: Format, path: Path, missing: Sequence[str] | None) -> Dataset:
    """The data with words for unknown in the table replaced by "", except in columns of free text."""
    words = blank_unknown({name: x for name, x in data.table.items() if name not in one.verbatim}, path, missing)
    return replace(data, table=data.table | words)


def _scaled(data: Dataset, alphabet: Alphabet | Schema | Standard | None, path: Path) -> Dataset:
    """Real data standardized: by the given standardization, else by that in the notes, else by their own."""
    if alphabet is not None and alphabet != REAL and not isinstance(alphabet, Standard):
        return replace(data, notes={k: v for k, v in data.notes.items() if k != "standard"})
    standard = alphabet if isinstance(alphabet, Standard) else data.standard
    if standard is None and alphabet is None:
        return data
    if "visible" in data.alphabets:
        raise FormatError(f"{path} has letters: only images and matrices of numbers can be read as real.")
    with _named(path):
        return standardize(data, standard)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Puts the name of the file into every FormatError."""
    try:
        yield
    except FormatError as error:
        if path.name in str(error):
            raise
        raise FormatError(f"{path}: {error}") from None


def write(data: Dataset | Iterable[Dataset], path: str | Path, formulas: bool = False) -> None:
    """Write data to a file in the format of its suffix (packed if .gz follows). The file is complete, or isn't written.

    A path that ends in a slash, or is a folder, means a folder of files; it must be new or empty. Piano rolls become
    one MIDI file for each label, and other data one PNG file for each row, in a folder for each label. "-" is the
    standard output, as FASTA, or as CSV if the data are a table; so are pipes and devices whose names have no suffix of
    a format (/dev/stdout). Several datasets of the same kind, such as those of `stream`, are written one after the
    other: FASTA, CSV, TSV, hapt and images need memory for one of them, other formats for all. Standardized numbers are
    written in their original units. formulas: in CSV and TSV, put "'" before cells that a spreadsheet would take for a
    formula, such as a sequence that begins with a gap; `read` removes it. Raises ValueError if the format can't hold
    the data.
    """
    parts: Iterator[Dataset] = map(restore, _alike([data] if isinstance(data, Dataset) else data))
    if formulas and (is_folder(path) or not may_be_table(Path(path))):
        raise ValueError(f"{path} is not a table: only .csv and .tsv have cells that a spreadsheet takes for formulas")
    if is_folder(path):
        with atomic.atomic_folder(Path(path)) as folder:
            first, parts = _begun(parts)
            write_folder = midi.write_folder if "roll" in first.notes else png.write_folder
            write_folder(_checked(parts, PNG), folder)
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
        one = by_name(name_to_write(path))
        write_rows = (one.write_guarded if formulas else None) or one.write
        write_rows(_checked(parts, one), path)


def check_writable(path: str | Path) -> None:
    """Raises the errors of `write` for this path that don't depend on the data; to call before long work.

    FormatError for a suffix of no format, and OSError if nothing can be written there (`atomic.check_writable`).
    """
    if is_folder(path):
        atomic.check_folder_writable(Path(path))
        return
    if not _is_plain(Path(path)):
        by_name(name_to_write(Path(path)))
    atomic.check_writable(Path(path))


def is_folder(path: str | Path) -> bool:
    """Whether a path means a folder of files."""
    return str(path).endswith(("/", os.sep)) or Path(path).is_dir()


def _is_plain(path: Path) -> bool:
    """Whether a path is a stream whose name has no suffix of a format."""
    return is_stream(path) and to_write(path) is None


def _checked(parts: Iterable[Dataset], one: Format) -> Iterator[Dataset]:
    """The parts. Raises ValueError for columns of a mixed table if the format can't hold them."""
    for part in parts:
        if "visible" not in part.columns and not one.holds_columns:
            raise ValueError("only .csv, .tsv, .parquet and .npz can hold a table of columns")
        yield part


def _begun(parts: Iterator[Dataset]) -> tuple[Dataset, Iterator[Dataset]]:
    """The first part, and all parts."""
    first = next(parts)
    return first, chain([first], parts)


def _alike(parts: Iterable[Dataset]) -> Iterator[Dataset]:
    """The parts. Raises ValueError if they differ in kind, or if there are none."""
    first = None
    for part in parts:
        check_dataset(part)
        first = part if first is None else first
        if _kind(part) != _kind(first):
            raise ValueError(
                f"{part} and {first} can't be in one file: they differ in layers, alphabets, table or weights"
            )
        yield part
    if first is None:
        raise ValueError("there is nothing to write: there are no datasets")


def _kind(part: Dataset) -> Any:
    sizes = {layer: (column.shape[1], part.alphabets.get(layer)) for layer, column in part.columns.items()}
    return sizes, list(part.table), part.weights is None


def _warn_of_duplicates(path: Path, dataset: Dataset) -> None:
    names, counts = np.unique(dataset.names, return_counts=True)
    if (duplicates := counts > 1).any():
        first = names[np.argmax(duplicates)]
        warnings.warn(f'{duplicates.sum()} names in {path} appear more than once, the first is "{first}"; '
                      "all rows are kept", stacklevel=3)  # fmt: skip
