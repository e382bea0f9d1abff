"""Protocols: which layers keep the data in each negative phase, and where the others start."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from .. import ranges

STARTS = ("random", "data", "last", "posterior")
"""Where the free layers of a phase can begin."""


@dataclass(frozen=True)
class Phase:
    """One negative average: a run of all that is not held.

    held     names of layers that keep the data; "label" stands for every label layer ("label:host", ...)
    start    where the others begin: "random"; "data" (CD); "last", where the last update's run ended (PCD); or
             "posterior": the labels are drawn from their exact posterior given what is held, and then held, too. Where
             it has no closed form this is "random"
    weight   how much this phase counts
    """

    held: tuple[str, ...] = ()
    start: str = "random"
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.start not in STARTS:
            raise ValueError(f'a phase starts at {", ".join(STARTS)}, not at "{self.start}"')
        if not (isinstance(self.held, tuple) and all(isinstance(name, str) for name in self.held)):
            raise ValueError(f'held is a tuple of names of layers, such as ("label",), not {self.held!r}')
        ranges.real("weight", self.weight, lambda x: True, "must be a number")

    def holds(self, layers: Iterable[str]) -> list[str]:
        """Those of the layers that this phase holds.

        >>> Phase(held=("label",)).holds(["visible", "label:function", "label:host"])
        ['label:function', 'label:host']
        """
        return [k for k in layers if k in self.held or k.split(":")[0] in self.held]


def labels_of(layers: Iterable[str]) -> list[str]:
    """The label layers among these.

    >>> labels_of(["visible", "label:function", "label:host", "hidden"])
    ['label:function', 'label:host']
    """
    return Phase(held=("label",)).holds(layers)


Protocol = tuple[Phase, ...]

RDM: Protocol = (Phase(),)
"""Rdm-k: free runs of k steps from random (Decelle, Furtlehner & Seoane 2021); chaotic networks are trained so."""

CD: Protocol = (Phase(start="data"),)
"""Contrastive divergence (Hinton 2002)."""

PCD: Protocol = (Phase(start="last"),)
"""Persistent contrastive divergence (Tieleman 2008)."""

FEF: Protocol = (Phase(held=("label",)), Phase(held=("visible",), start="posterior"))
"""Fast and functional: data from labels, from random, and labels from data, by their exact posterior."""

FEF_CHAIN: Protocol = (Phase(held=("label",)), Phase(held=("visible",)))
"""The same as published: labels from data by a chain from random, too (Carbone et al., arXiv:2307.06797)."""


def check_protocol(protocol: Protocol) -> None:
    """Raises ValueError for what is no tuple of phases."""
    if not (isinstance(protocol, tuple) and protocol and all(isinstance(phase, Phase) for phase in protocol)):
        own = '(sp.Phase(held=("label",)),)'
        raise ValueError(
            f"a protocol is a tuple of phases, such as sp.PCD or {own}, not {ranges.format_value(protocol)}"
        )


def check_held(protocol: Protocol, layers: Collection[str]) -> None:
    """Raises ValueError for a phase that holds what the data don't have: it would run free.

    All but "label": F&F of data without labels is free runs, and is meant.
    """
    known = {*layers, *(k.split(":")[0] for k in layers), "label"}
    for phase in protocol:
        if strange := [name for name in phase.held if name not in known]:
            raise ValueError(f'a phase holds "{strange[0]}", which the data lack; they have {", ".join(layers)}')


@dataclass(frozen=True)
class Schedule:
    """What a machine was trained for: the protocol, and how many steps each of its runs took.

    guidance   how much more strongly labels act in what it generates (`guidance.guided`)
    """

    protocol: Protocol
    steps: int
    guidance: float = 0.0


BY_NAME: dict[str, Protocol] = {
    "fef": FEF,
    "fef-chain": FEF_CHAIN,
    "fef1": FEF[:1],
    "rdm": RDM,
    "cd": CD,
    "pcd": PCD,
}
"""What the command line and the recipes call them; fef1 is the ablation of F&F, its first gradient alone."""


def weighted(protocol: Protocol, label_weight: float) -> Protocol:
    """The protocol with the weights of its label gradients times a number: of the phases that hold the data.

    >>> [phase.weight for phase in weighted(FEF, 0.5)]
    [1.0, 0.5]
    """
    return tuple(replace(p, weight=p.weight * label_weight) if "visible" in p.held else p for p in protocol)


def name_of(protocol: Protocol) -> str | None:
    """The name of these phases in `BY_NAME`, if they have one.

    >>> name_of(FEF_CHAIN)
    'fef-chain'
    """
    return next((name for name, phases in BY_NAME.items() if phases == protocol), None)
