"""Quoting: words with commas between them, in double quotes where they have commas themselves, as in CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable


def split_words(text: str) -> list[str]:
    """The words of a list, as a line of CSV has them.

    >>> split_words("a,b c"), split_words('"function:GO:1,GO:2",host:fly'), split_words('5" disk')
    (['a', 'b c'], ['function:GO:1,GO:2', 'host:fly'], ['5" disk'])
    """
    return next(csv.reader([text], skipinitialspace=True), [])


def split_column_and_name(text: str, columns: Iterable[str]) -> tuple[str, str] | None:
    """COLUMN:NAME as a column, of these, and a name; None where it is none. Either may have colons itself.

    >>> split_column_and_name("go:GO:1", ["go", "host"]), split_column_and_name("a:b:c", ["a", "a:b"]), split_column_and_name("GO:1", ["go"])
    (('go', 'GO:1'), ('a:b', 'c'), None)
    """
    fitting = [column for column in columns if text.startswith(f"{column}:")]
    longest = max(fitting, key=len, default=None)
    return None if longest is None else (longest, text[len(longest) + 1 :])
