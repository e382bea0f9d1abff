"""Stockholm: aligned sequences with what is said of them and of their columns, as Pfam and Rfam have them."""

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
_CUT = ("missing", "no alignment data")  # how pyhmmer begins where a file isn't whole
_HEADLESS = "missing Stockholm header"
_ONCE = re.compile(rb"#=GS[ \t]+\S+[ \t]+(DE|AC|WT)[ \t]")
_NAME = re.compile(rb"^[ \t]*([^#\s]\S*)", re.MULTILINE)


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None, match: bool = False) -> Dataset:
    """Aligned sequences, in one block or several, whose alphabet is detected unless given.

    Every column is read, lower case as upper case, "." as a gap. Where the line "#=GC RF" has a gap, the column holds
    inserts: with `match` it is left out, otherwise a warning counts them. What "#=GS NAME DE" says of a sequence is as
    in a header of FASTA: label=... are labels, the rest is table["description"]. notes["family"] has the alignment's
    id, accession and description, notes["columns"] its "#=GC" lines (SS_cons, RF, ...), a symbol a site; other lines
    aren't kept. 20,000 sequences of 400 letters take half a second. Raises FormatError where the file isn't
    one whole alignment, has a symbol that isn't in the alphabet, or has no RF line to tell `match` by; ValueError where
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
    """One block; labels and descriptions as "#=GS NAME DE", then the sequences, then the "#=GC" lines of the notes.

    Unknown letters are "?", which HMMER and Infernal don't take. Names are one sequence's each, in all parts, so these
    are joined first. Raises ValueError for names that Stockholm can't hold or that come twice, for "#=GC" lines that
    don't fit the sites, and for data that aren't letters.
    """
    dataset = concatenate(list(parts))
    lines = list(_lines(dataset))
    with atomic_file(path) as handle:
        handle.writelines(f"{line}\n".encode() for line in lines)


# Reading


def _utf8(path: Path, raw: bytes) -> bytes:
    """The text; what is said of the whole family may be of another encoding, and isn't kept then.

    FormatError for names of another encoding, of which two may look alike.
    """
    before = 0
    for line in raw.splitlines(keepends=True):
        if not line.startswith(b"#=GF") and not line.isascii():
            decode(path, line, before)
        before += len(line)
    return raw.decode(errors="replace").encode()


def _alignment(path: Path, raw: bytes) -> Any:
    """The one alignment of a file, as pyhmmer has it; FormatError where it isn't one."""
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
        raise FormatError(f'{path} has nothing but comments; Stockholm begins with "# STOCKHOLM 1.0".')
    if another is not None:
        raise FormatError(f"{path} holds several alignments. Write the one to read to a file of its own.")
    return msa


def _fault(path: Path, raw: bytes, said: str) -> FormatError:
    """What is wrong with a file of which pyhmmer said something."""
    other = by_beginning(raw.strip().split(b"\n", 1)[0].decode(errors="replace"))
    if said == _HEADLESS and other:
        return FormatError(f"{path} is not Stockholm ({said}): {other}.")
    if said.startswith(_CUT):
        return FormatError(f"{path} is not whole Stockholm ({said}). Fetch or make it again.")
    found = set[bytes]()
    for at, line in enumerate(raw.splitlines(), 1):
        key = b" ".join(line.split()[:3]) if _ONCE.match(line) else b""
        if key and key in found:
            return FormatError(f'{path}: line {at} is the second "{key.decode()}", and a sequence has one. '
                               "Make one line of them.")  # fmt: skip
        found.add(key)
    return FormatError(f"{path} breaks a rule of Stockholm ({said}). Mend it there.")


def _order(path: Path, raw: bytes, names: tuple[str, ...]) -> list[int]:
    """Which of pyhmmer's rows come first in the file; to pyhmmer those do that "#=GS" lines name.

    Raises FormatError where a name has no sequence: pyhmmer doesn't look, and then ends the process.
    """
    row = {name: i for i, name in enumerate(names)}
    there = [name for name in dict.fromkeys(word.decode() for word in _NAME.findall(raw)) if name in row]
    lost = row.keys() - there
    if lost or not there:
        raise FormatError(f"{path} has no sequence{''.join(f' of {name!r}' for name in sorted(lost)[:1])}. "
                          "Fetch or make it again.")  # fmt: skip
    return [row[name] for name in there]


def _match_columns(path: Path, columns: dict[str, str], sites: int, match: bool) -> np.ndarray:
    """The match columns (sites,), which are all where no RF line says what they are, unless `match` asks for it."""
    if "RF" in columns:
        return by_reference(columns["RF"])
    if match:
        raise FormatError(f'{path} has no line "#=GC RF", which says what match columns are. Leave match out to read '
                          "all columns.")  # fmt: skip
    return np.ones(sites, dtype=bool)


def _columns(msa: Any) -> dict[str, str]:
    """The "#=GC" lines by their tags, of which pyhmmer names a few and writes all, each in one piece."""
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
        raise ValueError(f'Stockholm has names without spaces that don\'t begin with "#" or "//"; rename "{odd}"')
    twin = next((name for name, last in zip(sorted(names)[1:], sorted(names)) if name == last), None)
    if twin is not None:
        raise ValueError(f'Stockholm tells sequences by their names, and "{twin}" comes twice; rename one')


def _check_columns(columns: dict[str, str], sites: int) -> None:
    for tag, text in columns.items():
        if not (re.fullmatch(r"\S+", tag) and re.fullmatch(r"[!-~]+", text) and len(text) == sites):
            raise ValueError(f'notes["columns"]["{tag}"] isn\'t one symbol for each of the {sites} sites')


def _said(text: str) -> str:
    """The text, if it fits a line."""
    if _CONTROL.search(text):
        raise ValueError(f"Stockholm holds what is said in one line; there is a line break in {text!r}")
    return text
