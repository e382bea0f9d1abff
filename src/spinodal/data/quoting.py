"""Quoting: splits comma-separated arguments; as in CSV, words that contain commas are in double quotes."""

from __future__ import annotations

import csv
from collections.abc import Iterable


def split_words(text: str) -> list[str]:
    """The words of a comma-separated list, read as a line of CSV.

    >>> split_words("a,b c"), split_words('"function:GO:1,GO:2",host:fly'), split_words('5" disk')
    (['a', 'b c'], ['function:GO:1,GO:2', 'host:fly'], ['5" disk'])
    """
    return next(csv.reader([text], skipinitialspace=True), [])


def split_column_and_name(text: str, columns: Iterable[str]) -> tuple[str, str] | None:
    """COLUMN:NAME split into one of these columns and a name; None if it begins with no column. Both may have colons.

    >>> split_column_and_name("go:GO:1", ["go", "host"]), split_column_and_name("a:b:c", ["a", "a:b"])
    (('go', 'GO:1'), ('a:b', 'c'))
    >>> split_column_and_name("GO:1", ["go"])
    """
    fitting = [column for column in columns if text.startswith(f"{column}:")]
    longest = max(fitting, key=len, default=None)
    return None if longest is None else (longest, text[len(longest) + 1 :])
