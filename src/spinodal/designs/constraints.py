"""Constraints: what rows are to be, beside what is held in them, and how many may be drawn for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import ranges
from ..data.dataset import Dataset
from ..machines.temperature import check_temperature
from .allowed import Allowed

BUDGET = 100
"""How many rows are drawn at most for each that is wanted."""


@dataclass(frozen=True)
class Constraints:
    """What rows are to be, beside what is held in them. All of it may be left out.

    allow        site, from 0, or column -> the symbols that it may have (`allowed.allowing`)
    near         a dataset of one row, the template: with `identity` or `mutations`
    identity     (low, high): the share of sites, of those that the template knows, at which a row is equal to it. Gaps
                 count as letters. Without a template it is taken to the nearest training row
    mutations    at how many sites a row differs from the template: 5 is 1 to 5, or (low, high)
    temperature  of the chains (`temperature.tempered`)
    distinct     no row equals a training row, or another one
    sure         the least p(label asked for | row)
    top, by      of all rows that pass, keep so many of each request that are the best by this (`measures.ranking`)
    budget       how many rows are drawn at most for each that is wanted
    """

    allow: Allowed | None = None
    near: Dataset | None = None
    identity: tuple[float, float] | None = None
    mutations: int | tuple[int, int] | None = None
    temperature: float = 1.0
    distinct: bool = False
    sure: float | None = None
    top: int | None = None
    by: str | Callable[[Dataset], Any] | None = None
    budget: int = BUDGET

    @property
    def needs_training_rows(self) -> bool:
        """Whether rows are compared with the training rows."""
        return self.distinct or (self.identity is not None and self.near is None)

    def check(self) -> None:
        """Raises ValueError for what is out of range, or doesn't fit together."""
        ranges.integer("budget", self.budget)
        check_temperature(self.temperature)
        if self.sure is not None:
            ranges.real("sure", self.sure, lambda x: 0 <= x <= 1, "must be a probability")
        if self.mutations is not None and self.near is None:
            raise ValueError("mutations are those of a template: name it by near")
        if self.near is not None and (self.identity is None) == (self.mutations is None):
            raise ValueError("say how near: an identity, such as 0.6-0.8, or a number of mutations, such as 5")
        if self.near is not None and len(self.near) != 1:
            raise ValueError(
                f"the template is one row, not {len(self.near)}: name a file of one row, or the row itself"
            )
        if (self.top is None) != (self.by is None):
            raise ValueError("top is how many rows to keep, and by what they are ranked: give both or neither")
        if self.top is not None:
            ranges.integer("top", self.top)
