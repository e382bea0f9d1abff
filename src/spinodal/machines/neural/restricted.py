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

    In single precision, by products of torch, as autograd goes through it. Raises ValueError for a machine that isn't
    restricted: all its edges meet one hidden layer.
    """

    def __init__(self, network: Network):
        super().__init__()
        hidden = [k for k in network.units if all(k in edge for edge in network.edges)]
        seen = [k for k in network.units if k not in hidden[:1]]
        if not network.is_reciprocal or len(hidden) != 1 or "hidden" not in network.units:
            raise ValueError("the base of a neural energy is a restricted Boltzmann machine: one hidden layer, gain 0")
        self.network, self.seen = network, seen
        self.hidden: Units = network.units["hidden"]

    def weight(self, layer: str) -> Tensor:
        """W of a layer, (size, hidden)."""
        return self.network.between(layer, "hidden").weight

    def inputs(self, seen: Mapping[str, Tensor]) -> Tensor:
        """What the hidden units receive from some layers, as numbers (n, size), and their bias: (n, hidden)."""
        return sum((s @ self.weight(k) for k, s in seen.items()), self.network.bias["hidden"])

    def alone(self, seen: Mapping[str, Tensor]) -> Tensor:
        """- a v + self_energy(v) of some layers, (n,)."""
        units = self.network.units
        own = [units[k].self_energy(s) - s @ self.network.bias[k] for k, s in seen.items()]
        return sum(own[1:], own[0])

    def forward(self, seen: Mapping[str, Tensor], label: Mapping[str, Tensor]) -> Tensor:
        """F of layers and labels as numbers, (n,)."""
        every = {**seen, **label}
        return self.alone(every) - self.hidden.log_partition(self.inputs(every))

    def every(self, seen: Mapping[str, Tensor], states: Tensors) -> Tensor:
        """F of each joint state of the labels, whose numbers are (states, size): (n, states)."""
        x, own = self.inputs(seen), self.alone(seen)
        fields = sum((s @ self.weight(k) for k, s in states.items()), x.new_zeros(()))
        bias = sum((s @ self.network.bias[k] for k, s in states.items()), x.new_zeros(()))
        return own[:, None] - bias - torch.stack([self.hidden.log_partition(x + field) for field in fields], 1)

    @torch.no_grad()
    def fields(self, every: Mapping[str, Tensor], place: Place, temperature: float) -> Tensors:
        """What each layer receives from hidden units that are drawn given all layers, and its bias: (n, size)."""
        h = self.hidden.draw((self.inputs(every) / temperature).contiguous(), place)
        s = self.hidden.numbers(h, self.network.like)
        return {k: s @ self.weight(k).T + self.network.bias[k] for k in every}

    def describe(self) -> dict[str, Any]:
        """The hidden units, and the network's description."""
        return {"hidden": {"kind": type(self.hidden).__name__, "size": self.hidden.size}, **self.network.describe()}

    @staticmethod
    def rebuild(units: Mapping[str, Units], said: Mapping[str, Any]) -> Network:
        """The network of a description, with the units of its other layers."""
        return Network.rebuild(_with_hidden(units, said), said)

    @staticmethod
    def shapes(units: Mapping[str, Units], said: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
        """The shapes of all parameters of such a description, by name."""
        return {f"network.{k}": x for k, x in Network.shapes(_with_hidden(units, said), said).items()}


def _with_hidden(units: Mapping[str, Units], said: Mapping[str, Any]) -> dict[str, Units]:
    kind = HIDDEN[said["hidden"]["kind"]]
    return {**units, "hidden": kind(said["hidden"]["size"])}


HIDDEN: dict[str, type[Bernoulli] | type[Spin] | type[Gaussian]] = {k.__name__: k for k in (Bernoulli, Spin, Gaussian)}
"""The units that hidden layers of a base may have, by name."""
