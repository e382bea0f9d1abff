"""Entropy errors: are the generated letters as random as the data's, by their size in gzip, and by a tree of sites?"""

from __future__ import annotations

import gzip

import torch
from torch import Tensor

from .matrices import alike

LEVEL = 9
"""How hard gzip tries: the default of Python's, as the papers don't say theirs. Numbers of different levels differ."""

COLUMNS = 256
"""Letters of a block of sites, one-hot, whose pairs are counted at once."""


def gzip_entropy(letters: Tensor) -> float:
    """Bytes a row that gzip needs for the letters: int32, little-endian, row after row, at `LEVEL`; above 0.

    It depends on the order of rows and of sites and on the build of zlib, and is far above the entropy: four bytes hold
    a letter, and what lies more than 32 kB back (ten rows of 784 sites) is forgotten. letters: integers (n, sites).
    Raises ValueError where they aren't. Cost: up to five seconds a million letters, which are in memory as int32.
    """
    (letters,) = _letters(letters=letters)
    text = letters.to("cpu", torch.int32).contiguous().numpy().astype("<i4", copy=False)
    return len(gzip.compress(text.data, LEVEL, mtime=0)) / len(letters)


def entropy_error(data: Tensor, generated: Tensor) -> float:
    """(S(generated) / S(data) - 1)², S being `gzip_entropy`: the papers' score.

    data, generated: integers (n, sites) and (m, sites), not one-hot. Ideally 0, and small numbers mean nothing without
    a floor. Rows in the order of their labels, say, are shorter: shuffle both alike. Raises ValueError if the two can't
    be compared. `tree_entropy_error` depends on neither order nor library.

    Source: the F&F paper's code.
    """
    data, generated = _letters(data=data, generated=generated)
    return (gzip_entropy(generated) / gzip_entropy(data) - 1) ** 2


@torch.no_grad()
def tree_entropy(letters: Tensor) -> float:
    """The entropy of the letters' best tree-shaped model, in nats a row, from 0 to sites * log(letters):

        H = Σ_i H(x_i) - Σ_(i,j in T) I(x_i; x_j),   T: the spanning tree of sites with the most mutual information

    T's is the tree-shaped law nearest to the rows: it has their statistics at each site and along each edge. So H is an
    upper bound of the entropy of the rows as they are, and exact where sites depend on each other as in a tree or a
    chain: independent ones, copied ones and constant ones, for example. To count whole rows gives log(n) wherever all
    are different, and distances to neighbors have no logarithm where letters repeat; this needs pairs of sites alone,
    and depends neither on the order of rows or sites nor on what letters are called. It doesn't see what pairs don't
    show: many copies of enough rows (see `distinct`). Of few rows it is too small, by some letters * (letters - 1) / 2n
    a site and the choice of the tree, so compare at equal n.

    letters: integers (n, sites), 0 and up. Raises ValueError where they aren't. Cost: n (sites * letters)² / 2
    multiplications, and sites² numbers in memory.

    Source: Chow and Liu 1968.

    >>> import math
    >>> a, b = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
    >>> round(tree_entropy(torch.stack([a, b, a, 1 - b], 1)) / math.log(2), 6)
    2.0
    """
    (letters,) = _letters(letters=letters)
    joint = _joint_entropies(letters)
    sites = joint.diag()
    return float(sites.sum()) - _heaviest_tree(sites[:, None] + sites - joint)


def tree_entropy_error(data: Tensor, generated: Tensor) -> float:
    """(H(generated) / H(data) - 1)², H being `tree_entropy`: `entropy_error` without orders and libraries.

    data, generated: integers (n, sites) and (m, sites), not one-hot. Ideally 0, and small numbers mean nothing without
    a floor of as many rows. Raises ValueError if the two can't be compared, or if all rows of the data are the same.
    """
    data, generated = _letters(data=data, generated=generated)
    if (data == data[0]).all():
        raise ValueError("all rows of data are the same: their entropy is 0, and nothing is a fraction of it")
    return (tree_entropy(generated) / tree_entropy(data) - 1) ** 2


def _letters(**named: Tensor) -> list[Tensor]:
    """What is named, where all of it is letters."""
    for name, x in named.items():
        if x.is_floating_point():
            raise ValueError(
                f"{name} must be letters as integers, (n, sites), not {x.dtype}: numbers of 0 and 1 by .long()"
            )
    return alike(**named)


def _joint_entropies(letters: Tensor) -> Tensor:
    """H(x_i, x_j) of all pairs of sites, of each with itself H(x_i): (sites, sites), from counts, which are exact."""
    n, sites = letters.shape
    colors = int(letters.max()) + 1
    blocks = range(0, sites, step := max(COLUMNS // colors, 1))
    found = torch.zeros(sites, sites, dtype=torch.float64, device=letters.device)
    for i in blocks:
        left = _one_hot(letters[:, i : i + step], colors)
        for j in blocks[: i // step + 1]:
            counts = (left.T @ _one_hot(letters[:, j : j + step], colors)).double()
            of_pairs = torch.xlogy(counts, counts).unflatten(1, (-1, colors)).unflatten(0, (-1, colors)).sum((1, 3))
            found[i : i + step, j : j + step] = of_pairs
            found[j : j + step, i : i + step] = of_pairs.T
    return torch.tensor(n, dtype=torch.float64).log() - found / n


def _one_hot(letters: Tensor, colors: int) -> Tensor:
    """(n, sites * colors), site by site."""
    return (letters[..., None] == torch.arange(colors, device=letters.device)).flatten(1).float()


def _heaviest_tree(weights: Tensor) -> float:
    """The total weight of the heaviest spanning tree (Prim's way): grown by the heaviest edge that leaves it."""
    total, inside = 0.0, torch.zeros(len(weights), dtype=torch.bool, device=weights.device)
    inside[0] = True
    reach = weights[0].clone()  # the heaviest edge to each site from the tree
    for _ in range(len(weights) - 1):
        weight, site = reach.masked_fill(inside, -torch.inf).max(0)
        total, inside[site] = total + float(weight), True
        reach = reach.maximum(weights[site])
    return total
