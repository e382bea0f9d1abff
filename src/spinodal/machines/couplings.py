"""Couplings: between two layers a learned weight that acts both ways, and with a gain frozen ones that act one way."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from . import kernels
from .noise import Noise
from .units import Units

VARIANCES: dict[str, Callable[[int, int, int], float]] = {
    "fan-in": lambda source, target, seen: 1 / source,
    "visible": lambda source, target, seen: 1 / seen,
    "both": lambda source, target, seen: 1 / (source + target),
}
"""Variance of a frozen coupling at gain 1, of the sizes of source and target and of the first layer, N.

By fan-in chaos sets in at gain 1 for any sizes. The text of Fournier & Urbani leaves room for one expression for
rectangular couplings, so it may be g² / N ("visible") or g² / (N + N_h) ("both"); `stability_radius` compares them.
"""


class Coupling(nn.Module):
    """A learned weight that acts both ways; with a gain, also a frozen random one-way pair.

    weight (a, b) ~ N(0, std²) in the gauge of its units. forth (a, b) and back (b, a) ~ N(0, frozen²), a standard
    deviation each, 0 where there is none: a layer that meets itself has one frozen coupling, not a pair.
    """

    forth: Tensor | None
    back: Tensor | None

    def __init__(self, a: Units, b: Units, std: float, frozen: tuple[float, float], noise: Noise):
        super().__init__()
        like = torch.empty(0)
        draws = std * kernels.normal(a.size, b.size, noise.at(0, 0), like) if std else torch.zeros(a.size, b.size)
        self.weight = nn.Parameter(b.gauge(a.gauge(draws).T).T.contiguous())
        shapes = (("forth", a.size, b.size), ("back", b.size, a.size))
        for i, ((name, n, m), own) in enumerate(zip(shapes, frozen), 1):
            self.register_buffer(name, own * kernels.normal(n, m, noise.at(0, i), like) if own else None)

    def extra_repr(self) -> str:
        """Its size, and whether it has frozen weights, too: `weight` has the numbers."""
        n, m = self.weight.shape
        return f"weight {n} x {m}{'' if self.forth is None else ', and frozen ones'}"

    @torch.no_grad()
    def zero_diagonal(self, units: Units) -> None:
        """No unit of a layer that meets itself acts on itself any more."""
        units.zero_diagonal(self.weight)
        if self.forth is not None:
            units.zero_diagonal(self.forth)

    def towards(self, forward: bool) -> Tensor:
        """The weight and the frozen coupling, as one matrix from source to target."""
        learned, frozen = (self.weight, self.forth) if forward else (self.weight.T, self.back)
        return learned if frozen is None else frozen + learned  # laid out as the frozen one, row by row: faster
