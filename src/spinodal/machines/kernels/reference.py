"""Reference: the kernels in plain torch, for any device and precision; other backends are tested against them."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ..noise import Place

_WORD = 0xFFFFFFFF


def philox(counter: list[Tensor], k0: int, k1: int) -> list[Tensor]:
    """Philox4x32-10 (Salmon et al. 2011) on int64 tensors that hold 32-bit words."""
    a, b, c, d = counter
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32 & _WORD) ^ b ^ k0, q & _WORD, (p >> 32 & _WORD) ^ d ^ k1, p & _WORD
        k0, k1 = (k0 + 0x9E3779B9) & _WORD, (k1 + 0xBB67AE85) & _WORD
    return [a, b, c, d]


def uniform(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """(n, m) numbers in (0, 1), the same in every precision; a row's quarters are the four words of its blocks.

    They have 23 bits, plus a half: with one bit more the largest would round to 1 in single precision, and a letter of
    probability 0 could be drawn.
    """
    k0, k1, row, time, layer = place
    blocks = torch.arange((m + 3) // 4, device=like.device).expand(n, -1)
    rows = torch.arange(row, row + n, device=like.device)[:, None].expand_as(blocks)
    words = philox([blocks, rows, torch.full_like(blocks, time), torch.full_like(blocks, layer)], k0, k1)
    return ((torch.cat(words, 1)[:, :m] >> 9).to(like.dtype) + 0.5) * 2.0**-23


def normal(n: int, m: int, place: Place, like: Tensor) -> Tensor:
    """Standard normal numbers, (n, m)."""
    return box_muller(uniform(n, m + m % 2, place, like))[:, :m].contiguous()


def box_muller(u: Tensor) -> Tensor:
    """Standard normal numbers from uniform ones (Box & Muller 1958): the halves of a row are cosines and sines."""
    radius, angle = u.chunk(2, 1)
    radius, angle = (-2 * radius.log()).sqrt(), 2 * math.pi * angle
    return torch.cat([radius * angle.cos(), radius * angle.sin()], 1)


def gaussian(x: Tensor, place: Place) -> Tensor:
    """Normal numbers of mean x and variance 1, a new tensor."""
    return normal(len(x), x.shape[1], place, x).add_(x)


def binary(x: Tensor, scale: float, low: float, place: Place) -> Tensor:
    """1 with p = σ(scale x), else `low`: u (1 + e^(-scale x)) < 1."""
    u = uniform(x.shape[0], x.shape[1], place, x)
    return torch.where(u + u * (-scale * x).clamp(-87, 87).exp() < 1, 1.0, low).to(x.dtype)


def letters(x: Tensor, sites: int, colors: int, place: Place) -> Tensor:
    """One color a site with p ∝ e^x, by inverting the cumulative distribution; x is state-major."""
    x = x.unflatten(-1, (colors, sites))
    steps = (x - x.amax(1, keepdim=True)).exp().cumsum(1)
    level = uniform(len(x), sites, place, x)[:, None] * steps[:, -1:]
    return (steps[:, :-1] < level).sum(1).to(torch.int32)


def softmax(x: Tensor, sites: int, colors: int) -> Tensor:
    """The probability of every color at every site, ∝ e^x, a new tensor; x is state-major."""
    return x.unflatten(-1, (colors, sites)).softmax(-2).flatten(-2)


def tanh(x: Tensor) -> Tensor:
    """tanh x, a new tensor."""
    return x.tanh()


def sigmoid(x: Tensor) -> Tensor:
    """σ(x), a new tensor."""
    return x.sigmoid()


def unite(sums: Tensor, scale: Tensor, row: Tensor) -> Tensor:
    """row + (128 high + low) scale of two planes' sums, (n, 2 m) integers; a new tensor (n, m)."""
    high, low = sums.to(scale).chunk(2, 1)
    return torch.addcmul(row, (128.0 * high).add_(low), scale)


def relax_tanh(potential: Tensor, field: Tensor, rate: float) -> Tensor:
    """potential <- potential + rate (field - potential), in place; its tanh, in place of the field."""
    return field.copy_(potential.lerp_(field, rate)).tanh_()


def differences(x: Tensor, y: Tensor, out: Tensor) -> None:
    """At how many sites each row of x differs from each of y, into `out` (n, m); see `bits.pack_bits`.

    In numpy, since torch doesn't count bits: packed rows are on a CPU.
    """
    turned = y.permute(1, 2, 0).contiguous().numpy()  # a loop runs over the rows of y
    for row, total in zip(x.numpy(), out.numpy()):
        differ = np.bitwise_or.reduce(turned ^ row[..., None])
        total[:] = np.bitwise_count(differ.view(np.uint64)).sum(0, dtype=np.uint32)


fused_label_chain = None
"""This backend has no fused loop: the network takes its steps one by one."""
