"""Losses: how much of log p(label | row), and of its odds, is lost where one site has the letter of another row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.dataset import is_label
from ..machines.dynamics import Machine
from ..machines.marginals import Letter, countable, log_weights
from ..machines.network import Network
from .levels import Values
from .site_letters import fields, letter, restricted, sent, states


@torch.no_grad()
def log_posteriors(
    machine: Machine, rows: Mapping[str, Tensor], label: str, values: Values | None = None
) -> Iterator[Tensor]:
    """log p(label | row with another letter at a site), (n, states, labels), site by site: exact, hidden units summed.

        log p(l | v, v_i = a) = log softmax_l [ c_l + Σ_μ log_partition_μ(x_μ - w_iμ(v_i) + w_iμ(a) + D_lμ) ]

    rows    layer -> (n, sites): the whole rows of all visible layers, in whose order sites come
    label   the label layer; other label layers are summed over
    values  of the sites of numbers, those to put there; by default all that a draw can have

    Cost: n x sites x states x labels x hidden. Raises ValueError for machines that aren't restricted, for labels of too
    many joint states, and for real numbers of which no values are named.
    """
    seen = {k: x for k, x in rows.items() if not is_label(k)}
    network, told = _told(machine, label)
    x = fields(network, seen)
    for layer, i in _sites(network, seen):
        site = letter(network, layer, i, _values(values, layer, i))
        yield _log_label(network, [site, *told], x - sent(network, layer, i, seen))


@dataclass(frozen=True, eq=False)
class Losses:
    """What each row loses of its label where a site has the letter of another row, (n, sites) each, in nats:

        loss_i = L(l | v) - Σ_a f_i(a) L(l | v, v_i = a)

    log_p     of L = log p(l | v). Near 0 where the machine is sure: then no site alone changes p
    log_odds  of L = log p(l | v) - log (1 - p(l | v)), which doesn't saturate

    f_i(a) is the frequency of a at site i: the mean over all rows that could give their letter. Above 0: the site tells
    this label. It is 0 where the site has one letter alone, or the machine doesn't use it.
    """

    log_p: Tensor
    log_odds: Tensor


@torch.no_grad()
def losses(machine: Machine, rows: Mapping[str, Tensor], label: str, values: Values | None = None) -> Losses:
    """How much each site tells the label that each row has; the frequencies of letters are those of the rows.

    rows    as in `log_posteriors`, with their labels, which are all known; other arguments, errors and cost as there

    >>> import spinodal as sp
    >>> machine = sp.rbm(sp.Bernoulli(4), visible=sp.Potts(3, 5), label=sp.Potts(1, 2))
    >>> rows = {"visible": torch.tensor([[0, 1, 4], [2, 1, 3]]), "label": torch.tensor([[0], [1]])}
    >>> [abs(loss) < 1e-6 for loss in losses(machine, rows, "label").log_p[0].tolist()]
    [False, True, False]
    """
    seen = {k: x for k, x in rows.items() if not is_label(k)}
    network, told = _told(machine, label)
    own = rows[label][:, 0].long()
    before = _of_label(_log_label(network, told, fields(network, seen))[:, None], own)
    found = []
    for (layer, i), log_p in zip(_sites(network, seen), log_posteriors(network, rows, label, values)):
        of_rows = states(network, layer, i, seen, _values(values, layer, i))
        frequency = torch.bincount(of_rows, minlength=log_p.shape[1]).to(log_p) / len(own)
        found.append(before[:, 0] - torch.einsum("nsk,s->nk", _of_label(log_p, own), frequency))
    log_p, log_odds = torch.stack(found, 1).unbind(2)
    return Losses(log_p, log_odds)


def _of_label(log_p: Tensor, own: Tensor) -> Tensor:
    """log p and the log odds of the label that each row has: (n, states, labels) -> (n, states, 2)."""
    at = own[:, None, None].expand(-1, log_p.shape[1], 1)
    mine, others = log_p.gather(2, at)[:, :, 0], log_p.scatter(2, at, -torch.inf).logsumexp(2)
    return torch.stack([mine, mine - others], 2)


def _told(machine: Machine, label: str) -> tuple[Network, list[Letter]]:
    """The machine, and its labels as letters, the one that is asked for first."""
    network, _ = restricted(machine)
    labels = [label, *(k for k in network.units if is_label(k) and k != label)]
    if not countable([network.units[k] for k in labels]):
        raise ValueError(f"the labels {', '.join(labels)} have too many joint states to sum over")
    return network, [letter(network, k, 0) for k in labels]


def _sites(network: Network, seen: Mapping[str, Tensor]) -> Iterator[tuple[str, int]]:
    return ((k, i) for k in seen for i in range(network.units[k].columns))


def _values(values: Values | None, layer: str, i: int) -> Tensor | None:
    return values[layer][i] if values and layer in values else None


def _log_label(network: Network, letters: Sequence[Letter], x: Tensor) -> Tensor:
    """log p of the label given the letters before it, (n, states, labels) or (n, labels); those after it are summed."""
    _, hidden = restricted(network)
    joint = log_weights(letters, network.units[hidden], x).unflatten(1, [e.units.colors for e in letters])
    at = 1 + len(letters) - sum(is_label(k) for k in network.units)
    return joint.flatten(at + 1).logsumexp(at + 1).log_softmax(at) if joint.dim() > at + 1 else joint.log_softmax(at)
