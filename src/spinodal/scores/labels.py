"""Label scores: how often is the label right?

`accuracy` has two readings. With the true labels of data and those a machine predicts, it is the accuracy
of prediction. With the labels asked of a machine and those a judge recognizes in what it made, it is the
fidelity of generation. It is one formula, so it is one function.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .. import ranges


def accuracy(truth: Tensor, predicted: Tensor) -> float:
    """The share of samples whose label is right, in [0, 1].

    truth, predicted: integers (n,). Samples whose truth is negative (unknown) are left out; a negative
    prediction is wrong. Raises ValueError if no truth is known or the two don't fit.

    >>> import torch
    >>> accuracy(torch.tensor([0, 0, 0, 1, -1]), torch.tensor([0, 0, 0, 0, 0]))
    0.75
    """
    truth, predicted = _known(truth, predicted)
    return float((truth == predicted).double().mean())


def balanced_accuracy(truth: Tensor, predicted: Tensor) -> float:
    """The mean over classes of the share found of each, in [0, 1]: rare classes count as much as common ones.

    Only the classes present in truth count. The arguments and errors are those of `accuracy`.

    >>> import torch
    >>> balanced_accuracy(torch.tensor([0, 0, 0, 1, -1]), torch.tensor([0, 0, 0, 0, 0]))
    0.5
    """
    truth, predicted = _known(truth, predicted)
    members = truth.bincount()
    found = truth[truth == predicted].bincount(minlength=len(members))
    return float((found.double() / members)[members > 0].mean())


def guesses(truth: Tensor) -> tuple[float, float]:
    """What a guess without looking has: the accuracy of always the most common label, and its balanced accuracy.

        max_c n_c / n,   1 / classes present

    Both are 1 where all known labels are the same. truth: integers (n,), negative where unknown. Raises ValueError as
    `accuracy` does.

    >>> import torch
    >>> guesses(torch.tensor([0, 0, 0, 1, -1]))
    (0.75, 0.5)
    """
    truth, _ = _known(truth, truth)
    members = truth.bincount()
    return float(members.max()) / len(truth), 1 / int((members > 0).sum())


def confusion(asked: Tensor, seen: Tensor, labels: int) -> Tensor:
    """How many samples were asked to have each label (row) and were seen with each (column), (labels, labels) int64.

    asked, seen: integers (n,) below `labels`. A sample where either is negative (unknown) stands nowhere, so a row
    sums to what was asked and recognized. A perfect generator has a diagonal. The errors are those of `accuracy`,
    and ValueError for a label that is too large.

    >>> import torch
    >>> confusion(torch.tensor([0, 0, 0, 1, -1]), torch.tensor([0, 0, 1, -1, 0]), labels=2).tolist()
    [[2, 1], [0, 0]]
    """
    ranges.integer("labels", labels)
    asked, seen = _known(asked, seen)
    if int(max(asked.max(), seen.max())) >= labels:
        raise ValueError(f"there is a label {int(max(asked.max(), seen.max()))}, and {labels} labels from 0 on")
    asked, seen = asked[seen >= 0], seen[seen >= 0]
    return (asked.long() * labels + seen).bincount(minlength=labels**2).view(labels, labels)


@dataclass(frozen=True)
class Calibration:
    """How often labels are right that are given with some confidence: by bin (bins,), NaN where a bin is empty.

    `error` is the expected calibration error, in [0, 1], ideally 0: the mean over samples of how far the accuracy of
    their bin is from its mean confidence.
    """

    confidence: Tensor
    accuracy: Tensor
    count: Tensor
    error: float


def calibration(probability: Tensor, truth: Tensor, bins: int = 10) -> Calibration:
    """Whether labels of probability p are right a share p of the time, for the most probable label of each sample.

        error = Σ_b count_b / n |accuracy_b - confidence_b|

    Bins have one width each, (b / bins, (b + 1) / bins]. probability: (n, labels), rows that sum to 1; truth: integers
    (n,), negative where unknown, which don't count. n samples have a floor of up to 0.4 sqrt(bins / n). Raises
    ValueError where the two don't fit, rows aren't probabilities, or no truth is known.

    Source: Naeini et al. 2015; Guo et al. 2017.
    """
    if probability.dim() != 2 or probability.shape[:1] != truth.shape or not ranges.is_integer(bins):
        raise ValueError(
            f"probability is (n, labels), truth (n,) and bins 1 or more, not {tuple(probability.shape)}, "
            f"{tuple(truth.shape)} and {bins}"
        )
    probability = probability.double()
    if not ((probability >= 0).all() and ((probability.sum(1) - 1).abs() < 1e-3).all()):
        raise ValueError("probability has rows that are negative, unknown, or don't sum to 1: take a softmax first")
    confidence, predicted = probability.max(1)
    confidence, (truth, predicted) = confidence[truth >= 0], _known(truth, predicted)
    place = ((confidence * bins).ceil().long() - 1).clamp(0, bins - 1)
    count = place.bincount(minlength=bins)
    of_confidence, of_right = (place.bincount(x, minlength=bins) for x in (confidence, (truth == predicted).double()))
    error = float((of_right - of_confidence).abs().sum()) / len(place)
    return Calibration(of_confidence / count, of_right / count, count, error)


def _known(truth: Tensor, predicted: Tensor) -> tuple[Tensor, Tensor]:
    """Both without the samples whose truth is unknown."""
    if truth.dim() != 1 or truth.shape != predicted.shape:
        raise ValueError(
            f"truth and predicted must be one list of labels each, (n,), not {tuple(truth.shape)} and "
            f"{tuple(predicted.shape)}"
        )
    if truth.is_floating_point() or predicted.is_floating_point():
        raise ValueError("labels are integers: take the argmax of probabilities first")
    known = truth >= 0
    if not known.any():
        raise ValueError("no label of truth is known (all are negative): there is nothing to score against")
    return truth[known], predicted[known]
