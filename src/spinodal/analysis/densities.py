"""Densities: independent sites and the Chow-Liu tree, as models of rows of letters with log p of a row."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
from scipy.special import xlogy

from .. import room
from ..data.dataset import Dataset
from ..scores.pairs import pair_counts


@dataclass(frozen=True)
class Tree:
    """p(row) = Π_i p(x_i | x_parent(i)): a tree of sites, or several, down to sites that are all independent.

    parent (d,): the site that a site depends on, -1 for none. log_p: for each site log p(x_i) (q,), or
    log p(x_i | x_parent) (q_parent, q).
    """

    parent: np.ndarray
    log_p: list[np.ndarray]

    def rows(self, data: Dataset) -> np.ndarray:
        """log p of each row, (n,), in nats. Raises ValueError for rows with unknown letters, and for other sites."""
        letters, counts = _letters(data)
        if counts != [table.shape[-1] for table in self.log_p]:
            raise ValueError(f"these rows have not the sites of the training data: {len(counts)} sites")
        if unknown := int((letters < 0).any(1).sum()):
            raise ValueError(f"{unknown} rows have unknown entries: leave them out, or complete them first")
        total = np.zeros(len(data))
        for i, (parent, table) in enumerate(zip(self.parent, self.log_p)):
            total += table[letters[:, i]] if parent < 0 else table[letters[:, parent], letters[:, i]]
        return total


def independent_sites(train: Dataset, pseudocount: float = 1.0) -> Tree:
    """Independent sites: p(x_i) = (count + pseudocount / q_i) / (rows + pseudocount), of known letters."""
    letters, counts = _letters(train)
    tables = [np.log(_shares(x, q, pseudocount)) for x, q in zip(letters.T, counts)]
    return Tree(np.full(len(counts), -1), tables)


def chow_liu(train: Dataset, pseudocount: float = 1.0) -> Tree:
    """The tree of sites of the highest likelihood (Chow & Liu 1968): the spanning tree of most mutual information.

    p(x_i, x_j) = (count + pseudocount / (q_i q_j)) / (rows + pseudocount), of rows where both are known. Cost:
    rows x (sites x letters)² / 2 bits; memory of sites² numbers.
    """
    letters, counts = _letters(train)
    room.check(24 * len(counts) ** 2, f"each two of {len(counts)} sites", "leave the tree out")
    # every two sites have an edge, also where nothing is shared: a weight of 0 is no edge to scipy
    tree = minimum_spanning_tree(csr_array(np.triu(-1.0 - _information(letters, counts, pseudocount), 1)))
    order, parent = breadth_first_order(tree, 0, directed=False)
    parent[order[0]] = -1
    tables = []
    for i, up in enumerate(parent):
        if up < 0:
            tables.append(np.log(_shares(letters[:, i], counts[i], pseudocount)))
            continue
        known = np.where((letters[:, up] < 0) | (letters[:, i] < 0), -1, letters[:, up] * counts[i] + letters[:, i])
        p = _shares(known, counts[up] * counts[i], pseudocount).reshape(counts[up], counts[i])
        tables.append(np.log(p / p.sum(1, keepdims=True)))
    return Tree(parent, tables)


def _information(letters: np.ndarray, counts: list[int], pseudocount: float) -> np.ndarray:
    """The mutual information of each two sites i < j, (sites, sites), in nats."""
    colors, found = max(counts), np.zeros((len(counts), len(counts)))
    there = np.arange(colors) < np.array(counts)[:, None]
    prior = there / there.sum(1, keepdims=True)  # (sites, colors): 0 for letters that a site lacks
    for i, j, pairs in pair_counts(letters, colors):
        p = pairs + pseudocount * prior[i][:, :, None] * prior[j][:, None, :]
        p /= p.sum((1, 2), keepdims=True)
        apart = p.sum(2, keepdims=True) * p.sum(1, keepdims=True)
        found[i, j] = (xlogy(p, p) - xlogy(p, apart)).sum((1, 2))
    return found


def _shares(letters: np.ndarray, q: int, pseudocount: float) -> np.ndarray:
    """The share of each of q letters, (q,), of known ones."""
    counts = np.bincount(letters[letters >= 0], minlength=q) + pseudocount / q
    return np.asarray(counts / counts.sum())


def rows_by_label(
    model: Callable[[Dataset], Tree], train: Dataset, data: Dataset, given: Collection[str]
) -> np.ndarray:
    """log p(row | the labels `given`) of each row, (n,): a model for each combination of labels, of rows that have it.

    Where fewer than two training rows have it, and where no labels are given, the model is one of all rows.
    """
    keys, ours = (np.concatenate([np.zeros((len(x), 1)), *(x[k] for k in given)], axis=1) for x in (train, data))
    found = np.zeros(len(data))
    for key in np.unique(ours, axis=0):
        like, mine = (keys == key).all(1), (ours == key).all(1)
        found[mine] = model(train.select(like) if like.sum() > 1 else train).rows(data.select(mine))
    return found


def _letters(data: Dataset) -> tuple[np.ndarray, list[int]]:
    """The letters of all visible layers side by side, (n, d), -1 unknown, and how many each site has."""
    if numbers := [k for k in data.visibles if k not in data.alphabets]:
        raise ValueError(f"{', '.join(numbers)}: independent sites and trees are of letters, not of numbers")
    columns = [data[k].astype(np.int64) for k in data.visibles]
    units = [data.units[k] for k in data.visibles]
    counts = [len(values) for u in units for values in u.support()]
    return np.concatenate(columns, axis=1), counts
