"""Files as they are read: taken out of gzip and zip."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..errors import FormatError, one_line

PIECE = 2**24
"""Bytes of a file that are read at once."""

FREE = 10**8
"""Bytes that any archive may unpack to."""

RATIO = 500
"""Beyond `FREE`, how many times its own size an archive may unpack to: gzip could do 1,030, alignments reach 100."""

BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError)
"""What an archive that is broken raises."""

_PACKED = (".gz", ".bgz", ".zip")
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked from gzip (by its suffix or its first bytes) or a zip of one member.

    The mark of UTF-8 is left out. Raises FormatError where the archive is broken, is encrypted, holds several files or
    another archive, names a file outside of its folder, or unpacks to far more than it is (`RATIO`); OSError where
    there is no file.
    """
    return b"".join(pieces(path))


def pieces(path: Path) -> Iterator[bytes]:
    """The `content` of a file in order, at most `PIECE` bytes at a time, so that not all of it is in memory."""
    begun = False
    for piece in _unpacked(path):
        yield piece if begun else piece.removeprefix(_BOM)
        begun = True


def text(path: Path) -> str:
    """The text of a file, in UTF-8; FormatError where it isn't."""
    raw = content(path)
    if (at := raw.find(b"\0")) >= 0:
        raise _no_text(path, raw, at)
    return decode(path, raw)


def decode(path: Path, raw: bytes, before: int = 0) -> str:
    """Bytes of a file, before which so many come, as text; FormatError where they aren't UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise _no_text(path, raw, error.start, before) from None


def inner_name(path: Path) -> str:
    """A file's name without .gz or .bgz; of a zip, the name of its one member."""
    if path.suffix.lower() == ".zip":
        with _zipped(path) as archive:
            return Path(_member(path, archive).filename).name
    return path.stem if path.suffix.lower() in (".gz", ".bgz") else path.name


def is_packed(path: Path) -> bool:
    """Whether a file is gzip or zip by its name."""
    return path.suffix.lower() in _PACKED


def check_unpacked(path: Path, size: int, packed: int) -> None:
    """Raises FormatError where so many bytes are too many to come out of an archive of `packed` bytes."""
    if size > max(FREE, RATIO * packed):
        raise FormatError(f"{path} unpacks to more than {RATIO} times its size, as archives do that are made to fill "
                          "memory. If you trust it, unpack it and pass what was in it.")  # fmt: skip


def _no_text(path: Path, raw: bytes, at: int, before: int = 0) -> FormatError:
    return FormatError(f"{path} is not text: byte {before + at + 1} is 0x{raw[at]:02x}. "
                       "Save it as UTF-8, unless it is of another format than its name says.")  # fmt: skip


def _unpacked(path: Path) -> Iterator[bytes]:
    if path.suffix.lower() == ".zip":
        with _zipped(path) as archive:
            yield from _limited(path, _opened(path, archive), "zip")
        return
    with path.open("rb") as raw:
        if raw.peek(2)[:2] == _GZIP or path.suffix.lower() == ".gz":
            with gzip.GzipFile(fileobj=raw) as packed:
                yield from _limited(path, packed, "gzip")
        else:
            yield from iter(lambda: raw.read(PIECE), b"")


def _limited(path: Path, packed: IO[bytes] | gzip.GzipFile, kind: str) -> Iterator[bytes]:
    """What comes out of an archive, unless it is broken, or too much."""
    size, whole = 0, path.stat().st_size
    while piece := _piece(path, packed, kind):
        size += len(piece)
        check_unpacked(path, size, whole)
        yield piece


def _piece(path: Path, packed: IO[bytes] | gzip.GzipFile, kind: str) -> bytes:
    try:
        return packed.read(PIECE)
    except BROKEN as error:
        raise _broken(path, kind, error) from None


def _broken(path: Path, kind: str, error: BaseException) -> FormatError:
    return FormatError(f"{path} is not a whole {kind} file ({one_line(error)}). Fetch or make it again.")


def _zipped(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise _broken(path, "zip", error) from None


def _opened(path: Path, archive: zipfile.ZipFile) -> IO[bytes]:
    """The one member of an archive."""
    member = _member(path, archive)
    if member.flag_bits & 1:
        raise FormatError(f"{path} is encrypted. Unpack it and pass the file.")
    try:
        return archive.open(member)
    except BROKEN as error:
        raise _broken(path, "zip", error) from None


def _member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """What the one member is called, and more."""
    for name in archive.namelist():
        if name.startswith(("/", "\\")) or name[1:2] == ":" or ".." in re.split(r"[/\\]", name):
            raise FormatError(f'{path} names a file outside of its folder, "{name}". Unpack it with care, if at all.')
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")]
    if len(members) != 1:
        raise FormatError(f"{path} holds {len(members)} files ({', '.join(m.filename for m in members[:10])}). "
                          "Unpack it and pass the one to read.")  # fmt: skip
    if members[0].filename.lower().endswith((".zip", ".gz")):
        raise FormatError(f"{path} holds another archive, {members[0].filename}. Unpack it and pass that.")
    return members[0]
