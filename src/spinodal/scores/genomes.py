"""Genome scores: are alleles as frequent, as linked over distance, and as structured as in the data?

Haplotypes are integers 0 and 1 (n, SNPs), -1 unknown: a dataset's column, or a tensor of them on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from .. import ranges
from .matrices import Letters, letters, paired
from .pairs import pair_counts
from .regression import agree


def allele_frequencies(x: Letters) -> np.ndarray:
    """The share of ones at each SNP among the rows where it is known, (SNPs,), in [0, 1]; NaN where it never is.

    Raises ValueError for what aren't haplotypes (n, SNPs).
    """
    ones, known = _counts(letters("x", x, colors=2))
    with np.errstate(invalid="ignore"):
        return ones / known


def ld(x: Letters) -> np.ndarray:
    """Linkage disequilibrium of all pairs, r², (SNPs, SNPs) float64, in [0, 1], over the rows that know both:

        r_ij = (f_ij - f_i f_j) / sqrt(f_i (1 - f_i) f_j (1 - f_j)),   f_ij: the share of 1 at both

    NaN where a SNP is constant there. Raises ValueError for what aren't haplotypes (n, SNPs). Cost: that of
    `pair_counts` and the matrix.

    Source: Hill & Robertson 1968.
    """
    x = letters("x", x, colors=2)
    ones, known = _counts(x)
    r2 = np.diag(np.where((ones > 0) & (ones < known), 1.0, np.nan))
    for i, j, r in _correlations(x):
        r2[i, j] = r2[j, i] = r**2
    return r2


@dataclass(frozen=True)
class Decay:
    """Mean r² by distance: of `pairs` (bins,) SNPs from `edges[b]` up to `edges[b + 1]` apart; NaN where none are."""

    edges: np.ndarray
    r2: np.ndarray
    pairs: np.ndarray


def ld_decay(
    x: Letters, positions: Sequence[float] | np.ndarray | None = None, bins: int | Sequence[float] = 20
) -> Decay:
    """The mean r² of pairs of SNPs by the distance between them, in SNPs, or in base pairs where positions are given.

    x (n, SNPs); positions (SNPs,), in any order. bins: their edges, ascending, or how many of one width there are
    up to the largest distance; a bin has its lower edge, and the last one both. Pairs with a constant SNP have no r²
    and don't count. Raises ValueError for fewer than two SNPs, and positions or bins that don't fit. Cost: that of
    `pair_counts`, and nothing of the size of the matrix in memory.

    >>> ld_decay(np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 1, 0]]), bins=[1, 2, 3]).r2.tolist()
    [0.5, 0.0]
    """
    x = letters("x", x, colors=2)
    if x.shape[1] < 2:
        raise ValueError("x has one SNP, and linkage is between two")
    at = np.arange(x.shape[1]) if positions is None else np.asarray(positions)
    if at.shape != x.shape[1:] or not np.isfinite(at).all():
        raise ValueError(f"x has {x.shape[1]} SNPs: positions are a finite number for each, not {at.shape}")
    edges = np.histogram_bin_edges(np.empty(0), bins, (0, float(np.ptp(at))))
    total, pairs = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1, dtype=np.int64)
    for i, j, r in _correlations(x):
        defined = np.isfinite(r)
        far, r2 = np.abs(at[i] - at[j])[defined], r[defined] ** 2
        pairs += np.histogram(far, edges)[0]
        total += np.histogram(far, edges, weights=r2)[0]
    with np.errstate(invalid="ignore"):
        return Decay(edges, total / pairs, pairs)


def ld_agreement(data: Letters, generated: Letters) -> float:
    """The Pearson correlation of r (with its sign) in the data and in generated haplotypes, over pairs of SNPs:

        corr(r_ij(data), r_ij(generated)),   i < j where both are defined

    data (n, SNPs), generated (m, SNPs); in [-1, 1], ideally 1 up to the noise of n and m rows. NaN where fewer than
    two pairs vary in both. Raises ValueError where they don't fit. Cost: that of `pair_counts`, twice.
    """
    known, made = paired(data, generated, colors=2)
    return agree((a[-1], b[-1]) for a, b in zip(_correlations(known), _correlations(made))).pearson


def fst(x: Letters, y: Letters) -> float:
    """How far two populations differ, of what two random rows of both do: Hudson's F_ST, as a ratio of averages.

        Σ (p - q)² - p (1 - p) / (n - 1) - q (1 - q) / (m - 1)   /   Σ p (1 - q) + q (1 - p)

    Sums over SNPs, with frequencies p in x (n, SNPs) and q in y (m, SNPs), n and m the rows that know the SNP: SNPs
    that fewer than two rows of either know don't count. At most 1; 0 where both are of one law, up to noise, so it
    can be negative; NaN where no SNP varies. Raises ValueError where x and y don't fit.

    Source: Bhatia et al. 2013, eq. 10 (Hudson et al. 1992).
    """
    (ones, n), (others, m) = (_counts(side) for side in paired(x, y, colors=2))
    counted = (n > 1) & (m > 1)
    p, q, n, m = (ones / np.maximum(n, 1))[counted], (others / np.maximum(m, 1))[counted], n[counted], m[counted]
    between = float((p * (1 - q) + q * (1 - p)).sum())
    above = float(((p - q) ** 2 - p * (1 - p) / (n - 1) - q * (1 - q) / (m - 1)).sum())
    return above / between if between > 0 else float("nan")


@dataclass(frozen=True)
class PCA:
    """Principal axes of data: mean (SNPs,), axes (components, SNPs) of length 1, largest variances (components,) first.

    `coordinates` (n, components) are those of the data themselves.
    """

    mean: np.ndarray
    axes: np.ndarray
    variances: np.ndarray
    coordinates: np.ndarray = field(repr=False)

    def project(self, y: Letters) -> np.ndarray:
        """Where other rows lie on these axes: (y - mean) axesᵀ, (m, components); unknown entries lie at the mean.

        Raises ValueError for what aren't haplotypes of these SNPs.
        """
        y = letters("y", y, colors=2)
        if y.shape[1:] != self.mean.shape:
            raise ValueError(f"the axes have {len(self.mean)} SNPs and y has {y.shape[1]}: take the same ones")
        return _centered(y, self.mean) @ self.axes.T


def pca(x: Letters, components: int = 2) -> PCA:
    """The principal axes of haplotypes (n, SNPs), on which generated ones can be shown too (`project`).

    SNPs are centered and not scaled, unknown entries taken for the mean. An axis points where its largest number is
    positive (the first of the largest), so that figures don't turn over by chance. Raises ValueError for a SNP that
    is never known, and where the data don't vary along as many directions as `components`. Cost: n SNPs min(n, SNPs)
    multiplications in double precision, one eigenvalue problem of min(n, SNPs), and some copies of x in doubles.
    """
    x = letters("x", x, colors=2)
    mean = allele_frequencies(x)
    if np.isnan(mean).any():
        raise ValueError(f"SNP {int(np.isnan(mean).argmax())} is unknown in all rows: leave it out")
    if not ranges.is_integer(components):
        raise ValueError(f"components is a number of axes, 1 or more, not {ranges.format_value(components)}")
    centered = _centered(x, mean)
    variances, axes = _principal(centered, components)
    largest = np.abs(axes).argmax(1)
    axes = axes * np.sign(axes[np.arange(components), largest])[:, None]
    return PCA(mean, axes, variances, centered @ axes.T)


def _principal(x: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest variances of centered rows (n, d) and their axes, by the smaller of covariance and Gram matrix."""
    wide = x.shape[1] > len(x)
    square = torch.from_numpy(x @ x.T if wide else x.T @ x) / len(x)
    variances, vectors = (found.numpy() for found in torch.linalg.eigh(square))
    directions = int((variances > 1e-10 * max(variances[-1], 1e-300)).sum())
    if directions < components:
        raise ValueError(f"the data vary along {directions} directions, and {components} components were asked for")
    variances, vectors = variances[::-1][:components], vectors.T[::-1][:components]
    axes = vectors @ x if wide else vectors
    return variances.copy(), axes / np.linalg.norm(axes, axis=1, keepdims=True)


def _centered(x: np.ndarray, mean: np.ndarray) -> np.ndarray:
    centered: np.ndarray = np.where(x < 0, 0, x - mean)
    return centered


def _counts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many rows show a 1 at each SNP, and how many are known there, (SNPs,) each."""
    return (x == 1).sum(0), (x >= 0).sum(0)


def _correlations(x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """SNPs i < j (pairs,) in blocks, and their r, NaN where one is constant: whole numbers until the last division."""
    for i, j, counts in pair_counts(x, 2):
        n, first, second = counts.sum((1, 2)), counts[:, 1].sum(1), counts[:, :, 1].sum(1)
        spread = np.sqrt(first * (n - first)) * np.sqrt(second * (n - second))
        with np.errstate(invalid="ignore"):
            yield i, j, (n * counts[:, 1, 1] - first * second) / spread
