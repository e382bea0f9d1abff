"""Elementary functions as sequences of IEEE operations: in single precision the same bits on every device."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from .series import COS, EXP2, EXP2_DOUBLE, LOG, LOG2, LOG2_E, LOG_DOUBLE, SIN, TANH, TANH_BELOW

_ROUND = 1.5 * 2.0**23
"""Adding it rounds to an integer, which is left in the low bits; in double precision `_ROUND_DOUBLE` does."""

_ROUND_DOUBLE = 1.5 * 2.0**52
MANTISSA = 2**52 - 1
ONE = 1023 << 52
"""The bits of 1.0 in double precision."""


def horner(x: Tensor, series: tuple[float, ...]) -> Tensor:
    """The polynomial of these coefficients, the highest power first; a new tensor."""
    total = x.mul(series[0]).add_(series[1])
    for c in series[2:]:
        total.mul_(x).add_(c)
    return total


def exp(x: Tensor) -> Tensor:
    """e^x between e^-87 and e^87, a new tensor: 2^n times the series of 2^f, |f| <= 1/2, n + f = x / log 2.

    Error 7e-7 relative for |x| < 10, 4e-6 up to the ends; in double precision torch's.
    """
    x = x.clamp(-87, 87)
    if x.dtype != torch.float32:
        return x.exp_()
    t = x.mul_(LOG2_E)
    rounded = t + _ROUND
    f = t.sub_(rounded - _ROUND)
    return horner(f, EXP2).mul_((rounded.view(torch.int32) - (0x4B400000 - 127) << 23).view(torch.float32))


def log(u: Tensor) -> Tensor:
    """log u to 2e-7 for 0 < u < 1, a new tensor: an exponent, and a series for what is left, near 1."""
    if u.dtype != torch.float32:
        return u.log()
    bits = u.contiguous().view(torch.int32)
    exponent = bits - 0x3F3504F3 >> 23  # what is left is from sqrt(1/2) to sqrt(2)
    left = (bits - (exponent << 23)).view(torch.float32)
    z = (left - 1).div_(left + 1)
    y = z * z
    rest = (z + z).add_(horner(y, LOG).mul_(z * y))
    return exponent.to(torch.float32).mul_(LOG2).add_(rest)


def root(x: Tensor) -> Tensor:
    """The square root, rounded to the nearest number, as torch's own one in single precision is not."""
    return x.double().sqrt_().to(x.dtype)


def cos_sin(u: Tensor) -> tuple[Tensor, Tensor]:
    """cos and sin of 2 pi u to 3e-7 for 0 < u < 1: series at most an eighth of a turn from a quarter."""
    if u.dtype != torch.float32:
        return (2 * math.pi * u).cos(), (2 * math.pi * u).sin()
    rounded = u.mul(4).add_(_ROUND)
    quarter = rounded.view(torch.int32) & 3
    x = (u - (rounded - _ROUND).mul_(0.25)).mul_(2 * math.pi)
    y = x * x
    s = horner(y, SIN).mul_(x * y).add_(x)
    c = horner(y, (*COS, 1.0))
    odd = (quarter & 1).bool()
    cos, sin = torch.where(odd, s, c), torch.where(odd, c, s)
    return torch.where((quarter + 1 & 2).bool(), -cos, cos), torch.where((quarter & 2).bool(), -sin, sin)


def tanh(x: Tensor) -> Tensor:
    """tanh x to 3.5e-7, never beyond 1, a new tensor: a ratio of polynomials; in double precision torch's."""
    if x.dtype != torch.float32:
        return x.tanh()
    x = x.clamp(-7.9, 7.9)
    y = x * x
    return x.mul_(horner(y, TANH)).div_(horner(y, TANH_BELOW))


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e^-x), a new tensor; in double precision torch's."""
    if x.dtype != torch.float32:
        return x.sigmoid()
    below = exp(-x).add_(1)
    return torch.div(torch.ones_like(below), below)


def exp_double(x: Tensor) -> Tensor:
    """e^x to 5e-11 relative for |x| < 700 in double precision, as `exp`; a new tensor."""
    t = x * LOG2_E
    rounded = t + _ROUND_DOUBLE
    f = t.sub_(rounded - _ROUND_DOUBLE)
    return horner(f, EXP2_DOUBLE).mul_((rounded.view(torch.int64) + 1023 << 52).view(torch.float64))


def log_double(u: Tensor) -> Tensor:
    """log u to 3e-16 of itself in double precision, a new tensor; of 0, -inf, and of what is negative or NaN, NaN."""
    bits = u.contiguous().view(torch.int64)
    exponent = bits - 0x3FE6A09E667F3BCD >> 52
    left = (bits - (exponent << 52)).view(torch.float64)
    z = (left - 1).div_(left + 1)
    y = z * z
    rest = (z + z).add_(horner(y, LOG_DOUBLE).mul_(z * y))
    found = exponent.to(torch.float64).mul_(LOG2).add_(rest)
    return torch.where((u > 0) & (u < math.inf), found, u.log())


def eighths(x: Tensor, fill: float = 0.0) -> Tensor:
    """The last axis cut into eight parts of the same length, (..., 8, lanes), the end filled up."""
    return pad(x, (0, -x.shape[-1] % 8), value=fill).unflatten(-1, (8, -1))


def folded(x: Tensor) -> Tensor:
    """The sum over the last axis: its second half is added to its first, until one number is left.

    The axis is first filled up with 0 to a multiple of 8, as loops take eight parts at once.
    """
    x = pad(x, (0, -x.shape[-1] % 8))
    while (width := x.shape[-1]) > 1:
        half = (width + 1) // 2
        x = torch.cat([x[..., : width - half] + x[..., half:], x[..., width - half : half]], -1)
    return x[..., 0]
