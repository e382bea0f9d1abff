"""Known judges: those that the package has for some rows, by the names by which they are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from ..data.dataset import Dataset
from .covariance import COVARIANCE
from .judge import Judge, Named, judge_of
from .structure_energy import STRUCTURE_ENERGY, STRUCTURE_GAP

RNA = (COVARIANCE, STRUCTURE_ENERGY, STRUCTURE_GAP)

KNOWN: dict[str, tuple[Judge, ...]] = {"rna": RNA, **{judge.name: (judge,) for judge in RNA}}
"""Judges by the name of each, and together."""


def judges_of(named: Iterable[Judge | Named]) -> tuple[Judge, ...]:
    """The judges of functions, or of names: of `KNOWN` ones, or MODULE:FUNCTION as in `judge_of`.

    Raises ValueError as `judge_of` does, for a name that isn't known, and for two of one name.
    """
    found = tuple(judge for one in named for judge in _judges(one))
    names = [judge.name for judge in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"the judge {twice[0]} is named twice: once is enough")
    return found


def _judges(named: Judge | Named) -> tuple[Judge, ...]:
    if isinstance(named, str) and ":" not in named:
        if named not in KNOWN:
            raise ValueError(f'there is no judge "{named}": name a function MODULE:FUNCTION, or {", ".join(KNOWN)}')
        return KNOWN[named]
    return (judge_of(named),)


def unasked(train: Dataset, names: Iterable[str]) -> list[dict[str, str]]:
    """What known judges of such rows would have measured, but for those of these names: entries of "not_measured"."""
    asked = set(names)
    why = 'judges of RNA take half a minute, and were not asked: --judge rna, in Python judges=["rna"]'
    return [{"what": judge.name, "why": why} for judge in RNA if judge.takes(train) and judge.name not in asked]
