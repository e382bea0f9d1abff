"""Judge: a number for each row by what knows no machine: a score of generated rows beside those of real rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import functions
from ..data.dataset import Dataset
from ..data.reals import restore
from .measure import Outcomes
from .reference import Reference, Rows, kind_of

Numbers = Callable[[Dataset], np.ndarray]
"""Of rows a number each, (n,)."""

Named = str | Callable[[Any], Any]
"""A function of the user's, or its name MODULE:FUNCTION."""

EVERY = 10**9
"""More rows than any set has."""


@dataclass(frozen=True, eq=False)
class Judge:
    """A score that is the median of a number of each row.

    name   of the score
    fit    of training rows the function that judges: of a dataset a number for each row, (n,). It raises ValueError
           where it can't judge such rows, or where a program or a package is missing
    rows   how many rows of a set are judged, at most: the first ones of a random order
    beside which rows it judges beside the generated ones (`comparison_sets.Comparison`)
    takes  whether it is for data such as the training rows
    """

    name: str
    fit: Callable[[Rows], Numbers]
    rows: int = EVERY
    beside: tuple[str, ...] = ("test", "matched", "independent")
    takes: Callable[[Dataset], bool] = lambda data: True

    @property
    def measure(self) -> Outcomes:
        """The judge as a measure, with quartiles; its floor is that of training rows if it judges them."""
        floor = "matched" if "matched" in self.beside else ""
        return Outcomes(self._each, (self.name,), floor, {self.name: np.median}, self._counted, self.beside)

    def _each(self, reference: Reference, generated: Rows) -> Mapping[str, np.ndarray]:
        judged = reference.train.once(self._judged)
        return {self.name: generated.once(judged)}

    def _judged(self, train: Rows) -> Callable[[Rows], np.ndarray]:
        of = self.fit(train)
        return lambda rows: of(rows.first(min(len(rows), self.rows)).data)

    def _counted(self, reference: Reference, generated: Rows) -> int:
        return min(len(generated), self.rows)


def judge_of(named: Judge | Named) -> Judge:
    """The judge of a function of rows, or of its name MODULE:FUNCTION.

    The function gets the rows as `plain` says, and returns a finite number for each, which depends on this row alone.
    Raises ValueError where there is no such function.
    """
    if isinstance(named, Judge):
        return named
    function = functions.imported(named) if isinstance(named, str) else named
    name = named if isinstance(named, str) else functions.called(named)

    def judged(data: Dataset) -> np.ndarray:
        return functions.numbers(function, plain(data), len(data), name, finite=True)

    return Judge(name, lambda train: judged)


def plain(data: Dataset) -> list[str] | np.ndarray | dict[str, np.ndarray]:
    """Rows as a function of the user's gets them.

    Sequences are a list of strings of equal length, in the letters of the alphabet: "-" is a gap, "?" an unknown
    letter. The columns of a mixed table are a dict from their names to their cells, text (n,), "" unknown. All others
    are an array (n, sites): letters as integers from 0 in the order of the alphabet (black-and-white pixels, notes,
    haplotypes: 0 and 1), -1 unknown; numbers in the units of the file (gray levels: from -1 to 1), NaN unknown.
    """
    if data.schema is not None:
        return data.schema.decode({layer: data[layer] for layer in data.visibles})
    if kind_of(data) == "sequences":
        return [str(text) for text in data.texts("visible")]
    return np.array(restore(data)["visible"])
