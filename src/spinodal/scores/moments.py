"""Second-moment error: do the columns vary together as in the data?"""

from __future__ import annotations

import torch
from torch import Tensor

from .matrices import comparable

COLUMNS = 256
"""Numbers of a row that are in double precision at once."""


@torch.no_grad()
def second_moment_error(data: Tensor, generated: Tensor) -> float:
    """The mean square difference of the covariances, E(2):

        1 / d² Σ_ij (C_ij(data) - C_ij(generated))²,   C_ij = ⟨x_i x_j⟩ - ⟨x_i⟩⟨x_j⟩

    data: (n, d), generated: (m, d); ideally 0, and small numbers mean nothing without a floor. It has the scale of the
    data to the fourth power: 16 times larger on -1/1 than on 0/1. Raises ValueError if the two can't be compared.
    Cost: in double precision, the multiplications of d x d products where d is the smaller side, else of n x n ones.

    Source: chaos paper (arXiv:2405.10822), eq. 16; how it is normalized there is our reading.
    """
    a, b = (_centered(x) for x in comparable(data, generated))
    if a.shape[1] <= max(len(a), len(b)):
        return float((_gram(a.T, a.T) - _gram(b.T, b.T)).square().mean())
    squares = _gram(a, a).square().sum() + _gram(b, b).square().sum() - 2 * _gram(a, b).square().sum()
    return float(squares.clamp(min=0)) / a.shape[1] ** 2


def _centered(x: Tensor) -> Tensor:
    """What makes the covariance as a product with itself: (x - mean) / sqrt(n)."""
    return (x - x.mean(0)).div_(len(x) ** 0.5)


def _gram(x: Tensor, y: Tensor) -> Tensor:
    """x yᵀ in double precision, of which only a few columns of x and y are in memory at once."""
    total = x.new_zeros(len(x), len(y), dtype=torch.float64)
    for a, b in zip(x.split(COLUMNS, 1), y.split(COLUMNS, 1)):
        total.addmm_(a.double(), b.double().T)
    return total


@torch.no_grad()
def reconstruction_error(data: Tensor, reconstructed: Tensor) -> float:
    """The mean square difference of each entry from what it was reconstructed as, E(R): 1 / (n d) Σ (x - x')².

    data, reconstructed: (n, d), row for row (`tasks.reconstruct`); 0 at best. Where every row were reconstructed as
    the data's mean, it would be their variance. It has the scale of the data squared: 4 times larger on -1/1 than on
    0/1. Raises ValueError if the two can't be compared or have different numbers of rows.

    Source: chaos paper (arXiv:2405.10822), eq. 18.
    """
    data, reconstructed = comparable(data, reconstructed)
    if len(data) != len(reconstructed):
        raise ValueError(
            f"data has {len(data)} rows and reconstructed {len(reconstructed)}: they are compared in pairs"
        )
    return float((data - reconstructed).double().square().mean())
