"""Atomic: files and folders get their names only when they are completely written."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from . import streams
from .streams import is_stream

Handle = IO[bytes] | gzip.GzipFile

LONGEST = 255
"""The largest length of a file name in bytes."""

LEVEL = 4
"""The level of gzip: five times as fast on sequences as level 6, the default of gzip, for a few percent more bytes."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The error numbers of a full disk. These errors lack the name of the file."""


@contextmanager
def atomic_file(path: Path) -> Iterator[Handle]:
    """A binary handle. The file gets its name when the block ends without an error. "-" is the standard output.

    A file whose name ends in .gz is packed; the bytes don't depend on the time. A stream (`is_stream`) is written
    directly. If the name is a link, the file that it points to is replaced. Raises as `check_writable` does.
    """
    with atomic_files(path) as (handle,):
        yield handle


@contextmanager
def atomic_files(*paths: Path) -> Iterator[list[Handle]]:
    """Handles for the bytes of several files, as of `atomic_file`. All files get their names, or none does."""
    files = [path for path in paths if not is_stream(path)]
    with _naming(*paths), atomic_paths(*files) as unnamed, ExitStack() as opened:
        found = dict(zip(files, unnamed))
        yield [opened.enter_context(_opened(path, found.get(path))) for path in paths]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path, for writers that need a path. The file gets its name when the block ends without an error.

    A stream gets the bytes at the end of the block. Raises as `check_writable` does.
    """
    with atomic_paths(path) as (unnamed,):
        yield unnamed


@contextmanager
def atomic_paths(*paths: Path) -> Iterator[list[Path]]:
    """Temporary paths, as of `atomic_path`. All files get their names, or none does."""
    for path in paths:
        check_writable(path)
    with ExitStack() as stack:
        unnamed = [stack.enter_context(_unnamed(path)) for path in paths]
        with _naming(*paths):
            yield unnamed
        for made, path in zip(unnamed, paths):
            _name(made, path)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A temporary empty folder, which gets its name when the block ends without an error.

    If an empty folder of this name exists, the files are moved into it. Raises as `check_folder_writable` does.
    """
    check_folder_writable(path)
    real = resolve_links(path)
    unnamed = hidden_name(real / "files") if real.exists() else hidden_name(real)
    shutil.rmtree(unnamed, ignore_errors=True)  # left by a killed process with the same process id
    try:
        unnamed.mkdir()
        with _naming(path, within=unnamed):
            yield unnamed
        _move_in(unnamed, real) if real.exists() else unnamed.rename(real)
    finally:
        shutil.rmtree(unnamed, ignore_errors=True)


def check_writable(path: Path) -> None:
    """Raises OSError if no file can be written under this name; to call before long work. Nothing is changed.

    FileNotFoundError if its folder doesn't exist, IsADirectoryError if it is a folder, PermissionError if it is
    read-only, and any error of the system for a new file in the folder.
    """
    if is_stream(path):
        streams.check_writable(path)
        return
    real = resolve_links(path)
    _check_folder_around(real, path)
    if real.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name a file")
    if real.exists() and not (real.stat().st_mode & 0o222 and os.access(real, os.W_OK)):
        raise PermissionError(f"{path} is read-only: name another file, or make it writable")
    check_folder(real.parent, path)


def check_folder_writable(path: Path) -> None:
    """Raises OSError if no folder can be written under this name. Nothing is changed.

    FileExistsError if it is a file or a folder that isn't empty, FileNotFoundError if its parent folder doesn't exist,
    and any error of the system for a new file in it.
    """
    real = resolve_links(path)
    if real.exists() and (not real.is_dir() or any(real.iterdir())):
        raise FileExistsError(f"{path} exists and is not an empty folder: name another")
    check_files_within(path)


def check_files_within(path: Path) -> None:
    """Raises OSError if no file can be written in a folder, which need not exist yet. Nothing is changed.

    FileNotFoundError if its parent folder doesn't exist, and any error of the system for a new file.
    """
    real = resolve_links(path)
    _check_folder_around(real, path)
    check_folder(real if real.exists() else real.parent, path)


def hidden_name(path: Path, end: str = "") -> Path:
    """A hidden name beside a file or a folder: for its temporary file, or with another ending, such as for its lock.

    >>> str(hidden_name(Path("new/a.fasta"), "lock")), len(hidden_name(Path("a" * 255), "lock").name)
    ('new/.a.fasta.lock', 255)
    """
    end, name = end or f"{os.getpid()}.part", path.name
    if (room := LONGEST - len(f"..{end}")) < len(raw := os.fsencode(name)):
        name = f"{raw[: room - 9].decode(errors='ignore')}-{hashlib.sha256(raw).hexdigest()[:8]}"
    return path.with_name(f".{name}.{end}")


def resolve_links(path: Path) -> Path:
    """The path with all links resolved. Raises OSError if links form a circle."""
    real = Path(os.path.realpath(path))
    if real.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return real


def check_folder(folder: Path, path: Path) -> None:
    """Raises OSError, with the name of the file to write, if no file can be made in the folder."""
    try:
        with suppress(FileNotFoundError):
            (folder / path.name).stat()  # fails if the name is too long
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), str(path)) from None


@contextmanager
def _naming(*paths: Path, within: Path | None = None) -> Iterator[None]:
    """Puts a name into errors of a full disk: the first path, also for files within the temporary folder."""
    try:
        yield
    except OSError as error:
        hidden = error.filename is None or (within is not None and str(error.filename).startswith(str(within)))
        if paths and error.errno in FULL and hidden:
            error.filename = "standard output" if str(paths[0]) == "-" else str(paths[0])
        raise


@contextmanager
def _opened(path: Path, unnamed: Path | None) -> Iterator[Handle]:
    """A handle for the temporary file of a path, or for a stream; packed if the name ends in .gz."""
    with streams.open_stream(path) if unnamed is None else unnamed.open("wb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile("", "wb", compresslevel=LEVEL, fileobj=raw, mtime=0) as packed:
                yield packed
        else:
            yield raw


@contextmanager
def _unnamed(path: Path) -> Iterator[Path]:
    """The temporary path of a file, which is removed at the end."""
    if is_stream(path):
        with streams.temporary_path() as made:
            yield made
        return
    made = hidden_name(resolve_links(path))
    try:
        yield made
    finally:
        made.unlink(missing_ok=True)


def _name(made: Path, path: Path) -> None:
    """Move a complete temporary file to its path, with the permissions of the file that it replaces."""
    if is_stream(path):
        with made.open("rb") as whole_file, streams.open_stream(path) as stream:
            shutil.copyfileobj(whole_file, stream)
        return
    real = resolve_links(path)
    with suppress(OSError):  # there is no old file, or we can't set its permissions
        shutil.copymode(real, made)
    made.replace(real)


def _move_in(unnamed: Path, folder: Path) -> None:
    """Move the files of a temporary folder into the empty folder around it: all, or none if interrupted."""
    moved = list[Path]()
    try:
        for file in sorted(unnamed.iterdir()):
            moved.append(folder / file.name)
            file.rename(moved[-1])
    except BaseException:
        for file in moved:
            shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
        raise


def _check_folder_around(real: Path, path: Path) -> None:
    if not real.parent.is_dir():
        around = real.parent if path.is_symlink() else path.parent
        raise FileNotFoundError(f'there is no folder "{around}" for {path.name}')
