"""One update of F&F training as its authors do it: slow, plain, and independent of the package.

Float64, one chain after the other, written from its description. Sources of the
facts: the F&F paper (arXiv 2307.06797) for the protocol; the authors' public code (DsysDML/FeF) for what the
paper leaves open. No line is copied from it. What is particular to that code and kept here:

- inside the chains the hidden layer is its magnetization, not a draw; with the data it is drawn;
- a chain's hidden magnetizations are those of its last step, from before the last draw of v (or l);
- two updates of the full rate follow each other, both gradients taken at the parameters before the first;
- after each of them labels' weights lose their mean over labels, Potts weights theirs over the q states;
- centering is by the means of this batch, and db lacks the term - dD^T <l>;
- frequencies of letters and labels, of data and chains, are kept in [1e-7, 1 - 1e-7]; binary means are not.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Parameters = dict[str, Array]

EDGE = 1e-7


class Draws(Protocol):
    """All the randomness of an update; steps count from 0 to k - 1."""

    def data_hidden(self, p: Array) -> Array:
        """0/1 (n, Nh), 1 with probability p."""

    def visible_start(self) -> Array:
        """v (n, Nv), any configurations."""

    def visible(self, step: int, logits: Array) -> Array:
        """v (n, Nv) given logits (n, Nv) for binary, (n, q, Nv) for Potts visibles."""

    def label_start(self) -> Integers:
        """l (n,), any labels."""

    def label(self, step: int, logits: Array) -> Integers:
        """l (n,) given logits (n, C)."""


class Ensemble(NamedTuple):
    """Chains as numbers: v (n, Nv) or one-hot (n, q, Nv), y (n, C) the labels l one-hot, h (n, Nh)."""

    v: Array
    y: Array
    h: Array


def update(
    parameters: dict[str, ArrayLike],
    batch_v: ArrayLike,
    batch_l: ArrayLike,
    draws: Draws,
    k: int,
    lr: float,
    q: int | None = None,
    centered: bool = True,
) -> Parameters:
    """The parameters after one F&F update; those passed in are left as they are.

    parameters: W (Nv, Nh) or (q, Nv, Nh), D (C, Nh), a (Nv,) or (q, Nv), b (Nh,), c (C,). batch_v: 0/1, or
    with q given letters 0..q-1, (n, Nv); batch_l: (n,), all known. k >= 1 steps for each of the two chains.
    """
    if k < 1:
        raise ValueError(f"a chain needs at least one step, not k = {k}")
    before = {name: np.array(value, dtype=np.float64) for name, value in parameters.items()}
    v, y = np.asarray(batch_v), np.asarray(batch_l)
    magnetization = hidden_magnetizations(before, encode(v, q), one_hot_labels(before, y))
    data = Ensemble(encode(v, q), one_hot_labels(before, y), draws.data_hidden(magnetization))
    generation = label_clamped_chain(before, y, draws, k, q)
    prediction = visible_clamped_chain(before, v, draws, k, q)
    after = before
    for chain in (generation, prediction):
        after = step(after, gradient(data, chain, centered), lr)
    return after


def label_clamped_chain(p: Parameters, y: Integers, draws: Draws, k: int, q: int | None) -> Ensemble:
    """k steps of (h magnetization, v drawn) with the labels held."""
    v, labels = draws.visible_start(), one_hot_labels(p, y)
    for t in range(k):
        h = hidden_magnetizations(p, encode(v, q), labels)
        v = draws.visible(t, visible_logits(p, h))
    return Ensemble(encode(v, q), labels, h)


def visible_clamped_chain(p: Parameters, v: Array, draws: Draws, k: int, q: int | None) -> Ensemble:
    """k steps of (h magnetization, l drawn) with the visibles held."""
    y, seen = draws.label_start(), encode(v, q)
    for t in range(k):
        h = hidden_magnetizations(p, seen, one_hot_labels(p, y))
        y = draws.label(t, label_logits(p, h))
    return Ensemble(seen, one_hot_labels(p, y), h)


def gradient(data: Ensemble, chain: Ensemble, centered: bool) -> Parameters:
    """dW, dD, da, db, dc; without centering all correlations and fields are taken about 0."""
    known, made = averages(data), averages(chain)
    about = known if centered else Ensemble(*map(np.zeros_like, known))
    dW = correlation(data.v, data.h, about.v, about.h) - correlation(chain.v, chain.h, about.v, about.h)
    dD = correlation(data.y, data.h, about.y, about.h) - correlation(chain.y, chain.h, about.y, about.h)
    return {
        "W": dW,
        "D": dD,
        "a": known.v - made.v - dW @ about.h,
        "b": known.h - made.h - np.tensordot(about.v, dW, about.v.ndim),
        "c": known.y - made.y - dD @ about.h,
    }


def step(p: Parameters, slope: Parameters, lr: float) -> Parameters:
    """p + lr * slope, then the zero-sum gauges."""
    moved = {name: p[name] + lr * slope[name] for name in p}
    moved["D"] = moved["D"] - moved["D"].mean(0)
    if moved["W"].ndim == 3:
        moved["W"] = moved["W"] - moved["W"].mean(0)
    return moved


def averages(ensemble: Ensemble) -> Ensemble:
    """The means over the chains; frequencies of letters and labels stay off 0 and 1."""
    v, y, h = (x.mean(0) for x in ensemble)
    return Ensemble(v.clip(EDGE, 1 - EDGE) if v.ndim == 2 else v, y.clip(EDGE, 1 - EDGE), h)


def correlation(x: Array, h: Array, about_x: Array, about_h: Array) -> Array:
    """< (x - about_x) (h - about_h) > over the chains: the shape of x, then hidden units."""
    total = np.zeros((*about_x.shape, *about_h.shape))
    for x_chain, h_chain in zip(x, h, strict=True):
        total += np.multiply.outer(x_chain - about_x, h_chain - about_h)
    return total / len(x)


def hidden_magnetizations(p: Parameters, v: Array, y: Array) -> Array:
    """p(h = 1 | v, l), (n, Nh), for v and y as in an ensemble."""
    fields = [
        p["b"] + np.tensordot(v_chain, p["W"], v_chain.ndim) + y_chain @ p["D"]
        for v_chain, y_chain in zip(v, y, strict=True)
    ]
    return 1 / (1 + np.exp(-np.array(fields)))


def visible_logits(p: Parameters, h: Array) -> Array:
    """a + W h for every chain: (n, Nv) or (n, q, Nv)."""
    return np.array([p["a"] + p["W"] @ h_chain for h_chain in h])


def label_logits(p: Parameters, h: Array) -> Array:
    """c + D h for every chain, (n, C)."""
    return np.array([p["c"] + p["D"] @ h_chain for h_chain in h])


def encode(v: ArrayLike, q: int | None) -> Array:
    """Binary visibles as they are, (n, Nv); letters one-hot, (n, q, Nv)."""
    x = np.asarray(v)
    return x.astype(float) if q is None else np.stack([x == color for color in range(q)], 1).astype(float)


def one_hot_labels(p: Parameters, y: ArrayLike) -> Array:
    """Labels (n,) as (n, C)."""
    return np.eye(len(p["c"]))[np.asarray(y)]
