"""Converters: words of the command line as the integers, names and pairs that settings are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts import Token

SIGNS = re.compile(r"[+-]?[0-9_]{1,4000}")
"""An integer as people write it: 1.5 is not rounded, and 1e3 is not read."""


def integer(_: Any, tokens: Sequence[Token]) -> int:
    """One integer."""
    return _integers(tokens)[0]


def sizes(_: Any, tokens: Sequence[Token]) -> int | list[int]:
    """The size of one layer as an integer, of several as a list."""
    found = _integers(tokens)
    return found[0] if len(found) == 1 else found


def names(_: Any, tokens: Sequence[Token]) -> list[str]:
    """The names that are given; "" is none."""
    return [token.value for token in tokens if token.value]


def pairs(_: Any, tokens: Sequence[Token]) -> dict[str, str]:
    """COLUMN=VALUE as a dict; "" is none."""
    words = [token.value for token in tokens if token.value]
    if wrong := [word for word in words if "=" not in word]:
        raise ValueError(f'"{wrong[0]}" is not COLUMN=VALUE')
    return dict(word.split("=", 1) for word in words)


def _integers(tokens: Sequence[Token]) -> list[int]:
    if strange := [t.value for t in tokens if not SIGNS.fullmatch(t.value)]:
        raise ValueError(f'"{strange[0]}" is not an integer')
    return [int(t.value) for t in tokens]
