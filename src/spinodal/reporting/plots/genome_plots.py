"""Genomes: how linkage between sites decays with the distance between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .canvas import COLORS, INK, canvas, count_along, explain

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def ld_decay(distance: ArrayLike, data: ArrayLike, generated: ArrayLike, unit: str = "SNPs") -> Figure:
    """The mean r² of pairs of sites by the distance between them, in data and samples.

    distance (bins,): positive, on a logarithmic scale; data, generated (bins,): mean r² in [0, 1], NaN or None where
    a bin has no pairs, which is left out; unit: what distances are counted in. Raises ValueError where the three
    differ in length, nothing is given, a distance isn't positive, or r² lies outside [0, 1].

    >>> figure = ld_decay([1, 10, 100], [0.5, 0.2, 0.02], [0.45, 0.2, 0.03])
    """
    far, known, made = (np.asarray(numbers, dtype=np.float64) for numbers in (distance, data, generated))
    if not far.shape == known.shape == made.shape or far.ndim != 1 or not far.size:
        raise ValueError(
            f"distance, data and generated are (bins,) each, not {far.shape}, {known.shape} and {made.shape}"
        )
    if not (far > 0).all():
        raise ValueError(f"distance must be positive to lie on a logarithmic scale, not {far.min():g}")
    figure, axes = canvas(3.4, "Samples should be as linked over distance as the data")
    for name, r2, color, marker, line in (("data", known, INK, "s", "--"), ("generated", made, COLORS[1], "o", "-")):
        if (r2 < 0).any() or (r2 > 1).any():
            raise ValueError(f"{name} has an r² outside [0, 1] at distance {far[(r2 < 0) | (r2 > 1)][0]:g}")
        there = ~np.isnan(r2)
        axes.plot(far[there], r2[there], label=name, color=color, marker=marker, linestyle=line, markersize=5)
    count_along(axes)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"distance in {unit}", color=INK)
    axes.set_ylabel("mean r²", color=INK)
    explain(figure, axes.get_legend_handles_labels()[0])
    return figure
