"""Averages over ensembles with signs: each ⟨s s'⟩ over all of them, about a center, is one matrix product."""

from __future__ import annotations

import torch
from torch import Tensor

from .kernels import product
from .parallel import map_rows
from .units import Units

Observed = dict[str, Tensor]
"""What every layer of an ensemble of chains shows."""

Mixture = list[tuple[float, Observed]]
"""Ensembles, each with its sign and weight."""


def correlate(
    a: Units, b: Units, pairs: list[tuple[float, Tensor, Tensor]], about: tuple[Tensor, Tensor] | None, like: Tensor
) -> Tensor:
    """Σ c ⟨(s - o)(s' - o')⟩ over the (c, s, s'), (a.size, b.size); the o are `about`, or 0.

    Pairs that share the tensor s are added first, so a held layer enters the product once. The center is one more
    row: Σ (s - o) q = Σ s q - o Σ q.
    """
    groups: dict[int, tuple[Tensor, list[tuple[float, Tensor]]]] = {}
    for c, s, t in pairs:
        groups.setdefault(id(s), (s, []))[1].append((c / len(s), b.numbers(t, like)))
    rows = [len(s) for s, _ in groups.values()]
    left, right = like.new_empty(a.size, sum(rows) + 1), like.new_empty(sum(rows) + 1, b.size)
    for x, y, (s, terms) in zip(left[:, :-1].split(rows, 1), right[:-1].split(rows), groups.values()):
        x.copy_(a.numbers(s, like).T)  # once, in the order that the product wants
        _add(terms, about[1] if about else None, y)
    torch.sum(right[:-1], 0, out=right[-1]).neg_()
    left[:, -1] = about[0] if about else 0
    return map_rows(lambda part: product(left[part], right), a.size, like.device)


def _add(terms: list[tuple[float, Tensor]], center: Tensor | None, out: Tensor) -> None:
    """out = Σ c (t - o), chain by chain."""
    torch.mul(terms[0][1], terms[0][0], out=out)
    for c, t in terms[1:]:
        out.add_(t, alpha=c)
    if center is not None:
        out.sub_(center, alpha=sum(c for c, _ in terms))
