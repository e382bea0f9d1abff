"""Errors: warnings and errors of a command as one line each on stderr, and its exit code."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from cyclopts import CycloptsError

from ..errors import of_disk
from ..progress import LOG
from ..rendezvous import RankLost, speaker
from ..terminal import say as say

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that ask a process to end: of Ctrl-C, of a scheduler, of a terminal that was closed."""

TWICE = 1.0
"""Seconds within which a second signal is ignored: a closed terminal sends one, and its shell another."""


class Stopped(KeyboardInterrupt):
    """The process was asked to end by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def exit_codes(next_time: str = "") -> Iterator[None]:
    """Exits with 0 where the block succeeds, 1 where it fails, 2 where the options are wrong.

    Where a signal ends the process, half-written files are removed, and the exit code is 128 plus the signal's number;
    `next_time` says how to go on then.
    """
    with _signals_raised(), _one_line_each(), _coded(next_time):
        yield
        sys.stdout.flush()


@contextmanager
def _coded(next_time: str) -> Iterator[None]:
    """Errors as one line and an exit code."""
    try:
        yield
    except CycloptsError as error:
        _fail(f"{speaker()}{error} (see --help)", 2)
    except KeyboardInterrupt as error:
        _stop(error, next_time)
    except BrokenPipeError:
        _drop_the_rest()  # the reader of the output is gone
    except RankLost as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(speaker() + of_disk(error), 1)
    except (ValueError, FloatingPointError, MemoryError) as error:
        _fail(speaker() + str(error), 1)
    except RuntimeError as error:
        if stopped := _behind(error):
            _stop(stopped, next_time)
        if "allocate memory" not in str(error):
            raise
        _fail(f"{speaker()}there is not enough memory for this: take fewer hidden units, or a smaller batch", 1)


def _stop(error: KeyboardInterrupt, next_time: str) -> NoReturn:
    number = error.number if isinstance(error, Stopped) else signal.SIGINT
    by = "" if number == signal.SIGINT else f" by {signal.Signals(number).name}"
    _fail(f"stopped{by}{'; ' * bool(next_time)}{next_time}", 128 + number)


def _behind(error: BaseException) -> KeyboardInterrupt | None:
    """The signal in whose wake an error was raised, as by numba, which a signal may stop while it compiles."""
    before = error.__cause__ or error.__context__
    if before is None or isinstance(before, KeyboardInterrupt):
        return before
    return _behind(before)


@contextmanager
def _signals_raised() -> Iterator[None]:
    """Signals that ask the process to end raise Stopped, unless they are ignored, as under nohup."""
    handled = [s for s in ENDING if signal.getsignal(s) in (signal.SIG_DFL, signal.default_int_handler)]
    if threading.current_thread() is not threading.main_thread():
        handled = []  # only the main thread can handle signals
    last = -TWICE

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if last - before >= TWICE:
            raise Stopped(number)

    ours = {s: signal.signal(s, stop) for s in handled}
    try:
        yield
    finally:
        for s, theirs in ours.items():
            signal.signal(s, theirs)


class _Said(logging.Handler):
    """Log messages as lines on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


@contextmanager
def _one_line_each() -> Iterator[None]:
    """Warnings and log messages as one line on stderr."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        say(f"spinodal: note: {message}")

    before, warnings.showwarning = warnings.showwarning, show
    logger, said = logging.getLogger("spinodal"), _Said()
    logger.addHandler(said)
    level = LOG.level
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        warnings.showwarning = before
        logger.removeHandler(said)
        LOG.setLevel(level)


def _fail(why: str, code: int) -> NoReturn:
    with suppress(OSError):  # the terminal may be closed
        say(f"spinodal: {' '.join(why.split())}")
    try:
        sys.stdout.flush()
    except OSError:
        _drop_the_rest()
    sys.exit(code)


def _drop_the_rest() -> None:
    """The rest of the standard output goes to /dev/null."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
