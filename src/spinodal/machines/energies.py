"""Energies: exact results for reciprocal machines: energy, free energy, p(label | visible), log Z."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from math import inf, log2

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from . import marginals
from .kernels import product
from .network import Network
from .potts import Potts
from .state import Clamp, Tensors, check_tensors, rows_of
from .units import NEVER, Units, has_unknown

MOST_LOG2 = 22
"""The largest logarithm, to base 2, of the number of states that `sum_states` sums."""

AT_ONCE = 2**16
"""States in memory at once."""


def energy(machine: Network, state: Mapping[str, Tensor]) -> Float[Tensor, " n"]:
    """E(s) = Σ_layers self_energy(s) - b s - Σ_edges s W s', (n,); `state` has every layer.

    self_energy(s) is s²/2 for Gaussian units and 0 for others.

    Raises ValueError where a layer is missing, and where the machine has one-way couplings: then there is no energy.
    """
    s = _numbers(machine, state)
    if missing := [k for k in machine.units if k not in s]:
        raise ValueError(
            f"the energy is that of a whole state, and this one lacks {', '.join(missing)}: sp.free_energy sums hidden "
            f"units over, and the value of sp.run has every layer"
        )
    return energy_alone(machine, s)


def energy_alone(machine: Network, s: Mapping[str, Float[Tensor, "n size"]]) -> Float[Tensor, " n"]:
    """The energy of some layers, as numbers, and of the couplings between them, (n,)."""
    return -_direct(machine, s)


def free_energy(machine: Network, seen: Mapping[str, Tensor]) -> Float[Tensor, " n"]:
    """F(seen) = - log Σ exp(-E), (n,): one layer is left out, and summed over (Gaussian: integrated).

    -F = Σ_seen b s - self_energy(s) + Σ_μ log_partition_μ(b_μ + Σ s W)

    Single letters (labels) that are unknown (-1), or left out beside the hidden layer, are summed over, too. Cost: n x
    their joint states x hidden. Raises ValueError for a machine without energy, and for other unknown entries.
    """
    check_tensors(seen)
    left_out = [k for k in machine.units if k not in seen]
    hidden = left_out if len(left_out) == 1 else [k for k in left_out if k not in _letters(machine)]
    if len(hidden) != 1:
        raise ValueError(f"the free energy sums one layer over; these are left out: {left_out}")
    if (hidden[0], hidden[0]) in machine.edges:
        raise ValueError(f"{hidden[0]} meets itself, so its units are not independent: its sum has no closed form")
    known = _held(machine, seen).known
    free = [k for k in machine.units if (k not in known and k not in hidden) or has_unknown(known.get(k, _WHOLE))]
    _check_free(machine, hidden[0], free, known)
    s = {k: machine.units[k].numbers(x, machine.like) for k, x in known.items() if k not in free}
    x = machine.bias[hidden[0]]
    for k, w in machine.sources(hidden[0]):
        x = x if k in free else product(s[k], w, x)
    direct, units = _direct(machine, s), machine.units[hidden[0]]
    if not free:
        return -(direct + units.log_partition(x))
    letters, rows = [_letter(machine, k, hidden[0]) for k in free], rows_of(known)
    log_p = marginals.log_weights(letters, units, x.expand(rows, -1))
    own = [e.units for e in letters]
    return -(direct + marginals.agreeing(log_p, own, [known.get(k) for k in free]).logsumexp(1))


_WHOLE = torch.zeros(1)


def _letter(machine: Network, layer: str, hidden: str) -> marginals.Letter:
    """A layer of one letter, with its weight to the hidden layer."""
    units, weight = machine.units[layer], dict(machine.sources(hidden))[layer]
    assert isinstance(units, Potts)  # by `_check_free`
    return marginals.Letter(units, units.possible(machine.bias[layer]), weight)


def _check_free(machine: Network, hidden: str, free: Sequence[str], known: Tensors) -> None:
    """Raises ValueError for layers with unknown entries that can't be summed over."""
    for k in (k for k in free if k not in _letters(machine)):
        x = known[k]
        rows = (x.isnan() if x.is_floating_point() else x < 0).any(1).nonzero()[:, 0]
        raise ValueError(f"{len(rows)} rows have unknown entries in {k}, the first is row {int(rows[0]) + 1}: only "
                         "unknown labels are summed over: leave these rows out, or complete them first")  # fmt: skip
    met = [(a, b) for a, b in machine.edges if {a, b} & set(free) and hidden not in (a, b)]
    if free and (met or not known or not marginals.countable([machine.units[k] for k in free])):
        raise ValueError(f"the sum over {', '.join(free)} and {hidden} has no closed form, or too many terms")


def _direct(machine: Network, s: Mapping[str, Tensor]) -> Tensor:
    """Σ b s - self_energy(s) + Σ s W s' over the layers that there are, and the edges between them.

    Sums run along rows, so that a row's energy doesn't depend on the rows beside it.
    """
    total = machine.like.new_zeros(())
    for k, x in s.items():
        total = total + (x * machine.bias[k]).sum(1) - machine.units[k].self_energy(x)
    for a, b in ((a, b) for a, b in machine.edges if a in s and b in s):
        total = total + (product(s[a], machine.between(a, b).weight) * s[b]).sum(1)
    return total


@torch.no_grad()
def posterior(machine: Network, layer: str, known: Mapping[str, Tensor] | Tensor) -> Float[Tensor, "n labels"]:
    """p(label | visible), (n, C), exact: hidden units and other unknown letters are summed over.

        p(l | v) = softmax_l [ c_l + Σ_μ log_partition(b_μ + (v W)_μ + D_lμ) ]

    known: the visible layer's tensor, or layer -> tensor: other letters may be known, too, in all rows or in some
    (-1: not), and all else is whole. Cost: n x labels x hidden. Raises ValueError where the machine has no energy or
    the sum is too long.
    """
    return marginals.probabilities(_log_posterior(machine, layer, known))


@torch.no_grad()
def log_posterior(machine: Network, layer: str, known: Mapping[str, Tensor] | Tensor) -> Float[Tensor, "n labels"]:
    """log p(label | visible), (n, C), of `posterior`, whose arguments, cost and errors it has; -inf of what can't be.

    In single precision `posterior` rounds what is surer than 1 - 3e-8 to 1; the logarithms of the other labels still
    say how sure it is.
    """
    found = _log_posterior(machine, layer, known)
    return found.masked_fill(found <= NEVER / 2, -inf)


def _log_posterior(machine: Network, layer: str, known: Mapping[str, Tensor] | Tensor) -> Tensor:
    clamp = machine.hold({"visible": known} if isinstance(known, Tensor) else known)
    real = {k for k, x in clamp.known.items() if x.is_floating_point()}
    found = machine.closed_form([k for k in _letters(machine) if k not in clamp.whole | real], clamp)
    if layer not in found:
        raise ValueError(
            f"p({layer} | {', '.join(clamp.known)}) has no closed form here: it takes a reciprocal machine with one "
            f"hidden layer, single letters, and all else known"
        )
    return found[layer]


@torch.no_grad()
def sum_states(machine: Network) -> Float[Tensor, ""]:
    """log Z = log Σ exp(-E), exact: over all states of every layer but one, which has a closed form.

    That one is the layer of the most states that doesn't meet itself.

    Raises ValueError where there are more than 2^22 states to enumerate, such as where two layers are Gaussian.
    """
    inner, count = _plan(machine)
    if count > MOST_LOG2:
        many = "endlessly many" if count == inf else f"2^{count:.0f}"
        raise ValueError(f"log Z would add up {many} states; the most is 2^{MOST_LOG2}: "
                         'sp.log_partition(machine, "ais") estimates it')  # fmt: skip
    lists = {k: states(u) for k, u in machine.units.items() if k != inner}
    rows = torch.cartesian_prod(*(torch.arange(len(s)) for s in lists.values())).reshape(-1, len(lists))
    summed = free_energy if inner else energy
    parts = ({k: s[i] for (k, s), i in zip(lists.items(), some.T)} for some in rows.split(AT_ONCE))
    return torch.stack([(-summed(machine, part)).double().logsumexp(0) for part in parts]).logsumexp(0)


def can_sum_states(machine: Network) -> bool:
    """Whether `sum_states` has few enough states to sum over."""
    return _plan(machine)[1] <= MOST_LOG2


def _plan(machine: Network) -> tuple[str | None, float]:
    """The layer whose sum has a closed form, and the logarithm, to base 2, of the states of all others."""
    check_energy(machine)
    apart = [k for k in machine.units if (k, k) not in machine.edges]
    inner = max(apart, key=lambda k: _log2_states(machine.units[k]), default=None)
    return inner, sum(_log2_states(u) for k, u in machine.units.items() if k != inner)


def states(units: Units) -> Shaped[Tensor, "states columns"]:
    """All states that drawn units can show, in the form of data: (states, columns). Raises ValueError for Gaussian."""
    if _log2_states(units) == inf:
        raise ValueError(f"the states of {units} have no end: they can't be listed")
    found = torch.tensor(list(itertools.product(*units.support())))
    return found if found.is_floating_point() else found.int()


def _log2_states(units: Units) -> float:
    """The logarithm of the number of states of a layer: infinite where they can't be listed."""
    return sum(log2(len(values)) if values else inf for values in units.support())


def _letters(machine: Network) -> list[str]:
    """The layers of one letter."""
    return [k for k, u in machine.units.items() if marginals.is_letter(u)]


def check_energy(machine: object) -> None:
    """Raises ValueError for a machine without energy, and for one of another kind."""
    if not isinstance(machine, Network):
        raise ValueError("this is known of networks alone, not of neural energies, nor of machines of your own kinds")
    if not machine.is_reciprocal:
        raise ValueError("a machine with one-way couplings or a rate below 1 has no energy")


def _held(machine: Network, state: Mapping[str, Tensor]) -> Clamp:
    check_energy(machine)
    return machine.hold(state)


def _numbers(machine: Network, state: Mapping[str, Tensor]) -> Tensors:
    return {k: machine.units[k].numbers(x, machine.like) for k, x in _held(machine, state).known.items()}
