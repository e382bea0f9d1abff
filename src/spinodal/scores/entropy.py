"""Entropy errors: the entropy of generated letters against that of real ones, by gzip and by a tree-shaped model."""

from __future__ import annotations

import gzip

import torch
from torch import Tensor

from .matrices import alike

LEVEL = 9
"""The compression level of gzip: Python's default, because the papers don't state theirs. Scores depend on it."""

COLUMNS = 256
"""One-hot columns in a block of sites whose pairs are counted at once."""


def gzip_entropy(letters: Tensor) -> float:
    """Bytes per row after gzip at `LEVEL` of the letters as little-endian int32, row after row; above 0.

    It depends on the order of rows, on the order of sites, and on the build of zlib. It is far above the entropy: each
    letter has four bytes, and gzip finds no repeats that are more than 32 kB apart (ten rows of 784 sites).
    letters: integers (n, sites). Raises ValueError for anything else. Cost: up to five seconds per million letters, and
    an int32 copy of the letters in memory.
    """
    (letters,) = _letters(letters=letters)
    text = letters.to("cpu", torch.int32).contiguous().numpy().astype("<i4", copy=False)
    return len(gzip.compress(text.data, LEVEL, mtime=0)) / len(letters)


def entropy_error(data: Tensor, generated: Tensor) -> float:
    """(S(generated) / S(data) - 1)², S being `gzip_entropy`: the papers' score.

    data, generated: integers (n, sites) and (m, sites), not one-hot. Ideally 0; compare with the floor of an equal
    number of real rows. Sorted rows (by label, for example) compress better, so shuffle both sets. Raises ValueError if
    the two can't be compared. `tree_entropy_error` doesn't depend on the order of rows or sites, or on a library.

    Source: the F&F paper's code.
    """
    data, generated = _letters(data=data, generated=generated)
    return (gzip_entropy(generated) / gzip_entropy(data) - 1) ** 2


@torch.no_grad()
def tree_entropy(letters: Tensor) -> float:
    """The entropy of the best tree-shaped model of the letters, in nats per row, from 0 to sites * log(letters):

        H = Σ_i H(x_i) - Σ_(i,j in T) I(x_i; x_j),   T: the spanning tree of sites with the most mutual information

    Of all tree-shaped distributions, that of T is nearest to the empirical one: it has the same statistics at each site
    and along each edge. So H is an upper bound of the empirical entropy. It is exact where sites depend on each other
    as in a tree or a chain: independent, copied and constant sites, for example. It doesn't depend on the order of rows
    or sites, or on which letter has which number. It needs only pairs of sites, while an entropy of whole rows is
    log(n) wherever all rows differ, and nearest-neighbor estimates fail where distances are 0. It doesn't detect copies
    of rows as long as statistics of pairs are right (see `distinct`). For few rows it is too small, by about letters *
    (letters - 1) / 2n per site and by the choice of the tree, so compare at equal n.

    letters: integers (n, sites), 0 and above. Raises ValueError for anything else. Cost: n (sites * letters)² / 2
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
    """(H(generated) / H(data) - 1)², H being `tree_entropy`. Unlike `entropy_error` it depends on no order or library.

    data, generated: integers (n, sites) and (m, sites), not one-hot. Ideally 0; compare with the floor of an equal
    number of real rows. Raises ValueError if the two can't be compared, or if all rows of the data are the same.
    """
    data, generated = _letters(data=data, generated=generated)
    if (data == data[0]).all():
        raise ValueError("all rows of data are the same: their entropy is 0, and a relative error needs more than 0")
    return (tree_entropy(generated) / tree_entropy(data) - 1) ** 2


def _letters(**named: Tensor) -> list[Tensor]:
    """The matrices of these names. Raises ValueError if one of them is not letters, or if they can't be compared."""
    for name, x in named.items():
        if x.is_floating_point():
            raise ValueError(
                f"{name} must be letters as integers, (n, sites), not {x.dtype}: convert 0 and 1 by .long()"
            )
    return alike(**named)


def _joint_entropies(letters: Tensor) -> Tensor:
    """H(x_i, x_j) of all pairs of sites, (sites, sites), with H(x_i) on the diagonal; from exact counts."""
    n, sites = letters.shape
    colors = int(letters.max()) + 1
    blocks = range(0, sites, step := max(COLUMNS // colors, 1))
    sums = torch.zeros(sites, sites, dtype=torch.float64, device=letters.device)
    for i in blocks:
        left = _one_hot(letters[:, i : i + step], colors)
        for j in blocks[: i // step + 1]:
            counts = (left.T @ _one_hot(letters[:, j : j + step], colors)).double()
            of_pairs = torch.xlogy(counts, counts).unflatten(1, (-1, colors)).unflatten(0, (-1, colors)).sum((1, 3))
            sums[i : i + step, j : j + step] = of_pairs
            sums[j : j + step, i : i + step] = of_pairs.T
    return torch.tensor(n, dtype=torch.float64).log() - sums / n


def _one_hot(letters: Tensor, colors: int) -> Tensor:
    """One-hot letters, (n, sites * colors), ordered by site and then by letter."""
    return (letters[..., None] == torch.arange(colors, device=letters.device)).flatten(1).float()


def _heaviest_tree(weights: Tensor) -> float:
    """The total weight of the maximum spanning tree, by Prim's algorithm: it adds the heaviest edge to a new site."""
    total, inside = 0.0, torch.zeros(len(weights), dtype=torch.bool, device=weights.device)
    inside[0] = True
    reach = weights[0].clone()  # the heaviest edge from the tree to each site
    for _ in range(len(weights) - 1):
        weight, site = reach.masked_fill(inside, -torch.inf).max(0)
        total, inside[site] = total + float(weight), True
        reach = reach.maximum(weights[site])
    return total
