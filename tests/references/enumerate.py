"""Small labeled restricted Boltzmann machines solved exactly, by listing all their states.

In float64, with NumPy only and no line shared with the package. A machine is five arrays: W (d, hidden),
D (labels, hidden), a (d,), b (hidden,), c (labels,); `states` lists what the visible layer can be, as rows of
d numbers, and y in the code is the label l. With E the energy of the F&F paper,

    p(v, l) ~ exp(a.v + c_l) prod_mu z(b_mu + (v W)_mu + D_l,mu),   z(x) = 1 + e^x, or 2 cosh x for spins,
                                                                    or 1 + 2 cosh x for ternary units,
                                                                    or sqrt(2 pi) e^(x^2 / 2) for Gaussian units.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def binary_states(size: int) -> Array:
    """All words of 0 and 1, (2^size, size)."""
    return np.array(list(product((0.0, 1.0), repeat=size)))


def spin_states(size: int) -> Array:
    """All words of -1 and 1, (2^size, size)."""
    return 2 * binary_states(size) - 1


def potts_letters(sites: int, colors: int) -> Integers:
    """All words of `colors` letters, (colors^sites, sites)."""
    return np.array(list(product(range(colors), repeat=sites)))


def one_hot(letters: ArrayLike, colors: int) -> Array:
    """Words (n, sites) as numbers (n, colors * sites), state-major: column color * sites + site."""
    x = np.asarray(letters)
    return np.concatenate([(x == color).astype(float) for color in range(colors)], axis=1)


def potts_states(sites: int, colors: int) -> Array:
    """All words of `colors` letters as numbers, (colors^sites, colors * sites)."""
    return one_hot(potts_letters(sites, colors), colors)


SUMS = {
    "Bernoulli": (lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x))),
    "Spin": (lambda x: np.logaddexp(x, -x), np.tanh),
    "Ternary": (lambda x: np.log(1 + 2 * np.cosh(x)), lambda x: 2 * np.sinh(x) / (1 + 2 * np.cosh(x))),
    "Gaussian": (lambda x: x**2 / 2 + np.log(2 * np.pi) / 2, lambda x: x),
}
"""Of hidden units: log z(x), and their mean."""


@dataclass(frozen=True)
class Machine:
    """The parameters, and what hidden units are: a key of `SUMS`."""

    W: Array
    D: Array
    a: Array
    b: Array
    c: Array
    hidden: str = "Bernoulli"

    def fields(self, v: Array, y: Integers) -> Array:
        """What the hidden units receive from rows of visibles (n, d) and labels (n,): (n, hidden)."""
        return self.b + v @ self.W + self.D[y]

    def hidden_means(self, v: Array, y: Integers) -> Array:
        """<h | v, l>, (n, hidden)."""
        return SUMS[self.hidden][1](self.fields(v, y))

    def log_weights(self, v: Array, y: Integers) -> Array:
        """log p(v, l) + log Z, (n,)."""
        x = self.fields(v, y)
        return v @ self.a + self.c[y] + SUMS[self.hidden][0](x).sum(1)


@dataclass(frozen=True)
class Law:
    """The exact law of a machine: its states (S, d), p(v, l) as (S, labels), and log Z."""

    states: Array
    joint: Array
    log_partition: float

    @property
    def label_given_visible(self) -> Array:
        """p(l | v), (S, labels): rows sum to 1."""
        return self.joint / self.joint.sum(1, keepdims=True)

    @property
    def visible_given_label(self) -> Array:
        """p(v | l), (S, labels): columns sum to 1."""
        return self.joint / self.joint.sum(0)

    def given(self, visible: ArrayLike | None = None, label: int = -1) -> Array:
        """p(v, l | what is known), (S, labels): NaN numbers and a negative label are unknown."""
        known = np.full(self.states.shape[1], np.nan) if visible is None else np.asarray(visible, float)
        fits = (np.isnan(known) | (self.states == known)).all(1)[:, None]
        fits = fits & ((np.arange(self.joint.shape[1]) == label) | (label < 0))
        joint = np.where(fits, self.joint, 0)
        return joint / joint.sum()


def law(machine: Machine, states: Array) -> Law:
    """The exact law of `machine` over `states`; cost: states x labels x hidden."""
    log_weights = machine.log_weights(*_pairs(machine, states)).reshape(len(states), -1)
    log_partition = float(np.logaddexp.reduce(log_weights, axis=None))
    return Law(states, np.exp(log_weights - log_partition), log_partition)


def log_likelihood(machine: Machine, states: Array, v: Array, y: Integers) -> float:
    """< log p(v, l) > over data: v (n, d), y (n,)."""
    return float(machine.log_weights(v, y).mean()) - law(machine, states).log_partition


def gradient(machine: Machine, states: Array, v: Array, y: Integers) -> dict[str, Array]:
    """The exact gradient of `log_likelihood`: averages over the data - averages over the machine's law."""
    data = averages(machine, v, y, np.full(len(v), 1 / len(v)))
    model = averages(machine, *_pairs(machine, states), law(machine, states).joint.ravel())
    return {name: data[name] - model[name] for name in data}


def averages(machine: Machine, v: Array, y: Integers, weights: Array) -> dict[str, Array]:
    """<v h>, <1_l h>, <v>, <h>, <1_l> over rows with the given probabilities (n,), h at its mean."""
    h = machine.hidden_means(v, y) * weights[:, None]
    labels = np.eye(len(machine.c))[y]
    return {"W": v.T @ h, "D": labels.T @ h, "a": weights @ v, "b": h.sum(0), "c": weights @ labels}


def _pairs(machine: Machine, states: Array) -> tuple[Array, Integers]:
    """Every state with every label, as rows: labels run fastest."""
    labels = len(machine.c)
    return states.repeat(labels, 0), np.tile(np.arange(labels), len(states))
