"""Reference: the kernels in plain torch, for any device and precision; other backends are tested against them.

In single precision they give the same bits on every device and processor, and those of other backends: each function is
a sequence of additions, multiplications, divisions and square roots of one operation a pass, which IEEE 754 defines.
So no operation here may fuse two (`addcmul`, `lerp`, `add` with alpha), call a library's exp or log, divide by a number
that is no tensor, or sum in an order of its own; sums of integers are exact in any order. In double precision the
functions are torch's.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..noise import Place
from .elementary import MANTISSA, ONE, cos_sin, eighths, exp, exp_double, folded, log, log_double, root, tanh
from .elementary import sigmoid as sigmoid
from .series import LARGEST, LOG2

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
    radius, turns = u.chunk(2, 1)
    radius = root(log(radius).mul_(-2))
    return torch.cat([radius * part for part in cos_sin(turns)], 1)


def gaussian(x: Tensor, place: Place) -> Tensor:
    """Normal numbers of mean x and variance 1, a new tensor."""
    return normal(len(x), x.shape[1], place, x).add_(x)


def binary(x: Tensor, scale: float, low: float, place: Place) -> Tensor:
    """1 with p = σ(scale x), else `low`: u (1 + e^(-scale x)) < 1."""
    u = uniform(x.shape[0], x.shape[1], place, x)
    return torch.where(exp(-scale * x).mul_(u).add_(u) < 1, 1.0, low).to(x.dtype)


def letters(x: Tensor, sites: int, colors: int, place: Place) -> Tensor:
    """One color a site with p ∝ e^x, by inverting the cumulative distribution; x is state-major."""
    x = x.unflatten(-1, (colors, sites))
    weights = exp(x - x.amax(1, keepdim=True))
    for k in range(1, colors):  # torch's cumulative sums have an order of their own
        weights[:, k] += weights[:, k - 1]
    level = uniform(len(x), sites, place, x)[:, None] * weights[:, -1:]
    return (weights[:, :-1] < level).sum(1).to(torch.int32)


def softmax(x: Tensor, sites: int, colors: int) -> Tensor:
    """The probability of every color at every site, ∝ e^x, a new tensor; x is state-major."""
    x = x.unflatten(-1, (colors, sites))
    if x.dtype != torch.float32:
        return x.softmax(-2).flatten(-2)
    weights = exp(x - x.amax(-2, keepdim=True))
    total = weights[..., 0, :].clone()
    for k in range(1, colors):
        total += weights[..., k, :]
    return weights.div_(total[..., None, :]).flatten(-2)


def add_scaled(x: Tensor, y: Tensor, factor: float) -> None:
    """x <- x + factor y, in place: two roundings."""
    x.add_(y * factor)


def relax_tanh(potential: Tensor, field: Tensor, rate: float) -> Tensor:
    """potential <- potential + rate (field - potential), in place; its tanh, in place of the field."""
    return field.copy_(tanh(potential.add_((field - potential).mul_(rate))))


def differences(x: Tensor, y: Tensor, out: Tensor) -> None:
    """At how many sites each row of x differs from each of y, into `out` (n, m); see `bits.pack_bits`.

    In numpy, since torch doesn't count bits: packed rows are on a CPU.
    """
    turned = y.permute(1, 2, 0).contiguous().numpy()  # a loop runs over the rows of y
    for row, total in zip(x.numpy(), out.numpy()):
        differ = np.bitwise_or.reduce(turned ^ row[..., None])
        total[:] = np.bitwise_count(differ.view(np.uint64)).sum(0, dtype=np.uint32)


def fused_label_chain(
    constant: Tensor,
    bias: Tensor,
    there: Tensor,
    back: Tensor,
    steps: int,
    places: tuple[Place, Place],
    letters: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """`steps` Gibbs steps of Bernoulli units and one letter: the value of both, and the letter's potential.

    The letter acts through `there` (C, m), and the units through its transpose.
    """
    hidden = x = torch.empty(0)
    for t in range(steps):
        own, other = ((k0, k1, row, time + t, layer) for k0, k1, row, time, layer in places)
        hidden = binary(constant + there[letters[:, 0].long()], 1.0, 0.0, own)
        x = _sent(hidden, there).add_(bias)
        letters = _letter(x, other)
    return hidden.to(torch.int8), letters, x


def _sent(hidden: Tensor, weight: Tensor) -> Tensor:
    """What hidden units (n, m) send to a letter through its weight (colors, m)."""
    if hidden.dtype != torch.float32:
        return hidden @ weight.T
    return torch.stack([folded(hidden * w) for w in weight], 1)  # a product of matrices has an order of its own


def _letter(x: Tensor, place: Place) -> Tensor:
    return letters(x, 1, x.shape[1], place)


def log_partitions(x: Tensor, fields: Tensor, low: float) -> Tensor:
    """Σ_j log Σ_s exp(s (x_ij + fields_lj)), s in {low, 1}: (n, m), (states, m) -> (n, states), a new tensor.

    Each is low (x + f) + log(1 + e^(scale (x + f))), scale = 1 - low, |scale f| <= 32. In single precision it is
    computed in double precision, and e^(scale x) e^(scale f) with |scale x| <= 54: beyond, the logarithm is 0 or linear
    to 3e-10. Products of 1 + e^(...) take one logarithm in place of many; after each eighth their exponents are added
    apart.
    """
    if x.dtype != torch.float32:
        each = [x + f for f in fields]
        return torch.stack([(low * y + softplus((1 - low) * y)).sum(-1) for y in each], 1)
    x, fields = x.double(), fields.double()
    scaled = x * (1 - low)
    over = scaled - LARGEST
    own = folded(torch.where(over <= 0, torch.zeros_like(over), over).add_(x * low))
    mine = eighths(exp_double(scaled.clamp(-LARGEST, LARGEST)))
    others, sent = eighths(exp_double(fields * (1 - low))), folded(fields * low)
    return torch.stack([(_log_product(mine * e + 1).add_(own).add_(c)).float() for e, c in zip(others, sent)], 1)


def _log_product(x: Tensor) -> Tensor:
    """The logarithm of the product of numbers from 1 on, (n, 8, lanes) -> (n,)."""
    for half in (4, 2, 1):
        x = x[:, :half] * x[:, half:]
    exponent, x = _split(x[:, 0])
    while (width := x.shape[1]) > 1:
        half = (width + 1) // 2
        x = torch.cat([x[:, : width - half] * x[:, half:], x[:, width - half : half]], 1)
        if half > 256:
            more, x = _split(x)
            exponent += more
    return exponent.double().mul_(LOG2).add_(log_double(x[:, 0]))


def _split(x: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of the exponents of each row of numbers from 1 on, and what is left of the numbers, from 1 to 2."""
    bits = x.contiguous().view(torch.int64)
    return ((bits >> 52) - 1023).sum(1), ((bits & MANTISSA) | ONE).view(torch.float64)


def weighted_sums(w: Tensor, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Σ_j w_ij right_j and Σ_i left_i w_ij, (n,) and (m,), of w (n, m): two new tensors.

    In single precision each product is rounded to a grid of 2^-40 of the largest that there may be, so sums are
    exact. They are not finite where an entry is not.
    """
    if w.dtype != torch.float32:
        return (w * right).sum(1), (left[:, None] * w).sum(0)
    top = _top(w)
    return _grid_sum(w, right, top * _top(right), 1), _grid_sum(w, left[:, None], top * _top(left), 0)


def combinations(w: Tensor, left: Tensor) -> Tensor:
    """Σ_i left_ki w_ij, (k, m), of left (k, n) and w (n, m): a new tensor, exact as `weighted_sums`."""
    zero = w.new_zeros(w.shape[1])
    return torch.stack([weighted_sums(w, row, zero)[1] for row in left]) if len(left) else w.new_zeros(0, w.shape[1])


def subtract_products(w: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """w_ij - Σ_k left_ki right_kj, one k after the other: left (k, n), w (n, m), right (k, m): a new tensor."""
    out = w.clone()
    for column, row in zip(left, right):
        out -= column[:, None] * row
    return out


def _grid_sum(w: Tensor, weights: Tensor, top: Tensor, axis: int) -> Tensor:
    one = top * (1.5 * 2.0**12)  # adding it rounds to a multiple of 2^-40 top, which is left in the low bits
    parts = (w.double() * weights.double()).add_(one).view(torch.int64).sub_(one.view(torch.int64))
    return parts.sum(axis).double().mul_(top * 2.0**-40).float()


def _top(x: Tensor) -> Tensor:
    """The power of two above the largest |x|; inf where anything is not finite."""
    bits = x.abs().clamp(min=1e-30).contiguous().view(torch.int32).max() & 0x7F800000
    return bits.view(torch.float32).double() * 2
