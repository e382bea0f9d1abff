"""Ascent: steps of the parameters up a gradient, plain or by a torch optimizer; it stops at what is not finite."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ..machines import kernels
from ..machines.state import Tensors

Optimizer = Callable[..., torch.optim.Optimizer]
"""A function, or a class, that makes a torch optimizer of parameters, lr and maximize."""


class Ascent:
    """θ <- θ + lr g, or what an optimizer makes of g.

    `memory` of an earlier ascent: this one continues it with the same bits.
    """

    def __init__(
        self, parameters: Mapping[str, Tensor], lr: float, make: Optimizer | None = None, memory: Tensors | None = None
    ):
        self.parameters, self.lr = dict(parameters), lr
        self.optimizer = make(list(self.parameters.values()), lr=lr, maximize=True) if make else None
        if self.optimizer and memory:
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": self._by_number(memory), "param_groups": groups})

    @torch.no_grad()
    def ascend(self, gradient: Mapping[str, Tensor], lr: float | None = None) -> None:
        """One step up, by `lr` where another is given. Raises FloatingPointError where something is not finite, before
        any parameter changes.
        """
        lr = self.lr if lr is None else lr
        for name in gradient:
            if self.parameters[name].sum().isnan():
                raise FloatingPointError(f"{name} is not a number: go back to an earlier age")
        for name, g in gradient.items():
            if not g.sum().isfinite():
                raise FloatingPointError(f"the gradient of {name} is not finite: lower lr, or look at the data")
        if self.optimizer is None:
            for name, g in gradient.items():
                kernels.of(g).add_scaled(self.parameters[name], g, lr)
        else:
            self._leave_it_to(self.optimizer, gradient, lr)

    def _leave_it_to(self, optimizer: torch.optim.Optimizer, gradient: Mapping[str, Tensor], lr: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = lr
        for name, g in gradient.items():
            self.parameters[name].grad = g
        optimizer.step()
        optimizer.zero_grad()

    def memory(self) -> Tensors:
        """A copy of the optimizer's state, under "parameter/name" for each of its tensors."""
        if self.optimizer is None:
            return {}
        state = self.optimizer.state
        return {
            f"{name}/{key}": x.detach().clone()
            for name, p in self.parameters.items()
            for key, x in state[p].items()
            if isinstance(x, Tensor)
        }

    def _by_number(self, memory: Tensors) -> dict[int, Tensors]:
        """The memory as torch has it, by the parameters' numbers."""
        number = {name: i for i, name in enumerate(self.parameters)}
        found: dict[int, Tensors] = {i: {} for i in number.values()}
        for key, x in memory.items():
            name, _, what = key.rpartition("/")
            found[number[name]][what] = x.clone()
        return found
