"""Averages over ensembles with signs: ⟨s⟩, and each ⟨s s'⟩ over all of them about a center, over all ranks.

Of sampled layers they are sums of integers (`counted`); of others, products in single precision, which are added over
ranks in double precision.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor

from ..ranks import ALONE, Share
from .counted import Counted, Mixture, Observed
from .kernels import product
from .parallel import map_rows
from .state import Edge, Tensors, rows_of
from .units import Units

__all__ = ["Mixture", "Observed", "averages", "correlate"]

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

    counted   the layers whose averages are sums of integers
    centered  the o are the ⟨s⟩ of the first ensemble, else 0
    share     the part of all chains that these are; None: all
    """
    share = share or ALONE.share(rows_of(mixture[0][1]))
    exact = Counted.of({k: u for k, u in units.items() if k in counted}, edges, mixture, share, like)
    means = _means(units, exact, mixture, share, like)
    out = {f"bias.{k}": _mixed([(c, own[k]) for (c, _), own in zip(mixture, means)]) for k in units}
    rounded: Tensors = {}
    for a, b in edges:
        center = (means[0][a], means[0][b]) if centered else None
        if (a, b) in exact.products:
            out[_weight(a, b)] = exact.correlate((a, b), center)
        else:
            terms = [(c, observed[a], observed[b]) for c, observed in mixture]
            rounded[_weight(a, b)] = correlate(units[a], units[b], terms, center, like)
    out |= dict(zip(rounded, share.average(list(rounded.values()))))
    return {f"bias.{k}": x for k, x in means[0].items()}, out


def _weight(a: str, b: str) -> str:
    return f"coupling.{a}-{b}.weight"


def _mixed(terms: Sequence[tuple[float, Tensor]]) -> Tensor:
    return sum((c * x for c, x in terms), torch.zeros_like(terms[0][1]))


def _means(units: Mapping[str, Units], exact: Counted, mixture: Mixture, share: Share, like: Tensor) -> list[Tensors]:
    """⟨s⟩ of every layer in each ensemble, of the dtype of `like`."""
    known = exact.means()
    rest = [
        units[k].average(observed[k], like) for (_, observed), own in zip(mixture, known) for k in units if k not in own
    ]
    found = iter(share.average(rest))
    return [{k: own[k].to(like) if k in own else next(found) for k in units} for own in known]


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
