"""Fusion: one loop that takes all steps of a chain before the next chain, where a chain fits into the cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from . import kernels
from .marginals import is_letter
from .noise import Noise
from .state import State
from .units import Bernoulli, Units

Inputs = tuple[Tensor, list[tuple[str, kernels.Acting]]]
"""The inputs of a layer: a constant, (m,) or (n, m), and the free layers that act on it, with their matrices."""

Stepper = Callable[[Mapping[str, Inputs], State, int, Noise], State]
"""The state of some chains after so many steps, of their wires and their state."""


def fuse(
    units: Mapping[str, Units], turn: Mapping[str, int], place: Mapping[str, int], inputs: Mapping[str, Inputs]
) -> Stepper | None:
    """A loop that takes the same steps as `Network.steps`, where a Bernoulli layer and one letter are free.

    This is the label chain of F&F: the field of the data is constant, and a chain's letter and hidden units stay
    in the cache. `turn` is the order in which layers move, `place` where their noise is. None where it doesn't fit.
    """
    if len(inputs) != 2:
        return None
    a, b = sorted(inputs, key=lambda k: turn[k])
    (constant, sources), (bias, back) = inputs[a], inputs[b]
    if turn[a] == turn[b] or [k for k, _ in sources + back] != [b, a]:
        return None
    if not (isinstance(units[a], Bernoulli) and _is_letter(units[b]) and constant.dim() == 2 and bias.dim() == 1):
        return None

    exact = isinstance(sources[0][1], kernels.QuantizedRows)
    fused_label_chain = (kernels.integers if exact else kernels.of)(bias).fused_label_chain

    def steps(inputs: Mapping[str, Inputs], state: State, count: int, noise: Noise) -> State:
        (constant, [(_, there)]), (bias, [(_, back)]) = inputs[a], inputs[b]
        places = tuple(noise.at(state.time + 1, place[k]) for k in (a, b))
        hidden, letters, x = fused_label_chain(constant, bias, there, back, count, places, state.value[b])
        return State({b: x}, {a: hidden, b: letters}, state.time + count)

    return steps


def _is_letter(units: Units) -> bool:
    """Whether a layer is one letter that has all of its states."""
    return is_letter(units) and not units.states
