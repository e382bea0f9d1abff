"""Guidance: labels that were asked for act more strongly on chains, so that more rows come out as labeled."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace

import torch
from torch import Tensor

from .. import ranges
from .dynamics import Machine
from .network import Network
from .neural.machine import Neural
from .protocols import labels_of
from .state import Tensors, rows_of


def guided(machine: Machine, guidance: float) -> Machine:
    """The machine with a guidance g of its own: in what it generates and completes, labels that are known count more.

    Networks: what a known label l sends to another layer, W_l, becomes W_l + g (W_l - mean of all labels' W). Neural
    machines: rows are moved by p(v | l) p(l | v)^g in place of p(v | l). 0 is as trained. With more, more rows are
    recognized as labeled as asked for, and rows of a label vary less; predictions don't change. The parameters are
    shared with the machine.

    Raises ValueError for a number below 0, for a machine that has not been trained, and for one without labels, or of
    your own kind. Ho & Salimans 2022 (arXiv:2207.12598) do the same in diffusion.
    """
    ranges.not_negative("guidance", guidance)
    if machine.schedule is None:
        raise ValueError("a guidance is of a trained machine, and this one has not been trained")
    if guidance and not takes_guidance(machine):
        raise ValueError("a guidance is of machines with labels, of a kind that spinodal has: leave it out")
    found = copy(machine)
    found.schedule = replace(machine.schedule, guidance=guidance)
    return found


def takes_guidance(machine: Machine) -> bool:
    """Whether labels of this machine can act more strongly: it has some, and is of a kind that spinodal has."""
    return bool(labels_of(machine.units)) and isinstance(machine, Network | Neural)


def guidance_of(machine: Machine) -> float:
    """The guidance of what a machine generates; 0 for one that has not been trained."""
    return machine.schedule.guidance if machine.schedule else 0.0


def acting(machine: Machine, known: Mapping[str, Tensor], fields: Mapping[str, Tensor]) -> tuple[Machine, Tensors]:
    """The machine that moves chains with its guidance, and the fields on them: those given, and that of known labels.

    known: what chains hold, in the form of data, (n, columns).
    """
    guidance = guidance_of(machine)
    if not guidance:
        return machine, dict(fields)
    if isinstance(machine, Neural):
        strong = copy(machine)
        strong.guidance = guidance
        return strong, dict(fields)
    labels = {k: known[k] for k in labels_of(machine.units) if k in known}
    own = emphasis(machine, labels, torch.full((rows_of(labels),), guidance)) if labels else {}
    return machine, {**fields, **{k: x + fields[k].to(x) if k in fields else x for k, x in own.items()}}


def emphasis(machine: Machine, labels: Mapping[str, Tensor], strength: Tensor) -> Tensors:
    """Fields with which labels act 1 + strength times as strongly on the layers that they meet: layer -> (n, size).

    labels: layer -> letters, (n, 1), -1 not asked for; strength (n,). It is strength times what the label sends, less
    the mean of what all labels send. {} for a machine that is no network.
    """
    fields: Tensors = {}
    if not isinstance(machine, Network) or not bool((strength > 0).any()):
        return fields
    for layer in (k for k in machine.units if k not in labels):
        for source, weight in machine.sources(layer):
            if source in labels:
                own = labels[source][:, 0].long().to(weight.device)
                sent = _beside_mean(weight.detach())[own.clamp(min=0)]
                scale = strength.to(weight) * (own >= 0)
                fields[layer] = fields.get(layer, torch.zeros(())) + scale[:, None] * sent
    return fields


def _beside_mean(weight: Tensor) -> Tensor:
    """A matrix (labels, size) less its mean over labels, which is summed in their order: the same bits everywhere."""
    total = torch.zeros_like(weight[0], dtype=torch.float64)
    for row in weight:
        total = total + row
    return (weight - total / len(weight)).to(weight.dtype)
