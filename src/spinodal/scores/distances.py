"""Distances: how far the nearest rows are, in blocks of pairs, however large the sets are."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from ..data import bits
from ..machines.closest import blocks, closest
from ..machines.kernels import product
from .matrices import spelled, two_valued

Distances = Callable[[Tensor, Tensor], Tensor]


def measure(data: Tensor, generated: Tensor) -> tuple[Distances, Tensor, Tensor]:
    """A measure of distance, and what it takes of both sets: bits where they are letters or show two values, else them.

    Letters are integers; of them all bits that one of both sets needs.
    """
    if not data.is_floating_point():
        known, made = bits.pack_bits(data.cpu()), bits.pack_bits(generated.cpu())
        depth = max(known.shape[1], made.shape[1])
        return bits.differences, _deep(known, depth), _deep(made, depth)
    if data.device.type != "cpu" or not (found := two_valued(data, generated)):
        return squares, data, generated
    known, made = map(bits.pack_bits, found[1])
    return bits.differences, known, made


def _deep(words: Tensor, depth: int) -> Tensor:
    """Packed letters with as many bits as letters of others have: theirs are 0 there."""
    return torch.nn.functional.pad(words, (0, 0, 0, depth - words.shape[1]))


def squares(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|^2 of all pairs, (n, m), a new tensor."""
    return product(-2 * x, y.T, y.square().sum(1)).add_(x.square().sum(1, keepdim=True))


def nearest_across(distances: Distances, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """How far the nearest row of y is from each row of x, (n,), and the nearest of x from each of y, (m,)."""
    of_x, of_y = _far(x), _far(y)
    for i, j in itertools.product(blocks(x), blocks(y)):
        found = distances(x[i], y[j])
        of_x[i], of_y[j] = of_x[i].minimum(found.amin(1)), of_y[j].minimum(found.amin(0))
    return of_x, of_y


def nearest_within(distances: Distances, x: Tensor) -> Tensor:
    """How far the nearest other row is from each row, (n,): each pair of blocks is looked at once."""
    nearest = _far(x)
    for i, j in itertools.combinations_with_replacement(blocks(x), 2):
        found = distances(x[i], x[j])
        if i == j:
            found.fill_diagonal_(torch.inf)
        nearest[i] = nearest[i].minimum(found.amin(1))
        nearest[j] = nearest[j].minimum(found.amin(0))
    return nearest


def _far(x: Tensor) -> Tensor:
    """Farther than anything, (n,), in a precision that holds every distance."""
    return torch.full((len(x),), torch.inf, dtype=torch.float64, device=x.device)


def toward(x: Tensor, y: Tensor) -> Tensor:
    """How far the nearest row of y is from each row of x, of what `matrices.alike` returns, per column: float64 (n,),
    on the CPU.

    Of letters the share of sites that differ, of reals the root mean square of the differences. A distance is 0 for
    exact copies and for nothing else.
    """
    if not x.is_floating_point():
        return both_ways(x, y)[0]
    mean = y.mean(0)  # of numbers that are far from zero, little but rounding would be left
    return _apart(x, y, closest(x - mean, y - mean))


def both_ways(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """What is `toward` y from x, and `toward` x from y; of letters each pair is looked at once."""
    if x.is_floating_point():
        return toward(x, y), toward(y, x)
    of_x, of_y = nearest_across(*measure(x, y))
    return of_x / x.shape[1], of_y / x.shape[1]


def _apart(x: Tensor, y: Tensor, to: Tensor) -> Tensor:
    """The root mean square difference of each row of x from the row of y it is sent to, (n,); 0 where x copies y.

    From the differences themselves: what a product leaves of a small distance is rounding. By rounding a copy may
    also have been sent to another row than its original, so copies are looked up.
    """
    apart = torch.cat([(x[i].double() - y[to[i]]).square().mean(1).sqrt() for i in blocks(x)]).cpu()
    known = set(spelled(y))
    apart[torch.tensor([row in known for row in spelled(x)])] = 0
    return apart
