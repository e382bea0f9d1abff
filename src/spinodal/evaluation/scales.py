"""Scales: how each score is read: which way is better, what is ideal, and between what it lies."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MARGIN = 0.02
"""How much worse than what it is compared with a share or an adversarial error may be, and still count as equal."""


@dataclass(frozen=True)
class Scale:
    """How a score is read: `better` (lower, higher, or near to the ideal), the ideal, and the range it lies in.

    An ideal of None is the score of the held-out rows themselves.
    """

    better: str
    ideal: float | None
    low: float = 0.0
    high: float = math.inf


ERROR = Scale("lower", 0.0)
SHARE = Scale("higher", 1.0, 0.0, 1.0)
HALF = Scale("near", 0.5, 0.0, 1.0)
DATA = Scale("near", None)
CORRELATION = Scale("higher", 1.0, -1.0, 1.0)
DISTANCE = Scale("lower", 0.0, 0.0, 1.0)

SCALES = {
    "accuracy": SHARE,
    "balanced_accuracy": SHARE,
    "calibration_error": DISTANCE,
    "calibrated_error": DISTANCE,
    "label_fidelity": SHARE,
    "balanced_label_fidelity": SHARE,
    "judged_fidelity": SHARE,
    "balanced_judged_fidelity": SHARE,
    "profile_fidelity": SHARE,
    "balanced_profile_fidelity": SHARE,
    "adversarial_error": Scale("lower", 0.0, 0.0, 0.5),
    "adversarial_truth": HALF,
    "adversarial_synthetic": HALF,
    "spectrum_error": ERROR,
    "first_moment_error": ERROR,
    "second_moment_error": ERROR,
    "third_moment_error": ERROR,
    "entropy_error": ERROR,
    "tree_entropy_error": ERROR,
    "distinct": Scale("near", None, 0.0, 1.0),
    "mean_distance": DATA,
    "within_distance": DATA,
    "between_distance": DATA,
    "copies": DISTANCE,
    "novelty": DATA,
    "privacy_loss": Scale("near", 0.0, -1.0, 1.0),
    "membership_auc": HALF,
    "nearest_ratio": Scale("near", 1.0),
    "pairs_pearson": CORRELATION,
    "pairs_slope": Scale("near", 1.0, -math.inf),
    "sites_pearson": CORRELATION,
    "triplets_pearson": CORRELATION,
    "length_distance": DISTANCE,
    "gap_distance": DISTANCE,
    "identity": Scale("near", None, 0.0, 1.0),
    "profile_bits": Scale("near", None, -math.inf),
    "profile_rank": HALF,
    "covariance_bits": Scale("near", None, -math.inf),
    "structure_energy": Scale("near", None, -math.inf),
    "structure_gap": DATA,
    "plddt": Scale("near", None, 0.0, 100.0),
    "allele_pearson": CORRELATION,
    "ld_pearson": CORRELATION,
    "ld_decay_error": DISTANCE,
    "fst": Scale("near", 0.0, -math.inf, 1.0),
    "density_distance": DISTANCE,
    "pitch_distance": DISTANCE,
    "interval_distance": DISTANCE,
    "column_distance": DISTANCE,
    "worst_column": DISTANCE,
    "reconstruction_error": ERROR,
}
"""All scores of the package, in the order in which they are shown."""

OWN = Scale("near", None, -math.inf)
"""The scale of judges of the user's own, which are named MODULE:FUNCTION."""


def is_own(name: str) -> bool:
    """Whether a score is that of a judge of the user's own."""
    return ":" in name


def scale_of(name: str) -> Scale:
    """The scale of a score."""
    return OWN if is_own(name) else SCALES[name]


def ordered(names: Iterable[str]) -> list[str]:
    """Names of scores in the order in which they are shown; the user's own are the last.

    >>> ordered(["mine:score", "fst", "accuracy"])
    ['accuracy', 'fst', 'mine:score']
    """
    there = [*names]
    return [name for name in SCALES if name in there] + [name for name in there if is_own(name)]
