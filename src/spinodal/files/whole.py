"""Files and folders as they are written: whole, or not at all."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """A handle for bytes; the file gets its name when all went well. "-" is the standard output.

    A name that ends in .gz is packed, the same bytes always. Raises FileNotFoundError if the folder isn't there.
    """
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with part(path) as unnamed, unnamed.open("wb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                yield packed
        else:
            yield raw


@contextmanager
def part(path: Path) -> Iterator[Path]:
    """A path to write to, for what takes no handle; the file there gets its name when all went well.

    Raises FileNotFoundError if the folder isn't there.
    """
    unnamed = _beside(path)
    try:
        yield unnamed
        unnamed.replace(path)
    finally:
        unnamed.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill, which gets its name when all went well.

    Raises FileExistsError where there is a file of that name, or a folder with anything in it: nothing is replaced.
    Raises FileNotFoundError if the folder around it isn't there.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(f"{path} is there already, and not an empty folder: name another")
    unnamed = _beside(path)
    try:
        unnamed.mkdir()
        yield unnamed
        if path.exists():
            path.rmdir()
        unnamed.rename(path)
    finally:
        shutil.rmtree(unnamed, ignore_errors=True)


def _beside(path: Path) -> Path:
    """Where a file or a folder is until it is whole."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f'there is no folder "{path.parent}" to write {path.name} in')
    return path.with_name(f".{path.name}.{os.getpid()}.part")
