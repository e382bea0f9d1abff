"""Stockholm: aligned sequences with annotations of sequences and columns, as in Pfam and Rfam."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset, concatenate
from ..errors import FormatError
from . import fasta
from .atomic import atomic_file
from .extras import import_extra
from .foreign import by_beginning
from .letters import letters_of
from .matches import by_reference, select_match_columns
from .opened import content, decode

_FAMILY = {"ID": "id", "AC": "accession", "DE": "description"}
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")
_BROKEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CUT = ("missing", "no alignment data")  # the beginnings of pyhmmer's messages for a truncated file
_HEADLESS = "missing Stockholm header"
_ONCE = re.compile(rb"#=GS[ \t]+\S+[ \t]+(DE|AC|WT)[ \t]")
_NAME = re.compile(rb"^[ \t]*([^#\s]\S*)", re.MULTILINE)


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None, match: bool = False) -> Dataset:
    """Aligned sequences, in one block or several. The alphabet is detected unless given.

    Every column is read, lower case as upper case, "." as a gap. Columns in which the line "#=GC RF" has a gap are
    inserts: they are left out with `match`; without it a warning counts them. "#=GS NAME DE" is read like the header of
    FASTA: label=... are labels, the remainder is table["description"]. notes["family"] has the id, accession and
    description of the alignment, notes["columns"] its "#=GC" lines (SS_cons, RF, ...) with one symbol for each site;
    other lines are lost. 20,000 sequences of 400 letters take half a second. Raises FormatError if the file isn't one
    complete alignment, has a symbol outside the alphabet, or lacks the RF line that `match` needs; ValueError if
    pyhmmer isn't installed.
    """
    raw = _utf8(path, content(path))
    msa = _alignment(path, raw)
    order = _order(path, raw, msa.names)
    said = [f"{name} {sequence.description or ''}".rstrip() for name, sequence in zip(msa.names, msa.sequences)]
    spelling = np.frombuffer("".join(msa.alignment).encode(), dtype=np.uint8).reshape(len(said), -1)
    found = {"id": msa.name, "accession": msa.accession, "description": msa.description}
    family = {key: value for key, value in found.items() if value}
    columns = _columns(msa)
    mask = _match_columns(path, columns, spelling.shape[1], match)
    spelling, kept = select_match_columns(path, spelling[order], mask, match, "the RF line"), mask | (not match)
    columns = {tag: "".join(x for x, keep in zip(text, kept) if keep) for tag, text in columns.items()}
    notes: dict[str, Any] = {"format": "stockholm", "family": family, "columns": columns}
    notes |= {"match": True} if match else {}
    return fasta.sequence_dataset(path, [said[row] for row in order], spelling, alphabet, unknown, notes)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write one block: labels and descriptions as "#=GS NAME DE", the sequences, and the "#=GC" lines of the notes.

    Unknown letters are "?", which HMMER and Infernal don't accept. Names must be distinct, so the parts are
    concatenated first. Raises ValueError for names that Stockholm can't hold or that are not distinct, for "#=GC" lines
    whose length is wrong, and for data that aren't letters.
    """
    dataset = concatenate(list(parts))
    lines = list(_lines(dataset))
    with atomic_file(path) as handle:
        handle.writelines(f"{line}\n".encode() for line in lines)


# Reading


def _utf8(path: Path, raw: bytes) -> bytes:
    """The text in UTF-8. Invalid characters are replaced in lines about the family ("#=GF").

    Raises FormatError for other encodings elsewhere, since two names could become equal.
    """
    before = 0
    for line in raw.splitlines(keepends=True):
        if not line.startswith(b"#=GF") and not line.isascii():
            decode(path, line, before)
        before += len(line)
    return raw.decode(errors="replace").encode()


def _alignment(path: Path, raw: bytes) -> Any:
    """The alignment of a file, as pyhmmer reads it. Raises FormatError unless there is exactly one."""
    easel = import_extra("pyhmmer", "pyhmmer", "bio", "Stockholm").easel
    if not raw.strip():
        raise FormatError(f"{path} is empty.")
    if broken := _BROKEN.search(raw):
        raise FormatError(f"{path} is not text: byte {broken.start() + 1} is 0x{broken[0][0]:02x}. Is it Stockholm?")
    try:
        with easel.MSAFile(io.BytesIO(raw), format="stockholm") as file:
            msa, another = file.read(), file.read()
    except (easel.EaselError, ValueError) as error:
        raise _fault(path, raw, str(error).removeprefix("Could not parse file: ")) from None
    if msa is None:
        raise FormatError(f'{path} has only comments; Stockholm begins with "# STOCKHOLM 1.0".')
    if another is not None:
        raise FormatError(f"{path} has several alignments. Put the one to read into a file of its own.")
    return msa


def _fault(path: Path, raw: bytes, said: str) -> FormatError:
    """The FormatError for a file for which pyhmmer gives this message."""
    other = by_beginning(raw.strip().split(b"\n", 1)[0].decode(errors="replace"))
    if said == _HEADLESS and other:
        return FormatError(f"{path} is not Stockholm ({said}): {other}.")
    if said.startswith(_CUT):
        return FormatError(f"{path} is not complete Stockholm ({said}). Download or make it again.")
    found = set[bytes]()
    for at, line in enumerate(raw.splitlines(), 1):
        key = b" ".join(line.split()[:3]) if _ONCE.match(line) else b""
        if key and key in found:
            return FormatError(f'{path}: line {at} is the second "{key.decode()}", but a sequence can have one. '
                               "Merge them into one line.")  # fmt: skip
        found.add(key)
    return FormatError(f"{path} is not valid Stockholm ({said}). Correct it there.")


def _order(path: Path, raw: bytes, names: tuple[str, ...]) -> list[int]:
    """pyhmmer's rows in the order of the file. pyhmmer puts the names in "#=GS" lines first.

    Raises FormatError if a name has no sequence; pyhmmer doesn't check this, and would end the process.
    """
    row = {name: i for i, name in enumerate(names)}
    there = [name for name in dict.fromkeys(word.decode() for word in _NAME.findall(raw)) if name in row]
    lost = row.keys() - there
    if lost or not there:
        raise FormatError(f"{path} has no sequence{''.join(f' of {name!r}' for name in sorted(lost)[:1])}. "
                          "Download or make it again.")  # fmt: skip
    return [row[name] for name in there]


def _match_columns(path: Path, columns: dict[str, str], sites: int, match: bool) -> np.ndarray:
    """Mask of the match columns (sites,), by the RF line; all columns if there is none.

    Raises FormatError if `match` and there is no RF line.
    """
    if "RF" in columns:
        return by_reference(columns["RF"])
    if match:
        raise FormatError(f'{path} has no line "#=GC RF", which marks the match columns. Read it without match to get '
                          "all columns.")  # fmt: skip
    return np.ones(sites, dtype=bool)


def _columns(msa: Any) -> dict[str, str]:
    """{tag: text} of the "#=GC" lines. pyhmmer has attributes for a few only, but writes all."""
    written = io.BytesIO()
    msa.write(written, "pfam")
    lines = (line.decode().split() for line in written.getvalue().split(b"\n") if line.startswith(b"#=GC "))
    return {tag: text for _, tag, text in lines}


# Writing


def _lines(dataset: Dataset) -> Iterator[str]:
    letters_of(dataset, "Stockholm")
    names, columns = dataset.names.tolist(), dataset.notes.get("columns", {})
    _check_names(names)
    _check_columns(columns, dataset["visible"].shape[1])
    width = max(map(len, [*names, *(f"#=GC {tag}" for tag in columns)]))
    yield "# STOCKHOLM 1.0"
    family = dataset.notes.get("family", {})
    yield from (f"#=GF {tag} {_said(family[key])}" for tag, key in _FAMILY.items() if key in family)
    yield from (
        f"#=GS {name} DE {_said(said)}" for name, said in zip(names, fasta.header_descriptions(dataset)) if said
    )
    yield ""
    yield from (f"{name:{width}} {letters}" for name, letters in zip(names, dataset.texts("visible")))
    yield from (f"{f'#=GC {tag}':{width}} {text}" for tag, text in columns.items())
    yield "//"


def _check_names(names: list[str]) -> None:
    odd = next((name for name in names if not re.fullmatch(r"(?!#|//)\S+", name) or _CONTROL.search(name)), None)
    if odd is not None:
        raise ValueError(f'a Stockholm name has no spaces and doesn\'t begin with "#" or "//"; rename "{odd}"')
    duplicate = next((name for name, last in zip(sorted(names)[1:], sorted(names)) if name == last), None)
    if duplicate is not None:
        raise ValueError(f'Stockholm needs distinct names, but "{duplicate}" appears twice; rename one')


def _check_columns(columns: dict[str, str], sites: int) -> None:
    for tag, text in columns.items():
        if not (re.fullmatch(r"\S+", tag) and re.fullmatch(r"[!-~]+", text) and len(text) == sites):
            raise ValueError(f'notes["columns"]["{tag}"] isn\'t one symbol for each of the {sites} sites')


def _said(text: str) -> str:
    """The text. Raises ValueError if it has a line break."""
    if _CONTROL.search(text):
        raise ValueError(f"a Stockholm annotation is one line; there is a line break in {text!r}")
    return text
