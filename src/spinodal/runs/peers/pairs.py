"""Pairs: a Potts model, of fields and couplings of pairs of sites, as a restricted machine with the same energies."""

from __future__ import annotations

from contextlib import suppress
from math import log, pi

import numpy as np

from ... import room
from ...errors import FormatError
from ...files.hdf5_arrays import check_size
from .model import Array, Model

MARGIN = 0.01
"""By which share more than necessary is added to the diagonal, so that rounding leaves the matrix positive."""
LEAST = 1e-3
"""What is added at least: without couplings, too, a Cholesky factor needs a positive diagonal."""


def check_room(sites: int, states: int, where: str) -> None:
    """Raises FormatError where the couplings of all sites would take more than 8 GiB, MemoryError where they don't fit.

    Nothing is allocated before.
    """
    size = sites * states
    what = f"{where}: couplings of {sites} sites with {states} states"
    check_size((size, size), 8, what)
    room.check(4 * 8 * size**2, what, "close other programs")


def of_pairs(program: str, fields: Array, couplings: Array, symbols: tuple[str, ...] | None, where: str) -> Model:
    """The model of E(v) = - Σ_i h_i(v_i) - Σ_{i<j} J_ij(v_i, v_j), whose hidden units are Gaussian, one a state.

    fields     h, (sites, states)
    couplings  J, (sites, states, sites, states), symmetric, and 0 within a site; it is changed in place
    symbols    of the states. Those of 0 and 1 become binary units, and E(0, ..., 0) becomes 0

    With v as 0 and 1, and any W with W Wᵀ = J + c, summing hidden units over gives v J v / 2 + c sites / 2, since each
    site has one state: the fields take the constant off again. So E is the free energy of the machine, exactly. c is
    what makes J + c positive, and the couplings are in the zero-sum gauge, where it is small: the smaller c, the faster
    chains of the machine move. W is the Cholesky factor. Raises FormatError for numbers that are not finite in single
    precision.
    """
    if not all(np.abs(x).max(initial=0) < np.finfo(np.float32).max for x in (fields, couplings)):
        raise FormatError(f"{where} has fields or couplings that are not finite: its training diverged.")
    if symbols == ("0", "1"):
        return _of_bits(program, fields, couplings)
    sites, states = fields.shape
    own = _to_zero_sum(fields, couplings)
    weight, shift = _root(couplings.reshape(sites * states, -1))
    bias = own - shift / 2 - states * log(2 * pi) / 2  # the last is that of Gaussian units: log ∫ ds exp(-s²/2)
    weight = weight.reshape(sites, states, -1)
    return Model(program, bias, np.zeros(sites * states), weight, symbols=symbols, gaussian=True)


def _to_zero_sum(fields: Array, couplings: Array) -> Array:
    """Couplings whose sum over either letter is 0, in place; returns the fields by which all energies stay as they are.

    J_ij(a, b) = J⁰_ij(a, b) + A_ij(a) + A_ji(b) - C_ij, with the means A over b, and C over both.
    """
    one = couplings.mean(3)  # (sites, states, sites): A_ij(a)
    both = one.mean(1)
    couplings -= one[..., None]
    couplings -= one.transpose(2, 0, 1)[:, None]  # A_ji(b)
    couplings += both[:, None, :, None]
    return fields + one.sum(2) - both.sum(1, keepdims=True) / 2


def _of_bits(program: str, fields: Array, couplings: Array) -> Model:
    """Sites of the states 0 and 1 as units of 0 and 1, a hidden unit each."""
    up = couplings[:, 1, :, 0] - couplings[:, 0, :, 0]
    weight, shift = _root(couplings[:, 1, :, 1] - couplings[:, 0, :, 1] - up)
    bias = fields[:, 1] - fields[:, 0] + up.sum(1) - shift / 2
    return Model(program, bias, np.zeros(len(weight)), weight, gaussian=True)


def _root(matrix: Array) -> tuple[Array, float]:
    """W with W Wᵀ = matrix + c, and c: the smallest that makes the symmetric matrix positive, and a little more.

    The lowest eigenvalue is found by Lanczos steps, or where these don't find it, with all others.
    """
    from scipy.sparse.linalg import ArpackError, eigsh

    start = np.random.default_rng(0).normal(size=len(matrix))
    with suppress(ArpackError, np.linalg.LinAlgError):
        return _factor(matrix, eigsh(matrix, 1, which="SA", v0=start, tol=1e-3, return_eigenvectors=False)[0])
    return _factor(matrix, np.linalg.eigvalsh(matrix)[0])


def _factor(matrix: Array, lowest: float) -> tuple[Array, float]:
    shift = max(-(1 + MARGIN) * float(lowest), LEAST)
    return np.linalg.cholesky(matrix + shift * np.eye(len(matrix))).astype(np.float64, copy=False), shift
