"""Curvature: along directions in which the data vary much, a step by one learning rate would go too far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..machines import kernels
from ..machines.state import Edge, Tensors

MOST = 16
"""The most directions that are found."""

ROUNDS = 20
"""Products with the covariance that find them."""

TINY = 1e-12
"""The least square of a length."""


@dataclass(frozen=True)
class Curvature:
    """The principal directions of data, and how far a step may go along them.

    directions   layer -> (k, size): of length 1 over all layers together, and orthogonal to each other
    variances    of the rows along each, (k,), the largest first
    limit        what the learning rate times the variance may be at most

    Along a direction u of its weights the log-likelihood of an RBM is curved as the rows vary there, ⟨(u (v - ⟨v⟩))²⟩.
    So one learning rate is too large for the first directions, or too small for all others. Where few directions have
    most of the variance, as in genomes of several populations, the limit lets it be ten times as large.
    """

    directions: Tensors
    variances: tuple[float, ...]
    limit: float = 1.0

    def damp(self, gradient: Tensors, edges: Sequence[Edge], lr: float) -> Tensors:
        """The gradient, where that G of the weights is shortened along directions u whose variance is too large.

            G <- G - Σ_u max(0, 1 - limit / (lr variance_u)) u uᵀ G

        The sums have the same bits on every device. Cost: two sums over G for each direction that is shortened.
        """
        parts = torch.tensor([1.0 - self.limit / (lr * x) for x in self.variances if lr * x > self.limit])
        found = dict(gradient)
        for receiver in dict.fromkeys(b for a, b in edges if a in self.directions) if len(parts) else ():
            senders = {a: f"coupling.{a}-{b}.weight" for a, b in edges if b == receiver and a in self.directions}
            ways = {name: self.directions[a][: len(parts)].to(found[name].device) for a, name in senders.items()}
            along = torch.stack([kernels.of(u).combinations(found[name], u) for name, u in ways.items()]).sum(0)
            for name, u in ways.items():
                short = parts.to(u.device)[:, None] * u
                found[name] = kernels.of(u).subtract_products(found[name], short, along)
        return found


def principal(rows: Mapping[str, Tensor], limit: float = 1.0, most: int = MOST) -> Curvature:
    """The principal directions of rows, layer -> (n, size) as a machine sees them; what is unknown, NaN, counts as 0.

    By subspace iteration on the products of all pairs of rows. Of 0 and 1 these are integers, and all other sums are
    exact, so the directions have the same bits on every processor. Cost: n² (size + most `ROUNDS`).
    """
    x = torch.cat([own.float().nan_to_num(0.0) for own in rows.values()], 1)
    n, pairs = len(x), _centered((x @ x.T).double())
    basis = torch.rand(min(most, n), n, generator=torch.Generator().manual_seed(0)) - 0.5
    for _ in range(ROUNDS):
        basis = _orthonormal([_products(pairs, q) for q in basis])
    directions = _orthonormal([_combined(x, q - _products(q[None], torch.ones(n)) / n) for q in basis])
    variances = [_variance(_products(x, u)) for u in directions]
    order = sorted(range(len(directions)), key=lambda k: -variances[k])
    split = directions[order].split([own.shape[1] for own in rows.values()], 1)
    return Curvature(dict(zip(rows, split)), tuple(variances[k] for k in order), limit)


def _centered(products: Tensor) -> Tensor:
    """The products of pairs of rows about their mean, from the products of the rows."""
    mean = products.mean(1)  # of integers: exact
    return (products - mean[:, None] - mean + mean.mean()).float().contiguous()


def _orthonormal(vectors: Sequence[Tensor]) -> Tensor:
    """Vectors of length 1 that span the same (Gram-Schmidt, twice); one that depends on those before becomes 0."""
    basis = torch.zeros(len(vectors), len(vectors[0]))
    for k, v in enumerate(vectors):
        for _ in range(2):
            v = v - _combined(basis, _products(basis, v))
            square = _products(v[None], v)
            v = v / square.sqrt() if square > TINY else torch.zeros_like(v)
        basis[k] = v
    return basis


def _variance(x: Tensor) -> float:
    """The variance of numbers (n,)."""
    x = x - _products(x[None], torch.ones(len(x))) / len(x)
    return float(_products(x[None], x)) / len(x)


def _products(w: Tensor, v: Tensor) -> Tensor:
    """Σ_j w_ij v_j, (n,), the same bits everywhere."""
    return kernels.of(w).weighted_sums(w.contiguous(), w.new_zeros(len(w)), v.contiguous())[0]


def _combined(w: Tensor, v: Tensor) -> Tensor:
    """Σ_i v_i w_ij, (m,), the same bits everywhere."""
    return kernels.of(w).weighted_sums(w.contiguous(), v.contiguous(), w.new_zeros(w.shape[1]))[1]
