"""Averages over ensembles with signs: ⟨s⟩, and each ⟨s s'⟩ over all of them about a center, over all ranks.

Of sampled layers they are sums of integers (`counted`); of others, products in single precision, which are added over
ranks in double precision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from ..ranks import ALONE, Share
from .counted import Counted, Taken, mixed
from .digits import Cutter
from .kernels import product
from .parallel import map_rows
from .state import Edge, Tensors, rows_of
from .units import Units

Observed = dict[str, Tensor]
"""The value of every layer of an ensemble of chains."""

Ensemble = tuple[float, Observed]
"""Its sign and weight, and what is observed."""

Mixture = Iterable[Ensemble]
"""Ensembles, perhaps made one after the other."""

Terms = list[tuple[float, Tensor, Tensor]]
"""The value of two layers in each ensemble, with its sign and weight."""


def averages(
    units: Mapping[str, Units],
    edges: Sequence[Edge],
    counted: Collection[str],
    mixture: Mixture,
    centered: bool,
    share: Share | None,
    like: Tensor,
) -> tuple[Tensors, Tensors]:
    """⟨s⟩ in the first ensemble; Σ c ⟨s⟩ of every layer and Σ c ⟨(s - o)(s' - o')⟩ of every edge: by parameter.

    counted   the layers whose averages are sums of integers: of each ensemble only these integers are kept
    centered  the o are the ⟨s⟩ of the first ensemble, else 0
    share     the part of all chains that these are; None: all
    """
    whole = [(a, b) for a, b in edges if a in counted and b in counted]
    rounded = [edge for edge in edges if edge not in whole]
    numbers = [k for k in units if k not in counted or any(k in edge for edge in rounded)]
    cut = Cutter({k: own for k, own in units.items() if k in counted}, like)

    def take(ensemble: Ensemble) -> Taken:
        c, seen = ensemble
        return Taken(c, rows_of(seen), cut(seen), {k: seen[k] for k in numbers})

    taken = list(map(take, mixture))  # a loop's variable would keep an ensemble while the next is made
    share = share or ALONE.share(taken[0].chains)
    exact = Counted.of(whole, taken, share, like)
    means = _means(units, exact, taken, share, like)
    about = {(a, b): (means[0][a], means[0][b]) if centered else None for a, b in edges}
    terms = {(a, b): [(own.weight, own.numbers[a], own.numbers[b]) for own in taken] for a, b in rounded}
    local = [correlate(units[a], units[b], own, about[a, b], like) for (a, b), own in terms.items()]
    out = {f"bias.{k}": mixed(taken, [own[k] for own in means]) for k in units}
    out |= {_weight(edge): exact.correlate(edge, about[edge]) for edge in whole}
    out |= {_weight(edge): x for edge, x in zip(rounded, share.average(local))}
    return {f"bias.{k}": x for k, x in means[0].items()}, out


def _weight(edge: Edge) -> str:
    return f"coupling.{edge[0]}-{edge[1]}.weight"


def _means(
    units: Mapping[str, Units], exact: Counted, taken: Sequence[Taken], share: Share, like: Tensor
) -> list[Tensors]:
    """⟨s⟩ of every layer in each ensemble, of the dtype of `like`."""
    rest = [units[k].average(own.numbers[k], like) for own in taken for k in units if k not in own.digits]
    found = iter(share.average(rest))
    return [{k: own[k].to(like) if k in own else next(found) for k in units} for own in exact.means]


def correlate(a: Units, b: Units, terms: Terms, about: tuple[Tensor, Tensor] | None, like: Tensor) -> Tensor:
    """Σ c ⟨(s - o)(s' - o')⟩ over the (c, s, s'), (a.size, b.size); the o are `about`, or 0.

    Terms that share the tensor s are added first, so a held layer enters the product once. The center is one more
    row: Σ (s - o) q = Σ s q - o Σ q.
    """
    groups: dict[int, tuple[Tensor, list[tuple[float, Tensor]]]] = {}
    for c, s, t in terms:
        groups.setdefault(id(s), (s, []))[1].append((c / len(s), b.numbers(t, like)))
    rows = [len(s) for s, _ in groups.values()]
    left, right = like.new_empty(a.size, sum(rows) + 1), like.new_empty(sum(rows) + 1, b.size)
    for x, y, (s, own) in zip(left[:, :-1].split(rows, 1), right[:-1].split(rows), groups.values()):
        x.copy_(a.numbers(s, like).T)  # once, in the order that the product wants
        _add(own, about[1] if about else None, y)
    torch.sum(right[:-1], 0, out=right[-1]).neg_()
    left[:, -1] = about[0] if about else 0
    return map_rows(lambda part: product(left[part], right), a.size, like.device)


def _add(terms: list[tuple[float, Tensor]], center: Tensor | None, out: Tensor) -> None:
    """out = Σ c (t - o), chain by chain."""
    torch.mul(terms[0][1], terms[0][0], out=out)
    for c, t in terms[1:]:
        out.add_(t, alpha=c)
    if center is not None:
        out.sub_(center, alpha=sum(c for c, _ in terms))
