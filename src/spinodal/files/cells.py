"""Cells: text of tables and headers, by one rule: without spaces about it, and "" where something isn't known."""

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
"""The words for what isn't known, where nobody names others."""

HOLE = "?"
"""The word that never means anything else."""

NAMES = ("name", "id")
"""What the column of the rows' names is called, in any case; the first goes before the second."""

UNNAMED = ("", "Unnamed: 0")
"""What the first column is called where R or pandas wrote names of rows."""

INDEX = "__index_level_0__"
"""What pandas calls the names of rows in Parquet."""

SEQUENCES = ("sequence", "seq")
"""What the column of sequences is called, in any case; the first goes before the second."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WHOLE = re.compile(r"[+-]?\d+")


def strip_spaces(column: np.ndarray) -> np.ndarray:
    """Text without spaces at its ends, non-breaking ones too.

    >>> strip_spaces(np.array([" a b", "x\\xa0"])).tolist()
    ['a b', 'x']
    """
    if column.dtype.kind == "U":
        return np.char.strip(column)
    return np.array([str(cell).strip() for cell in column], dtype=object)


def name_header(headers: Iterable[str]) -> str | None:
    """The header of the rows' names, None where there is none.

    >>> name_header(["fam", "Name"]), name_header(["ID", "name"]), name_header(["", "x"]), name_header(["x", "y"])
    ('Name', 'name', '', None)
    """
    every = list(headers)
    called = [header for name in NAMES for header in every if header.lower() == name]
    unnamed = [header for i, header in enumerate(every) if header == INDEX or (i == 0 and header in UNNAMED)]
    return next(iter([*called, *unnamed]), None)


def sequence_header(table: Mapping[str, np.ndarray]) -> str | None:
    """The header of the sequences, None where there are none; a column "seq" of other numbers than 0 and 1 has none.

    >>> one = np.array(["MKV"])
    >>> sequence_header({"Seq": one}), sequence_header({"seq": one, "Sequence": one}), sequence_header({"seq": np.array(["1", "2"])})
    ('Seq', 'Sequence', None)
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
    """The columns, "" where a cell is one of the words for what isn't known; a warning counts those that may be names.

    missing: the words, in place of MISSING; an empty cell is never known. own: words beside MISSING that say it in one
    column alone, as a file's format has them.
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
    """Cells with "'" before what would read as guarded; with `formulas` also before what spreadsheets take for one.

    That is what begins with =, +, -, @, a tab or a carriage return, and is no number. `unguard` undoes it.

    >>> guard(["-AC", "-1.5", "=1+1", "x", "'-"], True), guard(["-AC", "'-"], False)
    (["'-AC", '-1.5', "'=1+1", 'x', "''-"], ['-AC', "''-"])
    """
    return [f"'{cell}" if _is_guarded(cell, formulas) else cell for cell in map(str, cells)]


def unguard(column: np.ndarray) -> np.ndarray:
    """Cells without what `guard` puts before them."""
    if not np.char.startswith(column, "'").any():
        return column
    cells = [cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell for cell in column.tolist()]
    return np.array(cells, dtype=column.dtype)


def _is_guarded(cell: str, formulas: bool) -> bool:
    if not _FORMULA.match(cell):
        return False
    return cell[0] == "'" or (formulas and number(cell) is None)


def merge_whole_numbers(column: np.ndarray) -> tuple[np.ndarray, dict[str, str]]:
    """Labels in which whole numbers are the same with ".0" after them and without, as spreadsheets have both.

    Only where both are there; and what was renamed, {"1.0": "1"}.

    >>> merge_whole_numbers(np.array(["1", "1.0", "2.0", "x"]))[0].tolist()
    ['1', '1', '2.0', 'x']
    """
    words = set(column.tolist())
    twins = {word: word[:-2] for word in sorted(words) if word.endswith(".0") and word[:-2] in words - {""}}
    twins = {word: whole for word, whole in twins.items() if is_whole(whole)}
    found = [twins.get(word, word) for word in column.tolist()] if twins else column
    return np.array(found, dtype=column.dtype), twins


def match_whole_numbers(words: Sequence[str], symbols: Collection[str]) -> tuple[str, ...]:
    """Words, whole numbers among them as symbols have them, where these have no other.

    >>> match_whole_numbers(["1.0", "2", "x", "3.0", "3"], ["1", "2.0", "3"])
    ('1', '2.0', 'x', '3.0', '3')
    """
    twins = {word: word[:-2] if word.endswith(".0") else f"{word}.0" for word in words if word not in symbols}
    whole = {word: twin for word, twin in twins.items() if is_whole(min(word, twin, key=len))}
    fits = {word: twin for word, twin in whole.items() if twin in symbols and twin not in words}
    return tuple(fits.get(word, word) for word in words)


def is_whole(word: str) -> bool:
    """Whether a word is a whole number, and no code as 007 is."""
    return bool(_WHOLE.fullmatch(word)) and number(word) is not None


def _counts(cells: list[str]) -> bool:
    """Whether cells are numbers, but for letters 0 and 1 of one length."""
    alike = len({len(cell) for cell in cells}) == 1 and len(cells[0]) > 1
    binary = alike and all(set(cell) <= set("01?") for cell in cells)
    return bool(cells) and not binary and all(number(cell) is not None or cell in EMPTY for cell in cells)


def _say(where: Path | str, counts: Mapping[str, Counter[str]]) -> None:
    """One line of all that was read as unknown."""
    told = []
    for word, columns in sorted(counts.items()):
        first = ", ".join(f'"{name}"' for name in list(columns)[:3]) + (", ..." if len(columns) > 3 else "")
        told.append(f'"{word}" ({columns.total()} in {first})')
    warnings.warn(f'{where}: read as unknown: {"; ".join(told)}; missing=["WORD"] (in a shell --missing WORD) names '
                  "other words for it", stacklevel=6)  # fmt: skip
