"""Scores of a generator: pure functions of two sets of rows, real and generated, one file for each score."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor

from .adversarial import AdversarialAccuracy, adversarial_accuracy
from .baseline import independent
from .column_distances import number_distances, share_distances
from .copies import Novelty, nearest, novelty
from .diversity import by_label, distinct, mean_distance
from .entropy import entropy_error, gzip_entropy, tree_entropy, tree_entropy_error
from .genomes import PCA, Decay, allele_frequencies, fst, ld, ld_agreement, ld_decay, pca
from .intervals import Interval, bootstrap, subsample
from .labels import Calibration, accuracy, balanced_accuracy, calibration, confusion, guesses
from .membership import Privacy, caught, is_revealed, membership_auc, privacy
from .moments import first_moment_error, reconstruction_error, second_moment_error, third_moment_error
from .music import histogram_distance, interval_histogram, note_density, pitch_histogram
from .regression import Agreement
from .sequences import agreement, gap_runs, identity, lengths
from .spectrum import spectrum_error

__all__ = [
    "PCA",
    "AdversarialAccuracy",
    "Agreement",
    "Calibration",
    "Decay",
    "Interval",
    "Novelty",
    "Privacy",
    "Samples",
    "accuracy",
    "adversarial_accuracy",
    "agreement",
    "allele_frequencies",
    "balanced_accuracy",
    "bootstrap",
    "by_label",
    "calibration",
    "caught",
    "confusion",
    "distinct",
    "entropy_error",
    "first_moment_error",
    "fst",
    "gap_runs",
    "guesses",
    "gzip_entropy",
    "histogram_distance",
    "identity",
    "independent",
    "interval_histogram",
    "is_revealed",
    "ld",
    "ld_agreement",
    "ld_decay",
    "lengths",
    "mean_distance",
    "membership_auc",
    "nearest",
    "note_density",
    "novelty",
    "number_distances",
    "pca",
    "pitch_histogram",
    "privacy",
    "reconstruction_error",
    "score",
    "second_moment_error",
    "share_distances",
    "spectrum_error",
    "subsample",
    "third_moment_error",
    "tree_entropy",
    "tree_entropy_error",
]


class Samples(Protocol):
    """What `score` needs of a dataset: its length, and its visible layer as numbers."""

    def __len__(self) -> int:
        """The number of samples."""

    def numbers(self, layer: str) -> Tensor:
        """A layer as floats, (n, d): binary units as 0 and 1, letters one-hot, real numbers unchanged."""


def score(data: Samples, generated: Samples) -> dict[str, Any]:
    """Scores that compare generated samples with real data.

    Returns plain numbers that JSON can hold:

        {"n": ..., "adversarial_accuracy": {"truth": ..., "synthetic": ..., "error": ...},
         "spectrum_error": ..., "second_moment_error": ...}

    Both sets need the same number of samples, so the longer one is cut to its first n rows. Shuffle sorted data
    before. Raises ValueError for sets that can't be compared (see `adversarial_accuracy` and the other scores).
    """
    real, made = _visible(data, generated)
    adversarial = adversarial_accuracy(real, made)
    return {
        "n": len(real),
        "adversarial_accuracy": {
            "truth": adversarial.truth,
            "synthetic": adversarial.synthetic,
            "error": adversarial.error,
        },
        "spectrum_error": spectrum_error(real, made),
        "second_moment_error": second_moment_error(real, made),
    }


def _visible(*datasets: Samples) -> list[Tensor]:
    """The visible layers as numbers, all cut to the length of the shortest."""
    if strange := [x for x in datasets if not hasattr(x, "numbers")]:
        kind = type(strange[0]).__name__
        raise ValueError(f"score compares two Datasets, not a {kind}: sp.Dataset makes one of arrays")
    n = min(map(len, datasets))
    return [dataset.numbers("visible")[:n] for dataset in datasets]
