"""Compiling: the first use of the kernels on a computer takes seconds, and one line of the log says so."""

from __future__ import annotations

import logging

from numba.core import event

from .caching import how_often

_KERNELS = "spinodal.machines.kernels."


class Announcer(event.Listener):
    """Logs one line a process, when a kernel is compiled and not loaded from the cache on disk."""

    def __init__(self) -> None:
        self.said = False

    def on_start(self, event: event.Event) -> None:
        if not self.said and event.data["dispatcher"].py_func.__module__.startswith(_KERNELS):
            self.said = True
            logging.getLogger("spinodal").warning(
                f"spinodal: compiling its kernels {how_often(event.data['dispatcher'])}: some seconds"
            )

    def on_end(self, event: event.Event) -> None:
        pass


def announce() -> None:
    """From now on a line of the log says when kernels are compiled."""
    event.register("numba:compile", Announcer())  # type: ignore[no-untyped-call]
