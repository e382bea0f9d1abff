"""Extras: optional packages, imported where they are needed, or the line that installs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def import_extra(module: str, package: str, name: str, what: str) -> Any:
    """A module of a package that not everybody has; ValueError with what takes it, and the line that installs it."""
    try:
        return import_module(module)
    except ImportError:
        raise ValueError(f'{what} takes the package {package}: pip install "spinodal[{name}]"') from None
