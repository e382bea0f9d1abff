"""Scans: the effects of many mutants of one row as tables, by the names of their sites, letters and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..data.alphabet import Alphabet, Categories
from ..machines.dynamics import Machine
from ..tasks import labels_of
from .mutations import Effects, Mutants, mean_effects, single_mutants
from .numbering import Numbering
from .variants import Matched, match

Texts = NDArray[np.str_]
GAP = "-"

ALL = "all labels"
"""What effects on p(row), with labels summed over, are called beside those given a label."""

SIGNS = ("-1", "1")
"""What sites of spins are called, which have no letters."""


@dataclass(frozen=True)
class Scan:
    """Every substitution of one row.

    about      name of a column -> text, (n,): which mutant it is
    mutants    n mutants of one change each
    effects    their effects
    alphabets  label layer -> the names of its labels
    """

    about: dict[str, Texts]
    mutants: Mutants
    effects: Effects
    alphabets: Mapping[str, Alphabet]

    def table(self) -> dict[str, Texts]:
        """Columns of text, a row a mutant: which it is, then `effect_columns`."""
        return self.about | effect_columns(self.effects, self.alphabets)

    def grids(self, sites: int, letters: int) -> dict[str, NDArray[np.float64]]:
        """Effects by site and letter, (sites, letters), NaN where there is no mutant: of all labels, and given each."""
        own = {ALL if self.alphabets else "": self.effects.total}
        for layer, alphabet in self.alphabets.items():
            prefix = _prefix(layer, self.alphabets)
            own |= {f"{prefix}{s}": x for s, x in zip(alphabet.symbols, self.effects.given[layer].T)}
        return {name: self._grid(x, sites, letters) for name, x in own.items()}

    def _grid(self, x: NDArray[np.float64], sites: int, letters: int) -> NDArray[np.float64]:
        grid = np.full((sites, letters), np.nan)
        grid[self.mutants.site, self.mutants.letter] = x
        return grid


def scan_sequence(machines: Sequence[Machine], wild: Tensor, numbering: Numbering, alphabet: Alphabet) -> Scan:
    """Every substitution of a letter by another letter at each column where the wild type has one; gaps are none.

    machines: one, or several of a training, over which effects are averaged. wild (1, sites): the row of the sequence,
    whose letters are numbered. Raises ValueError as `mutation_effects`.
    """
    every, row = single_mutants(machines[-1], wild), wild[0].numpy()
    gap = alphabet.symbols.index(GAP) if GAP in alphabet.symbols else -1
    mutants = _some(every, (every.letter != gap) & (row[every.site] != gap))
    symbols, positions = np.array(alphabet.symbols), numbering.positions(len(row))[mutants.site]
    old, new = symbols[row[mutants.site]], symbols[mutants.letter]
    named = [f"{a}{i}{b}" for a, i, b in zip(old, positions.tolist(), new)]
    about = {"mutant": np.array(named), "position": positions.astype(str), "wildtype": old, "mutation": new}
    about["column"] = (mutants.site + 1).astype(str)
    return Scan(about, mutants, mean_effects(machines, wild, mutants), labels_of(machines[-1]))


def scan_sites(machines: Sequence[Machine], wild: Tensor, names: Sequence[str], alphabet: Alphabet) -> Scan:
    """Every change of a site with a name to another of its letters, such as the flip of each SNP or pixel.

    machines: as of `scan_sequence`. Raises ValueError as `mutation_effects`.
    """
    mutants = single_mutants(machines[-1], wild)
    own = alphabet.own if isinstance(alphabet, Categories) else (alphabet.symbols or SIGNS,) * len(names)
    row = np.rint(wild[0].numpy()).clip(min=0).astype(np.int64)
    pairs = list(zip(mutants.site.tolist(), row[mutants.site].tolist(), mutants.letter.tolist()))
    about = {
        "site": np.array([names[i] for i, _, _ in pairs]),
        "wildtype": np.array([own[i][a] for i, a, _ in pairs]),
        "mutation": np.array([own[i][b] for i, _, b in pairs]),
    }
    return Scan(about, mutants, mean_effects(machines, wild, mutants), labels_of(machines[-1]))


def score_variants(
    machines: Sequence[Machine], wild: Tensor, numbering: Numbering, alphabet: Alphabet, names: Sequence[str]
) -> tuple[dict[str, Texts], Matched]:
    """The effects of named mutants as columns of text, a row a name, and which of the names are scored.

    machines: as of `scan_sequence`. The columns are mutant, `effect_columns`, "" where a name has none, and the reason.
    Raises ValueError as `mutation_effects`.
    """
    found = match(names, numbering, alphabet)
    scored = effect_columns(mean_effects(machines, wild, found.mutants), labels_of(machines[-1]))
    table = {"mutant": np.array(names, dtype=str)}
    for name, column in scored.items():
        whole = np.full(len(names), "", dtype=object)
        whole[list(found.rows)] = column
        table[name] = whole.astype(str)
    table["reason"] = np.array([found.reasons.get(i, "") for i in range(len(names))], dtype=str)
    return table, found


def effect_columns(effects: Effects, alphabets: Mapping[str, Alphabet]) -> dict[str, Texts]:
    """Effects as columns of text: `effect`; for each label the effect given it, its change of log p, and its p.

    All but p are natural logarithms: effect = log p(mutant) - log p(wild type), `effect given NAME` the same of
    p( . | NAME), `change of log p(NAME)` is log p(NAME | mutant) - log p(NAME | wild type), `p(NAME)` is of the mutant.
    """
    table = {"effect": _texts(effects.total)}
    for layer, alphabet in alphabets.items():
        prefix, change = _prefix(layer, alphabets), effects.label_change(layer)
        for i, symbol in enumerate(alphabet.symbols):
            table[f"effect given {prefix}{symbol}"] = _texts(effects.given[layer][:, i])
            table[f"change of log {prefix}p({symbol})"] = _texts(change[:, i])
            table[f"{prefix}p({symbol})"] = np.char.mod("%.6g", np.exp(effects.log_label[layer][:, i]))
    return table


def most_different(grids: Mapping[str, NDArray[np.float64]], count: int) -> list[str]:
    """The name of the first grid, and of so many others that differ most from it (root mean square), in their order.

    >>> most_different({"all": np.zeros(2), "a": np.ones(2), "b": np.array([3.0, np.nan]), "c": np.full(2, 2.0)}, 2)
    ['all', 'b', 'c']
    """
    first, *others = grids
    far = {name: float(np.sqrt(np.nanmean((grids[name] - grids[first]) ** 2))) for name in others}
    kept = sorted(others, key=lambda name: -far[name])[:count]
    return [first, *(name for name in others if name in kept)]


def _texts(x: NDArray[np.float64]) -> Texts:
    """Six digits after the point; no negative zero."""
    return np.char.mod("%.6f", x.round(6) + 0.0)


def _prefix(layer: str, alphabets: Mapping[str, Alphabet]) -> str:
    """What is before the names of a label layer, where there are several."""
    return "" if len(alphabets) == 1 else f"{layer.removeprefix('label:')} "


def _some(mutants: Mutants, kept: NDArray[np.bool_]) -> Mutants:
    """Of mutants of one change each those that are kept."""
    count = int(kept.sum())
    return Mutants(count, np.arange(count), mutants.site[kept], mutants.letter[kept])
