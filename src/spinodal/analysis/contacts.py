"""Contacts: pairs of sites ranked by the strength of their coupling, and how many of the first are in contact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from .. import ranges
from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..machines.potts import Potts
from ..machines.units import Units
from .couplings import Pair, first_order_couplings, pair_couplings
from .site_letters import restricted
from .whole_rows import whole_rows

Matrix = NDArray[np.float64]

GAP = "-"


ROWS = 5000
"""Rows over which couplings to first order are averaged, at most: more change nothing that can be seen."""


def scores(machine: Machine, data: Dataset | None, exact: int | None = None, seed: int = 0) -> Matrix:
    """The score of each two sites of a restricted machine, (sites, sites), NaN on the diagonal.

    It is the strength of their effective coupling without its background: `first_order_couplings` over 5000 rows of the
    data, or `pair_couplings` over so many as `exact` says. The rows are `whole_rows` of the seed. Machines whose
    couplings are the same for all rows (`is_pairwise`), such as Potts models, need no data.

    Raises ValueError as `count_sites` does, and where no row is whole.
    """
    count_sites(machine)
    rows = whole_rows(machine, data, exact or ROWS, seed)
    couplings = pair_couplings(machine, rows) if exact else first_order_couplings(machine, rows)
    return without_background(strengths(couplings, _symbols(machine.units["visible"])))


def count_sites(machine: Machine) -> int:
    """How many sites a machine has that may be in contact.

    Raises ValueError for machines that aren't restricted, or of the columns of a table, which differ in kind.
    """
    network, _ = restricted(machine)
    if "visible" not in network.units:
        raise ValueError("contacts are of sites that are alike: this machine learned the columns of a table")
    return network.units["visible"].columns


def _symbols(units: Units) -> Sequence[Sequence[str]]:
    """The symbols of the states of each site; numbers where they have none."""
    if not units.symbols:
        return [tuple(map(str, range(len(own)))) for own in units.support()]
    own = list(units.symbols) if isinstance(units, Potts) and units.by_site else [units.symbols] * units.columns
    return cast("list[tuple[str, ...]]", own)


def strengths(couplings: Iterable[Pair], symbols: Sequence[Sequence[str]]) -> Matrix:
    """The Frobenius norm of each coupling, without the state of the gap, (sites, sites), 0 on the diagonal:

        F_ij = √ Σ_{a, b ≠ gap} J_ij(a, b)²

    symbols: those of the states of each site. The gauge is that of all states, the gap among them: gaps come in long
    stretches, which couple neighbors for reasons of alignment. Source: as in the code of arXiv:2501.06108.
    """
    found = np.zeros((len(symbols), len(symbols)))
    counted = [np.flatnonzero([symbol != GAP for symbol in own]) for own in symbols]
    for i, j, coupling in couplings:
        found[i, j] = found[j, i] = np.linalg.norm(coupling.numpy()[np.ix_(counted[i], counted[j])])
    return found


def without_background(strength: Matrix) -> Matrix:
    """The average product correction of strengths, (sites, sites) of two sites or more:

        F_ij - F_i F_j / F,   F_i = mean over j ≠ i of F_ij,   F = mean of all F_ij, i ≠ j

    It takes off what a site has in common with all others, by its variability and by relatedness. The diagonal is NaN.
    Source: Dunn, Wahl & Gloor, Bioinformatics 24, 333 (2008).
    """
    n = len(strength)
    if n < 2:
        raise ValueError("a pair takes two sites")
    apart = np.where(np.eye(n, dtype=bool), np.nan, strength)
    own, mean = np.nanmean(apart, axis=1), np.nanmean(apart)
    corrected: Matrix = apart - (np.outer(own, own) / mean if mean else 0.0)
    return corrected


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of sites i < j, counted from 0, from the highest score to the lowest: (pairs,) each.

    distance: of each pair in a structure, NaN where it isn't known; None without a structure.
    """

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    score: Matrix
    distance: Matrix | None = None

    def in_contact(self, nearer_than: float) -> Matrix:
        """1 where a pair is in contact, 0 where it isn't, NaN where its distance isn't known."""
        if self.distance is None:
            raise ValueError("contacts are those of a structure: name one")
        contact: Matrix = np.where(np.isnan(self.distance), np.nan, self.distance < nearer_than)
        return contact

    def precision(self, nearer_than: float) -> Matrix:
        """The share of contacts among the first pairs up to each: those of unknown distance don't count (NaN: none)."""
        contact = self.in_contact(nearer_than)
        known = np.cumsum(~np.isnan(contact))
        share: Matrix = np.where(known > 0, np.nancumsum(contact) / np.maximum(known, 1), np.nan)
        return share


def ranked(score: Matrix, separation: int = 5, distance: Matrix | None = None) -> Pairs:
    """The pairs of sites that are `separation` or more apart along the row, by their scores; of equal ones the first.

    score (sites, sites): of which the upper triangle counts, NaN is no pair; distance (sites, sites): symmetric, or
    NaN. Raises ValueError where no pair is left.
    """
    ranges.integer("separation", separation)
    i, j = np.triu_indices(len(score), separation)
    there = ~np.isnan(score[i, j])
    i, j = i[there], j[there]
    if not len(i):
        raise ValueError(f"no two of {len(score)} sites are {separation} apart: take a smaller separation")
    order = np.argsort(-score[i, j], kind="stable")
    i, j = i[order], j[order]
    return Pairs(i, j, score[i, j], None if distance is None else distance[i, j])
