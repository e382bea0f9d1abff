"""VCF check: checks VCF and BCF before htslib reads them, since htslib can crash on invalid or truncated files."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..errors import FormatError, one_line

_GZIP = b"\x1f\x8b"
_BLOCKS = b"\x1f\x8b\x08\x04"  # of bgzip: each member has a field for its size
_END = bytes.fromhex(
    "1f8b08040000000000ff0600424302001b0003000000000000000000"
)  # the empty block at the end of a bgzip file
_BCF = b"BCF\2"
_FIXED = 9  # the number of fields of a line before the genotypes

CONTIG = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
"""Valid names of chromosomes in VCF 4.3."""
LAST = 2**31 - 2
"""The largest position that BCF can hold."""
INTEGERS = (1, 2, 3)
"""The BCF types of integers of 1, 2 and 4 bytes."""


@dataclass
class Checked:
    """The chromosomes in a text file; for BCF, the type of the first field of FORMAT of each record.

    A field whose type isn't in `INTEGERS` is not a genotype. htslib would end the process if it were asked for it.
    """

    chromosomes: set[str] = field(default_factory=set)
    types: bytearray = field(default_factory=bytearray)


def check(path: Path) -> Checked:
    """Check a whole file line by line. 60 MB of text take .1 s, packed .4 s.

    Raises FormatError, with the number of the line, for an invalid line, and for an incomplete file.
    """
    with _unpacked(path) as stream:
        start = stream.read(16)
        if start.startswith(_BCF):
            return Checked(types=_types(path, start, stream))
        if not start.startswith(b"##fileformat=VCF"):
            raise FormatError(f'{path} is neither VCF nor BCF: it doesn\'t begin with "##fileformat=VCF".')
        return Checked(_check_lines(path, stream))


def ends_whole(path: Path) -> bool:
    """Whether a file ends with the last block of bgzip."""
    with path.open("rb") as raw:
        raw.seek(max(0, path.stat().st_size - len(_END)))
        return raw.read() == _END


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    with path.open("rb") as raw:
        start = raw.read(4)
        raw.seek(0)
        if not start.startswith(_GZIP):
            yield raw
            return
        if start == _BLOCKS and not ends_whole(path):
            raise FormatError(f"{path} ends without the last block of bgzip: it is cut off. Download or make it again.")
        try:
            with gzip.open(raw) as stream:
                yield stream
        except (EOFError, OSError, zlib.error) as error:
            raise FormatError(
                f"{path} is not a complete gzip file ({one_line(error)}). Download or make it again."
            ) from None


def _check_lines(path: Path, stream: IO[bytes] | gzip.GzipFile) -> set[str]:
    """The chromosomes. The stream is already within the first line."""
    tabs, contigs, complete = None, set[str](), True
    for number, line in enumerate(stream, 1):
        complete = line.endswith(b"\n")
        if tabs is not None:
            contigs.add(_chromosome(path, number, line, tabs))
        elif line.startswith(b"#CHROM"):
            tabs = line.count(b"\t")
            if tabs <= _FIXED - 1:
                raise FormatError(f"{path} has sites but no samples. Use a file with genotypes.")
        elif number > 1 and not line.startswith(b"##"):
            raise FormatError(f'{path}: line {number} is not a header line: the line "#CHROM ..." is missing.')
    if tabs is None or not complete:
        where = "in the middle of a line" if tabs else 'before the line "#CHROM ..."'
        raise FormatError(f"{path} ends {where}: it is cut off. Download or make it again.")
    return contigs


def _chromosome(path: Path, number: int, line: bytes, tabs: int) -> str:
    """The chromosome of a line. Raises FormatError if the line is invalid."""
    fields = line.split(b"\t", _FIXED)
    contig = fields[0].decode("latin-1")
    count = line.count(b"\t")
    if len(fields) <= _FIXED or count != tabs:
        fault = f"has {count + 1} fields, but the header {tabs + 1}"
    elif not CONTIG.fullmatch(contig) or b"\0" in line:
        fault = "has a byte 0" if b"\0" in line else "has an invalid chromosome name"
    elif not fields[1].isdigit() or not 0 <= int(fields[1]) <= LAST:
        fault = f'has the position "{fields[1].decode(errors="replace")}"'
    elif b"GT" not in fields[8].split(b":"):
        fault = 'has no genotypes: its field FORMAT has no "GT"'
    else:
        return contig
    raise FormatError(f"{path}: line {number} {fault}.")


def _types(path: Path, start: bytes, stream: IO[bytes] | gzip.GzipFile) -> bytearray:
    """The type of the first field of FORMAT of each record, 0 if there is none."""
    size = int.from_bytes(start[5:9], "little")
    header = start[9:] + _taken(stream, size - len(start) + 9)
    samples, types = header.rstrip(b"\0\n").rsplit(b"\n", 1)[-1].count(b"\t") - _FIXED + 1, bytearray()
    while sizes := stream.read(8):
        shared, own = struct.unpack("<II", sizes) if len(sizes) == 8 else (0, 0)
        record = _taken(stream, shared + own)
        if len(record) < max(24, shared + own):
            raise FormatError(f"{path}: record {len(types) + 1} is cut off. Download or make the file again.")
        if int.from_bytes(record[20:23], "little") != samples:
            raise FormatError(f"{path}: record {len(types) + 1} doesn't have the {samples} samples of the header.")
        types.append(_first_type(record[shared:]))
    return types


def _taken(stream: IO[bytes] | gzip.GzipFile, count: int) -> bytes:
    """Up to `count` bytes, in pieces, so that a wrong count doesn't allocate memory."""
    parts = []
    while count > 0 and (found := stream.read(min(count, 1 << 20))):
        parts.append(found)
        count -= len(found)
    return b"".join(parts)


def _first_type(fields: bytes) -> int:
    """The type of the first field. Before it is a typed integer: one byte of type, and 1, 2 or 4 bytes."""
    width = {1: 1, 2: 2, 3: 4}.get(fields[0] & 15 if fields else 0, len(fields))
    return int.from_bytes(fields[1 + width : 2 + width], "little") & 15
