"""Labels: all joint states of the label layers of a machine, over which its energies are summed exactly."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from .. import kernels, marginals
from ..noise import Place
from ..potts import Potts
from ..state import Clamp, Tensors
from ..units import Units


class Labels:
    """The label layers, by name, and the numbers of each of their joint states. Raises ValueError for what can't be.

    numbers   layer -> (states, size): a 1 at the letter that it has
    """

    def __init__(self, units: Mapping[str, Units], like: Tensor):
        if units and not marginals.countable(list(units.values())):
            raise ValueError(f"labels of neural energies are single letters with at most {marginals.MOST} joint "
                             f"states, not {', '.join(map(str, units.values()))}")  # fmt: skip
        self.units = {k: u for k, u in units.items() if isinstance(u, Potts)}
        own = list(self.units.values())
        self.every = marginals.states(own, like.device) if own else torch.empty(1, 0, dtype=torch.int64)
        parts = zip(self.units, self.every.T)
        self.numbers: Tensors = {k: self.units[k].numbers(x[:, None], like) for k, x in parts}

    @property
    def joined(self) -> Float[Tensor, "states sizes"]:
        """The numbers of each joint state, side by side."""
        return torch.cat([*self.numbers.values()], 1)

    def side_by_side(self, value: Mapping[str, Tensor], like: Tensor) -> Tensor | None:
        """The labels of rows as numbers (n, sizes); None without label layers."""
        parts = [u.numbers(value[k], like) for k, u in self.units.items()]
        return torch.cat(parts, 1) if parts else None

    def weights(self, clamp: Clamp, n: int, like: Tensor) -> Float[Tensor, "n states"]:
        """Σ field · label of each joint state; -1e30 where it isn't what a row knows of its labels."""
        total = like.new_zeros(n, len(self.every))
        for k in (k for k in self.units if k in clamp.fields):
            total = total + clamp.fields[k].expand(n, -1) @ self.numbers[k].T
        known = [clamp.known.get(k) for k in self.units]
        return marginals.agreeing(total, list(self.units.values()), known)

    def draw(self, log_p: Float[Tensor, "n states"], place: Place) -> Tensors:
        """A joint state of each row, as letters (n, 1), by log p up to a constant of the row."""
        chosen = kernels.of(log_p).letters(log_p.contiguous(), 1, log_p.shape[1], place)[:, 0].long()
        return {k: x[:, None].to(torch.int32) for k, x in zip(self.units, self.every[chosen].T)}

    def marginals(self, log_p: Float[Tensor, "n states"]) -> Tensors:
        """log p of each label layer, (n, size), by log p of the joint states up to a constant of the row."""
        own = list(self.units.values())
        return {k: marginals.log_marginal(log_p, own, i) for i, k in enumerate(self.units)}
