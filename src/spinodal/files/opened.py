"""Files as they are read: taken out of gzip and zip."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path

from ..errors import FormatError

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked from gzip (by its suffix or its first bytes) or a zip of one member.

    The mark of UTF-8 is left out. Raises FormatError where the archive is broken, OSError where there is no file.
    """
    return _unpacked(path).removeprefix(_BOM)


def text(path: Path) -> str:
    """The text of a file, in UTF-8; FormatError where it isn't."""
    raw = content(path)
    at = raw.find(b"\0")
    try:
        decoded = raw.decode()
    except UnicodeDecodeError as error:
        at, decoded = error.start, ""
    if at >= 0:
        raise FormatError(f"{path} is not text: byte {at + 1} is 0x{raw[at]:02x}. "
                          "Is it of another format than its name says?")  # fmt: skip
    return decoded


def inner_name(path: Path) -> str:
    """A file's name without .gz or .bgz; of a zip, the name of its one member."""
    if path.suffix.lower() == ".zip":
        with _zipped(path) as archive:
            return Path(_member(path, archive)).name
    return path.stem if path.suffix.lower() in (".gz", ".bgz") else path.name


def _unpacked(path: Path) -> bytes:
    if path.suffix.lower() == ".zip":
        with _zipped(path) as archive:
            return archive.read(_member(path, archive))
    raw = path.read_bytes()
    if not raw.startswith(_GZIP) and path.suffix.lower() != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise FormatError(f"{path} is not a whole gzip file ({error}). Fetch or make it again.") from None


def _zipped(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise FormatError(f"{path} is not a whole zip file ({error}). Fetch or make it again.") from None


def _member(path: Path, archive: zipfile.ZipFile) -> str:
    members = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX")]
    if len(members) != 1:
        raise FormatError(f"{path} holds {len(members)} files ({', '.join(members[:10])}). "
                          "Unpack it and pass the one to read.")  # fmt: skip
    return members[0]
