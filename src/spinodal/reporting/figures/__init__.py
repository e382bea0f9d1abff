"""Figures of a run: the papers' figures, from its machine, its held-out rows, its record of scores and its log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from .cloud_figures import clouds
from .column_figures import columns
from .curve_figures import CURVES, ages, labels, time, training
from .image_figures import images, sweep
from .row_figures import genomes, letters, music
from .run_figures import TOGETHER, together
from .view import Drawn, View

__all__ = [
    "CURVES",
    "NEEDS",
    "TOGETHER",
    "Drawn",
    "View",
    "chosen",
    "figures",
    "needs",
    "of_paper",
    "times",
    "together",
]

NEEDS = ("rows", "scores", "times", "ages")
"""What a figure is drawn from, the cheapest first: rows, their scores, scores at other times, scores of other ages."""

Make = Callable[[View], Iterator[Drawn]]

GROUPS: dict[str, tuple[Make, dict[str, str]]] = {
    "images": (images, {"samples": "rows", "snapshots": "rows", "receptive-fields": "rows"}),
    "letters": (letters, {"logo": "rows", "logo-by-label": "rows", "lengths": "scores", "gaps": "scores"}),
    "music": (music, {"piano-rolls-generated": "rows", "piano-rolls-data": "rows", "onsets": "scores",
                      "pitches": "scores", "intervals": "scores"}),
    "columns": (columns, {"columns": "rows"}),
    "clouds": (clouds, {"cloud": "rows", "cloud-by-label": "rows", "cloud-over-time": "rows"}),
    "time": (time, {"scores-over-time": "times", "adversarial-error-by-label": "times",
                    "spectrum-error-by-label": "times"}),
    "ages": (ages, {"scores-over-ages": "ages"}),
    "training": (training, {"scores-over-training": "rows", "accuracy-over-training": "rows"}),
    "labels": (labels, {"confusion-of-predicted-labels": "scores", "confusion-of-generated-labels": "scores",
                        "confusion-of-judged-labels": "scores", "confusion-of-profiles-labels": "scores",
                        "calibration": "scores", "coverage": "scores"}),
    "genomes": (genomes, {"linkage": "scores", "allele-frequencies": "rows"}),
    "sweep": (sweep, {"gain-sweep": "rows"}),
}  # fmt: skip
"""Groups of figures in the order of a page: the function that makes them, and what each figure needs (`NEEDS`)."""

PAPERS: dict[str, dict[int, tuple[str, ...]]] = {
    "fef": {1: ("cloud", "accuracy-over-training"), 3: ("cloud-over-time",), 4: ("scores-over-ages",),
            5: ("adversarial-error-by-label", "spectrum-error-by-label")},
    "chaos": {3: ("scores-over-time",), 5: ("scores-over-training",)},
}  # fmt: skip
"""The figures of the papers by number: of the F&F paper (arXiv:2307.06797) and the chaos paper (arXiv:2405.10822)."""


def figures(view: View, only: Collection[str] | None = None) -> Iterator[Drawn]:
    """(name, figure, caption) of each figure that applies to the machine and the rows of a run:

        samples                   images, a row for each label or each of the most common (images)
        snapshots                 the same chains at several times                        (images)
        receptive-fields          weights from the image to the first hidden units        (images, a hidden layer)
        logo, logo-by-label       sequence logos of data and generated rows               (sequences)
        lengths, gaps             histograms of sequence lengths and of runs of gaps      (sequences)
        piano-rolls-generated, piano-rolls-data            windows, a row for each label  (music)
        onsets, pitches, intervals                         histograms of notes            (music)
        columns                   the distribution of each column                         (tables)
        cloud, cloud-by-label     data and samples on the principal components (PCA) of the data
        cloud-over-time           the same chains at several times, on these axes
        scores-over-time          errors against generation time, with their floors
        adversarial-error-by-label, spectrum-error-by-label, scores-over-ages     the same for labels, and for ages
        scores-over-training, accuracy-over-training       against age, from the log
        confusion-of-predicted-labels, -generated-, -judged-, -profiles-      (two labels or more)
        calibration, coverage     accuracy by confidence, and by how many rows keep their label   (the same)
        linkage                   LD, r² over distance                                    (genomes)
        allele-frequencies        in generated rows against those in data                 (genomes)
        gain-sweep                the largest Lyapunov exponent over the gain             (frozen couplings)

    only: names of figures, such as `chosen` gives; all by default.

    F&F paper (arXiv:2307.06797), Figs. 1, 3, 4, 5; chaos paper (arXiv:2405.10822), Figs. 3, 5: `PAPERS`.
    """
    for make, names in GROUPS.values():
        if only is None or not names.keys().isdisjoint(only):
            yield from (drawn for drawn in make(view) if only is None or drawn[0] in only)


def chosen(words: Iterable[str]) -> list[str]:
    """The figures that words name: figures, or their groups. Raises ValueError for a word that is neither.

    >>> chosen(["linkage", "clouds"])
    ['linkage', 'cloud', 'cloud-by-label', 'cloud-over-time']
    """
    found = list[str]()
    for word in words:
        own = list(GROUPS[word][1]) if word in GROUPS else [word] if word in _every() else []
        if not own:
            raise ValueError(f'there is no figure "{word}"; there are: {", ".join(_every())}; '
                             f"and groups of them: {', '.join(GROUPS)}")  # fmt: skip
        found += own
    return found


def of_paper(text: str) -> list[str]:
    """The figures that show what a figure of a paper shows, named PAPER:NUMBER. Raises ValueError where there are none.

    >>> of_paper("fef:3")
    ['cloud-over-time']
    """
    paper, _, number = text.partition(":")
    known = {f"{name}:{i}": own for name, numbers in PAPERS.items() for i, own in numbers.items()}
    if text in known:
        return list(known[text])
    if paper in PAPERS and number.isdecimal():
        raise ValueError(f"figure {number} of this paper isn't one of a run, or it isn't known here what it shows; "
                         f"known are {', '.join(known)}")  # fmt: skip
    raise ValueError(f'a figure of a paper is one of {", ".join(known)}, not "{text}"')


def needs(names: Collection[str] | None) -> str:
    """The most that one of these figures needs (`NEEDS`); all figures by default."""
    return NEEDS[-1] if names is None else max((_every()[name] for name in names), key=NEEDS.index)


def times(steps: int) -> list[int]:
    """Generation times to measure for a machine trained for `steps` steps: before, at, and long after these.

    >>> times(10), times(100)
    ([1, 5, 10, 20, 100, 1000], [1, 50, 100, 200, 1000])
    """
    return sorted({1, max(1, steps // 2), steps, 2 * steps, 10 * steps, max(10 * steps, 1000)})


def _every() -> dict[str, str]:
    """All figures, and what each needs."""
    return {name: need for _, names in GROUPS.values() for name, need in names.items()}
