"""What went wrong with a file, in one line."""

from __future__ import annotations


class FormatError(ValueError):
    """A file's mistake, in one line: what, where, how to mend it."""
