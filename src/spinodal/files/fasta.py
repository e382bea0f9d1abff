"""Aligned FASTA: headers with names, labels and descriptions, and sequences of equal length."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..data.row_blocks import blocks, concatenate_blocks, text_array
from ..errors import FormatError
from . import manifest
from .atomic import atomic_file
from .foreign import by_beginning
from .letters import encode_sequences, letters_of
from .matches import by_case, check_case, select_match_columns
from .opened import decode, pieces

BLOCK = 2**24
"""A file is read in blocks of whole records of about this many bytes."""

_SPACE = re.compile(r"\s")
_WORD = r'"(?:[^"\\]|\\["\\bfnrtu])*"|[^\s"=]+'
_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf)"
_SCORES = ("sure", "score")
"""Columns of the table that headers hold, too: how good a designed row is (`designs.design`)."""

_FIELD = re.compile(rf"(?:^|(?<=\s))(?:(label(?::(?:{_WORD}))?)=({_WORD})|({'|'.join(_SCORES)})=({_NUMBER}))(?:\s+|$)")


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None, match: bool = False) -> Dataset:
    """Aligned sequences. The alphabet is detected unless given.

    Every column is read, lower case as upper case. With `match` only match columns are read, if case marks the inserts
    (`matches.by_case`); without it a warning counts the inserts. The first word of a header is the name; label=...
    after it are labels, as `write` puts them there; sure= and score= with a number are columns of the table; the
    remainder is table["description"]. 20,000 sequences of 400 letters take 0.1 s. The file is read block by block, and
    more than `row_blocks.LARGE` letters are kept in a memory-mapped file, so that they need not fit into memory. Raises
    FormatError if the file is not FASTA, has no sequence, isn't aligned, or has a symbol outside the alphabet.
    """
    headers: list[str] = []
    spelling = concatenate_blocks(_blocks(path, headers))
    mask = by_case(spelling)
    if match and mask.all():
        check_case(path, spelling)
    spelling = select_match_columns(path, spelling, mask, match, "their case")
    notes: dict[str, Any] = {"format": "fasta"} | ({"match": True} if match else {})
    return sequence_dataset(path, headers, spelling, alphabet, unknown, notes)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write one line for each sequence. Labels go into the header as label=NAME, in quotes if necessary.

    Unknown letters are "?". Of the table the description is written, and the scores of designed rows, as sure=NUMBER
    and score=NUMBER. Raises ValueError for a name with a space, which FASTA can't hold, and for data that aren't
    letters.
    """
    with atomic_file(path) as handle:
        for part in parts:
            for records in _written(part):
                handle.write(records)


def _written(dataset: Dataset) -> Iterator[bytes]:
    """The records of a part, in blocks."""
    alphabet, names = letters_of(dataset, "FASTA"), dataset.names.tolist()
    if _SPACE.search("".join(names)):
        spaced = next(name for name in names if _SPACE.search(name))
        raise ValueError(f'a FASTA name ends at its first space; rename "{spaced}" or write .csv')
    headers = iter(_headers(dataset))
    for block in blocks(dataset["visible"]):
        sequences = alphabet.decode(block).tolist()  # first in zip, which takes no header where no sequence is left
        yield "".join([f">{header}\n{sequence}\n" for sequence, header in zip(sequences, headers)]).encode()


def sequence_dataset(
    path: Path,
    headers: list[str],
    spelling: np.ndarray,
    alphabet: Alphabet | None,
    unknown: str | None,
    notes: dict[str, Any],
) -> Dataset:
    """The dataset of sequences, as bytes (n, sites), and their headers: name, labels, description.

    The list of headers is emptied to free its memory, which can be more than that of short sequences.
    """
    names, table = text_array([header.partition(" ")[0] for header in headers]), _said(headers)
    headers.clear()
    letters, column = encode_sequences(spelling, alphabet, unknown, names, path)
    return Dataset({"visible": column}, {"visible": letters}, names, table, notes=notes)


def parse_records(path: Path, raw: bytes, before: int = 0) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Headers, the letters of all sequences in one array of bytes, and the number of letters of each, (n,).

    `raw` is the text of whole records, and `before` its position in the file.
    """
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")  # line ends of old Macs, and of Excel on them
    _check_text(path, raw, before)
    raw = raw.lstrip()  # so that the text begins with the first header
    text = np.frombuffer(raw, dtype=np.uint8)
    starts, ends = _header_lines(text)
    headers = [" ".join(raw[start + 1 : end].decode().split(None, 1)).rstrip() for start, end in zip(starts, ends)]
    letter = (text > ord(" ")) & ~_between(starts, ends, len(text))
    return headers, text[letter], np.add.reduceat(letter, starts, dtype=np.int64)


def aligned_matrix(path: Path, headers: list[str], letters: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The letters of sequences as bytes (n, sites). Raises FormatError if lengths differ."""
    return letters.reshape(-1, _checked_lengths(path, headers, lengths))


def _blocks(path: Path, headers: list[str]) -> Iterator[np.ndarray]:
    """Sequences as bytes (n, sites), block by block. Their headers are added to the list."""
    usual, before = None, 0
    for raw in _stretches(path):
        more, letters, lengths = parse_records(path, raw, before)
        headers += more
        usual = _checked_lengths(path, headers, lengths, usual)
        yield letters.reshape(-1, usual)
        before += len(raw)


def _stretches(path: Path) -> Iterator[bytes]:
    """The text of a file, or of a folder of shards, in blocks of whole records. A small or empty file is one block."""
    held = bytearray()
    for piece in chain.from_iterable(map(pieces, manifest.files(path))):
        seen = max(len(held) - 1, 0)
        held += piece
        end = held.rfind(b"\n>", seen) + 1
        if end and len(held) >= BLOCK and not held[:end].isspace():
            yield bytes(held[:end])
            del held[:end]
    yield bytes(held)


def _between(starts: np.ndarray, ends: np.ndarray, size: int) -> np.ndarray:
    """A mask (size,) of the positions inside the intervals from `starts` to `ends`."""
    steps = np.zeros(size + 1, dtype=np.int8)
    steps[starts] = 1
    steps[ends] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8).view(np.bool_)


def _check_text(path: Path, raw: bytes, before: int) -> None:
    """Raises FormatError for text, at the position `before` of the file, that can't be FASTA."""
    if not raw.strip():
        raise FormatError(f"{path} is empty.")
    if b"\0" in raw:
        raise FormatError(f"{path} is not text: byte {before + raw.index(0) + 1} is 0x00. Is it FASTA?")
    decode(path, raw, before)  # in another encoding two names could become equal
    first = raw.lstrip().split(b"\n", 1)[0].strip()
    if not first.startswith(b">"):
        said = by_beginning(first.decode(errors="replace"))
        raise FormatError(f'{path} begins with "{first[:40].decode(errors="replace")}", but '
                          f'FASTA begins with a header: ">" and a name{f": {said}" if said else ""}.')  # fmt: skip


def _header_lines(text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positions at which header lines start and end."""
    lines = np.concatenate([[0], np.flatnonzero(text == ord("\n")) + 1])
    lines = lines[lines < len(text)]
    starts = lines[text[lines] == ord(">")]
    following = np.append(lines, len(text) + 1)[np.searchsorted(lines, starts) + 1]
    return starts, np.minimum(following - 1, len(text))


def _checked_lengths(path: Path, headers: list[str], lengths: np.ndarray, usual: int | None = None) -> int:
    """The common length of sequences: `usual` if known, else the most frequent of these lengths.

    lengths: of the last sequences. Raises FormatError if one has another length.
    """
    if usual is None and lengths.max() == 0:
        raise FormatError(f'{path}: seq 1 "{headers[0]}" has no letters.')
    usual = int(np.bincount(lengths).argmax()) if usual is None else usual
    odd = np.flatnonzero(lengths != usual)
    if len(odd):
        row = len(headers) - len(lengths) + int(odd[0])
        raise FormatError(f'{path}: seq {row + 1} "{headers[row].partition(" ")[0]}" has {lengths[odd[0]]} symbols, '
                          f"the others have {usual}. Sequences must be aligned, for example with MAFFT.")  # fmt: skip
    return usual


def _said(headers: list[str]) -> dict[str, np.ndarray]:
    """Columns of the labels and scores in descriptions, and of the remaining text; {} if no header has any."""
    if not any(" " in header for header in headers):
        return {}
    descriptions = [header.partition(" ")[2] for header in headers]
    rows = [dict(map(_column, _FIELD.findall(text))) for text in descriptions]
    layers = dict.fromkeys(layer for row in rows for layer in row)
    columns = {layer: np.array([row.get(layer, "") for row in rows], dtype=str) for layer in layers}
    others = [_FIELD.sub("", text).strip() for text in descriptions]
    if any(others):
        columns["description"] = np.array(
            others, dtype=object
        )  # with a fixed-width type, one long text would widen all
    return columns


def _headers(dataset: Dataset) -> list[str]:
    described = zip(dataset.names.tolist(), header_descriptions(dataset))
    return [f"{name} {said}".rstrip() for name, said in described]


def header_descriptions(dataset: Dataset) -> list[str]:
    """The text of each header after the name: labels as label=NAME, scores as score=NUMBER, then the description."""
    said = [""] * len(dataset)
    for layer in dataset.labels:
        key = ":".join(map(_quoted, layer.split(":", 1)))
        spelled = [*(f" {key}={_quoted(word)}" for word in dataset.alphabets[layer].symbols), ""]  # -1, unknown, is ""
        said = [text + spelled[number] for text, number in zip(said, dataset[layer][:, 0].tolist())]
    for name in (k for k in _SCORES if k in dataset.table):
        said = [f"{text} {name}={x}" if x else text for text, x in zip(said, dataset.table[name].tolist())]
    if "description" in dataset.table:
        said = [f"{text} {more}" for text, more in zip(said, dataset.table["description"])]
    return [text.strip() for text in said]


def _column(field: tuple[str, str, str, str]) -> tuple[str, str]:
    """The column of a field of a header, and what is in it."""
    key, word, score, number = field
    return (":".join(map(_unquoted, key.split(":", 1))), _unquoted(word)) if key else (score, number)


def _quoted(word: str) -> str:
    return word if re.fullmatch(r'[^\s"=]+', word) else json.dumps(word, ensure_ascii=False)


def _unquoted(word: str) -> str:
    return str(json.loads(word)) if word.startswith('"') else word
