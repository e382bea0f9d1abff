"""Distances: the distance of each row from its nearest neighbor, computed in blocks, for sets of any size."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from ..data import bits
from ..machines.closest import blocks, closest
from ..machines.kernels import product
from .matrices import row_bytes, two_valued

Distances = Callable[[Tensor, Tensor], Tensor]
"""A function that takes rows (n, d) and (m, d), and returns the distances of all pairs, (n, m), as a new tensor."""


def with_distance(data: Tensor, generated: Tensor) -> tuple[Distances, Tensor, Tensor]:
    """A distance function, and both sets in the form that it takes.

    Integers are letters; letters and matrices of two values are packed as bits and compared by Hamming distance. All
    other numbers are compared by squared Euclidean distance.
    """
    if not data.is_floating_point():
        a, b = bits.pack_bits(data.cpu()), bits.pack_bits(generated.cpu())
        depth = max(a.shape[1], b.shape[1])
        return bits.differences, _padded(a, depth), _padded(b, depth)
    if data.device.type != "cpu" or not (binary := two_valued(data, generated)):
        return squares, data, generated
    a, b = map(bits.pack_bits, binary[1])
    return bits.differences, a, b


def _padded(words: Tensor, depth: int) -> Tensor:
    """Packed letters with zeros as their higher bits, so that every letter has `depth` bits."""
    return torch.nn.functional.pad(words, (0, 0, 0, depth - words.shape[1]))


def squares(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|² of all pairs, (n, m), a new tensor."""
    return product(-2 * x, y.T, y.square().sum(1)).add_(x.square().sum(1, keepdim=True))


def nearest_across(distances: Distances, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The distance of each row of x from its nearest row of y, (n,), and of each row of y from that of x, (m,)."""
    of_x, of_y = _infinite(x), _infinite(y)
    for i, j in itertools.product(blocks(x), blocks(y)):
        pairs = distances(x[i], y[j])
        of_x[i], of_y[j] = of_x[i].minimum(pairs.amin(1)), of_y[j].minimum(pairs.amin(0))
    return of_x, of_y


def nearest_within(distances: Distances, x: Tensor) -> Tensor:
    """The distance of each row from its nearest other row, (n,); each pair of blocks is computed once."""
    nearest = _infinite(x)
    for i, j in itertools.combinations_with_replacement(blocks(x), 2):
        pairs = distances(x[i], x[j])
        if i == j:
            pairs.fill_diagonal_(torch.inf)
        nearest[i] = nearest[i].minimum(pairs.amin(1))
        nearest[j] = nearest[j].minimum(pairs.amin(0))
    return nearest


def _infinite(x: Tensor) -> Tensor:
    """Infinite distances, (n,), in a precision that holds every distance."""
    return torch.full((len(x),), torch.inf, dtype=torch.float64, device=x.device)


def nearest_distances(x: Tensor, y: Tensor) -> Tensor:
    """The distance of each row of x from its nearest row of y, per column: float64 (n,), on the CPU.

    x and y are what `matrices.alike` returns. For letters it is the share of sites that differ, for real numbers the
    root mean square of the differences. The distance is 0 for exact copies only.
    """
    if not x.is_floating_point():
        return nearest_distances_both_ways(x, y)[0]
    mean = y.mean(0)  # centering: numbers far from zero would lose their differences to rounding
    return _root_mean_square(x, y, closest(x - mean, y - mean))


def nearest_distances_both_ways(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """`nearest_distances` from x to y, and from y to x; for letters each pair is compared once."""
    if x.is_floating_point():
        return nearest_distances(x, y), nearest_distances(y, x)
    of_x, of_y = nearest_across(*with_distance(x, y))
    return of_x / x.shape[1], of_y / x.shape[1]


def _root_mean_square(x: Tensor, y: Tensor, to: Tensor) -> Tensor:
    """The root mean square difference of each row x[i] from y[to[i]], (n,); 0 if x[i] is a copy of any row of y.

    It is computed from the differences, because a matrix product leaves only rounding of a small distance. Rounding can
    also make `to` point from a copy to a row next to its original, so copies are looked up by their bytes.
    """
    distance = torch.cat([(x[i].double() - y[to[i]]).square().mean(1).sqrt() for i in blocks(x)]).cpu()
    originals = set(row_bytes(y))
    distance[torch.tensor([row in originals for row in row_bytes(x)])] = 0
    return distance
