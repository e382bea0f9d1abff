"""Marginals: the exact distribution of unknown letters given held data; hidden units are summed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeGuard

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from . import kernels
from .kernels import elementary
from .parallel import map_blocks
from .potts import Potts
from .units import NEVER, Bernoulli, Spin, Units

MOST = 4096
"""The most joint states of the letters that are summed over; beyond it chains are run."""


@dataclass(frozen=True)
class Letter:
    """A layer of one letter that meets only the hidden layer: its units, bias (C,) or (n, C), weight (C, hidden).

    The bias is -1e30 for states that the letter lacks (`Potts.possible`).
    """

    units: Potts
    bias: Float[Tensor, "*n colors"]
    weight: Float[Tensor, "colors hidden"]


def is_letter(units: Units) -> TypeGuard[Potts]:
    """Whether a layer is one letter."""
    return isinstance(units, Potts) and units.sites == 1


def countable(letters: Sequence[Units]) -> bool:
    """Whether these layers are single letters with few enough joint states to sum over."""
    return bool(letters) and all(map(is_letter, letters)) and prod(u.size for u in letters) <= MOST


def states(letters: Sequence[Potts], device: torch.device) -> Int[Tensor, "states letters"]:
    """All joint states of the letters, (states, letters), the last letter fastest."""
    grids = torch.meshgrid(*(torch.arange(u.colors, device=device) for u in letters), indexing="ij")
    return torch.stack([g.flatten() for g in grids], 1)


def log_weights(
    letters: Sequence[Letter], hidden: Units, constant: Float[Tensor, "n hidden"]
) -> Float[Tensor, "n states"]:
    """log p(letters, held) up to a constant of the row: Σ_j c_j(l_j) + log_partition(x + Σ_j D_j(l_j)).

    constant (n, hidden): the hidden bias plus the fields of held layers. Returns (n, states).
    Cost: n x states x hidden. F&F paper, the model of its eq. 1 with the hidden units summed.
    """
    every = states([e.units for e in letters], constant.device).T
    fields = sum((e.weight[i] for e, i in zip(letters, every)), torch.zeros_like(constant[:1]))
    bias = sum((e.bias[..., i] for e, i in zip(letters, every)), torch.zeros_like(constant[0, :1]))
    n, device, bias = len(constant), constant.device, bias.expand(len(constant), -1)
    return torch.cat(map_blocks(lambda rows: _log_partitions(hidden, constant[rows], fields) + bias[rows], n, device))


def _log_partitions(hidden: Units, x: Tensor, fields: Tensor) -> Tensor:
    """log_partition(x + field) of every row and field, (n, states)."""
    if isinstance(hidden, Bernoulli | Spin) and not torch.is_grad_enabled():
        return kernels.log_partitions(x, fields, hidden.low)
    return torch.stack([hidden.log_partition(x + field) for field in fields], 1)


def log_marginal(log_p: Float[Tensor, "n states"], letters: Sequence[Potts], which: int) -> Float[Tensor, "n colors"]:
    """log p(letter | held) of one of the letters, summed over the others: (n, states) -> (n, C).

    Below -1e29 for what can't be. log_p is up to a constant of the row. In logarithms what is nearly sure, and what is
    nearly impossible, keeps its digits: in single precision p is 1 from 1 - 3e-8 on.
    """
    table = log_p.unflatten(1, [u.colors for u in letters])
    return normalized(_log_sum(table.movedim(which + 1, 1).flatten(2)) if len(letters) > 1 else table)


def normalized(log_p: Float[Tensor, "n colors"]) -> Float[Tensor, "n colors"]:
    """log p from log p up to a constant of the row."""
    return log_p - _log_sum(log_p)[:, None]


def probabilities(log_p: Float[Tensor, "n colors"]) -> Float[Tensor, "n colors"]:
    """p from log p up to a constant of the row; 0 for what can't be."""
    p: Tensor = kernels.of(log_p).softmax(log_p, 1, log_p.shape[1])
    return p.masked_fill(log_p <= NEVER / 2, 0.0)


def log_probabilities(p: Float[Tensor, "n colors"]) -> Float[Tensor, "n colors"]:
    """log p of averages over chains, which are finite sums: a p that rounds to 0 counts as the least normal number."""
    return elementary.log(p.clamp(min=torch.finfo(p.dtype).tiny))


def _log_sum(x: Tensor) -> Tensor:
    """log Σ e^x over the last axis, with the same bits on every device in single precision."""
    top = x.amax(-1)
    return top + elementary.log(kernels.folded(elementary.exp(x - top[..., None])))


def agreeing(
    log_p: Float[Tensor, "n states"], letters: Sequence[Potts], known: Sequence[Int[Tensor, "n 1"] | None]
) -> Float[Tensor, "n states"]:
    """log p of the joint states that agree with what is known of the letters; -1e30 for all others."""
    if all(x is None for x in known):
        return log_p
    free = torch.full((len(log_p), 1), -1, dtype=torch.int32, device=log_p.device)
    every = states(letters, log_p.device)
    return log_p.masked_fill(~consistent(every, torch.cat([free if x is None else x for x in known], 1)), -1e30)


def consistent(every: Int[Tensor, "states letters"], known: Int[Tensor, "n letters"]) -> Bool[Tensor, "n states"]:
    """Which joint states (states, letters) agree with what is known (n, letters) of them; -1 agrees with all."""
    return ((known[:, None] < 0) | (known[:, None] == every)).all(2)
