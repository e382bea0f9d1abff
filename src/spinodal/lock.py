"""Lock: one training at a time in a run directory; a process that is gone is not in the way of the next."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody else is in here for the same run directory, from this host or from others that share the disk.

    A file beside the directory, .NAME.lock, says which process of which host is. A lock of a process that is gone from
    this host is taken over. Raises FileExistsError where the process is there, or can't be known to be gone.
    """
    path = path.resolve()
    lock = path.with_name(f".{path.name}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    while not _taken(lock):
        said = _read(lock)
        if said is None:
            continue  # it has just been let go of
        if not _is_gone(who := _parsed(said)):
            where = "process {pid} on {host}".format(**who) if who else "another process"
            raise FileExistsError(f"{where} trains into {path}: wait for it, or remove {lock} if it is no more")
        _remove(lock, said)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _taken(lock: Path) -> bool:
    """Whether the lock is ours now."""
    pid = os.getpid()
    try:
        with lock.open("x") as out:
            json.dump({"pid": pid, "began": _began(pid), "host": socket.gethostname()}, out)
    except FileExistsError:
        return False
    return True


def _read(lock: Path) -> str | None:
    try:
        return lock.read_text()
    except FileNotFoundError:
        return None


def _parsed(said: str) -> dict[str, Any]:
    """What a lock says; nothing where it was cut off."""
    try:
        who = json.loads(said)
    except ValueError:
        return {}
    return who if isinstance(who, dict) and {"pid", "began", "host"} <= who.keys() else {}


def _began(pid: int) -> str:
    """When a process began, in ticks since the kernel did; nothing where that can't be known."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _is_gone(who: dict[str, Any]) -> bool:
    """Whether this was a process of this host that is no more, though another may have its number."""
    if not who or who["host"] != socket.gethostname():
        return False
    try:
        os.kill(who["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # somebody else's, which we can't look at
    return _began(who["pid"]) != who["began"]


def _remove(lock: Path, said: str) -> None:
    """Remove a lock that says this; one that another process has put there meanwhile goes back."""
    aside = lock.with_name(f"{lock.name}.{os.getpid()}")
    try:
        lock.rename(aside)  # of several processes that try, one can
    except FileNotFoundError:
        return
    if aside.read_text() == said:
        aside.unlink()
    else:
        aside.rename(lock)
