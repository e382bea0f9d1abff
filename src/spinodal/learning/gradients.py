"""Gradients: centering, decay and the gauge, applied to the difference of two averages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from torch import Tensor

from ..machines import kernels
from ..machines.state import Edge, Tensors
from ..machines.units import Units


def center(gradient: Tensors, data: Tensors, edges: Sequence[Edge], uncentered: Collection[Edge] = ()) -> Tensors:
    """The biases' part of the centered gradient (Melchior, Fischer & Wiskott 2016).

    `gradient` has weights averaged about the data's means `data`; here da <- da - dW ⟨h⟩ and db <- db - ⟨v⟩ dW.
    `uncentered` lists (source, layer) whose term is left out: the code of F&F's authors leaves out what the weights of
    the labels take from the hidden bias, ("label", "hidden").
    These sums have the same bits on every device (`kernels.weighted_sums`).
    """
    out = dict(gradient)
    for a, b in edges:
        w, i, j = gradient[f"coupling.{a}-{b}.weight"], f"bias.{a}", f"bias.{b}"
        sent_back, sent = kernels.of(w).weighted_sums(w, data[i], data[j])
        if (b, a) not in uncentered:
            out[i] = out[i] - sent_back
        if (a, b) not in uncentered:
            out[j] = out[j] - sent
    return out


def decay(gradient: Tensors, parameters: Mapping[str, Tensor], l1: float = 0.0, l2: float = 0.0) -> Tensors:
    """The gradient of  L - l1 Σ|w| - l2/2 Σ w²,  w the weights: dw <- dw - l1 sign(w) - l2 w."""
    weights = [k for k in gradient if k.startswith("coupling.")]
    return gradient | {k: gradient[k] - l1 * parameters[k].sign() - l2 * parameters[k] for k in weights}


def gauge(gradient: Tensors, units: Mapping[str, Units], edges: Sequence[Edge]) -> Tensors:
    """The weights' gradient in the zero-sum gauge: at every site the states of a letter sum to 0.

    Centered gradients are in this gauge already, since Σ over colors of (s - o) is 0.
    """
    out = dict(gradient)
    for a, b in edges:
        name = f"coupling.{a}-{b}.weight"
        out[name] = units[b].gauge(units[a].gauge(out[name]).T).T
    return out
