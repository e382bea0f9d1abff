"""Numbers as text: two or three significant digits, ideals, intervals and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST, FIRST = 12, 3
"""A list of more than LONGEST entries is shortened to its first FIRST entries."""


def number(x: float | None) -> str:
    """A measured number or a count as text; "" for None.

    >>> [number(x) for x in (0.0137, 2.13e-4, 0.97312, 12.34, -0.2, 0.0, 4507, 3.2e7, None)]
    ['0.014', '2.1e-4', '0.973', '12.3', '−0.200', '0', '4,507', '3.2e7', '']
    """
    if x is None:
        return ""
    size = abs(x)
    if isinstance(x, int) or size == 0 or 1000 <= size < 1e6:
        text = f"{x:,.0f}"
    elif size < 0.001 or size >= 1e6:
        mantissa, exponent = f"{x:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{x:.{sum((size < 0.01, size <= 1, size < 10, size < 100))}f}"
    return text.replace("-", "−", 1) if x < 0 else text


def ideal(x: float | None) -> str:
    """An ideal as text: as short as possible if it has two decimals at most, else as `number`.

    >>> ideal(0.5), ideal(1.0), ideal(0.18349)
    ('0.5', '1', '0.183')
    """
    return f"{x:g}" if x is not None and round(x, 2) == x else number(x)


def interval(ends: tuple[float, float] | list[float]) -> str:
    """An interval as text.

    >>> interval([0.009, 0.0213])
    '0.0090 to 0.021'
    """
    return f"{number(ends[0])} to {number(ends[1])}"


def setting(value: Any) -> str:
    """The exact value of a setting as text; long lists are shortened.

    >>> setting([{"held": ["label"], "weight": 1.0}]), setting(None), setting(True), setting(list("abcdefghijklmno"))
    ('held label, weight 1.0', 'none', 'yes', 'a, b, c, … (15 in all)')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {setting(v)}" for k, v in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        first = value if len(value) <= LONGEST else value[:FIRST]
        more = [] if len(value) <= LONGEST else [f"… ({len(value):,} in all)"]
        separator = "; " if any(isinstance(v, (Mapping, list, tuple)) for v in first) else ", "
        return separator.join([*map(setting, first), *more]) or "none"
    return {None: "none", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else str(value)
