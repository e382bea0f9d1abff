"""Extras: imports optional packages; the error for a missing one says how to install it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def import_extra(module: str, package: str, name: str, what: str) -> Any:
    """A module of an optional package. Raises ValueError, which says how to install it, if it is missing."""
    try:
        return import_module(module)
    except ImportError:
        raise ValueError(f'{what} needs the package {package}: pip install "spinodal[{name}]"') from None
