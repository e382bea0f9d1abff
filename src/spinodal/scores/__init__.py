"""How good a generator is: pure functions of what is known and what was made, one file a score."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor

from .adversarial import AdversarialAccuracy, adversarial_accuracy
from .diversity import by_label, distinct, mean_distance
from .entropy import entropy_error, gzip_entropy, tree_entropy, tree_entropy_error
from .labels import accuracy, balanced_accuracy
from .moments import first_moment_error, reconstruction_error, second_moment_error, third_moment_error
from .novelty import Novelty, nearest, novelty
from .privacy import Privacy, privacy
from .spectrum import spectrum_error

__all__ = [
    "AdversarialAccuracy",
    "Novelty",
    "Privacy",
    "Samples",
    "accuracy",
    "adversarial_accuracy",
    "balanced_accuracy",
    "by_label",
    "distinct",
    "entropy_error",
    "first_moment_error",
    "gzip_entropy",
    "mean_distance",
    "nearest",
    "novelty",
    "privacy",
    "reconstruction_error",
    "score",
    "second_moment_error",
    "spectrum_error",
    "third_moment_error",
    "tree_entropy",
    "tree_entropy_error",
]


class Samples(Protocol):
    """What a score asks of a dataset: its length, and its visible layer as numbers."""

    def __len__(self) -> int:
        """How many samples there are."""

    def numbers(self, layer: str) -> Tensor:
        """A layer as float numbers, (n, d): 0/1 as they are, letters one-hot, reals as they are."""


def score(data: Samples, generated: Samples) -> dict[str, Any]:
    """The scores of generated samples against data they should look like.

    Returns plain numbers, ready for JSON:

        {"n": ..., "adversarial_accuracy": {"truth": ..., "synthetic": ..., "error": ...},
         "spectrum_error": ..., "second_moment_error": ...}

    Both sides need the same number of samples, so the longer is cut to its first n rows: shuffle data that
    are sorted. Raises ValueError for what can't be compared (see `adversarial_accuracy` and the others).
    """
    known, made = _visible(data, generated)
    adversarial = adversarial_accuracy(known, made)
    return {
        "n": len(known),
        "adversarial_accuracy": {
            "truth": adversarial.truth,
            "synthetic": adversarial.synthetic,
            "error": adversarial.error,
        },
        "spectrum_error": spectrum_error(known, made),
        "second_moment_error": second_moment_error(known, made),
    }


def _visible(*datasets: Samples) -> list[Tensor]:
    """The visible layers as numbers, all as long as the shortest."""
    n = min(map(len, datasets))
    return [dataset.numbers("visible")[:n] for dataset in datasets]
