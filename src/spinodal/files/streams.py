"""Streams: writes to pipes, devices and open file descriptors, which can't be replaced by a finished file."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ..terminal import TerminalWriter


class _Unseekable(io.BufferedWriter):
    """A handle without file number, so that numpy doesn't ask for its position, which a pipe doesn't have."""

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


def is_stream(path: Path) -> bool:
    """Whether a path is a stream: "-", /dev/stdout, /dev/fd/63, a named pipe, or a device."""
    if str(path) == "-" or _descriptor(path) is not None:
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


@contextmanager
def open_stream(path: Path) -> Iterator[IO[bytes]]:
    """A binary handle to write to a stream. An open descriptor is used at its position and stays open.

    Opening a named pipe waits for its reader.
    """
    if str(path) == "-":
        yield _fit_for(sys.stdout.buffer, sys.stdout.isatty())
        sys.stdout.buffer.flush()
        return
    sys.stdout.flush()  # keeps the order of earlier output
    number = _descriptor(path)
    with _Unseekable(io.FileIO(path if number is None else os.dup(number), "w")) as handle:
        yield _fit_for(handle, handle.isatty())


def _fit_for(handle: IO[bytes], terminal: bool) -> IO[bytes]:
    """The handle; for a terminal, one that escapes control characters."""
    return cast(IO[bytes], TerminalWriter(handle)) if terminal else handle


@contextmanager
def temporary_path() -> Iterator[Path]:
    """A temporary path, for writers that need a file; its contents are then copied to a stream."""
    with tempfile.TemporaryDirectory(prefix="spinodal-") as folder:
        yield Path(folder, "part")


def check_writable(path: Path) -> None:
    """Raises PermissionError if the stream isn't writable, and OSError for a descriptor that isn't open."""
    if (number := _descriptor(path)) is not None:
        os.fstat(number)
    elif str(path) != "-" and not os.access(path, os.W_OK):
        raise PermissionError(f"you have no permission to write to {path}")


def _descriptor(path: Path) -> int | None:
    """The number of the open file descriptor of a path such as /dev/stdout or /dev/fd/63; None for other paths."""
    open_here = {os.path.realpath(folder) for folder in ("/dev/fd", "/proc/self/fd")}
    for _ in range(40):  # systems don't follow more links
        if path.name.isdecimal() and os.path.realpath(path.parent) in open_here:
            return int(path.name)
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return None
