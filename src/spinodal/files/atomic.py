"""Files and folders as they are written: whole, or not at all."""

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
"""Bytes of a name that file systems take."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What is said where no more can be written, without the name of the file."""


@contextmanager
def atomic_file(path: Path) -> Iterator[Handle]:
    """A handle for bytes; the file gets its name when all went well. "-" is the standard output.

    A name that ends in .gz is packed, the same bytes always. What `is_stream` gets the bytes as they come. Where the
    name is a link, the file that it leads to is replaced. Raises what `check_writable` does.
    """
    with atomic_files(path) as (handle,):
        yield handle


@contextmanager
def atomic_files(*paths: Path) -> Iterator[list[Handle]]:
    """Handles for the bytes of several files, as of `atomic_file`: all get their names when all went well, or none does."""
    files = [path for path in paths if not is_stream(path)]
    with _naming(*paths), atomic_paths(*files) as unnamed, ExitStack() as opened:
        found = dict(zip(files, unnamed))
        yield [opened.enter_context(_opened(path, found.get(path))) for path in paths]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A path to write to, for what takes no handle; the file there gets its name when all went well.

    What `is_stream` gets the bytes then. Raises what `check_writable` does.
    """
    with atomic_paths(path) as (unnamed,):
        yield unnamed


@contextmanager
def atomic_paths(*paths: Path) -> Iterator[list[Path]]:
    """Paths to write to, as of `atomic_path`: all files get their names when all went well, or none does."""
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
    """An empty folder to fill, which gets its name when all went well.

    Of a folder that is there, and empty, the files get their names then. Raises what `check_folder_writable` does.
    """
    check_folder_writable(path)
    real = resolve_links(path)
    unnamed = hidden_name(real / "files") if real.exists() else hidden_name(real)
    shutil.rmtree(unnamed, ignore_errors=True)  # what a killed process of our number left
    try:
        unnamed.mkdir()
        with _naming(path, within=unnamed):
            yield unnamed
        _move_in(unnamed, real) if real.exists() else unnamed.rename(real)
    finally:
        shutil.rmtree(unnamed, ignore_errors=True)


def check_writable(path: Path) -> None:
    """Raises OSError where no file of this name can be written, so before the work: what is there stays as it is.

    FileNotFoundError where there is no folder for it, IsADirectoryError for a folder, PermissionError for a file that
    is read-only, and what else the system says to a new file in the folder.
    """
    if is_stream(path):
        streams.check_writable(path)
        return
    real = resolve_links(path)
    _check_folder_around(real, path)
    if real.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name a file")
    if real.exists() and not (real.stat().st_mode & 0o222 and os.access(real, os.W_OK)):
        raise PermissionError(f"{path} is read-only, so it stays as it is: name another, or make it writable")
    check_folder(real.parent, path)


def check_folder_writable(path: Path) -> None:
    """Raises OSError where no folder of this name can be filled: what is there stays as it is.

    FileExistsError where there is a file of that name, or a folder with anything in it; FileNotFoundError if the folder
    around it isn't there; and what else the system says to a new file in it.
    """
    real = resolve_links(path)
    if real.exists() and (not real.is_dir() or any(real.iterdir())):
        raise FileExistsError(f"{path} is there already, and not an empty folder: name another")
    _check_folder_around(real, path)
    check_folder(real if real.exists() else real.parent, path)


def hidden_name(path: Path, end: str = "") -> Path:
    """A hidden name beside a file or a folder, for what it is until it is whole, or with another end, for its lock.

    >>> str(hidden_name(Path("new/a.fasta"), "lock")), len(hidden_name(Path("a" * 255), "lock").name)
    ('new/.a.fasta.lock', 255)
    """
    end, name = end or f"{os.getpid()}.part", path.name
    if (room := LONGEST - len(f"..{end}")) < len(raw := os.fsencode(name)):
        name = f"{raw[: room - 9].decode(errors='ignore')}-{hashlib.sha256(raw).hexdigest()[:8]}"
    return path.with_name(f".{name}.{end}")


def resolve_links(path: Path) -> Path:
    """The file that a name stands for, behind all links. Raises OSError where they lead round in a circle."""
    real = Path(os.path.realpath(path))
    if real.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return real


def check_folder(folder: Path, path: Path) -> None:
    """Raises OSError, with the name of what is to be written, where a folder takes no file."""
    try:
        with suppress(FileNotFoundError):
            (folder / path.name).stat()  # says when a name is too long
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), str(path)) from None


@contextmanager
def _naming(*paths: Path, within: Path | None = None) -> Iterator[None]:
    """A full disk is told by the first file that it was to hold; files within a hidden folder by that folder's name."""
    try:
        yield
    except OSError as error:
        hidden = error.filename is None or (within is not None and str(error.filename).startswith(str(within)))
        if paths and error.errno in FULL and hidden:
            error.filename = "standard output" if str(paths[0]) == "-" else str(paths[0])
        raise


@contextmanager
def _opened(path: Path, unnamed: Path | None) -> Iterator[Handle]:
    """A handle for what a file gets, or a stream where it has no name to come."""
    with streams.open_stream(path) if unnamed is None else unnamed.open("wb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                yield packed
        else:
            yield raw


@contextmanager
def _unnamed(path: Path) -> Iterator[Path]:
    """Where a file is until it is whole; after that nothing is there."""
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
    """Put a file that is whole where its name says, with the rights of the one that it replaces."""
    if is_stream(path):
        with made.open("rb") as whole_file, streams.open_stream(path) as stream:
            shutil.copyfileobj(whole_file, stream)
        return
    real = resolve_links(path)
    with suppress(OSError):  # there is none, or its rights are not for us to give
        shutil.copymode(real, made)
    made.replace(real)


def _move_in(unnamed: Path, folder: Path) -> None:
    """Files of a folder inside of another, and empty, one become the other's: all, or none where it is interrupted."""
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
        raise FileNotFoundError(f'there is no folder "{around}" to write {path.name} in')
