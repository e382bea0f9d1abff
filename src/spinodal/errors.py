"""What went wrong with a file, in one line."""

from __future__ import annotations


class FormatError(ValueError):
    """A file's mistake, in one line: what, where, how to mend it."""


def one_line(error: BaseException) -> str:
    """What an error of another program says, in one line.

    >>> one_line(OSError("it ended" + chr(10) + "  too early"))
    'it ended too early'
    """
    return " ".join(str(error).split())
