"""Cells: cleans the text of tables and headers; spaces at the ends are removed, and words for unknown become ""."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ..data.schema import EMPTY, number

Cells = dict[str, np.ndarray]
"""Columns of text (n,) by their headers."""

MISSING = EMPTY[1:]
"""The default words for unknown cells."""

HOLE = "?"
"""The word that always means unknown, so that no warning is needed."""

NAMES = ("name", "id")
"""Headers of the column of row names, in upper or lower case; the first has priority."""

UNNAMED = ("", "Unnamed: 0")
"""Headers of a first column in which R or pandas wrote row names."""

INDEX = "__index_level_0__"
"""The header of row names that pandas writes in Parquet."""

SEQUENCES = ("sequence", "seq")
"""Headers of the column of sequences, in upper or lower case; the first has priority."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WHOLE = re.compile(r"[+-]?\d+")


def strip_spaces(column: np.ndarray) -> np.ndarray:
    """Text without spaces, also non-breaking ones, at its ends.

    >>> strip_spaces(np.array([" a b", "x\\xa0"])).tolist()
    ['a b', 'x']
    """
    if column.dtype.kind == "U":
        return np.char.strip(column)
    return np.array([str(cell).strip() for cell in column], dtype=object)


def name_header(headers: Iterable[str]) -> str | None:
    """The header of the row names; None if there is none.

    >>> name_header(["fam", "Name"]), name_header(["ID", "name"]), name_header(["", "x"]), name_header(["x", "y"])
    ('Name', 'name', '', None)
    """
    every = list(headers)
    called = [header for name in NAMES for header in every if header.lower() == name]
    unnamed = [header for i, header in enumerate(every) if header == INDEX or (i == 0 and header in UNNAMED)]
    return next(iter([*called, *unnamed]), None)


def sequence_header(table: Mapping[str, np.ndarray]) -> str | None:
    """The header of the sequences; None if there are none. A column "seq" of numbers other than 0 and 1 is ignored.

    >>> one = np.array(["MKV"])
    >>> sequence_header({"Seq": one}), sequence_header({"seq": one, "Sequence": one})
    ('Seq', 'Sequence')
    >>> sequence_header({"seq": np.array(["1", "2"])})
    """
    for called in SEQUENCES:
        for header, cells in table.items():
            if header.lower() == called and (called == SEQUENCES[0] or not _counts(cells.tolist())):
                return header
    return None


def blank_unknown(
    columns: Mapping[str, np.ndarray],
    where: Path | str,
    missing: Sequence[str] | None = None,
    own: Mapping[str, Collection[str]] | None = None,
) -> Cells:
    """The columns with "" for unknown cells. A warning counts the words that were read as unknown.

    missing: the words for unknown, in place of MISSING; then there is no warning. An empty cell is always unknown. own:
    more words for single columns, as a file format defines them.
    """
    found, counts = dict[str, np.ndarray](), dict[str, Counter[str]]()
    for name, column in columns.items():
        cells = strip_spaces(column)
        words = missing if missing is not None else [*MISSING, *(own or {}).get(name, ())]
        taken = np.isin(cells, [word for word in words if word])
        found[name] = np.where(taken, "", cells).astype(cells.dtype) if taken.any() else cells
        for word, count in Counter(cells[taken & (cells != HOLE)].tolist()).items():
            counts.setdefault(word, Counter())[name] = count
    if counts and missing is None:
        _say(where, counts)
    return found


def guard(cells: Iterable[str], formulas: bool) -> list[str]:
    """Cells with "'" put before some, so that `unguard` returns the original cells.

    Guarded are cells that look as if they were guarded already and, with `formulas`, cells that a spreadsheet would
    take for a formula: they begin with =, +, -, @, a tab or a carriage return, and are not numbers.

    >>> guard(["-AC", "-1.5", "=1+1", "x", "'-"], True), guard(["-AC", "'-"], False)
    (["'-AC", '-1.5', "'=1+1", 'x', "''-"], ['-AC', "''-"])
    """
    return [f"'{cell}" if _is_guarded(cell, formulas) else cell for cell in map(str, cells)]


def unguard(column: np.ndarray) -> np.ndarray:
    """Cells without the "'" that `guard` puts before them."""
    if not np.char.startswith(column, "'").any():
        return column
    cells = [cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell for cell in column.tolist()]
    return np.array(cells, dtype=column.dtype)


def _is_guarded(cell: str, formulas: bool) -> bool:
    if not _FORMULA.match(cell):
        return False
    return cell[0] == "'" or (formulas and number(cell) is None)


def merge_whole_numbers(column: np.ndarray) -> tuple[np.ndarray, dict[str, str]]:
    """Labels with "1.0" renamed to "1" if both appear, as from spreadsheets, and what was renamed, {"1.0": "1"}.

    >>> merge_whole_numbers(np.array(["1", "1.0", "2.0", "x"]))[0].tolist()
    ['1', '1', '2.0', 'x']
    """
    words = set(column.tolist())
    duplicates = {word: word[:-2] for word in sorted(words) if word.endswith(".0") and word[:-2] in words - {""}}
    duplicates = {word: whole for word, whole in duplicates.items() if is_whole(whole)}
    found = [duplicates.get(word, word) for word in column.tolist()] if duplicates else column
    return np.array(found, dtype=column.dtype), duplicates


def match_whole_numbers(words: Sequence[str], symbols: Collection[str]) -> tuple[str, ...]:
    """Words with whole numbers written as in `symbols` ("1" or "1.0"), unless this would make two words equal.

    >>> match_whole_numbers(["1.0", "2", "x", "3.0", "3"], ["1", "2.0", "3"])
    ('1', '2.0', 'x', '3.0', '3')
    """
    others = {word: word[:-2] if word.endswith(".0") else f"{word}.0" for word in words if word not in symbols}
    whole = {word: other for word, other in others.items() if is_whole(min(word, other, key=len))}
    fits = {word: other for word, other in whole.items() if other in symbols and other not in words}
    return tuple(fits.get(word, word) for word in words)


def is_whole(word: str) -> bool:
    """Whether a word is a whole number, and not a code such as 007."""
    return bool(_WHOLE.fullmatch(word)) and number(word) is not None


def _counts(cells: list[str]) -> bool:
    """Whether all cells are numbers, and not sequences of 0 and 1 of one length."""
    alike = len({len(cell) for cell in cells}) == 1 and len(cells[0]) > 1
    binary = alike and all(set(cell) <= set("01?") for cell in cells)
    return bool(cells) and not binary and all(number(cell) is not None or cell in EMPTY for cell in cells)


def _say(where: Path | str, counts: Mapping[str, Counter[str]]) -> None:
    """Warns, in one line, of all cells that were read as unknown."""
    told = []
    for word, columns in sorted(counts.items()):
        first = ", ".join(f'"{name}"' for name in list(columns)[:3]) + (", ..." if len(columns) > 3 else "")
        told.append(f'"{word}" ({columns.total()} in {first})')
    warnings.warn(f'{where}: read as unknown: {"; ".join(told)}; missing=["WORD"] (in a shell --missing WORD) names '
                  "other words for unknown", stacklevel=6)  # fmt: skip
