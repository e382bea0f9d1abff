"""Registry: the kinds of machines by name, by which a run directory says what it holds.

A class of machines that is registered can be saved and loaded:

    @register("langevin")
    class Langevin(torch.nn.Module): ...

Import its module before you load a run. The command line has the kinds of this package only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .dynamics import Machine

C = TypeVar("C", bound=type)

KINDS: dict[str, type[Machine]] = {}
"""The registered classes by the names of their kinds."""


def register(kind: str) -> Callable[[C], C]:
    """A class decorator: run directories know machines of this class as this kind.

    Raises ValueError where another class has the name. A class that inherits is another kind.
    """

    def registered(made: C) -> C:
        other = KINDS.get(kind, made)
        if _full(other) != _full(made):
            raise ValueError(f'{_full(other)} is registered as "{kind}": take another name for {_full(made)}')
        KINDS[kind] = made
        return made

    return registered


def kind_of(machine: Machine) -> str:
    """The name of a machine's kind. Raises ValueError for a class that isn't registered."""
    own = _full(type(machine))
    found = next((kind for kind, known in KINDS.items() if _full(known) == own), None)
    if found is None:
        raise ValueError(
            f'{own} is not registered: put @register("NAME") of spinodal.machines.registry above its class'
        )
    return found


def _full(made: type) -> str:
    """Where a class is defined: one that is defined anew, as in a notebook, is the same kind."""
    return f"{made.__module__}.{made.__qualname__}"
