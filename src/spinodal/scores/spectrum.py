"""Spectrum error: do the generated samples vary along as many directions, as far, as the data?"""

from __future__ import annotations

import torch
from torch import Tensor

from ..data import bits
from .matrices import comparable, two_valued


@torch.no_grad()
def spectrum(x: Tensor) -> Tensor:
    """The singular values of (x - mean of the columns) / sqrt(n), largest first: min(n, d) float64 numbers.

    They are the standard deviations of the samples along their principal directions, found as square roots
    of the eigenvalues of the smaller of covariance (d, d) and Gram matrix (n, n), so those below 1e-8 of the
    largest are rounding. x: (n, d). Cost: n d min(n, d) multiplications in double precision, which samples of
    two values (0 and 1, say) do without, and one eigenvalue problem.
    """
    found = two_valued(x) if x.device.type == "cpu" else None
    smaller = found[0] ** 2 * _of_bits(*found[1]) if found else _of_numbers(x)
    variances: Tensor = torch.linalg.eigvalsh(smaller / len(x))
    return variances.clamp(min=0).sqrt().flip(0)


def _of_numbers(x: Tensor) -> Tensor:
    """The smaller product of the centered matrix with itself."""
    x = x.double()
    x = x - x.mean(0)
    return x.T @ x if x.shape[1] < len(x) else x @ x.T


def _of_bits(x: Tensor) -> Tensor:
    """The same of bits, centered afterwards: whole numbers, so that nothing is lost."""
    n = len(x)
    if x.shape[1] < n:
        both = _in_common(x.T)
        return (n * both - both.diag().outer(both.diag())) / n
    both = _in_common(x)
    sums = n * both.sum(0)
    return (n**2 * both - sums - sums[:, None] + both.sum()) / n**2


def _in_common(x: Tensor) -> Tensor:
    """How many ones each two rows have in common: half of what both have, less where they differ."""
    words = bits.pack_bits(x)
    ones = bits.differences(words, torch.zeros_like(words[:1])).double()
    return (ones + ones.T - bits.differences(words, words)) / 2


def spectrum_error(data: Tensor, generated: Tensor) -> float:
    """< (s_i(data) - s_i(generated))^2 > over the first min(n, d) singular values; see `spectrum`.

    data: (n, d), generated: (m, d), with the smaller of n and m counting; ideally 0, and small numbers mean
    nothing without a floor. It has the scale of the data squared: 4 times larger on -1/1 than on 0/1.
    Raises ValueError if the two can't be compared.

    Source: the F&F paper's error on the spectrum; the chaos paper, eq. 17, divides by d instead.
    """
    data, generated = comparable(data, generated)
    a, b = spectrum(data), spectrum(generated)
    kept = min(len(a), len(b))
    return float((a[:kept] - b[:kept]).square().mean())
