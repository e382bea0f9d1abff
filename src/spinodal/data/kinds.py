"""Kinds: detects from its cells whether a table column is binary, categorical, real or text."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from .schema import EMPTY, Choice, Column, Inflated, Positive, Real, number

DIGITS = 6
"""The number of decimals of a standard deviation that single precision resolves."""

SKEWED = 1.0
"""Above this skewness, positive numbers are modeled by their logarithms. That of an exponential distribution is 2."""

STILL = 1e-9
"""Up to this ratio of standard deviation to mean, numbers count as constant."""

ZEROS = 0.1
"""From this fraction of zeros on, zeros are modeled apart from the other numbers."""

MANY = 10
"""Whole numbers with more distinct values than this are real."""


def detect_kind(cells: np.ndarray, empty: Collection[str] = EMPTY, words_alone: bool = False) -> str:
    """The kind of a column, by its cells: binary, categorical, real, or text, which is not modeled.

    A column of two values is binary. Numbers are real if one isn't whole or there are more than MANY values, otherwise
    categorical. Words are text if all differ, or if there are more than MANY distinct words and more than half as many
    as cells; otherwise categorical. A column of one value is categorical. A column without a known cell is text.
    empty: the words for unknown cells. words_alone: cells that look like numbers, such as codes, are words.

    >>> kinds = {"a b a": "binary", "1 2 3 ?": "categorical", "1 2.5 3": "real", "ann bob eve": "text"}
    >>> [detect_kind(np.array(cells.split())) for cells in kinds] == [*kinds.values()]
    True
    """
    known = [cell for cell in cells.tolist() if cell not in empty]
    words = set(known)
    numbers = [None if words_alone else number(word) for word in words]
    if None not in numbers and words:
        values = {x for x in numbers if x is not None}
        whole = all(x == int(x) for x in values)
        return _few(len(values)) or ("categorical" if whole and len(values) <= MANY else "real")
    if len(words) == len(known) != 2 or len(words) > max(MANY, len(known) / 2):
        return "text"
    return _few(len(words)) or "categorical"


def words_among_numbers(cells: np.ndarray, empty: Collection[str] = EMPTY) -> list[str]:
    """The words in a column of numbers, if at most a quarter of the distinct values are words; else none.

    >>> words_among_numbers(np.array(["1.5", "2.5", "3.5", "4", "-"]))
    ['-']
    >>> words_among_numbers(np.array(["1", "2", "3a", "3b", "4"]))
    []
    """
    known = {cell for cell in cells.tolist() if cell not in empty}
    words = sorted(cell for cell in known if number(cell) is None)
    return words if 0 < len(words) <= len(known) / 4 else []


def _few(values: int) -> str:
    return {1: "categorical", 2: "binary"}.get(values, "")


def fit_column(
    name: str, kind: str, cells: np.ndarray, empty: Collection[str] = EMPTY, order: Sequence[str] | None = None
) -> Column:
    """The column of this kind, fitted to these cells. order: the first values, in order; other values follow sorted.

    Raises ValueError for a binary column that doesn't have two values, and for a column without a known cell.
    """
    known = cells[~np.isin(cells, list(empty))]
    if kind == "real":
        return _real(name, known)
    symbols = _symbols(known.tolist()) if order is None else _words(known.tolist(), order)
    if kind == "binary" and len(symbols) != 2:
        raise ValueError(f'column "{name}" has {len(symbols)} values, but a binary column has two: make it categorical')
    if not symbols:
        raise ValueError(f'column "{name}" is unknown in every row: make it text')
    return Choice(name, symbols, kind)


def _words(known: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    """The distinct words, those of `order` first."""
    there = set(known)
    return (*(word for word in order if word in there), *sorted(there - set(order)))


def _symbols(known: Iterable[str]) -> tuple[str, ...]:
    """The distinct values: numbers by size, each in its shortest form, then words."""
    numbers: dict[float, str] = {}
    words = set()
    for cell in sorted(set(known), key=lambda cell: (len(cell), cell)):
        if (x := number(cell)) is None:
            words.add(cell)
        else:
            numbers.setdefault(x, cell)
    return (*(numbers[x] for x in sorted(numbers)), *sorted(words))


def _real(name: str, known: np.ndarray) -> Real:
    """The column for numbers: by logarithms if these are less skewed, with zeros apart if there are many."""
    words, counts = np.unique(known, return_counts=True)
    numbers = np.array([np.nan if (x := number(word)) is None else x for word in words.tolist()])
    there = np.isfinite(numbers)
    if not there.any():
        return Real(name)
    x, weights = numbers[there], counts[there]
    mean, std = _moments(x, weights)
    if not math.isfinite(std):
        raise ValueError(f'the numbers of column "{name}" are too large to be standardized: divide them by a constant')
    decimals = max(_decimals(word) for word, known in zip(words.tolist(), there) if known)
    ends = (float(x.min()), float(x.max())) if decimals == 0 else (None, None)
    if _has_zeros(x, weights):
        return _inflated(name, x[x > 0], weights[x > 0], decimals, ends)
    if std > STILL * abs(mean) and _is_skewed(x, weights):
        return Positive(name, *_moments(np.log(x), weights), min(decimals, _held(x.min())), *ends)
    std = std if std > STILL * abs(mean) else 1.0
    return Real(name, mean, std, min(decimals, _held(std)), *ends)


def _has_zeros(x: np.ndarray, weights: np.ndarray) -> bool:
    """Whether at least the fraction ZEROS is 0, and all others are positive, with more than MANY distinct values."""
    return bool(x.min() == 0 and (x > 0).sum() > MANY and weights[x == 0].sum() >= ZEROS * weights.sum())


def _inflated(
    name: str, x: np.ndarray, weights: np.ndarray, decimals: int, ends: tuple[float | None, float | None]
) -> Inflated:
    """The column for zeros and these positive numbers."""
    mean, std = _moments(np.log(x), weights)
    return Inflated(name, mean, std if std > STILL else 1.0, min(decimals, _held(x.min())), *ends, float(x.min()))


def _moments(x: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.average(x, weights=weights)
        return float(mean), math.sqrt(np.average((x - mean) ** 2, weights=weights))


def _is_skewed(x: np.ndarray, weights: np.ndarray) -> bool:
    """Whether all numbers are positive and skewed to the right, and their logarithms are less skewed."""
    skewness = _skewness(x, weights)
    return bool(x.min() > 0) and skewness > SKEWED and abs(_skewness(np.log(x), weights)) < skewness


def _skewness(x: np.ndarray, weights: np.ndarray) -> float:
    mean, std = _moments(x, weights)
    return float(np.average(((x - mean) / std) ** 3, weights=weights))


def _held(size: float) -> int:
    """The number of decimals that single precision resolves for a number of this size."""
    return max(0, DIGITS - math.floor(math.log10(size)))


def _decimals(cell: str) -> int:
    """The number of decimals with which a number is written.

    >>> _decimals("12"), _decimals("1.50"), _decimals("2e-5"), _decimals("1.5e1")
    (0, 2, 5, 0)
    """
    digits, _, power = cell.lower().partition("e")
    return max(0, len(digits.partition(".")[2]) - int(power or 0))
