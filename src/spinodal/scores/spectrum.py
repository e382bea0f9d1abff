"""Spectrum error: the mean square difference of the singular values of two centered sets of rows."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data import bits
from .matrices import comparable, two_valued


@torch.no_grad()
def spectrum(x: Tensor) -> Tensor:
    """The singular values of (x - mean of the columns) / sqrt(n), largest first: min(n, d) float64 numbers.

    They are the standard deviations of the samples along their principal axes. They are computed as square roots of the
    eigenvalues of the smaller of covariance (d, d) and Gram matrix (n, n), so values below 1e-8 of the largest are
    rounding errors. x: (n, d). Cost: n d min(n, d) multiplications in double precision (samples of two values, such as
    0 and 1, are compared as bits instead), and one eigenvalue problem.
    """
    binary = two_valued(x) if x.device.type == "cpu" else None
    smaller = binary[0] ** 2 * _of_bits(*binary[1]) if binary else _of_numbers(x)
    variances: Tensor = torch.linalg.eigvalsh(smaller / len(x))
    return variances.clamp(min=0).sqrt().flip(0)


def _of_numbers(x: Tensor) -> Tensor:
    """The smaller of the two products of the centered matrix with itself."""
    x = x.double()
    x = x - x.mean(0)
    return x.T @ x if x.shape[1] < len(x) else x @ x.T


def _of_bits(x: Tensor) -> Tensor:
    """The same for bits: integer counts, which are exact, are centered afterwards."""
    n = len(x)
    if x.shape[1] < n:
        both = _in_common(x.T)
        return (n * both - both.diag().outer(both.diag())) / n
    both = _in_common(x)
    sums = n * both.sum(0)
    return (n**2 * both - sums - sums[:, None] + both.sum()) / n**2


def _in_common(x: Tensor) -> Tensor:
    """The number of ones that each two rows have in common: (ones of both - number of differences) / 2."""
    words = bits.pack_bits(x)
    ones = bits.differences(words, torch.zeros_like(words[:1])).double()
    return (ones + ones.T - bits.differences(words, words)) / 2


def spectrum_error(data: Tensor, generated: Tensor) -> float:
    """⟨(s_i(data) - s_i(generated))²⟩ over the first min(n, m, d) singular values; see `spectrum`.

    data: (n, d), generated: (m, d). Ideally 0; compare with the floor. Its unit is that of the data squared: it is 4
    times larger on -1/1 than on 0/1. Raises ValueError if the two can't be compared.

    Source: the F&F paper's error on the spectrum; the chaos paper, eq. 17, divides by d instead.
    """
    data, generated = comparable(data, generated)
    return spectra_error(spectrum(data), spectrum(generated))


def spectra_error(data: Tensor, generated: Tensor) -> float:
    """The same of two spectra."""
    kept = min(len(data), len(generated))
    return float((data[:kept] - generated[:kept]).square().mean())
