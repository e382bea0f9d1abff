"""Allowed: the letters that sites may have, as people name them, as fields of a machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import torch
from torch import Tensor

from ..data.alphabet import Alphabet, Categories
from ..data.entries import quoted_names
from ..data.schema import Schema
from ..machines.dynamics import Machine
from ..machines.fields import only
from ..machines.potts import Potts
from ..machines.units import NEVER
from ..tasks import visible_of

Allowed = Mapping[int | str, Collection[str]]
"""Site, from 0, or the name of a column of a table -> the symbols that it may have, "ACD" or ["yes", "no"]."""


def allowing(machine: Machine, allow: Allowed, schema: Schema | None = None) -> dict[str, Tensor]:
    """Fields, layer -> (size,), with which these sites have only these symbols; all other sites have all of theirs.

    schema: the columns of a mixed table, by whose names its sites are called. A symbol that doesn't come up in the
    training data is possible, but improbable. Raises ValueError for a site that isn't there, for an empty set, for a
    symbol that the site doesn't have (it lists those it has), and for numbers.
    """
    layers = visible_of(machine)
    names = [c.name for k in layers for c in schema.layers[k]] if schema else []
    places = [(k, i) for k in layers for i in range(machine.units[k].columns)]
    found: dict[str, dict[int, list[int]]] = {}
    for site, symbols in allow.items():
        number = names.index(site) if site in names else site
        if not isinstance(number, int | np.integer) or not 0 <= number < len(places):
            known = quoted_names(names) if names else f"1 to {len(places)}"
            called = f"site {site + 1}" if isinstance(site, int) else f'column "{site}"'
            raise ValueError(f"there is no {called}; there are: {known}")
        layer, place = places[number]
        said = site if isinstance(site, str) else f"site {number + 1}"
        found.setdefault(layer, {})[place] = _letters(_symbols(machine, layer, place, schema), symbols, said)
    return {layer: only(machine.units[layer], own) for layer, own in found.items()}


def is_allowed(machine: Machine, fields: Mapping[str, Tensor], letters: np.ndarray) -> np.ndarray:
    """Which letters of rows, (n, sites) over all visible layers, these fields allow, (n, sites)."""
    parts: list[np.ndarray] = []
    for k in visible_of(machine):
        size, first = machine.units[k].columns, sum(p.shape[1] for p in parts)
        own = letters[:, first : first + size]
        parts.append(_allows(machine, k, fields[k])[own, np.arange(size)] if k in fields else np.ones_like(own, bool))
    return np.hstack(parts)


def _allows(machine: Machine, layer: str, field: Tensor) -> np.ndarray:
    """Which state each site may have, (states, sites); the last row is for unknown entries."""
    units = machine.units[layer]
    by_state = field.view(units.colors, -1) if isinstance(units, Potts) else torch.stack([-field, field])
    possible: np.ndarray = (by_state > NEVER / 2).numpy()
    return np.vstack([possible, np.ones((1, units.columns), bool)])


def _symbols(machine: Machine, layer: str, place: int, schema: Schema | None) -> tuple[str, ...]:
    """The symbols of a site, in the order of its states. Raises ValueError for numbers."""
    if schema:
        return tuple(getattr(schema.layers[layer][place], "symbols", ()))
    alphabet = Alphabet.of(machine.units[layer])
    return alphabet.own[place] if isinstance(alphabet, Categories) else alphabet.symbols


def _letters(own: tuple[str, ...], symbols: Collection[str], said: str) -> list[int]:
    if not own:
        raise ValueError(f"{said} has numbers, and no set of letters that could be allowed")
    if not symbols or not set(symbols) <= set(own):
        strange = [symbol for symbol in symbols if symbol not in own]
        what = f"doesn't have {quoted_names(strange)}" if strange else "is allowed no letter"
        raise ValueError(f"{said} {what}; there are: {' '.join(own)}")
    return [own.index(symbol) for symbol in symbols]
