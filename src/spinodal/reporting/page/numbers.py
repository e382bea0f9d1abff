"""Numbers as people read them: two or three digits that mean something, and columns that line up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST, FIRST = 12, 3
"""A list longer than the one is shown by the other many of its entries."""


def number(x: float | None) -> str:
    """A measured number or a count; nothing for what isn't there.

    >>> [number(x) for x in (0.0137, 2.13e-4, 0.97312, 12.34, -0.2, 0.0, 4507, 3.2e7, None)]
    ['0.014', '2.1e-4', '0.973', '12.3', '−0.200', '0', '4,507', '3.2e7', '']
    """
    if x is None:
        return ""
    size = abs(x)
    if isinstance(x, int) or size == 0 or 1000 <= size < 1e6:
        said = f"{x:,.0f}"
    elif size < 0.001 or size >= 1e6:
        mantissa, exponent = f"{x:.1e}".split("e")
        said = f"{mantissa}e{int(exponent)}"
    else:
        said = f"{x:.{sum((size < 0.01, size <= 1, size < 10, size < 100))}f}"
    return said.replace("-", "−", 1) if x < 0 else said


def goal(x: float | None) -> str:
    """An ideal: round where it is round, else a number.

    >>> goal(0.5), goal(1.0), goal(0.18349)
    ('0.5', '1', '0.183')
    """
    return f"{x:g}" if x is not None and round(x, 2) == x else number(x)


def span(ends: tuple[float, float] | list[float]) -> str:
    """An interval.

    >>> span([0.009, 0.0213])
    '0.0090 to 0.021'
    """
    return f"{number(ends[0])} to {number(ends[1])}"


def said(value: Any) -> str:
    """A setting in words, exactly; of long lists the beginning.

    >>> said([{"held": ["label"], "weight": 1.0}]), said(None), said(True), said(list("abcdefghijklmno"))
    ('held label, weight 1.0', 'none', 'yes', 'a, b, c, … (15 in all)')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {said(v)}" for k, v in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        shown = value if len(value) <= LONGEST else value[:FIRST]
        left = [] if len(value) <= LONGEST else [f"… ({len(value):,} in all)"]
        between = "; " if any(isinstance(v, (Mapping, list, tuple)) for v in shown) else ", "
        return between.join([*map(said, shown), *left]) or "none"
    return {None: "none", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else str(value)
