"""Genome scores: allele frequencies, linkage disequilibrium, F_ST and principal axes of haplotypes.

Haplotypes are integers 0 and 1 (n, SNPs), -1 unknown: a column of a dataset, or a CPU tensor.
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
    """The share of ones at each SNP among the rows where it is known, (SNPs,), in [0, 1]; NaN where no row is known.

    Raises ValueError for what aren't haplotypes (n, SNPs).
    """
    ones, known = _counts(letters("x", x, colors=2))
    with np.errstate(invalid="ignore"):
        return ones / known


def ld(x: Letters) -> np.ndarray:
    """Linkage disequilibrium r² of all pairs of SNPs, (SNPs, SNPs) float64, in [0, 1]:

        r_ij = (f_ij - f_i f_j) / sqrt(f_i (1 - f_i) f_j (1 - f_j)),   f_ij: the share of rows with 1 at both

    Only rows where both SNPs are known count. NaN if one of the two is constant in these rows. Raises ValueError for
    what aren't haplotypes (n, SNPs). Cost: that of `pair_counts`, and the matrix in memory.

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
    """Mean r² by distance, (bins,): bin b has `pairs[b]` pairs of SNPs from `edges[b]` to `edges[b + 1]` apart; NaN for
    a bin without pairs.

    unlinked: the mean r² of pairs on different chromosomes, to which r² decays with distance; NaN if there are none.
    """

    edges: np.ndarray
    r2: np.ndarray
    pairs: np.ndarray
    unlinked: float = float("nan")


def ld_decay(
    x: Letters,
    positions: Sequence[float] | np.ndarray | None = None,
    bins: int | Sequence[float] = 20,
    chromosomes: Sequence[str] | np.ndarray | None = None,
) -> Decay:
    """The mean r² of pairs of SNPs by the distance between them, in SNPs, or in base pairs if positions are given.

    x (n, SNPs); positions (SNPs,), in any order; chromosomes (SNPs,), their names: only SNPs of one chromosome have a
    distance, and the others are `unlinked`. bins: ascending edges, or the number of bins of equal width up to the
    largest distance. A bin contains its lower edge; the last bin contains both edges. Pairs with a constant SNP have no
    r² and don't count. Raises ValueError for fewer than two SNPs, and for positions, chromosomes or bins that don't
    fit. Cost: that of `pair_counts`; the matrix of all pairs is never in memory.

    >>> ld_decay(np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 1, 0]]), bins=[1, 2, 3]).r2.tolist()
    [0.5, 0.0]
    """
    x = letters("x", x, colors=2)
    if x.shape[1] < 2:
        raise ValueError("x has one SNP, and linkage is between two")
    places = np.arange(x.shape[1]) if positions is None else np.asarray(positions)
    if places.shape != x.shape[1:] or not np.isfinite(places).all():
        raise ValueError(f"x has {x.shape[1]} SNPs: positions must be a finite number for each, not {places.shape}")
    of = np.zeros(x.shape[1], dtype=np.int64) if chromosomes is None else np.unique(chromosomes, return_inverse=True)[1]
    if of.shape != x.shape[1:]:
        raise ValueError(f"x has {x.shape[1]} SNPs: chromosomes must be a name for each, not {of.shape}")
    longest = max(float(np.ptp(places[of == c])) for c in np.unique(of))
    edges = np.histogram_bin_edges(np.empty(0), bins, (0, longest))
    total, pairs = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1, dtype=np.int64)
    apart, others = 0.0, 0
    for i, j, r in _correlations(x):
        defined, linked = np.isfinite(r), of[i] == of[j]
        distance, r2 = np.abs(places[i] - places[j])[defined & linked], r[defined & linked] ** 2
        pairs += np.histogram(distance, edges)[0]
        total += np.histogram(distance, edges, weights=r2)[0]
        apart, others = apart + float((r[defined & ~linked] ** 2).sum()), others + int((defined & ~linked).sum())
    with np.errstate(invalid="ignore"):
        return Decay(edges, total / pairs, pairs, apart / others if others else float("nan"))


def ld_agreement(data: Letters, generated: Letters) -> float:
    """The Pearson correlation, over pairs of SNPs, of r (with its sign) in the data and in generated haplotypes:

        corr(r_ij(data), r_ij(generated)),   i < j where both are defined

    data (n, SNPs), generated (m, SNPs); in [-1, 1], ideally 1 up to the noise of n and m rows. NaN if r is defined in
    both sets for fewer than two pairs. Raises ValueError if they don't fit. Cost: twice that of `pair_counts`.
    """
    data, generated = paired(data, generated, colors=2)
    return agree((a[-1], b[-1]) for a, b in zip(_correlations(data), _correlations(generated))).pearson


def fst(x: Letters, y: Letters) -> float:
    """Hudson's F_ST of two populations, as a ratio of averages:

        Σ (p - q)² - p (1 - p) / (n - 1) - q (1 - q) / (m - 1)   /   Σ p (1 - q) + q (1 - p)

    The sums run over SNPs. p and q are the frequencies in x (n, SNPs) and y (m, SNPs), and n and m the numbers of rows
    in which the SNP is known; a SNP counts if both are two or more. F_ST is at most 1. It is 0, up to noise, if both
    have the same distribution, so it can be negative; it is NaN if no SNP varies. Raises ValueError if x and y don't
    fit.

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
    """Principal axes of data: mean (SNPs,), unit axes (components, SNPs), and variances (components,), largest first.

    `coordinates` (n, components) are those of the data.
    """

    mean: np.ndarray
    axes: np.ndarray
    variances: np.ndarray
    coordinates: np.ndarray = field(repr=False)

    def project(self, y: Letters) -> np.ndarray:
        """The coordinates of other rows on these axes: (y - mean) axesᵀ, (m, components); unknown entries are the mean.

        Raises ValueError for what aren't haplotypes of these SNPs.
        """
        y = letters("y", y, colors=2)
        if y.shape[1:] != self.mean.shape:
            raise ValueError(f"the axes have {len(self.mean)} SNPs and y has {y.shape[1]}: use the same SNPs")
        return _centered(y, self.mean) @ self.axes.T


def pca(x: Letters, components: int = 2) -> PCA:
    """The principal axes of haplotypes (n, SNPs); `project` shows other rows on them, generated ones for example.

    SNPs are centered and not scaled; unknown entries are replaced by the mean. The sign of an axis makes its largest
    component positive (the first of the largest), so signs in figures are reproducible. Raises ValueError for a SNP
    that is unknown in all rows, and if the data vary along fewer directions than `components`. Cost: n SNPs min(n,
    SNPs) multiplications in double precision, one eigenvalue problem of min(n, SNPs), and some copies of x in doubles.
    """
    x = letters("x", x, colors=2)
    mean = allele_frequencies(x)
    if np.isnan(mean).any():
        raise ValueError(f"SNP {int(np.isnan(mean).argmax())} is unknown in all rows: leave it out")
    if not ranges.is_integer(components):
        raise ValueError(f"components must be a number of axes, 1 or more, not {ranges.format_value(components)}")
    centered = _centered(x, mean)
    variances, axes = _principal(centered, components)
    largest = np.abs(axes).argmax(1)
    axes = axes * np.sign(axes[np.arange(components), largest])[:, None]
    return PCA(mean, axes, variances, centered @ axes.T)


def _principal(x: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest variances of centered rows (n, d) and their axes, from the smaller of covariance and Gram matrix."""
    wide = x.shape[1] > len(x)
    square = torch.from_numpy(x @ x.T if wide else x.T @ x) / len(x)
    variances, vectors = (array.numpy() for array in torch.linalg.eigh(square))
    directions = int((variances > 1e-10 * max(variances[-1], 1e-300)).sum())
    if directions < components:
        raise ValueError(
            f"the data vary along {directions} directions, fewer than the {components} components asked for"
        )
    variances, vectors = variances[::-1][:components], vectors.T[::-1][:components]
    axes = vectors @ x if wide else vectors
    return variances.copy(), axes / np.linalg.norm(axes, axis=1, keepdims=True)


def _centered(x: np.ndarray, mean: np.ndarray) -> np.ndarray:
    centered: np.ndarray = np.where(x < 0, 0, x - mean)
    return centered


def _counts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of rows with a 1 at each SNP, and the number of rows in which it is known, (SNPs,) each."""
    return (x == 1).sum(0), (x >= 0).sum(0)


def _correlations(x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """SNPs i < j (pairs,) in blocks, and their r, NaN if one is constant; counts stay integers until the division."""
    for i, j, counts in pair_counts(x, 2):
        n, first, second = counts.sum((1, 2)), counts[:, 1].sum(1), counts[:, :, 1].sum(1)
        scale = np.sqrt(first * (n - first)) * np.sqrt(second * (n - second))
        with np.errstate(invalid="ignore"):
            yield i, j, (n * counts[:, 1, 1] - first * second) / scale
