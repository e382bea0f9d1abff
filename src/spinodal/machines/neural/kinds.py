"""Kinds: the moves that there are, by the names that run directories have for them, and which is taken by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from math import inf
from typing import Any

from ..potts import Potts
from ..units import Units
from .informed import Informed, informed_gibbs
from .langevin import Langevin
from .moves import Move

KINDS: dict[str, type[Langevin] | type[Informed]] = {"langevin": Langevin, "informed": Informed}
"""The classes of moves by their names."""

LANGEVIN = Langevin(step=0.05, noise=0.1, limit=0.3)
"""The steps of numbers by default, for columns of variance 1 or so."""

SHARE = 0.5
"""The share of bits and letters that are drawn in a step by default."""


def default_move(units: Units, base: bool = False) -> Move:
    """Informed Gibbs steps of bits and letters, and above a base, looking ahead, of all; else Langevin's of numbers."""
    if base:
        return informed_gibbs(ahead=True)
    return informed_gibbs(SHARE) if units.values or isinstance(units, Potts) else LANGEVIN


def described(move: Move) -> dict[str, Any]:
    """A move as plain values that JSON has; it has no inf. Raises ValueError for a kind that has no name."""
    for name, kind in KINDS.items():
        if isinstance(move, kind):
            return {"kind": name, **{k: None if x == inf else x for k, x in asdict(move).items()}}
    raise ValueError(f"{move} is a move of your own, and can't be saved: take {', '.join(KINDS)}")


def move_of(said: Mapping[str, Any]) -> Move:
    """The move of such values."""
    kind = KINDS[said["kind"]]
    usual: dict[str, Any] = {f.name: f.default for f in fields(kind)}  # an inf, or no noise, is null
    return kind(**{k: usual[k] if x is None else x for k, x in said.items() if k != "kind"})
