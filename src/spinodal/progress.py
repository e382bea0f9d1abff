"""Progress: a long computation says in the log how far it is, and about how long it still takes.

Commands print these lines. In Python they are the messages of the logger "spinodal.progress" at the level INFO, which
`logging.basicConfig(level="INFO")` shows.
"""

from __future__ import annotations

import logging
import threading
import time

LOG = logging.getLogger("spinodal.progress")

FIRST, EVERY, MORE = 5.0, 15.0, 1.25
"""Seconds before the first line, and between two at least; a line comes when so many times as many have passed."""


class Meter:
    """Counts the parts of a computation that are done, also from threads: a line of the log now and then, ever rarer.

    even    whether parts take equal time, so that the rest can be estimated
    """

    def __init__(self, what: str, total: int, even: bool = True) -> None:
        self.what, self.total, self.even = what, total, even
        self.done, self.began = 0, time.monotonic()
        self._next, self._lock = self.began + FIRST, threading.Lock()

    def add(self, parts: int = 1) -> None:
        """So many more parts are done."""
        with self._lock:
            self.done += parts
            now = time.monotonic()
            if now < self._next or self.done >= self.total:
                return
            self._next = max(now + EVERY, self.began + MORE * (now - self.began))
            line = self.line(now - self.began)
        LOG.info(line)

    def line(self, passed: float) -> str:
        """How far it is after so many seconds.

        >>> meter = Meter("annealing", 10_000)
        >>> meter.done = 2_500
        >>> meter.line(20.0)
        'annealing: 25% in 20 s, about 60 s left'
        """
        left = f", about {span(passed * (self.total / self.done - 1))} left" if self.even and self.done else ""
        return f"{self.what}: {self.done / self.total:.0%} in {span(passed)}{left}"


def span(seconds: float) -> str:
    """A duration in seconds, minutes or hours.

    >>> [span(x) for x in (7, 100, 9000)]
    ['7 s', '2 min', '2.5 h']
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
