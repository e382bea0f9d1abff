"""Mutations: how a change of letters changes log p of a row, exact, also given each label, and p(label)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from ..data.dataset import is_label
from ..machines import marginals
from ..machines.dynamics import Machine
from ..machines.marginals import Letter
from ..machines.network import Network
from ..machines.potts import Potts
from ..machines.units import Units, has_unknown
from .site_letters import is_restricted, restricted

BLOCK = 2**22
"""Mutants times hidden units that are in memory at once. Results don't depend on it."""


@dataclass(frozen=True)
class Mutants:
    """Mutants of one row: the letters that each of them changes, one entry a change.

    count   how many mutants there are
    mutant  (changes,) which mutant has the change, from 0, in increasing order
    site    (changes,) the site that is changed, from 0
    letter  (changes,) the number of its new letter; of binary sites 0 is the lower value, 1 the higher one
    """

    count: int
    mutant: NDArray[np.int64]
    site: NDArray[np.int64]
    letter: NDArray[np.int64]

    @staticmethod
    def of(changes: Sequence[Sequence[tuple[int, int]]]) -> Mutants:
        """The mutants of these changes: a list of (site, letter) for each of them.

        >>> Mutants.of([[(4, 1)], [(4, 1), (7, 0)]]).mutant.tolist()
        [0, 1, 1]
        """
        mutant = np.repeat(np.arange(len(changes)), [len(own) for own in changes])
        flat = np.array([pair for own in changes for pair in own], dtype=np.int64).reshape(-1, 2)
        return Mutants(len(changes), mutant, flat[:, 0], flat[:, 1])

    def part(self, start: int, stop: int) -> Mutants:
        """The mutants from `start` to before `stop`, numbered from 0."""
        begin, end = np.searchsorted(self.mutant, (start, stop))
        here = slice(begin, end)
        return Mutants(stop - start, self.mutant[here] - start, self.site[here], self.letter[here])


@dataclass(frozen=True)
class Effects:
    """What n mutations change, in natural logarithms (nats), float64; positive: the mutant is the more probable.

    total      log p(mutant) - log p(wild type), (n,)
    given      label layer -> log p(mutant | label) - log p(wild type | label), (n, labels)
    log_label  label layer -> log p(label | mutant), (n, labels)
    """

    total: NDArray[np.float64]
    given: dict[str, NDArray[np.float64]]
    log_label: dict[str, NDArray[np.float64]]

    def label_change(self, layer: str) -> NDArray[np.float64]:
        """log p(label | mutant) - log p(label | wild type), (n, labels): by Bayes, `given` minus `total`."""
        return self.given[layer] - self.total[:, None]


def scannable(machine: Machine) -> Network:
    """The machine, if it has effects of mutations. Raises ValueError where log p(visible) has no closed form."""
    if not isinstance(machine, Network) or not machine.is_reciprocal:
        raise ValueError("effects of mutations are of restricted Boltzmann machines, not of chaotic or neural ones")
    units = machine.units.get("visible")
    if units is None or not (isinstance(units, Potts) or units.is_bit):
        raise ValueError(f"mutations are of letters or of binary sites in one layer, but this machine learned "
                         f"{units or 'the columns of a table'}")  # fmt: skip
    labels = [u for k, u in machine.units.items() if is_label(k)]
    if not is_restricted(machine) or (labels and not marginals.countable(labels)):
        raise ValueError(f"log p of a row has no closed form here: it takes one hidden layer, which all others meet, "
                         f"and single letters as labels, of {marginals.MOST} joint states or fewer")  # fmt: skip
    return machine


def single_mutants(machine: Machine, wild: Tensor) -> Mutants:
    """Every mutant of a row with one letter changed to another that its site can have, site by site.

    wild: as in `mutation_effects`, with its errors.
    """
    units, letters = _known_letters(scannable(machine), wild)
    counts = units.counts if isinstance(units, Potts) else (2,) * len(letters)
    pairs = [(i, a) for i, (old, q) in enumerate(zip(letters.tolist(), counts)) for a in range(q) if a != old]
    return Mutants.of([[pair] for pair in pairs])


@torch.no_grad()
def mutation_effects(machine: Machine, wild: Tensor, mutants: Mutants) -> Effects:
    """The effects of mutations on a row, exact: hidden units and labels are summed over.

        total = log p(v') - log p(v),   log p(v) = log Σ_l w(v, l) - log Z
        log w(v, l) = a v + c_l + Σ_μ log_partition_μ(b_μ + (v W)_μ + D_lμ)

    log Z, and given a label log Z_l, are those of both rows, so no effect depends on them.

    wild: the row, (1, sites), as a batch has it: letters, or numbers of binary units; all of them known.

    Cost: mutants x labels x hidden, and a field of a mutant is that of the row plus the rows of W that change. Raises
    ValueError where the machine has no energy, where log p(v) has no closed form, and for a row that isn't known.
    """
    network = scannable(machine)
    units, letters = _known_letters(network, wild)
    _check_changes(units, mutants, len(letters))
    terms = _Terms.of(network, units, torch.from_numpy(letters))
    before = terms.weigh(Mutants.of([[]]))
    after = terms.weigh_all(mutants) if mutants.count else before[:0]
    total = after.logsumexp(1)
    given, log_label = {}, {}
    for i, layer in enumerate(terms.labels):
        own = _marginal(after, terms.letters, i)
        given[layer] = (own - _marginal(before, terms.letters, i)).numpy()
        log_label[layer] = (own - total[:, None]).numpy()
    return Effects((total - before.logsumexp(1)).numpy(), given, log_label)


def mean_effects(machines: Sequence[Machine], wild: Tensor, mutants: Mutants) -> Effects:
    """The mean of the effects by several machines, such as those of several ages of a training, as `mutation_effects`.

    log_label is the logarithm of the mean of p(label | mutant).
    """
    every = [mutation_effects(machine, wild, mutants) for machine in machines]
    given = {k: np.mean([one.given[k] for one in every], 0) for k in every[0].given}
    log_p = {k: np.logaddexp.reduce([one.log_label[k] for one in every]) - np.log(len(every)) for k in given}
    return Effects(np.mean([one.total for one in every], 0), given, log_p)


@dataclass(frozen=True)
class _Terms:
    """A machine and a row in double precision: what log w(mutant, labels) is summed up of.

    A binary layer is one of letters with two states, whose rows of the weight are its values times the weight.
    """

    old: Int[Tensor, " sites"]
    bias: Float[Tensor, " states"]
    weight: Float[Tensor, "states hidden"]
    field: Float[Tensor, " hidden"]
    hidden: Units
    labels: list[str]
    letters: list[Letter]

    @staticmethod
    def of(machine: Network, units: Units, letters: Tensor) -> _Terms:
        _, hidden = restricted(machine)
        sources = {k: w.detach().double().cpu() for k, w in machine.sources(hidden)}
        bias = {k: x.detach().double().cpu() for k, x in machine.bias.items()}
        weight, labels = _by_state(units, sources["visible"]), [k for k in machine.units if is_label(k)]
        field = bias[hidden] + weight[_rows(torch.arange(len(letters)), letters, len(letters))].sum(0)
        known = [_letter(machine.units[k], bias[k], sources[k]) for k in labels]
        return _Terms(letters, _by_state(units, bias["visible"]), weight, field, machine.units[hidden], labels, known)

    def weigh_all(self, mutants: Mutants) -> Float[Tensor, "mutants states"]:
        """`weigh`, block by block."""
        rows = max(1, BLOCK // len(self.field))
        starts = range(0, mutants.count, rows)
        return torch.cat([self.weigh(mutants.part(i, min(i + rows, mutants.count))) for i in starts])

    def weigh(self, mutants: Mutants) -> Float[Tensor, "mutants states"]:
        """log w(mutant, labels) for all joint states of the labels, up to a constant; one column without labels."""
        site, mutant = torch.from_numpy(mutants.site), torch.from_numpy(mutants.mutant)
        new = _rows(site, torch.from_numpy(mutants.letter), len(self.old))
        old = _rows(site, self.old[site], len(self.old))
        x = self.field.repeat(mutants.count, 1).index_add_(0, mutant, self.weight[new] - self.weight[old])
        direct = self.bias.new_zeros(mutants.count).index_add_(0, mutant, self.bias[new] - self.bias[old])
        if not self.letters:
            return (self.hidden.log_partition(x) + direct)[:, None]
        return marginals.log_weights(self.letters, self.hidden, x) + direct[:, None]


def _rows(site: Tensor, letter: Tensor, sites: int) -> Tensor:
    """The rows of a state-major weight."""
    return letter * sites + site


def _by_state(units: Units, x: Tensor) -> Tensor:
    """A bias or a weight with a row for each state of each site, state-major."""
    return x if isinstance(units, Potts) else torch.cat([value * x for value in units.values])


def _letter(units: Units, bias: Tensor, weight: Tensor) -> Letter:
    assert isinstance(units, Potts)  # by `scannable`
    return Letter(units, units.possible(bias), weight)


def _marginal(log_w: Tensor, letters: Sequence[Letter], which: int) -> Tensor:
    """log w(row, label) of one label layer, the others summed over: (n, joint states) -> (n, labels)."""
    table = log_w.unflatten(1, [e.units.colors for e in letters])
    return table.movedim(which + 1, 1).flatten(2).logsumexp(2) if len(letters) > 1 else table


def _known_letters(machine: Network, wild: Tensor) -> tuple[Units, NDArray[np.int64]]:
    """The visible units, and the number of each letter of the row, (sites,). Raises ValueError where one is unknown."""
    units, known = machine.units["visible"], machine.hold({"visible": wild}).known["visible"].cpu()
    if len(known) != 1:
        raise ValueError(f"mutations are of one row, not of {len(known)}")
    if has_unknown(known):
        unknown = (known.isnan() if known.is_floating_point() else known < 0)[0]
        first = int(unknown.nonzero()[0]) + 1
        raise ValueError(f"{int(unknown.sum())} sites of the wild type are unknown, the first is site {first}: "
                         "effects are of known rows; `spinodal complete` fills them")  # fmt: skip
    if known.is_floating_point():
        raise ValueError(f"the wild type of {units} must be letters, not numbers between them")
    letters = known[0].long() if isinstance(units, Potts) else (known[0] > units.low).long()
    return units, letters.numpy()


def _check_changes(units: Units, mutants: Mutants, sites: int) -> None:
    """Raises ValueError for a change of a site or to a letter that there isn't, and for two changes of one site."""
    counts = np.array(units.counts if isinstance(units, Potts) else (2,) * sites)
    outside = (mutants.site < 0) | (mutants.site >= sites)
    if outside.any():
        raise ValueError(f"sites are numbers from 0 to {sites - 1}, not {mutants.site[outside][0]}")
    strange = (mutants.letter < 0) | (mutants.letter >= counts[mutants.site])
    if strange.any():
        site, letter = mutants.site[strange][0], mutants.letter[strange][0]
        raise ValueError(f"site {site} (from 0) has letters from 0 to {counts[site] - 1}, not {letter}")
    places = mutants.mutant * sites + mutants.site
    if len(np.unique(places)) < len(places):
        raise ValueError("a mutant changes a site twice")
