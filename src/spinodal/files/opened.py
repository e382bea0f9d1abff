"""Opened: the contents of files, unpacked from gzip and zip."""

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
"""The number of bytes that are read at once."""

FREE = 10**8
"""Every archive may unpack to this many bytes."""

RATIO = 500
"""An archive may unpack to more than `FREE` bytes, up to this multiple of its size.

gzip can reach 1,030; alignments reach 100."""

BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError)
"""The exceptions for a broken archive."""

_PACKED = (".gz", ".bgz", ".zip")
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked from gzip (by its suffix or its first bytes) or from a zip of one file.

    The byte order mark of UTF-8 is removed. Raises FormatError if an archive is broken or encrypted, has several files
    or another archive, names a file outside its folder, or unpacks to far more than its size (`RATIO`); OSError if
    there is no file.
    """
    return b"".join(pieces(path))


def pieces(path: Path) -> Iterator[bytes]:
    """The `content` of a file in pieces of at most `PIECE` bytes, so that it need not fit into memory."""
    begun = False
    for piece in _unpacked(path):
        yield piece if begun else piece.removeprefix(_BOM)
        begun = True


def text(path: Path) -> str:
    """The text of a UTF-8 file. Raises FormatError for other contents."""
    raw = content(path)
    if (at := raw.find(b"\0")) >= 0:
        raise _no_text(path, raw, at)
    return decode(path, raw)


def decode(path: Path, raw: bytes, before: int = 0) -> str:
    """Bytes at the position `before` of a file as text. Raises FormatError if they aren't UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise _no_text(path, raw, error.start, before) from None


def inner_name(path: Path) -> str:
    """A file's name without .gz or .bgz; for a zip, the name of the file in it."""
    if path.suffix.lower() == ".zip":
        with _zipped(path) as archive:
            return Path(_member(path, archive).filename).name
    return path.stem if path.suffix.lower() in (".gz", ".bgz") else path.name


def is_packed(path: Path) -> bool:
    """Whether a file is gzip or zip, by its name."""
    return path.suffix.lower() in _PACKED


def check_unpacked(path: Path, size: int, packed: int) -> None:
    """Raises FormatError if `size` bytes are too many for an archive of `packed` bytes."""
    if size > max(FREE, RATIO * packed):
        raise FormatError(f"{path} unpacks to more than {RATIO} times its size, like archives that are made to fill "
                          "memory. If you trust it, unpack it and pass the file in it.")  # fmt: skip


def _no_text(path: Path, raw: bytes, at: int, before: int = 0) -> FormatError:
    return FormatError(f"{path} is not text: byte {before + at + 1} is 0x{raw[at]:02x}. "
                       "Save it as UTF-8, or correct its suffix if it has another format.")  # fmt: skip


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
    """The unpacked bytes. Raises FormatError if the archive is broken, or if they are too many."""
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
    return FormatError(f"{path} is not a complete {kind} file ({one_line(error)}). Download or make it again.")


def _zipped(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise _broken(path, "zip", error) from None


def _opened(path: Path, archive: zipfile.ZipFile) -> IO[bytes]:
    """An open handle of the only file in an archive."""
    member = _member(path, archive)
    if member.flag_bits & 1:
        raise FormatError(f"{path} is encrypted. Unpack it and pass the file.")
    try:
        return archive.open(member)
    except BROKEN as error:
        raise _broken(path, "zip", error) from None


def _member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The entry of the only file in an archive. Raises FormatError if there is none or it isn't safe."""
    for name in archive.namelist():
        if name.startswith(("/", "\\")) or name[1:2] == ":" or ".." in re.split(r"[/\\]", name):
            raise FormatError(
                f'{path} names a file outside its folder, "{name}". Don\'t unpack it unless you trust it.'
            )
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")]
    if len(members) != 1:
        raise FormatError(f"{path} holds {len(members)} files ({', '.join(m.filename for m in members[:10])}). "
                          "Unpack it and pass the one to read.")  # fmt: skip
    if members[0].filename.lower().endswith((".zip", ".gz")):
        raise FormatError(f"{path} holds another archive, {members[0].filename}. Unpack it and pass that.")
    return members[0]
