"""Lock: only one process at a time trains into a run directory; the lock ends with its process."""

from __future__ import annotations

import errno
import json
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..files.atomic import check_folder, hidden_name

AGAIN = 0.3
"""Seconds for which a lock is tried: the file of one that was just released is removed."""

WITHOUT = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""Error numbers of disks that have no locks."""


@contextmanager
def held(path: Path, wait: float = AGAIN) -> Iterator[bool]:
    """Only one process runs this block for the same run directory, on this host and on others that share the disk.

    The lock is the operating system's, on a file beside the directory, .NAME.lock. It ends with the process, so a file
    that was left behind doesn't matter. The file says which process on which host has the lock. Raises FileExistsError
    where another process has it, also after so many seconds. Where the disk has no locks, a warning says so, nothing is
    locked, and the block gets False.
    """
    path = path.resolve()
    file = hidden_name(path, "lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file, thread_local=False, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise FileExistsError(f"{_owner(file)} trains into {path}: wait for it, or choose another place") from None
    except OSError as error:
        if error.errno not in WITHOUT:
            raise
        warnings.warn(f"the disk of {path} has no locks: start no other training there meanwhile", stacklevel=3)
    try:
        yield lock.is_locked
    finally:
        if lock.is_locked:
            with suppress(OSError):
                file.unlink()  # before the release: a process that has it open sees that it is gone
            lock.release()


def precheck(path: Path) -> None:
    """Raises OSError where the lock file of a run directory can't be made."""
    path = path.resolve()
    try:
        check_folder(next(place for place in path.parents if place.exists()), path)
    except OSError as error:
        why = f"{error.strerror} beside it, where the lock file of a run is: name a folder within it"
        raise OSError(error.errno, why, str(path)) from None


def _sign(number: int) -> None:
    """Write process and host into the lock file; nothing where the disk is full."""
    with suppress(OSError):
        os.ftruncate(number, 0)
        os.pwrite(number, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)


def _owner(file: Path) -> str:
    """The process that has a lock, as its file says; "another process" where it doesn't."""
    try:
        with file.open("rb") as said:
            who = json.loads(said.read(1000))
        return f"process {int(who['pid'])} on {who['host']}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"
