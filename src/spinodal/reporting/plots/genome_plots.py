"""Genome plots: the decay of linkage disequilibrium with distance, and allele frequencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .canvas import COLORS, INK, MARKERS, add_legend, canvas, display_name, logarithmic_x

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def ld_decay(
    distance: ArrayLike,
    data: ArrayLike,
    generated: ArrayLike,
    unit: str = "SNPs",
    level: Mapping[str, float] | None = None,
) -> Figure:
    """The mean r² of pairs of sites by the distance between them, in data and samples.

    distance (bins,): positive, on a logarithmic scale; data, generated (bins,): mean r² in [0, 1], NaN or None for a
    bin without pairs, which is not shown; unit: the unit of distance; level: r² of unlinked sites, in "data" and
    "generated", as dotted lines. Raises ValueError if the three differ in length or are empty, if a distance isn't
    positive, or if r² is outside [0, 1].

    >>> figure = ld_decay([1, 10, 100], [0.5, 0.2, 0.02], [0.45, 0.2, 0.03])
    """
    x, p, q = (np.asarray(numbers, dtype=np.float64) for numbers in (distance, data, generated))
    if not x.shape == p.shape == q.shape or x.ndim != 1 or not x.size:
        raise ValueError(f"distance, data and generated must be (bins,) each, not {x.shape}, {p.shape} and {q.shape}")
    if not (x > 0).all():
        raise ValueError(f"distance must be positive to lie on a logarithmic scale, not {x.min():g}")
    figure, axes = canvas(3.4, "Linkage disequilibrium (LD) by distance, in data and samples")
    for name, r2, color, marker, line in (("data", p, INK, "s", "--"), ("generated", q, COLORS[1], "o", "-")):
        if (wrong := (r2 < 0) | (r2 > 1)).any():
            raise ValueError(f"{name} has an r² outside [0, 1] at distance {x[wrong][0]:g}")
        defined = ~np.isnan(r2)
        axes.plot(x[defined], r2[defined], label=name, color=color, marker=marker, linestyle=line, markersize=5)
        if level and name in level:
            axes.axhline(level[name], label=f"{name}, unlinked", color=color, linestyle=":", linewidth=1)
    logarithmic_x(axes)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"distance in {unit}", color=INK)
    axes.set_ylabel("mean r²", color=INK)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return figure


def allele_frequencies(data: Mapping[str, ArrayLike], generated: Mapping[str, ArrayLike]) -> Figure:
    """The frequency of the allele 1 at each SNP in samples against that in data, with a color for each group of rows.

    data, generated: name of a group -> (SNPs,), in [0, 1], NaN where no row is known, which is not shown. Equal
    frequencies lie on the line. Raises ValueError without groups, for other groups in one than in the other, for
    lengths that differ, and for numbers outside [0, 1].

    >>> figure = allele_frequencies({"Coast": [0.1, 0.5]}, {"Coast": [0.12, 0.48]})
    """
    if not data or data.keys() != generated.keys():
        raise ValueError(f"data and generated must have the same groups, not {list(data)} and {list(generated)}")
    figure, axes = canvas(4.4, "Allele frequencies, in data and samples")
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, zorder=3)  # above the dots, which are many
    for i, (name, shares) in enumerate(data.items()):
        x, y = (np.asarray(numbers, dtype=np.float64) for numbers in (shares, generated[name]))
        if x.shape != y.shape or x.ndim != 1 or ((x < 0) | (x > 1) | (y < 0) | (y > 1)).any():
            raise ValueError(
                f'frequencies of "{name}" must be (SNPs,) each and from 0 to 1, not {x.shape} and {y.shape}'
            )
        look: dict[str, Any] = {
            "color": COLORS[i % len(COLORS)],
            "marker": MARKERS[i % len(MARKERS)],
            "linestyle": "",
            "markersize": 3,
        }
        axes.plot(x, y, label=display_name(name), alpha=0.6, markeredgewidth=0, **look)
    axes.set_aspect("equal")
    axes.set_xlabel("frequency in data", color=INK)
    axes.set_ylabel("frequency in samples", color=INK)
    add_legend(figure, axes.get_legend_handles_labels()[0])
    return figure
