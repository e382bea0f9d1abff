"""Confusions: which label is predicted in place of which: all counts of few labels, the commonest mistakes of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .. import scores

READ = 40
"""Labels of which a table of all counts can be read."""

MISTAKES = 20
"""Mistakes that are named, of more labels."""

Table = list[list[int]]
Mistake = dict[str, Any]
"""{"label", "seen", "n", "of"}: n of so many rows of a label are taken for another."""


def table(asked: np.ndarray, seen: np.ndarray, names: Sequence[str]) -> Table:
    """How many rows of each label (row) are taken for each (column), as `scores.confusion`; [] of more than READ.

    asked, seen (n,): numbers of `names`, negative where unknown. [] where no row has both.
    """
    if len(names) > READ or not ((asked >= 0) & (seen >= 0)).any():
        return []
    found: Table = scores.confusion(torch.from_numpy(asked), torch.from_numpy(seen), len(names)).tolist()
    return found


def mistakes(asked: np.ndarray, seen: np.ndarray, names: Sequence[str]) -> list[Mistake]:
    """The commonest mistakes where labels are more than READ, at most MISTAKES, the commonest first; else [].

    >>> names = [f"l{i}" for i in range(50)]
    >>> mistakes(np.array([3, 3, 3, 7, 8]), np.array([3, 4, 4, 8, 8]), names)[0]
    {'label': 'l3', 'seen': 'l4', 'n': 2, 'of': 3}
    """
    if len(names) <= READ:
        return []
    both = (asked >= 0) & (seen >= 0)
    asked, seen = asked[both], seen[both]
    pairs, counts = np.unique(np.stack([asked, seen])[:, asked != seen], axis=1, return_counts=True)
    most = np.argsort(-counts, kind="stable")[:MISTAKES]
    of = np.bincount(asked, minlength=len(names))
    return [
        {"label": names[a], "seen": names[b], "n": int(n), "of": int(of[a])}
        for a, b, n in zip(*pairs[:, most].tolist(), counts[most].tolist())
    ]
