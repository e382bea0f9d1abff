"""Functions: those of the user by name, MODULE:FUNCTION, and a check that they give a number for each row."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def imported(name: str) -> Callable[[Any], Any]:
    """The function MODULE:FUNCTION of a module of Python's path or of the current folder.

    Raises ValueError where there is none of this name, or where its module can't be imported.
    """
    module, _, function = name.partition(":")
    if not (module and function):
        raise ValueError(f'"{name}" is no function of yours: name it MODULE:FUNCTION')
    _find_here()
    try:
        found = getattr(importlib.import_module(module), function)
    except Exception as error:  # whatever the user's module does
        raise ValueError(f"{name} can't be imported ({_said(error)}): name a function MODULE:FUNCTION") from error
    if not callable(found):
        raise ValueError(f"{name} is no function")
    return found


def load(modules: str) -> None:
    """Import modules of Python's path or of the current folder, which define units or machines of the user's: a,b.

    Raises ValueError for one that can't be imported.
    """
    for name in filter(None, (part.strip() for part in modules.split(","))):
        _find_here()
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever the user's module does
            raise ValueError(f"SPINODAL_IMPORT: {name} can't be imported ({_said(error)}): name modules such as "
                             "mine,other.units") from error  # fmt: skip


def _find_here() -> None:
    """Modules of the current folder are found, too."""
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))


def called(function: Callable[[Any], Any]) -> str:
    """The name of a function, MODULE:FUNCTION."""
    return f"{function.__module__}:{getattr(function, '__qualname__', type(function).__qualname__)}"


def numbers(function: Callable[[Any], Any], rows: Any, n: int, name: str, finite: bool = False) -> np.ndarray:
    """What a function gives for n rows, (n,) float64.

    Raises ValueError where it fails, and unless it gives a number for each row: no NaN, and if `finite` nothing
    infinite.
    """
    try:
        found = np.asarray(function(rows), dtype=np.float64)
    except Exception as error:
        raise ValueError(f"{name} fails on {n} rows: {_said(error)}") from error
    if found.shape != (n,):
        raise ValueError(f"{name} gives numbers of shape {found.shape} for {n} rows: it must give one a row, ({n},)")
    if wrong := int((~np.isfinite(found) if finite else np.isnan(found)).sum()):
        what = "NaN or infinity" if finite else "NaN"
        raise ValueError(f"{name} gives {what} for {wrong} of {n} rows: it must give a number for each")
    return found


def _said(error: Exception) -> str:
    """What an error says, in a line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
