"""Own: energies of the user's own classes. A run names the class, and the user gives it: no code is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import nn

Maker = Callable[[], nn.Module]
"""A class, or a function, that makes an energy without arguments."""

_given: ContextVar[Maker | None] = ContextVar("given", default=None)


def class_path(made: type) -> str:
    """Where a class is defined."""
    return f"{made.__module__}:{made.__qualname__}"


@contextmanager
def energy_made_by(maker: Maker | None) -> Iterator[None]:
    """Machines that are loaded in this context have energies that `maker` makes."""
    token = _given.set(maker)
    try:
        yield
    finally:
        _given.reset(token)


def own_energy(path: str) -> nn.Module:
    """An energy of the class at this path, MODULE:CLASS. Raises ValueError unless the user gave it (`sp.load`)."""
    name = path.rpartition(":")[2]
    if (maker := _given.get()) is None:
        raise ValueError(f"its energy is of your own class {path}: load it by sp.load(RUN, energy={name})")
    energy = maker()
    if class_path(type(energy)) != path:
        raise ValueError(f"its energy is of the class {path}, and not {class_path(type(energy))}")
    return energy
