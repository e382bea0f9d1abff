"""Files as they are written: whole, or not at all."""

from __future__ import annotations

import gzip
import os
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
    if not path.parent.is_dir():
        raise FileNotFoundError(f'there is no folder "{path.parent}" to write {path.name} in')
    unnamed = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield unnamed
        unnamed.replace(path)
    finally:
        unnamed.unlink(missing_ok=True)
