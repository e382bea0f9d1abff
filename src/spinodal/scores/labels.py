"""Label scores: accuracy, balanced accuracy, confusion and calibration of labels.

`accuracy` has two uses. With the true labels of data and the labels that a machine predicts, it is the accuracy of
prediction. With the labels that rows were generated with and the labels that a classifier predicts for these rows, it
is the label fidelity of generation.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .. import ranges


def accuracy(truth: Tensor, predicted: Tensor) -> float:
    """The share of samples with a correct label, in [0, 1].

    truth, predicted: integers (n,). Samples with a negative (unknown) truth don't count; a negative prediction is
    wrong. Raises ValueError if no truth is known, or if the two don't fit.

    >>> import torch
    >>> accuracy(torch.tensor([0, 0, 0, 1, -1]), torch.tensor([0, 0, 0, 0, 0]))
    0.75
    """
    truth, predicted = _known(truth, predicted)
    return float((truth == predicted).double().mean())


def balanced_accuracy(truth: Tensor, predicted: Tensor) -> float:
    """The mean recall over classes, in [0, 1]: rare classes count as much as common ones.

    Only classes that are present in truth count. Arguments and errors are those of `accuracy`.

    >>> import torch
    >>> balanced_accuracy(torch.tensor([0, 0, 0, 1, -1]), torch.tensor([0, 0, 0, 0, 0]))
    0.5
    """
    truth, predicted = _known(truth, predicted)
    members = truth.bincount()
    correct = truth[truth == predicted].bincount(minlength=len(members))
    return float((correct.double() / members)[members > 0].mean())


def guesses(truth: Tensor) -> tuple[float, float]:
    """The accuracy and the balanced accuracy of a constant prediction, which is the most common label.

        max_c n_c / n,   1 / classes present

    Both are 1 if all known labels are equal. truth: integers (n,), negative where unknown. Raises ValueError as
    `accuracy` does.

    >>> import torch
    >>> guesses(torch.tensor([0, 0, 0, 1, -1]))
    (0.75, 0.5)
    """
    truth, _ = _known(truth, truth)
    members = truth.bincount()
    return float(members.max()) / len(truth), 1 / int((members > 0).sum())


def confusion(asked: Tensor, seen: Tensor, labels: int) -> Tensor:
    """The confusion matrix, (labels, labels) int64: how many samples were asked to have a label (row), and which label
    was predicted for them (column).

    asked, seen: integers (n,) below `labels`, true or asked labels and predicted ones. A sample doesn't count if one of
    the two is negative (unknown). For a perfect generator the matrix is diagonal. Errors are those of `accuracy`, and
    ValueError for a label that is too large.

    >>> import torch
    >>> confusion(torch.tensor([0, 0, 0, 1, -1]), torch.tensor([0, 0, 1, -1, 0]), labels=2).tolist()
    [[2, 1], [0, 0]]
    """
    ranges.integer("labels", labels)
    asked, seen = _known(asked, seen)
    if int(max(asked.max(), seen.max())) >= labels:
        raise ValueError(f"labels must be from 0 to {labels - 1}, not {int(max(asked.max(), seen.max()))}")
    asked, seen = asked[seen >= 0], seen[seen >= 0]
    return (asked.long() * labels + seen).bincount(minlength=labels**2).view(labels, labels)


@dataclass(frozen=True)
class Calibration:
    """Mean confidence, accuracy and number of samples in bins of confidence, (bins,) each; NaN if a bin is empty.

    `error` is the expected calibration error, in [0, 1], ideally 0: the mean over samples of the absolute difference
    between the accuracy and the mean confidence of their bin.
    """

    confidence: Tensor
    accuracy: Tensor
    count: Tensor
    error: float


def calibration(probability: Tensor, truth: Tensor, bins: int = 10) -> Calibration:
    """The calibration of predicted probabilities: of labels with probability p, a share p should be correct.

        error = Σ_b count_b / n |accuracy_b - confidence_b|

    Each sample counts with its most probable label. Bins have equal width, (b / bins, (b + 1) / bins]. probability:
    (n, labels), rows that sum to 1; truth: integers (n,), negative where unknown; samples of unknown truth don't count.
    By chance, n samples have an error of up to 0.4 sqrt(bins / n). Raises ValueError if the two don't fit, if rows
    aren't probabilities, or if no truth is known.

    Source: Naeini et al. 2015; Guo et al. 2017.
    """
    if probability.dim() != 2 or probability.shape[:1] != truth.shape or not ranges.is_integer(bins):
        raise ValueError(
            f"probability must be (n, labels), truth (n,) and bins 1 or more, not {tuple(probability.shape)}, "
            f"{tuple(truth.shape)} and {bins}"
        )
    probability = probability.double()
    if not ((probability >= 0).all() and ((probability.sum(1) - 1).abs() < 1e-3).all()):
        raise ValueError("probability has rows that are negative, unknown, or don't sum to 1: apply a softmax first")
    confidence, predicted = probability.max(1)
    confidence, (truth, predicted) = confidence[truth >= 0], _known(truth, predicted)
    index = ((confidence * bins).ceil().long() - 1).clamp(0, bins - 1)
    count = index.bincount(minlength=bins)
    of_confidence, correct = (index.bincount(x, minlength=bins) for x in (confidence, (truth == predicted).double()))
    error = float((correct - of_confidence).abs().sum()) / len(index)
    return Calibration(of_confidence / count, correct / count, count, error)


def _known(truth: Tensor, predicted: Tensor) -> tuple[Tensor, Tensor]:
    """Both without the samples of unknown truth."""
    if truth.dim() != 1 or truth.shape != predicted.shape:
        raise ValueError(
            f"truth and predicted must be labels of the same samples, (n,), not {tuple(truth.shape)} and "
            f"{tuple(predicted.shape)}"
        )
    if truth.is_floating_point() or predicted.is_floating_point():
        raise ValueError("labels are integers: take the argmax of probabilities first")
    known = truth >= 0
    if not known.any():
        raise ValueError("no label of truth is known (all are negative): a label score needs one or more known labels")
    return truth[known], predicted[known]
