"""Diversity: the share of distinct rows, and the mean distance between rows, within labels and between them."""

from __future__ import annotations

import torch
from torch import Tensor

from .matrices import alike, row_bytes

ROWS = 1024
"""Number of rows in a block whose letters are counted at once."""


def distinct(x: Tensor) -> float:
    """The number of distinct rows divided by the number of rows, in (0, 1]; 1 if no row repeats another.

    x: (n, d). Real data with few sites or with repeated rows are below 1 too: compare with an equal number of real
    rows. Raises ValueError if x is not a matrix of known numbers or letters. Cost: one pass, and one copy of the rows.

    >>> distinct(torch.tensor([[0, 1], [1, 1], [0, 1], [0, 0]]))
    0.75
    """
    (x,) = alike(x=x)
    return len(set(row_bytes(x))) / len(x)


def mean_distance(x: Tensor, y: Tensor | None = None) -> float:
    """The mean distance between two different rows of x, or between a row of x and a row of y.

    For letters (integers, booleans), and for numbers with only two values in all, it is the mean share of sites that
    differ, in [0, 1]. For real numbers it is the root of the mean square difference over pairs and columns. Ideally it
    equals that of the data; a smaller value means mode collapse. x: (n, d), y: (m, d). Raises ValueError if they can't
    be compared. Cost: one pass, because the mean follows from the counts of letters, or from means and variances.

    >>> mean_distance(torch.tensor([[0, 1], [0, 2], [0, 2]]))  # 1/2, 1/2, 0
    0.333...
    """
    groups = alike(x=x) if y is None else alike(x=x, y=y)
    return float(_mean_distances(groups)[0, -1])


def by_label(x: Tensor, labels: Tensor) -> Tensor:
    """`mean_distance` within each label (diagonal) and between each two labels: float64 (k, k), symmetric.

    If labels separate the rows, numbers on the diagonal are smaller than the others. x: (n, d); labels: integers (n,)
    from 0 to k - 1, negative where unknown; rows of unknown label don't count. NaN for a label without rows, and on the
    diagonal for a label with one row. Raises ValueError if x is not a matrix of known numbers or letters, if labels and
    rows differ in number, or if no label is known.

    >>> by_label(torch.tensor([[0, 0], [0, 1], [1, 1], [1, 1]]), torch.tensor([0, 0, 1, 1])).tolist()
    [[0.5, 0.75], [0.75, 0.0]]
    """
    (x,) = alike(x=x)
    if labels.shape != x.shape[:1] or labels.is_floating_point() or not (labels >= 0).any():
        raise ValueError(
            f"labels must be {len(x)} integers, one for each row, at least one of them 0 or more, "
            f"not {labels.dtype} of shape {tuple(labels.shape)}"
        )
    return _mean_distances([x[labels == label] for label in range(int(labels.max()) + 1)])


@torch.no_grad()
def _mean_distances(groups: list[Tensor]) -> Tensor:
    """The mean distance within and between groups of rows of one type, (k, k)."""
    n = torch.tensor([len(x) for x in groups], dtype=torch.float64)
    if groups[0].is_floating_point():
        return _of_reals(groups, n)
    return _of_letters(groups, n)


def _of_letters(groups: list[Tensor], n: Tensor) -> Tensor:
    """1 - the share of pairs that agree at a site, Σ_a c_a c'_a / n n', without the pair of a row and itself."""
    colors = max(int(x.max()) + 1 for x in groups if len(x))
    counts = torch.stack([_counts(x, colors) for x in groups])
    agreeing = counts @ counts.T / groups[0].shape[1]
    pairs = n.outer(n)
    agreeing.diagonal().sub_(n)
    pairs.diagonal().sub_(n)
    return 1 - agreeing / pairs


def _counts(x: Tensor, colors: int) -> Tensor:
    """The count of each letter at each site, (sites * colors,)."""
    sites = x.shape[1]
    offsets = colors * torch.arange(sites, device=x.device)
    counts = torch.zeros(sites * colors, dtype=torch.float64)
    for rows in x.split(ROWS):
        counts += (rows + offsets).flatten().bincount(minlength=sites * colors).cpu()
    return counts


def _of_reals(groups: list[Tensor], n: Tensor) -> Tensor:
    """The mean of (x - y)² is the sum of both variances and the squared distance of the means.

    On the diagonal, n / (n - 1) leaves out the pairs of a row and itself.
    """
    means = torch.stack([x.mean(0, dtype=torch.float64) for x in groups])
    variances = torch.stack([_variance(x, mean) for x, mean in zip(groups, means)]).cpu()
    between = torch.cdist(means, means, compute_mode="donot_use_mm_for_euclid_dist").square().cpu() / means.shape[1]
    squares = variances[:, None] + variances + between
    squares.diagonal().mul_(n / (n - 1))
    return squares.sqrt()


def _variance(x: Tensor, mean: Tensor) -> Tensor:
    """The mean squared deviation of all entries from the mean of their column, (); NaN if there are no rows."""
    return sum((rows - mean).square().sum() for rows in x.split(ROWS)) / x.numel()
