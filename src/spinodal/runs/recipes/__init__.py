"""Recipes: one TOML file for each published run, with the keys of a training's settings and of its source."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...files.extras import import_extra
from ..settings import NO_SETTINGS, NO_SOURCE, Settings, Source, check_keys


def names() -> list[str]:
    """The recipes that there are.

    >>> "fef-original" in names()
    True
    """
    return sorted(p.name.removesuffix(".toml") for p in files(__name__).iterdir() if p.name.endswith(".toml"))


def load(name: str) -> tuple[Source, Settings]:
    """The source and the settings of a recipe by its name, or of a TOML file.

    A recipe that is `like` another has the values of the other where it has none of its own. Raises ValueError, which
    names the recipe, where there is none, where it isn't TOML, where it is like itself, and for keys and values that no
    training has.
    """
    return _load(name, ())


def text(about: str, source: Source, settings: Settings) -> str:
    """A recipe as the text of a TOML file, with the values that are given. Raises ValueError without tomli-w."""
    said = {"about": about, **source.given(), **settings.given()}
    tables = {key: value for key, value in said.items() if isinstance(value, dict)}  # TOML has them at the end
    written = import_extra("tomli_w", "tomli-w", "sweep", "writing a recipe").dumps({**said, **tables})
    assert isinstance(written, str)
    return written


def _load(name: str, below: tuple[str, ...]) -> tuple[Source, Settings]:
    """`below`: the recipes that are like this one."""
    if name in below:
        raise ValueError(f"the recipe {name} is like itself: {' like '.join((*below, name))}")
    said = _parsed(name)
    base = _load(said["like"], (*below, name)) if "like" in said else (NO_SOURCE, NO_SETTINGS)
    try:
        check_keys(said.keys() - {"about", "like"})
        return Source.read(said).over(base[0]), Settings.read(said).over(base[1])
    except ValueError as error:
        raise ValueError(f"the recipe {name}: {error}") from None


def _parsed(name: str) -> dict[str, Any]:
    path = Path(name) if name.endswith(".toml") else None
    if path is None and name not in names():
        raise ValueError(f'there is no recipe "{name}"; there are {", ".join(names())}, or a file that ends in .toml')
    try:
        return tomllib.loads(path.read_text() if path else (files(__name__) / f"{name}.toml").read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} is not TOML: {error}") from None
