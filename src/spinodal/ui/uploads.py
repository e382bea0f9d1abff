"""Uploads: how large they may be, the folders that results are written to, and notes that come with a result."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import one_line

MEGABYTES = 20
"""The most of an upload. More is for the command line."""

ROWS = 5000
"""Rows of an upload, and rows that are made at once, at most."""

OLD = 3600.0
"""Seconds after which a folder of results is removed."""

_ONE = threading.Lock()


def check_size(path: Path) -> None:
    """Raises ValueError for a file that is larger than the page takes."""
    size = path.stat().st_size
    if size > MEGABYTES * 10**6:
        raise ValueError(
            f"{path.name} has {size / 10**6:.0f} MB, and the page takes {MEGABYTES} MB: use the command line"
        )


def check_rows(n: int, what: str) -> None:
    """Raises ValueError for more rows than the page takes."""
    if n > ROWS:
        raise ValueError(f"{what}: {n} rows are more than the {ROWS} that the page takes: use the command line")


def fresh(root: Path) -> Path:
    """A new folder for one result, under a name that can't be guessed; old ones are removed."""
    for old in root.glob("made-*"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > OLD:
                shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="made-", dir=root))


@contextmanager
def noted() -> Iterator[list[str]]:
    """The warnings of the block as lines, each once. One block runs at a time, as a process has one way to warn."""
    said: list[str] = []
    with _ONE, warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield said
        ours = (w for w in found if issubclass(w.category, UserWarning))
        said += dict.fromkeys(one_line(w.message) for w in ours if isinstance(w.message, Warning))
