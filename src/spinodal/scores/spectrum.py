"""Spectrum error: do the generated samples vary along as many directions, as far, as the data?"""

from __future__ import annotations

import torch
from torch import Tensor

from .matrices import comparable


@torch.no_grad()
def spectrum(x: Tensor) -> Tensor:
    """The singular values of (x - mean of the columns) / sqrt(n), largest first: min(n, d) float64 numbers.

    They are the standard deviations of the samples along their principal directions, found as square roots
    of the eigenvalues of the smaller of covariance (d, d) and Gram matrix (n, n), so those below 1e-8 of the
    largest are rounding. x: (n, d). Cost: n d min(n, d) multiplications and one eigenvalue problem.
    """
    x = x.double()
    x = (x - x.mean(0)) / len(x) ** 0.5
    smaller = x.T @ x if x.shape[1] < len(x) else x @ x.T
    variances: Tensor = torch.linalg.eigvalsh(smaller)
    return variances.clamp(min=0).sqrt().flip(0)


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
