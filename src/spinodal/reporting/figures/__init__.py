"""Figures of a run: what both papers plot, from its machine, its held-out rows, its evidence and its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .column_figures import columns
from .curve_figures import CURVES, ages, labels, time, training
from .image_figures import images, sweep
from .row_figures import clouds, genomes, letters, music
from .view import Drawn, View

__all__ = ["CURVES", "Drawn", "View", "figures", "times"]

PAINTERS: tuple[Callable[[View], Iterator[Drawn]], ...] = (
    images, letters, music, columns, clouds, time, ages, training, labels, genomes, sweep,
)  # fmt: skip
"""Who draws, in the order of a page; each gives what there is to see, which may be nothing."""


def figures(view: View) -> Iterator[Drawn]:
    """Names, figures and what each shows: those that a run's machine and rows have.

        samples                   images, a row a label, or of many labels the commonest  (images)
        snapshots                 the same chains at several times                        (images)
        receptive-fields          what the first hidden units receive from a picture      (images, a hidden layer)
        logo, logo-by-label       letters in bits, of the data and of what was generated  (sequences)
        lengths, gaps             histograms of sequence lengths and of runs of gaps      (sequences)
        piano-rolls-generated, piano-rolls-data            windows, a row a label         (music)
        onsets, pitches, intervals                         histograms of notes            (music)
        columns                   the values of each column, data beside generated        (tables)
        cloud, cloud-by-label     data and samples on the data's principal axes
        scores-over-time          errors against generation time, beside their floors
        adversarial-error-by-label, spectrum-error-by-label, scores-over-ages     the same of labels, and of ages
        scores-over-training, accuracy-over-training       against age, of the log
        confusion-of-predicted-labels, -generated-, -judged-; calibration                 (two labels or more)
        linkage                   r² over distance                                        (genomes)
        gain-sweep                the largest Lyapunov exponent over the gain             (frozen couplings)

    F&F paper (arXiv:2307.06797), Figs. 1, 3, 4, 5; chaos paper (arXiv:2405.10822), Figs. 2 to 5.
    """
    for paint in PAINTERS:
        yield from paint(view)


def times(steps: int) -> list[int]:
    """Times to look at a machine that was trained for so many steps: before, then, and long after.

    >>> times(10), times(100)
    ([1, 5, 10, 20, 100, 1000], [1, 50, 100, 200, 1000])
    """
    return sorted({1, max(1, steps // 2), steps, 2 * steps, 10 * steps, max(10 * steps, 1000)})
