"""Measures: every score by its name, as a function of rows that are known and rows that were made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from .. import scores
from ..scores import Interval
from ..scores.regression import agree
from .reference import KINDS, Known, Rows

Values = dict[str, float]

BUDGET = 3e10
"""Multiplications that the intervals of a measure may take: some three seconds of a core."""

FEWEST = 20
"""Draws of which the quantiles at 2.5 and 97.5 % still mean something."""

OUTCOMES = 200
"""Draws of an interval of what is known row by row, which costs next to nothing."""


# -- two ways to measure ------------------------------------------------------------------------


class Measure(Protocol):
    """Some scores that are found together."""

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called."""

    @property
    def floor(self) -> str:
        """Whose rows take the place of the generated ones for their floor, as in `bench.Bench`; "" of none."""

    @property
    def counted(self) -> Callable[[Known, Rows], int]:
        """How many rows of a set the scores are of."""

    def values(self, known: Known, mades: Sequence[Rows]) -> Values:
        """The scores, averaged over sets of generated rows. Raises ValueError where they can't be had."""

    def intervals(
        self, known: Known, mades: Sequence[Rows], seed: int, times: int, budget: float
    ) -> dict[str, Interval]:
        """The interval of each score, of so many draws at most. Raises ValueError where none can be had."""


def whole_rows(known: Known, made: Rows) -> int:
    """The generated rows in which all is known, of which there are as many held-out ones."""
    return int(min(known.test.data.whole.sum(), made.data.whole.sum()))


def every_row(known: Known, made: Rows) -> int:
    """All generated rows."""
    return len(made)


@dataclass(frozen=True)
class Outcomes:
    """Scores of outcomes that each row has by itself: their mean, or what `by` makes of them, with bootstrap intervals.

    Where all rows came out alike no draw differs, and the interval of a share is the exact one of Clopper and Pearson.
    """

    each: Callable[[Known, Rows], Mapping[str, np.ndarray]]
    names: tuple[str, ...]
    floor: str = "some"
    by: Mapping[str, Callable[[np.ndarray], float]] = field(default_factory=dict)
    counted: Callable[[Known, Rows], int] = whole_rows

    def values(self, known: Known, mades: Sequence[Rows]) -> Values:
        return {name: self._reduced(name, x) for name, x in self._joined(known, mades).items()}

    def intervals(
        self, known: Known, mades: Sequence[Rows], seed: int, times: int, budget: float
    ) -> dict[str, Interval]:
        return {name: self._interval(name, x, seed) for name, x in self._joined(known, mades).items()}

    def _joined(self, known: Known, mades: Sequence[Rows]) -> dict[str, np.ndarray]:
        found = [self.each(known, made) for made in mades]
        return {name: np.concatenate([one[name] for one in found]) for name in self.names}

    def _reduced(self, name: str, x: np.ndarray) -> float:
        if not len(x):
            raise ValueError("no row is known for it")
        return float(self.by.get(name, np.mean)(x))

    def _interval(self, name: str, x: np.ndarray, seed: int) -> Interval:
        if x.dtype == bool and len(x) and (x == x[0]).all():
            return of_one_outcome(bool(x[0]), len(x))
        return scores.bootstrap(lambda rows: self._reduced(name, x[rows]), len(x), seed, OUTCOMES)


def of_one_outcome(outcome: bool, n: int) -> Interval:
    """The exact 95 % interval of a share, where all n rows came out alike.

    >>> of_one_outcome(False, 100).high  # about 3.7 / n
    0.0362...
    """
    width = 1 - 0.025 ** (1 / n)
    return Interval(1.0, 1 - width, 1.0) if outcome else Interval(0.0, 0.0, width)


@dataclass(frozen=True)
class Statistics:
    """Scores of two sets as a whole, with intervals by halves of the rows, as many as `cost` allows.

    cost: the multiplications for n rows of d numbers; math.inf where halves say nothing of the whole.
    """

    of: Callable[[Known, Rows], Values]
    names: tuple[str, ...]
    cost: Callable[[int, int], float]
    floor: str = "some"
    counted: Callable[[Known, Rows], int] = whole_rows

    def values(self, known: Known, mades: Sequence[Rows]) -> Values:
        found = [self.of(known, made) for made in mades]
        return completed({name: fmean(one[name] for one in found) for name in found[0]})

    def intervals(
        self, known: Known, mades: Sequence[Rows], seed: int, times: int, budget: float
    ) -> dict[str, Interval]:
        n = min(len(known.some), *map(len, (known.test, *mades)))
        each = self.cost(n // 2, known.test.width) * len(mades)
        if each == math.inf:
            raise ValueError("halves of the rows don't say how much it varies")
        if min(times, FEWEST) * each > budget:
            raise ValueError(f"{min(times, FEWEST)} draws of {n // 2} rows would take too long")
        draws = min(times, int(budget / max(each, 1)))
        found = _remembered(lambda rows: self.values(known.take(rows), [made.take(rows) for made in mades]))
        there = found(np.arange(n))
        return {k: scores.subsample(_part(found, k), n, n // 2, seed, draws) for k in there}


def _remembered(of: Callable[[np.ndarray], Values]) -> Callable[[np.ndarray], Values]:
    """The same, each draw of rows being looked at once for all scores."""
    known: dict[bytes, Values] = {}

    def found(rows: np.ndarray) -> Values:
        key = rows.tobytes()
        if key not in known:
            known[key] = of(rows)
        return known[key]

    return found


def _part(of: Callable[[np.ndarray], Values], name: str) -> Callable[[np.ndarray], float]:
    return lambda rows: of(rows)[name]


def completed(values: Values) -> Values:
    """With the adversarial error, which is that of average accuracies and not the average of errors."""
    if "adversarial_truth" not in values:
        return values
    both = scores.AdversarialAccuracy(values["adversarial_truth"], values["adversarial_synthetic"])
    return {"adversarial_error": both.error, **values}


# -- the measures -------------------------------------------------------------------------------


def fidelity(who: str, name: str, floor: str) -> Outcomes:
    """How often someone sees in generated rows the label that was asked for."""

    def each(known: Known, made: Rows) -> Mapping[str, np.ndarray]:
        asked, seen = recognized(made, who).T
        return {name: asked == seen}

    return Outcomes(each, (name,), floor, counted=_labeled(who))


def balanced(who: str, name: str, floor: str) -> Outcomes:
    """The same, labels that are asked for seldom counting as much as others."""

    def each(known: Known, made: Rows) -> Mapping[str, np.ndarray]:
        return {name: recognized(made, who)}

    def reduced(x: np.ndarray) -> float:
        return scores.balanced_accuracy(*torch.from_numpy(x).T)

    return Outcomes(each, (name,), floor, {name: reduced}, _labeled(who))


def recognized(made: Rows, who: str) -> np.ndarray:
    """Of rows that were asked for a label, and in which someone sees one: both labels, (rows, 2)."""
    both = np.stack([made.labels, made.seen[who]], axis=1)
    return both[(both >= 0).all(1)]


def _labeled(who: str) -> Callable[[Known, Rows], int]:
    return lambda known, made: len(recognized(made, who))


FIDELITIES: dict[str, Measure] = {
    "machine": fidelity("machine", "label_fidelity", "some"),
    "judge": fidelity("judge", "judged_fidelity", ""),
}
"""How often those who see labels see the one that was asked for; the judge has learned the training rows."""

BALANCED: dict[str, Measure] = {
    "machine": balanced("machine", "balanced_label_fidelity", "some"),
    "judge": balanced("judge", "balanced_judged_fidelity", ""),
}
"""The same, as means over labels."""


def _adversarial(known: Known, made: Rows) -> Values:
    data, generated = known.test.numbers, made.numbers
    n = min(len(data), len(generated))
    found = scores.adversarial_accuracy(data[:n], generated[:n])
    return {"adversarial_truth": found.truth, "adversarial_synthetic": found.synthetic}


def _of_numbers(name: str, score: Callable[[Tensor, Tensor], float], cost: Callable[[int, int], float]) -> Statistics:
    return Statistics(lambda known, made: {name: score(known.test.numbers, made.numbers)}, (name,), cost)


def _of_letters(name: str, score: Callable[[Tensor, Tensor], float], cost: Callable[[int, int], float]) -> Statistics:
    return Statistics(lambda known, made: {name: score(known.test.letters, made.letters)}, (name,), cost)


def _diversity(known: Known, made: Rows) -> Values:
    x = made.plain
    return {"distinct": scores.distinct(x), "mean_distance": scores.mean_distance(x)}


def _groups(known: Known, made: Rows) -> Values:
    labels = torch.from_numpy(made.labels[made.data.whole])
    if len(labels.unique()) < 2:
        raise ValueError("the rows have fewer than two labels")
    found = scores.by_label(made.plain, labels).numpy()
    within, between = np.diag(found), found[~np.eye(len(found), dtype=bool)]
    means = {"within_distance": within, "between_distance": between}
    return {name: _mean(x) for name, x in means.items()}


def _mean(x: np.ndarray) -> float:
    """The mean of the numbers there are, NaN where there is none."""
    x = x[np.isfinite(x)]
    return float(x.mean()) if len(x) else math.nan


def _nearest(known: Known, made: Rows) -> Mapping[str, np.ndarray]:
    far = scores.nearest(made.plain, known.train.plain).numpy()
    return {"copies": far == 0, "novelty": far}


def _identity(known: Known, made: Rows) -> Mapping[str, np.ndarray]:
    return {"identity": scores.identity(made.every, known.train.every)}


def _privacy(known: Known, made: Rows) -> Values:
    found = scores.privacy(known.some.plain, known.test.plain, made.plain)
    return {"privacy_loss": found.loss, "membership_auc": found.membership_auc, "nearest_ratio": found.ratio}


def _agreement(order: int, pearson: str, slope: str | None = None) -> Callable[[Known, Rows], Values]:
    def of(known: Known, made: Rows) -> Values:
        found = scores.agreement(known.test.every, made.every, known.test.colors, order)
        return {pearson: found.pearson} | ({slope: found.slope} if slope else {})

    return of


def _of_every(name: str, of: Callable[[Known, Rows], Values], cost: Callable[[int, int], float]) -> Statistics:
    """A score that takes rows with unknown entries, too."""
    return Statistics(of, (name,), cost, counted=every_row)


def _histograms(
    name: str, one: Callable[[Rows], np.ndarray], counted: Callable[[Known, Rows], int] = whole_rows
) -> Statistics:
    """The distance of two histograms of whole numbers from 0 on."""

    def of(known: Known, made: Rows) -> Values:
        counts = [one(rows) for rows in (known.test, made)]
        bins = max(map(len, counts))
        p, q = (np.pad(count, (0, bins - len(count))) for count in counts)
        return {name: scores.histogram_distance(p, q)}

    return Statistics(of, (name,), lambda n, d: 10.0 * n * d, counted=counted)


def lengths(rows: Rows) -> np.ndarray:
    """How many rows have each number of letters that are no gaps, (longest + 1,)."""
    return np.bincount(scores.lengths(rows.every, rows.gap))


def gaps(rows: Rows) -> np.ndarray:
    """How many runs of gaps have each length, (longest + 1,)."""
    return np.bincount(scores.gap_runs(rows.every, rows.gap))


def densities(rows: Rows) -> np.ndarray:
    """How many windows have each number of onsets, (most + 1,)."""
    return np.bincount(scores.note_density(rows.letters, rows.pitches))


def pitches(rows: Rows) -> np.ndarray:
    """How many onsets each pitch has."""
    return scores.pitch_histogram(rows.letters, rows.pitches)


def steps(rows: Rows) -> np.ndarray:
    """How often each step from one onset to the next comes."""
    return scores.interval_histogram(rows.letters, rows.pitches)


def _alleles(known: Known, made: Rows) -> Values:
    x, y = (scores.allele_frequencies(rows.every) for rows in (known.test, made))
    return {"allele_pearson": agree([(x, y)]).pearson}


def _columns(known: Known, made: Rows) -> Values:
    far = []
    for layer in known.test.data.visibles:
        x, y = known.test.data[layer], made.data[layer]
        far.append(scores.number_distances(x, y) if x.dtype.kind == "f" else scores.share_distances(x, y))
    every = np.concatenate(far)
    return {"column_distance": _mean(every), "worst_column": float(np.nanmax(every, initial=0.0))}


ADVERSARIAL = Statistics(
    _adversarial,
    ("adversarial_error", "adversarial_truth", "adversarial_synthetic"),
    lambda n, d: n * n * (d / 4 + 50),
)
SPECTRUM = _of_numbers("spectrum_error", scores.spectrum_error, lambda n, d: 2 * min(n, d) ** 3 + n * d * min(n, d) / 4)
FIRST = _of_numbers("first_moment_error", scores.first_moment_error, lambda n, d: 10 * n * d)
SECOND = _of_numbers("second_moment_error", scores.second_moment_error, lambda n, d: 3 * n * d * min(n, d))
THIRD = _of_numbers("third_moment_error", scores.third_moment_error, lambda n, d: 2e5 * (n + 8000))
GZIP = _of_letters("entropy_error", scores.entropy_error, lambda n, d: math.inf)
TREE = _of_letters("tree_entropy_error", scores.tree_entropy_error, lambda n, d: 4 * (n + 400) * d * d)
DIVERSITY = Statistics(_diversity, ("distinct", "mean_distance"), lambda n, d: 20 * n * d)
GROUPS = Statistics(_groups, ("within_distance", "between_distance"), lambda n, d: 20 * n * d)
NEAREST = Outcomes(_nearest, ("copies", "novelty"), "test", {"novelty": np.median})
PRIVACY = Statistics(
    _privacy, ("privacy_loss", "membership_auc", "nearest_ratio"), lambda n, d: 2 * n * n * (d / 4 + 50), ""
)

COMMON: tuple[Measure, ...] = (
    ADVERSARIAL, SPECTRUM, FIRST, SECOND, THIRD, GZIP, TREE, DIVERSITY, GROUPS, NEAREST, PRIVACY,
)  # fmt: skip
"""What is measured of rows of any kind."""

OWN: dict[str, tuple[Measure, ...]] = {
    "sequences": (
        Statistics(
            _agreement(2, "pairs_pearson", "pairs_slope"),
            ("pairs_pearson", "pairs_slope"),
            lambda n, d: d * d * (n / 4 + 100),
            counted=every_row,
        ),
        _of_every("sites_pearson", _agreement(1, "sites_pearson"), lambda n, d: 20 * n * d),
        _of_every("triplets_pearson", _agreement(3, "triplets_pearson"), lambda n, d: 1e4 * n + 1e9),
        _histograms("length_distance", lengths, every_row),
        _histograms("gap_distance", gaps, every_row),
        Outcomes(_identity, ("identity",), "test", counted=every_row),
    ),
    "genomes": (
        _of_every("allele_pearson", _alleles, lambda n, d: 20 * n * d),
        _of_every(
            "ld_pearson",
            lambda known, made: {"ld_pearson": scores.ld_agreement(known.test.every, made.every)},
            lambda n, d: d * d * (n + 400),
        ),
        _of_every(
            "fst", lambda known, made: {"fst": scores.fst(known.test.every, made.every)}, lambda n, d: 20 * n * d
        ),
    ),
    "music": (
        _histograms("density_distance", densities),
        _histograms("pitch_distance", pitches),
        _histograms("interval_distance", steps),
    ),
    "tables": (Statistics(_columns, ("column_distance", "worst_column"), lambda n, d: 100 * n * d, counted=every_row),),
}
"""What is measured of rows of a kind besides."""

SWEPT: tuple[Measure, ...] = (ADVERSARIAL, SPECTRUM, FIRST, SECOND, DIVERSITY, NEAREST)
"""What is quick enough to be measured at many times and ages, besides fidelities."""

OVERALL: tuple[Measure, ...] = (GROUPS, GZIP, *BALANCED.values())
"""What is measured of all rows alone: what is of several labels, and what is dear and has the tree in its place."""


def measures_of(kind: str) -> tuple[Measure, ...]:
    """All that is measured of rows of a kind."""
    if kind not in KINDS:
        raise ValueError(f'there is no kind "{kind}"; there are {", ".join(KINDS)}')
    return COMMON + OWN.get(kind, ())
