"""Arrays: converts arrays of numbers to layers and labels; integers are letters or gray levels, floats are numbers."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from tokenize import TokenError
from typing import Any

import numpy as np

from ..data.alphabet import BINARY, GRAY, REAL, UNKNOWN, Alphabet, numerals
from ..data.dataset import Dataset, numbered_names
from ..errors import FormatError, alphabet_option
from .levels import from_levels

BROKEN = (ValueError, TypeError, EOFError, SyntaxError, TokenError, OverflowError, MemoryError, RuntimeError)
"""The exceptions that numpy raises for a broken file."""

MANY = 32
"""Integers with more distinct letters than this may be numbers instead, such as gray levels or counts."""

_COLORS = 2**15 - 1  # the largest number of letters of an alphabet


def check_text(values: np.ndarray, where: str) -> np.ndarray:
    """The array unchanged. Raises FormatError if it is text that is not valid Unicode."""
    if values.dtype.kind == "U":
        codes = np.frombuffer(values.tobytes(), np.dtype(np.uint32).newbyteorder(values.dtype.byteorder))
        if ((codes > sys.maxunicode) | ((codes >= 0xD800) & (codes < 0xE000))).any():
            raise FormatError(f"{where} has text that is not Unicode. Fetch or make it again.")
    return values


def as_rows(values: np.ndarray, where: str) -> tuple[np.ndarray, dict[str, Any]]:
    """Rows (n, sites) or images (n, height, width) as (n, sites), and notes. Raises FormatError for other shapes."""
    if values.ndim not in (2, 3) or not values.size:
        raise FormatError(f"{where} has the shape {values.shape}, but data are rows x sites, or rows x height x width.")
    notes = {"image": list(values.shape[1:])} if values.ndim == 3 else {}
    return values.reshape(len(values), -1), notes


def layer_column(values: np.ndarray, alphabet: Alphabet | None, where: str) -> tuple[np.ndarray, Alphabet | None]:
    """Numbers (n, sites) as the matrix of a layer, and its alphabet (None for numbers).

    Integer k is the k-th letter, -1 unknown. Without an alphabet 0 and 1 are binary, and other integers are numerals.
    With GRAY, integers are levels from 0 to 255. With REAL, numbers keep their type. Floats are numbers, unless an
    alphabet is given: then they must be whole, and NaN is unknown. Raises FormatError for integers that are not letters
    of the alphabet. Warns if integers without an alphabet need more than MANY letters.

    >>> [layer_column(np.array([[0, x]]), None, "here")[1].symbols for x in (1, 3)]
    [('0', '1'), ('0', '1', '2', '3')]
    """
    if values.dtype.kind not in "biuf":
        raise FormatError(f"{where} has values of type {values.dtype}, not numbers.")
    if alphabet in (GRAY, REAL):
        return _gray(values, where) if alphabet == GRAY else _finite(values, where), None
    if values.dtype.kind == "f" and alphabet is None:
        return _floats(values, where), None
    letters = as_integers(values)
    if letters.dtype.kind == "f":
        raise FormatError(f"{where} has numbers that are not whole, so they can't be letters: pass no alphabet.")
    needed = needed_symbols(letters, where)
    found = alphabet or (BINARY if len(needed) <= 2 else Alphabet(needed, "visible"))
    if alphabet is None and len(needed) > MANY:
        warnings.warn(f"{where} has integers from {letters.min()} to {letters.max()}, which are read as {len(needed)} "
                      f"unordered letters; if they are gray levels, pass {alphabet_option('gray')}; if they are "
                      f"other numbers, pass {alphabet_option('real')}", stacklevel=_levels())  # fmt: skip
    if len(needed) > len(found.symbols):
        raise FormatError(f"{where} has the number {len(needed) - 1}; the letters of {found.name or 'the alphabet'} "
                          f"are 0 to {len(found.symbols) - 1}, and -1 is unknown.")  # fmt: skip
    return letters.astype(found.dtype), found


def _levels() -> int:
    """The `stacklevel` of the caller of the package, for a warning of the caller of this function."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals["__name__"].startswith("spinodal."):
        frame, level = frame.f_back, level + 1
    return level


def array_alphabet(alphabet: Alphabet | None, notes: Mapping[str, Any]) -> Alphabet | None:
    """The alphabet to read an array in: the one given, or REAL if the notes have a standardization."""
    return alphabet or (REAL if "standard" in notes else None)


def needed_symbols(letters: np.ndarray, where: str) -> tuple[str, ...]:
    """The numerals for integers as letters. Raises FormatError if integers are below -1 or too large."""
    low, high = int(letters.min(initial=0)), int(letters.max(initial=0))
    if low < UNKNOWN or high >= _COLORS:
        raise FormatError(f"{where} has integers from {low} to {high}. Letters are from 0 (-1 is unknown) to "
                          f"{_COLORS - 1}; convert them to floats if they are numbers.")  # fmt: skip
    return numerals(high + 1)


def as_integers(values: np.ndarray) -> np.ndarray:
    """Floats that are all whole or NaN as int32, with NaN as -1; other arrays unchanged."""
    if values.dtype.kind != "f":
        return values
    unknown = np.isnan(values)
    known = np.where(unknown, UNKNOWN, values)
    if not ((known == np.rint(known)) & (np.abs(known) < 2**31)).all():
        return values
    return known.astype(np.int32)


def label_texts(values: np.ndarray, n: int, where: str) -> np.ndarray:
    """Labels (n,) or (n, 1), text or whole numbers, as text. -1, "-1", "" and NaN are unknown and become "".

    >>> label_texts(np.array([3.0, -1.0]), 2, "here").tolist(), label_texts(np.array(["a", "-1"]), 2, "here").tolist()
    (['3', ''], ['a', ''])
    """
    if values.shape not in ((n,), (n, 1)):
        raise FormatError(f"{where} has the shape {values.shape}, but the data have {n} rows.")
    column = as_integers(values.reshape(n))
    if column.dtype.kind not in "biuU":
        raise FormatError(f"{where} has values of type {values.dtype}; labels are text or whole numbers.")
    text = column.astype(int if column.dtype.kind == "b" else column.dtype).astype(str)
    return np.where(text == str(UNKNOWN), "", text)


def label_numbers(data: Dataset, layer: str, below: int) -> np.ndarray:
    """The labels (n,) as integers, -1 unknown.

    If all labels are numerals below `below`, these are the integers; else the numbers of the labels in their alphabet.
    """
    numbers, names = data[layer][:, 0].astype(np.int64), data.alphabets[layer].symbols
    if not all(name.isdecimal() and str(int(name)) == name and int(name) < below for name in names):
        return numbers
    return np.array([*map(int, names), UNKNOWN])[numbers]


def array_dataset(values: np.ndarray, alphabet: Alphabet | None, where: str, called: str) -> Dataset:
    """An array of rows as a dataset with default names, by the rules of `layer_column`; notes["format"] is `called`."""
    flat, notes = as_rows(values, where)
    visible, found = layer_column(flat, alphabet, where)
    alphabets = {} if found is None else {"visible": found}
    return Dataset({"visible": visible}, alphabets, numbered_names(len(flat)), notes={"format": called} | notes)


def recode(data: Dataset, own: Alphabet | None, alphabet: Alphabet | None, unknown: str | None) -> Dataset:
    """The data in `alphabet`, if the file has another alphabet `own`; else unchanged.

    Raises ValueError for a symbol that `alphabet` lacks, unless `unknown` says how to read it.
    """
    return data if alphabet is None or own in (None, alphabet) else data.recoded({"visible": alphabet}, unknown)


def _gray(values: np.ndarray, where: str) -> np.ndarray:
    """Integer levels from 0 to 255 as numbers from -1 to 1; floats as float32."""
    if values.dtype.kind == "f":
        return _floats(values, where)
    if values.min(initial=0) < 0 or values.max(initial=0) > 255:
        raise FormatError(f"{where} has levels from {values.min()} to {values.max()}; gray levels are from 0 to 255.")
    return from_levels(values)


def _finite(values: np.ndarray, where: str) -> np.ndarray:
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise FormatError(f"{where} has infinite numbers.")
    return values


def _floats(values: np.ndarray, where: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        found = values.astype(np.float32)
    if np.isinf(found).any():
        raise FormatError(f"{where} has infinite numbers, or numbers too large for single precision.")
    return found
