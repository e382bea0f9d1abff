"""Ascent: steps of the parameters up a gradient, plain or by a torch optimizer; it stops at what is not finite."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ..machines import kernels
from ..machines.state import Tensors

Optimizer = Callable[..., torch.optim.Optimizer]
"""A function, or a class, that makes a torch optimizer of parameters, lr and maximize. It may make groups of them with
learning rates of their own, which keep their ratio to lr.
"""


class Ascent:
    """θ <- θ + lr g, or what an optimizer makes of g.

    `memory` of an earlier ascent: this one continues it with the same bits.
    """

    def __init__(
        self, parameters: Mapping[str, Tensor], lr: float, make: Optimizer | None = None, memory: Tensors | None = None
    ):
        self.parameters, self.lr = dict(parameters), lr
        self.optimizer = make(list(self.parameters.values()), lr=lr, maximize=True) if make else None
        self.ratios = [group["lr"] / lr for group in self.optimizer.param_groups] if self.optimizer else []
        if self.optimizer and memory:
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": self._by_number(self.optimizer, memory), "param_groups": groups})

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
        for group, ratio in zip(optimizer.param_groups, self.ratios):
            group["lr"] = lr * ratio
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

    def _by_number(self, optimizer: torch.optim.Optimizer, memory: Tensors) -> dict[int, Tensors]:
        """The memory as torch has it, by the parameters' numbers, which go through its groups."""
        number = {id(p): i for i, p in enumerate(p for group in optimizer.param_groups for p in group["params"])}
        found: dict[int, Tensors] = {i: {} for i in number.values()}
        for key, x in memory.items():
            name, _, what = key.rpartition("/")
            found[number[id(self.parameters[name])]][what] = x.clone()
        return found
