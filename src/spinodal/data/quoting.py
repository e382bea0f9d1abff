"""Quoting: words with commas between them, in double quotes where they have commas themselves, as in CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable


def words(text: str) -> list[str]:
    """The words of a list, as a line of CSV has them.

    >>> words("a,b c"), words('"function:GO:1,GO:2",host:fly'), words('5" disk')
    (['a', 'b c'], ['function:GO:1,GO:2', 'host:fly'], ['5" disk'])
    """
    return next(csv.reader([text], skipinitialspace=True), [])


def pair(text: str, columns: Iterable[str]) -> tuple[str, str] | None:
    """COLUMN:NAME as a column, of these, and a name; None where it is none. Either may have colons itself.

    >>> pair("go:GO:1", ["go", "host"]), pair("a:b:c", ["a", "a:b"]), pair("GO:1", ["go"])
    (('go', 'GO:1'), ('a:b', 'c'), None)
    """
    fitting = [column for column in columns if text.startswith(f"{column}:")]
    longest = max(fitting, key=len, default=None)
    return None if longest is None else (longest, text[len(longest) + 1 :])
