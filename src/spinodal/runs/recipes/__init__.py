"""Recipes: one TOML a published run; its keys are those of a training's settings and of its source."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any


def names() -> list[str]:
    """The recipes that there are.

    >>> "fef-original" in names()
    True
    """
    return sorted(p.name.removesuffix(".toml") for p in files(__name__).iterdir() if p.name.endswith(".toml"))


def load(name: str, below: tuple[str, ...] = ()) -> dict[str, Any]:
    """The settings of a recipe by its name, or of a TOML file: its own over those of the recipe that it is `like`.

    ValueError where there is none, where it is broken, or like one that is like it (`below`: those that ask for it).
    """
    if name in below:
        raise ValueError(f"the recipe {name} is like itself: {' like '.join((*below, name))}")
    path = Path(name) if name.endswith(".toml") else None
    if path is None and name not in names():
        raise ValueError(f'there is no recipe "{name}"; there are {", ".join(names())}, or a file that ends in .toml')
    try:
        text = path.read_text() if path else (files(__name__) / f"{name}.toml").read_text()
        settings = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} is not TOML: {error}") from None
    settings.pop("about", None)
    base = load(settings.pop("like"), (*below, name)) if "like" in settings else {}
    return base | settings
