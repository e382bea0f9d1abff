"""Log: log.csv, with the scores of each saved age in a row, and a checksum of each row.

The checksum, under "crc32", is the CRC-32 of the row's other names and cells, age=10,seconds=0.1, as a number. A log
without one was made by an older version.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from ..errors import FormatError

SUM = "crc32"
"""The column of the checksum."""

Row = dict[str, str]


def packed(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The bytes of log.csv; the rows have the same keys, "age" among them."""
    cells = [{name: str(cell) for name, cell in row.items()} for row in rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*rows[0], SUM])
    writer.writerows([*row.values(), checksum(row)] for row in cells)
    return out.getvalue().encode()


def unpacked(raw: bytes, path: object, sealed: bool) -> list[Row]:
    """The rows of the log.csv at a path, without their checksums, which must be there where it is `sealed`.

    Raises FormatError where the log is damaged, with how to mend it.
    """
    try:
        header, *lines = [line for line in csv.reader(io.StringIO(raw.decode(), newline="")) if line]
    except (ValueError, csv.Error):
        raise damaged(path, "it is not a table") from None
    if "age" not in header or len(set(header)) < len(header):
        raise damaged(path, "its first line is not that of a log")
    if sealed and SUM not in header:
        raise damaged(path, f'it has no column "{SUM}"')
    return [_row(header, line, f"{path}, row {n}") for n, line in enumerate(lines, 1)]


def checksum(row: Mapping[str, str]) -> int:
    """CRC-32 of the names and cells of a row.

    >>> checksum({"age": "10", "accuracy": "0.5"})
    3497635366
    """
    return crc32(",".join(f"{name}={cell}" for name, cell in row.items()).encode())


def _row(header: Sequence[str], line: Sequence[str], place: str) -> Row:
    """A row by its columns. Raises FormatError where it isn't whole: an age, and numbers or empty cells."""
    if len(line) != len(header):
        raise damaged(place, f"{len(line)} cells in place of {len(header)}")
    row = dict(zip(header, line))
    said = row.pop(SUM, None)
    if said is not None and said != str(checksum(row)):
        raise damaged(place, "its checksum is wrong")
    if not (row["age"].isascii() and row["age"].isdecimal() and all(map(_is_number, row.values()))):
        raise damaged(place, "a cell should be a number and isn't")
    return row


def _is_number(cell: str) -> bool:
    """Whether a cell is a number (also NaN) or empty."""
    try:
        return not cell or float(cell) is not None
    except ValueError:
        return False


def damaged(place: object, why: str) -> FormatError:
    """The error of a damaged log, with how to mend it."""
    return FormatError(f"{place} is damaged ({why}): restore it from a copy, or delete log.csv; the saved ages stay")
