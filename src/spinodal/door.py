"""Door: how a command ends: notes and errors as one line each on stderr, and a true exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from cyclopts import CycloptsError

from .terminal import visible


def say(text: str) -> None:
    """A line on stderr, at once."""
    print(visible(text), file=sys.stderr, flush=True)


@contextmanager
def door() -> Iterator[None]:
    """Exits with 0 where what was asked is done in here, 1 where it can't be, 2 where it was asked wrongly."""
    try:
        with _one_line_each():
            yield
    except CycloptsError as error:
        _fail(f"{error} (see --help)", 2)
    except KeyboardInterrupt:
        _fail("stopped; a training goes on with --resume", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who reads has gone: there is no more to say
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    except (ValueError, FloatingPointError, MemoryError) as error:
        _fail(str(error), 1)
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        _fail("there is not enough memory for this: take fewer hidden units, or a smaller batch", 1)


@contextmanager
def _one_line_each() -> Iterator[None]:
    """Warnings as one line on stderr."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        say(f"spinodal: note: {message}")

    before, warnings.showwarning = warnings.showwarning, show
    try:
        yield
    finally:
        warnings.showwarning = before


def _fail(why: str, code: int) -> NoReturn:
    say(f"spinodal: {' '.join(why.split())}")
    sys.exit(code)
