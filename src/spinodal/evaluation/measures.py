"""Measures: every score by its name, as a function of reference rows and generated rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from .. import scores
from ..scores.regression import agree
from ..scores.spectrum import spectra_error, spectrum
from .linkage import decay_error
from .measure import Measure, Outcomes, Statistics, Values, every_row, whole_rows
from .profiles import JUDGED, Profiles
from .reference import KINDS, Reference, Rows


def fidelity(who: str, name: str, floor: str) -> Outcomes:
    """The share of generated rows in which `who` (machine or classifier) predicts the label that was asked for."""

    def each(reference: Reference, generated: Rows) -> Mapping[str, np.ndarray]:
        asked, predicted = recognized(generated, who).T
        return {name: asked == predicted}

    return Outcomes(each, (name,), floor, counted=_labeled(who))


def balanced(who: str, name: str, floor: str) -> Outcomes:
    """The same as a mean over labels: rare labels count as much as common ones."""

    def each(reference: Reference, generated: Rows) -> Mapping[str, np.ndarray]:
        return {name: recognized(generated, who)}

    def reduced(x: np.ndarray) -> float:
        return scores.balanced_accuracy(*torch.from_numpy(x).T)

    return Outcomes(each, (name,), floor, {name: reduced}, _labeled(who))


def recognized(generated: Rows, who: str) -> np.ndarray:
    """The label that was asked for and the one that `who` predicts, of rows that have both, (rows, 2)."""
    both = np.stack([generated.labels, generated.predicted[who]], axis=1)
    return both[(both >= 0).all(1)]


def _labeled(who: str) -> Callable[[Reference, Rows], int]:
    return lambda reference, generated: len(recognized(generated, who))


FIDELITIES: dict[str, Measure] = {
    "machine": fidelity("machine", "label_fidelity", "matched"),
    "classifier": fidelity("classifier", "judged_fidelity", ""),
    "profiles": fidelity("profiles", "profile_fidelity", ""),
}
"""How often the machine, the classifier or the profiles predict the label that was asked for.

Judges have no floor of training rows, as they were fitted on them.
"""

BALANCED: dict[str, Measure] = {
    "machine": balanced("machine", "balanced_label_fidelity", "matched"),
    "classifier": balanced("classifier", "balanced_judged_fidelity", ""),
    "profiles": balanced("profiles", "balanced_profile_fidelity", ""),
}
"""The same, as means over labels."""


def _adversarial(reference: Reference, generated: Rows) -> Values:
    data, other = reference.test.numbers, generated.numbers
    n = min(len(data), len(other))
    found = scores.adversarial_accuracy(data[:n], other[:n])
    return {"adversarial_truth": found.truth, "adversarial_synthetic": found.synthetic}


def _of_numbers(name: str, score: Callable[[Tensor, Tensor], float], cost: Callable[[int, int], float]) -> Statistics:
    return Statistics(
        lambda reference, generated: {name: score(reference.test.numbers, generated.numbers)}, (name,), cost
    )


def _spectrum(reference: Reference, generated: Rows) -> Values:
    data, other = (rows.once(_singular_values) for rows in (reference.test, generated))
    return {"spectrum_error": spectra_error(data, other)}


def _singular_values(rows: Rows) -> Tensor:
    return spectrum(rows.numbers)


def _gzip(reference: Reference, generated: Rows) -> Values:
    data, other = (rows.once(_gzip_entropy) for rows in (reference.test, generated))
    return {"entropy_error": (other / data - 1) ** 2}


def _gzip_entropy(rows: Rows) -> float:
    return scores.gzip_entropy(rows.letters)


def _tree(reference: Reference, generated: Rows) -> Values:
    data, other = (rows.once(_tree_entropy) for rows in (reference.test, generated))
    if reference.test.once(_is_one_row):
        raise ValueError("all rows of data are the same: their entropy is 0, and nothing is a fraction of it")
    return {"tree_entropy_error": (other / data - 1) ** 2}


def _tree_entropy(rows: Rows) -> float:
    return scores.tree_entropy(rows.letters)


def _is_one_row(rows: Rows) -> bool:
    return bool((rows.letters == rows.letters[0]).all())


def _diversity(reference: Reference, generated: Rows) -> Values:
    x = generated.plain
    return {"distinct": scores.distinct(x), "mean_distance": scores.mean_distance(x)}


def _groups(reference: Reference, generated: Rows) -> Values:
    labels = torch.from_numpy(generated.labels[generated.data.whole])
    if len(labels.unique()) < 2:
        raise ValueError("the rows have fewer than two labels")
    found = scores.by_label(generated.plain, labels).numpy()
    within, between = np.diag(found), found[~np.eye(len(found), dtype=bool)]
    means = {"within_distance": within, "between_distance": between}
    return {name: _mean(x) for name, x in means.items()}


def _mean(x: np.ndarray) -> float:
    """The mean of the numbers there are, NaN where there is none."""
    x = x[np.isfinite(x)]
    return float(x.mean()) if len(x) else math.nan


def _nearest(reference: Reference, generated: Rows) -> Mapping[str, np.ndarray]:
    far = generated.nearest(reference.train)
    return {"copies": far == 0, "novelty": far}


def _identity(reference: Reference, generated: Rows) -> Mapping[str, np.ndarray]:
    return {"identity": scores.identity(generated.every, reference.train.every)}


def _profile(reference: Reference, generated: Rows) -> Mapping[str, np.ndarray]:
    profiles = reference.train.once(Profiles.of)
    data, made = (rows.once(profiles.own_bits) for rows in (reference.test, generated))
    ranks = [_share_below(np.sort(data[label]), bits) for label, bits in made.items() if label in data]
    return {"profile_bits": np.concatenate([*made.values(), []]), "profile_rank": np.concatenate([*ranks, []])}


def _share_below(data: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The share of sorted data below each x, of which equal ones count half."""
    below, upto = (np.searchsorted(data, x, side) for side in ("left", "right"))
    return (below + upto) / (2 * len(data))


def _privacy(reference: Reference, generated: Rows) -> Values:
    found = scores.privacy(reference.matched.plain, reference.test.plain, generated.plain)
    return {"privacy_loss": found.loss, "membership_auc": found.membership_auc, "nearest_ratio": found.ratio}


def _agreement(order: int, pearson: str, slope: str | None = None) -> Callable[[Reference, Rows], Values]:
    def of(reference: Reference, generated: Rows) -> Values:
        found = scores.agreement(reference.test.every, generated.every, reference.test.colors, order)
        return {pearson: found.pearson} | ({slope: found.slope} if slope else {})

    return of


def _of_every(name: str, of: Callable[[Reference, Rows], Values], cost: Callable[[int, int], float]) -> Statistics:
    """A score that takes rows with unknown entries, too."""
    return Statistics(of, (name,), cost, counted=every_row)


def _histograms(
    name: str, one: Callable[[Rows], np.ndarray], counted: Callable[[Reference, Rows], int] = whole_rows
) -> Statistics:
    """The distance of two histograms of whole numbers from 0 on."""

    def of(reference: Reference, generated: Rows) -> Values:
        counts = [one(rows) for rows in (reference.test, generated)]
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


def _alleles(reference: Reference, generated: Rows) -> Values:
    x, y = (scores.allele_frequencies(rows.every) for rows in (reference.test, generated))
    return {"allele_pearson": agree([(x, y)]).pearson}


def _columns(reference: Reference, generated: Rows) -> Values:
    far = []
    for layer in reference.test.data.visibles:
        x, y = reference.test.data[layer], generated.data[layer]
        far.append(scores.number_distances(x, y) if x.dtype.kind == "f" else scores.share_distances(x, y))
    every = np.concatenate(far)
    return {"column_distance": _mean(every), "worst_column": float(np.nanmax(every, initial=0.0))}


ADVERSARIAL = Statistics(
    _adversarial,
    ("adversarial_error", "adversarial_truth", "adversarial_synthetic"),
    lambda n, d: n * n * (d / 4 + 50),
)
SPECTRUM = Statistics(_spectrum, ("spectrum_error",), lambda n, d: 2 * min(n, d) ** 3 + n * d * min(n, d) / 4)
FIRST = _of_numbers("first_moment_error", scores.first_moment_error, lambda n, d: 10 * n * d)
SECOND = _of_numbers("second_moment_error", scores.second_moment_error, lambda n, d: 3 * n * d * min(n, d))
THIRD = _of_numbers("third_moment_error", scores.third_moment_error, lambda n, d: 2e5 * (n + 8000))
GZIP = Statistics(_gzip, ("entropy_error",), lambda n, d: math.inf)
TREE = Statistics(_tree, ("tree_entropy_error",), lambda n, d: 4 * (n + 400) * d * d)
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
        Outcomes(
            _profile,
            ("profile_bits", "profile_rank"),
            "",
            {"profile_bits": np.median},
            lambda reference, generated: min(len(generated), JUDGED),
            ("test", "independent"),
        ),
    ),
    "genomes": (
        _of_every("allele_pearson", _alleles, lambda n, d: 20 * n * d),
        _of_every(
            "ld_pearson",
            lambda reference, generated: {"ld_pearson": scores.ld_agreement(reference.test.every, generated.every)},
            lambda n, d: d * d * (n + 400),
        ),
        _of_every(
            "ld_decay_error",
            lambda reference, generated: {"ld_decay_error": decay_error(reference.test, generated)},
            lambda n, d: d * d * (n + 200),
        ),
        _of_every(
            "fst",
            lambda reference, generated: {"fst": scores.fst(reference.test.every, generated.every)},
            lambda n, d: 20 * n * d,
        ),
    ),
    "music": (
        _histograms("density_distance", densities),
        _histograms("pitch_distance", pitches),
        _histograms("interval_distance", steps),
    ),
    "tables": (Statistics(_columns, ("column_distance", "worst_column"), lambda n, d: 100 * n * d, counted=every_row),),
}
"""What else is measured of rows of a kind."""

QUICK: tuple[Measure, ...] = (ADVERSARIAL, SPECTRUM, SECOND)
"""What `quick_scores` measures of whole rows."""

SWEPT: tuple[Measure, ...] = (FIDELITIES["machine"], *QUICK, FIRST, DIVERSITY)
"""What is measured at other times and ages: what takes seconds, whatever the training set."""

OVERALL: tuple[Measure, ...] = (GROUPS, GZIP, *BALANCED.values())
"""What is not measured label by label: scores of several labels, and gzip, which is slow."""


def measures_of(kind: str) -> tuple[Measure, ...]:
    """All that is measured of rows of a kind."""
    if kind not in KINDS:
        raise ValueError(f'there is no kind "{kind}"; there are {", ".join(KINDS)}')
    return COMMON + OWN.get(kind, ())
