"""Variant lists: the names of mutants in a text file, one a line, or in a column of a table."""

from __future__ import annotations

import csv
from pathlib import Path

from ..errors import FormatError
from .opened import text

HEADERS = ("mutant", "variant", "mutation", "mutants", "variants", "mutations")
"""Names of the column of mutants, in any case."""


def read(path: Path) -> list[tuple[int, str]]:
    """The names, each with the number of its line; empty lines and lines that begin with "#" are left out.

    A file whose first line has a column of `HEADERS`, between commas, semicolons or tabs, is a table, and that column
    has the names. In other files each line is a name. Raises FormatError where there is no name, or a line of a table
    lacks the column.
    """
    every = enumerate(text(path).splitlines(), 1)
    lines = [(i, line) for i, line in every if line.strip() and not line.startswith("#")]
    names = _names(path, lines) if lines else []
    if not names:
        raise FormatError(f"{path} has no mutant: it takes names such as A24G, one a line.")
    return names


def _names(path: Path, lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The names in these lines, of a table or one a line."""
    delimiter = next((d for d in "\t;," if d in lines[0][1]), ",")
    header = [cell.strip().lower() for cell in next(csv.reader([lines[0][1]], delimiter=delimiter))]
    column = next((header.index(name) for name in HEADERS if name in header), None)
    if column is None and len(header) > 1:
        raise FormatError(f"{path} has no column of mutants ({', '.join(HEADERS[:3])}); it has: {', '.join(header)}. "
                          'In a list of names ":" joins the substitutions of a mutant, as in A24G:T56S.')  # fmt: skip
    if column is None:
        return [(number, line.strip()) for number, line in lines]
    found = []
    for (number, _), row in zip(lines[1:], csv.reader([line for _, line in lines[1:]], delimiter=delimiter)):
        if len(row) <= column:
            raise FormatError(f"{path}: line {number} has {len(row)} fields, but mutants are in field {column + 1}.")
        found.append((number, row[column].strip()))
    return found
