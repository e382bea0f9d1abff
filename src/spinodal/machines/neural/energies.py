"""Energies: neural networks with names, small enough for a CPU: convolutions of images, and residual blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isqrt
from typing import Any

import torch
from torch import Tensor, nn

from ... import ranges
from ..protocols import labels_of
from ..units import Units


class Sites(nn.Module):
    """The energy of units that don't see each other: - Σ a v, and (v - a)² / 2 where values have no bounds."""

    def __init__(self, units: Sequence[Units]):
        super().__init__()
        self.sizes, self.unbounded = [u.size for u in units], [u.high == inf for u in units]
        self.bias = nn.Parameter(torch.zeros(sum(self.sizes)))

    def forward(self, visible: Tensor) -> Tensor:
        """E, (n,), of values as numbers (n, size)."""
        parts = zip(visible.split(self.sizes, 1), self.bias.split(self.sizes), self.unbounded)
        own = [(x - a).square().sum(1) / 2 if free else -(x @ a) for x, a, free in parts]
        return sum(own[1:], own[0])

    @torch.no_grad()
    def init(self, units: Sequence[Units], means: Sequence[Tensor | None]) -> None:
        """Sets the means that the units have."""
        parts = self.bias.split(self.sizes)
        for own, part, mean in zip(units, parts, means):
            if mean is not None:
                part.copy_(own.inverse_mean(mean.to(part)))


class Conv(nn.Module):
    """Three convolutions, each of half the width and height, of an image (n, side²) to `out` numbers.

    channels   of the first; the others have two and four times as many
    """

    def __init__(self, size: int, out: int, channels: int = 32):
        super().__init__()
        side = isqrt(size)
        if side * side != size or side < 8:
            raise ValueError(f"the energy conv is of square images of 8 x 8 pixels or more, not of rows of {size}: "
                             "take --energy mlp")  # fmt: skip
        c = ranges.integer("channels", channels, 1, 4096)
        self.side, small = side, -(-side // 8)
        self.layers = nn.Sequential(
            nn.Conv2d(1, c, 5, stride=2, padding=2),
            nn.SiLU(),
            nn.Conv2d(c, 2 * c, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(2 * c, 4 * c, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
        )
        self.last = nn.Linear(4 * c * small * small, out)

    @property
    def between(self) -> int:
        """How many numbers a row has between the layers, of each twice: before and after the function."""
        sides = [-(-self.side // k) for k in (2, 4, 8)]
        widths = [m.out_channels for m in self.layers if isinstance(m, nn.Conv2d)]
        return 2 * sum(c * side**2 for c, side in zip(widths, sides))

    def forward(self, visible: Tensor) -> Tensor:
        """(n, out) of images (n, side²)."""
        found: Tensor = self.last(self.layers(visible.unflatten(1, (1, self.side, self.side))))
        return found


class MLP(nn.Module):
    """Residual blocks of numbers (n, size) to `out` numbers: x <- x + B silu(A x), after one linear layer.

    width    of x and of what is in the blocks
    blocks   how many there are
    """

    def __init__(self, size: int, out: int, width: int = 256, blocks: int = 1):
        super().__init__()
        width = ranges.integer("width", width, 1, 2**16)
        self.first = nn.Linear(size, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
            for _ in range(ranges.integer("blocks", blocks, 1, 100))
        )
        self.last = nn.Linear(width, out)

    @property
    def between(self) -> int:
        """How many numbers a row has between the layers."""
        return self.last.in_features * (1 + 4 * len(self.blocks))

    def forward(self, visible: Tensor) -> Tensor:
        """(n, out) of rows (n, size)."""
        x = self.first(visible)
        for block in self.blocks:
            x = x + block(x)
        found: Tensor = self.last(nn.functional.silu(x))
        return found


WIDTH_OF = {"conv": "channels", "mlp": "width"}
"""The argument of a network that says how wide it is."""

TRUNKS: dict[str, type[Conv] | type[MLP]] = {"conv": Conv, "mlp": MLP}
"""The networks by their names; a run directory has no others."""


class Heads(nn.Module):
    """An energy with a number for each label, from one pass of a network:

        E(v, l) = sites(v) - f(v)_l

    so p(l | v) is the softmax of f, as of a classifier (Grathwohl et al. 2020, arXiv:1912.03263). Several label columns
    have a part of f each. Without labels f is one number. The last layer starts at 0.

    name      of the network, in `TRUNKS`; options: its arguments
    visible   the units of the visible layers, in order; labels: how many states the label layers have, in order
    alone     whether the term of the sites is there
    """

    def __init__(
        self, name: str, visible: Sequence[Units], labels: Sequence[int] = (), alone: bool = True, **options: Any
    ):
        super().__init__()
        if name not in TRUNKS:
            raise ValueError(f'there is no energy "{name}"; there are {", ".join(TRUNKS)}')
        self.name, self.options = name, options
        self.trunk = TRUNKS[name](sum(u.size for u in visible), sum(labels) or 1, **options)
        self.sites = Sites(visible) if alone else None
        nn.init.zeros_(self.trunk.last.weight)
        nn.init.zeros_(self.trunk.last.bias)

    @classmethod
    def of(cls, name: str, units: Mapping[str, Units], alone: bool = True, **options: Any) -> Heads:
        """The energy of this name for layers with these units, visible ones and labels."""
        labels = labels_of(units)
        visible = [u for k, u in units.items() if k not in labels]
        return cls(name, visible, [units[k].size for k in labels], alone, **options)

    def heads(self, visible: Tensor) -> tuple[Tensor, Tensor]:
        """The energy of the sites, (n,), and f, (n, labels)."""
        alone = visible.new_zeros(len(visible)) if self.sites is None else self.sites(visible)
        return alone, self.trunk(visible)

    def forward(self, visible: Tensor, label: Tensor | None = None) -> Tensor:
        """E, (n,), of rows and labels as numbers (n, size); a label may be probabilities."""
        alone, f = self.heads(visible)
        return alone - (f[:, 0] if label is None else (f * label).sum(1))

    def every(self, visible: Tensor, states: Tensor) -> Tensor:
        """E of each joint state of the labels, (states, labels): (n, states)."""
        alone, f = self.heads(visible)
        return alone[:, None] - f @ states.T

    def describe(self) -> dict[str, Any]:
        """Its name and arguments."""
        return {"name": self.name, **self.options}
