"""Diversity: how many rows are distinct, and how far apart are they, within labels and between them?"""

from __future__ import annotations

import torch
from torch import Tensor

from .matrices import alike, spelled

ROWS = 1024
"""Rows whose letters are counted at once."""


def distinct(x: Tensor) -> float:
    """The share of the rows that are left where each is kept once, in (0, 1]; 1 where no row repeats another.

    x: (n, d). Short or repeated data have less than 1 themselves: compare with as many rows of the data. Raises
    ValueError if x is no matrix of known numbers or letters. Cost: one pass, and the rows in memory once more.

    >>> distinct(torch.tensor([[0, 1], [1, 1], [0, 1], [0, 0]]))
    0.75
    """
    (x,) = alike(x=x)
    return len(set(spelled(x))) / len(x)


def mean_distance(x: Tensor, y: Tensor | None = None) -> float:
    """How far apart two different rows of x are on average, or a row of x and one of y.

    Of letters (integers, booleans) and of numbers that show two values in all, the mean share of sites that differ, in
    [0, 1]; of reals the root of the mean square difference over pairs and columns. Ideally that of the data: less is a
    collapse. x: (n, d), y: (m, d). Raises ValueError if they can't be compared. Cost: one pass, as both means follow
    from the counts of letters, or from means and variances.

    >>> mean_distance(torch.tensor([[0, 1], [0, 2], [0, 2]]))  # 1/2, 1/2, 0
    0.333...
    """
    groups = alike(x=x) if y is None else alike(x=x, y=y)
    return float(_mean_distances(groups)[0, -1])


def by_label(x: Tensor, labels: Tensor) -> Tensor:
    """`mean_distance` within each label, on the diagonal, and between each two: float64 (k, k), symmetric.

    Labels that tell rows apart have smaller numbers on the diagonal than beside it. x: (n, d); labels: integers (n,)
    from 0 to k - 1, negative where unknown: such rows are left out. NaN where a label has no row, or no two within.
    Raises ValueError if x is no matrix of known numbers or letters, or there isn't one label a row, one of them known.

    >>> by_label(torch.tensor([[0, 0], [0, 1], [1, 1], [1, 1]]), torch.tensor([0, 0, 1, 1])).tolist()
    [[0.5, 0.75], [0.75, 0.0]]
    """
    (x,) = alike(x=x)
    if labels.shape != x.shape[:1] or labels.is_floating_point() or not (labels >= 0).any():
        raise ValueError(f"labels must be {len(x)} integers, one a row, and not all unknown: not {tuple(labels.shape)}")
    return _mean_distances([x[labels == label] for label in range(int(labels.max()) + 1)])


@torch.no_grad()
def _mean_distances(groups: list[Tensor]) -> Tensor:
    """The mean distance within and between groups, which are alike, (k, k)."""
    n = torch.tensor([len(x) for x in groups], dtype=torch.float64)
    if groups[0].is_floating_point():
        return _of_reals(groups, n)
    return _of_letters(groups, n)


def _of_letters(groups: list[Tensor], n: Tensor) -> Tensor:
    """Two rows agree at a site as often as both draw one letter: Σ_a c_a c'_a / n n', without a row and itself."""
    colors = max(int(x.max()) + 1 for x in groups if len(x))
    counts = torch.stack([_counts(x, colors) for x in groups])
    agreeing = counts @ counts.T / groups[0].shape[1]
    pairs = n.outer(n)
    agreeing.diagonal().sub_(n)
    pairs.diagonal().sub_(n)
    return 1 - agreeing / pairs


def _counts(x: Tensor, colors: int) -> Tensor:
    """How often each letter is at each site, (sites * colors,)."""
    sites = x.shape[1]
    places = colors * torch.arange(sites, device=x.device)
    found = torch.zeros(sites * colors, dtype=torch.float64)
    for rows in x.split(ROWS):
        found += (rows + places).flatten().bincount(minlength=sites * colors).cpu()
    return found


def _of_reals(groups: list[Tensor], n: Tensor) -> Tensor:
    """The mean of (x - y)² is both variances and the square of what is between the means; without a row and itself."""
    means = torch.stack([x.mean(0, dtype=torch.float64) for x in groups])
    variances = torch.stack([_variance(x, mean) for x, mean in zip(groups, means)]).cpu()
    between = torch.cdist(means, means, compute_mode="donot_use_mm_for_euclid_dist").square().cpu() / means.shape[1]
    squares = variances[:, None] + variances + between
    squares.diagonal().mul_(n / (n - 1))
    return squares.sqrt()


def _variance(x: Tensor, mean: Tensor) -> Tensor:
    """The mean square of all entries about their column's mean, (), NaN of no rows."""
    return sum((rows - mean).square().sum() for rows in x.split(ROWS)) / x.numel()
