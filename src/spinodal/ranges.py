"""Ranges: what a number that is asked for may be, or one line with its name, its range, and what it was."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from numbers import Real
from operator import index
from typing import Any

LARGEST = 2**31 - 1
"""Of steps, rows and other counts: times and chains are 32-bit words of the random numbers' counters."""

SIZE = 2**48
"""Of the units of a layer, which memory ends long before."""

SEEDS = (-(2**64), 2**64)
"""The lowest and the highest seed; those that are equal modulo 2^64 are the same."""


def is_integer(value: Any, low: int = 1, high: int = LARGEST) -> bool:
    """Whether a value is an integer in a range, Python's or numpy's; True and 1.0 are none.

    >>> [is_integer(x) for x in (1, 0, True, 1.0, "1", 10**23)]
    [True, False, False, False, False, False]
    """
    try:
        return not isinstance(value, bool) and low <= index(value) <= high
    except TypeError:
        return False


def is_real(value: Any, fits: Callable[[float], bool] = lambda x: True) -> bool:
    """Whether a value is a finite number that fits; True is none.

    >>> [is_real(x, lambda x: x >= 0) for x in (0, 0.5, -1.0, float("nan"), True, "1")]
    [True, True, False, False, False, False]
    """
    try:
        return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value) and fits(float(value))
    except OverflowError:  # an integer beyond the largest number
        return False


def integer(name: str, value: Any, low: int = 1, high: int = LARGEST) -> int:
    """An integer in a range, as Python has it. Raises ValueError for all else, which says the range.

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
    """A finite number that fits. Raises ValueError for all else, which says how it should be.

    >>> real("lr", float("nan"), lambda x: x > 0, "must be a positive number")
    Traceback (most recent call last):
    ValueError: lr must be a positive number, not nan
    """
    if not is_real(value, fits):
        raise ValueError(f"{name} {said}, not {format_value(value)}")
    return float(value)


def format_value(value: Any) -> str:
    """What was asked for, short.

    >>> format_value(1.5), format_value("1"), len(format_value(10**1000)) < 80
    ('1.5', "'1'", True)
    """
    said = (
        f"{float(value):.3g}" if is_integer(value, 10**30, 10**300) else str(value) if is_real(value) else repr(value)
    )
    return said if len(said) <= 60 else f"{said[:40]}... ({len(said)} characters)"


_HUGE = 10**5000
