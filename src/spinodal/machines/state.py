"""State: the condition of every layer. Clamp: the part of a state that is held."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from . import kernels
from .units import Units, has_unknown

K = TypeVar("K")
Tensors = dict[str, Tensor]
Edge = tuple[str, str]
Way = tuple[str, str, bool]
"""From where to where, and whether along the edge: a layer that meets itself acts both ways."""
Form = tuple[str, str, bool, str]
"""A way, and what goes it: numbers, draws, or means of draws."""
Weights = dict[Form, kernels.Acting]


def shapes(tensors: Mapping[str, Tensor]) -> str:
    """The name and the size of each tensor, for what people print.

    >>> shapes({"bias": torch.zeros(3), "weight": torch.zeros(3, 2)})
    'bias 3, weight 3 x 2'
    """
    return ", ".join(f"{name} {' x '.join(map(str, x.shape))}" for name, x in tensors.items())


@dataclass(frozen=True)
class State:
    """The potential and the value (shown) of each layer, a row a chain, after `time` steps.

    `state["visible"]` is the value of the layer, in the form of data. The value of a layer of the first block is the
    one from which the other layers were last drawn; at time 0 there is none.
    """

    potential: Tensors
    value: Tensors
    time: int = 0

    def __getitem__(self, layer: str) -> Tensor:
        return self.value[layer]

    def __repr__(self) -> str:
        return f"State(time {self.time}: {shapes(self.value or self.potential)})"

    def only(self, layers: Iterable[str]) -> State:
        """Some of the layers."""
        keep = list(layers)
        return State(_only(self.potential, keep), _only(self.value, keep), self.time)

    def only_new(self, before: State) -> State:
        """The same without the potentials that `before` has, which were changed in place."""
        return State({k: x for k, x in self.potential.items() if k not in before.potential}, self.value, self.time)

    def copy(self) -> State:
        """A copy of the potentials, which may be changed in place, with the same values."""
        return State({k: x.clone() for k, x in self.potential.items()}, self.value, self.time)

    def rows(self, part: slice) -> State:
        """Some of the chains."""
        return State(_rows(self.potential, part), _rows(self.value, part), self.time)

    @staticmethod
    def join(parts: Sequence[State]) -> State:
        """The chains of all parts, in order."""
        return State(_join([p.potential for p in parts]), _join([p.value for p in parts]), parts[0].time)


class Clamp:
    """A partly known state that is held: NaN, or -1 in letters, is unknown and stays free.

    `means`: the sampled layers of which a known entry can be no draw. As what is `whole`, it is decided once, for all
    rows: so some of them move as they do among all.

    `fields`: layer -> what is added to the field of its free units, one row for all, (size,), or a row each, (n, size).

    Use it with one machine, while its parameters don't change: what fully held layers send, and the weights that layers
    act through, are computed once and kept.
    """

    def __init__(
        self,
        known: Mapping[str, Tensor],
        sent: dict[Edge, Tensor] | None = None,
        weights: Weights | None = None,
        means: Collection[str] = (),
        fields: Mapping[str, Tensor] | None = None,
    ):
        self.known: Tensors = dict(known)
        self.fields: Tensors = dict(fields or {})
        self.whole = {k for k, x in self.known.items() if not has_unknown(x)}
        self.means = frozenset(means)
        self._sent: dict[Edge, Tensor] = {} if sent is None else sent
        self._weights: Weights = {} if weights is None else weights

    def __repr__(self) -> str:
        return f"Clamp({shapes(self.known)})"

    def only(self, layers: Iterable[str]) -> Clamp:
        """Some of the layers of this clamp, and what they send."""
        return self._derive({k: self.known[k] for k in layers}, self._sent, self.fields)

    def knowing(self, more: Tensors) -> Clamp:
        """This clamp with more known of some layers, which are whole if all else is; what other layers send is kept.

        So they are whole for no row, or for each: a row moves as it does among others of which more is unknown.
        """
        sent = {edge: x for edge, x in self._sent.items() if edge[0] not in more}
        clamp = Clamp(self.known | more, sent, self._weights, self.means, self.fields)
        if not self.known.keys() - more.keys() <= self.whole:
            clamp.whole = self.whole - more.keys()
        return clamp

    def shows_means(self, layer: str) -> bool:
        """Whether it has numbers of this layer, and not letters."""
        return layer in self.known and self.known[layer].is_floating_point()

    def complete(self, layers: Iterable[str]) -> Tensor:
        """In which rows nothing is unknown of these layers, (n,); (0,) where it holds nothing."""
        first = next(iter(self.known.values()), torch.empty(0))
        rows = torch.ones(len(first), dtype=torch.bool, device=first.device)
        for x in (self.known[k] for k in layers if k in self.known):
            rows &= ~(x.isnan() if x.is_floating_point() else x < 0).any(1)
        return rows

    def select(self, rows: Tensor, free: Collection[str] = ()) -> Clamp:
        """Some of the chains, a mask (n,), which hold whole all that they know but what is `free`."""
        every = bool(rows.all())  # then there is no copy, and what is sent is shared
        known, sent = (self.known, self._sent) if every else (_rows(self.known, rows), _rows(self._sent, rows))
        fields = self.fields if every else _own(self.fields, rows)
        clamp = Clamp(known, sent, self._weights, self.means, fields)
        clamp.whole -= set(free)
        return clamp

    def without_whole(self) -> Clamp:
        """The layers of which a part is free."""
        return self._derive({k: x for k, x in self.known.items() if k not in self.whole}, {}, self.fields)

    def rows(self, part: slice) -> Clamp:
        """Some of the chains."""
        return self._derive(_rows(self.known, part), _rows(self._sent, part), _own(self.fields, part))

    def weight(self, form: Form, compute: Callable[[], kernels.Acting]) -> kernels.Acting:
        """The matrix through which a layer acts on another; all clamps that are derived from this one share it."""
        if form not in self._weights:
            self._weights[form] = compute()
        return self._weights[form]

    def sent(self, edge: Edge, compute: Callable[[], Tensor]) -> Tensor:
        """What the held layer edge[0] sends to edge[1]."""
        if edge not in self._sent:
            self._sent[edge] = compute()
        return self._sent[edge]

    def _derive(self, known: Tensors, sent: dict[Edge, Tensor], fields: Tensors) -> Clamp:
        clamp = object.__new__(Clamp)
        clamp.known, clamp.whole, clamp._sent = known, self.whole & known.keys(), sent
        clamp._weights, clamp.means, clamp.fields = self._weights, self.means, fields
        return clamp


def check_tensors(known: Mapping[str, Tensor]) -> None:
    """Raises ValueError for what is no tensors by layer, and says what is."""
    if not isinstance(known, Mapping):
        own = "data.tensors()" if hasattr(known, "tensors") else 'a dict such as {"visible": tensor}'
        raise ValueError(f"this takes tensors by layer: pass {own}, not a {type(known).__name__}")
    if strange := [k for k, x in known.items() if not isinstance(x, Tensor)]:
        kind = type(known[strange[0]]).__name__
        raise ValueError(f'"{strange[0]}" is a {kind}, not a tensor: take torch.as_tensor(x), or data.tensors()')


def check_known(known: Mapping[str, Tensor], units: Mapping[str, Units], like: Tensor) -> Tensors:
    """A partly known state in the precision and on the device of `like`. Raises ValueError where it fits no machine."""
    check_tensors(known)
    if strange := known.keys() - units.keys():
        raise ValueError(f"there is no layer {sorted(strange)} to hold; the layers are {list(units)}")
    valid = {k: units[k].validate(x, like) for k, x in known.items()}
    if len({len(x) for x in valid.values()}) > 1:
        raise ValueError(f"layers have different numbers of rows: { {k: len(x) for k, x in valid.items()} }")
    return valid


def rows_of(tensors: Mapping[str, Tensor]) -> int:
    """How many chains there are."""
    return len(next(iter(tensors.values())))


def _only(tensors: Tensors, layers: list[str]) -> Tensors:
    return {k: tensors[k] for k in layers if k in tensors}


def _rows(tensors: dict[K, Tensor], part: slice | Tensor) -> dict[K, Tensor]:
    return {k: x[part] for k, x in tensors.items()}


def _own(fields: Tensors, part: slice | Tensor) -> Tensors:
    """The fields of some chains: those that are one row for all are the same."""
    return {k: x[part] if x.dim() == 2 else x for k, x in fields.items()}


def _join(parts: list[Tensors]) -> Tensors:
    return parts[0] if len(parts) == 1 else {k: torch.cat([p[k] for p in parts]) for k in parts[0]}
