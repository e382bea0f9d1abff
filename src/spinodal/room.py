"""Room: checks that enough memory is free before a large allocation; the error is one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

SMALL = 2**26
"""Allocations of up to this many bytes are not checked."""

_GROUPS = (  # memory limits of a container: the limit, and the present use
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def check(need: int, what: str, mend: str) -> None:
    """Raises MemoryError if `need` bytes are not free. The message says `what` needs them, and `mend`, a remedy."""
    if need > SMALL and (free := available()) is not None and need > free:
        raise MemoryError(
            f"there is not enough memory for {what}: "
            f"it takes {format_bytes(need)}, and {format_bytes(free)} are free: {mend}"
        )


def available() -> int | None:
    """Bytes of memory, swap included, that this process can still allocate; None if the system does not tell."""
    return min(_limits(), default=None)


def format_bytes(size: int) -> str:
    """A number of bytes as text with a unit.

    >>> format_bytes(1_500_000), format_bytes(3 * 10**12), format_bytes(10**40)
    ('2 MB', '3000 GB', '1e+31 GB')
    """
    giga = size / 1e9
    return f"{size / 1e6:.0f} MB" if giga < 1 else f"{giga:.{int(giga < 100)}f} GB" if giga < 1e6 else f"{giga:.0e} GB"


def _limits() -> Iterator[int]:
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        yield sum(int(lines[name].split()[0]) * 1024 for name in ("MemAvailable", "SwapFree"))
    except (OSError, KeyError, ValueError):  # not Linux: the installed memory
        if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
            yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for most, now in _GROUPS:
        try:
            yield max(0, int(Path(most).read_text()) - int(Path(now).read_text()))
        except (OSError, ValueError):  # no such file, or it says "max"
            continue
