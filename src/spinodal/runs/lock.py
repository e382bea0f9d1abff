"""Lock: one training at a time in a run directory; a process that is gone is not in the way of the next."""

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
"""Seconds to try for, as the file of a lock that was just let go of is no lock any more."""

WITHOUT = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What disks say that have no locks."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody else is in here for the same run directory, from this host or from others that share the disk.

    The lock is the operating system's, on a file beside the directory, .NAME.lock: it ends with the process, so a file
    that was left there is no hindrance, whatever is in it. It says which process of which host has the lock. Raises
    FileExistsError where another has it. Where the disk has no locks a warning says so, and nothing is held.
    """
    path = path.resolve()
    file = hidden_name(path, "lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file, thread_local=False, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire(timeout=AGAIN)
    except Timeout:
        raise FileExistsError(f"{_owner(file)} trains into {path}: wait for it, or choose another place") from None
    except OSError as error:
        if error.errno not in WITHOUT:
            raise
        warnings.warn(f"the disk of {path} has no locks: let no other training write to it meanwhile", stacklevel=3)
    try:
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):
                file.unlink()  # while it is ours: who has it open already sees that it is gone
            lock.release()


def foresee(path: Path) -> None:
    """Raises OSError where no file of a lock can lie beside a run directory."""
    path = path.resolve()
    try:
        check_folder(next(place for place in path.parents if place.exists()), path)
    except OSError as error:
        why = f"{error.strerror} beside it, where the lock of a run is: name a folder within it"
        raise OSError(error.errno, why, str(path)) from None


def _sign(number: int) -> None:
    """Write into the file of a lock whose it is; where the disk is full, nothing."""
    with suppress(OSError):
        os.ftruncate(number, 0)
        os.pwrite(number, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)


def _owner(file: Path) -> str:
    """Who has a lock, by its file: "another process" where that doesn't say."""
    try:
        with file.open("rb") as said:
            who = json.loads(said.read(1000))
        return f"process {int(who['pid'])} on {who['host']}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"
