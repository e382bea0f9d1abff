"""Label scores: how often is the label right?

`accuracy` has two readings. With the true labels of data and those a machine predicts, it is the accuracy
of prediction. With the labels asked of a machine and those a judge recognizes in what it made, it is the
fidelity of generation. It is one formula, so it is one function.
"""

from __future__ import annotations

from torch import Tensor


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
