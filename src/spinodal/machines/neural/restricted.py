"""Restricted: the energy of a restricted Boltzmann machine without its hidden units, as a term of a neural energy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..network import Network
from ..noise import Place
from ..state import Tensors
from ..units import Bernoulli, Gaussian, Spin, Units


class Restricted(nn.Module):
    """The free energy of a restricted machine, and its hidden units, which make the others independent of each other.

        F(v, l) = - a v - c_l + Σ_i self_energy(v_i) - Σ_μ log_partition_μ(b_μ + (v W)_μ + D_lμ)

    In single precision, by products of torch, as autograd goes through it. A machine without labels has the same energy
    for all of them. Raises ValueError for a machine that isn't restricted: all its edges meet one hidden layer.
    """

    def __init__(self, network: Network):
        super().__init__()
        is_restricted = all("hidden" in edge and edge[0] != edge[1] for edge in network.edges)
        if not network.is_reciprocal or not is_restricted or "hidden" not in network.units:
            raise ValueError("the base of a neural energy is a restricted Boltzmann machine: one hidden layer, gain 0")
        self.network, self.seen = network, [k for k in network.units if k != "hidden"]
        self.hidden: Units = network.units["hidden"]

    def weight(self, layer: str) -> Tensor:
        """W of a layer, (size, hidden)."""
        return self.network.between(layer, "hidden").weight

    def inputs(self, seen: Mapping[str, Tensor]) -> Tensor:
        """What the hidden units receive from some layers, as numbers (n, size), and their bias: (n, hidden)."""
        return sum((s @ self.weight(k) for k, s in self._own(seen).items()), self.network.bias["hidden"])

    def alone(self, seen: Mapping[str, Tensor]) -> Tensor:
        """- a v + self_energy(v) of some layers, (n,)."""
        units = self.network.units
        own = [units[k].self_energy(s) - s @ self.network.bias[k] for k, s in self._own(seen).items()]
        return sum(own[1:], own[0])

    def _own(self, layers: Mapping[str, Tensor]) -> Tensors:
        """Those of some layers that the machine has."""
        return {k: s for k, s in layers.items() if k in self.seen}

    def forward(self, seen: Mapping[str, Tensor], label: Mapping[str, Tensor]) -> Tensor:
        """F of layers and labels as numbers, (n,)."""
        every = {**seen, **label}
        return self.alone(every) - self.hidden.log_partition(self.inputs(every))

    def every(self, seen: Mapping[str, Tensor], states: Tensors) -> Tensor:
        """F of each joint state of the labels, whose numbers are (states, size): (n, states)."""
        x, own, labels = self.inputs(seen), self.alone(seen), self._own(states)
        if not labels:
            return (own - self.hidden.log_partition(x))[:, None].expand(-1, len(next(iter(states.values()))))
        fields = sum((s @ self.weight(k) for k, s in labels.items()), x.new_zeros(()))
        bias = sum((s @ self.network.bias[k] for k, s in labels.items()), x.new_zeros(()))
        return own[:, None] - bias - torch.stack([self.hidden.log_partition(x + field) for field in fields], 1)

    @torch.no_grad()
    def fields(self, every: Mapping[str, Tensor], place: Place, temperature: float) -> Tensors:
        """What each layer receives from hidden units that are drawn given all layers, and its bias: (n, size)."""
        h = self.hidden.draw((self.inputs(every) / temperature).contiguous(), place)
        s = self.hidden.numbers(h, self.network.like)
        return {k: s @ self.weight(k).T + self.network.bias[k] for k in self._own(every)}

    def describe(self) -> dict[str, Any]:
        """The layers that it sees, the hidden units, and the network's description."""
        hidden = {"kind": type(self.hidden).__name__, "size": self.hidden.size}
        return {"seen": self.seen, "hidden": hidden, **self.network.describe()}

    @staticmethod
    def rebuild(units: Mapping[str, Units], said: Mapping[str, Any]) -> Network:
        """The network of a description, with the units of its other layers."""
        return Network.rebuild(_layers(units, said), said)

    @staticmethod
    def shapes(units: Mapping[str, Units], said: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
        """The shapes of all parameters of such a description, by name."""
        return {f"network.{k}": x for k, x in Network.shapes(_layers(units, said), said).items()}


def _layers(units: Mapping[str, Units], said: Mapping[str, Any]) -> dict[str, Units]:
    """The units of the layers of a description; one that doesn't say which it sees sees all."""
    kind = HIDDEN[said["hidden"]["kind"]]
    return {k: units[k] for k in said.get("seen", units)} | {"hidden": kind(said["hidden"]["size"])}


HIDDEN: dict[str, type[Bernoulli] | type[Spin] | type[Gaussian]] = {k.__name__: k for k in (Bernoulli, Spin, Gaussian)}
"""The units that hidden layers of a base may have, by name."""
