"""Averaging: the mean of the parameters over the last part of a training, which has less noise than the last ones."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import torch
from torch import Tensor

from ..machines import kernels
from ..machines.dynamics import Machine
from ..machines.state import Tensors


@torch.no_grad()
def tail_mean(mean: Tensors, parameters: Mapping[str, Tensor], age: int, power: float) -> Tensors:
    """The mean of the parameters θ after an update; `mean`: the one before it, or {} where there is none.

        mean_t = mean_{t-1} + w_t (θ_t - mean_{t-1}),   w_t = (power + 1) / (power + t)

    The parameters of age s count as s^power (to leading order), so the mean is over about the last 1 / (power + 1) of
    the updates, at every age and whatever their number will be. The gradient is noisy, and so are the last parameters;
    their mean is closer to where the training is going, as if the learning rate had fallen to zero.
    Polynomial-decay averaging (Shamir & Zhang 2013, arXiv:1212.1824). The cost is one pass over the parameters.
    """
    weight, moved = (power + 1) / (power + age), {}
    for name, x in parameters.items():
        moved[name] = mean[name].clone() if name in mean else x.detach().clone()
        kernels.of(moved[name]).add_scaled(moved[name], x.detach() - moved[name], weight)
    return moved


@torch.no_grad()
def with_parameters(machine: Machine, parameters: Mapping[str, Tensor]) -> Machine:
    """A copy of a machine with other parameters, such as `Update.mean`; without any the machine itself."""
    if not parameters:
        return machine
    other = deepcopy(machine)
    for name, x in other.named_parameters():
        x.copy_(parameters[name])
    return other
