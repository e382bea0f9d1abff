"""Ranges: checks of numeric arguments; the error names the argument, its range, and the value it had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from numbers import Real
from operator import index
from typing import Any

LARGEST = 2**31 - 1
"""The largest number of steps, rows and other counts. The random number generator counts time and chains in 32 bits."""

SIZE = 2**48
"""The largest number of units of a layer. Memory is exhausted long before."""

SEEDS = (-(2**64), 2**64)
"""The lowest and the highest seed. Seeds that are equal modulo 2^64 give the same random numbers."""


def times(values: Any) -> Sequence[int]:
    """Times as they are passed on. Raises ValueError for what is no list, such as a number."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise ValueError(f"times are a list of steps that increase from 0, such as [1, 10, 100], not {values!r}")
    return values if isinstance(values, Sequence) else list(values)


def is_integer(value: Any, low: int = 1, high: int = LARGEST) -> bool:
    """Whether a value is an integer (of Python or numpy) in a range. True and 1.0 are not integers here.

    >>> [is_integer(x) for x in (1, 0, True, 1.0, "1", 10**23)]
    [True, False, False, False, False, False]
    """
    try:
        return not isinstance(value, bool) and low <= index(value) <= high
    except TypeError:
        return False


def is_real(value: Any, fits: Callable[[float], bool] = lambda x: True) -> bool:
    """Whether a value is a finite number for which `fits` is true. True is not a number here.

    >>> [is_real(x, lambda x: x >= 0) for x in (0, 0.5, -1.0, float("nan"), True, "1")]
    [True, True, False, False, False, False]
    """
    try:
        return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value) and fits(float(value))
    except OverflowError:  # the integer is larger than the largest float
        return False


def integer(name: str, value: Any, low: int = 1, high: int = LARGEST) -> int:
    """The value as a Python integer. Raises ValueError, which names the range, if it is no integer in the range.

    >>> integer("n", 0)
    Traceback (most recent call last):
    ValueError: n must be 1 or more, not 0
    """
    if not is_integer(value, low, high):
        span = f"from {low} to {high}" if is_integer(value, high, _HUGE) else f"{low} or more"
        kind = "" if is_integer(value, -_HUGE, _HUGE) else "a whole number, "
        raise ValueError(f"{name} must be {kind}{span}, not {format_value(value)}")
    return index(value)


def real(name: str, value: Any, fits: Callable[[float], bool], said: str) -> float:
    """The value as a Python float. Raises ValueError, which says what the value must be, unless it is finite and fits.

    >>> real("lr", float("nan"), lambda x: x > 0, "must be a positive number")
    Traceback (most recent call last):
    ValueError: lr must be a positive number, not nan
    """
    if not is_real(value, fits):
        raise ValueError(f"{name} {said}, not {format_value(value)}")
    return float(value)


def text(name: str, value: Any) -> str:
    """The value itself. Raises ValueError, which says how to write it, where it is no text.

    >>> text("label", 3)
    Traceback (most recent call last):
    ValueError: label must be text, such as "3", not 3
    """
    if not isinstance(value, str):
        raise ValueError(f'{name} must be text, such as "{format_value(value)}", not {format_value(value)}')
    return value


def not_negative(name: str, value: Any) -> float:
    """The value as a Python float. Raises ValueError unless it is a finite number from 0 up."""
    return real(name, value, lambda x: x >= 0, "must be a number from 0 up")


def format_value(value: Any) -> str:
    """A value as text for an error message, shortened.

    >>> format_value(1.5), format_value("1"), len(format_value(10**1000)) < 80
    ('1.5', "'1'", True)
    """
    said = (
        f"{float(value):.3g}" if is_integer(value, 10**30, 10**300) else str(value) if is_real(value) else repr(value)
    )
    return said if len(said) <= 60 else f"{said[:40]}... ({len(said)} characters)"


_HUGE = 10**5000
