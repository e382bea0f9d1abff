"""Streams: names that are written to as bytes come, and not replaced: pipes, devices, what is open already."""

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


class _Poured(io.BufferedWriter):
    """A handle that only writes: numpy would ask a file for its place, which a pipe has not."""

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


def is_stream(path: Path) -> bool:
    """Whether bytes to this name go on as they come: "-", /dev/stdout, /dev/fd/63, a named pipe, a device."""
    if str(path) == "-" or _descriptor(path) is not None:
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


@contextmanager
def open_stream(path: Path) -> Iterator[IO[bytes]]:
    """A handle for bytes; what is open already goes on where it is, and stays open. A pipe waits for its reader."""
    if str(path) == "-":
        yield _fit_for(sys.stdout.buffer, sys.stdout.isatty())
        sys.stdout.buffer.flush()
        return
    sys.stdout.flush()  # what was said before comes before
    number = _descriptor(path)
    with _Poured(io.FileIO(path if number is None else os.dup(number), "w")) as handle:
        yield _fit_for(handle, handle.isatty())


def _fit_for(handle: IO[bytes], terminal: bool) -> IO[bytes]:
    """The handle; before a terminal one that shows what would steer it."""
    return cast(IO[bytes], TerminalWriter(handle)) if terminal else handle


@contextmanager
def temporary_path() -> Iterator[Path]:
    """A file for what will go to a stream, for those that must have one; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="spinodal-") as folder:
        yield Path(folder, "part")


def check_writable(path: Path) -> None:
    """Raises PermissionError where bytes can't go there, and OSError for a number of what is not open."""
    if (number := _descriptor(path)) is not None:
        os.fstat(number)
    elif str(path) != "-" and not os.access(path, os.W_OK):
        raise PermissionError(f"{path} is not for you to write to")


def _descriptor(path: Path) -> int | None:
    """The number of what is open already under this name, as of /dev/stdout and /dev/fd/63; None for other names."""
    open_here = {os.path.realpath(folder) for folder in ("/dev/fd", "/proc/self/fd")}
    for _ in range(40):  # more links a system doesn't follow
        if path.name.isdecimal() and os.path.realpath(path.parent) in open_here:
            return int(path.name)
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return None
