"""Model: a restricted machine as arrays in one order, between the files of other programs and a network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from ...analysis.site_letters import restricted
from ...data.alphabet import BINARY, DNA, PROTEIN, RNA, Alphabet, find_alphabet, numerals
from ...data.dataset import is_label
from ...errors import FormatError, alphabet_option
from ...machines.architectures import rbm
from ...machines.dynamics import Machine
from ...machines.network import Network
from ...machines.potts import Potts
from ...machines.protocols import Schedule
from ...machines.units import Bernoulli, Gaussian, Units

Array = NDArray[np.float64]

KNOWN = (PROTEIN, RNA, DNA)
"""Alphabets that have an order of their own here."""


@dataclass(frozen=True)
class Model:
    """E(v, h, l) = - a v - b h - c_l - v W h - D_l h, with units of 0 and 1, or letters, and one label or none.

    Hidden units are of 0 and 1, or Gaussian, with h²/2 more in E.

    bias, weight  a and W: (sites,) and (sites, hidden) of binary units, (sites, states) and (sites, states, hidden) of
                  letters
    hidden        b, (hidden,)
    labels        c, (labels,), and D, (labels, hidden), or None
    age           the number of updates
    symbols       the letters, in the order of the states; None where nobody said
    names         those of the labels; None where nobody said
    orders        the orders in which its program has the letters of proteins, RNA and DNA, where they are not ours
    schedule      as it was trained, as far as is known
    sampled       the layers that are drawn inside its chains; () is all
    gaussian      whether hidden units are Gaussian
    """

    program: str
    bias: Array
    hidden: Array
    weight: Array
    labels: tuple[Array, Array] | None = None
    age: int = 0
    symbols: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    orders: tuple[str, ...] = ()
    schedule: Schedule | None = None
    sampled: Collection[str] = ()
    gaussian: bool = False

    @property
    def of_letters(self) -> bool:
        """Whether the sites have letters, and not 0 and 1."""
        return self.bias.ndim == 2

    def checked(self, where: str) -> Model:
        """The model itself. Raises FormatError where its arrays don't fit each other, or are no numbers."""
        biases = {"visible": self.bias, "hidden": self.hidden, **({"label": self.labels[0]} if self.labels else {})}
        weights = {"visible": self.weight, **({"label": self.labels[1]} if self.labels else {})}
        for layer, own in biases.items():
            if not 1 <= own.ndim <= (2 if layer == "visible" else 1) or not own.size:
                raise FormatError(
                    f"{where} has {layer} biases of the shape {own.shape}, which {self.program} never has."
                )
        for layer, own in weights.items():
            if own.shape != (shape := (*biases[layer].shape, *self.hidden.shape)):
                raise FormatError(f"{where} has {layer} weights of the shape {own.shape}, but biases for {shape}.")
        arrays = (self.bias, self.hidden, self.weight, *(self.labels or ()))
        if not all(np.isfinite(x.astype(np.float32)).all() for x in arrays):
            raise FormatError(f"{where} has parameters that are not finite: its training diverged: take another age.")
        return self

    def spelled(self, alphabet: str | Alphabet | None, where: str) -> Model:
        """The model with the letters that an alphabet names, in our order where it is one of `KNOWN`.

        Raises FormatError where the letters are not known, are not as many as its states, or not those of the file.
        """
        given = None if alphabet is None else find_alphabet(alphabet)
        if not self.of_letters:
            if given not in (None, BINARY):
                raise FormatError(f"{where} has units of 0 and 1, and no letters: leave the alphabet out.")
            return self
        states, symbols = self.bias.shape[1], self._symbols(given, where)
        if len(symbols) != states:
            raise FormatError(f"{where} has {states} states at each site, but the alphabet "
                              f'"{"".join(symbols)}" has {len(symbols)}: name another one.')  # fmt: skip
        ours = next((known.symbols for known in KNOWN if set(known.symbols) == set(symbols)), symbols)
        order = [symbols.index(symbol) for symbol in ours]
        return replace(self, bias=self.bias[:, order], weight=self.weight[:, order], symbols=ours)

    def _symbols(self, given: Alphabet | None, where: str) -> tuple[str, ...]:
        """The letters in the order of the states."""
        if self.symbols and given and set(given.symbols) != set(self.symbols):
            raise FormatError(f'{where} says itself that its letters are "{"".join(self.symbols)}": leave the alphabet '
                              "out.")  # fmt: skip
        if self.symbols:
            return self.symbols
        if given is None:
            raise FormatError(
                f"{where} has {self.bias.shape[1]} states at each site, and doesn't say which letters they are: pass "
                f"{alphabet_option('protein')}, rna, dna, or the letters in their order."
            )
        own = (order for order in self.orders if given in KNOWN and set(order) == set(given.symbols))
        return next(map(tuple, own), given.symbols)

    def labeled(self, names: Sequence[str] | None, where: str) -> Model:
        """The model with names of its labels, by default those of the file, or else numbers from 0.

        Raises FormatError where there are more or fewer names than labels.
        """
        if not self.labels:
            if names:
                raise FormatError(f"{where} has no labels to name.")
            return self
        count = len(self.labels[0])
        called = tuple(names or self.names or numerals(count))
        if len(called) != count or len(set(called)) < count or "" in called:
            raise FormatError(f"{where} has {count} labels, which need as many different names: "
                              f"{', '.join(called)} are not.")  # fmt: skip
        return replace(self, names=called)


def network_of(model: Model) -> Network:
    """The network of a model whose letters and labels are known, single precision; weights stay in their gauge."""
    sites, hidden = len(model.bias), len(model.hidden)
    seen: dict[str, Units] = {"visible": Bernoulli(sites)}
    values = {"bias.hidden": model.hidden, "bias.visible": model.bias, "coupling.visible-hidden.weight": model.weight}
    if model.of_letters:
        seen = {"visible": Potts(sites, model.bias.shape[1], symbols=model.symbols or ())}
        values |= {"bias.visible": model.bias.T.ravel(),
                   "coupling.visible-hidden.weight": model.weight.swapaxes(0, 1).reshape(-1, hidden)}  # fmt: skip
    if model.labels:
        seen["label"] = Potts(1, len(model.labels[0]), symbols=model.names or ())
        values |= {"bias.label": model.labels[0], "coupling.label-hidden.weight": model.labels[1]}
    inner = Gaussian(hidden) if model.gaussian else Bernoulli(hidden)
    machine = rbm(inner, sampled=model.sampled or None, std=0.0, **seen)  # type: ignore[arg-type]
    machine.load_state_dict({k: torch.from_numpy(x.astype(np.float32)) for k, x in values.items()})
    machine.schedule = model.schedule
    return machine


@torch.no_grad()
def model_of(machine: Machine, program: str, age: int = 0) -> Model:
    """The arrays of a restricted machine, in the order of other programs; weights stay in their gauge.

    Raises ValueError for a machine that these programs don't have: of other units, or of several label layers.
    """
    network, hidden = restricted(machine)
    labels = [k for k in network.units if is_label(k)]
    visible = network.units.get("visible")
    if not isinstance(network.units[hidden], Bernoulli) or not isinstance(visible, Bernoulli | Potts):
        raise ValueError(f"models of {program} have hidden units of 0 and 1, and visible ones of 0 and 1 or letters")
    if isinstance(visible, Potts) and (visible.states or visible.by_site):
        raise ValueError(f"models of {program} have the same letters at every site, unlike this machine")
    if len(labels) > 1:
        raise ValueError(
            f"models of {program} have one label, this machine has {', '.join(labels)}: hold them by --label"
        )
    values = {k: x.detach().cpu().double().numpy() for k, x in network.bias.items()}
    weights = {k: x.detach().cpu().double().numpy() for k, x in network.sources(hidden)}
    bias, weight, symbols = values["visible"], weights["visible"], None
    if isinstance(visible, Potts):
        bias = bias.reshape(visible.colors, visible.sites).T
        weight = weight.reshape(visible.colors, visible.sites, -1).swapaxes(0, 1)
        symbols = Alphabet.of(visible).symbols
    own, names = None, None
    for layer in labels:
        own, names = (values[layer], weights[layer]), Alphabet.of(network.units[layer]).symbols
    return Model(program, bias, values[hidden], weight, own, age, symbols, names, schedule=network.schedule)
