"""Fields: constants added to what free units receive, such as those by which sites have only some of their letters."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from .potts import Potts
from .units import NEVER, Units


def check_fields(fields: Mapping[str, Tensor], units: Mapping[str, Units], like: Tensor) -> dict[str, Tensor]:
    """The fields in the precision and on the device of `like`. Raises ValueError where they fit no layer."""
    found = {}
    for layer, field in fields.items():
        if layer not in units:
            raise ValueError(f"there is no layer {layer} to have a field; the layers are {list(units)}")
        size = units[layer].size
        if field.dim() not in (1, 2) or field.shape[-1] != size or not field.isfinite().all():
            raise ValueError(
                f"a field of {layer} is finite numbers, ({size},) or (n, {size}), not {tuple(field.shape)}"
                + ("" if field.isfinite().all() else " with others")
            )
        found[layer] = field.to(like)
    return found


def only(units: Units, allowed: Mapping[int, Collection[int]]) -> Float[Tensor, " size"]:
    """The field with which some sites have only some of their states, and the other sites have all: 0, or -1e30.

    allowed: site, from 0 -> its states, as numbers: letters, or the places of `values` of binary units. Raises
    ValueError for numbers that have no states, for a site that isn't there, and for no state or one that it lacks.
    """
    states = _states(units)
    field = torch.zeros(states, units.columns)
    for site, own in allowed.items():
        there = range(len(units.support()[site])) if 0 <= site < units.columns else range(0)
        if not own or not set(own) <= set(there):
            raise ValueError(f"site {site} (from 0) of {units} can't have the states {sorted(own)} alone")
        field[[k for k in range(states) if k not in own], site] = NEVER
    return field.flatten() if isinstance(units, Potts) else field[1] - field[0]


def _states(units: Units) -> int:
    """How many states a site has at most."""
    if isinstance(units, Potts):
        return units.colors
    if not units.binary:
        raise ValueError(f"{units} are numbers: sets of allowed states are of letters and bits")
    return 2
