"""Figures of a run: the papers' figures, from its machine, its held-out rows, its record of scores and its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .column_figures import columns
from .curve_figures import CURVES, ages, labels, time, training
from .image_figures import images, sweep
from .row_figures import clouds, genomes, letters, music
from .view import Drawn, View

__all__ = ["CURVES", "Drawn", "View", "figures", "times"]

FUNCTIONS: tuple[Callable[[View], Iterator[Drawn]], ...] = (
    images, letters, music, columns, clouds, time, ages, training, labels, genomes, sweep,
)  # fmt: skip
"""Functions that make figures, in the order of a page; a function yields nothing if its figures don't apply."""


def figures(view: View) -> Iterator[Drawn]:
    """(name, figure, caption) of each figure that applies to the machine and the rows of a run:

        samples                   images, a row for each label or each of the most common (images)
        snapshots                 the same chains at several times                        (images)
        receptive-fields          weights from the image to the first hidden units        (images, a hidden layer)
        logo, logo-by-label       sequence logos of data and generated rows               (sequences)
        lengths, gaps             histograms of sequence lengths and of runs of gaps      (sequences)
        piano-rolls-generated, piano-rolls-data            windows, a row for each label  (music)
        onsets, pitches, intervals                         histograms of notes            (music)
        columns                   the distribution of each column                         (tables)
        cloud, cloud-by-label     data and samples on the principal axes of the data
        scores-over-time          errors against generation time, with their floors
        adversarial-error-by-label, spectrum-error-by-label, scores-over-ages     the same for labels, and for ages
        scores-over-training, accuracy-over-training       against age, from the log
        confusion-of-predicted-labels, -generated-, -judged-, -profiles-      (two labels or more)
        calibration, coverage     accuracy by confidence, and by how many rows keep their label   (the same)
        linkage                   r² over distance                                        (genomes)
        gain-sweep                the largest Lyapunov exponent over the gain             (frozen couplings)

    F&F paper (arXiv:2307.06797), Figs. 1, 3, 4, 5; chaos paper (arXiv:2405.10822), Figs. 2 to 5.
    """
    for make in FUNCTIONS:
        yield from make(view)


def times(steps: int) -> list[int]:
    """Generation times to measure for a machine trained for `steps` steps: before, at, and long after these.

    >>> times(10), times(100)
    ([1, 5, 10, 20, 100, 1000], [1, 50, 100, 200, 1000])
    """
    return sorted({1, max(1, steps // 2), steps, 2 * steps, 10 * steps, max(10 * steps, 1000)})
